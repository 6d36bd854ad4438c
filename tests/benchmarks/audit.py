"""`audit`: appending to the log beside a bare insert of the same row, while the sequencer integrates; and verifying a
million entries offline beside the bare hashing.

The lag of an entry is the time from its append, as its own leaf says, to the first moment at which the log's size was
seen to cover it; it is redeemable once a signed checkpoint does. Both are read every few milliseconds, so neither is
understated.
"""

from __future__ import annotations

import json
import threading
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any, Final, Self

from benchmarks import offline, pgbench
from benchmarks.report import Goal, Report, medians, paired
from benchmarks.world import World, world

from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.entries import Entry
from gateway.audit.log import AuditLog
from gateway.clock import uuid7
from gateway.database import Database
from gateway.postgres.deployment import DatabaseRole
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.audit.entries import SealedEntry

CLIENTS: Final = (1, 16, 64)
SAMPLE_SECONDS: Final = 0.005
SIGNED_WITHIN_SECONDS: Final = 60.0
BARE: Final = """
CREATE SCHEMA bench;
CREATE TABLE bench.bare (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, leaf text NOT NULL, key_id uuid, names text [],
    ciphertexts bytea []
);
GRANT USAGE ON SCHEMA bench TO writgate_web;
GRANT INSERT ON bench.bare TO writgate_web;
"""
GOALS: Final = (
    *(Goal(f"vs_bare_insert_{clients}", least=0.55) for clients in CLIENTS),
    *(Goal(f"lag_p99_ms_{clients}", most=200) for clients in CLIENTS),
    *(Goal(f"redeemable_p99_ms_{clients}", most=1000) for clients in CLIENTS),
    Goal("lost", most=0),
    Goal("vs_bare_hashing", most=1.5),
)


def run(*, rounds: int, seconds: float, clients: Sequence[int] = CLIENTS, entries: int = offline.ENTRIES) -> Report:
    verified = offline.measure(rounds=rounds, entries=entries)
    with world() as home:
        home.write(BARE)
        sealed = an_entry(home)
        append, bare = scripts(sealed)
        web = home.deployment.conninfo(DatabaseRole.WEB)
        measured = []
        appended = 0
        home.drained()
        before = int(home.one("SELECT size FROM audit.head")[0])
        for _ in range(rounds):
            found: dict[str, float] = {}
            for number in clients:
                found[f"bare_insert_{number}"] = pgbench.run(web, bare, clients=number, seconds=seconds).per_second
                first = int(home.one("SELECT size FROM audit.head")[0])
                with _Sizes(home) as sizes:
                    done = pgbench.run(web, append, clients=number, seconds=seconds)
                    home.drained()
                appended += done.count
                found[f"append_{number}"] = done.per_second
                for name, lags in zip(("lag", "redeemable"), sizes.lags(home, first), strict=True):
                    found[f"{name}_p50_ms_{number}"] = median(lags)
                    found[f"{name}_p99_ms_{number}"] = quantiles(lags, n=100)[98]
            measured.append(found)
        lost = appended - (int(home.one("SELECT size FROM audit.head")[0]) - before - _of_the_signer(home, before))
    figures: dict[str, Any] = {**medians(measured), **medians(verified), "appended": appended, "lost": lost}
    return Report(
        benchmark="audit",
        settings={
            "clients": list(clients),
            "seconds": seconds,
            "verified_entries": entries,
            "leaf_bytes": len(sealed.leaf),
            "ciphertext_bytes": sum(map(len, sealed.ciphertexts)),
        },
        figures=figures,
        ratios={
            f"vs_bare_insert_{number}": paired(measured, f"append_{number}", f"bare_insert_{number}")
            for number in clients
        }
        | {"vs_bare_hashing": paired(verified, "offline_verify_s", "bare_hashing_s")},
        rounds=rounds,
        goals=[goal for goal in GOALS if goal.name.rpartition("_")[2] in {*map(str, clients), "lost", "hashing"}],
    )


class _Sizes:
    """Watches the size of the log, and of the last tree that was signed."""

    def __init__(self, home: World) -> None:
        self._database = Database(home.deployment.conninfo(DatabaseRole.SEQUENCER), name="bench sizes", max_size=1)
        self._seen: list[tuple[int, int, int]] = []
        self._signed = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if not self._signed.wait(SIGNED_WITHIN_SECONDS):
            raise TimeoutError("no checkpoint covers the log")
        self._stop.set()
        self._thread.join()
        self._database.close()

    def lags(self, home: World, first: int) -> tuple[list[float], list[float]]:
        """Milliseconds until each entry from index `first` on was seen integrated, and until it was seen signed."""
        with home.admin.transaction() as connection:
            times = [
                int(row[0])
                for row in connection.execute(
                    "SELECT time_ns FROM audit.entries WHERE index >= %s ORDER BY index", (first,)
                ).fetchall()
            ]
        integrated: list[float] = []
        signed: list[float] = []
        for seen_ns, *sizes in self._seen:
            for found, size in zip((integrated, signed), sizes, strict=True):
                while len(found) < size - first and len(found) < len(times):
                    found.append((seen_ns - times[len(found)]) / 1e6)
        return integrated, signed

    def _watch(self) -> None:
        with self._database.statement() as connection:
            while not self._stop.wait(SAMPLE_SECONDS):
                row = connection.execute(
                    "SELECT (SELECT ops.now_ns()), size, coalesce((SELECT checkpoints.size FROM audit.checkpoints"
                    " ORDER BY checkpoints.epoch DESC, checkpoints.size DESC LIMIT 1), 0) FROM audit.head"
                ).fetchone()
                if row is not None:
                    self._seen.append((int(row[0]), int(row[1]), int(row[2])))
                    (self._signed.set if row[1] == row[2] else self._signed.clear)()


def _of_the_signer(home: World, first: int) -> int:
    with home.admin.transaction() as connection:
        row = connection.execute(
            "SELECT count(*) FROM audit.entries WHERE index >= %s AND kind IN (%s, %s)",
            (first, EntryKind.HEARTBEAT, EntryKind.LOG_STARTED),
        ).fetchone()
    return int(row[0]) if row else 0


def an_entry(home: World) -> SealedEntry:
    """An entry such as a decision leaves, sealed by the product; its key is committed with nothing else."""
    log = AuditLog(keys=DisclosureKeys.load(home.settings.keys))
    entry = Entry(
        kind=EntryKind.DECISION,
        clear={"decision_id": str(uuid7()), "agency": "bench-1", "operation": "identify_1_to_n", "permit": False},
        disclosed={"user": "bench-1/examiner", "case_number": "2026-1"},
        scope="case:bench",
    )
    with (
        Database(home.deployment.conninfo(DatabaseRole.WEB), name="bench entry") as database,
        database.transaction() as connection,
    ):
        return log.seal(connection, entry, now_ns=1)


def scripts(sealed: SealedEntry) -> tuple[str, str]:
    """The same row by the log's function and by a plain insert; each leaf is another, and says when it was appended.

    A space follows each colon of the leaf, because pgbench takes `:false` for a variable of its own.
    """
    leaf = json.loads(sealed.leaf)
    leaf.pop("time")
    leaf.pop("decision_id")
    text = json.dumps(leaf, separators=(",", ": "), sort_keys=True).replace("'", "''")[:-1]
    made = f"'{text},\"time\":' || ops.now_ns() || ',\"decision_id\":\"' || gen_random_uuid() || '\"}}'"
    names = ",".join(f"'{name}'" for name in sealed.names)
    values = ",".join(f"'\\x{value.hex()}'::bytea" for value in sealed.ciphertexts)
    row = f"{made}, '{sealed.key_id}'::uuid, ARRAY[{names}]::text[], ARRAY[{values}]"
    return (
        f"SELECT audit.append({row}, NULL, NULL, NULL);\n",
        f"INSERT INTO bench.bare (leaf, key_id, names, ciphertexts) VALUES ({row});\n",
    )
