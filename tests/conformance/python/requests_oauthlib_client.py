"""The code flow with PAR, PKCE and DPoP, client credentials, introspection and revocation, by requests-oauthlib.

The library knows the flows, `state` and PKCE. What it lacks its user adds: one class that signs each request, and the
two lines that push what the library would have put into the URL. What the program is given comes as one line of JSON
on standard input; the browser's way is printed, and the way back read.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import time
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from oauthlib.oauth2 import BackendApplicationClient, WebApplicationClient
from oauthlib.oauth2.rfc6749.errors import CustomOAuth2Error
from requests.auth import AuthBase
from requests_oauthlib import OAuth2Session

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # loopback without TLS
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
Answer = TypeVar("Answer")


class Dpop(AuthBase):
    """A proof with each request (RFC 9449), and with the access token where there is one."""

    def __init__(self, token: str | None = None, before: Dpop | None = None) -> None:
        self.key: ECKey = ECKey.generate_key("P-256") if before is None else before.key
        self.nonce: str | None = None if before is None else before.nonce
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        claims: dict[str, Any] = {
            "jti": secrets.token_urlsafe(16),
            "htm": request.method,
            "htu": str(request.url).partition("?")[0],
            "iat": int(time.time()),
        }
        if self.nonce is not None:
            claims["nonce"] = self.nonce
        if self._token is not None:
            claims["ath"] = base64.urlsafe_b64encode(hashlib.sha256(self._token.encode()).digest()).decode().rstrip("=")
            request.headers["Authorization"] = f"DPoP {self._token}"
        header = {"alg": "ES256", "typ": "dpop+jwt", "jwk": self.key.as_dict(private=False)}
        request.headers["DPoP"] = jwt.encode(header, claims, self.key, algorithms=["ES256"])
        request.hooks["response"].append(self._learn)
        return request

    def _learn(self, response: requests.Response, **_: Any) -> None:
        self.nonce = response.headers.get("DPoP-Nonce", self.nonce)


class Client(Dpop):
    """The client, as it shows itself at the endpoints of the server: an assertion (RFC 7523), and a proof."""

    def __init__(self, given: dict[str, Any]) -> None:
        super().__init__()
        self._id = given["client_id"]
        self._issuer = given["issuer"]
        self._private = ECKey.import_key(given["private_jwk"])

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        now = int(time.time())
        about = {"iss": self._id, "sub": self._id, "aud": self._issuer, "jti": secrets.token_urlsafe(16)}
        header = {"alg": "ES256", "kid": self._private.kid}
        assertion = jwt.encode(header, about | {"iat": now, "exp": now + 60}, self._private, algorithms=["ES256"])
        added = urlencode({"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion})
        request.prepare_body(f"{_text(request.body)}&{added}", files=None)
        return super().__call__(request)


def _text(body: bytes | str | None) -> str:
    return body.decode() if isinstance(body, bytes) else body or ""


def with_nonce(send: Callable[[], Answer]) -> Answer:
    """A server that wants a nonce refuses once and names it."""
    try:
        return send()
    except CustomOAuth2Error as refused:
        if refused.error != "use_dpop_nonce":
            raise
        return send()


def say(value: dict[str, Any]) -> None:
    print(json.dumps(value), flush=True)  # noqa: T201 - how it speaks


given = json.loads(input())
client = Client(given)
flow = WebApplicationClient(given["client_id"])
session = OAuth2Session(
    client=flow,
    redirect_uri=given["redirect_uri"],
    scope=["openid", "searches:write", "galleries:read"],
    pkce="S256",
)
session.trust_env = False
found, server = (
    session.get(f"{given['issuer']}/.well-known/{name}").json()
    for name in ("oauth-authorization-server", "openid-configuration")
)


def post(place: str, **form: str) -> requests.Response:
    """One of the requests that the library has no method for."""
    answer: requests.Response = session.post(place, data=form, auth=client, withhold_token=True)
    if answer.status_code == 400 and answer.json()["error"] == "use_dpop_nonce":
        answer = session.post(place, data=form, auth=client, withhold_token=True)
    answer.raise_for_status()
    return answer


nonce = secrets.token_urlsafe(16)
place, _ = session.authorization_url(server["authorization_endpoint"], nonce=nonce)
pushed = post(server["pushed_authorization_request_endpoint"], **dict(parse_qsl(urlsplit(place).query))).json()
asked = urlencode({"client_id": given["client_id"], "request_uri": pushed["request_uri"]})
say({"open": f"{server['authorization_endpoint']}?{asked}"})

landed = input()
if parse_qs(urlsplit(landed).query)["iss"] != [given["issuer"]]:  # RFC 9207, which the library does not look at
    raise SystemExit("The answer is another server's.")
tokens = with_nonce(lambda: session.fetch_token(server["token_endpoint"], authorization_response=landed, auth=client))
kind = tokens["token_type"].lower()
keys = KeySet.import_key_set(session.get(server["jwks_uri"], withhold_token=True).json())
identity = jwt.decode(tokens["id_token"], keys, algorithms=["ES256"]).claims
jwt.JWTClaimsRegistry(
    iss={"essential": True, "value": given["issuer"]},
    aud={"essential": True, "value": given["client_id"]},
    nonce={"essential": True, "value": nonce},
).validate(identity)

bound = Dpop(tokens["access_token"], before=client)
api = session.get(f"{given['issuer']}/v1/galleries", auth=bound, withhold_token=True)
refreshed = with_nonce(lambda: session.refresh_token(server["token_endpoint"], auth=client))
introspected = {"token": refreshed["access_token"], "token_type_hint": "access_token"}
before = post(server["introspection_endpoint"], **introspected).json()
_, _, form = flow.prepare_token_revocation_request(
    server["revocation_endpoint"].replace("http:", "https:"),  # the library makes the form only for https
    refreshed["refresh_token"],
    token_type_hint="refresh_token",
)
post(server["revocation_endpoint"], **dict(parse_qsl(form)))
after = post(server["introspection_endpoint"], **introspected).json()

machine = OAuth2Session(client=BackendApplicationClient(given["client_id"], scope=["galleries:read"]))
machine.trust_env = False
own = with_nonce(lambda: machine.fetch_token(server["token_endpoint"], auth=client))
say(
    {
        "same_discovery": found["issuer"] == server["issuer"],
        "subject": identity["sub"],
        "acr": identity["acr"],
        "token_type": kind,
        "api": api.status_code,
        "before": before["active"],
        "after": after["active"],
        "own": own["token_type"].lower(),
        "own_scope": " ".join(own["scope"]),
    }
)
