"""A draft is code that somebody wrote: it can neither read the environment nor reach a socket nor run for ever.

Each attack is tried twice: through the checks, as a draft would, and on the workbench with the product's capabilities
taken away, so that what stops it there is the confinement alone.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from gateway.policy import confined, opa_program
from gateway.policy.check import check
from gateway.policy.keys import create_keys, signing_key
from gateway.policy.revisions import Revision, build_shipped
from gateway.policy.tree import Tree, of_revision
from gateway.policy.workbench import Bench, Limits, WorkbenchError, workbench

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.policy.findings import Finding

pytestmark = [
    pytest.mark.opa,
    pytest.mark.skipif(shutil.which("opa") is None, reason="needs the opa program"),
    pytest.mark.skipif(shutil.which("regal") is None, reason="needs the regal program"),
]

SECRET: Final = "the-secret-of-this-test"
MODULE: Final = "packs/us_wa/hostile.rego"
HEAD: Final = "package writgate.packs.us_wa\n\n"
# Doubling a text sixty times, and counting to a number that nobody counts to.
ENDLESS: Final = (
    "_spin if {\n\tsome i in numbers.range(1, 100000)\n\tsome j in numbers.range(1, 100000)\n\ti * j < 0\n}\n"
)
HUNGRY: Final = "_eat := [x | some i in numbers.range(1, 400000000); x := [i, i, i, i, i, i]]\n"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    create_keys(folder)
    return folder


@pytest.fixture(scope="module")
def base(keys: Path) -> Revision:
    return build_shipped(keys)


@pytest.fixture
def listener() -> Iterator[tuple[int, list[str]]]:
    """A port of this machine, and who knocked at it."""
    knocks: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        stop = threading.Event()

        def listen() -> None:
            while not stop.is_set():
                try:
                    connection, address = server.accept()
                except TimeoutError:
                    continue
                knocks.append(str(address))
                connection.close()

        thread = threading.Thread(target=listen)
        thread.start()
        yield server.getsockname()[1], knocks
        stop.set()
        thread.join()


def refused(base: Revision, keys: Path, text: str, limits: Limits | None = None) -> list[Finding]:
    """What the checks say to the draft with this module more; it never becomes a candidate."""
    tree = of_revision(base).with_changes({MODULE: (HEAD + text).encode()})
    checked = check(tree, base=base, key=signing_key(keys), limits=limits)
    assert checked.candidate is None
    assert not checked.report.passed
    return checked.report.findings


@pytest.mark.parametrize(
    "expression",
    [
        'opa.runtime().env.HOME != ""',
        'http.send({"method": "GET", "url": "http://127.0.0.1:1/"}).status_code == 200',
        "time.now_ns() > 0",
        'rand.intn("x", 10) > 5',
        'uuid.rfc4122("x") != ""',
        'net.lookup_ip_addr("localhost") != set()',
        'providers.aws.sign_req({"method": "get", "url": "https://x"}, {}, 1) != {}',
    ],
)
def test_builtins_that_reach_outside_do_not_exist(base: Revision, keys: Path, expression: str) -> None:
    (finding, *_) = refused(base, keys, f"_reach if {expression}\n")
    assert finding.step == "check"
    assert "undefined function" in finding.sentence
    assert (finding.file, finding.line) == (MODULE, 3)


def test_a_schema_of_an_annotation_is_not_fetched(base: Revision, keys: Path, listener: tuple[int, list[str]]) -> None:
    """OPA resolves `$ref` in schemas over the network where its capabilities let it."""
    port, knocks = listener
    text = (
        f'# METADATA\n# schemas:\n#   - input: {{"$ref": "http://127.0.0.1:{port}/schema.json"}}\n'
        '_reach if input.agency.id == "x"\n'
    )
    refused(base, keys, text)
    assert knocks == []


def test_a_draft_does_not_lint_itself_free(base: Revision, keys: Path) -> None:
    found = refused(base, keys, "# regal ignore:forbidden-function-call\n_x if input.now == 3\n")
    assert any(finding.code == "IGNORED" for finding in found)


def on_the_bench(text: str, *arguments: str, limits: Limits | None = None) -> tuple[Bench, str]:
    """The words of `opa` with all its builtins, on a bench that holds one module."""
    with workbench(Tree({"t.rego": text.encode()}), home=None, limits=limits) as bench:
        done = bench.opa("eval", "--format=json", "--data=t.rego", *arguments)
        return bench, done.out + done.err


def test_even_with_every_builtin_the_environment_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WRITGATE_TEST_SECRET", SECRET)
    _, words = on_the_bench("package t\n\nall := opa.runtime()\n", "data.t.all")
    found = json.loads(words)["result"][0]["expressions"][0]["value"]
    assert found.get("env", {}) == {}
    assert SECRET not in words


@pytest.mark.skipif(sys.platform != "linux", reason="networks are given up on Linux only")
def test_even_with_every_builtin_no_socket_of_this_machine_is_reached(listener: tuple[int, list[str]]) -> None:
    port, knocks = listener
    text = (
        f'package t\n\nx := http.send({{"method": "GET", "url": "http://127.0.0.1:{port}/", "raise_error": false}})\n'
    )
    _, words = on_the_bench(text, "data.t.x")
    assert "network is unreachable" in words or "connection refused" in words or "dial tcp" in words
    time.sleep(0.3)
    assert knocks == []


def test_what_runs_for_ever_is_ended() -> None:
    tree = Tree({"endless_test.rego": f"package t_test\n\n{ENDLESS}\ntest_spin if _spin\n".encode()})
    with (
        workbench(tree, home=None, limits=Limits(processor=2, deadline=20)) as bench,
        pytest.raises(WorkbenchError) as said,
    ):
        bench.opa("test", "--timeout=600s", "--capabilities=capabilities.json", "endless_test.rego")
    assert "longer than it may" in str(said.value)


def test_what_sleeps_instead_of_working_is_ended_by_the_clock(tmp_path: Path) -> None:
    with workbench(Tree({}), home=None, limits=Limits(deadline=0.5)) as bench, pytest.raises(WorkbenchError):
        bench.run(Path(shutil.which("sleep") or "/bin/sleep"), ["60"])


def test_what_eats_memory_is_ended_before_the_machine_is_empty() -> None:
    limits = Limits(processor=60, deadline=90, memory=1024**3)
    tree = Tree({"t.rego": f"package t\n\n{HUNGRY}".encode()})
    with workbench(tree, home=None, limits=limits) as bench, pytest.raises(WorkbenchError):
        bench.opa("eval", "--data=t.rego", "count(data.t._eat)")


def test_the_folder_is_gone_and_holds_only_the_tree() -> None:
    with workbench(Tree({"t.rego": b"package t\n"}), home=None) as bench:
        found = {str(path.relative_to(bench.folder)) for path in bench.folder.rglob("*") if path.is_file()}
        assert {name for name in found if not name.startswith(".regal/")} == {
            "t.rego",
            "capabilities.json",
            "schema/input.json",
        } | {name for name in found if name.startswith("schema/")}
        folder = bench.folder
    assert not folder.exists()


def test_no_core_file_is_left_and_no_privilege_gained(tmp_path: Path) -> None:
    """What the program sees of its limits, asked of a shell in its place."""
    shell = Path(shutil.which("sh") or "/bin/sh")
    with workbench(Tree({}), home=None) as bench:
        done = bench.run(shell, ["-c", "ulimit -c; ulimit -n; grep NoNewPrivs /proc/self/status; export -p | wc -l"])
    core, files, privileges, _ = done.out.splitlines()
    assert core == "0"
    assert int(files) == confined._MOST_FILES
    assert privileges.split() == ["NoNewPrivs:", "1"]


def test_files_of_the_machine_are_not_data(base: Revision, keys: Path, tmp_path: Path) -> None:
    """No builtin reads a file, and no path of a draft leads out of its folder."""
    for path in ("packs/../../etc/passwd", "/etc/passwd", "packs/us_wa/../../../x.rego", "data/x/../../y/data.json"):
        checked = check(of_revision(base).with_changes({path: b"x"}), base=base, key=signing_key(keys))
        assert checked.report.findings[0].code == "FILE_NOT_OURS"
    assert opa_program.find() is not None
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - the folder itself is what is asked about
