"""Impact: what a candidate revision would have decided otherwise, on the decisions that were really asked.

Each recorded input is asked of the candidate and compared with the answer that was recorded, where the live revision
gave it; where an older one did, with what the live revision says to the same input. So the impact is that of the
candidate alone, whatever was published in between. One of `evaluators.SAMPLED` decisions is asked of both in any case:
it must say again what was recorded (`unfaithful` lists where it did not), and its cost is measured.

The document holds no personal value. Its digest is what a reviewer signs, and what the publication's entry names.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from gateway.audit.canonical import canonical
from gateway.policy import revisions
from gateway.policy.differences import CHANGES, NEWLY_PERMITTED
from gateway.policy.evaluators import Evaluators, processors
from gateway.policy.recorded import RecordedDecisions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from uuid import UUID

    from gateway.database import Connection, Database
    from gateway.policy.recorded import Recorded
    from gateway.policy.revisions import Revision

LAST: Final = 10_000
_SLOWER: Final = 1.5  # times as much processor as the base, and
_SLOWER_NS: Final = 50_000  # so much more, or a hiccup of the machine would count
_OUT_OF_ORDER_NS: Final = 60 * 10**9
_GROUPS: Final = ("agency", "purpose", "operation")


class NoBaseError(Exception):
    """Nothing was ever published, so there is nothing to compare with."""


@dataclass(frozen=True)
class Impact:
    """What was found; `values` is the document."""

    values: dict[str, Any]

    def document(self) -> dict[str, Any]:
        return self.values

    @cached_property
    def text(self) -> str:
        """The document in canonical JSON (RFC 8785): what the digest is of, and what is stored."""
        return canonical(self.values)

    @property
    def digest(self) -> str:
        """SHA-256 of the text, in hex."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def newly_permitted(self) -> list[str]:
        """The decision ids that a reviewer has to sign off."""
        return [row["decision_id"] for row in self.values["decisions"] if NEWLY_PERMITTED in row["changes"]]


def run(
    database: Database,
    *,
    candidate: Revision,
    last: int = LAST,
    keys: Path,
    processes: int | None = None,
    window: tuple[int, int] | None = None,
) -> Impact:
    """The impact of `candidate` on the last decisions of the whole log, beside the revision that is live.

    Args:
        database: of the role REPLAYER.
        candidate: any revision that opened; its number does not matter.
        last: how many decisions to go back.
        keys: the folder of the home's keys.
        window: only decisions made between these instants (nanoseconds, the second exclusive).
        processes: how many evaluate; one more than there are processors where nothing is said.

    Raises:
        NoBaseError: nothing is live.
        EvaluationError: a module does not compile, or the evaluation used more than it may.
        RevisionError, DatabaseUnavailable, KeyMissing.
    """
    began = time.perf_counter()
    with database.transaction() as connection:
        live = revisions.live(connection)
        if live is None:
            raise NoBaseError("No revision is live.")
        base = revisions.load(connection, live[0], keys=keys)
    tally = _Tally()
    with Evaluators(candidate, base, processes=processes) as evaluators:
        asked = tally.to_ask(_within(RecordedDecisions(database, keys).last(last), window))
        for one, answer in evaluators.answers(asked):
            tally.add(one, answer)
        ready = evaluators.ready_at
    ended = time.perf_counter()
    return Impact(
        {
            "base": {"number": base.number, "sha256": base.sha256},
            "candidate": {"number": candidate.number, "sha256": candidate.sha256},
            "asked_for": last,
            **tally.document(),
            "speed": tally.speed()
            | {
                "processes": processors(),
                "milliseconds": round((ended - began) * 1000),
                "decisions_per_second": round(tally.replayed / (ended - ready)) if tally.replayed else 0,
            },
        }
    )


def _within(decisions: Iterable[Recorded], window: tuple[int, int] | None) -> Iterator[Recorded]:
    """Those of a window. The log is in the order of integration, which follows the times but for a moment."""
    for one in decisions:
        if window is None or window[0] <= one.clear["time"] < window[1]:
            yield one
        elif one.clear["time"] < window[0] - _OUT_OF_ORDER_NS:
            return


class _Tally:
    """Counts while decisions come in."""

    def __init__(self) -> None:
        self.replayed = 0
        self._not_replayable: list[str] = []
        self._not_asked = 0
        self._unfaithful: list[str] = []
        self._indexes: list[int] = []
        self._rows: list[dict[str, Any]] = []
        self._counts: Counter[str] = Counter(dict.fromkeys(CHANGES, 0))
        self._by: dict[str, defaultdict[str, Counter[str]]] = {
            group: defaultdict(Counter) for group in (*_GROUPS, "pack")
        }
        # How many decisions of each agency, purpose, operation and packs: one count for each, spread at the end.
        self._kinds: Counter[tuple[Any, ...]] = Counter()
        self._times: list[tuple[int, int]] = []
        self._slower: list[str] = []

    def to_ask(self, decisions: Iterable[Recorded]) -> Iterator[Recorded]:
        """Those that can be replayed; the others are counted."""
        for one in decisions:
            self._indexes.append(one.index)
            if one.input is None:
                self._not_replayable.append(one.decision_id)
            elif not one.policy_was_asked:
                self._not_asked += 1
            else:
                yield one

    def add(self, one: Recorded, answer: Mapping[str, Any]) -> None:
        self.replayed += 1
        clear = one.clear
        self._kinds[clear.get("agency"), clear.get("purpose"), clear.get("operation"), tuple(clear["packs"])] += 1
        if not answer.get("faithful", True):
            self._unfaithful.append(one.decision_id)
        if "times" in answer:
            self._timed(one, *answer["times"])
        if "difference" in answer:
            self._differs(one, answer["difference"])

    def _timed(self, one: Recorded, base: int, candidate: int) -> None:
        self._times.append((base, candidate))
        if candidate > base * _SLOWER and candidate > base + _SLOWER_NS:
            self._slower.append(one.decision_id)

    def _differs(self, one: Recorded, found: Mapping[str, Any]) -> None:
        named = {group: one.clear.get(group) for group in _GROUPS}
        self._rows.append(
            {"decision_id": one.decision_id, "index": one.index, "time": one.clear["time"], **named, **found}
        )
        for change in found["changes"]:
            self._counts[change] += 1
            for group, value in named.items():
                self._by[group][str(value)][change] += 1
            for pack in found["packs"]:
                self._by["pack"][pack][change] += 1

    def document(self) -> dict[str, Any]:
        for (*named, packs), count in self._kinds.items():
            for group, name in zip(_GROUPS, named, strict=True):
                self._by[group][str(name)]["replayed"] += count
            for pack in packs:
                self._by["pack"][pack]["replayed"] += count
        self._kinds.clear()
        return {
            "found": len(self._indexes),
            "indexes": [min(self._indexes), max(self._indexes)] if self._indexes else None,
            "replayed": self.replayed,
            "not_replayable": sorted(self._not_replayable),
            "refused_before_policy": self._not_asked,
            "unfaithful": sorted(self._unfaithful),
            "counts": dict(self._counts),
            "by": {
                group: {name: dict(counts) for name, counts in sorted(of_group.items())}
                for group, of_group in self._by.items()
            },
            "decisions": sorted(self._rows, key=lambda row: int(row["index"])),
        }

    def speed(self) -> dict[str, Any]:
        """Microseconds of processor for one decision, of those that were sampled; and which became slower."""
        middle = [round(median(column) / 1000) for column in zip(*self._times, strict=True)] or [None, None]
        return {
            "sampled": len(self._times),
            "base_microseconds": middle[0],
            "candidate_microseconds": middle[1],
            "slower": sorted(self._slower),
        }


def store(connection: Connection, impact: Impact, draft: UUID | None) -> None:
    """Keeps what was found, in the caller's transaction (role WEB); the same document is kept once."""
    connection.execute(
        """
        INSERT INTO policy.impacts (digest, draft, base, candidate_sha256, document, made_ns)
        VALUES (%s, %s, %s, %s, %s, ops.now_ns())
        ON CONFLICT (digest) DO NOTHING
        """,
        (
            bytes.fromhex(impact.digest),
            draft,
            impact.values["base"]["number"],
            bytes.fromhex(impact.values["candidate"]["sha256"]),
            impact.text,
        ),
    )


def stored(connection: Connection, draft: UUID) -> tuple[str, dict[str, Any]] | None:
    """(digest, document) of the last impact that was found for a draft."""
    row = connection.execute(
        "SELECT digest, document FROM policy.impacts WHERE draft = %s ORDER BY made_ns DESC LIMIT 1", (draft,)
    ).fetchone()
    return None if row is None else (bytes(row[0]).hex(), json.loads(row[1]))


def by_digest(connection: Connection, digest: str) -> dict[str, Any] | None:
    """The document of this digest. Raises ValueError: it is not hexadecimal."""
    row = connection.execute(
        "SELECT document FROM policy.impacts WHERE digest = %s", (bytes.fromhex(digest),)
    ).fetchone()
    if row is None:
        return None
    found: dict[str, Any] = json.loads(row[0])
    return found
