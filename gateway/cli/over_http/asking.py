"""The question of a row as its agency asks it: with a token bound to it, to the gateway whose engine it tells of.

`/v1/decisions` decides like the operation itself and does nothing. What went before the question (refused attempts,
other searches of the case, a request that waits for a supervisor) is done in earnest, with pictures that show nobody.
"""

from __future__ import annotations

import base64
import struct
import zlib
from typing import TYPE_CHECKING, Any, Final

from gateway.cli.over_http.clients import asking, said
from gateway.cli.over_http.rows import NotAsked, self_approved
from gateway.policy.decision import Decision, Obligation, Reason
from gateway.vocabulary import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.cli.http import Answer, Api
    from gateway.cli.over_http.home import Home
    from gateway.cli.over_http.rows import Asked

# More searches than these before the question would take the command minutes.
_MOST_BEFORE: Final = 40
_SAME_WORDS: Final = (
    "mode",
    "purpose",
    "suspicion",
    "case_number",
    "justification",
    "subject",
    "written_request",
    "consent",
    "alternative_offered",
)
_WORDS: Final = (
    *_SAME_WORDS,
    "operation",
    "place",
    "premises",
    "request_channel",
    "result_use",
    "necessity",
    "assessment",
    "solicited",
    "max_candidates",
)


def prepare(home: Home, asked: Asked) -> None:
    """What went before the question, and the token that it is asked with.

    Raises:
        NotAsked: it could not be done, or no token is given.
    """
    request = asked.request
    others = (request.get("case_usage") or {}).get("distinct_probe_subjects", 1) - 1
    if others > _MOST_BEFORE:
        raise NotAsked(f"{others} searches would have to be made before it")
    if (others or request.get("prior_denials") or self_approved(request)) and not asked.begins_with_search:
        _gallery(home, asked)
    for number in range(others):
        _search_before(home, asked, number)
    for number in range(request.get("prior_denials") or 0):
        _refused_before(home, asked, number)
    if self_approved(request):
        asked.held["parked"] = _parked(home, asked)
        asked.held["api"] = home.api(f"{asked.agency}-approving", operator=asked.operator)
    else:
        asked.held["api"] = asking(home, asked, Scope.DECISIONS_WRITE, authorization_details=_details(asked))


def begin(home: Home, asked: Asked) -> Callable[[], None]:
    """What begins the use when it is called: the first search of the case, before anything was asked of a court.

    Raises:
        NotAsked: the gallery cannot be made, or no token is given.
    """
    _gallery(home, asked)
    api = asking(home, asked, Scope.SEARCHES_WRITE)
    return lambda: _permitted(_search(api, asked, 0, instrument=None))


def ask(asked: Asked) -> Decision:
    """The gateway's decision on the row.

    Raises:
        NotAsked: the edge takes no such question.
    """
    api: Api = asked.held["api"]
    if "parked" in asked.held:
        vote = {"verdict": "approve", "reason": "as a supervisor", "request_sha256": "0" * 64}
        return _decision(api.post(f"/v1/approvals/{asked.held['parked']}/votes", vote))
    return _decision(api.post("/v1/decisions", _body(asked)))


def _details(asked: Asked) -> list[dict[str, Any]] | None:
    """What the token is bound to (RFC 9396): all of it that the row names."""
    request = asked.request
    named = {
        "purpose": request.get("purpose"),
        "case_number": request.get("case_number"),
        "instrument": asked.held.get("instrument"),
        "galleries": [request["database"]] if request.get("database") else None,
    }
    bound = {name: value for name, value in named.items() if value is not None}
    return [{"type": "face_search", **bound}] if bound else None


def _body(asked: Asked) -> dict[str, Any]:
    request = asked.request
    body = {name: request[name] for name in _WORDS if request.get(name) is not None}
    probe, clock = request.get("probe") or {}, request.get("clock") or {}
    engine = {name: (request.get("engine") or {}).get(name) for name in ("vendor", "feature")}
    body |= {
        "offence": {"statute": asked.statute} if asked.statute else None,
        "instrument": asked.held.get("instrument"),
        "exigency": asked.held.get("exigency"),
        "search": asked.held.get("search"),
        "on_behalf_of": (request.get("agency") or {}).get("on_behalf_of"),
        "gallery": request.get("database"),
        "min_similarity": request.get("similarity_threshold"),
        "probe": {
            "kind": probe.get("kind", "photograph"),
            "source": probe.get("source"),
            "alterations": [*probe.get("alterations", ()), *_edit(probe)],
            "substantively_altered": bool(probe.get("substantively_altered")),
        },
        "engine": {name: value for name, value in engine.items() if value} if engine["vendor"] else None,
        "last_interaction": clock.get("last_interaction"),
        "violation_detected": clock.get("violation_detected_at"),
    }
    return {name: value for name, value in body.items() if value is not None}


def _edit(probe: Mapping[str, Any]) -> list[str]:
    """A row tells of one edit in words of its own; where they begin with the name of a harmless one, it is that."""
    told = probe.get("alteration")
    if told is None:
        return []
    return [told if probe.get("substantively_altered") else told.partition(" ")[0]]


def _gallery(home: Home, asked: Asked) -> None:
    name = asked.request.get("database")
    answer = asking(home, asked, Scope.GALLERIES_WRITE).post("/v1/galleries", {"name": name, "keep_crops": True})
    if answer.status != 201:  # noqa: PLR2004 - HTTP
        raise NotAsked(f"its gallery could not be made: {answer.code}")


def _search(api: Api, asked: Asked, number: int, **changes: Any) -> Answer:
    request = asked.request
    body = {name: request[name] for name in _SAME_WORDS if request.get(name) is not None}
    body |= {
        "gallery": request.get("database"),
        "probe": {"image": _nobody(number), "source": "cctv_still"},
        **({"offence": {"statute": asked.statute}} if asked.statute else {}),
        **({"instrument": asked.held["instrument"]} if "instrument" in asked.held else {}),
    }
    body |= changes
    return api.post("/v1/searches", {name: value for name, value in body.items() if value is not None})


def _search_before(home: Home, asked: Asked, number: int) -> None:
    """Another search of the case, with another picture; permitted, though the engine finds no face to search for."""
    _permitted(_search(asking(home, asked, Scope.SEARCHES_WRITE), asked, number))


def _permitted(answer: Answer) -> None:
    if answer.status not in {200, 422} or answer.code not in {None, "PROBE_NO_FACE"}:
        raise NotAsked(f"the case's earlier searches are not permitted: {said(answer)}")


def _refused_before(home: Home, asked: Asked, number: int) -> None:
    """The same case was refused before under another story."""
    answer = _search(asking(home, asked, Scope.SEARCHES_WRITE), asked, number, purpose="personal")
    if answer.status != 403:  # noqa: PLR2004 - HTTP
        raise NotAsked(f"the earlier attempt was not refused: {answer.status}")


def _parked(home: Home, asked: Asked) -> str:
    """A request that waits for its agency's supervisors, one of whom made it."""
    answer = _search(asking(home, asked, Scope.SEARCHES_WRITE), asked, 0)
    if answer.document.get("status") != "awaiting_approval":
        raise NotAsked(f"the request does not wait for a supervisor: {said(answer)}")
    return str(answer.document["id"])


def _decision(answer: Answer) -> Decision:
    """As `scenarios` judges it, from a dry run's answer or from a refusal."""
    told = answer.document
    if answer.status not in {200, 403}:
        raise NotAsked(f"the gateway takes no such question: {said(answer)}")
    reasons = told.get("reasons") or [{"code": answer.code}]
    return Decision(
        permit=bool(told.get("permit")),
        revision=int((told.get("policy") or {}).get("revision", 0)),
        reasons=tuple(Reason(**_kept(reason, "code", "parameters", "pack", "rule")) for reason in reasons),
        obligations=tuple(
            Obligation(**_kept(duty, "code", "parameters", "due", "pack", "rule"))
            for duty in told.get("obligations", ())
        ),
        packs=tuple((told.get("policy") or {}).get("packs", ())),
    )


def _kept(told: Mapping[str, Any], *names: str) -> dict[str, Any]:
    first: dict[str, Any] = {"parameters": {}, "due": None, "pack": "gateway", "rule": ""}
    return {name: told.get(name, first.get(name)) for name in names}


def _nobody(number: int) -> str:
    """A grey picture (PNG, 256 by 256) in base64, another for each number: it shows no face, so it is of nobody."""
    side = 256
    grey = bytes([(64 + number) % 256])
    lines = b"".join(b"\x00" + grey * side for _ in range(side))
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    png = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return base64.b64encode(png).decode("ascii")
