"""Instruments and exigencies: whose they are, who verifies them, and what may become of them."""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING, Any

import pytest
from patience import until

from gateway.audit.log import database_now
from gateway.postgres.deployment import DatabaseRole
from gateway.registry import persons, queries
from gateway.registry.confirmations import Confirmations
from gateway.registry.errors import AdministratorsOnly, Conflict, Invalid, RegistryError, Unknown
from gateway.registry.models import Actor
from gateway.registry.tables import INSTRUMENTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.database import Connection, Database
    from gateway.registry.persons import Hand
    from gateway.registry.service import Registry

DESK = Actor(kind="client", id="lakeport-desk", agency="lakeport-pd")


@pytest.fixture
def confirmations(lakeport: Registry, web: Database) -> Confirmations:
    return Confirmations(database=web, registry=lakeport)


@pytest.fixture
def now(web: Database) -> int:
    with web.transaction() as connection:
        return database_now(connection)


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
def test_a_paper_is_verified_only_where_a_clerk_confirmed_it(
    lakeport: Registry, papers: Any, confirmations: Confirmations, actor: Actor, verified_by: str | None
) -> None:
    entered = lakeport.put_instrument(papers.instrument(), actor=Actor(kind="operator", id="typist"))
    assert (entered.origin, entered.entered_by, entered.verified) == ("registered", "operator:typist", False)
    if verified_by is None:
        with pytest.raises(RegistryError) as refused:
            confirmations.instrument(entered.id, actor=actor)
        assert refused.value.code == "CLERK_REQUIRED"
        return
    confirmed = confirmations.instrument(entered.id, actor=actor)
    assert (confirmed.verified, confirmed.verified_by) == (True, verified_by)
    assert confirmed.verified_at_ns is not None


@pytest.mark.parametrize(
    "case",
    [
        (Actor(kind="operator", id="root"), Actor(kind="operator", id="root"), "SAME_PERSON"),
        (_actor("lakeport-clerk", "lakeport-pd/okafor"), _actor("lakeport-clerk", "lakeport-pd/okafor"), "SAME_PERSON"),
        (_actor("lakeport-clerk", None), _actor("lakeport-clerk", None), "SAME_PERSON"),
        (_actor("lakeport-clerk", None), _actor("lakeport-clerk", "lakeport-pd/okafor"), "SAME_CLIENT"),
    ],
)
def test_who_entered_a_paper_does_not_confirm_it(
    lakeport: Registry, papers: Any, confirmations: Confirmations, case: tuple[Actor, Actor, str]
) -> None:
    """Nor does somebody whom the same program names: it could name anybody."""
    first, second, code = case
    entered = lakeport.put_instrument(papers.instrument(), actor=first)
    with pytest.raises(RegistryError) as refused:
        confirmations.instrument(entered.id, actor=second)
    assert refused.value.code == code


def test_a_paper_that_is_corrected_is_no_longer_verified_and_the_same_again_stays(
    lakeport: Registry, papers: Any, confirmations: Confirmations
) -> None:
    lakeport.put_instrument(papers.instrument(), actor=papers.clerk)
    confirmations.instrument("lakeport-pd/order-117", actor=papers.operator)
    assert lakeport.put_instrument(papers.instrument(), actor=DESK).verified
    corrected = lakeport.put_instrument(papers.instrument(searches_allowed=500), actor=DESK)
    assert (corrected.verified, corrected.verified_by, corrected.entered_by) == (False, None, "client:lakeport-desk")


def test_a_paper_that_is_corrected_while_it_is_confirmed_is_not_confirmed(
    lakeport: Registry, papers: Any, confirmations: Confirmations, web: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else whoever corrects it in that moment would pass for the second person, of a text that nobody else has seen."""
    entered = lakeport.put_instrument(papers.instrument(), actor=papers.clerk)
    corrected = papers.instrument(searches_allowed=500)
    correcting = threading.Thread(target=lakeport.put_instrument, args=(corrected,), kwargs={"actor": DESK})
    judged = persons.require_two

    def and_then_corrected(connection: Connection, first: Hand, second: Hand) -> None:
        judged(connection, first, second)
        correcting.start()
        until(lambda: not correcting.is_alive() or _waits_for_a_lock(web), "it is corrected, or waits")

    monkeypatch.setattr(persons, "require_two", and_then_corrected)
    assert confirmations.instrument(entered.id, actor=papers.operator).searches_allowed != 500
    correcting.join()
    with web.transaction() as connection:
        stands = queries.find(connection, INSTRUMENTS, entered.id)
    assert stands is not None
    assert (stands.searches_allowed, stands.entered_by, stands.verified) == (500, "client:lakeport-desk", False)


def _waits_for_a_lock(web: Database) -> bool:
    with web.transaction() as connection:
        waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        return connection.execute(waiting).fetchone() is not None


def test_the_file_that_is_seen_must_have_the_digest_that_was_entered(
    lakeport: Registry, papers: Any, confirmations: Confirmations
) -> None:
    signed = b"%PDF-1.7 the order"
    digest = hashlib.sha256(signed).hexdigest()
    lakeport.put_instrument(papers.instrument(document_sha256=digest), actor=papers.clerk)
    with pytest.raises(Invalid) as refused:
        confirmations.instrument("lakeport-pd/order-117", actor=papers.operator, file=signed + b" changed")
    assert refused.value.code == "DOCUMENT_DIGEST_MISMATCH"
    assert confirmations.instrument("lakeport-pd/order-117", actor=papers.operator, file=signed).document_checked


def test_a_paper_without_a_digest_or_a_grant_cannot_be_confirmed(
    lakeport: Registry, papers: Any, confirmations: Confirmations
) -> None:
    for fields, code in (
        ({"document_sha256": None}, "DOCUMENT_MISSING"),
        ({"status": "applied"}, "INSTRUMENT_NOT_GRANTED"),
        ({"status": "denied"}, "INSTRUMENT_NOT_GRANTED"),
    ):
        name = f"lakeport-pd/{code.lower()}-{len(fields)}-{fields.get('status', 'none')}"
        lakeport.put_instrument(papers.instrument(id=name, **fields), actor=papers.clerk)
        with pytest.raises(RegistryError) as refused:
            confirmations.instrument(name, actor=papers.operator)
        assert refused.value.code == code


def test_an_emergency_counts_when_a_supervisor_of_the_agency_confirmed_it(
    lakeport: Registry, papers: Any, confirmations: Confirmations, now: int
) -> None:
    hour = 3600 * 10**9
    lasting = {"started_at": now - hour, "deadline": now + 40 * hour}
    made = lakeport.put_exigency(papers.exigency(**lasting), actor=papers.clerk)
    assert (made.confirmed_by, made.due_ns) == (None, None)
    lakeport.put_user(papers.user(id="lakeport-pd/sarge", roles=["supervisor_approver"]), actor=papers.operator)
    clerks = {user: _actor("lakeport-clerk", user) for user in ("lakeport-pd/ruiz", "lakeport-pd/okafor")}
    for user, code in (("lakeport-pd/ruiz", "SUPERVISOR_REQUIRED"), ("lakeport-pd/okafor", "SUPERVISOR_REQUIRED")):
        with pytest.raises(RegistryError) as refused:
            confirmations.exigency(made.id, actor=clerks[user])
        assert refused.value.code == code
    confirmed = confirmations.exigency(made.id, actor=_actor("lakeport-desk", "lakeport-pd/sarge"))
    assert (confirmed.confirmed_by, confirmed.due_ns) == ("lakeport-pd/sarge", now + 40 * hour)


def test_who_certified_does_not_confirm_though_a_supervisor(
    lakeport: Registry, papers: Any, confirmations: Confirmations, now: int
) -> None:
    lakeport.put_user(papers.user(roles=["supervisor_approver"]), actor=papers.operator)
    lasting = {"started_at": now - 10**9, "deadline": now + 10**13}
    made = lakeport.put_exigency(papers.exigency(**lasting), actor=papers.clerk)
    with pytest.raises(RegistryError) as refused:
        confirmations.exigency(made.id, actor=_actor("lakeport-clerk", "lakeport-pd/ruiz"))
    assert refused.value.code == "SAME_PERSON"


def test_an_emergency_that_is_said_to_begin_in_the_future_is_none(
    lakeport: Registry,
    papers: Any,
    confirmations: Confirmations,
    database: Callable[[DatabaseRole], Database],
    now: int,
) -> None:
    """Else whoever writes the start would say how long no paper need follow. Nor is one that got into the register."""
    hour = 3600 * 10**9
    ahead = {"started_at": now + hour, "deadline": now + 40 * hour}
    with pytest.raises(Invalid) as refused:
        lakeport.put_exigency(papers.exigency(**ahead), actor=papers.clerk)
    assert refused.value.code == "EXIGENCY_NOT_BEGUN"
    made = lakeport.put_exigency(papers.exigency(started_at=now, deadline=now + 40 * hour), actor=papers.clerk)
    lakeport.put_user(papers.user(id="lakeport-pd/sarge", roles=["supervisor_approver"]), actor=papers.operator)
    with database(DatabaseRole.ADMIN).transaction() as connection:
        connection.execute("UPDATE registry.exigencies SET started_at_ns = %s", (now + hour,))
    with pytest.raises(Invalid) as refused:
        confirmations.exigency(made.id, actor=_actor("lakeport-desk", "lakeport-pd/sarge"))
    assert refused.value.code == "EXIGENCY_NOT_BEGUN"


def test_the_contract_shortens_the_time_in_which_a_paper_must_follow(
    lakeport: Registry, papers: Any, confirmations: Confirmations, now: int
) -> None:
    hour = 3600 * 10**9
    terms = papers.terms(exigency_hours=12)
    lakeport.put_contract(papers.contract(terms=terms), actor=papers.operator)
    lakeport.put_user(papers.user(id="lakeport-pd/sarge", roles=["agency_admin"]), actor=papers.operator)
    early = {"started_at": now - 11 * hour, "deadline": now + 40 * hour}
    made = lakeport.put_exigency(papers.exigency(**early), actor=papers.clerk)
    sarge = _actor("lakeport-desk", "lakeport-pd/sarge")
    assert confirmations.exigency(made.id, actor=sarge).due_ns == now + hour
    late = {"id": "lakeport-pd/late", "started_at": now - 13 * hour, "deadline": now + 40 * hour}
    over = lakeport.put_exigency(papers.exigency(**late), actor=papers.clerk)
    with pytest.raises(Conflict) as refused:
        confirmations.exigency(over.id, actor=sarge)
    assert refused.value.code == "EXIGENCY_OVER"


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
