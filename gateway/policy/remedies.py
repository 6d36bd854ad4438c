"""The fewest facts that would have to be otherwise for a request to be permitted, found by trying them.

What is tried comes from the rules themselves: the values that conditions compare an input with, and whole papers where
there is none. Each trial is a decision of the engine; the fewest changes that it permits are told, and nothing that was
not tried. A search that finds none says so: some requests are lawful under no facts.
"""

from __future__ import annotations

import copy
import time
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from gateway.policy.input_document import clean_exigency, clean_instrument
from gateway.vocabulary import InstrumentType

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.policy.conditions import Path
    from gateway.policy.decision import Decision
    from gateway.policy.engine import PolicyEngine

Change: TypeAlias = "tuple[Path, Any]"

MOST_CHANGES: Final = 8
_SECONDS: Final = 2.0  # of processor
_DAY_NS: Final = 86_400 * 10**9
# Whose request it is, what judges it and when: another request, not this one made lawful.
_GIVEN: Final = frozenset({"now", "jurisdiction", "engine", "origins", "operation", "client", "contract"})
_GIVEN_TOO: Final = frozenset(
    {("agency", "id"), ("actor", "id"), ("actor", "agency_type"), ("agency", "on_behalf_of"), ("agency", "status")}
)
# Tried only where nothing else helps.
_CHOSEN: Final = frozenset({"purpose", "mode", "database"})
_TEXTS: Final = {
    ("justification",): "a written reason that names the facts tying the pictured person to this case",
    ("case_number",): "the number of the case",
}
_GRANTLESS: Final = "pack_without_grant"


def changes_that_permit(
    engine: PolicyEngine, document: Mapping[str, Any], decision: Decision, literals: Mapping[Path, Iterable[Any]]
) -> dict[str, Any] | None:
    """{permits, changes: [(path, value)]}: the fewest that were found; None where the request is permitted already.

    Args:
        engine: of the revision that decided.
        document: the input document; it is not changed.
        decision: the answer to it.
        literals: for paths of the input, the values that rules compare them with.
    """
    if decision.permit:
        return None
    until = time.thread_time() + _SECONDS
    for allowed in (False, True):
        candidates = list(_candidates(document, literals, chosen=allowed))
        found = _climb(engine, document, decision, candidates, until)
        if found is not None:
            return {"permits": True, "changes": _needed(engine, document, found)}
    return {"permits": False, "changes": []}


def _climb(
    engine: PolicyEngine, document: Mapping[str, Any], decision: Decision, candidates: list[Change], until: float
) -> list[Change] | None:
    """Takes the change that leaves the fewest reasons, again and again."""
    taken: list[Change] = []
    left = _left(decision)
    while len(taken) < MOST_CHANGES:
        best: tuple[int, Change, Decision] | None = None
        for change in candidates:
            if time.thread_time() > until:
                return None
            answer = engine.decide(changed(document, [*taken, change]))
            if answer.permit:
                return [*taken, change]
            if not answer.is_error and (score := _left(answer)) < (best[0] if best else left):
                best = score, change, answer
        if best is None:
            return None
        left = best[0]
        taken.append(best[1])
    return None


def _needed(engine: PolicyEngine, document: Mapping[str, Any], changes: list[Change]) -> list[Change]:
    """Without those that turned out to be superfluous."""
    for change in list(changes):
        others = [other for other in changes if other is not change]
        if engine.decide(changed(document, others)).permit:
            changes = others
    return changes


def _left(decision: Decision) -> int:
    """How much stands against a permit: rules that deny, and packs that do not grant."""
    count = 0
    for reason in decision.reasons:
        packs = reason.parameters.get("packs")
        count += len(packs) if reason.rule == _GRANTLESS and isinstance(packs, list) else 1000
    return count


def changed(document: Mapping[str, Any], changes: Iterable[Change]) -> dict[str, Any]:
    """A copy of the document with other values at these paths."""
    copied = copy.deepcopy(dict(document))
    for path, value in changes:
        place: Any = copied
        for step in path[:-1]:
            if not isinstance(place.get(step), dict):
                place[step] = {}
            place = place[step]
        place[path[-1]] = copy.deepcopy(value)
    return copied


def _candidates(
    document: Mapping[str, Any], literals: Mapping[Path, Iterable[Any]], *, chosen: bool
) -> Iterable[Change]:
    now = document.get("now")
    for path, values in sorted(literals.items()):
        if path[0] in _GIVEN or path[:2] in _GIVEN_TOO or (path[0] in _CHOSEN) is not chosen:
            continue
        is_time = isinstance(now, int) and isinstance(_at(document, path), int) and _at(document, path) > now // 2
        tried = [now + _DAY_NS, now - _DAY_NS] if is_time and isinstance(now, int) else list(values)
        if path[0] == "subject":
            tried.insert(0, None)  # nobody was picked on any ground, rather than on another
        if path in _TEXTS:
            tried = [_TEXTS[path]]
        there = _at(document, path)
        yield from ((path, value) for value in tried if value != there and _fits(value, there))
    if not chosen and isinstance(now, int):
        yield from _papers(document, now)


def _fits(value: Any, there: Any) -> bool:
    """Whether one value may stand where the other does: of the same type, or where there is nothing."""
    return there is None or value is None or type(value) is type(there)


def _papers(document: Mapping[str, Any], now: int) -> Iterable[Change]:
    """A clean instrument of each type, and a certified emergency."""
    for kind in InstrumentType:
        paper = {"type": kind.value, "status": "granted", "verified": True, "origin": "court_verified"}
        yield ("legal_instrument",), clean_instrument({**document, "legal_instrument": paper}, now)
    yield ("exigency",), clean_exigency({"certified": True, "factual_basis": "the facts of the emergency"}, now)


def _at(document: Any, path: Path) -> Any:
    for step in path:
        if not isinstance(document, dict):
            return None
        document = document.get(step)
    return document
