"""What a web process under an attacker's control can do with erasure: nothing that leaves no word on the log."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import psycopg
import pytest
from gate_house import GateHouse, asking, gate_house

from gateway.audit.entries import Entry
from gateway.audit.log import database_now
from gateway.compliance.erasures import ORDERS_SCOPE
from gateway.compliance.subjects import Subject
from gateway.postgres.deployment import DatabaseRole
from gateway.registry.models import Actor
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gate_house import Copies

    from gateway.audit.entries import SealedEntry
    from gateway.database import Connection

REFUSE = (
    "SELECT audit.refuse_erasure('{order}', 'x', json_build_object('kind', '{kind}', 'order', '{named}')::text,"
    " NULL, NULL, NULL, NULL)"
)
ONE, OTHER = Actor(kind="client", id="admin-1"), Actor(kind="client", id="admin-2")


@pytest.fixture(scope="module")
def house(copies: Copies, cluster_home: Path) -> Iterator[GateHouse]:
    with gate_house(copies, cluster_home, with_engine=True) as house:
        yield house


def decided(house: GateHouse, case: str) -> tuple[str, UUID]:
    """The agency and the id of a decision about the case, on the log."""
    force = house.force()
    admission = house.admit(force, asking(force, case_number=case))
    house.integrate()
    return force.agency, admission.decision_id


def ordered(house: GateHouse, agency: str, case: str) -> UUID:
    made = house.services.erasures.order(
        actor=ONE, subject=Subject(agency, case), basis="court_order", reference="26-1", statement="ordered"
    )
    house.integrate()
    return made.id


def sealed(house: GateHouse, connection: Connection, kind: EntryKind, **clear: str) -> SealedEntry:
    entry = Entry(kind, dict(clear), {"statement": "because"}, scope=ORDERS_SCOPE)
    return house.services.log.seal(connection, entry, now_ns=database_now(connection))


def erase(house: GateHouse, order: UUID, decider: str) -> None:
    """By the database's functions alone, as who holds the web role's password would."""
    with house.pool(DatabaseRole.WEB).transaction() as connection:
        row = connection.execute("SELECT keys FROM audit.erase(%s, %s)", (order, decider)).fetchone()
        assert row is not None
        entry = sealed(house, connection, EntryKind.ERASURE_DONE, order=str(order))
        connection.execute(
            "SELECT audit.erase_recorded(%s, %s, %s, %s::text[], %b::bytea[])",
            (order, entry.leaf, entry.key_id, list(entry.names), list(entry.ciphertexts)),
        )


def test_an_erasure_forgets_outside_the_log_whatever_the_web_role_leaves_out(house: GateHouse) -> None:
    agency, decision = decided(house, "erased-1")
    query = "SELECT document, probe_blind, case_blind, story_blind FROM enforcement.decisions WHERE decision_id = %s"
    assert all(house.one(query, decision))
    erase(house, ordered(house, agency, "erased-1"), "client:admin-2")
    assert house.one(query, decision) == (b"", None, None, None)


@pytest.mark.parametrize(
    "attempt",
    [
        "UPDATE audit.erasure_orders SET decided_by = 'x', decided_ns = 1, approved = false WHERE id = '{order}'",
        "DELETE FROM audit.erasure_orders WHERE id = '{order}'",
        "SELECT audit.refuse_erasure('{order}', 'client:admin-2', NULL, NULL, NULL, NULL, NULL)",
        REFUSE.format(order="{order}", kind="erasure.refused", named="{other}"),
        REFUSE.format(order="{order}", kind="audit.read", named="{order}"),
    ],
)
def test_an_order_does_not_end_without_a_word(house: GateHouse, attempt: str) -> None:
    agency, _ = decided(house, "kept-1")
    order = ordered(house, agency, "kept-1")
    with pytest.raises(psycopg.Error), house.pool(DatabaseRole.WEB).transaction() as connection:
        connection.execute(attempt.format(order=order, other=uuid4()).encode())
    assert house.one("SELECT decided_ns FROM audit.erasure_orders WHERE id = %s", order) == (None,)


@pytest.mark.parametrize(
    "attempt",
    [
        "UPDATE audit.legal_holds SET lifted_by = 'x', lifted_ns = 1 WHERE id = '{hold}'",
        "DELETE FROM audit.legal_holds WHERE id = '{hold}'",
        "SELECT audit.lift_hold('{hold}', 'x', json_build_object('kind', 'audit.read')::text, NULL, NULL, NULL, NULL)",
    ],
)
def test_a_legal_hold_is_not_lifted_without_a_word(house: GateHouse, attempt: str) -> None:
    hold = house.services.legal_holds.place(
        actor=ONE, agency="lakeport-pd", case="held-1", reference="26-2", statement="appeal"
    )["id"]
    with pytest.raises(psycopg.Error), house.pool(DatabaseRole.WEB).transaction() as connection:
        connection.execute(attempt.format(hold=hold).encode())
    assert house.one("SELECT lifted_ns FROM audit.legal_holds WHERE id = %s", hold) == (None,)


def test_what_is_refused_or_erased_under_invented_names_stands_on_the_log(house: GateHouse) -> None:
    """That it is done is not prevented: whoever holds the web role holds the gateway's word for who acts."""
    agency, _ = decided(house, "invented-1")
    refused, erased = ordered(house, agency, "invented-1"), ordered(house, agency, "invented-1")
    with house.pool(DatabaseRole.WEB).transaction() as connection:
        entry = sealed(house, connection, EntryKind.ERASURE_REFUSED, order=str(refused))
        connection.execute(
            "SELECT audit.refuse_erasure(%s, 'user:nobody', %s, %s, %s::text[], %b::bytea[], NULL)",
            (refused, entry.leaf, entry.key_id, list(entry.names), list(entry.ciphertexts)),
        )
    erase(house, erased, "user:nobody")
    kinds = {
        leaf["order"]: leaf["kind"]
        for kind in (EntryKind.ERASURE_REFUSED, EntryKind.ERASURE_DONE)
        for leaf in house.leaves(kind=kind.value)
    }
    assert (kinds[str(refused)], kinds[str(erased)]) == ("erasure.refused", "erasure.done")
