"""However a policy engine fails, the answer is the denial ENGINE_ERROR, and never an older or a kinder decision."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import wasmtime
from patience import PATIENCE_SECONDS, until
from standstill import stop, stopped

from gateway.policy import opa_program, ship
from gateway.policy.bundle import pack
from gateway.policy.decision import Decision
from gateway.policy.engine import EngineUnavailableError
from gateway.policy.keys import create_keys, signing_key, verification_key
from gateway.policy.opa_engine import OpaEngine, opa_engine
from gateway.policy.opa_server import OpaServer
from gateway.policy.revisions import Revision, RevisionError, build
from gateway.policy.wasm_engine import WasmEngine
from gateway.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TINY = Path(__file__).parents[1] / "unit" / "policy" / "tiny"
NOW = 1_750_000_000_000_000_000
PERMITTED = {
    "now": NOW,
    "agency": {"status": "active"},
    "operation": "identify_1_to_n",
    "purpose": "locate_missing_person",
    "contract": {"id": "c1", "valid_from": NOW - 1, "valid_to": NOW + 1},
}
LAST_BYTE = "(i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 1))"
DENIAL: dict[str, Any] = {
    "permit": False,
    "revision": 3,
    "reasons": [{"code": "AGENCY_SUSPENDED", "parameters": {}, "pack": "base", "rule": "agency_not_active"}],
    "obligations": [],
    "packs": ["base", "contract"],
}
PERMIT: dict[str, Any] = DENIAL | {
    "permit": True,
    "reasons": [
        {"code": "PURPOSE_PERMITTED", "parameters": {}, "pack": "base", "rule": "purpose_permitted"},
        {"code": "CONTRACT_IN_FORCE", "parameters": {}, "pack": "contract", "rule": "in_force"},
    ],
}


@pytest.fixture
def home() -> Iterator[Settings]:
    """Settings of a home with a policy key, in a folder short enough for sockets."""
    import tempfile  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="wg-") as folder:
        settings = Settings(home=Path(folder), policy_engine="opa", web_threads=4)
        create_keys(settings.keys)
        yield settings


@pytest.fixture
def revision(home: Settings) -> Revision:
    return build(3, policies=TINY, key=signing_key(home.keys))


@pytest.fixture
def opa() -> Path:
    program = opa_program.find()
    if program is None:
        pytest.skip("needs the opa program")
    return program


def crafted(revision: Revision, home: Settings, *, result: object, body: str) -> Revision:
    """The revision with a module of ours: it answers the probe with `result`, any longer question as `body` does."""
    text = json.dumps([{"result": result}] if result is not None else [])
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    module = wasmtime.wat2wasm(f"""
    (module
      (import "env" "memory" (memory 2))
      (import "env" "opa_builtin1" (func $builtin (param i32 i32 i32) (result i32)))
      (import "env" "opa_abort" (func $abort (param i32)))
      (data (i32.const 16) "{{\\"writgate/decision\\":0}}\\00")
      (data (i32.const 64) "{{}}\\00")
      (data (i32.const 128) "{escaped}\\00")
      (func (export "entrypoints") (result i32) i32.const 16)
      (func (export "builtins") (result i32) i32.const 64)
      (func (export "opa_json_dump") (param i32) (result i32) local.get 0)
      (func (export "opa_malloc") (param i32) (result i32) i32.const 100000)
      (func (export "opa_free") (param i32))
      (func (export "opa_json_parse") (param i32 i32) (result i32) i32.const 1)
      (func (export "opa_heap_ptr_get") (result i32) i32.const 200000)
      (func (export "opa_eval") (param i32 i32 i32 i32 i32 i32 i32) (result i32)
        (if (i32.lt_u (local.get 4) (i32.const 40)) (then (return (i32.const 128))))
        {body}))
    """)
    tar = pack({**revision.files, "policy.wasm": bytes(module)}, key=signing_key(home.keys))
    return Revision.open(tar, key=verification_key(home.keys))


@pytest.mark.parametrize(
    "body",
    [
        "unreachable",
        "(loop (br 0)) i32.const 128",
        "(call $builtin (i32.const 1) (i32.const 0) (i32.const 0))",
        "(call $abort (i32.const 16)) i32.const 128",
        "(i32.load (i32.const 2147483647))",
        "i32.const -16",
        "i32.const 0",
        f"{LAST_BYTE} (i32.store8 {LAST_BYTE} (i32.const 65))",
        "i32.const 64",
        "i32.const 66",
    ],
    ids=[
        "trap",
        "runs for ever",
        "asks the host for a builtin",
        "aborts",
        "reads outside its memory",
        "points outside its memory",
        "points nowhere",
        "text without an end",
        "an object instead of results",
        "no text at all",
    ],
)
def test_a_module_that_misbehaves_is_an_engine_error(revision: Revision, home: Settings, body: str) -> None:
    engine = WasmEngine(crafted(revision, home, result=DENIAL, body=body), instances=1, deadline_seconds=0.1)
    for _ in range(2):  # the second time with the instance that replaced the first
        assert engine.decide(PERMITTED) == Decision.error(3)
    assert engine.decide({"now": NOW}).codes == ("AGENCY_SUSPENDED",)
    engine.close()


def test_a_module_that_wants_all_memory_gets_none_of_ours(revision: Revision, home: Settings) -> None:
    body = "(loop (br_if 0 (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable"
    engine = WasmEngine(crafted(revision, home, result=DENIAL, body=body), instances=1)
    assert engine.decide(PERMITTED) == Decision.error(3)
    engine.close()


def test_a_hanging_evaluation_does_not_hold_up_the_other_threads(revision: Revision, home: Settings) -> None:
    engine = WasmEngine(
        crafted(revision, home, result=DENIAL, body="(loop (br 0)) i32.const 128"), instances=2, deadline_seconds=0.3
    )
    stuck = threading.Thread(target=engine.decide, args=(PERMITTED,))
    stuck.start()
    assert engine.decide({"now": NOW}).codes == ("AGENCY_SUSPENDED",)
    stuck.join()
    engine.close()


@pytest.mark.parametrize(
    "result",
    [
        None,
        "yes",
        True,
        [],
        {},
        DENIAL | {"permit": "false"},
        DENIAL | {"permit": 0},
        DENIAL | {"revision": 2},
        DENIAL | {"revision": 4},
        DENIAL | {"revision": True},
        DENIAL | {"more": 1},
        {name: value for name, value in DENIAL.items() if name != "obligations"},
        DENIAL | {"reasons": []},
        DENIAL | {"reasons": [{**DENIAL["reasons"][0], "code": "MADE_UP"}]},
        DENIAL | {"reasons": [{**DENIAL["reasons"][0], "code": "WARRANT_REQUIRED"}]},
        DENIAL | {"reasons": PERMIT["reasons"]},
        PERMIT | {"reasons": DENIAL["reasons"]},
        PERMIT | {"reasons": PERMIT["reasons"] + DENIAL["reasons"]},
        PERMIT | {"reasons": PERMIT["reasons"][:1]},
        PERMIT | {"packs": ["base"], "reasons": PERMIT["reasons"][:1]},
        PERMIT | {"packs": ["base", "base", "contract"]},
        PERMIT | {"reasons": [*PERMIT["reasons"], {**PERMIT["reasons"][0], "rule": "nobody_annotated_this"}]},
        PERMIT | {"obligations": [{"code": "LEAD_ONLY", "parameters": {}, "pack": "base", "rule": "lead_only"}]},
        PERMIT | {"obligations": [{**PERMIT["reasons"][0], "due": None}]},
    ],
    ids=lambda value: json.dumps(value)[:40],
)
def test_an_answer_that_is_no_decision_of_this_revision_is_an_engine_error(
    revision: Revision, home: Settings, result: object
) -> None:
    with pytest.raises(EngineUnavailableError):
        WasmEngine(crafted(revision, home, result=result, body="i32.const 128"))


def test_a_policy_that_permits_what_shows_nothing_is_not_loaded(revision: Revision, home: Settings) -> None:
    with pytest.raises(EngineUnavailableError, match="permits a request that shows nothing"):
        WasmEngine(crafted(revision, home, result=PERMIT, body="i32.const 128"))


@pytest.mark.parametrize("wasm", [b"", b"\0asm\x01\0\0\0", b"\0asm\x01\0\0\0 and more", b"#!/bin/sh"])
def test_what_is_no_policy_module_is_not_loaded(revision: Revision, home: Settings, wasm: bytes) -> None:
    tar = pack({**revision.files, "policy.wasm": wasm}, key=signing_key(home.keys))
    with pytest.raises(EngineUnavailableError):
        WasmEngine(Revision.open(tar, key=verification_key(home.keys)))


@pytest.mark.opa
def test_an_opa_that_is_killed_while_it_decides_denies(revision: Revision, home: Settings, opa: Path) -> None:
    engine = opa_engine(revision, home, timeout=PATIENCE_SECONDS)
    assert engine.decide(PERMITTED).permit
    server = _opa_pid(engine)
    stop(server)
    answers: list[Decision] = []
    asking = threading.Thread(target=lambda: answers.append(engine.decide(PERMITTED)))
    asking.start()
    os.kill(server, signal.SIGKILL)
    asking.join()
    assert answers == [Decision.error(3)]
    assert engine.decide(PERMITTED) == Decision.error(3)
    engine.close()


@pytest.mark.opa
def test_an_opa_that_does_not_answer_in_time_denies(revision: Revision, home: Settings, opa: Path) -> None:
    engine = opa_engine(revision, home)
    with stopped(_opa_pid(engine)):
        assert engine.decide(PERMITTED) == Decision.error(3)
    until(lambda: engine.decide(PERMITTED).permit, "it answers again")
    engine.close()


@pytest.mark.opa
def test_an_opa_whose_bundle_was_altered_is_not_used(revision: Revision, home: Settings, opa: Path) -> None:
    tar = revision.tar.replace(b"not input.agency", b"not inpot.agency")
    altered = Revision(number=3, tar=tar, files=revision.files)
    assert altered.tar != revision.tar
    with pytest.raises(EngineUnavailableError, match="signature or content"):
        opa_engine(altered, home)
    assert list(home.runtime.glob("opa-*")) == []


@pytest.mark.opa
def test_an_opa_takes_no_bundle_of_another_home(revision: Revision, home: Settings, opa: Path, tmp_path: Path) -> None:
    create_keys(tmp_path)
    foreign = build(3, policies=TINY, key=signing_key(tmp_path))
    with pytest.raises(EngineUnavailableError):
        opa_engine(foreign, home)
    with pytest.raises(RevisionError):
        Revision.open(foreign.tar, key=verification_key(home.keys))


@pytest.mark.opa
@pytest.mark.parametrize(
    "rego",
    [
        'reached := http.send({"method": "GET", "url": "http://127.0.0.1"})',
        "seen := opa.runtime()",
        "clock := time.now_ns()",
    ],
    ids=["the network", "the environment", "the clock"],
)
def test_policy_that_reaches_out_is_not_run(revision: Revision, home: Settings, opa: Path, rego: str) -> None:
    files = {**revision.files, "packs/base/more.rego": f"package writgate.packs.base\n\n{rego}\n".encode()}
    reaching = Revision.open(pack(files, key=signing_key(home.keys)), key=verification_key(home.keys))
    with pytest.raises(EngineUnavailableError, match="opa check refuses"):
        OpaServer(reaching, home, program=opa)


@pytest.mark.opa
@pytest.mark.parametrize(
    "decision",
    ["decision := 1 if input.never", "decision := true", 'decision := {"permit": true}', "other := 1"],
    ids=["undefined", "not an object", "incomplete", "absent"],
)
def test_a_policy_without_a_whole_decision_is_used_by_neither_engine(
    home: Settings, opa: Path, tmp_path: Path, decision: str
) -> None:
    policies = _copy(tmp_path)
    module = policies / "decision" / "decision.rego"
    module.write_text(f"package writgate\n\n# METADATA\n# entrypoint: true\n{decision}\n")
    if decision.startswith("decision"):
        (policies / "shipped" / "policy.wasm").write_bytes(ship.compile_wasm(policies, opa=opa))
    revision = build(3, policies=policies, key=signing_key(home.keys))
    with pytest.raises(EngineUnavailableError):
        opa_engine(revision, home)
    if decision.startswith("decision"):
        with pytest.raises(EngineUnavailableError):
            WasmEngine(revision)


@pytest.mark.opa
def test_a_server_that_holds_another_revision_is_not_used(revision: Revision, home: Settings, opa: Path) -> None:
    newer = build(4, policies=TINY, key=signing_key(home.keys))
    with OpaServer(revision, home, program=opa) as server:
        elsewhere = home.model_copy(update={"opa_url": server.url, "opa_token": server.token})
        assert opa_engine(revision, elsewhere).decide(PERMITTED).permit
        with pytest.raises(EngineUnavailableError):
            opa_engine(newer, elsewhere)
        with pytest.raises(EngineUnavailableError):
            opa_engine(revision, elsewhere.model_copy(update={"opa_token": "guess"}))


@pytest.mark.opa
def test_an_opa_answers_nothing_but_the_decision(revision: Revision, home: Settings, opa: Path) -> None:
    decide = ("POST", "/v1/data/writgate/decision")
    with OpaServer(revision, home, program=opa) as server:
        ask = _asker(server)
        assert ask(*decide) == 200
        assert ask("GET", "/health") == 200
        refused = [
            ("GET", "/v1/data/writgate/decision"),
            ("POST", "/v1/data/writgate/decision/permit"),
            ("POST", "/v1/data/writgate/decision?explain=full"),
            ("POST", "/v0/data/writgate/decision"),
            ("POST", "/v1/data"),
            ("GET", "/v1/data/rules"),
            ("PUT", "/v1/data/holds"),
            ("PUT", "/v1/policies/mine"),
            ("DELETE", "/v1/policies/authz.rego"),
            ("GET", "/v1/policies"),
            ("POST", "/v1/query"),
            ("POST", "/v1/compile"),
            ("GET", "/v1/config"),
            ("GET", "/v1/status"),
            ("GET", "/metrics"),
            ("POST", "/"),
        ]
        assert {(method, path): ask(method, path) for method, path in refused} == dict.fromkeys(refused, 401)
        assert [ask(*decide, token=token) for token in ("", "guess", server.token[:-1])] == [401, 401, 401]
        folder = next(home.runtime.glob("opa-*"))
        assert folder.stat().st_mode & 0o077 == 0
        assert (folder / "socket").stat().st_mode & 0o177 == 0
        environment = Path(f"/proc/{_child(server.pid)}/environ").read_bytes()
        written = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert environment == b""
    assert server.token.encode() not in written
    assert not folder.exists()


@pytest.mark.opa
def test_an_opa_does_not_outlive_a_process_that_is_killed(revision: Revision, home: Settings, opa: Path) -> None:
    program = """
import sys
from pathlib import Path
from gateway.policy.keys import verification_key
from gateway.policy.opa_server import OpaServer
from gateway.policy.revisions import Revision
from gateway.settings import Settings
from tests.standstill import stop, stopped
settings = Settings(home=Path(sys.argv[1]))
revision = Revision.open(Path(sys.argv[2]).read_bytes(), key=verification_key(settings.keys))
server = OpaServer(revision, settings, program=Path(sys.argv[3]))
print(server.pid, flush=True)
sys.stdin.read()
"""
    tar = home.home / "revision.tar"
    tar.write_bytes(revision.tar)
    starter = subprocess.Popen(
        [sys.executable, "-c", program, str(home.home), str(tar), str(opa)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    with starter:
        assert starter.stdout is not None
        guard = int(starter.stdout.readline())
        server = _child(guard)
        watched = os.pidfd_open(server)
        starter.kill()
    _wait_for_end(watched)
    assert not Path(f"/proc/{server}").exists() or "(opa) Z" in Path(f"/proc/{server}/stat").read_text()


@pytest.mark.opa
def test_an_opa_does_not_outlive_its_guard(revision: Revision, home: Settings, opa: Path) -> None:
    with OpaServer(revision, home, program=opa) as server:
        watched = os.pidfd_open(_child(server.pid))
        os.kill(server.pid, signal.SIGKILL)
        _wait_for_end(watched)


def _opa_pid(engine: OpaEngine) -> int:
    assert engine._server is not None
    return _child(engine._server.pid)


def _child(guard: int) -> int:
    return int(Path(f"/proc/{guard}/task/{guard}/children").read_text().split()[0])


def _wait_for_end(process: int) -> None:
    import select  # noqa: PLC0415

    with os.fdopen(process, closefd=True):
        assert select.select([process], [], [], 15)[0], "the process still runs"


def _asker(server: OpaServer) -> Callable[..., int]:
    from gateway.policy.opa_connection import connect  # noqa: PLC0415

    def ask(method: str, path: str, token: str | None = server.token) -> int:
        client = connect(server.url, token=token, connections=1)
        try:
            answer: Any = client._session.request(method, f"http://opa{path}", json={"input": {}}, timeout=5)
            return int(answer.status_code)
        finally:
            client.close_connection()

    return ask


def _copy(target: Path) -> Path:
    import shutil  # noqa: PLC0415

    return shutil.copytree(TINY, target / "policies")
