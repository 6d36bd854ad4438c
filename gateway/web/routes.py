"""How a route is declared: its scope beside its path, authentication before everything else.

`route(blueprint, "POST", "/v1/searches", scope=Scope.SEARCHES_WRITE)` wraps a view `view(caller, services, **path)`.
`public_route(...)` wraps a view `view(services, **path)` that anybody may call. A view registered in any other way has
no `required_scope`, and the test that walks the URL map fails on it.
"""

from __future__ import annotations

import functools
import json
import re
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

from flask import Blueprint, Response, after_this_request, current_app, g, request
from pydantic import BaseModel, RootModel, ValidationError

from gateway.identity.errors import insufficient_authentication_challenge, insufficient_scope_challenge
from gateway.vocabulary import Assurance
from gateway.web import readers
from gateway.web.presented import presented
from gateway.web.problems import Problem, not_found

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.identity.caller import Caller
    from gateway.vocabulary import Scope
    from gateway.web.services import Services

PUBLIC: Final = "public"
BY_TARGET: Final = "by target"  # the scope is that of the operation which a header names
FRESH: Final = 300  # seconds: how long ago a person may have been authenticated before a dangerous act
STRONG: Final = (Assurance.PHISHING_RESISTANT, Assurance.TWO_FACTORS)
_NAME: Final = re.compile(r"[A-Za-z0-9_]{1,64}")
Model = TypeVar("Model", bound=BaseModel)


def services() -> Services:
    found: Services = current_app.extensions["writgate"]
    return found


def _respond(result: Any) -> Response:
    if isinstance(result, Response):
        return result
    body, status = result if isinstance(result, tuple) else (result, 200)
    response = Response(
        json.dumps(body, ensure_ascii=False, separators=(",", ":")), status=status, mimetype="application/json"
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def route(
    blueprint: Blueprint,
    method: str,
    path: str,
    *,
    scope: Scope,
    body: type[BaseModel] | None = None,
    answer: type[BaseModel] | None = None,
    fresh: bool = False,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declares a route that needs an access token with `scope`; `body` and `answer` are what it reads and gives.

    `fresh`: the person behind the token, if there is one, was authenticated a moment ago (`require_fresh`).
    """

    def declare(view: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(view)
        def guarded(**path_values: Any) -> Response:
            with authenticated() as caller:
                require(caller, scope)
                if fresh:
                    require_fresh(caller)
                if not all(map(_nameable, path_values.values())):
                    raise not_found()
                return _respond(view(caller, services(), **path_values))

        guarded.required_scope = scope  # type: ignore[attr-defined]  # read by the test that walks the URL map
        guarded.body_model = body  # type: ignore[attr-defined]  # read by the description of the API
        guarded.answer_model = answer  # type: ignore[attr-defined]  # as above
        blueprint.add_url_rule(path, f"{method} {path}".replace(".", "-"), guarded, methods=[method])
        return view

    return declare


def public_route(blueprint: Blueprint, method: str, path: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declares a route that anybody may call without a token."""

    def declare(view: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(view)
        def open_to_all(**path_values: Any) -> Response:
            return _respond(view(services(), **path_values))

        open_to_all.required_scope = PUBLIC  # type: ignore[attr-defined]  # as above
        blueprint.add_url_rule(path, f"{method} {path}".replace(".", "-"), open_to_all, methods=[method])
        return view

    return declare


def _nameable(value: Any) -> bool:
    """Whether PostgreSQL can hold something of that name: no text with U+0000, no number beyond 64 bits."""
    return "\0" not in value if isinstance(value, str) else not isinstance(value, int) or value < 1 << 63


@contextmanager
def authenticated() -> Iterator[Caller]:
    """Who sent the request, counted; at the end of the work their standing is looked at once more."""
    verified_at = time.monotonic()
    verifier = services().verifier
    caller = verifier.verify(presented(verifier.senders))
    g.caller = caller
    count(caller)
    yield caller
    verifier.verify_again(caller, verified_at=verified_at)


def count(caller: Caller) -> None:
    """Counts the request; every answer says what is left. Raises `Problem` 429 where it is one too many."""
    allowance = services().limits.take(caller.client, caller.requests_per_minute)
    told = allowance.headers()
    if allowance.exceeded:
        raise Problem(
            status=429,
            code="RATE_LIMITED",
            detail="The client has made more requests than it may make in a minute.",
            remedy="Wait as many seconds as Retry-After says; an administrator can allow the client more.",
            headers=told,
        )

    @after_this_request
    def _tell(response: Response) -> Response:
        response.headers.update(told)
        return response


def require(caller: Caller, scope: Scope) -> None:
    """RFC 6750 section 3.1: a token without the scope is 403 `insufficient_scope`, and the header names the scope."""
    if scope in caller.scopes:
        return
    raise Problem(
        status=403,
        code="SCOPE_MISSING",
        detail=f"The token does not carry the scope {scope}.",
        remedy=f"Ask for a token with the scope {scope}; an administrator grants scopes to clients.",
        headers={
            "WWW-Authenticate": insufficient_scope_challenge(
                caller.scheme, issuer=services().settings.issuer, scope=scope
            )
        },
    )


def require_fresh(caller: Caller) -> None:
    """RFC 9470: before a dangerous act the person behind the token must have shown both factors within FRESH seconds.

    A program that acts in its own name has nobody to ask: its key is its proof, each token is made with it, and lives
    five minutes.
    """
    if caller.session is None and caller.sign_in is None and caller.user_strength != "authenticated":
        return
    shown = caller.sign_in
    if shown is not None and shown.acr in STRONG and services().verifier.seconds_since(shown.auth_time) <= FRESH:
        return
    challenge = insufficient_authentication_challenge(
        caller.scheme, issuer=services().settings.issuer, max_age=FRESH, acr_values=STRONG
    )
    raise Problem(
        status=401,
        code="AUTHENTICATION_NOT_FRESH",
        detail="This needs the person to have signed in with both factors within the last five minutes.",
        remedy=f"Send the person to sign in again with max_age={FRESH}, and use the new token.",
        headers={"WWW-Authenticate": challenge},
    )


def read_json(model: type[Model]) -> Model:
    """The body as `model`. Raises `Problem` 400, 413, 415 or 422; what was sent is never quoted back."""
    if request.mimetype != "application/json":
        raise Problem(
            status=415,
            code="CONTENT_TYPE",
            detail="The body must be JSON.",
            remedy="Send the header Content-Type: application/json.",
        )
    g.body = request.get_data(cache=False)
    readers.finished()
    return parse_json(model, g.body)


def read_object() -> dict[str, Any]:
    """The body as a JSON object whose form is somebody else's, such as OPA's. Raises `Problem` 400 or 415."""

    class AnyObject(RootModel[dict[str, Any]]):
        pass

    return read_json(AnyObject).root


def parse_json(model: type[Model], body: bytes) -> Model:
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        if any(problem["type"] == "json_invalid" for problem in problems):
            raise Problem(
                status=400,
                code="JSON_MALFORMED",
                detail="The body is not well-formed JSON.",
                remedy="Check the quoting and the brackets; the body must be one JSON object in UTF-8.",
            ) from None
        raise Problem(
            status=422,
            code="BODY_INVALID",
            detail="Some fields of the body are missing, unknown or of the wrong type.",
            remedy="Correct the fields named in `errors`; /openapi.json describes each.",
            errors=[{"field": _field(problem["loc"]), "message": problem["msg"]} for problem in problems[:20]],
        ) from None


def _field(location: tuple[str | int, ...]) -> str:
    """The path of a field as the caller wrote it; the validators that pydantic passes through are left out."""
    return ".".join(str(part) for part in location if isinstance(part, int) or _NAME.fullmatch(part))
