"""kill -9 of any process at any moment, under load: what was promised is kept, and nothing is there twice.

The moments are drawn from a seed. CI draws a few; `KILLS=200` in the environment draws as many, which takes some
minutes, and `KILLS_SEED` draws others. The house is looked at now and then and at the end.
"""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
from contextlib import suppress
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Final, Self

import pytest
from crash_house import CrashHouse, crash_house
from patience import until

from gateway.audit.promises import Receipt, verify_receipt
from gateway.audit.receipts import ReceiptSigner
from gateway.clock import uuid7
from gateway.identity.client_credentials import TokenRequestError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.cli.http import Answer

pytestmark = [pytest.mark.photographs, pytest.mark.timeout(3600)]

KILLS: Final = int(os.environ.get("KILLS", "12"))
SEED: Final = int(os.environ.get("KILLS_SEED", "7"))
LOOK_EVERY: Final = 50
SEARCHERS: Final = 3
# How often each is drawn. The last three take all else along, and the longest to come back.
KINDS: Final = {
    "web worker": 4, "sequencer": 6, "signer": 6, "sweeper": 3, "docket": 2, "encoder": 3, "engine": 2,
    "web": 1, "postmaster": 1, "keeper": 1,
}  # fmt: skip
# The longest wait for one that is not there because it was killed before.
ABSENT_SECONDS: Final = 30.0


class Load:
    """Searches without end, by several callers; what they were answered is kept."""

    def __init__(self, house: CrashHouse) -> None:
        self._house = house
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._search) for _ in range(SEARCHERS)]
        self.answers: list[dict[str, Any]] = []
        self.others = 0

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def goes_on(self) -> None:
        """Until a search is answered that was not before."""
        before = len(self.answers)
        until(lambda: len(self.answers) > before, "searches are answered again")

    def _search(self) -> None:
        case, order, left = "", "", 0
        while not self._stop.is_set():
            # While processes die, a connection that breaks, before an answer or in the middle of one, and an order that
            # cannot be handed in are to be expected.
            with suppress(OSError, HTTPException, AssertionError, ValueError, KeyError, TokenRequestError):
                if left == 0:
                    case = f"2026-{uuid7()}"
                    order, left = self._house.order(case), 5
                left -= 1
                body = self._house.search_body(instrument=order, case_number=case)
                self._keep(self._house.api().post("/v1/searches", body, Idempotency_Key=str(uuid7())))
                continue
            self._stop.wait(0.2)

    def _keep(self, answer: Answer) -> None:
        if "receipt" in answer.document:
            self.answers.append({"status": answer.status, **answer.document})
        else:
            self.others += 1


@pytest.fixture(scope="module")
def house(pictures: dict[str, Path]) -> Iterator[CrashHouse]:
    with crash_house(pictures) as running:
        yield running


def look(house: CrashHouse, load: Load) -> dict[str, str]:
    """Everything that must hold, with whatever is under way left to its end."""
    endings = house.check()
    receipts = ReceiptSigner.load(house.settings.keys, origin=house.settings.log_origin)
    given: dict[bytes, Receipt] = {}
    for answer in list(load.answers):
        receipt = verify_receipt(answer["receipt"], receipts.public_jwk())
        given[receipt.leaf_hash] = receipt
    leaves = {bytes(row[0]) for row in house.rows("SELECT leaf_hash FROM audit.entries")}
    assert given.keys() <= leaves, "no receipt without its leaf"
    for answer in list(load.answers):
        if answer["status"] == 200 and "candidates" in answer:
            assert endings[answer["id"]] == "released", "no released result without its entry"
    ((entries, different, last),) = house.rows("SELECT count(*), count(DISTINCT leaf), max(index) FROM audit.entries")
    assert entries == different, "no duplicate"
    assert entries == last + 1, "no gap"
    return endings


def test_killed_at_random_moments_the_log_keeps_every_promise(house: CrashHouse) -> None:
    drawn = random.Random(SEED)  # noqa: S311  the moments, not a secret
    killed: dict[str, int] = {}
    with Load(house) as load:
        until(lambda: load.answers, "the first search is answered")
        moments = 0
        while sum(killed.values()) < KILLS and moments < 2 * KILLS:
            moments += 1
            (kind,) = drawn.choices(list(KINDS), list(KINDS.values()))
            time.sleep(drawn.uniform(0.0, 1.0))
            deadline = time.monotonic() + ABSENT_SECONDS
            while house.find(kind) is None and time.monotonic() < deadline:
                time.sleep(0.02)
            pid = house.find(kind)
            if pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    killed[kind] = killed.get(kind, 0) + 1
            if moments % LOOK_EVERY == 0:
                house.ready()
                load.goes_on()
        house.ready()
        load.goes_on()
    endings = look(house, load)
    told = {"killed": killed, "receipts": len(load.answers), "without": load.others, "permits": len(endings)}
    print(json.dumps(told))  # noqa: T201  for whoever runs all of them
    assert sum(killed.values()) == KILLS
    assert "released" in endings.values()
