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
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from operator import attrgetter
from typing import Any, Final, TypeAlias, TypeVar

import msgspec

from gateway.vocabulary import OBLIGATIONS, REASONS

JSON: TypeAlias = "bool | int | str | list[JSON] | dict[str, JSON] | None"
Kinds: TypeAlias = Mapping[tuple[str, str], tuple[str, str]]
"""(pack, rule) to (kind, code) of every annotated rule of a revision."""

ENGINE_ERROR: Final = "ENGINE_ERROR"
REQUIRED_PACKS: Final = frozenset({"base", "contract"})
_SPEAKING: Final = frozenset({"grant", "denial"})
_OWING: Final = frozenset({"obligation"})
_FLAT: Final = frozenset({str, int, bool, type(None)})
_DEEPEST: Final = 16
_by_name: Final = attrgetter("pack", "rule", "code")


_Item = TypeVar("_Item", "Reason", "Obligation")


class MalformedDecisionError(Exception):
    """An engine's answer is not a decision document. The message names the field, never a value."""


class Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why: a code of the closed list, the rule that gave it, and the values its sentence is filled with."""

    code: str
    parameters: Mapping[str, Any]
    pack: str
    rule: str

    def document(self) -> dict[str, JSON]:
        return {"code": self.code, "parameters": dict(self.parameters), "pack": self.pack, "rule": self.rule}


class Obligation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A duty that comes with the decision; `due` is nanoseconds since the epoch, or None where no time is set."""

    code: str
    parameters: Mapping[str, Any]
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


class _Duty(msgspec.Struct, forbid_unknown_fields=True):
    """An obligation as an engine writes it: a whole number may look like a fraction."""

    code: str
    parameters: dict[str, Any]
    due: int | float | None
    pack: str
    rule: str


class _Answer(msgspec.Struct, forbid_unknown_fields=True):
    """The decision document as an engine writes it: every field, of its type, and no other."""

    permit: bool
    revision: int
    reasons: list[Reason]
    obligations: list[_Duty]
    packs: list[str]


class _Row(msgspec.Struct, forbid_unknown_fields=True):
    """One line of the result set that WebAssembly gives."""

    result: _Answer


_rows: Final = msgspec.json.Decoder(list[_Row])


def parse(document: Any, *, revision: int, kinds: Kinds) -> Decision:
    """The decision in an engine's result.

    Args:
        document: what the engine returned for `data.writgate.decision`, as parsed JSON.
        revision: the revision that was asked; another number in the document is an error.
        kinds: what each rule of that revision may say.

    Raises:
        MalformedDecisionError: anything missing, unknown, of the wrong type, or contradictory.
    """
    try:
        answer = msgspec.convert(document, _Answer)
    except msgspec.ValidationError as error:
        raise MalformedDecisionError(f"not a decision document: {error}") from None
    return _decided(answer, revision, kinds)


def parse_rows(text: bytes, *, revision: int, kinds: Kinds) -> Decision | None:
    """The decision in a result set, JSON as WebAssembly writes it; None where the set is empty: it is undefined.

    Raises:
        MalformedDecisionError: as `parse` does.
    """
    try:
        rows = _rows.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedDecisionError(f"not a decision document: {_said(error)}") from None
    if not rows:
        return None
    if len(rows) > 1:
        raise MalformedDecisionError("more than one decision")
    return _decided(rows[0].result, revision, kinds)


def _said(error: Exception) -> str:
    """What is wrong where; the words of an error of Unicode hold the text itself."""
    return str(error) if isinstance(error, msgspec.DecodeError) else "not UTF-8"


def _decided(answer: _Answer, revision: int, kinds: Kinds) -> Decision:
    if answer.revision != revision:
        raise MalformedDecisionError("revision is not the one that was asked")
    reasons = [_reason(item, kinds) for item in answer.reasons]
    if not reasons:
        raise MalformedDecisionError("reasons is empty")
    packs = tuple(sorted(answer.packs))
    if "" in packs or len(set(packs)) != len(packs):
        raise MalformedDecisionError("packs holds a name twice, or one that is empty")
    decision = Decision(
        permit=answer.permit,
        revision=revision,
        reasons=_ordered(reasons),
        obligations=_ordered([_obligation(item, kinds) for item in answer.obligations]),
        packs=packs,
    )
    _consistent(decision, kinds)
    return decision


def _consistent(decision: Decision, kinds: Kinds) -> None:
    granting = [kinds.get((reason.pack, reason.rule), ("unknown", ""))[0] == "grant" for reason in decision.reasons]
    if not decision.permit:
        if all(granting):
            raise MalformedDecisionError("a denial gives only reasons that grant")
        return
    if not all(granting):
        raise MalformedDecisionError("a permit rests on a rule that does not grant")
    packs = set(decision.packs)
    if not packs >= REQUIRED_PACKS:
        raise MalformedDecisionError("a permit without the packs that always apply")
    if {reason.pack for reason in decision.reasons} != packs:
        raise MalformedDecisionError("a permit without a grant from every pack that applied")


def _reason(reason: Reason, kinds: Kinds) -> Reason:
    if reason.code not in REASONS:
        raise MalformedDecisionError("reason.code is not of the closed list")
    _annotated(reason, kinds, _SPEAKING)
    parameters = _parameters(reason.parameters)
    if parameters is reason.parameters:
        return reason
    return Reason(code=reason.code, parameters=parameters, pack=reason.pack, rule=reason.rule)


def _obligation(duty: _Duty, kinds: Kinds) -> Obligation:
    due = _number(duty.due)
    if due is not None and type(due) is not int:
        raise MalformedDecisionError("obligation.due is not an integer")
    if duty.code not in OBLIGATIONS:
        raise MalformedDecisionError("obligation.code is not of the closed list")
    _annotated(duty, kinds, _OWING)
    return Obligation(code=duty.code, parameters=_parameters(duty.parameters), due=due, pack=duty.pack, rule=duty.rule)


def _annotated(given: Reason | _Duty, kinds: Kinds, allowed: frozenset[str]) -> None:
    """A rule that is annotated speaks with its own code and in its own kind; one that is not can only deny."""
    known = kinds.get((given.pack, given.rule))
    if known is None:
        if not given.pack or not given.rule:
            raise MalformedDecisionError("a rule without a name")
    elif known[0] not in allowed or known[1] != given.code:
        raise MalformedDecisionError("a rule speaks otherwise than it is annotated")


def _ordered(items: list[_Item]) -> tuple[_Item, ...]:
    """By pack, rule and code; a rule speaks once, so its parameters are looked at only where it does not."""
    if len(items) == 1:
        return (items[0],)
    names = {(item.pack, item.rule, item.code) for item in items}
    if len(names) != len(items):
        items = sorted(items, key=lambda item: _text_of(dict(item.parameters)))
    return tuple(sorted(items, key=_by_name))


def _text_of(value: JSON) -> str:
    return json.dumps(value, sort_keys=True)


def _parameters(values: Mapping[str, Any]) -> Mapping[str, JSON]:
    """The same object where there is nothing to put right."""
    if all(type(item) in _FLAT for item in values.values()):
        return values
    return {name: _plain(item, 0) for name, item in values.items()}


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
