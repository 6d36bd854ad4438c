"""Sentences for people, made from a rule's annotation and a decision's parameters.

The template knows one thing, `{name}`, and puts the parameter of that name there as text. There are no attributes,
indexes, conversions or format widths, so a template cannot reach into a value and a value cannot act as a template:
what is filled in is never looked at again. A parameter that is missing leaves its placeholder visible.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from gateway.policy.decision import ENGINE_ERROR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.policy.decision import JSON, Decision, Obligation, Reason

Words: TypeAlias = "Mapping[str, Mapping[str, Mapping[str, Any]]]"
"""{pack: {rule: {title, sentence, citation, remedy, ...}}}: annotations, or words of the gateway's own."""

_PLACEHOLDER: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_NS: Final = 1_000_000_000
# Integers this large are instants (2001 in nanoseconds), where the parameter's name speaks of time.
_TIME_NAME: Final = re.compile(r"(^|_)(now|from|to|at|until|since|due|deadline|expires|expired|started|time)$")
_EARLIEST: Final = 10**18

_ENGINE_ERROR_WORDS: Final = {
    "title": "The policy engine gave no usable answer",
    "description": "No answer, a malformed one, one that came too late, or one of another revision is a denial.",
    "citation": "",
    "source": "product",
    "sentence": "The policy engine could not decide, and what is not decided is refused.",
    "remedy": "Try again; if it goes on, tell the operator and give the decision id.",
}


def placeholders(template: str) -> frozenset[str]:
    """The parameters that a template names.

    Raises:
        ValueError: a brace that is not part of a plain `{name}`.
    """
    rest = _PLACEHOLDER.sub("", template)
    if "{" in rest or "}" in rest:
        raise ValueError("braces may only hold a parameter's name, as in {name}")
    return frozenset(_PLACEHOLDER.findall(template))


def fill(template: str, parameters: Mapping[str, JSON]) -> str:
    """The template with its placeholders replaced, once, by the parameters as text."""
    if "{" not in template:
        return template

    def shown(found: re.Match[str]) -> str:
        name = found.group(1)
        return _words(name, parameters[name]) if name in parameters else found.group(0)

    return _PLACEHOLDER.sub(shown, template)


def render(decision: Decision, annotations: Words) -> list[dict[str, Any]]:
    """The reasons as people read them: [{code, sentence, citation, remedy, pack, rule, title, parameters}]."""
    return [_rendered(reason, annotations) for reason in decision.reasons]


def render_obligations(decision: Decision, annotations: Words) -> list[dict[str, Any]]:
    """The obligations likewise, each with `due` (nanoseconds or None)."""
    return [_rendered(obligation, annotations) | {"due": obligation.due} for obligation in decision.obligations]


def _rendered(given: Reason | Obligation, annotations: Words) -> dict[str, Any]:
    words: Mapping[str, Any] = annotations.get(given.pack, {}).get(given.rule, {})
    if not words and given.code == ENGINE_ERROR:
        words = _ENGINE_ERROR_WORDS
    return {
        "code": given.code,
        "title": words.get("title", given.code),
        "sentence": fill(words.get("sentence", f"{given.code} ({given.pack}.{given.rule})."), given.parameters),
        "citation": words.get("citation", ""),
        "remedy": fill(words.get("remedy", ""), given.parameters),
        "pack": given.pack,
        "rule": given.rule,
        "parameters": dict(given.parameters),
    }


def _words(name: str, value: JSON) -> str:
    if isinstance(value, list):
        return ", ".join(_words(name, item) for item in value) or "none"
    if isinstance(value, dict):
        return json.dumps(value, sort_keys=True, ensure_ascii=False)
    if type(value) is int and value >= _EARLIEST and _TIME_NAME.search(name):
        return f"{datetime.fromtimestamp(value // _NS, tz=UTC):%Y-%m-%d %H:%M:%S} UTC"
    if value is None:
        return "nothing"
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
