"""Work that nobody asks for goes on until nothing is left, whatever stands against it at times."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import structlog
from psycopg.errors import DeadlockDetected

from gateway.audit.clock import ClockNotTrusted
from gateway.audit.errors import DisclosureUnreadable
from gateway.database import DatabaseUnavailable
from gateway.rounds import make_rounds

if TYPE_CHECKING:
    from collections.abc import Callable

AWAY = DatabaseUnavailable("no connection")
WRONG = ClockNotTrusted(code="CLOCK_SET_BACK", sentence="It was set back.", remedy="Set it right.")


def told(stop: threading.Event, work: Callable[[], object]) -> list[tuple[str, str]]:
    """What is told of rounds that are made until the work itself has them stopped."""
    with structlog.testing.capture_logs() as logs:
        make_rounds(work, stop, name="the work", pause_seconds=0)
    assert {entry["work"] for entry in logs} <= {"the work"}
    assert all(entry.keys() <= {"event", "work", "code", "error", "log_level"} for entry in logs)
    return [(entry["event"], entry.get("code") or entry.get("error", "")) for entry in logs]


def test_work_is_done_until_nothing_is_left_and_then_looked_for_again() -> None:
    stop, left = threading.Event(), [True, True, False, True, False]

    def work() -> bool:
        found = left.pop(0)
        if not left:
            stop.set()
        return found

    assert told(stop, work) == []
    assert left == []


def test_what_stands_against_it_is_told_each_time_and_tried_again() -> None:
    stop, against = threading.Event(), [AWAY, WRONG, AWAY]

    def work() -> bool:
        if against:
            raise against.pop(0)
        stop.set()
        return False

    assert told(stop, work) == [
        ("rounds.database_unavailable", ""),
        ("rounds.refused", "CLOCK_SET_BACK"),
        ("rounds.database_unavailable", ""),
    ]


def test_what_nobody_foresaw_is_told_by_its_type_alone_and_tried_again() -> None:
    """Of a deadlock, or of a value that nobody can read any more, the text may quote a row."""
    stop, against = threading.Event(), [DeadlockDetected("Key (name)=(Ruiz)"), DisclosureUnreadable("Ruiz")]

    def work() -> bool:
        if against:
            raise against.pop(0)
        stop.set()
        return False

    assert told(stop, work) == [("rounds.failed", "DeadlockDetected"), ("rounds.failed", "DisclosureUnreadable")]


def test_who_is_told_to_stop_begins_nothing_more() -> None:
    stop = threading.Event()
    done: list[int] = []

    def work() -> bool:
        done.append(1)
        stop.set()
        return True

    assert told(stop, work) == []
    assert done == [1]
    assert told(stop, work) == []
    assert done == [1]
