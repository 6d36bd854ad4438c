"""A gateway whose processes are killed: `writgate serve` as a program of its own, and what a test needs to look at it.

A process is made to stand still from outside, by a lock that the administrator holds in PostgreSQL or by SIGSTOP of the
one that it waits for, so the product has no door for it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psycopg
from gateway_house import Callers
from homes import new_home
from patience import PATIENCE_SECONDS, until
from standstill import stopped

from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.verify import verify_online
from gateway.cli.demo.seed import GALLERY, seed
from gateway.cli.init import verifier_key
from gateway.cli.serve import environment, free_port, wait_until_ready
from gateway.clock import uuid7
from gateway.database import Database
from gateway.postgres.cluster import Cluster
from gateway.postgres.credentials import load_or_create
from gateway.postgres.deployment import DatabaseRole, Deployment
from gateway.postgres.errors import ClusterInUse
from gateway.recognition.client import HEARD_SECONDS
from gateway.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

    from gateway.cli.http import Answer
    from gateway.database import Connection

# What a gateway that a busy machine gives no time refuses with, before any permit.
STARVED: Final = frozenset({"REVOCATIONS_STALE", "ENGINE_ERROR"})
# Where nobody kills anything, those as well.
OVERRUN: Final = STARVED | {"BUSY", "ENGINE_UNAVAILABLE"}
# What is over after so long: a permit's minute, and the two minutes for which a dead request blocks its key.
OVER_SECONDS: Final = 121

# Kinds of entry of one permit, in the order in which the log must hold them.
ENDINGS: Final = {
    ("search.decision",): "open",
    ("search.decision", "search.abandoned"): "abandoned",
    ("search.decision", "search.outcome"): "not released",
    ("search.decision", "search.outcome", "search.release"): "released",
}

# What the limits must stand at: a refused probe is given back, whatever else became of a permit is counted.
_LIMITS_OFF: Final = """
    WITH counted AS (
        SELECT c.kind, c.id, c.period, count(*) FILTER (WHERE NOT coalesce(o.refused, false)) AS due
        FROM enforcement.permits AS p
        LEFT JOIN enforcement.outcomes AS o USING (decision_id)
        CROSS JOIN LATERAL unnest(p.counter_kinds, p.counter_ids, p.counter_periods) AS c (kind, id, period)
        GROUP BY c.kind, c.id, c.period
    )
    SELECT kind, id, period, due, used FROM counted FULL JOIN registry.usage USING (kind, id, period)
    WHERE coalesce(due, 0) <> coalesce(used, 0)
"""


@dataclass(slots=True)
class Attempt:
    """A search under way. `answer` is None where the connection died without one."""

    key: str
    body: dict[str, Any]
    before: frozenset[str]
    _future: Future[Answer | None]

    def answer(self) -> Answer | None:
        return self._future.result(timeout=PATIENCE_SECONDS)

    @property
    def under_way(self) -> bool:
        return not self._future.done()


@dataclass(slots=True)
class CrashHouse(Callers):
    admin: str
    cluster: Path
    auditor: Database
    serving: subprocess.Popen[bytes]
    _deployment: Deployment
    _order: str = ""
    _searches_left: int = 0
    _ordered: int = 0
    _offset_seconds: int = 0
    _threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(4))

    # Searching.

    def search(self) -> Attempt:
        """Sends a permitted search under the order at hand and a key of its own."""
        return self._prepared()()

    @contextmanager
    def search_with_standing_engine(self) -> Iterator[Attempt]:
        """Sends a search as `search` does, to an engine that stands still, and of which the gateway heard just now."""
        while True:
            engine, send = self.pid("engine"), self._prepared()
            time.sleep(HEARD_SECONDS)  # so that it is asked anew, and not remembered from a moment that is nearly over
            wait_until_ready(self.url, self.settings.home / "gateway.log")
            with stopped(engine):
                attempt = send()
                # A machine that has no time may take longer until it looks whether the engine is there: then again.
                until(lambda made=attempt: self._has_permit(made) or not made.under_way, "it is permitted")  # type: ignore[misc]
                if self._has_permit(attempt):
                    yield attempt
                    return

    def _prepared(self) -> Callable[[], Attempt]:
        """A search that goes off at once when it is called."""
        body, key = self.search_body(instrument=self._order), str(uuid7())
        self._searches_left -= 1
        before = frozenset(self.permits())
        api = self.api()

        def ask() -> Answer | None:
            deadline = time.monotonic() + PATIENCE_SECONDS / 2
            try:
                answer = api.post("/v1/searches", body, Idempotency_Key=key)
                while answer.code in STARVED and time.monotonic() < deadline:
                    answer = api.post("/v1/searches", body, Idempotency_Key=key)
            except OSError:
                return None
            return answer

        return lambda: Attempt(key, body, before, self._threads.submit(ask))

    def have_order(self) -> None:
        """An order that is good for a few searches more; each allows ten, and its number is the second."""
        if self._searches_left < 3:
            until(lambda: int(time.time()) > self._ordered, "a second has passed")
            self._order, self._ordered, self._searches_left = self.order(), int(time.time()), 5

    def repeat(self, attempt: Attempt) -> Answer:
        """Again under the same key; a 503, which a busy machine may give, is not an answer that is kept."""

        def send() -> Answer | None:
            answer = self.api().post("/v1/searches", attempt.body, Idempotency_Key=attempt.key)
            return None if answer.status == 503 else answer

        return until(send, "the gateway answers")

    def permit_of(self, attempt: Attempt) -> str:
        """The permit that the attempt was given, once it is committed."""
        until(lambda: self._has_permit(attempt) or not attempt.under_way, "a permit is committed")
        assert self._has_permit(attempt), attempt.answer()
        (permit,) = set(self.permits()) - attempt.before
        return permit

    def _has_permit(self, attempt: Attempt) -> bool:
        return bool(set(self.permits()) - attempt.before)

    # Looking, as the administrator.

    def rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.admin) as connection:
            return connection.execute(query, parameters).fetchall()

    def permits(self) -> list[str]:
        return [str(row[0]) for row in self.rows("SELECT decision_id FROM enforcement.permits")]

    def has(self, table: str, permit: str) -> bool:
        return self.rows(f"SELECT 1 FROM enforcement.{table} WHERE decision_id = %s", permit) != []

    def endings(self) -> dict[str, str]:
        """How each permit ended, by its entries; they must agree with the tables, each written once, in order."""
        entries, permits = until(self._all_logged, "the log holds everything")
        kinds: dict[str, list[str]] = {}
        for decision, kind in entries:
            kinds.setdefault(decision, []).append(kind)
        found: dict[str, str] = {}
        for permit, claimed, outcome, refused, released in permits:
            ending = ENDINGS[tuple(kinds.pop(permit))]
            assert released == (ending == "released")
            assert (outcome is None) == (ending == "open")
            assert (outcome == "ABANDONED") == (ending == "abandoned")
            assert claimed or ending in {"open", "abandoned"}
            found[permit] = "refused" if refused else ending
        assert kinds == {}, "no entry of a search without its permit"
        return found

    def _all_logged(self) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]] | None:
        """The entries of searches and the permits, of one moment at which nothing was staged; None at any other."""
        with psycopg.connect(self.admin) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            if connection.execute("SELECT 1 FROM audit.staging LIMIT 1").fetchone():
                return None
            entries = connection.execute(
                "SELECT decision_id, kind FROM audit.entries WHERE kind LIKE 'search.%' AND permit IS NOT false"
                " ORDER BY index"
            ).fetchall()
            permits = connection.execute(
                """SELECT p.decision_id::text, c.decision_id IS NOT NULL, o.outcome, o.refused,
                          r.decision_id IS NOT NULL
                   FROM enforcement.permits AS p LEFT JOIN enforcement.claims AS c USING (decision_id)
                   LEFT JOIN enforcement.outcomes AS o USING (decision_id)
                   LEFT JOIN enforcement.releases AS r USING (decision_id)"""
            ).fetchall()
        return entries, permits

    def check(self) -> dict[str, str]:
        """Everything that must hold after any death; gives the endings."""
        endings = self.endings()
        assert self.rows(_LIMITS_OFF) == []
        until(self._is_signed, "a checkpoint covers the log")
        with self.auditor.snapshot() as connection:
            report = verify_online(
                connection, verifier_key(self.settings), keys=DisclosureKeys.load(self.settings.keys)
            )
        assert report.ok, report.document()
        return endings

    def _is_signed(self) -> bool:
        return self.rows("SELECT 1 FROM audit.head WHERE size <= (SELECT max(size) FROM audit.checkpoints)") != []

    # Standing still.

    @contextmanager
    def held(self, table: str, mode: str = "SHARE") -> Iterator[Connection]:
        """A lock on the table for the block, or until the server dies; SHARE lets all read and nobody write."""
        with suppress(psycopg.OperationalError), psycopg.connect(self.admin) as connection:
            connection.execute(f"LOCK TABLE {table} IN {mode} MODE")
            yield connection
            connection.rollback()

    @contextmanager
    def commits_held(self) -> Iterator[None]:
        """Commits reach the disk and are not answered: they wait for a standby that there is not."""
        with psycopg.connect(self.admin, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
            connection.execute("SELECT pg_reload_conf()")
            until(lambda: connection.execute("SHOW synchronous_standby_names").fetchone() == ("nobody",), "it is set")
            try:
                yield
            finally:
                connection.execute("ALTER SYSTEM RESET synchronous_standby_names")
                connection.execute("SELECT pg_reload_conf()")

    def until_waiting(self, name: str, event_type: str = "Lock") -> None:
        """Until a connection of the process that calls itself so waits for a lock, or for what is named."""
        until(
            lambda: self.rows(
                "SELECT 1 FROM pg_stat_activity WHERE application_name = %s AND wait_event_type = %s", name, event_type
            ),
            f"{name} waits",
        )

    def until_idle(self, name: str) -> None:
        """Until the database has finished whatever the process that calls itself so had asked."""
        until(
            lambda: (
                not self.rows("SELECT 1 FROM pg_stat_activity WHERE application_name = %s AND state <> 'idle'", name)
            ),
            f"{name} is idle",
        )

    def advance(self, seconds: int = OVER_SECONDS) -> None:
        self._offset_seconds += seconds
        self._deployment.inject_clock(self._offset_seconds * 10**9)

    def follows_the_clock(self) -> None:
        """Until tokens are judged by the clock that mints them: the web process reads it five times a second."""
        until(lambda: self.api().get("/v1/searches?limit=1").status == 200, "new tokens are good")

    # Processes.

    def pid(self, kind: str) -> int:
        """Of a process that runs, or comes back; the kinds are those that `find` knows."""
        return until(lambda: self.find(kind), f"{kind} runs")

    def find(self, kind: str) -> int | None:  # noqa: PLR0911 - a table
        match kind:
            case "postmaster":
                with suppress(OSError, ValueError):
                    return int((self.cluster / "data" / "postmaster.pid").read_text().split("\n", 1)[0])
                return None
            case "keeper":
                postmaster = self.find("postmaster")
                return parent(postmaster) if postmaster else None
            case "web worker":
                main = self.find("web")
                return child(main, "run web ") if main else None
            case "encoder":
                engine = self.find("engine")
                return child(engine, "gateway.recognition.worker") if engine else None
            case "engine":
                return child(self.serving.pid, "gateway.recognition.engine_process")
            case _:
                return child(self.serving.pid, f"run {kind} ")

    def kill(self, kind: str) -> int:
        """SIGKILL; returns when the kernel has it."""
        pid = self.serving.pid if kind == "supervisor" else self.pid(kind)
        os.kill(pid, signal.SIGKILL)
        if kind == "supervisor":
            self.serving.wait()
        until(lambda: not alive(pid), f"{kind} is dead")
        return pid

    def ready(self) -> None:
        """Until every process is there again and the gateway answers."""
        for kind in ("web worker", "engine", "sequencer", "signer", "sweeper", "docket", "postmaster"):
            self.pid(kind)
        until((self.settings.runtime / "engine.sock").exists, "the engine listens")
        wait_until_ready(self.url, self.settings.home / "gateway.log")

    @contextmanager
    def another(self, kind: str) -> Iterator[None]:
        """A second process of the kind, as on another node, beside the one that is supervised; it is at work."""
        connected = "SELECT pid FROM pg_stat_activity WHERE application_name = %s"
        before = set(self.rows(connected, kind))
        command = [sys.executable, "-m", "gateway.cli", "run", kind]
        with (self.settings.home / "another.log").open("ab") as log:
            process = subprocess.Popen(
                command, env=environment(self.settings), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        try:
            until(lambda: set(self.rows(connected, kind)) - before, f"another {kind} is at work")
            yield
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE_SECONDS)

    def connect(self, role: DatabaseRole) -> Database:
        """As a process of the gateway itself is connected."""
        return Database(self._deployment.conninfo(role), name=f"test {role.value}")

    def start(self) -> None:
        self.serving = serve(self.settings)
        self.ready()


def serve(settings: Settings) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "gateway.cli", "serve", "--home", str(settings.home)]
    with (settings.home / "serve.log").open("ab") as log:
        return subprocess.Popen(command, env=environment(settings), stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def until_the_clock_is_followed(asking: Callable[[], Answer]) -> None:
    """Until tokens are judged by the clock that mints them.

    Each worker reads it for itself, five times a second, so that one good answer says nothing of the next.
    """
    until(lambda: all(asking().status == 200 for _ in range(50)), "every worker follows the clock")


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def parent(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return None


def children(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += [int(one) for one in (task / "children").read_text().split()]
    return [one for one in found if alive(one)]


def descendants(pid: int) -> set[int]:
    direct = children(pid)
    return {*direct, *(one for each in direct for one in descendants(each))}


def child(pid: int, words: str) -> int | None:
    for one in children(pid):
        with suppress(OSError):
            if words in Path(f"/proc/{one}/cmdline").read_bytes().decode().replace("\0", " "):
                return one
    return None


@contextmanager
def crash_house(photographs: dict[str, Path], **changes: Any) -> Iterator[CrashHouse]:
    home = new_home()
    port = free_port("127.0.0.1")
    usual = {"web_workers": 1, "encoder_workers": 1, "allow_injected_clock": True}
    settings = Settings(home=home, port=port, **(usual | changes))
    running = serve(settings)
    try:
        wait_until_ready(f"http://127.0.0.1:{port}", home / "serve.log")
        # Only for the seeding: while the tests run, nobody but the gateway itself holds or revives the database.
        with Deployment.open(settings) as deployment:
            seeded = seed(settings, deployment)
        cluster = Cluster(settings, load_or_create(settings.keys))
        with Database(deployment.conninfo(DatabaseRole.AUDITOR), name="test auditor") as auditor:
            house = CrashHouse(
                settings, seeded, photographs, deployment.conninfo(DatabaseRole.ADMIN), cluster.folder, auditor,
                running, deployment,
            )  # fmt: skip
            assert house.api().post("/v1/galleries", {"name": GALLERY}).status == 201
            assert house.enrol("person_a_1.jpg").status == 200
            yield house
        running = house.serving
    finally:
        running.terminate()
        running.wait(timeout=PATIENCE_SECONDS)
        # What was killed while it began may still be ending.
        until(lambda: _destroyed(settings), "the server is nobody's")
        shutil.rmtree(home, ignore_errors=True)


def _destroyed(settings: Settings) -> bool:
    try:
        Cluster(settings, load_or_create(settings.keys)).destroy()
    except ClusterInUse:
        return False
    return True
