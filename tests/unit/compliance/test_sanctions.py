"""What is taken away by one person, on entries of the log, is given back by another; old tokens stay dead."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, get_args

import psycopg
import pytest

from gateway.clock import uuid7
from gateway.compliance.sanctions import Sanction, SanctionRefused, Sanctions, SubjectKind
from gateway.identity.errors import CallerSuspended, RevokedError
from gateway.identity.revocation import RevocationView, hold_caller
from gateway.registry.errors import RegistryError, TwoPersonsRequired
from gateway.registry.models import Actor
from gateway.registry.persons import SamePerson

if TYPE_CHECKING:
    from collections.abc import Callable

    from gate_house import Force, GateHouse

    from gateway.identity.caller import Caller

FIRST, SECOND = Actor(kind="client", id="admin-1"), Actor(kind="client", id="admin-2")
KINDS: tuple[SubjectKind, ...] = get_args(SubjectKind)


def subject_of(force: Force, kind: str) -> str:
    return {"agency": force.agency, "user": f"{force.agency}/examiner", "client": force.caller.client}[kind]


@pytest.fixture
def sanctions(house: GateHouse) -> Sanctions:
    return house.services.sanctions


@pytest.fixture
def impose(sanctions: Sanctions, force: Force) -> Callable[..., Sanction]:
    def act(kind: SubjectKind = "agency", **fields: Any) -> Sanction:
        given: dict[str, Any] = {
            "actor": FIRST,
            "kind": kind,
            "subject": subject_of(force, kind),
            "rule": "GENERAL_SURVEILLANCE",
            "statement": "searched the participants of a rally",
            "entries": [2, 0, 2],
        }
        return sanctions.impose(**(given | fields))

    return act


def test_two_programs_of_one_person_are_not_two_people(sanctions: Sanctions, impose: Callable[..., Sanction]) -> None:
    one, another = (dataclasses.replace(who, user="account:jane") for who in (FIRST, SECOND))
    sanction = impose(actor=one)
    with pytest.raises(SamePerson):
        sanctions.lift(actor=another, sanction_id=sanction.id, statement="it was me, and I have changed my mind")
    sanctions.lift(actor=SECOND, sanction_id=sanction.id, statement="the training was repeated")


def status(house: GateHouse, kind: str, subject: str) -> str:
    table = {"agency": "agencies", "user": "users", "client": "clients"}[kind]
    return str(house.one(f"SELECT status FROM registry.{table} WHERE id = %s", subject)[0])


def check(house: GateHouse, caller: Caller) -> str | None:
    """What a request and what a release of this caller are told; they must agree."""
    view = RevocationView(house.services.database)
    view.poll()
    try:
        view.check(caller, issuer="x")
        code = None
    except (CallerSuspended, RevokedError) as error:
        code = error.code
    with house.services.database.transaction() as connection:
        assert hold_caller(connection, caller) == code
    return code


@pytest.mark.parametrize("kind", KINDS)
def test_a_suspension_ends_the_token_and_a_lift_does_not_revive_it(
    house: GateHouse, force: Force, sanctions: Sanctions, impose: Callable[..., Sanction], kind: SubjectKind
) -> None:
    before = house.caller(force.caller.client, force.agency, force.caller.user)
    assert check(house, before) is None
    sanction = impose(kind)
    assert status(house, kind, subject_of(force, kind)) == "suspended"
    assert check(house, before) == f"{kind.upper()}_SUSPENDED"
    during = house.caller(force.caller.client, force.agency, force.caller.user)
    lifted = sanctions.lift(actor=SECOND, sanction_id=sanction.id, statement="the training was repeated")
    assert (lifted.lifted_by, lifted.lift_statement) == ("client:admin-2", "the training was repeated")
    assert status(house, kind, subject_of(force, kind)) == "active"
    assert check(house, before) == "TOKEN_REVOKED"
    assert check(house, house.caller(force.caller.client, force.agency, force.caller.user)) is None
    assert check(house, during) is None  # minted knowing of the suspension; no token endpoint would have given it


def test_who_imposed_cannot_lift(house: GateHouse, sanctions: Sanctions, impose: Callable[..., Sanction]) -> None:
    sanction = impose()
    with pytest.raises(SanctionRefused) as refused:
        sanctions.lift(actor=FIRST, sanction_id=sanction.id, statement="never mind")
    assert (refused.value.status, refused.value.code) == (403, "SAME_DECIDER")
    assert refused.value.remedy
    assert status(house, "agency", sanction.subject_id) == "suspended"
    assert house.leaves(kind="sanction.lifted", sanction=str(sanction.id)) == []


LIFT = "UPDATE compliance.sanctions SET lifted_by = %s, lifted_ns = ops.now_ns(), lift_statement = 'x' WHERE id = %s"


def test_the_database_refuses_the_same_person_too(house: GateHouse, impose: Callable[..., Sanction]) -> None:
    sanction = impose()
    with (
        pytest.raises(psycopg.errors.CheckViolation, match="sanctions_second_person"),
        house.services.database.transaction() as connection,
    ):
        connection.execute(LIFT, ("client:admin-1", sanction.id))
    with (
        pytest.raises(psycopg.errors.CheckViolation, match="sanctions_lift_whole"),
        house.services.database.transaction() as connection,
    ):
        connection.execute("UPDATE compliance.sanctions SET lifted_by = 'client:x' WHERE id = %s", (sanction.id,))


@pytest.mark.parametrize(
    "change", ["imposed_by = 'client:other'", "rule = 'x'", "entries = '{1}'", "statement = 'x'", "subject_id = 'x'"]
)
def test_what_was_imposed_cannot_be_rewritten_by_the_web_role(
    house: GateHouse, impose: Callable[..., Sanction], change: str
) -> None:
    sanction = impose()
    for statement in (
        f"UPDATE compliance.sanctions SET {change} WHERE id = %s",
        "DELETE FROM compliance.sanctions WHERE id = %s",
    ):
        with (
            pytest.raises(psycopg.errors.InsufficientPrivilege),
            house.services.database.transaction() as connection,
        ):
            connection.execute(statement.encode(), (sanction.id,))


def test_a_lift_is_final(house: GateHouse, sanctions: Sanctions, impose: Callable[..., Sanction]) -> None:
    sanction = impose()
    sanctions.lift(actor=SECOND, sanction_id=sanction.id, statement="served")
    with pytest.raises(SanctionRefused) as again:
        sanctions.lift(actor=SECOND, sanction_id=sanction.id, statement="served")
    assert again.value.code == "NOT_FOUND"
    for statement, values in ((LIFT, ("client:other", sanction.id)), (LIFT, (None, sanction.id))):
        with (
            pytest.raises(psycopg.errors.RestrictViolation, match="history"),
            house.services.database.transaction() as connection,
        ):
            connection.execute(statement, values)


@pytest.mark.parametrize("entries", [[], [10**9], [0, 10**9], [-1], [-1, 0], [2**63 - 1]])
def test_a_sanction_rests_on_entries_that_are_on_the_log(
    house: GateHouse, force: Force, impose: Callable[..., Sanction], entries: list[int]
) -> None:
    with pytest.raises(SanctionRefused) as refused:
        impose(entries=entries)
    assert (refused.value.status, refused.value.code) == (422, "ENTRIES_NOT_ON_LOG")
    assert status(house, "agency", force.agency) == "active"


def test_the_newest_entry_can_be_named_and_the_one_after_it_cannot(
    house: GateHouse, impose: Callable[..., Sanction]
) -> None:
    size = house.integrate()
    with pytest.raises(SanctionRefused):
        impose(entries=[size])
    assert impose(entries=[size - 1]).entries == [size - 1]


def test_one_sanction_is_open_at_a_time(house: GateHouse, force: Force, impose: Callable[..., Sanction]) -> None:
    def attempt(_: int) -> str:
        try:
            impose()
        except SanctionRefused as refused:
            return refused.code
        return "imposed"

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(attempt, range(6))) == ["ALREADY_SUSPENDED"] * 5 + ["imposed"]
    assert len(house.leaves(kind="sanction.imposed", agency=force.agency)) == 1


def test_after_a_lift_there_may_be_another(sanctions: Sanctions, impose: Callable[..., Sanction]) -> None:
    first = impose()
    sanctions.lift(actor=SECOND, sanction_id=first.id, statement="served")
    second = impose(actor=SECOND)
    assert second.id != first.id
    newest = sanctions.list(limit=1)[0]
    assert (newest.id, newest.lifted_ns) == (second.id, None)
    sanctions.lift(actor=FIRST, sanction_id=second.id, statement="served again")


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_unknown_is_suspended(house: GateHouse, impose: Callable[..., Sanction], kind: SubjectKind) -> None:
    before = house.one("SELECT count(*) FROM compliance.sanctions")
    with pytest.raises(RegistryError) as unknown:
        impose(kind, subject="nobody")
    assert unknown.value.status == 404
    assert house.one("SELECT count(*) FROM compliance.sanctions") == before


def test_a_sanction_that_does_not_exist_is_not_lifted(sanctions: Sanctions) -> None:
    with pytest.raises(SanctionRefused) as refused:
        sanctions.lift(actor=SECOND, sanction_id=uuid7(), statement="x")
    assert (refused.value.status, refused.value.code) == (404, "NOT_FOUND")


@pytest.mark.parametrize("kind", KINDS)
def test_the_entries_say_who_decided_by_which_rule_on_what(
    house: GateHouse, force: Force, sanctions: Sanctions, impose: Callable[..., Sanction], kind: SubjectKind
) -> None:
    sanction = impose(kind)
    sanctions.lift(actor=SECOND, sanction_id=sanction.id, statement="served")
    (imposed,) = house.leaves(kind="sanction.imposed", sanction=str(sanction.id))
    (lifted,) = house.leaves(kind="sanction.lifted", sanction=str(sanction.id))
    clear = {
        "agency": force.agency if kind == "agency" else None,
        "subject_kind": kind,
        "rule": "GENERAL_SURVEILLANCE",
        "entries": [0, 2],
    }
    assert {name: imposed[name] for name in clear} == clear
    assert {name: lifted[name] for name in clear} == clear
    assert (imposed["decider"], lifted["decider"]) == ("client:admin-1", "client:admin-2")
    if kind == "user":
        assert "examiner" not in str(imposed) + str(lifted)
    assert "rally" not in str(imposed)


def test_a_suspension_and_its_entry_are_one_commit(
    house: GateHouse, force: Force, impose: Callable[..., Sanction]
) -> None:
    """Where the log cannot be written, nobody is suspended."""
    house.write("ALTER FUNCTION audit.append RENAME TO append_away")
    try:
        with pytest.raises(psycopg.errors.UndefinedFunction):
            impose()
    finally:
        house.write("ALTER FUNCTION audit.append_away RENAME TO append")
    assert status(house, "agency", force.agency) == "active"
    assert house.one("SELECT count(*) FROM compliance.sanctions WHERE subject_id = %s", force.agency) == (0,)


def test_the_document_shows_the_whole_of_it(sanctions: Sanctions, impose: Callable[..., Sanction]) -> None:
    sanction = impose("user")
    shown = sanction.document()
    assert shown["subject"] == {"kind": "user", "id": sanction.subject_id}
    assert (shown["lifted_by"], shown["lifted_at"], shown["entries"]) == (None, None, [0, 2])
    assert shown["imposed_at"].endswith("Z")
    lifted = sanctions.lift(actor=SECOND, sanction_id=sanction.id, statement="served").document()
    assert lifted["lifted_at"] > shown["imposed_at"]
    assert lifted | dict.fromkeys(("lifted_by", "lifted_at", "lift_statement")) == shown
    with pytest.raises(dataclasses.FrozenInstanceError):
        sanction.rule = "other"  # type: ignore[misc]  # that is the point


def test_an_administrator_is_not_suspended_by_another(sanctions: Sanctions) -> None:
    with pytest.raises(SanctionRefused) as refused:
        sanctions.impose(actor=SECOND, kind="client", subject="admin-1", rule="X", statement="quarrel", entries=[0])
    assert refused.value.code == "ADMINISTRATOR_NOT_SANCTIONED"


@pytest.mark.parametrize("watcher", ["auditor", "admin-2"])
def test_who_watches_is_not_suspended_by_one_administrator(
    house: GateHouse, sanctions: Sanctions, watcher: str
) -> None:
    """An auditor's client, and that of somebody outside the vendor."""
    with pytest.raises(TwoPersonsRequired):
        sanctions.impose(
            actor=FIRST, kind="client", subject=watcher, rule="X", statement="looks too close", entries=[0]
        )
    assert status(house, "client", watcher) == "active"
