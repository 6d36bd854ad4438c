"""A search, comparison or enrolment through the gate, once for each call of the program.

An SDK tries a call again under one `amz-sdk-invocation-id`: the second attempt gets the first's answer, and so does a
request that is sent again byte for byte. Where people
must decide first the program is refused with AWAITING_REVIEW or AWAITING_APPROVAL, and the same call made later gets
what they decided, without another search.
"""

from __future__ import annotations

import hashlib
import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from flask import g, request

from gateway.audit.errors import DisclosureUnreadable
from gateway.enforcement.answers import Released, Waiting
from gateway.enforcement.errors import NotYours
from gateway.web.api.searches import once_for, respond
from gateway.web.problems import Problem

if TYPE_CHECKING:
    from flask import Response

    from gateway.enforcement.answers import Answer
    from gateway.enforcement.request import GovernedRequest
    from gateway.identity.caller import Caller
    from gateway.web.rekognition.story import Story
    from gateway.web.services import Services

INVOCATION: Final = "amz-sdk-invocation-id"
_INVOCATION: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_SIGNATURE: Final = re.compile(r"Signature=([0-9a-f]{64})$")
_WAITED_FOR: Final = {
    "awaiting_approval": ("AWAITING_APPROVAL", "A supervisor must decide before this is done or told."),
    "awaiting_review": ("AWAITING_REVIEW", "Examiners must judge what was found before anybody is told of it."),
    "pending": ("AWAITING_REVIEW", "The operation has not ended."),
}
_ENDED: Final = {
    "rejected": ("APPROVAL_REJECTED", "A supervisor refused it."),
    "expired": ("APPROVAL_EXPIRED", "No supervisor decided about it in time."),
    "frozen": ("RESULT_FROZEN", "The result is frozen; nobody may see it any more."),
    "deleted": ("RESULT_DELETED", "The result was deleted."),
}


def governed(caller: Caller, services: Services, asked: GovernedRequest, story: Story) -> dict[str, Any]:
    """The answer of the native API. Raises Problem for every other one, and whatever the rooms below raise."""
    said = _said(asked, story)
    call = hashlib.sha256(repr((caller.agency, caller.client, caller.user, _bound(caller))).encode() + said).hexdigest()

    def act() -> Answer:
        waiting = services.waiting_calls.find(call)
        if waiting is not None:
            return _decided(caller, services, call, waiting)
        answer = services.gate.perform(caller, asked, decision_id=g.decision_id)
        if isinstance(answer, Waiting):
            services.waiting_calls.keep(call, UUID(answer.document["decision_id"]))
        return answer

    def once(keys: list[str]) -> Response:
        if not keys:
            return respond(act())
        return once_for(caller, services, lambda: once(keys[1:]), key=keys[0], asked=said)

    return _read(once(_keys()))


def _keys() -> list[str]:
    """What makes a call the same one: its signature, and the id under which an SDK tries again with another.

    The id is not signed. By the signature a request that was recorded on its way gives the same answer, whatever id is
    put into it; two equal calls of one second are one call.
    """
    signed = _SIGNATURE.search(request.headers.get("Authorization", ""))
    invocation = request.headers.get(INVOCATION, "")
    keys = [f"sigv4 {signed[1]}"] if signed else []
    return [*keys, f"{INVOCATION} {invocation}"] if _INVOCATION.fullmatch(invocation) else keys


def refused_for_people(document: dict[str, Any], code: str, sentence: str) -> Problem:
    shown = {name: document[name] for name in ("decision_id", "obligations", "notice", "receipt") if name in document}
    return Problem(
        status=403,
        code=code,
        detail=sentence,
        remedy="Make the same call again later; it makes no second search.",
        **shown,
    )


def _said(asked: GovernedRequest, story: Story) -> bytes:
    """Everything that the call said, in one spelling; the pictures by their digests."""
    probe = asked.probe.sha256 if asked.probe else ()
    fields = {
        "target": request.headers.get("X-Amz-Target"),
        "story": story.model_dump(mode="json"),
        "gallery": asked.gallery,
        "min_similarity": asked.min_similarity,
        "max_candidates": asked.max_candidates,
        "external_id": None if asked.external_id == str(g.decision_id) else asked.external_id,
        "probe": [digest.hex() for digest in probe],
    }
    return json.dumps(fields, sort_keys=True).encode()


def _bound(caller: Caller) -> list[tuple[Any, ...]]:
    """What the token is bound to, without what differs from one token to the next."""
    return [
        (detail.purpose, detail.case_number, detail.instrument, detail.galleries)
        for detail in caller.authorization_details
    ]


def _decided(caller: Caller, services: Services, call: str, decision_id: UUID) -> Answer:
    """What became of the call that waited."""
    try:
        shown = services.records.show(caller, decision_id)
    except (NotYours, DisclosureUnreadable):
        services.waiting_calls.forget(call)
        raise
    status, decision = shown["status"], shown["decision"]
    about = {"decision_id": shown["id"], "obligations": decision["obligations"]}
    if status in _WAITED_FOR:
        return Waiting(document={**about, "status": status})
    services.waiting_calls.forget(call)
    if status == "completed":
        return Released(document=shown["answer"])
    first = decision["reasons"][0] if decision["reasons"] else {}
    code, sentence = _ENDED.get(
        status, (first.get("code", "WITHHELD"), first.get("sentence", "What was found may not be told."))
    )
    raise Problem(
        status=403,
        code=code,
        detail=sentence,
        remedy="A new call is a new request.",
        **about,
        reasons=decision["reasons"],
    )


def _read(response: Response) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(response.get_data())
    if response.status_code == HTTPStatus.OK:
        return document
    if response.status_code == HTTPStatus.ACCEPTED:
        raise refused_for_people(document, *_WAITED_FOR[document["status"]])
    known = {"type", "title", "status", "code", "detail", "remedy", "errors"}
    raise Problem(
        status=document["status"],
        code=document["code"],
        detail=document["detail"],
        remedy=document["remedy"],
        errors=document.get("errors", ()),
        **{name: value for name, value in document.items() if name not in known},
    )
