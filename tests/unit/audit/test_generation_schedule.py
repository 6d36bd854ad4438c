"""By schedule a generation of wrapping keys takes over in time, and the one before it is gone with the one after it."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest
import structlog.testing

from gateway.audit import generation_schedule, queries
from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.generation_schedule import GenerationSchedule
from gateway.audit.generations import GenerationInUse, KeysUnopened
from gateway.database import Database
from gateway.postgres.deployment import DatabaseRole
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from audit_house import LogUnderTest

DAYS = 30
DAY_NS = 86_400 * 10**9


@pytest.fixture
def schedule(audit: LogUnderTest) -> Iterator[GenerationSchedule]:
    with Database(audit.deployment.conninfo(DatabaseRole.ADMIN), name="generations", max_size=1) as database:
        yield GenerationSchedule(database, keys=audit.keys, log=audit.log, days=DAYS)


def passed(audit: LogUnderTest, days: float) -> None:
    """The current generation began so many days ago."""
    with audit.administrator() as connection:
        connection.execute("UPDATE audit.generation SET began_ns = ops.now_ns() - %s::bigint", (int(days * DAY_NS),))


def files(audit: LogUnderTest) -> list[str]:
    return sorted(path.name for path in audit.settings.keys.glob("disclosure.*.key"))


def test_a_generation_takes_over_in_time_and_goes_with_the_next_but_one(
    audit: LogUnderTest, schedule: GenerationSchedule
) -> None:
    audit.write(1)
    assert not schedule.run_once(), "it has just begun"
    passed(audit, DAYS - 0.01)
    assert not schedule.run_once()
    passed(audit, DAYS)
    assert schedule.run_once()
    assert not schedule.run_once()
    assert files(audit) == ["disclosure.1.key", "disclosure.2.key"], "backups of before are still good"
    passed(audit, DAYS)
    assert schedule.run_once()
    assert files(audit) == ["disclosure.2.key", "disclosure.3.key"]
    audit.publish()
    assert audit.verify(keys=DisclosureKeys.load(audit.settings.keys)).ok, "every value still opens"
    with audit.auditor.transaction() as connection:
        queries.see(connection, None)
        leaves = [json.loads(entry.leaf) for entry in queries.entries(connection)]
    assert [(leaf["kind"], leaf["generation"]) for leaf in leaves[1:]] == [
        (EntryKind.GENERATION_ADVANCED, 2),
        (EntryKind.GENERATION_DESTROYED, 1),
        (EntryKind.GENERATION_ADVANCED, 3),
    ]


def test_a_destruction_that_was_interrupted_is_done_by_the_next_look(
    audit: LogUnderTest, schedule: GenerationSchedule, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed(audit, DAYS)
    assert schedule.run_once()
    passed(audit, DAYS)

    def interrupted(_generation: int) -> None:
        raise OSError("interrupted")

    with monkeypatch.context() as patched:
        patched.setattr(audit.keys.wrapping, "destroy", interrupted)
        with pytest.raises(OSError, match="interrupted"):
            schedule.run_once()
    assert schedule.run_once()
    assert files(audit) == ["disclosure.2.key", "disclosure.3.key"]


def test_what_still_needs_an_older_generation_keeps_it(audit: LogUnderTest, schedule: GenerationSchedule) -> None:
    audit.write(1)
    passed(audit, DAYS)
    assert schedule.run_once()
    passed(audit, DAYS)
    with audit.superuser() as connection:
        connection.execute("UPDATE audit.disclosure_keys SET generation = 1")
    with pytest.raises(GenerationInUse):
        schedule.run_once()
    assert files(audit) == ["disclosure.1.key", "disclosure.2.key"]


def test_while_the_next_cannot_take_over_one_destruction_is_written_down_once(
    audit: LogUnderTest, schedule: GenerationSchedule
) -> None:
    audit.write(1)
    passed(audit, DAYS)
    assert schedule.run_once()
    with audit.web.transaction() as connection:
        connection.execute("SELECT audit.add_disclosure_key(%s, %b, 2, %b, NULL)", (uuid4(), bytes(32), bytes(60)))
    passed(audit, DAYS)
    for _ in range(3):
        with pytest.raises(KeysUnopened):
            schedule.run_once()
    assert files(audit) == ["disclosure.2.key", "disclosure.3.key"]
    audit.publish()
    with audit.auditor.transaction() as connection:
        queries.see(connection, None)
        kinds = [json.loads(entry.leaf)["kind"] for entry in queries.entries(connection)]
    assert kinds.count(EntryKind.GENERATION_DESTROYED) == 1


@pytest.mark.parametrize("failure", [psycopg.errors.QueryCanceled(), KeysUnopened(1, 2), OSError()], ids=repr)
def test_a_look_that_fails_is_told_of_and_the_next_one_comes(
    schedule: GenerationSchedule, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    stop, looks = threading.Event(), 0

    def look() -> bool:
        nonlocal looks
        looks += 1
        if looks == 1:
            raise failure
        stop.set()
        return True

    monkeypatch.setattr(schedule, "run_once", look)
    monkeypatch.setattr(generation_schedule, "LOOK_SECONDS", 0)
    with structlog.testing.capture_logs() as told:
        schedule.run(stop)
    assert looks == 2
    assert told == [{"event": "audit.generation.failed", "error": type(failure).__name__, "log_level": "error"}]
