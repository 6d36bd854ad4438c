"""What is said of a request in headers, `x-writgate-purpose` and the like: a program's call has no room for it.

A header may say what the token leaves open, and repeat what it says. One that contradicts the token asks for more than
it covers, and is refused as such by the gate. One that is not known is refused here: a misspelt one must not be lost.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from flask import request

from gateway.identity.sigv4 import STORY_PREFIX
from gateway.web.api.bodies import Common, ProbeFacts
from gateway.web.problems import Problem
from gateway.web.routes import parse_json

if TYPE_CHECKING:
    from collections.abc import Callable

KEEP_CROPS: Final = "keep-crops"


class Story(Common):
    """`probe` is what is said of the picture."""

    probe: ProbeFacts = ProbeFacts()
    keep_crops: bool = False


def _flag(value: str) -> Any:
    return {"true": True, "false": False}.get(value, value)


_HEADERS: Final[dict[str, tuple[tuple[str, ...], Callable[[str], Any]]]] = {
    "purpose": (("purpose",), str),
    "case": (("case_number",), str),
    "instrument": (("instrument",), str),
    "exigency": (("exigency",), str),
    "justification": (("justification",), str),
    "offence": (("offence", "statute"), str),
    "suspicion": (("suspicion",), str),
    "subject": (("subject", "identity"), str),
    "area": (("area",), str),
    "on-behalf-of": (("on_behalf_of",), str),
    "written-request": (("written_request",), _flag),
    "probe-kind": (("probe", "kind"), str),
    "probe-source": (("probe", "source"), str),
    "probe-captured-at": (("probe", "captured_at"), str),
    KEEP_CROPS: (("keep_crops",), _flag),
}


def story() -> Story:
    """Raises Problem."""
    document: dict[str, Any] = {}
    for header, value in request.headers.items():
        if not header.lower().startswith(STORY_PREFIX):
            continue
        known = _HEADERS.get(header.lower().removeprefix(STORY_PREFIX))
        if known is None:
            raise Problem(
                status=422,
                code="HEADER_UNKNOWN",
                detail="A header that begins with x-writgate- is not one that this gateway reads.",
                remedy=f"Known are: {', '.join(STORY_PREFIX + name for name in _HEADERS)}.",
            )
        path, read = known
        within = document
        for name in path[:-1]:
            within = within.setdefault(name, {})
        within[path[-1]] = read(value)
    return parse_json(Story, json.dumps(document).encode())
