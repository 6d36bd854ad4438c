"""A generation takes over every key, or nothing is changed; what does not open is given up only by who says so."""

from __future__ import annotations

import base64
import json
import os
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from gateway.audit import queries
from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.entries import Entry
from gateway.audit.errors import DisclosureUnreadable
from gateway.audit.generations import Advanced, KeysUnopened, advance, note_destruction

if TYPE_CHECKING:
    from audit_house import LogUnderTest


def advanced(audit: LogUnderTest, *, give_up: bool = False) -> Advanced:
    with audit.administrator() as connection:
        return advance(connection, keys=audit.keys, log=audit.log, operator="tester", give_up=give_up)


def add_key(audit: LogUnderTest, wrapped: bytes) -> UUID:
    key_id = uuid4()
    with audit.web.transaction() as connection:
        connection.execute("SELECT audit.add_disclosure_key(%s, %b, 1, %b, NULL)", (key_id, os.urandom(32), wrapped))
    return key_id


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


def test_where_no_key_of_a_generation_opens_nothing_can_be_given_up(audit: LogUnderTest) -> None:
    """The key file is another one: what would be destroyed is everything."""
    audit.write(1)
    before = rows(audit)
    (audit.settings.keys / "disclosure.1.key").write_bytes(base64.b64encode(os.urandom(32)))
    with pytest.raises(DisclosureUnreadable, match="no key of generation 1 opens"), audit.administrator() as connection:
        advance(
            connection,
            keys=DisclosureKeys.load(audit.settings.keys),
            log=audit.log,
            operator="tester",
            give_up=True,
        )
    assert rows(audit) == before


def test_a_service_that_goes_away_meanwhile_costs_no_key(audit: LogUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key-management service may say 404 for a key that it has, when its mount is taken away."""
    with audit.web.transaction() as connection:
        for case in range(3):
            audit.log.record(connection, Entry("search.decision", {}, {"user": "ruiz"}, scope=f"case:{case}"))
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
