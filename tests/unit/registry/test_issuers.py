"""Profiles of foreign issuers: what may be written, and that what the guide shows can be."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from gateway.registry import queries
from gateway.registry.errors import AdministratorsOnly, Invalid, Unknown
from gateway.registry.issuers import IssuerWrite, UserLinkWrite
from gateway.registry.models import Actor
from gateway.registry.tables import ISSUERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.registry.service import Registry

OPERATOR = Actor(kind="operator", id="root")
GUIDE = Path(__file__).parents[3] / "docs" / "issuers.md"
TOKENS = {"types": ["at+jwt"], "audiences": ["https://gateway"], "clients": {"theirs": "lakeport-desk"}}


def issuer(**profile: Any) -> IssuerWrite:
    document = {"algorithms": ["ES256"], "agencies": ["lakeport-pd"], "access_tokens": TOKENS} | profile
    return IssuerWrite.model_validate({"id": "county", "issuer": "https://login.example", "profile": document})


@pytest.mark.parametrize("profile", re.findall(r"^```json\n(.*?)^```", GUIDE.read_text(), re.DOTALL | re.MULTILINE))
def test_the_profiles_of_the_guide_can_be_written(profile: str) -> None:
    IssuerWrite.model_validate_json(profile)


@pytest.mark.parametrize(
    "change",
    [
        {"algorithms": []},
        {"algorithms": ["HS256"]},
        {"algorithms": ["none"]},
        {"agencies": []},
        {"agencies": ["*"]},
        {"clock_margin": 0},
        {"keys": {"cooldown": 1}},
        {"keys": {"refresh": 600, "stale": 300}},
        {"keys": {"url": "https://elsewhere.example"}},
        {"access_tokens": TOKENS | {"audiences": []}},
        {"access_tokens": TOKENS | {"types": []}},
        {"access_tokens": TOKENS | {"clients": {}}},
        {"access_tokens": TOKENS | {"longest_life": 10**6}},
        {"access_tokens": TOKENS | {"scopes": {"a": ["root"]}}},
        {"access_tokens": TOKENS | {"users": "claim"}},
        {"access_tokens": TOKENS | {"users": "claim", "user_prefix": "harbour-pd/"}},
        {"access_tokens": TOKENS | {"users": "links", "user_prefix": "lakeport-pd/"}},
        {"access_tokens": TOKENS | {"introspection": True}},
        {"sign_in": {"name": "County"}},
        {"acr": {"1": "very sure"}},
        {"events": {"audience": "x", "poll": "http://elsewhere.example"}},
        {"anything": "else"},
    ],
)
def test_a_profile_that_says_too_little_or_too_much_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        issuer(**change)


def test_a_name_that_is_ours_or_no_url_is_refused() -> None:
    good = {"id": "county", "issuer": "https://login.example", "profile": issuer().profile.model_dump(mode="json")}
    for change in ({"id": "self"}, {"id": "a/b"}, {"issuer": "login.example"}, {"issuer": "https://a@b"}):
        with pytest.raises(ValidationError):
            IssuerWrite.model_validate(good | change)


def test_an_issuer_speaks_only_through_clients_of_its_agencies(lakeport: Registry) -> None:
    lakeport.put_issuer(issuer(), actor=OPERATOR)
    for client in ("nobody", "lakeport-clerk"):
        with pytest.raises(Invalid) as refused:
            lakeport.put_issuer(
                issuer(agencies=["hillview-so"], access_tokens=TOKENS | {"clients": {"theirs": client}}), actor=OPERATOR
            )
        assert refused.value.code == "CLIENT_NOT_OF_ISSUER"


def test_issuers_and_links_are_an_administrators_and_each_write_is_an_entry(
    lakeport: Registry, staged: Callable[[], list[dict[str, Any]]]
) -> None:
    agency = Actor(kind="client", id="lakeport-clerk", agency="lakeport-pd")
    for act in (
        lambda actor: lakeport.put_issuer(issuer(), actor=actor),
        lambda actor: lakeport.put_user_link(
            UserLinkWrite(issuer="county", subject="s-1", user_id="lakeport-pd/ruiz"), actor=actor
        ),
    ):
        with pytest.raises(AdministratorsOnly):
            act(agency)
        act(OPERATOR)
    kinds = [leaf["kind"] for leaf in staged()]
    assert kinds[-2:] == ["issuer.written", "user_link.written"]
    assert "s-1" not in json.dumps(staged()[-1])
    assert "ruiz" not in json.dumps(staged()[-1])


def test_a_link_is_to_a_user_of_its_agencies_at_an_issuer_that_is_known(lakeport: Registry) -> None:
    link = UserLinkWrite(issuer="county", subject="s-1", user_id="lakeport-pd/ruiz")
    with pytest.raises(Unknown):
        lakeport.put_user_link(link, actor=OPERATOR)
    lakeport.put_issuer(issuer(), actor=OPERATOR)
    assert lakeport.put_user_link(link, actor=OPERATOR).user_id == "lakeport-pd/ruiz"
    for user in ("lakeport-pd/nobody", "hillview-so/somebody"):
        with pytest.raises(Invalid):
            lakeport.put_user_link(link.model_copy(update={"user_id": user}), actor=OPERATOR)
    assert lakeport.put_user_link(link.model_copy(update={"user_id": None}), actor=OPERATOR).user_id is None


def test_the_name_of_an_issuer_never_changes(lakeport: Registry) -> None:
    lakeport.put_issuer(issuer(), actor=OPERATOR)
    with pytest.raises(Exception, match="FIELD_FIXED"):
        lakeport.put_issuer(issuer().model_copy(update={"issuer": "https://other.example"}), actor=OPERATOR)


def test_an_agency_sees_no_issuer_even_one_of_its_own_name(lakeport: Registry) -> None:
    named = issuer().model_copy(update={"id": "lakeport-pd"})
    stored = lakeport.put_issuer(named, actor=OPERATOR)
    assert getattr(stored, ISSUERS.owner) != "lakeport-pd"
    with lakeport._database.transaction() as connection:
        assert queries.page(connection, ISSUERS, agency_id="lakeport-pd").items == ()
        assert queries.page(connection, ISSUERS, agency_id=None).items == (stored,)
