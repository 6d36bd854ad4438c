"""Everything that a draft must pass before it can be submitted, step by step.

What must always hold: nothing that fails, and nothing that was not looked at, passes; whatever reads the draft's Rego
does so on the workbench (`gateway.policy.workbench`); a candidate is built and signed only where every step passed, so
a signature on a candidate is itself the proof of its checks. The steps that evaluate follow those that only read, and
are left out when one of those failed.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gateway.policy import check_rego, check_runs
from gateway.policy.annotations import rules_data
from gateway.policy.check_data import misspelt
from gateway.policy.dispatch import DISPATCH, applies, dispatch
from gateway.policy.findings import Finding, Report, Step
from gateway.policy.ship import vocabulary_data
from gateway.policy.tree import MOST_FILES, fault_of_content, fault_of_path, of_revision, pretty
from gateway.policy.workbench import WorkbenchError, workbench

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

    from gateway.policy.annotations import Annotations
    from gateway.policy.revisions import Revision
    from gateway.policy.tree import Tree
    from gateway.policy.workbench import Bench, Limits

STEPS: Final = ("files", "check", "fmt", "annotations", "regal", "tests", "coverage", "build", "scenarios")
REQUIRED_PACKS: Final = ("base", "contract")
ENTRY_MODULE: Final = "decision/decision.rego"


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found; and, where nothing was, the signed candidate, whose number is 0."""

    report: Report
    candidate: Revision | None


def check(
    tree: Tree,
    *,
    base: Revision,
    key: EllipticCurvePrivateKey,
    home: Path | None = None,
    limits: Limits | None = None,
) -> Checked:
    """All steps over the tree of a draft on `base`. `home` is where `opa` and `regal` may be, beside PATH.

    Raises:
        OpaMissingError: `opa` or `regal` is not installed.
    """
    run = _Run()
    run.step("files", lambda: (_files(tree), {}))
    if run.failed:
        return Checked(run.report(), None)
    modules = (content.decode() for content in tree.rego.values())
    tree = tree.with_changes({DISPATCH: dispatch(modules)})
    with workbench(tree, home=home, limits=limits) as bench:
        _write_data(bench, "applies", applies(tree.data["packs"]))
        _write_data(bench, "vocabulary", vocabulary_data())
        _write_data(bench, "rules", {})
        _write_data(bench, "holds", {})
        found: list[Annotations] = []
        run.step("check", lambda: (check_rego.strict(bench) or misspelt(bench, tree, of_revision(base)), {}))
        if not run.failed:
            run.step("fmt", lambda: (check_rego.formatted(bench, tree), {}))
            run.step("annotations", lambda: (check_rego.annotated(bench, tree, found), {}))
            run.step("regal", lambda: (check_rego.linted(bench, tree), {}))
        if not found or run.failed:
            return Checked(run.report(), None)
        annotations = found[0]
        _write_data(bench, "rules", rules_data(annotations))
        measured: list[dict[str, Any]] = []
        run.step("tests", lambda: check_runs.tested(bench, measured, _touched(tree, of_revision(base))))
        if measured:
            run.step("coverage", lambda: check_runs.covered(measured[0]))
        built: list[Revision] = []
        run.step("build", lambda: (check_runs.built(bench, tree, annotations, base=base, key=key, into=built), {}))
    if built:
        run.step("scenarios", lambda: check_runs.rows(tree, built, key=key))
    report = run.report()
    return Checked(report, built[-1] if report.passed else None)


class _Run:
    """Runs the steps in turn and remembers how each ended."""

    def __init__(self) -> None:
        self._steps: dict[str, Step] = {}

    @property
    def failed(self) -> bool:
        return any(step.outcome == "failed" for step in self._steps.values())

    def step(self, name: str, work: Callable[[], tuple[list[Finding], Mapping[str, Any]]]) -> None:
        started = time.monotonic()
        figures: Mapping[str, Any] = {}
        try:
            findings, figures = work()
        except WorkbenchError as error:
            findings = [Finding(name, "LIMIT_EXCEEDED", str(error))]
        outcome = "failed" if findings else "passed"
        spent = round((time.monotonic() - started) * 1000)
        self._steps[name] = Step(name, "failed" if outcome == "failed" else "passed", spent, tuple(findings), figures)

    def report(self) -> Report:
        return Report(tuple(self._steps.get(name, Step(name, "skipped")) for name in STEPS))


def _files(tree: Tree) -> list[Finding]:
    """What can be said without reading a line of Rego."""
    found = [
        Finding("files", code, sentence, path)
        for path, content in tree.files.items()
        for code, sentence in (
            ("FILE_NOT_OURS", fault_of_path(path, product=True)),
            ("FILE_UNREADABLE", fault_of_content(path, content)),
        )
        if sentence
    ]
    if len(tree.files) > MOST_FILES:
        found.append(Finding("files", "TOO_MANY_FILES", f"A policy has at most {MOST_FILES} files."))
    return found or _packs(tree)


def _packs(tree: Tree) -> list[Finding]:
    place = "data/packs/data.json"
    listed = tree.data.get("packs")
    if not isinstance(listed, dict):
        return [Finding("files", "PACKS_MISSING", "data.packs, which says when each pack is asked, is missing.", place)]
    found = []
    for pack in REQUIRED_PACKS:
        when = listed.get(pack)
        if pack not in tree.packs or not isinstance(when, dict) or when.get("always") is not True:
            found.append(
                Finding(
                    "files", "BASE_PACK_DROPPED",
                    f"The pack {pack} must be there and be asked always; without it no revision is published.", place,
                )
            )  # fmt: skip
    found += [
        Finding("files", "PACK_NOT_LISTED", f"The pack {pack} is not in data.packs, so nobody would ask it.", place)
        for pack in sorted(tree.packs - listed.keys())
    ]
    found += [
        Finding("files", "PACK_WITHOUT_RULES", f"data.packs lists {pack}, and there is no folder packs/{pack}.", place)
        for pack in sorted(listed.keys() - tree.packs)
    ]
    if ENTRY_MODULE not in tree.files:
        sentence = "The decision's entrypoint is undefined: the module is missing."
        found.append(Finding("files", "ENTRYPOINT_UNDEFINED", sentence, ENTRY_MODULE))
    return found


def _touched(tree: Tree, before: Tree) -> set[str]:
    """The packs of which the draft changes a file."""
    return {path.split("/")[1] for path in before.changes_to(tree) if path.startswith("packs/")} & tree.packs


def _write_data(bench: Bench, name: str, value: Any) -> None:
    target = bench.folder / "data" / name / "data.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(pretty(json.loads(json.dumps(value))))
