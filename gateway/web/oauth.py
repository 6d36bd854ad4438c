"""The OAuth endpoints: token, revocation, keys and metadata.

Errors are the JSON of RFC 6749 section 5.2, not problem documents, for OAuth clients read those. There is no CORS and
no answer to OPTIONS: no browser has business here.
"""

from __future__ import annotations

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
    from gateway.settings import Settings

LARGEST_BODY: Final = 64 * 1024
NO_STORE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}
FOR_A_MINUTE: Final = {"Cache-Control": "public, max-age=60"}


def oauth_blueprint(authorization_server: AuthorizationServer, settings: Settings) -> flask.Blueprint:
    """The routes of the authorization server; each is public, for each asks for its own proof or holds no secret."""
    blueprint = flask.Blueprint("oauth", __name__)
    issuer = settings.issuer

    def document(value: dict[str, Any]) -> flask.Response:
        return _json(value, status=200, headers=FOR_A_MINUTE)

    def token() -> flask.Response:
        return _answer(lambda: authorization_server.token(presented(issuer, authorization_server.senders.nonces)))

    def revoke() -> flask.Response:
        return _answer(authorization_server.revoke)

    def jwks() -> flask.Response:
        return document(authorization_server.keys.jwks())

    def server_metadata() -> flask.Response:
        return document(metadata.authorization_server(issuer, methods=authorization_server.methods))

    def resource_metadata() -> flask.Response:
        return document(
            metadata.protected_resource(issuer, bound_only=authorization_server.senders.schemes == ("DPoP",))
        )

    for method, path, view in (
        ("POST", "/oauth/token", token),
        ("POST", "/oauth/revoke", revoke),
        ("GET", "/oauth/jwks", jwks),
        ("GET", "/.well-known/oauth-authorization-server", server_metadata),
        ("GET", "/.well-known/oauth-protected-resource", resource_metadata),
    ):
        view.required_scope = PUBLIC  # type: ignore[attr-defined]  # read by the test that walks the URL map
        blueprint.add_url_rule(path, view.__name__, view, methods=[method], provide_automatic_options=False)

    @blueprint.errorhandler(413)
    def too_large(_: RequestEntityTooLarge) -> flask.Response:
        return _error("invalid_request", "The body is larger than this endpoint reads.", status=413)

    @blueprint.errorhandler(DatabaseUnavailable)
    def unavailable(_: DatabaseUnavailable) -> flask.Response:
        response = _error("temporarily_unavailable", "The database cannot be reached. Try again soon.", status=503)
        response.headers["Retry-After"] = "2"
        return response

    return blueprint


def _answer(endpoint: Callable[[], flask.Response]) -> flask.Response:
    flask.request.max_content_length = LARGEST_BODY
    response = endpoint()
    response.headers.update(NO_STORE)
    return response


def _error(error: str, description: str, *, status: int) -> flask.Response:
    return _json({"error": error, "error_description": description}, status=status, headers=NO_STORE)


def _json(value: dict[str, Any], *, status: int, headers: dict[str, str]) -> flask.Response:
    return flask.Response(json.dumps(value), status=status, headers=headers, mimetype="application/json")
