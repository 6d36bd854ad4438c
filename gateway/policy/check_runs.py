"""The steps of a check that evaluate the draft: its tests, their coverage, its module, and its scenario rows."""

from __future__ import annotations

import io
import json
import tarfile
from typing import TYPE_CHECKING, Any, Final

from gateway.policy.check_rego import folders
from gateway.policy.engine import EngineUnavailableError
from gateway.policy.findings import Finding, line_of, of_opa
from gateway.policy.folder import CAPABILITIES
from gateway.policy.revisions import RevisionError, assemble, renumbered
from gateway.policy.sandbox import ENTRYPOINT, Instance, Program, SandboxError
from gateway.policy.scenarios import ScenarioFileError, judge, rows_of
from gateway.policy.tree import pretty
from gateway.policy.wasm_engine import WasmEngine

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

    from gateway.policy.annotations import Annotations
    from gateway.policy.revisions import Revision
    from gateway.policy.scenarios import Verdict
    from gateway.policy.tree import Tree
    from gateway.policy.workbench import Bench, Done

CANDIDATE: Final = 0
COVERAGE: Final = 95.0
MOST_CANARIES: Final = 64
_TEST_STATUSES: Final = frozenset({0, 2})  # all passed; some failed
_BUNDLE: Final = "bundle.tar.gz"
_LOADING_SECONDS: Final = 2.0
_FOR_EVER: Final = 1 << 62


def tested(
    bench: Bench, coverage: list[dict[str, Any]], touched: Iterable[str]
) -> tuple[list[Finding], dict[str, Any]]:
    """`opa test`: first of the packs that the draft touches, so that a mistake is told soon; then all, with coverage.

    The run with coverage does not say where a test failed; only then is there another one that does.
    """
    words = ("test", "--format=json", "--timeout=120s", f"--capabilities={CAPABILITIES.name}")
    places = (*folders(bench), "data")
    if packs := "|".join(sorted(touched)):
        found, figures = _told(bench.opa(*words, rf"--run=^data\.writgate\.packs\.({packs})_test\.", *places))
        if found:
            return found, figures
    done = bench.opa(*words, "--coverage", *places)
    if done.status == 0:
        try:
            coverage.append(json.loads(done.out))
        except ValueError:
            return [Finding("tests", "OPA_REFUSED", "opa test gave no report.")], {}
        return [], {}
    found, figures = _told(bench.opa(*words, *places))
    return found or [Finding("tests", "OPA_REFUSED", "opa test failed and does not say where.")], figures


def _told(done: Done) -> tuple[list[Finding], dict[str, Any]]:
    """The tests that failed, from the results of `opa test`."""
    try:
        results = json.loads(done.out or "[]") if done.status in _TEST_STATUSES else None
    except ValueError:
        results = None
    if results is None:
        return of_opa("tests", done.err + done.out, otherwise="opa test refuses the draft"), {}
    found = [
        Finding(
            "tests", "TEST_FAILED", f"The test {result['name']} fails{_why(result)}.",
            result["location"]["file"], result["location"]["row"],
        )
        for result in results
        if result.get("fail") or result.get("error")
    ]  # fmt: skip
    return found, {"tests": len(results)}


def covered(report: Mapping[str, Any]) -> tuple[list[Finding], dict[str, Any]]:
    """At least 95 % of the lines of each pack, and of the whole; tests themselves are not counted."""
    lines: dict[str, list[int]] = {}
    missed: dict[str, list[int]] = {}
    for path, file in report["files"].items():
        if path.endswith("_test.rego"):
            continue
        group = "/".join(path.split("/")[:2]) if path.startswith("packs/") else path.split("/")[0]
        hit, not_hit = _lines(file.get("covered", [])), _lines(file.get("not_covered", []))
        lines.setdefault(group, [0, 0])
        lines[group][0] += len(hit)
        lines[group][1] += len(hit) + len(not_hit)
        if not_hit:
            missed[path] = not_hit
    shares = {group: 100 * hit / most for group, (hit, most) in lines.items() if most}
    whole = 100 * sum(hit for hit, _ in lines.values()) / max(1, sum(most for _, most in lines.values()))
    found = []
    for group, share in sorted(shares.items()):
        if share >= COVERAGE:
            continue
        for path in sorted(path for path in missed if path.startswith(group)):
            shown = ", ".join(str(line) for line in missed[path][:12])
            sentence = f"Tests reach {share:.1f} % of {group}, and {COVERAGE:g} % is asked; not reached: lines {shown}."
            found.append(Finding("coverage", "COVERAGE_LOW", sentence, path, missed[path][0]))
    return found, {"coverage": round(whole, 2), "packs": {group: round(share, 2) for group, share in shares.items()}}


def built(
    bench: Bench,
    tree: Tree,
    annotations: Annotations,
    *,
    base: Revision,
    key: EllipticCurvePrivateKey,
    into: list[Revision],
) -> list[Finding]:
    """The module, compiled with the one entrypoint and asked a first question."""
    done = bench.opa(
        "build", "--target=wasm", f"--entrypoint={ENTRYPOINT}", f"--capabilities={CAPABILITIES.name}",
        f"--output={_BUNDLE}", *sorted(tree.rego),
    )  # fmt: skip
    if done.status:
        return of_opa("build", done.err + done.out, otherwise="opa build refuses the draft")
    with tarfile.open(fileobj=io.BytesIO((bench.folder / _BUNDLE).read_bytes())) as archive:
        module = archive.extractfile("/policy.wasm")
        wasm = module.read() if module else b""
    data = tree.data | {
        name: json.loads((bench.folder / "data" / name / "data.json").read_bytes())
        for name in ("applies", "rules", "vocabulary")
    }
    try:
        candidate = assemble(
            CANDIDATE,
            rego=tree.rego,
            data=data | {"holds": base.data.get("holds", {})},
            wasm=wasm,
            annotations=pretty(annotations),
            sources=tree.sources,
            key=key,
        )
        asked = _host_builtins(candidate)
        if asked:
            sentence = f"The module asks its host for {', '.join(asked)}, which no engine of ours answers."
            return [Finding("build", "HOST_BUILTIN", sentence)]
        WasmEngine(candidate, instances=1).close()
    except (RevisionError, SandboxError) as error:
        return [Finding("build", "MODULE_UNUSABLE", f"The module cannot be used: {error}.")]
    except EngineUnavailableError as error:
        return [Finding("build", "ENTRYPOINT_UNDEFINED", f"The decision is not one: {error}.")]
    found = _without_holds(candidate, key)
    if not found:
        into.append(candidate)
    return found


def rows(
    tree: Tree, candidates: list[Revision], *, key: EllipticCurvePrivateKey
) -> tuple[list[Finding], dict[str, Any]]:
    """Every scenario row of the tree comes out as it expects. Where they do, the candidate gets its canaries."""
    engine = WasmEngine(renumbered(candidates[-1], CANDIDATE, holds={}, key=key), instances=1)
    found: list[Finding] = []
    judged: list[Verdict] = []
    asked: list[Mapping[str, Any]] = []
    try:
        for path in sorted(path for path in tree.files if path.startswith("scenarios/")):
            text = tree.files[path].decode()
            try:
                listed = rows_of(json.loads(text), path)
                verdicts = judge(engine, listed)
            except ScenarioFileError as error:
                found.append(Finding("scenarios", "ROW_UNREADABLE", str(error), path))
                continue
            judged += verdicts
            asked += listed
            found += [_wrong(path, text, verdict) for verdict in verdicts if not verdict.right]
        if not found:
            candidates.append(_with_canaries(candidates[-1], engine, asked, key))
    finally:
        engine.close()
    if not judged:
        found.append(Finding("scenarios", "NO_ROWS", "There are no scenario rows; a policy has some under scenarios/."))
    return found, {"rows": len(judged), "right": sum(verdict.right for verdict in judged)}


def _with_canaries(
    candidate: Revision, engine: WasmEngine, asked: Iterable[Mapping[str, Any]], key: EllipticCurvePrivateKey
) -> Revision:
    """For each set of packs that is ever asked, a permit and a denial: questions whose answers a node must repeat."""
    from gateway.policy.input_document import from_scenario  # noqa: PLC0415 - rows_of and judge have read it already

    chosen: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in asked:
        document = from_scenario(row)
        decision = engine.decide(document)
        kind = (decision.permit, decision.packs)
        if kind not in chosen and len(chosen) < MOST_CANARIES:
            chosen[kind] = {"input": document, "permit": decision.permit, "codes": sorted(set(decision.codes))}
    data = {name: value for name, value in candidate.data.items() if name != "revision"}
    return assemble(
        CANDIDATE,
        rego=candidate.rego,
        data=data,
        wasm=candidate.wasm,
        annotations=pretty(candidate.annotations),
        sources=candidate.sources or {},
        canaries=list(chosen.values()),
        key=key,
    )


def _without_holds(candidate: Revision, key: EllipticCurvePrivateKey) -> list[Finding]:
    """A hold on everything must deny everything: asked of a request that shows nothing."""
    held = renumbered(candidate, CANDIDATE, holds={"canary": {"match": {}, "expires_at": _FOR_EVER}}, key=key)
    engine = WasmEngine(held, instances=1)
    try:
        if "POLICY_HOLD" in engine.decide({"now": 1}).codes:
            return []
    finally:
        engine.close()
    return [Finding("build", "HOLDS_DROPPED", "A hold on everything does not deny: `data.holds` must keep its force.")]


def _host_builtins(candidate: Revision) -> list[str]:
    program = Program(candidate.wasm)
    try:
        instance = Instance(program, b"{}", deadline_seconds=_LOADING_SECONDS)
        asked = sorted(instance.host_builtins)
        instance.close()
    finally:
        program.close()
    return asked


def _wrong(path: str, text: str, verdict: Verdict) -> Finding:
    failure = verdict.failure()
    said = {True: "a permit", False: "a denial"}
    expected, got = failure["expected"], failure["got"]
    parts = []
    if not verdict.permit_right:
        parts.append(f"expects {said[expected['permit']]} and gets {said[got['permit']]}")
    if not verdict.reason_right:
        parts.append(f"expects one of {', '.join(expected['reason_codes'])}")
    if verdict.missing_obligations:
        parts.append(f"misses {', '.join(verdict.missing_obligations)}")
    sentence = (
        f"Row {verdict.id} {'; '.join(parts)} ({', '.join(got['reason_codes'])}). Correct the rule, or change the row"
        f" in {path} of this draft."
    )
    return Finding("scenarios", "ROW_WRONG", sentence, path, line_of(text, f'"{verdict.id}"'))


def _why(result: Mapping[str, Any]) -> str:
    error = result.get("error")
    return f": {error.get('message', error) if isinstance(error, dict) else error}" if error else ""


def _lines(ranges: Iterable[Mapping[str, Any]]) -> list[int]:
    return [line for span in ranges for line in range(span["start"]["row"], span["end"]["row"] + 1)]
