"""A generation takes over every key, or nothing is changed; what does not open is given up only by who says so."""

from __future__ import annotations

import base64
import json
import os
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from gateway.audit import generations, queries
from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.entries import Entry
from gateway.audit.errors import DisclosureUnreadable
from gateway.audit.generations import Advanced, GenerationLocked, KeysUnopened, advance, note_destruction
from gateway.audit.log import AuditLog
from gateway.cli.init import create_keys, initialise

if TYPE_CHECKING:
    from audit_house import LogUnderTest


def advanced(audit: LogUnderTest, *, give_up: bool = False) -> Advanced:
    with audit.administrator() as connection:
        return advance(connection, keys=audit.keys, log=audit.log, operator="tester", give_up=give_up)


def add_key(audit: LogUnderTest, wrapped: bytes, *, generation: int = 1) -> UUID:
    key_id = uuid4()
    with audit.web.transaction() as connection:
        connection.execute(
            "SELECT audit.add_disclosure_key(%s, %b, %s::integer, %b, NULL)",
            (key_id, os.urandom(32), generation, wrapped),
        )
    return key_id


def record_cases(audit: LogUnderTest, log: AuditLog, cases: list[str]) -> None:
    """An entry for each case, and so a key."""
    with audit.web.transaction() as connection:
        for case in cases:
            log.record(connection, Entry("search.decision", {}, {"user": "ruiz"}, scope=f"case:{case}"))


def rows(audit: LogUnderTest) -> list[tuple[object, ...]]:
    with audit.superuser() as connection:
        keys = connection.execute("SELECT key_id, generation, wrapped FROM audit.disclosure_keys ORDER BY 1").fetchall()
        return keys + connection.execute("SELECT current FROM audit.generation").fetchall()


def test_every_key_is_wrapped_anew_and_every_value_opens(audit: LogUnderTest) -> None:
    audit.write(3)
    made = advanced(audit)
    assert (made.generation, made.given_up) == (2, 0)
    assert made.rewrapped > 0
    with audit.administrator() as connection:
        note_destruction(connection, log=audit.log, generation=1, operator="tester")
    audit.keys.wrapping.destroy(1)
    audit.publish()
    assert audit.verify(keys=DisclosureKeys.load(audit.settings.keys)).ok


@pytest.mark.parametrize("wrapped", [b"", b"short", bytes(60)])
def test_a_key_that_does_not_open_stops_it_and_changes_nothing(audit: LogUnderTest, wrapped: bytes) -> None:
    audit.write(1)
    add_key(audit, wrapped)
    before = rows(audit)
    with pytest.raises(KeysUnopened, match=f"1 of {len(before) - 1} keys do not open"):
        advanced(audit)
    assert rows(audit) == before


def test_where_it_is_given_up_the_others_go_on_and_the_entry_counts_it(audit: LogUnderTest) -> None:
    audit.write(1)
    false = add_key(audit, os.urandom(60))
    made = advanced(audit, give_up=True)
    assert made.given_up == 1
    assert (false, 1, None) in rows(audit)
    with audit.administrator() as connection:
        note_destruction(connection, log=audit.log, generation=1, operator="tester")
    audit.keys.wrapping.destroy(1)
    audit.publish()
    assert audit.verify(keys=DisclosureKeys.load(audit.settings.keys)).ok, "every true value still opens"
    with audit.auditor.transaction() as connection:
        queries.see(connection, None)
        leaves = [json.loads(entry.leaf) for entry in queries.entries(connection)]
    told = next(leaf for leaf in leaves if leaf["kind"] == "wrapping.advanced")
    assert (told["given_up"], told["rewrapped"]) == (1, made.rewrapped)


@pytest.mark.parametrize("made_since", [0, 1])
def test_under_another_key_file_nothing_can_be_given_up_whatever_was_made_since(
    audit: LogUnderTest, made_since: int
) -> None:
    """What would be destroyed is every true key; with the true file back, they open."""
    record_cases(audit, audit.log, ["one", "two", "three"])
    file = audit.settings.keys / "disclosure.1.key"
    true = file.read_bytes()
    file.write_bytes(base64.b64encode(os.urandom(32)))
    other = DisclosureKeys.load(audit.settings.keys)
    record_cases(audit, AuditLog(keys=other), [f"since {number}" for number in range(made_since)])
    before = rows(audit)
    with (
        pytest.raises(DisclosureUnreadable, match="the first key of generation 1 does not open"),
        audit.administrator() as connection,
    ):
        advance(connection, keys=other, log=audit.log, operator="tester", give_up=True)
    assert rows(audit) == before
    file.write_bytes(true)
    with audit.administrator() as connection:
        made = advance(
            connection,
            keys=DisclosureKeys.load(audit.settings.keys),
            log=audit.log,
            operator="tester",
            give_up=bool(made_since),
        )
    assert (made.rewrapped, made.given_up) == (3, made_since)


def test_init_makes_a_first_key_that_no_order_about_a_case_erases(audit: LogUnderTest) -> None:
    create_keys(audit.settings)
    initialise(audit.settings, audit.deployment)
    with audit.administrator() as connection:
        first = connection.execute("SELECT scope_blind FROM audit.disclosure_keys ORDER BY created_ns").fetchone()
    assert first == (audit.keys.blind("scope", "general"),)
    add_key(audit, os.urandom(60))
    assert advanced(audit, give_up=True).given_up == 1


def test_a_false_key_that_is_the_first_cannot_be_given_up(audit: LogUnderTest) -> None:
    """It would take an erasure of all that `init` made; then nothing tells a false key from a wrong key file."""
    add_key(audit, os.urandom(60))
    audit.write(1)
    before = rows(audit)
    with pytest.raises(DisclosureUnreadable, match="the first key of generation 1"):
        advanced(audit, give_up=True)
    assert rows(audit) == before


def test_the_first_key_stays_the_first_in_the_next_generation(audit: LogUnderTest) -> None:
    audit.write(1)
    advanced(audit)
    false = add_key(audit, os.urandom(60), generation=2)
    assert advanced(audit, give_up=True).given_up == 1
    assert (false, 2, None) in rows(audit)


def test_a_service_that_goes_away_meanwhile_costs_no_key(audit: LogUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key-management service may say 404 for a key that it has, when its mount is taken away."""
    record_cases(audit, audit.log, ["one", "two", "three"])
    before = rows(audit)
    unwrap, calls = audit.keys.wrapping.unwrap, 0

    def unwrap_once(generation: int, wrapped: bytes, context: bytes) -> bytes:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise DisclosureUnreadable("the key-management service does not open this any longer")
        return unwrap(generation, wrapped, context)

    monkeypatch.setattr(audit.keys.wrapping, "unwrap", unwrap_once)
    with pytest.raises(DisclosureUnreadable):
        advanced(audit, give_up=True)
    assert rows(audit) == before


def test_a_transaction_that_holds_the_generation_is_told_of_and_not_waited_for(
    audit: LogUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit.write(1)
    before = rows(audit)
    monkeypatch.setattr(generations, "LOCK_SECONDS", 1)
    with audit.web.transaction() as idle:
        idle.execute("SELECT audit.current_generation()")
        with pytest.raises(GenerationLocked, match="pg_stat_activity"):
            advanced(audit)
        assert rows(audit) == before
    assert advanced(audit).generation == 2


def test_a_destruction_does_not_wait_for_an_advance_that_does_not_end(
    audit: LogUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    advanced(audit)
    monkeypatch.setattr(generations, "LOCK_SECONDS", 1)
    with audit.administrator() as other, audit.administrator() as connection:
        advance(other, keys=audit.keys, log=audit.log, operator="tester")
        with pytest.raises(GenerationLocked):
            note_destruction(connection, log=audit.log, generation=1, operator="tester")
        connection.rollback()
