"""The conditions of each rule, read from OPA's own syntax tree: their text, what they look at, what they rest on.

A rule of Rego holds where all conditions of one of its bodies hold. From the tree comes, for each condition: its text
as it is written, the paths of the input that it names, the rules of the same package or of an imported one that it
rests on, and the variables that it shares with other conditions of its body.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Path: TypeAlias = "tuple[str, ...]"

_GET: Final = ["object", "get"]
_SCALARS: Final = frozenset({"string", "number", "boolean"})


@dataclass(frozen=True, slots=True)
class Condition:
    """One line of a body.

    Attributes:
        text: as it is written.
        row: its line in the file.
        looks_at: paths of the input that it names itself.
        rests_on: rules that it names, as paths under `data`.
        variables: what it binds or uses; conditions that share one belong together.
        constants: texts, numbers and truth values that it compares with.
    """

    text: str
    row: int
    looks_at: frozenset[Path]
    rests_on: frozenset[Path]
    variables: frozenset[str]
    constants: frozenset[Any]


@dataclass(frozen=True, slots=True)
class Body:
    """One way in which a rule can hold; what its value looks at and rests on besides its conditions.

    A function's conditions mean nothing without its arguments, so they are read and never asked.
    """

    rule: Path
    function: bool
    row: int
    conditions: tuple[Condition, ...]
    looks_at: frozenset[Path]
    rests_on: frozenset[Path]


@dataclass(frozen=True, slots=True)
class Module:
    """One file: its package, and the bodies of its rules in the order in which they stand."""

    package: Path
    bodies: tuple[Body, ...]


def read_module(tree: Mapping[str, Any], names: frozenset[Path]) -> Module:
    """The module in what `opa parse --format json --json-include locations` prints.

    Args:
        tree: the parsed document.
        names: every rule of every module, as paths under `data`.
    """
    package = _package(tree)
    reader = _Reader(package, _imports(tree), names)
    return Module(package, tuple(reader.body(rule) for rule in tree.get("rules", [])))


def names_of(tree: Mapping[str, Any]) -> Iterator[Path]:
    """The rules of a module, as paths under `data`; of `denials["x"]` both it and `denials`."""
    package = _package(tree)
    for rule in tree.get("rules", []):
        ref = _steps(rule["head"]["ref"])
        yield (*package, *ref)
        yield (*package, *ref[:1])


def _package(tree: Mapping[str, Any]) -> Path:
    return _steps(tree["package"]["path"][1:])


def _imports(tree: Mapping[str, Any]) -> dict[str, Path]:
    found = {}
    for item in tree.get("imports", []):
        path = _steps(item["path"]["value"])
        if path[0] == "data":
            found[item.get("alias") or path[-1]] = path[1:]
    return found


def _steps(ref: list[dict[str, Any]]) -> Path:
    return tuple(str(step["value"]) for step in ref)


@dataclass(slots=True)
class _Found:
    inputs: set[Path]
    rules: set[Path]
    variables: set[str]
    constants: set[Any]


class _Reader:
    def __init__(self, package: Path, imports: Mapping[str, Path], names: frozenset[Path]) -> None:
        self._package = package
        self._imports = imports
        self._names = names

    def body(self, rule: Mapping[str, Any]) -> Body:
        value = self._found(rule["head"].get("value"))
        # `x := 1` has a body too, the one condition `true`, which nobody wrote and which stands where the rule does.
        written = [] if rule.get("default") else [item for item in rule["body"] if not _unwritten(item, rule)]
        return Body(
            rule=_steps(rule["head"]["ref"]),
            function="args" in rule["head"],
            row=rule["location"]["row"],
            conditions=tuple(self._condition(item) for item in written),
            looks_at=frozenset(value.inputs),
            rests_on=frozenset(value.rules),
        )

    def _condition(self, expression: Mapping[str, Any]) -> Condition:
        found = self._found(expression.get("terms"))
        return Condition(
            text=base64.b64decode(expression["location"]["text"]).decode().strip(),
            row=expression["location"]["row"],
            looks_at=frozenset(found.inputs),
            rests_on=frozenset(found.rules),
            variables=frozenset(found.variables),
            constants=frozenset(found.constants),
        )

    def _found(self, node: Any) -> _Found:
        found = _Found(set(), set(), set(), set())
        self._walk(node, found)
        return found

    def _walk(self, node: Any, found: _Found) -> None:
        if isinstance(node, list):
            if self._is_get(node):
                self._got(node, found)
                return
            for item in node:
                self._walk(item, found)
        elif isinstance(node, dict):
            if node.get("type") == "ref":
                self._ref(node["value"], found)
            elif node.get("type") == "var":
                self._var(node["value"], found)
            elif node.get("type") in _SCALARS:
                found.constants.add(node["value"])
            else:
                for name, item in node.items():
                    if name != "location":
                        self._walk(item, found)

    def _ref(self, steps: list[dict[str, Any]], found: _Found) -> None:
        head, rest = steps[0], steps[1:]
        static = _static(rest)
        if head["value"] == "input":
            found.inputs.add(static)
        elif head["type"] == "var":
            self._var(head["value"], found, static)
        else:
            self._walk(head, found)
        for step in rest:
            if step["type"] != "string":
                self._walk(step, found)

    def _var(self, name: str, found: _Found, rest: Path = ()) -> None:
        if name == "input":
            found.inputs.add(())
        elif name == "data":
            self._rule(rest, found)
        elif name in self._imports:
            self._rule((*self._imports[name], *rest), found)
        elif (*self._package, name) in self._names:
            self._rule((*self._package, name, *rest), found)
        elif not name.startswith("$"):
            found.variables.add(name)

    def _rule(self, path: Path, found: _Found) -> None:
        for length in range(len(path), 0, -1):
            if path[:length] in self._names:
                found.rules.add(path[:length])
                return

    def _is_get(self, node: list[Any]) -> bool:
        """`object.get(input…, ["a", "b"], …)`, which looks at one path."""
        return (
            len(node) > 2  # noqa: PLR2004 - function, object, path
            and isinstance(node[0], dict)
            and node[0].get("type") == "ref"
            and list(_steps(node[0]["value"])) == _GET
            and isinstance(node[1], dict)
        )

    def _got(self, node: list[Any], found: _Found) -> None:
        inner = _Found(set(), set(), set(), set())
        self._walk(node[1], inner)
        key = node[2]
        steps = key["value"] if key["type"] == "array" else [key]
        if len(inner.inputs) == 1 and all(step["type"] == "string" for step in steps):
            inner.inputs = {(*inner.inputs.pop(), *_steps(steps))}
        found.inputs |= inner.inputs
        found.rules |= inner.rules
        found.variables |= inner.variables
        self._walk(node[2:], found)
        found.constants -= {step["value"] for step in steps if step["type"] == "string"}


def _unwritten(expression: Mapping[str, Any], rule: Mapping[str, Any]) -> bool:
    terms, place = expression["terms"], expression["location"]
    is_true = isinstance(terms, dict) and terms.get("type") == "boolean" and terms.get("value") is True
    return (is_true and base64.b64decode(place.get("text", "")) != b"true") or place == rule["location"]


def _static(steps: list[dict[str, Any]]) -> Path:
    found = []
    for step in steps:
        if step["type"] != "string":
            break
        found.append(str(step["value"]))
    return tuple(found)
