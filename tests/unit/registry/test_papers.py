"""Instruments and exigencies: whose they are, who verifies them, and what may become of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gateway.registry import queries
from gateway.registry.errors import AdministratorsOnly, Conflict, Invalid, Unknown
from gateway.registry.models import Actor

if TYPE_CHECKING:
    from gateway.database import Database
    from gateway.registry.service import Registry

DESK = Actor(kind="client", id="lakeport-desk", agency="lakeport-pd")


def _actor(client: str, user: str | None) -> Actor:
    return Actor(kind="client", id=client, agency="lakeport-pd", user=user)


@pytest.mark.parametrize(
    ("actor", "verified_by"),
    [
        (Actor(kind="operator", id="root"), "operator:root"),
        (_actor("lakeport-clerk", None), "client:lakeport-clerk"),
        (_actor("lakeport-clerk", "lakeport-pd/okafor"), "lakeport-pd/okafor"),
        (_actor("lakeport-clerk", "lakeport-pd/ruiz"), None),
        (_actor("lakeport-desk", None), None),
        (_actor("lakeport-desk", "lakeport-pd/okafor"), None),
        (_actor("no-such-client", None), None),
    ],
)
def test_a_paper_is_verified_only_where_a_clerk_entered_it(
    lakeport: Registry, papers: Any, actor: Actor, verified_by: str | None
) -> None:
    entered = lakeport.put_instrument(papers.instrument(), actor=actor)
    assert (entered.origin, entered.verified, entered.verified_by) == ("registered", bool(verified_by), verified_by)


def test_a_paper_that_somebody_else_edits_is_no_longer_verified(lakeport: Registry, papers: Any) -> None:
    lakeport.put_instrument(papers.instrument(), actor=papers.clerk)
    assert not lakeport.put_instrument(papers.instrument(searches_allowed=500), actor=DESK).verified


@pytest.mark.parametrize("field", ["origin", "verified", "verified_by", "version", "warrant_jti"])
def test_no_document_can_say_where_it_comes_from_or_that_it_is_verified(papers: Any, field: str) -> None:
    with pytest.raises(ValueError, match="Extra inputs"):
        papers.instrument(**{field: True})


def test_a_paper_of_another_agency_is_the_same_as_none(lakeport: Registry, papers: Any, web: Database) -> None:
    lakeport.put_instrument(papers.instrument(), actor=papers.clerk)
    stranger = Actor(kind="client", id="hillview-clerk", agency="hillview-so")
    with pytest.raises(Unknown):
        lakeport.put_instrument(papers.instrument(), actor=stranger)
    with pytest.raises(Unknown):
        lakeport.put_instrument(papers.instrument(id="lakeport-pd/never-was"), actor=stranger)
    for known in ("lakeport-pd/order-117", "lakeport-pd/never-was"):
        with pytest.raises(Unknown):
            lakeport.set_status("instrument", known, "revoked", actor=stranger)
    with web.transaction() as connection:
        assert queries.instrument(connection, "hillview-so", "lakeport-pd/order-117") is None
        assert queries.instrument(connection, "lakeport-pd", "lakeport-pd/order-117") is not None


def test_ids_that_two_agencies_choose_cannot_meet(lakeport: Registry, papers: Any) -> None:
    """Or a collision would tell one what the other has."""
    for taken in ("hillview-so/order-117", "order-117"):
        with pytest.raises(Invalid) as refused:
            lakeport.put_instrument(papers.instrument(id=taken), actor=papers.clerk)
        assert refused.value.code == "ID_NOT_OF_AGENCY"
    assert lakeport.put_instrument(papers.instrument(id="order-117"), actor=papers.operator).id == "order-117"


def test_an_agency_does_not_revive_a_revoked_paper(lakeport: Registry, papers: Any) -> None:
    lakeport.put_instrument(papers.instrument(), actor=papers.clerk)
    lakeport.set_status("instrument", "lakeport-pd/order-117", "revoked", actor=papers.clerk)
    with pytest.raises(Conflict):
        lakeport.set_status("instrument", "lakeport-pd/order-117", "granted", actor=papers.clerk)
    with pytest.raises(Conflict):
        lakeport.put_instrument(papers.instrument(status="granted"), actor=papers.clerk)
    assert lakeport.put_instrument(papers.instrument(judge=None), actor=papers.clerk).status == "revoked"


def test_a_certificate_is_made_by_a_user_of_the_agency(lakeport: Registry, papers: Any) -> None:
    with pytest.raises(Invalid) as refused:
        lakeport.put_exigency(papers.exigency(certified_by="hillview-so/nobody"), actor=papers.clerk)
    assert refused.value.code == "USER_UNKNOWN"


def test_a_certificate_is_never_edited(lakeport: Registry, papers: Any) -> None:
    """Above all not its deadline."""
    lakeport.put_exigency(papers.exigency(), actor=papers.clerk)
    for change in ({"deadline": "2026-11-26T10:00:00Z"}, {"facts": "Other facts."}):
        with pytest.raises(Conflict) as refused:
            lakeport.put_exigency(papers.exigency(**change), actor=papers.operator)
        assert refused.value.code == "EXIGENCY_CERTIFIED"


def test_an_agency_withdraws_its_certificate_and_never_approves_it(lakeport: Registry, papers: Any) -> None:
    name = "lakeport-pd/emergency-1"
    with pytest.raises(AdministratorsOnly):
        lakeport.put_exigency(papers.exigency(status="authorised"), actor=papers.clerk)
    lakeport.put_exigency(papers.exigency(), actor=papers.clerk)
    with pytest.raises(AdministratorsOnly):
        lakeport.set_status("exigency", name, "authorised", actor=papers.clerk)
    lakeport.set_status("exigency", name, "rejected", actor=papers.operator)
    with pytest.raises(AdministratorsOnly):
        lakeport.set_status("exigency", name, "withdrawn", actor=papers.clerk)
