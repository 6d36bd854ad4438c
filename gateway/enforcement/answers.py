"""What a governed operation answers: a release, or a denial as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A denial. `code` is that of the first reason; `detail` and `remedy` are its sentence and what to do next."""

    code: str
    detail: str
    remedy: str
    reasons: list[dict[str, Any]]
    obligations: list[dict[str, Any]]
    policy: dict[str, Any]
    receipt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """The document of the answer, as sent."""

    document: dict[str, Any]


Answer = Released | Refused
