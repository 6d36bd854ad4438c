"""What a web process under an attacker's control can do with exports: skip, and be found out by the indexes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import psycopg
import pytest

from gateway.audit import queries, search
from gateway.audit.exports import Exports
from gateway.audit.query_language import parse, question
from gateway.outbound import Outbound

if TYPE_CHECKING:
    from audit_house import LogUnderTest

ASKED = "kind:search.decision"


def test_entries_that_the_web_role_skips_are_missing_from_what_arrived_by_their_indexes(audit: LogUnderTest) -> None:
    """Whoever receives asks the log the same question, or reads which indexes each delivery says it held."""
    running = Exports(
        database=audit.web, auditor=audit.auditor, log=audit.log, settings=audit.settings, outbound=Outbound(())
    )
    audit.enlist("admin-1")
    running.make(name="siem", form="jsonl", url="file:siem", asked=ASKED, by="admin-1", agency=None)
    audit.write(4)
    audit.publish()
    running.run_once()
    audit.write(4)
    audit.publish()
    with audit.web.transaction() as connection:
        connection.execute("UPDATE audit.exports SET next_index = next_index + 3 WHERE name = 'siem'")
    running.run_once()
    audit.publish()
    arrived = {
        json.loads(line)["index"] for line in (audit.settings.home / "exports" / "siem").read_text().splitlines()
    }
    with audit.auditor.snapshot() as connection:
        queries.see(connection, None)
        asked = question(parse(ASKED), blind=audit.log.blind, agency=None)
        there = {entry.index for entry in search.page(connection, asked, after=None, limit=100, newest_first=False)}
        told = question(parse("kind:audit.exported"), blind=audit.log.blind, agency=None)
        held = [
            json.loads(entry.leaf) for entry in search.page(connection, told, after=None, limit=100, newest_first=False)
        ]
    missing = there - arrived
    assert missing, "the web role can skip"
    assert all(not any(one["first"] <= index <= one["last"] for one in held) for index in missing)


@pytest.mark.parametrize(
    "attempt",
    [
        "UPDATE audit.exports SET next_index = 0",
        "UPDATE audit.exports SET destination = 'file:elsewhere'",
        "UPDATE audit.exports SET question = ''",
        "DELETE FROM audit.exports",
    ],
)
def test_an_export_is_not_turned_back_nor_elsewhere(audit: LogUnderTest, attempt: str) -> None:
    running = Exports(
        database=audit.web, auditor=audit.auditor, log=audit.log, settings=audit.settings, outbound=Outbound(())
    )
    audit.enlist("admin-1")
    running.make(name="siem", form="jsonl", url="file:siem", asked=ASKED, by="admin-1", agency=None)
    audit.write(4)
    audit.publish()
    running.run_once()
    with pytest.raises(psycopg.Error), audit.web.transaction() as connection:
        connection.execute(attempt.encode())
