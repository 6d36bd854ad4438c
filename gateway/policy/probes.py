"""Which condition of which rule holds for one input: asked of OPA itself, condition by condition.

To each module that is explained a rule is added, `explanation`, which holds one key for each condition that holds,
evaluated where it stands: in its own package, with its imports, together with those conditions of its body that it
shares a variable with. So what is said of a condition is what OPA says, not what somebody reads into its text.

Rego is code: the programs run confined (`gateway.policy.workbench`).
"""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from gateway.policy.conditions import Body, Module, Path, names_of, read_module
from gateway.policy.tree import Tree
from gateway.policy.workbench import Bench, Limits, workbench

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path as FilePath

    from gateway.policy.revisions import Revision

PROBE: Final = "explanation"
_LIMITS: Final = Limits(processor=30, deadline=40.0)
_REMEMBERED: Final = 512
_LISTED: Final = 40
_trees: OrderedDict[bytes, dict[str, Any]] = OrderedDict()
_lock = Lock()


class ExplanationError(Exception):
    """OPA could not read or evaluate the revision. A sentence."""


@dataclass(frozen=True, slots=True)
class Probed:
    """What OPA said.

    Attributes:
        modules: by file, those that were probed.
        values: `data.writgate` for the input: every rule's value.
        holding: (file, body number, condition number) of every condition that holds.
    """

    modules: Mapping[str, Module]
    values: Mapping[str, Any]
    holding: frozenset[tuple[str, int, int]]

    @property
    def literals(self) -> dict[Path, list[Any]]:
        """For each path of the input, the values that conditions compare it with, however far they are apart."""
        found: dict[Path, dict[str, Any]] = {}
        aliases = self._aliases()
        for module in self.modules.values():
            for body in module.bodies:
                for condition in body.conditions:
                    paths = set(condition.looks_at)
                    values = {True, False, *condition.constants}
                    for rule in condition.rests_on:
                        paths |= aliases.get(rule, set())
                        values |= self._listed(rule)
                    for path in paths - {()}:
                        found.setdefault(path, {}).update({json.dumps(value): value for value in values})
        return {path: [values[text] for text in sorted(values)] for path, values in found.items()}

    def _aliases(self) -> dict[Path, set[Path]]:
        """Rules that are another name of a path, such as `facts.mode`."""
        return {
            (*module.package, *body.rule): set(body.looks_at)
            for module in self.modules.values()
            for body in module.bodies
            if not body.function and not body.conditions and len(body.looks_at) == 1
        }

    def _listed(self, rule: Path) -> set[Any]:
        """The texts in a rule that is a list of them, such as the operations that search."""
        value: Any = self.values
        for step in rule[1:]:
            value = value.get(step) if isinstance(value, dict) else None
        listed = value if isinstance(value, list) else [value]
        return {one for one in listed if isinstance(one, str | int | bool)} if len(listed) <= _LISTED else set()

    def holds(self, file: str, body: int, condition: int) -> bool:
        return (file, body, condition) in self.holding


def probe(revision: Revision, document: Mapping[str, Any], packs: Iterable[str], *, home: FilePath | None) -> Probed:
    """Every condition of the named packs and of `lib`, evaluated for one input.

    Raises:
        OpaMissingError: there is no `opa`.
        ExplanationError, WorkbenchError: it failed, or took longer than it may.
    """
    folders = tuple(f"packs/{pack}/" for pack in packs)
    files = [name for name in revision.rego if name.startswith(("lib/", *folders))]
    with workbench(Tree(revision.rego), home=home, limits=_LIMITS) as bench:
        trees = {name: _tree(bench, name, revision.rego[name]) for name in files}
        names = frozenset(path for tree in trees.values() for path in names_of(tree))
        modules = {name: read_module(tree, names) for name, tree in trees.items()}
        for name, module in modules.items():
            probes = "\n".join(_probes(name, module))
            (bench.folder / name).write_text(f"{revision.rego[name].decode()}\n{probes}\n")
        (bench.folder / "everything.json").write_text(json.dumps(revision.data))
        (bench.folder / "input.json").write_text(json.dumps(document))
        values = _evaluated(bench)
    holding = frozenset(
        (file, int(body), int(condition))
        for package in {module.package for module in modules.values()}
        for file, body, condition in (key.split("|") for key in _at(values, package).get(PROBE, ()))
    )
    return Probed(modules, values, holding)


def _tree(bench: Bench, name: str, content: bytes) -> dict[str, Any]:
    """The syntax tree of a file. Files seldom change between two questions, so they are remembered."""
    with _lock:
        found = _trees.get(content)
    if found is None:
        done = bench.opa("parse", "--format", "json", "--json-include", "locations", name)
        if done.status:
            raise ExplanationError(f"OPA cannot read {name} of this revision.")
        found = json.loads(done.out)
    with _lock:
        _trees[content] = found
        _trees.move_to_end(content)
        while len(_trees) > _REMEMBERED:
            _trees.popitem(last=False)
    return found


def _evaluated(bench: Bench) -> dict[str, Any]:
    folders = [f"--data={name}" for name in ("decision", "lib", "packs") if (bench.folder / name).is_dir()]
    done = bench.opa(
        "eval", "--format=json", "--capabilities=capabilities.json", "--data=everything.json", *folders,
        "--input=input.json", "data.writgate",
    )  # fmt: skip
    try:
        found: dict[str, Any] = json.loads(done.out)["result"][0]["expressions"][0]["value"]
    except (ValueError, KeyError, IndexError) as error:
        raise ExplanationError("OPA cannot evaluate this revision condition by condition.") from error
    return found


def _probes(file: str, module: Module) -> Iterable[str]:
    for number, body in enumerate(module.bodies):
        for place, condition in enumerate(() if body.function else body.conditions):
            lines = [body.conditions[other].text for other in _together(body, place)]
            key = json.dumps(f"{file}|{number}|{place}")
            yield "\n".join((f"{PROBE} contains {key} if {{", *lines, condition.text, "}"))


def _together(body: Body, place: int) -> list[int]:
    """The conditions before this one that it cannot be asked without: those that bind its variables, and theirs."""
    wanted, found = set(body.conditions[place].variables), set()
    for other in range(place - 1, -1, -1):
        if body.conditions[other].variables & wanted:
            wanted |= body.conditions[other].variables
            found.add(other)
    return sorted(found)


def _at(values: Mapping[str, Any], package: Path) -> Mapping[str, Any]:
    found: Any = values
    for step in package[1:]:
        found = found.get(step, {})
    return found if isinstance(found, dict) else {}
