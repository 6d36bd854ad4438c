"""The OAuth endpoints that programs call: PAR, token, device, introspection, revocation, keys and metadata.

Errors are the JSON of RFC 6749 section 5.2, not problem documents, for OAuth clients read those. There is no CORS and
no answer to OPTIONS: no browser has business here.
"""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any, Final

import flask

from gateway.database import DatabaseUnavailable
from gateway.identity import metadata
from gateway.web.presented import presented
from gateway.web.routes import PUBLIC

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.exceptions import RequestEntityTooLarge

    from gateway.identity.authorization_server import AuthorizationServer
    from gateway.identity.presented import Presented
    from gateway.settings import Settings

LARGEST_BODY: Final = 64 * 1024
NO_STORE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}
FOR_A_MINUTE: Final = {"Cache-Control": "public, max-age=60"}


def oauth_blueprint(authorization_server: AuthorizationServer, settings: Settings) -> flask.Blueprint:
    """The routes of the authorization server; each is public, for each asks for its own proof or holds no secret."""
    blueprint = flask.Blueprint("oauth", __name__)
    for path, endpoint in (
        ("/oauth/par", authorization_server.push),
        ("/oauth/token", authorization_server.token),
        ("/oauth/device_authorization", authorization_server.authorize_device),
        ("/oauth/introspect", authorization_server.introspect),
        ("/oauth/revoke", authorization_server.revoke),
    ):
        _declare(blueprint, "POST", path, functools.partial(_answer, endpoint, authorization_server))
    for path, document in _documents(authorization_server, settings.issuer).items():
        _declare(blueprint, "GET", path, functools.partial(_published, document))

    @blueprint.errorhandler(413)
    def too_large(_: RequestEntityTooLarge) -> flask.Response:
        return _error("invalid_request", "The body is larger than this endpoint reads.", status=413)

    @blueprint.errorhandler(DatabaseUnavailable)
    def unavailable(_: DatabaseUnavailable) -> flask.Response:
        response = _error("temporarily_unavailable", "The database cannot be reached. Try again soon.", status=503)
        response.headers["Retry-After"] = "2"
        return response

    return blueprint


def _documents(server: AuthorizationServer, issuer: str) -> dict[str, Callable[[], dict[str, Any]]]:
    """What is published, made afresh for each request: a key may have been rotated."""
    return {
        "/oauth/jwks": server.keys.jwks,
        "/.well-known/oauth-authorization-server": lambda: metadata.authorization_server(
            issuer, methods=server.methods
        ),
        "/.well-known/openid-configuration": lambda: metadata.openid_provider(issuer, methods=server.methods),
        "/.well-known/oauth-protected-resource": lambda: metadata.protected_resource(
            issuer, bound_only=server.senders.schemes == ("DPoP",)
        ),
    }


def _declare(blueprint: flask.Blueprint, method: str, path: str, view: functools.partial[flask.Response]) -> None:
    view.required_scope = PUBLIC  # type: ignore[attr-defined]  # read by the test that walks the URL map
    name = path.replace(".", "-")
    blueprint.add_url_rule(path, f"{method} {name}", view, methods=[method], provide_automatic_options=False)


def _published(document: Callable[[], dict[str, Any]]) -> flask.Response:
    return _json(document(), status=200, headers=FOR_A_MINUTE)


def _answer(endpoint: Callable[[Presented], flask.Response], server: AuthorizationServer) -> flask.Response:
    flask.request.max_content_length = LARGEST_BODY
    response = endpoint(presented(server.senders))
    response.headers.update(NO_STORE)
    return response


def _error(error: str, description: str, *, status: int) -> flask.Response:
    return _json({"error": error, "error_description": description}, status=status, headers=NO_STORE)


def _json(value: dict[str, Any], *, status: int, headers: dict[str, str]) -> flask.Response:
    return flask.Response(json.dumps(value), status=status, headers=headers, mimetype="application/json")
