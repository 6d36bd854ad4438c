"""`query`: each documented question to a log of many entries, and appending to it beside appending to an empty one.

Both logs stand ready from the beginning and are appended to in turn, each first in every other round and each after the
other's index is made, so that a busy machine slows both. A question is timed from the transaction that asks to the
answer in Python, on a connection that is open, by its 95th percentile.
"""

from __future__ import annotations

import time
from statistics import quantiles
from typing import TYPE_CHECKING, Any, Final

from benchmarks import pgbench
from benchmarks.audit import an_entry, scripts
from benchmarks.fill import YEAR_NS, blind, fill
from benchmarks.report import Goal, Report, medians, paired
from benchmarks.world import world

from gateway.audit import queries, search
from gateway.audit.query_language import Question, parse, question
from gateway.database import Database
from gateway.postgres.deployment import DatabaseRole

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.world import World

    from gateway.database import Connection

ENTRIES: Final = 200_000
ASKED: Final = 60
CLIENTS: Final = 16
DAY_NS: Final = 86_400 * 10**9
AGENCY: Final = "agency-03-pd"
# Each shape of question among docs/audit.md's examples, in the words of the filled log, and what a person asks besides.
PAGES: Final = {
    "page_newest": "",
    "page_of_denials": "kind:search.decision permit:false agency:agency-03-pd -purpose:identify_victim",
    "page_of_a_rare_kind": "kind:sanction.imposed",
    "page_of_next_to_nothing": "purpose:immigration_enforcement permit:false agency:agency-24-pd",
    "page_of_a_text": '"warrant required" agency:agency-01-pd',
    "page_of_a_month": "kind:search.decision from:{month} to:{now}",
    "page_of_a_user": "user:20 -kind:token.issued",
    "page_of_a_face": "probe:4711",
    "page_of_a_case": "agency:agency-03-pd case:20",
    "page_of_two_kinds_under_a_revision": "kind:search.decision,search.release revision:3",
    "page_of_a_reason_in_a_month": "reason:COURT_ORDER_REQUIRED from:{month} to:{now}",
    "page_of_a_pack_and_an_obligation": "pack:us_wa obligation:LEAD_ONLY",
    "page_of_sanctions_of_a_kind": "kind:sanction.imposed record:agency",
}
COUNTS: Final = {
    "count_everything": "",
    "count_denials": "kind:search.decision permit:false agency:agency-03-pd -purpose:identify_victim",
    "count_a_month": "kind:search.decision from:{month} to:{now}",
}
BY_AGENCY: Final = {"who_searched_a_face": "probe:4711", "who_was_sanctioned": "kind:sanction.imposed"}


def run(*, rounds: int, seconds: float, entries: int = ENTRIES) -> Report:
    with world() as empty, world() as full:
        now_ns = time.time_ns()
        fill(full.deployment, entries, now_ns=now_ns)
        asked = _questions(now_ns)
        append, _ = scripts(an_entry(empty))
        append_full, _ = scripts(an_entry(full))
        measured: list[dict[str, float]] = []
        logs = [("append_empty", empty, append), ("append_full", full, append_full)]
        for _ in range(rounds):
            found = {name: _appended(home, script, seconds) for name, home, script in logs}
            logs.reverse()
            measured.append(found | _p95s(full, asked))
    return Report(
        benchmark="query",
        settings={"entries": entries, "clients": CLIENTS, "seconds": seconds, "asked": ASKED},
        figures=medians(measured),
        ratios={"append_vs_empty": paired(measured, "append_full", "append_empty")},
        rounds=rounds,
        goals=[Goal("append_vs_empty", least=0.95), *(Goal(f"{name}_p95_ms", most=100) for name in asked)],
    )


def _appended(home: World, script: str, seconds: float) -> float:
    done = pgbench.run(home.deployment.conninfo(DatabaseRole.WEB), script, clients=CLIENTS, seconds=seconds)
    home.drained()
    while home.one("SELECT size / 4096 > (SELECT count(*) FROM audit.segments) FROM audit.head")[0]:
        time.sleep(0.02)
    return done.per_second


def _questions(now_ns: int) -> dict[str, tuple[str | None, Callable[[Connection], Any]]]:
    """By name: whose entries may be seen, and what is asked."""

    def meant(text: str) -> Question:
        filled = text.format(month=now_ns - 30 * DAY_NS, now=now_ns)
        return question(parse(filled), blind=_digest, agency=None)

    def paged(wanted: Question) -> Callable[[Connection], Any]:
        return lambda connection: search.page(connection, wanted, after=None, limit=51, newest_first=True)

    def counted(wanted: Question) -> Callable[[Connection], Any]:
        return lambda connection: search.find(connection, wanted).count()

    def told_apart(wanted: Question) -> Callable[[Connection], Any]:
        return lambda connection: search.tally(connection, wanted, "agency", most=5000)

    def laid_out(wanted: Question, span: int, buckets: int) -> Callable[[Connection], Any]:
        edges = [now_ns - span + span * number // buckets for number in range(buckets + 1)]
        return lambda connection: search.histogram(connection, wanted, edges)

    asked: dict[str, tuple[str | None, Callable[[Connection], Any]]] = {}
    asked |= {name: (None, paged(meant(text))) for name, text in PAGES.items()}
    asked |= {name: (None, counted(meant(text))) for name, text in COUNTS.items()}
    asked |= {name: (None, told_apart(meant(text))) for name, text in BY_AGENCY.items()}
    asked["histogram_of_a_month"] = (None, laid_out(Question(), 30 * DAY_NS, 30))
    asked["histogram_of_a_year"] = (None, laid_out(meant("permit:false"), YEAR_NS, 52))
    asked["page_of_ones_own_agency"] = (AGENCY, paged(meant("permit:false")))
    asked["count_of_ones_own_agency"] = (AGENCY, counted(meant("permit:false")))
    return asked


def _digest(kind: str, value: str) -> bytes:
    """The filled log numbers its cases, whosever they are."""
    return blind(kind, int(value.rpartition("\x1f")[2]))


def _p95s(home: World, asked: dict[str, tuple[str | None, Callable[[Connection], Any]]]) -> dict[str, float]:
    found = {}
    auditor = home.deployment.conninfo(DatabaseRole.AUDITOR)
    with Database(auditor, name="bench auditor", max_size=1) as database:
        for name, (agency, ask) in asked.items():
            times = []
            for _ in range(ASKED):
                started = time.perf_counter()
                with database.snapshot() as connection:
                    queries.see(connection, agency)
                    ask(connection)
                times.append((time.perf_counter() - started) * 1000)
            found[f"{name}_p95_ms"] = quantiles(times, n=20)[18]
    return found
