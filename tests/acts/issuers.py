"""What a foreign issuer brings: a logout and a security event, signed with the key that its own server publishes."""

from __future__ import annotations

import json
import secrets
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gate_house import OPERATOR
from joserfc import jwt
from server_house import say, serving

from gateway.identity.client_credentials import public_part
from gateway.identity.issuers.events import LOGOUT, SESSION_REVOKED
from gateway.identity.keys import new_key
from gateway.registry.models import IssuerWrite

if TYPE_CHECKING:
    import http.server
    from collections.abc import Iterator

    from joserfc.jwk import ECKey

    from acts.recorder import Recorder

OURS = "writgate"


@dataclass(slots=True)
class Issuer:
    url: str = ""
    key: ECKey = field(default_factory=new_key)

    def answer(self, request: http.server.BaseHTTPRequestHandler) -> None:
        metadata = {"issuer": self.url, "jwks_uri": f"{self.url}/jwks"}
        keys = {"keys": [public_part(self.key.as_dict(private=True))]}
        say(request, json.dumps(keys if request.path == "/jwks" else metadata).encode())

    def sign(self, typ: str, now: int, **claims: Any) -> str:
        whole = {"iss": self.url, "aud": OURS, "iat": now, "jti": secrets.token_urlsafe(8)} | claims
        header = {"alg": "ES256", "kid": self.key.kid, "typ": typ}
        return jwt.encode(header, whole, self.key, algorithms=["ES256"])


@contextmanager
def issuer() -> Iterator[Issuer]:
    made = Issuer()
    with serving(made.answer) as (port, _):
        made.url = f"http://127.0.0.1:{port}"
        yield made


def act(recorder: Recorder, known: Issuer) -> None:
    profile = {"algorithms": ["ES256"], "agencies": ["lakeport-pd"], "client": {"client_id": OURS}}
    write = {"id": "city", "issuer": known.url, "profile": profile | {"events": {"audience": OURS}}}
    recorder.house.services.registry.put_issuer(IssuerWrite.model_validate(write), actor=OPERATOR)
    recorder.house.services.issuer_events._directory._looked_at = float("-inf")  # as a second later
    now = recorder.house.now() // 10**9
    logout = known.sign("logout+jwt", now, exp=now + 60, sub="subject-1", events={LOGOUT: {}})
    browser = recorder.app.test_client()
    answer = browser.post("/oauth/issuers/city/logout", data={"logout_token": logout})
    assert answer.status_code == 200, answer.data
    subject = {"format": "iss_sub", "iss": known.url, "sub": "subject-1"}
    event = known.sign("secevent+jwt", now, events={SESSION_REVOKED: {"event_timestamp": now}}, sub_id=subject)
    media = "application/secevent+jwt"
    answer = browser.post("/oauth/issuers/city/events", data=event, content_type=media)
    assert answer.status_code == 202, answer.data
