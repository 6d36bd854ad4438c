"""The steps of a check that read Rego and evaluate none of it: strict check, form, annotations, lint."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from gateway.policy.annotations import AnnotationError, Annotations, collect
from gateway.policy.findings import Finding, first_difference, line_of, of_opa
from gateway.policy.folder import CAPABILITIES, REGO_FOLDERS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.policy.tree import Tree
    from gateway.policy.workbench import Bench

_IGNORE: Final = re.compile(r"#\s*regal\s+ignore:\s*(.*)")
# The house's own rules are not for a draft to switch off.
_NEVER_IGNORED: Final = frozenset(
    {"forbidden-function-call", "negated-call-on-input", "annotation-complete", "code-in-vocabulary"}
)
_SAID_ALREADY: Final = "opa-fmt"  # the step before says it with the line
_VIOLATIONS: Final = 3  # regal's status where it found some
_PACKAGE: Final = re.compile(r"^package\s+(\S+)", re.MULTILINE)
_TEST: Final = "_test.rego"


def folders(bench: Bench) -> list[str]:
    return [name for name in REGO_FOLDERS if (bench.folder / name).is_dir()]


def strict(bench: Bench) -> list[Finding]:
    """`opa check --strict`, with the capabilities, and the schemas by which a misspelt field is an error."""
    done = bench.opa(
        "check", "--strict", "--format=json", f"--capabilities={CAPABILITIES.name}", "--schema=schema/input.json",
        *folders(bench), "data",
    )  # fmt: skip
    if done.status == 0:
        return []
    return of_opa("check", done.err + done.out, otherwise="opa check refuses the draft")


def formatted(bench: Bench, tree: Tree) -> list[Finding]:
    """`opa fmt`: the one form of all Rego."""
    listed = bench.opa("fmt", "--list", *folders(bench))
    if listed.status:
        return of_opa("fmt", listed.err, otherwise="opa fmt cannot read the draft")
    found = []
    for path in listed.out.split():
        after = bench.opa("fmt", path).out
        line = first_difference(tree.files[path].decode(), after)
        found.append(Finding("fmt", "NOT_FORMATTED", "The file is not in the form that `opa fmt` gives.", path, line))
    return found


def annotated(bench: Bench, tree: Tree, into: list[Annotations]) -> list[Finding]:
    """Every rule of every pack has its words, and every module is in the package of its folder."""
    inspected: list[dict[str, Any]] = []
    for folder in folders(bench):
        done = bench.opa("inspect", "--annotations", "--format=json", folder)
        if done.status:
            return of_opa("annotations", done.err, otherwise="opa inspect cannot read the draft")
        inspected += json.loads(done.out).get("annotations") or []
    found = list(_packages(tree)) + list(_ignores(tree))
    try:
        annotations = collect(inspected)
    except AnnotationError as error:
        found += [Finding("annotations", fault.code, fault.sentence, fault.file, fault.line) for fault in error.faults]
    else:
        into.append(annotations)
        found += [
            Finding("annotations", "PACK_WITHOUT_RULES", f"The pack {pack} has no annotated rule.", f"packs/{pack}")
            for pack in sorted(tree.packs - annotations.keys())
        ]
        if annotations.get("base", {}).get("policy_hold", {}).get("kind") != "denial":
            sentence = "The base pack must keep its denial `policy_hold`: without it an emergency hold holds nothing."
            found.append(Finding("annotations", "HOLDS_DROPPED", sentence, "packs/base"))
    return found


def linted(bench: Bench, tree: Tree) -> list[Finding]:
    """Regal, with the house's own rules."""
    _configure(bench, tree)
    done = bench.regal("lint", "--format=json", "--config-file=.regal/config.yaml", *folders(bench))
    if done.status not in {0, _VIOLATIONS}:
        return of_opa("regal", done.err, otherwise="regal cannot read the draft")
    return [
        Finding(
            "regal",
            violation["title"],
            f"{violation['description'].rstrip('.')}.",
            violation["location"]["file"],
            violation["location"]["row"],
        )
        for violation in json.loads(done.out)["violations"]
        if violation["title"] != _SAID_ALREADY
    ]


def _packages(tree: Tree) -> Iterable[Finding]:
    """A module elsewhere than in its folder's package could speak for another pack, or for the decision itself."""
    for path, content in tree.files.items():
        if not path.startswith("packs/"):
            continue
        text = content.decode()
        pack = path.split("/")[1]
        wanted = f"writgate.packs.{pack}" + ("_test" if path.endswith(_TEST) else "")
        declared = _PACKAGE.findall(text)
        if declared != [wanted]:
            line = line_of(text, "package ")
            yield Finding("annotations", "PACKAGE_ELSEWHERE", f"The package must be {wanted}.", path, line)


def _ignores(tree: Tree) -> Iterable[Finding]:
    for path, content in tree.files.items():
        if not path.endswith(".rego"):
            continue
        for number, line in enumerate(content.decode().splitlines(), start=1):
            named = {name.strip() for found in _IGNORE.findall(line) for name in found.split(",")}
            for rule in sorted(named & _NEVER_IGNORED):
                yield Finding("annotations", "IGNORED", f"The lint rule {rule} cannot be ignored.", path, number)


def _configure(bench: Bench, tree: Tree) -> None:
    """Regal reads no data: the documents that this draft has are named to it, so that any other is a misspelling."""
    config = bench.folder / ".regal" / "config.yaml"
    text = config.read_text(encoding="utf-8")
    known = "".join(
        f"        - data.{key}\n        - data.{key}.*\n" for key in sorted(tree.data) if f"data.{key}\n" not in text
    )
    config.write_text(text.replace("      except-paths:\n", f"      except-paths:\n{known}"), encoding="utf-8")
