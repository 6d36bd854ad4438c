"""How two decisions on the same question differ, told without a value of the question.

Only codes, packs and rules are named, and which rules speak with other parameters; a parameter may be personal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gateway.policy.decision import ENGINE_ERROR

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NEWLY_PERMITTED: Final = "newly_permitted"
NEWLY_DENIED: Final = "newly_denied"
CHANGED_REASONS: Final = "changed_reasons"
CHANGED_OBLIGATIONS: Final = "changed_obligations"
ERRORS: Final = "errors"
CHANGES: Final = (NEWLY_PERMITTED, NEWLY_DENIED, CHANGED_REASONS, CHANGED_OBLIGATIONS, ERRORS)

Key = tuple[str, str, str]


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any] | None:
    """What `after` says otherwise than `before`, both decision documents; None where they say the same.

    Returns:
        {changes, packs, reasons: {gone, new, other_parameters}, obligations: {the same}}. `changes` are of `CHANGES`:
        a decision that turned is only that, for its reasons had to change.
    """
    if all(before[part] == after[part] for part in ("permit", "reasons", "obligations")):
        return None
    reasons = _compared(before["reasons"], after["reasons"])
    obligations = _compared(before["obligations"], after["obligations"])
    changes = list(_changes(before, after, reasons, obligations))
    if not changes:
        return None
    return {
        "changes": changes,
        "packs": sorted(
            {given["pack"] for found in (reasons, obligations) for listed in found.values() for given in listed}
        ),
        "reasons": reasons,
        "obligations": obligations,
    }


def _changes(
    before: Mapping[str, Any], after: Mapping[str, Any], reasons: dict[str, Any], obligations: dict[str, Any]
) -> Iterable[str]:
    failed = [any(reason["code"] == ENGINE_ERROR for reason in document["reasons"]) for document in (before, after)]
    if failed[1] and not failed[0]:
        yield ERRORS
    elif before["permit"] != after["permit"]:
        yield NEWLY_PERMITTED if after["permit"] else NEWLY_DENIED
    else:
        if any(reasons.values()):
            yield CHANGED_REASONS
        if any(obligations.values()):
            yield CHANGED_OBLIGATIONS


def _compared(before: Iterable[Mapping[str, Any]], after: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
    first, second = _by_rule(before), _by_rule(after)
    return {
        "gone": [_named(key) for key in sorted(first.keys() - second.keys())],
        "new": [_named(key) for key in sorted(second.keys() - first.keys())],
        "other_parameters": [_named(key) for key in sorted(first.keys() & second.keys()) if first[key] != second[key]],
    }


def _by_rule(given: Iterable[Mapping[str, Any]]) -> dict[Key, Any]:
    return {(one["pack"], one["rule"], one["code"]): (one["parameters"], one.get("due")) for one in given}


def _named(key: Key) -> dict[str, str]:
    return dict(zip(("pack", "rule", "code"), key, strict=True))
