"""`decision`: a governed request over HTTP beside a bare Flask hello and a naive gateway, all on the same web server.

A denial is one commit, a permitted search four (decision, claim, outcome, release). In each round every contender is
driven for the same time over the same number of connections, one after the other; ratios pair figures of one round.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from benchmarks import load, naive, pgbench
from benchmarks.processor import Processor, spent
from benchmarks.report import Goal, Report, medians, paired
from benchmarks.world import PROBE_BYTES, World, make_galleries, requests, tokens, world

from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.log import AuditLog
from gateway.clock import uuid7
from gateway.database import Database
from gateway.enforcement import facts as facts_of
from gateway.enforcement.question import question
from gateway.identity.jose import read_unverified
from gateway.policy import opa_program, revisions, ship
from gateway.policy.folder import POLICIES
from gateway.policy.keys import signing_key
from gateway.policy.opa_server import OpaServer
from gateway.policy.wasm_engine import WasmEngine
from gateway.postgres.deployment import DatabaseRole
from gateway.web.api.bodies import SearchBody

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.world import Contender

    from gateway.settings import Settings

CONNECTIONS: Final = 64
DECISIONS: Final = 200
FOUR_PACKS: Final = frozenset({"base", "contract", "us_wa", "vendor_amazon_rekognition"})
# A gateway starved of processor fails closed: policy or revocations that are late refuse. Such answers are told
# (`…_closed_share`) and not counted as work; any other wrong answer ends the benchmark.
CLOSED: Final = ("ENGINE_ERROR", "REVOCATIONS_STALE")
COMMITS: Final = """
CREATE SCHEMA bench;
CREATE TABLE bench.commits (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text NOT NULL);
GRANT USAGE ON SCHEMA bench TO writgate_web;
GRANT INSERT ON bench.commits TO writgate_web;
"""
ONE_COMMIT: Final = f"\\set n random(1, 1000000000)\nINSERT INTO bench.commits (body) VALUES (:n || '{'x' * 440}');\n"
GOALS: Final = (
    Goal("denial_wasm_vs_hello", least=0.08),
    Goal("search_wasm_vs_hello", least=0.03),
    Goal("denial_wasm_vs_naive", least=4),
    Goal("search_wasm_vs_naive", least=4),
    Goal("denial_p50_ms_over_pgbench", most=2),
    Goal("decision_wasm_processor_ms", most=0.25),
    Goal("decision_all_packs_vs_four", most=1.1),
)


@dataclass(frozen=True, slots=True)
class _Lane:
    """One thing that is driven: its name, its server, the status that its answers must have, and an OPA beside it."""

    name: str
    server: Contender
    path: str
    permitted: bool | None
    status: int
    opa: int | None = None


def run(*, rounds: int, seconds: float, connections: int = CONNECTIONS, with_opa: bool = True) -> Report:
    """Raises RuntimeError when an answer is not what it must be; nothing is measured of a gateway that errs."""
    program = opa_program.find() if with_opa else None
    with world(web_threads=16) as home:
        home.write(COMMITS)
        home.write(naive.SCHEMA)
        lanes = _lanes(home, naive_too=program is not None)
        held = tokens(home)
        make_galleries(home, held)
        measured = []
        for number in range(rounds + 1):
            held = tokens(home)
            _know(home, held)
            found = _round(home, lanes, held, seconds=seconds if number else min(seconds, 1.0), connections=connections)
            if number:  # the first warms what is cold: prepared statements, keys, caches
                measured.append(found | _alone(home, lanes, held, seconds=seconds) | _one_decision(home))
    return _report(measured, rounds=rounds, seconds=seconds, connections=connections)


def _lanes(home: World, *, naive_too: bool) -> list[_Lane]:
    port = home.settings.port
    wasm = home.contender("instant:app", port=port)
    lanes = [
        _Lane("hello", home.contender("hello:app"), "/", None, 200),
        _Lane("denial_wasm", wasm, "/v1/searches", False, 403),
        _Lane("search_wasm", wasm, "/v1/searches", True, 200),
    ]
    if naive_too:
        opa = home.contender("instant:app", WRITGATE_POLICY_ENGINE="opa")
        server = home.stack.enter_context(_opa_server(home.settings, home))
        other = home.contender("naive:app", NAIVE_OPA_URL=server.url, NAIVE_OPA_TOKEN=server.token)
        lanes += [
            _Lane("denial_opa", opa, "/v1/searches", False, 403),
            _Lane("search_opa", opa, "/v1/searches", True, 200),
            _Lane("denial_naive", other, "/v1/searches", False, 403, server.pid),
            _Lane("search_naive", other, "/v1/searches", True, 200, server.pid),
        ]
    return lanes


def _opa_server(settings: Settings, home: World) -> OpaServer:
    with home.admin.transaction() as connection:
        revision = revisions.load(connection, 1, keys=settings.keys)
    return OpaServer(revision, settings, program=opa_program.require(settings.home))


def _know(home: World, held: dict[str, str]) -> None:
    """The naive gateway's own list of tokens."""
    with home.admin.transaction() as connection:
        for token in held.values():
            connection.execute(
                "INSERT INTO naive.tokens VALUES (%s, %s, true) ON CONFLICT DO NOTHING",
                (hashlib.sha256(token.encode()).digest(), json.dumps(read_unverified(token).claims)),
            )


def _round(
    home: World, lanes: Sequence[_Lane], held: dict[str, str], *, seconds: float, connections: int
) -> dict[str, float]:
    found: dict[str, float] = {}
    for lane in lanes:
        processor = Processor(
            {
                "gateway": lane.server.process.pid,
                "postgres": home.postmaster(),
                **({"opa": lane.opa} if lane.opa else {}),
                **{kind: home.background.pid(kind) for kind in home.background.kinds},
            },
            apart={"opa": "opa"},
        )
        before = processor.read()
        answers = load.run(lane.server.port, _asked(lane, held), connections=connections, seconds=seconds)
        home.drained()
        parts = spent(before, processor.read())
        closed = sum(answers.codes[code] for code in CLOSED)
        right = answers.statuses[lane.status] - (answers.codes["ENGINE_ERROR"] if lane.permitted is False else 0)
        if right + closed != answers.count or not right:
            raise RuntimeError(f"{lane.name}: {dict(answers.statuses)} {dict(answers.codes)}, not {lane.status}")
        found[f"{lane.name}_per_s"] = right / answers.seconds
        found[f"{lane.name}_closed_share"] = closed / answers.count
        found[f"{lane.name}_p50_ms"], found[f"{lane.name}_p99_ms"] = answers.p50, answers.p99
        used = {
            "gateway": parts["gateway"],
            "opa": parts["opa"],
            "postgres": parts["postgres"],
            "log": sum(parts[kind] for kind in home.background.kinds),
            "client": answers.client_seconds,
        }
        for part, value in used.items():
            found[f"{lane.name}_processor_us_{part}"] = value * 1e6 / answers.count
        found[f"{lane.name}_processor_us"] = sum(
            found[f"{lane.name}_processor_us_{part}"] for part in used if part != "client"
        )
    return found


def _alone(home: World, lanes: Sequence[_Lane], held: dict[str, str], *, seconds: float) -> dict[str, float]:
    """One connection: a denial beside one commit of pgbench, each before and after the other."""
    (lane,) = (lane for lane in lanes if lane.name == "denial_wasm")
    web = home.deployment.conninfo(DatabaseRole.WEB)
    commits, denials = [], []
    for _ in range(2):
        commits.append(pgbench.run(web, ONE_COMMIT, clients=1, seconds=max(1.0, seconds / 2)).p50)
        denials.append(load.run(lane.server.port, _asked(lane, held), connections=1, seconds=seconds / 2).p50)
    return {
        "denial_one_connection_p50_ms": median(denials),
        "pgbench_one_commit_p50_ms": median(commits),
        "denial_p50_ms_over_pgbench": median(denials) - median(commits),
    }


def _one_decision(home: World) -> dict[str, float]:
    """Processor time of one decision in process, for the very questions that the requests above ask."""
    with Database(home.deployment.conninfo(DatabaseRole.WEB), name="bench questions") as database:
        with database.transaction() as connection:
            revision = revisions.load(connection, 1, keys=home.settings.keys)
        log = AuditLog(keys=DisclosureKeys.load(home.settings.keys))
        engine = WasmEngine(revision)
        opa = opa_program.find()
        four = WasmEngine(_of_four_packs(home.settings.keys, opa)) if opa else engine
        try:
            questions = []
            for permitted in (False, True):
                body = requests({f"bench-{n}": "" for n in range(1, 9)}, permitted=permitted)[0].partition(b"\r\n\r\n")[
                    2
                ]
                asked = SearchBody.model_validate_json(body).request()
                caller = naive_caller(home)
                with database.transaction() as connection:
                    facts = facts_of.read(connection, caller, asked, facts_of.blinds(log, caller, asked))
                questions.append(
                    question(
                        caller=caller, request=asked, facts=facts, engine=naive.ENGINE,
                        offences=revision.data["offences"],
                    )
                )  # fmt: skip
            answers = [engine.decide(document) for document in questions]
            if [answer.permit for answer in answers] != [False, True]:
                raise RuntimeError(f"the decisions are {[answer.codes for answer in answers]}")
            all_packs, four_packs = _took(engine, four, questions)
        finally:
            four.close()
            engine.close()
    found = {"decision_wasm_processor_ms": all_packs}
    if opa is not None:
        found["decision_wasm_four_packs_processor_ms"] = four_packs
        found["decision_all_packs_vs_four"] = all_packs / four_packs
    return found


def _took(first: WasmEngine, second: WasmEngine, questions: Sequence[dict[str, Any]]) -> tuple[float, float]:
    """Milliseconds of this thread's processor for one decision of each, asked in turn."""
    took: tuple[list[float], list[float]] = ([], [])
    for number in range(2 * DECISIONS):
        began = time.thread_time()
        (first, second)[number % 2].decide(questions[number // 2 % len(questions)])
        took[number % 2].append(time.thread_time() - began)
    return median(took[0]) * 1000, median(took[1]) * 1000


def _of_four_packs(keys: Path, opa: Path) -> revisions.Revision:
    """The shipped policy without the packs that apply to none of the questions."""
    with tempfile.TemporaryDirectory() as folder:
        policies = shutil.copytree(POLICIES, Path(folder) / "policies")
        listed = policies / "data" / "packs" / "data.json"
        packs = {name: when for name, when in json.loads(listed.read_bytes()).items() if name in FOUR_PACKS}
        listed.write_text(json.dumps(packs), encoding="utf-8")
        for pack in (policies / "packs").iterdir():
            if pack.name not in FOUR_PACKS:
                shutil.rmtree(pack)
        ship.write(ship.generate(policies, opa=opa), policies)
        return revisions.build(1, policies=policies, key=signing_key(keys))


def naive_caller(home: World) -> Any:
    """The first agency's examiner, as a token would say."""
    return naive.caller(
        {
            "client_id": "bench-1", "agency": "bench-1", "user": "bench-1/examiner", "jti": str(uuid7()),
            "iat": int(time.time()), "exp": int(time.time()) + 300,
            "rev": home.one("SELECT seq FROM identity.revocation_counter")[0],
        }
    )  # fmt: skip


def _asked(lane: _Lane, held: dict[str, str]) -> list[bytes]:
    return [load.request(lane.path)] if lane.permitted is None else requests(held, permitted=lane.permitted)


def _report(measured: list[dict[str, float]], *, rounds: int, seconds: float, connections: int) -> Report:
    ratios = {}
    for contender in ("wasm", "opa"):
        for kind in ("denial", "search"):
            of = f"{kind}_{contender}_per_s"
            if of not in measured[0]:
                continue
            ratios[f"{kind}_{contender}_vs_hello"] = paired(measured, of, "hello_per_s")
            ratios[f"{kind}_{contender}_processor_vs_hello"] = paired(
                measured, f"{kind}_{contender}_processor_us", "hello_processor_us"
            )
            if f"{kind}_naive_per_s" in measured[0]:
                ratios[f"{kind}_{contender}_vs_naive"] = paired(measured, of, f"{kind}_naive_per_s")
    figures = medians(measured)
    present = figures.keys() | ratios.keys()
    return Report(
        benchmark="decision",
        settings={
            "connections": connections,
            "seconds": seconds,
            "web_workers": 2,
            "web_threads": 16,
            "probe_bytes": PROBE_BYTES,
            "agencies": 8,
            "commits_of_a_denial": 1,
            "commits_of_a_search": 4,
        },
        figures=figures,
        ratios=ratios,
        rounds=rounds,
        goals=[goal for goal in GOALS if goal.name in present],
    )
