"""The client's side: a key of its own, and a token asked for with it (`private_key_jwt`).

Used by `writgate token`, `writgate login` and the demo; it talks HTTP like any other client. A client's file is
`{client_id, private_jwk, scopes, user?}`, mode 0600. The assertion names the issuer as its audience, so the issuer is
looked up first (RFC 8414), and believed only when it is the URL that was asked, or when that URL is this machine.
"""

from __future__ import annotations

import ipaddress
import json
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, Any, Final

from joserfc import jwt
from joserfc.jwk import ECKey

from gateway.identity.keys import new_key
from gateway.private_files import write_once

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gateway.identity.client_sender import Sender

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
NONCE: Final = "DPoP-Nonce"
TOKEN_PATH: Final = "/oauth/token"  # noqa: S105 - a path
ASSERTION_LIFE: Final = 60  # seconds
TIMEOUT: Final = 15.0  # seconds
_LARGEST_ANSWER: Final = 1 << 20


class TokenRequestError(Exception):
    """The gateway gave no token. `document` is its error (RFC 6749 section 5.2); it holds nothing secret."""

    def __init__(self, *, status: int, document: Mapping[str, Any]) -> None:
        self.status = status
        self.document = dict(document)
        super().__init__(str(self.document.get("error_description") or self.document.get("error") or status))


def make_client_key(
    path: Path, *, client_id: str, scopes: Sequence[str] = (), user: str | None = None
) -> dict[str, Any]:
    """Writes the client's file unless there is one, and returns the public JWK to register."""
    document: dict[str, Any] = {
        "client_id": client_id,
        "private_jwk": new_key().as_dict(private=True),
        "scopes": list(scopes),
    }
    if user is not None:
        document["user"] = user
    if not path.exists():
        write_once(path, json.dumps(document).encode())
    return public_part(json.loads(path.read_text(encoding="utf-8"))["private_jwk"])


def public_part(private_jwk: Mapping[str, Any]) -> dict[str, Any]:
    """The JWK without its private member, as the registry wants it."""
    return {name: private_jwk[name] for name in ("kty", "crv", "x", "y", "kid", "use", "alg") if name in private_jwk}


def make_assertion(*, client_id: str, private_jwk: Mapping[str, Any], issuer: str) -> str:
    """A single-use assertion (RFC 7523 section 3) for that issuer."""
    now = int(time.time())
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": issuer,
        "jti": secrets.token_urlsafe(24),
        "iat": now,
        "exp": now + ASSERTION_LIFE,
    }
    key = ECKey.import_key(dict(private_jwk))
    header = {"alg": "ES256", "typ": "JWT", "kid": key.kid or key.thumbprint()}
    return jwt.encode(header, claims, key, algorithms=["ES256"])


def request_token(
    base_url: str,
    client_id: str,
    private_jwk: Mapping[str, Any],
    *,
    scope: str | None = None,
    user: str | None = None,
    authorization_details: Sequence[Mapping[str, Any]] | None = None,
    sender: Sender | None = None,
    session_credentials: str | None = None,
) -> dict[str, Any]:
    """The token response `{access_token, token_type, expires_in, scope, …}`; the token is bound to the sender's key.

    Raises:
        TokenRequestError: the gateway refused.
        OSError: the gateway cannot be reached.
    """
    form = {"grant_type": "client_credentials"}
    if scope is not None:
        form["scope"] = scope
    if user is not None:
        form["user"] = user
    if session_credentials is not None:
        form["session_credentials"] = session_credentials
    if authorization_details:
        form["authorization_details"] = json.dumps([dict(detail) for detail in authorization_details])
    return ask(base_url, TOKEN_PATH, form, client_id=client_id, private_jwk=private_jwk, sender=sender)


def ask(
    base_url: str,
    path: str,
    form: Mapping[str, str],
    *,
    client_id: str,
    private_jwk: Mapping[str, Any],
    sender: Sender | None = None,
) -> dict[str, Any]:
    """What an endpoint of OAuth answers to the client, which shows itself by an assertion, and its sender by a proof.

    Raises:
        TokenRequestError: the gateway refused.
        OSError: the gateway cannot be reached.
    """
    base_url = base_url.rstrip("/")
    issuer = find_issuer(base_url) if sender is None else sender.issuer

    def send() -> dict[str, Any]:
        assertion = make_assertion(client_id=client_id, private_jwk=private_jwk, issuer=issuer)
        shown = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
        return _fetch(base_url, path, form={**form, **shown}, sender=sender)

    try:
        return send()
    except TokenRequestError as error:
        if error.document.get("error") != "use_dpop_nonce":
            raise
        return send()  # the refusal has named the nonce (RFC 9449 section 8)


def find_issuer(base_url: str) -> str:
    """The URL by which the gateway there names itself (RFC 8414).

    Raises:
        TokenRequestError: it is another's, or no gateway's.
        OSError: the gateway cannot be reached.
    """
    base_url = base_url.rstrip("/")
    metadata = _fetch(base_url, "/.well-known/oauth-authorization-server", form=None)
    issuer = str(metadata.get("issuer"))
    if issuer != base_url and not is_this_machine(base_url):
        raise TokenRequestError(
            status=0,
            document={
                "error": "issuer_mismatch",
                "error_description": "The gateway there calls itself by another URL.",
            },
        )
    return issuer


def is_this_machine(url: str) -> bool:
    host = urllib.parse.urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """An assertion goes to the one address it was made for."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _fetch(base_url: str, path: str, *, form: Mapping[str, str] | None, sender: Sender | None = None) -> dict[str, Any]:
    url = base_url + path
    if urllib.parse.urlsplit(url).scheme not in {"http", "https"}:
        raise ValueError("the gateway's URL must begin with https:// or http://")
    body = None if form is None else urllib.parse.urlencode(form).encode("ascii")
    headers = {"Accept": "application/json"} | ({} if sender is None else sender.headers("POST", path))
    request = urllib.request.Request(url, data=body, headers=headers)  # noqa: S310 - checked above
    handlers: list[urllib.request.BaseHandler] = [_NoRedirects()]
    if is_this_machine(url):
        handlers.append(urllib.request.ProxyHandler({}))  # a proxy has no business between us and ourselves
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=TIMEOUT) as answer:
            _learn(sender, answer.headers.get(NONCE))
            return _document(answer.read(_LARGEST_ANSWER))
    except urllib.error.HTTPError as error:
        with error:
            _learn(sender, error.headers.get(NONCE))
            raise TokenRequestError(status=error.code, document=_document(error.read(_LARGEST_ANSWER))) from None


def _learn(sender: Sender | None, nonce: str | None) -> None:
    if sender is not None:
        sender.learn(nonce)


def _document(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        return {"error": "not_json"}
    return value if isinstance(value, dict) else {"error": "not_an_object"}
