"""`/v1/searches`, `/v1/comparisons`, `/v1/decisions`: the governed operations."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Response, g, request

from gateway.enforcement.answers import Answer, Refused, Released, Waiting
from gateway.enforcement.idempotency import Kept
from gateway.vocabulary import Scope
from gateway.web import problems, readers
from gateway.web.api.bodies import ComparisonBody, DecisionBody, SearchBody
from gateway.web.api.paging import limit
from gateway.web.api.results import ComparisonResult, SearchResult
from gateway.web.problems import Problem
from gateway.web.refusals import denied
from gateway.web.routes import parse_json, read_json, route

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from gateway.identity.caller import Caller
    from gateway.web.services import Services

_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")


def search_routes() -> Blueprint:
    blueprint = Blueprint("searches", __name__)

    @route(blueprint, "POST", "/v1/searches", scope=Scope.SEARCHES_WRITE, body=SearchBody, answer=SearchResult)
    def search(caller: Caller, services: Services) -> Any:
        body = _search_body()
        return once(caller, services, lambda: services.gate.perform(caller, body.request(), decision_id=g.decision_id))

    @route(blueprint, "GET", "/v1/searches", scope=Scope.SEARCHES_READ)
    def list_searches(caller: Caller, services: Services) -> Any:
        return services.records.list(caller, cursor=request.args.get("cursor"), limit=limit())

    @route(blueprint, "GET", "/v1/searches/<uuid:search_id>", scope=Scope.SEARCHES_READ)
    def show_search(caller: Caller, services: Services, search_id: UUID) -> Any:
        return services.records.show(caller, search_id)

    @route(
        blueprint,
        "POST",
        "/v1/comparisons",
        scope=Scope.COMPARISONS_WRITE,
        body=ComparisonBody,
        answer=ComparisonResult,
    )
    def compare(caller: Caller, services: Services) -> Any:
        body = read_json(ComparisonBody)
        return once(caller, services, lambda: services.gate.perform(caller, body.request(), decision_id=g.decision_id))

    @route(blueprint, "POST", "/v1/decisions", scope=Scope.DECISIONS_WRITE, body=DecisionBody)
    def decide(caller: Caller, services: Services) -> Any:
        body = read_json(DecisionBody)

        def ask() -> Released:
            told = services.gate.dry_run(caller, body.request(), decision_id=g.decision_id, of=body.search)
            return Released(document=told)

        return once(caller, services, ask)

    return blueprint


def once(caller: Caller, services: Services, act: Callable[[], Answer]) -> Response:
    """Runs `act`, or gives the answer kept for the same Idempotency-Key. A denial is kept like a release."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return respond(act())
    if not _KEY.fullmatch(key):
        raise Problem(
            status=400,
            code="IDEMPOTENCY_KEY_MALFORMED",
            detail="The Idempotency-Key is not 1 to 255 printable characters.",
            remedy="Send a fresh UUID for each request.",
        )
    return once_for(caller, services, act, key=key, asked=f"{request.method} {request.path}\n".encode() + g.body)


def once_for(
    caller: Caller, services: Services, act: Callable[[], Answer | Response], *, key: str, asked: bytes
) -> Response:
    """The same for any `key` of the caller's; `asked` is everything that the request said."""
    identity: dict[str, Any] = {"client": caller.client, "key": key}
    taken = identity | {"decision_id": g.decision_id}
    # What a body leaves open its token fills in, so the same body from another token is another request.
    asked = f"{(caller.user, caller.authorization_details)}\n".encode() + asked
    kept = services.idempotency.begin(**taken, request=asked)
    if kept is not None:
        services.records.read_again(caller, kept)
        return _replayed(kept)
    try:
        response = respond(act())
    except Problem as problem:
        if problem.status >= 500:  # noqa: PLR2004 - server errors may be tried again
            services.idempotency.forget(**taken)
            raise
        response = problems.answer(problem)
    except Exception:
        services.idempotency.forget(**taken)
        raise
    services.idempotency.end(
        **identity, agency=caller.agency, kept=Kept(status=response.status_code, body=response.get_data(as_text=True))
    )
    return response


def _replayed(kept: Kept) -> Response:
    kind = "application/json" if kept.status < 400 else "application/problem+json"  # noqa: PLR2004 - RFC 9457
    return Response(kept.body, status=kept.status, mimetype=kind, headers={"Idempotent-Replayed": "true"})


def respond(answer: Answer | Response) -> Response:
    if isinstance(answer, Response):
        return answer
    if isinstance(answer, Refused):
        return problems.answer(denied(answer))
    return Response(
        json.dumps(answer.document, ensure_ascii=False, separators=(",", ":")),
        status=202 if isinstance(answer, Waiting) else 200,
        mimetype="application/json",
        headers={"Cache-Control": "no-store"},
    )


def _search_body() -> SearchBody:
    """JSON, or multipart with a part `request` (JSON without `probe.image`) and a part `image` (the file's bytes)."""
    if request.mimetype != "multipart/form-data":
        return read_json(SearchBody)
    texts, files = list(request.form.items(multi=True)), list(request.files.items(multi=True))
    readers.finished()
    if ([name for name, _ in texts], [name for name, _ in files]) != (["request"], ["image"]):
        raise _other_parts()
    text, image = texts[0][1], files[0][1].read()
    g.body = text.encode() + image
    return parse_json(SearchBody, _with_image(text, image))


def _with_image(text: str, image: bytes) -> bytes:
    """The JSON with the picture in its place. Raises Problem where it holds one already."""
    try:
        fields = json.loads(text)
        probe = fields.setdefault("probe", {}) if isinstance(fields, dict) else None
        if isinstance(probe, dict):
            if "image" in probe:
                raise _other_parts()
            probe["image"] = base64.b64encode(image).decode("ascii")
        return json.dumps(fields).encode()
    except (ValueError, RecursionError):
        return b"malformed"


def _other_parts() -> Problem:
    return Problem(
        status=422,
        code="MULTIPART_PARTS",
        detail="A multipart search is one part `request` with the JSON, without `probe.image`, and one file `image`.",
        remedy="Send these two parts and no other, or send JSON with the picture in base64.",
    )
