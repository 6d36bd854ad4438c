"""What policy said, as a value: permit or denial, with the reasons and the obligations that come with it.

What must always hold:

* A decision exists for every question. Whatever an engine returns that is not exactly a decision document of the
  revision that was asked becomes the denial `ENGINE_ERROR`.
* A permit is positive evidence: at least one reason, each of them a rule that grants, at least one from every pack
  that applied. A permit that rests on a rule which denies, or which nobody annotated, is not a permit.
* Reasons, obligations and packs are in canonical order and hold no floating-point number, so that two engines that
  agree give equal values, and a decision can be hashed, signed and logged as it is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from math import isfinite
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from gateway.vocabulary import OBLIGATIONS, REASONS

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON: TypeAlias = "bool | int | str | list[JSON] | dict[str, JSON] | None"

ENGINE_ERROR: Final = "ENGINE_ERROR"
REQUIRED_PACKS: Final = frozenset({"base", "contract"})
_DECISION_FIELDS: Final = frozenset({"permit", "revision", "reasons", "obligations", "packs"})
_REASON_FIELDS: Final = frozenset({"code", "parameters", "pack", "rule"})
_OBLIGATION_FIELDS: Final = _REASON_FIELDS | {"due"}
_DEEPEST: Final = 16
_by_name: Final = attrgetter("pack", "rule", "code")


_Item = TypeVar("_Item", "Reason", "Obligation")


class MalformedDecisionError(Exception):
    """An engine's answer is not a decision document. The message names the field, never a value."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a code of the closed list, the rule that gave it, and the values its sentence is filled with."""

    code: str
    parameters: Mapping[str, JSON]
    pack: str
    rule: str

    def document(self) -> dict[str, JSON]:
        return {"code": self.code, "parameters": dict(self.parameters), "pack": self.pack, "rule": self.rule}


@dataclass(frozen=True, slots=True)
class Obligation:
    """A duty that comes with the decision; `due` is nanoseconds since the epoch, or None where no time is set."""

    code: str
    parameters: Mapping[str, JSON]
    due: int | None
    pack: str
    rule: str

    def document(self) -> dict[str, JSON]:
        return {
            "code": self.code,
            "parameters": dict(self.parameters),
            "due": self.due,
            "pack": self.pack,
            "rule": self.rule,
        }


@dataclass(frozen=True, slots=True)
class Decision:
    """One answer of one revision. `packs` are the packs that applied, in alphabetical order."""

    permit: bool
    revision: int
    reasons: tuple[Reason, ...]
    obligations: tuple[Obligation, ...] = ()
    packs: tuple[str, ...] = field(default=())

    @classmethod
    def error(cls, revision: int) -> Decision:
        """The denial for an engine that failed, timed out, said nothing, or does not hold the live revision."""
        return cls(
            permit=False,
            revision=revision,
            reasons=(Reason(code=ENGINE_ERROR, parameters={}, pack="engine", rule="engine_error"),),
        )

    @property
    def is_error(self) -> bool:
        return any(reason.code == ENGINE_ERROR for reason in self.reasons)

    @property
    def codes(self) -> tuple[str, ...]:
        """The distinct reason codes, in alphabetical order."""
        return tuple(sorted({reason.code for reason in self.reasons}))

    def document(self) -> dict[str, JSON]:
        """The decision document, canonical: equal decisions give equal documents, byte for byte once serialised."""
        return {
            "permit": self.permit,
            "revision": self.revision,
            "reasons": [reason.document() for reason in self.reasons],
            "obligations": [obligation.document() for obligation in self.obligations],
            "packs": list(self.packs),
        }


def parse(document: Any, *, revision: int, kinds: Mapping[tuple[str, str], tuple[str, str]]) -> Decision:
    """The decision in an engine's result.

    Args:
        document: what the engine returned for `data.writgate.decision`, as parsed JSON.
        revision: the revision that was asked; another number in the document is an error.
        kinds: (pack, rule) to (kind, code) of every annotated rule of that revision.

    Raises:
        MalformedDecisionError: anything missing, unknown, of the wrong type, or contradictory.
    """
    _fields(document, _DECISION_FIELDS, "decision")
    permit = document["permit"]
    if not isinstance(permit, bool):
        raise MalformedDecisionError("permit is not a boolean")
    if type(document["revision"]) is not int or document["revision"] != revision:
        raise MalformedDecisionError("revision is not the one that was asked")
    reasons = [_reason(item, kinds) for item in _list(document["reasons"], "reasons")]
    obligations = [_obligation(item, kinds) for item in _list(document["obligations"], "obligations")]
    packs = [_text(item, "packs") for item in _list(document["packs"], "packs")]
    if len(set(packs)) != len(packs):
        raise MalformedDecisionError("packs holds a name twice")
    if not reasons:
        raise MalformedDecisionError("reasons is empty")
    decision = Decision(
        permit=permit,
        revision=revision,
        reasons=_ordered(reasons),
        obligations=_ordered(obligations),
        packs=tuple(sorted(packs)),
    )
    _consistent(decision, kinds)
    return decision


def _consistent(decision: Decision, kinds: Mapping[tuple[str, str], tuple[str, str]]) -> None:
    granting = [kinds.get((reason.pack, reason.rule), ("unknown", ""))[0] == "grant" for reason in decision.reasons]
    if not decision.permit:
        if all(granting):
            raise MalformedDecisionError("a denial gives only reasons that grant")
        return
    if not all(granting):
        raise MalformedDecisionError("a permit rests on a rule that does not grant")
    if not set(decision.packs) >= REQUIRED_PACKS:
        raise MalformedDecisionError("a permit without the packs that always apply")
    if {reason.pack for reason in decision.reasons} != set(decision.packs):
        raise MalformedDecisionError("a permit without a grant from every pack that applied")


def _reason(item: Any, kinds: Mapping[tuple[str, str], tuple[str, str]]) -> Reason:
    _fields(item, _REASON_FIELDS, "reason")
    reason = Reason(
        code=_text(item["code"], "reason.code"),
        parameters=_parameters(item["parameters"]),
        pack=_text(item["pack"], "reason.pack"),
        rule=_text(item["rule"], "reason.rule"),
    )
    if reason.code not in REASONS:
        raise MalformedDecisionError("reason.code is not of the closed list")
    _annotated(reason, kinds, allowed={"grant", "denial"})
    return reason


def _obligation(item: Any, kinds: Mapping[tuple[str, str], tuple[str, str]]) -> Obligation:
    _fields(item, _OBLIGATION_FIELDS, "obligation")
    due = _number(item["due"])
    if due is not None and type(due) is not int:
        raise MalformedDecisionError("obligation.due is not an integer")
    obligation = Obligation(
        code=_text(item["code"], "obligation.code"),
        parameters=_parameters(item["parameters"]),
        due=due,
        pack=_text(item["pack"], "obligation.pack"),
        rule=_text(item["rule"], "obligation.rule"),
    )
    if obligation.code not in OBLIGATIONS:
        raise MalformedDecisionError("obligation.code is not of the closed list")
    _annotated(obligation, kinds, allowed={"obligation"})
    return obligation


def _annotated(
    given: Reason | Obligation, kinds: Mapping[tuple[str, str], tuple[str, str]], *, allowed: set[str]
) -> None:
    """A rule that is annotated speaks with its own code and in its own kind; one that is not can only deny."""
    known = kinds.get((given.pack, given.rule))
    if known is not None and (known[0] not in allowed or known[1] != given.code):
        raise MalformedDecisionError("a rule speaks otherwise than it is annotated")


def _ordered(items: list[_Item]) -> tuple[_Item, ...]:
    """By pack, rule and code; a rule speaks once, so its parameters are looked at only where it does not."""
    names = {(item.pack, item.rule, item.code) for item in items}
    if len(names) != len(items):
        items = sorted(items, key=lambda item: _text_of(dict(item.parameters)))
    return tuple(sorted(items, key=_by_name))


def _text_of(value: JSON) -> str:
    return json.dumps(value, sort_keys=True)


def _fields(value: Any, names: frozenset[str], what: str) -> None:
    if not isinstance(value, dict):
        raise MalformedDecisionError(f"{what} is not an object")
    if value.keys() != names:
        raise MalformedDecisionError(f"{what} has missing or unknown fields")


def _list(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise MalformedDecisionError(f"{what} is not an array")
    return value


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str) or not value:
        raise MalformedDecisionError(f"{what} is not a text")
    return value


def _parameters(value: Any) -> dict[str, JSON]:
    if not isinstance(value, dict):
        raise MalformedDecisionError("parameters is not an object")
    return {name: _plain(item, 0) for name, item in value.items()}


def _plain(value: Any, depth: int) -> JSON:
    """The value as the log's canonical form can hold it: no floating-point number. A list in a parameter is a set of
    Rego, which each engine puts in an order of its own, so it is sorted.
    """
    if depth > _DEEPEST:
        raise MalformedDecisionError("parameters is nested too deeply")
    if isinstance(value, dict):
        return {name: _plain(item, depth + 1) for name, item in value.items()}
    if isinstance(value, list):
        return sorted((_plain(item, depth + 1) for item in value), key=_text_of)
    number = _number(value)
    return repr(number) if isinstance(number, float) else number


def _number(value: Any) -> Any:
    """Floats that are whole become integers; one that is no number at all is an error."""
    if not isinstance(value, float):
        return value
    if not isfinite(value):
        raise MalformedDecisionError("a number is not finite")
    return int(value) if value.is_integer() else value
