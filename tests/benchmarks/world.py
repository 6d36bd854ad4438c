"""What the benchmarks of a running gateway stand on: a home of its own, agencies with their papers, and the contenders.

Eight agencies, because one contract's counter is one row that its permits wait for in turn; sixteen cases each, because
a case has more than one search. Half of the requests name the court's order and are permitted, half do not.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks import load

import gateway
from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.log import AuditLog
from gateway.cli.demo.seed import CONTROLS, DAY_NS, token_for
from gateway.cli.http import Api
from gateway.cli.init import create_keys, initialise, register_client
from gateway.cli.serve import environment, free_port
from gateway.cli.supervisor import Supervisor
from gateway.database import Database
from gateway.postgres.deployment import DatabaseRole, Deployment
from gateway.registry.confirmations import Confirmations
from gateway.registry.models import Actor, AgencyWrite, ContractWrite, InstrumentWrite, UserWrite
from gateway.registry.service import Registry
from gateway.settings import Settings
from gateway.vocabulary import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

AGENCIES: Final = 8
CASES: Final = 16
PROBE_BYTES: Final = 1024
CONNECTIONS: Final = 400  # of PostgreSQL: several contenders stand ready at once
PURPOSE: Final = "locate_missing_person"
GALLERY: Final = "missing"
SCOPES: Final = (Scope.SEARCHES_WRITE, Scope.GALLERIES_WRITE)
READY_SECONDS: Final = 60.0
_ROOT: Final = Path(gateway.__path__[0]).parent


@dataclass(slots=True)
class World:
    settings: Settings
    deployment: Deployment
    admin: Database
    stack: ExitStack
    background: Supervisor

    def postmaster(self) -> int:
        """The process that every database process is a child of."""
        row = self.one("SELECT pg_backend_pid()")
        return int(Path(f"/proc/{row[0]}/stat").read_text().rpartition(")")[2].split()[1])

    def one(self, query: str) -> tuple[Any, ...]:
        with self.admin.transaction() as connection:
            row = connection.execute(query.encode()).fetchone()
        if row is None:
            raise LookupError(query)
        return row

    def write(self, script: str) -> None:
        with self.admin.transaction() as connection:
            connection.execute(script.encode())

    def drained(self) -> None:
        """Waits until nothing is staged, so that the log's own work is counted with what caused it."""
        while self.one("SELECT count(*) FROM audit.staging")[0]:
            time.sleep(0.02)

    def contender(self, target: str, *, port: int | None = None, **changes: str) -> Contender:
        """A server of its own process tree, ready for requests; ended with the world."""
        port = port or free_port("127.0.0.1")
        with (self.settings.home / f"{target.partition(':')[0]}.log").open("ab") as log:
            process = subprocess.Popen(
                [
                    sys.executable, "-m", "benchmarks.serve", target, str(port),
                    str(self.settings.web_workers), str(self.settings.web_threads), str(os.getpid()),
                ],
                env=environment(self.settings) | {"PYTHONPATH": f"{_ROOT}{os.pathsep}{_ROOT / 'tests'}"} | changes,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        made = Contender(process, port)
        self.stack.callback(made.end)
        made.wait_until_ready()
        return made


@dataclass(slots=True)
class Contender:
    process: subprocess.Popen[bytes]
    port: int

    def wait_until_ready(self) -> None:
        """Raises TimeoutError."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            with suppress(OSError):
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2).close()
                except urllib.error.HTTPError as error:
                    if error.code == 404:
                        return
                else:
                    return
            time.sleep(0.05)
        raise TimeoutError("a contender did not come up")

    def end(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def world(**changes: Any) -> Iterator[World]:
    """A home with policy, agencies and the processes that stand beside the web: sequencer, signer, sweeper."""
    home = Path(tempfile.mkdtemp(prefix="wg-"))
    port = free_port("127.0.0.1")
    url = f"http://127.0.0.1:{port}"
    # Requests are made beforehand, and a proof is good once; what proofs cost is the benchmark `token`.
    settings = Settings(
        home=home, port=port, public_url=url, allow_bearer_tokens=True, requests_per_minute=10_000_000, **changes
    )
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        create_keys(settings)
        with Deployment.open(settings) as first, Database(first.conninfo(DatabaseRole.ADMIN), name="bench") as admin:
            admin_settings = f"ALTER SYSTEM SET max_connections = {CONNECTIONS}"
            with admin._connection() as connection:
                connection.execute(admin_settings.encode())
        deployment = Deployment.open(settings)
        stack.callback(deployment.destroy)
        initialise(settings, deployment)
        admin = stack.enter_context(Database(deployment.conninfo(DatabaseRole.ADMIN), name="bench"))
        _seed(settings, deployment)
        background = Supervisor(
            environment=environment(settings),
            kinds=("sequencer", "signer", "sweeper"),
            log_file=home / "background.log",
        )
        stack.callback(background.end)
        background.start()
        yield World(settings, deployment, admin, stack, background)


def tokens(world: World) -> dict[str, str]:
    """A fresh access token of each agency, from the gateway that listens at the issuer's address."""
    return {name: token_for(world.settings, world.settings.issuer, name) for name in _names()}


def make_galleries(world: World, held: Mapping[str, str]) -> None:
    for name in _names():
        answer = Api(world.settings.issuer, held[name]).post("/v1/galleries", {"name": GALLERY})
        if answer.status != 201:
            raise RuntimeError(f"no gallery: {answer.code}")


def requests(held: Mapping[str, str], *, permitted: bool) -> list[bytes]:
    """One search of each case of each agency, the agencies in turn."""
    found = []
    for case in range(CASES):
        for name in _names():
            kind = "p" if permitted else "d"
            image = f"{name}/{kind}/{case}/".encode().ljust(PROBE_BYTES, b"x")
            body = {
                "gallery": GALLERY,
                "probe": {"image": base64.b64encode(image).decode(), "source": "cctv_still"},
                "purpose": PURPOSE,
                "case_number": f"2026-{kind}{case}",
                "justification": "missing since 12 November; seen on the ferry terminal camera at 14:10",
            }
            body |= {"instrument": f"{name}/order"} if permitted else {}
            found.append(load.request("/v1/searches", json.dumps(body).encode(), token=held[name]))
    return found


def _names() -> list[str]:
    return [f"bench-{number}" for number in range(1, AGENCIES + 1)]


def _seed(settings: Settings, deployment: Deployment) -> None:
    with Database(deployment.conninfo(DatabaseRole.WEB), name="bench seed") as database:
        registry = Registry(database, AuditLog(keys=DisclosureKeys.load(settings.keys)))
        actor, now = Actor(kind="operator", id="bench"), time.time_ns()
        for name in _names():
            _agency(registry, settings, actor, name, now)
            second = Actor(kind="operator", id="second")
            Confirmations(database=database, registry=registry).instrument(f"{name}/order", actor=second)


def _agency(registry: Registry, settings: Settings, actor: Actor, name: str, now: int) -> None:
    span = {"valid_from_ns": now - 30 * DAY_NS}
    agency = {"id": name, "name": "A Police Department (fictional)", "type": "law_enforcement"}
    registry.put_agency(
        AgencyWrite.model_validate(agency | {"jurisdiction": "US-WA", "controls": CONTROLS}), actor=actor
    )
    terms = {
        "operations": ["identify_1_to_n", "verify_1_to_1", "enrol_gallery"],
        "purposes": [PURPOSE],
        "galleries": ["*"],
        "min_similarity": 90,
        "max_candidates": 10,
        "quotas": [{"period": "day", "limit": 100_000_000}],
        "demands": [
            {"clause": "4.2", "operations": ["identify_1_to_n"], "purposes": [PURPOSE], "instruments": ["court_order"]}
        ],
    }
    contract = {"id": f"{name}/contract", "agency": name, "valid_to_ns": now + 30 * DAY_NS, "terms": terms}
    registry.put_contract(ContractWrite.model_validate(contract | span), actor=actor)
    user = {"id": f"{name}/examiner", "agency": name, "name": "An Examiner (fictional)", "roles": ["investigator"]}
    registry.put_user(UserWrite.model_validate(user | {"training_valid_to_ns": now + 30 * DAY_NS}), actor=actor)
    order = {
        "id": f"{name}/order",
        "agency": name,
        "type": "court_order",
        "court": "Superior Court (fictional)",
        "docket_number": "26-1",
        "judge": "Hon. A. Moreau (fictional)",
        "standard": "missing person",
        "galleries": ["*"],
        "modes": ["still_image"],
        "operations": ["identify_1_to_n"],
        "purposes": [PURPOSE],
        "expires_at_ns": now + 30 * DAY_NS,
        "status": "granted",
        "document_sha256": "cd" * 32,
    }
    registry.put_instrument(InstrumentWrite.model_validate(order | span), actor=actor)
    register_client(registry, settings, name=name, agency=name, scopes=SCOPES, actor=actor, user=f"{name}/examiner")
