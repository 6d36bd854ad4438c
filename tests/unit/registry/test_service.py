"""Writing the registry: what a write does, what it may not do, and that each is an entry of the log."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from psycopg.errors import InsufficientPrivilege

from gateway.postgres.deployment import DatabaseRole
from gateway.registry import queries
from gateway.registry.errors import AdministratorsOnly, Conflict, Invalid, Unknown
from gateway.registry.models import Actor

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.database import Database
    from gateway.registry.service import Registry


def test_a_write_creates_then_updates_and_counts_versions(registry: Registry, papers: Any, web: Database) -> None:
    first = registry.put_agency(papers.agency(), actor=papers.operator)
    second = registry.put_agency(papers.agency(name="Lakeport Police"), actor=papers.operator)
    assert (first.version, second.version) == (1, 2)
    with web.transaction() as connection:
        assert queries.agency(connection, "lakeport-pd") == second


def test_every_write_is_an_entry_with_digests_that_tie_one_version_to_the_next(
    registry: Registry, papers: Any, staged: Callable[[], list[dict[str, Any]]]
) -> None:
    registry.put_agency(papers.agency(), actor=papers.operator)
    registry.put_agency(papers.agency(jurisdiction="US-OR"), actor=papers.operator)
    first, second = staged()
    assert first["kind"] == "agency.written"
    assert (first["agency"], first["id"], first["version"], first["before"]) == ("lakeport-pd", "lakeport-pd", 1, None)
    assert second["before"] == first["after"] != second["after"]


def test_names_and_ids_of_people_are_not_in_the_clear(
    lakeport: Registry, papers: Any, staged: Callable[[], list[dict[str, Any]]]
) -> None:
    lakeport.put_instrument(papers.instrument(), actor=papers.clerk)
    lakeport.put_exigency(papers.exigency(), actor=papers.operator)
    text = json.dumps(staged())
    for personal in ("Ruiz", "ruiz", "Moreau", "26-2-00117", "order-117", "ferry", "emergency-1"):
        assert personal not in text


def test_a_digest_in_the_clear_cannot_be_guessed_from_the_row(
    registry: Registry, papers: Any, staged: Callable[[], list[dict[str, Any]]]
) -> None:
    """It is keyed, so that the few possible values of a small row cannot be tried against it."""
    from hashlib import sha256  # noqa: PLC0415  only this statement needs it

    from gateway.registry.documents import document  # noqa: PLC0415  as above

    stored = registry.put_agency(papers.agency(), actor=papers.operator)
    plain = json.dumps(document(stored), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert staged()[0]["after"] != sha256(plain.encode()).hexdigest()


def test_a_write_that_changes_nothing_is_no_write(
    registry: Registry, papers: Any, staged: Callable[[], list[dict[str, Any]]]
) -> None:
    registry.put_agency(papers.agency(), actor=papers.operator)
    assert registry.put_agency(papers.agency(), actor=papers.operator).version == 1
    assert len(staged()) == 1


def test_a_write_whose_transaction_fails_leaves_neither_row_nor_entry(
    registry: Registry, papers: Any, web: Database, staged: Callable[[], list[dict[str, Any]]]
) -> None:
    def fail_after_writing() -> None:
        with web.transaction() as connection:
            registry.put_agency(papers.agency(), actor=papers.operator, connection=connection)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_writing()
    assert staged() == []
    with web.transaction() as connection:
        assert queries.agency(connection, "lakeport-pd") is None


def test_two_at_once_make_one_row_and_two_entries(
    registry: Registry, papers: Any, staged: Callable[[], list[dict[str, Any]]]
) -> None:
    with ThreadPoolExecutor(2) as pool:
        names = ("One", "Two")
        written = list(
            pool.map(lambda name: registry.put_agency(papers.agency(name=name), actor=papers.operator), names)
        )
    assert sorted(record.version for record in written) == [1, 2]
    assert [leaf["version"] for leaf in staged()] == [1, 2]


def test_a_status_left_out_stays_as_it_is(lakeport: Registry, papers: Any) -> None:
    """Correcting a suspended agency's name must not reinstate it."""
    lakeport.set_status("agency", "lakeport-pd", "suspended", actor=papers.operator)
    assert lakeport.put_agency(papers.agency(name="Lakeport"), actor=papers.operator).status == "suspended"


def test_a_client_does_not_lift_a_suspension_by_writing_the_record(lakeport: Registry, papers: Any) -> None:
    lakeport.set_status("user", "lakeport-pd/ruiz", "suspended", actor=papers.operator)
    administrator = Actor(kind="client", id="board")
    with pytest.raises(Conflict) as refused:
        lakeport.put_user(papers.user(status="active"), actor=administrator)
    assert refused.value.code == "SUSPENDED"


def test_a_status_is_set_inside_the_transaction_of_a_sanction(
    lakeport: Registry, papers: Any, web: Database, staged: Callable[[], list[dict[str, Any]]]
) -> None:
    with web.transaction() as connection:
        lakeport.set_status("client", "lakeport-desk", "suspended", connection)
        found = queries.client(connection, "lakeport-desk")
    assert found is not None
    assert found.status == "suspended"
    assert (staged()[-1]["kind"], staged()[-1]["actor"]) == ("client.written", "gateway")
    with pytest.raises(TypeError):
        lakeport.set_status("client", "lakeport-desk", "active")


@pytest.mark.parametrize(("kind", "status"), [("agency", "closed"), ("contract", "suspended"), ("exigency", "granted")])
def test_an_unknown_status_is_refused(lakeport: Registry, papers: Any, kind: str, status: str) -> None:
    with pytest.raises(Invalid) as refused:
        lakeport.set_status(kind, "lakeport-pd", status, actor=papers.operator)
    assert refused.value.code == "STATUS_UNKNOWN"


def test_a_record_never_moves_to_another_agency(lakeport: Registry, papers: Any) -> None:
    lakeport.put_contract(papers.contract(), actor=papers.operator)
    with pytest.raises(Conflict) as refused:
        lakeport.put_contract(papers.contract(agency="hillview-so"), actor=papers.operator)
    assert refused.value.code == "FIELD_FIXED"


def test_a_record_of_an_agency_that_does_not_exist_is_refused(registry: Registry, papers: Any) -> None:
    with pytest.raises(Invalid) as refused:
        registry.put_contract(papers.contract(), actor=papers.operator)
    assert refused.value.code == "AGENCY_UNKNOWN"


def test_a_client_acts_only_for_users_of_its_agency(lakeport: Registry, papers: Any) -> None:
    stranger = papers.client(id="hillview-desk", agency="hillview-so", default_user="lakeport-pd/ruiz")
    with pytest.raises(Invalid) as refused:
        lakeport.put_client(stranger, actor=papers.operator)
    assert refused.value.code == "USER_UNKNOWN"


def test_an_agency_writes_neither_agencies_nor_contracts_users_clients_or_court_keys(
    lakeport: Registry, papers: Any
) -> None:
    writes: tuple[Callable[[], object], ...] = (
        lambda: lakeport.put_agency(papers.agency(name="Ours"), actor=papers.clerk),
        lambda: lakeport.put_contract(papers.contract(), actor=papers.clerk),
        lambda: lakeport.put_user(papers.user(roles=["agency_admin"]), actor=papers.clerk),
        lambda: lakeport.put_client(papers.client(scopes=["audit:read"]), actor=papers.clerk),
        lambda: lakeport.set_status("agency", "lakeport-pd", "active", actor=papers.clerk),
    )
    for write in writes:
        with pytest.raises(AdministratorsOnly):
            write()


def test_the_database_lets_no_role_move_delete_or_recount_a_row(
    lakeport: Registry, database: Callable[[DatabaseRole], Database]
) -> None:
    for role in (DatabaseRole.WEB, DatabaseRole.ENGINE, DatabaseRole.SEQUENCER, DatabaseRole.AUDITOR):
        for statement in (
            b"UPDATE registry.users SET agency = 'hillview-so'",
            b"UPDATE registry.agencies SET version = 1",
            b"UPDATE registry.instruments SET origin = 'court_verified'",
            b"UPDATE registry.exigencies SET deadline_ns = deadline_ns + 1",
            b"UPDATE registry.usage SET used = 0",
            b"INSERT INTO registry.usage VALUES ('contract', 'x', 'all', 0)",
            b"SELECT registry.give_back('contract', 'x', 'all')",
            b"DELETE FROM registry.users",
            b"TRUNCATE registry.users CASCADE",
            b"ALTER TABLE registry.agencies DISABLE TRIGGER ALL",
        ):
            with pytest.raises(InsufficientPrivilege), database(role).transaction() as connection:
                connection.execute(statement)


def test_what_is_not_there_cannot_be_changed(lakeport: Registry, papers: Any) -> None:
    with pytest.raises(Unknown):
        lakeport.set_status("agency", "nowhere", "suspended", actor=papers.operator)
    with pytest.raises(Unknown):
        lakeport.set_status("court_key", "x", "suspended", actor=papers.operator)
