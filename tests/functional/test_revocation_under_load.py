"""Revocation under load, with real processes: four web workers on two ports, and a token that is used all the time.

After the commit of a revocation (token, user, client, agency, issuer in turn) no request that begins more than a second
later succeeds, and no release commits at all, by the order of the log. It holds as well while the connections that
bring the news are cut, while PostgreSQL dies and comes back, and for a worker that stood still meanwhile.
"""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from crash_house import children
from gateway_house import House, gateway_house
from patience import until
from standstill import stopped

from gateway import metrics
from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.log import AuditLog
from gateway.cli.http import Api
from gateway.cli.serve import environment, free_port, wait_until_ready
from gateway.compliance.revocations import Revocations
from gateway.database import Database
from gateway.identity.caller import digest_of
from gateway.identity.client_credentials import make_client_key
from gateway.identity.jose import read_unverified
from gateway.postgres.cluster import Cluster
from gateway.postgres.credentials import load_or_create
from gateway.postgres.deployment import DatabaseRole
from gateway.registry.models import Actor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.identity.revocation import Kind

pytestmark = [pytest.mark.photographs, pytest.mark.timeout(300)]

PROMISE = 1.0  # seconds, from the issue
AGENCY, USER, CLIENT = "harbour-load", "harbour-load/diaz", "harbour-load-desk"
KINDS: tuple[Kind, ...] = ("token", "user", "client", "agency", "issuer")
WHY = "missing since 12 November; seen on the ferry terminal camera at 14:10"
LATER = "2090-01-01T00:00:00Z"
_rounds = itertools.count(1)


@dataclass
class Fleet:
    """The gateway, its second port, and who revokes."""

    house: House
    second: subprocess.Popen[bytes]
    urls: list[str]
    revocations: Revocations
    body: dict[str, Any]

    def workers(self) -> list[int]:
        mains = (self.second.pid, self.house.supervisor._children["web"].process.pid)
        return [one for main in mains for one in children(main) if b"web" in _command(one).split(b"\0")]

    def administrator(self) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(self.house.deployment.conninfo(DatabaseRole.ADMIN), autocommit=True)

    def postmaster(self) -> int:
        cluster = Cluster(self.house.settings, load_or_create(self.house.settings.keys))
        return int((cluster.folder / "data" / "postmaster.pid").read_text().split("\n", 1)[0])


def _command(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


@pytest.fixture(scope="module")
def fleet(pictures: dict[str, Path]) -> Iterator[Fleet]:
    with ExitStack() as stack:
        house = stack.enter_context(gateway_house(pictures, web_workers=2, web_threads=8, allow_bearer_tokens=True))
        settings = house.settings.model_copy(
            update={"port": free_port("127.0.0.1"), "public_url": house.settings.issuer}
        )
        counted = stack.enter_context(tempfile.TemporaryDirectory())
        written = stack.enter_context((house.settings.home / "second.log").open("ab"))
        second = subprocess.Popen(
            [sys.executable, "-m", "gateway.cli", "run", "web"],
            env=environment(settings) | {metrics.FOLDER: counted},
            stderr=written,
        )
        stack.callback(second.wait, timeout=60)
        stack.callback(second.terminate)
        url = f"http://127.0.0.1:{settings.port}"
        wait_until_ready(url, house.settings.home / "gateway.log")
        _populate(house)
        database = stack.enter_context(Database(house.deployment.conninfo(DatabaseRole.WEB), name="test revoker"))
        log = AuditLog(keys=DisclosureKeys.load(house.settings.keys))
        body = {
            "gallery": "missing",
            "probe": {"image": house.image("person_a_2.jpg"), "source": "cctv_still"},
            "purpose": "locate_missing_person",
            "case_number": "2026-0417",
            "justification": WHY,
        }
        fleet = Fleet(house, second, [house.url, url], Revocations(database=database, log=log), body)
        until(lambda: len(fleet.workers()) == 4, "four workers run")
        yield fleet


def _populate(house: House) -> None:
    """An agency without limits, in a place where its contract is enough for a missing person."""
    key = make_client_key(house.settings.clients / f"{CLIENT}.json", client_id=CLIENT, user=USER)
    terms = {
        "purposes": ["locate_missing_person"],
        "operations": ["identify_1_to_n", "enrol_gallery"],
        "galleries": ["*"],
        "min_similarity": 85,
    }
    scopes = ["searches:write", "galleries:read", "galleries:write"]
    administrator = house.api("admin-1")
    for path, body in (
        (f"agencies/{AGENCY}", {"name": "Harbour Police", "type": "law_enforcement", "jurisdiction": "US-TX"}),
        (
            f"users/{USER}",
            {"agency": AGENCY, "name": "A Person", "roles": ["investigator"], "training_valid_to": LATER},
        ),
        (
            f"contracts/{AGENCY}/contract",
            {"agency": AGENCY, "valid_from": "2026-01-01T00:00:00Z", "valid_to": LATER, "terms": terms},
        ),
        (
            f"clients/{CLIENT}",
            {"agency": AGENCY, "name": "desk", "scopes": scopes, "jwks": {"keys": [key]}, "default_user": USER},
        ),
    ):
        answer = administrator.put(f"/v1/{path}", body)
        assert answer.status == 201, answer.document
    api = house.api(CLIENT)
    assert api.post("/v1/galleries", {"name": "missing"}).status == 201
    enrolled = house.enrol("person_a_1.jpg", gallery="missing", client=CLIENT)
    assert enrolled.status == 200, enrolled.document


@dataclass
class Load:
    """Requests with one token, all the time, from several threads, to both ports."""

    fleet: Fleet
    token: str
    answers: list[tuple[float, str, int, str | None]] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self) -> Iterator[None]:
        threads = [
            threading.Thread(target=self._repeat, args=(what, Api(url, self.token)))
            for url in self.fleet.urls
            for what in ("read", "read", "search")
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def _repeat(self, what: str, api: Api) -> None:
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                answer = api.get("/v1/galleries") if what == "read" else api.post("/v1/searches", self.fleet.body)
            except OSError:
                continue
            self.answers.append((began, what, answer.status, answer.code))

    def is_on(self) -> bool:
        succeeded = Counter(what for _, what, status, _ in self.answers if status == 200)
        return succeeded["read"] > 4 and succeeded["search"] > 1

    def is_refused_since(self, moment: float) -> bool:
        """Whether enough requests that began later, of either kind, were refused for good."""
        refused = Counter(what for began, what, _, code in self.answers if began > moment and code == "TOKEN_REVOKED")
        return refused["read"] > 12 and refused["search"] > 2

    def too_late(self, committed: float) -> list[tuple[float, str, int, str | None]]:
        return [one for one in self.answers if one[0] > committed + PROMISE and one[2] < 400]


@contextmanager
def nothing(_: Fleet) -> Iterator[None]:
    yield


@contextmanager
def connections_cut(fleet: Fleet) -> Iterator[None]:
    """Whatever brings news of revocations is cut, again and again, from before the act until after its second."""
    stop = threading.Event()

    def cut() -> None:
        with fleet.administrator() as connection:
            while not stop.wait(0.05):
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'revocations'"
                )

    cutting = threading.Thread(target=cut)
    cutting.start()
    try:
        yield
        time.sleep(1.5 * PROMISE)  # the cutting goes on past the second that is promised
    finally:
        stop.set()
        cutting.join()


@contextmanager
def postgres_dies(fleet: Fleet) -> Iterator[None]:
    yield
    os.kill(fleet.postmaster(), signal.SIGKILL)


@contextmanager
def worker_stands_still(fleet: Fleet) -> Iterator[None]:
    """From before the act until after its second; what was sent to it meanwhile it answers when it wakes."""
    with stopped(fleet.workers()[0]):
        yield
        time.sleep(1.5 * PROMISE)  # as above


@pytest.mark.parametrize("disturbed", [nothing, connections_cut, postgres_dies, worker_stands_still])
def test_a_second_after_the_commit_nothing_succeeds_and_nothing_is_released(
    fleet: Fleet, disturbed: Callable[[Fleet], Any]
) -> None:
    began_at = _size(fleet)
    for kind in KINDS:
        token = until(lambda: _mint(fleet), "a token is given")
        load = Load(fleet, token)
        with load.running():
            until(load.is_on, "the load is on")
            with disturbed(fleet):
                _revoke(fleet, kind, token)
                committed = time.monotonic()
            until(partial(load.is_refused_since, committed + PROMISE), "everybody knows it")
        assert load.too_late(committed) == [], kind
    _judge_log(fleet, began_at)


def _mint(fleet: Fleet) -> str | None:
    with suppress(Exception):
        return fleet.house.bearer(CLIENT)
    return None


def _revoke(fleet: Fleet, kind: Kind, token: str) -> None:
    subject = {
        "token": digest_of(read_unverified(token).claims["jti"]),
        "user": USER,
        "client": CLIENT,
        "agency": AGENCY,
        "issuer": "self",
    }[kind]
    actor = Actor(kind="operator", id="test")
    fleet.revocations.revoke(actor=actor, kind=kind, subject=subject, statement=f"round {next(_rounds)}")


def _size(fleet: Fleet) -> int:
    def integrated() -> int | None:
        with fleet.administrator() as connection:
            staged, size = connection.execute(
                "SELECT (SELECT count(*) FROM audit.staging), size + 1 FROM audit.head"
            ).fetchone() or (1, 0)
        return None if staged else int(size)

    return int(until(integrated, "the log holds everything")) - 1


def _judge_log(fleet: Fleet, began_at: int) -> None:
    """From a revocation to the next token there is no release; between a token and its end there are some."""
    _size(fleet)
    with fleet.administrator() as connection:
        rows = connection.execute(
            "SELECT kind FROM audit.entries WHERE index >= %s AND ("
            " kind = 'access.revoked' OR (kind IN ('token.issued', 'search.release') AND leaf::jsonb ->> 'client' = %s)"
            ") ORDER BY index",
            (began_at, CLIENT),
        ).fetchall()
    told = " ".join({"access.revoked": "|", "token.issued": "t", "search.release": "r"}[row[0]] for row in rows)
    story = told.replace(" ", "")
    assert story.count("|") == len(KINDS)
    for life in story.split("|")[:-1]:
        assert life.lstrip("t").startswith("r"), story  # nothing is released before the new token is there
        assert life.startswith("t"), story
    assert story.endswith("|"), story
