"""Policy is asked before a token is bound to a purpose: what no search could get is not promised."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from gate_house import PURPOSE, Force, GateHouse

from gateway.enforcement.prospects import Prospects
from gateway.identity.caller import FaceSearchAuthorization
from gateway.identity.issuance import Grant
from gateway.vocabulary import Scope

if TYPE_CHECKING:
    from collections.abc import Sequence


def against(
    house: GateHouse, force: Force, *, scopes: tuple[Scope, ...] = (Scope.SEARCHES_WRITE,), **detail: Any
) -> Any:
    grant = Grant(
        client=force.caller.client,
        agency=force.agency,
        user=force.caller.user,
        scopes=scopes,
        details=(FaceSearchAuthorization(**detail),),
    )
    return asked(house, grant)


def asked(house: GateHouse, grant: Grant) -> Sequence[str]:
    services = house.services
    prospects = Prospects(log=services.log, policy=services.policy, admissions=house.admissions)
    with services.database.transaction() as connection:
        return prospects(connection, grant)


@pytest.mark.parametrize(
    "detail",
    [
        {"purpose": PURPOSE},
        {"purpose": PURPOSE, "case_number": "26-1", "galleries": ("missing",), "searches": 3},
        {"case_number": "26-1"},
        {"purpose": "investigate_named_offence"},  # the offence is said with the request
    ],
)
def test_nothing_stands_against_what_a_request_may_still_settle(
    house: GateHouse, force: Force, detail: dict[str, Any]
) -> None:
    assert against(house, force, **detail) == []


@pytest.mark.parametrize(
    ("detail", "code"),
    [
        ({"purpose": "identify_witness"}, "PURPOSE_NOT_IN_CONTRACT"),
        ({"purpose": "immigration_enforcement"}, "PURPOSE_NOT_IN_CONTRACT"),
        ({"purpose": PURPOSE, "instrument": "no-such/order"}, "INSTRUMENT_NOT_FOUND"),
    ],
)
def test_what_no_request_could_settle_is_told_by_its_code(
    house: GateHouse, force: Force, detail: dict[str, Any], code: str
) -> None:
    assert code in against(house, force, **detail)


def test_one_gallery_that_the_contract_does_not_allow_is_enough(house: GateHouse) -> None:
    force = house.force(galleries=["missing*"])
    assert against(house, force, purpose=PURPOSE, galleries=("missing", "missing-2")) == []
    assert "GALLERY_NOT_IN_CONTRACT" in against(house, force, purpose=PURPOSE, galleries=("missing", "everybody"))


def test_a_user_who_is_only_named_does_not_do_where_the_contract_wants_one_who_signed_in(house: GateHouse) -> None:
    force = house.force(user_strength="authenticated")
    grant = Grant(
        client=force.caller.client,
        agency=force.agency,
        user=force.caller.user,
        scopes=(Scope.SEARCHES_WRITE,),
        details=(FaceSearchAuthorization(purpose=PURPOSE),),
    )
    assert "USER_NOT_AUTHENTICATED" in asked(house, grant)
    assert asked(house, replace(grant, strength="authenticated")) == []


def test_a_token_that_opens_no_search_is_not_asked_about(house: GateHouse, force: Force) -> None:
    assert not against(house, force, scopes=(Scope.REGISTRY_READ,), purpose="immigration_enforcement")
