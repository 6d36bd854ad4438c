"""What an issuer says of a token now: used for a second, and no answer is no."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
from server_house import say, serving

from gateway.identity.issuers.directory import KnownIssuer
from gateway.identity.issuers.errors import IssuerUnavailable
from gateway.identity.issuers.introspection import Introspection
from gateway.identity.issuers.our_client import OurClients, make_key, secret_file
from gateway.identity.issuers.provider import Providers
from gateway.outbound import Outbound
from gateway.registry.issuers import IssuerProfile

if TYPE_CHECKING:
    import http.server
    from collections.abc import Iterator
    from pathlib import Path


class Desk:
    """A provider whose introspection answers what the test says; it remembers what it was asked."""

    def __init__(self, port: int, keys: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.answer: bytes = b'{"active": true}'
        self.status = 200
        self.asked: list[tuple[str | None, dict[str, list[str]]]] = []
        self.keys = keys
        outbound = Outbound([self.url])
        clients = OurClients(keys, outbound)
        self.introspection = Introspection(providers=Providers(outbound), clients=clients)

    def known(self, **client: Any) -> KnownIssuer:
        profile = {
            "algorithms": ["ES256"],
            "agencies": ["lakeport-pd"],
            "access_tokens": {"types": ["at+jwt"], "audiences": ["x"], "clients": {"a": "b"}, "introspection": True},
            "client": {"client_id": "writgate"} | client,
        }
        return KnownIssuer("county", self.url, IssuerProfile.model_validate(profile), 1, active=True)

    def handle(self, request: http.server.BaseHTTPRequestHandler) -> None:
        if request.path == "/.well-known/openid-configuration":
            document = {"issuer": self.url, "jwks_uri": f"{self.url}/k", "introspection_endpoint": f"{self.url}/i"}
            say(request, json.dumps(document).encode())
        elif request.path == "/k":
            say(request, b'{"keys": []}')
        else:
            form = request.rfile.read(int(request.headers["Content-Length"])).decode()
            self.asked.append((request.headers.get("Authorization"), parse_qs(form)))
            say(request, self.answer, status=self.status)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        provider.handle(request)

    with serving(answer) as (port, _):
        provider = Desk(port, tmp_path)
        yield provider


def test_only_true_is_yes(desk: Desk) -> None:
    make_key(desk.keys, "county")
    assert desk.introspection.is_active(desk.known(), "yes")
    for place, answer in enumerate((b'{"active": false}', b'{"active": "true"}', b'{"active": 1}', b"{}")):
        desk.answer = answer
        assert not desk.introspection.is_active(desk.known(), f"no {place}")


def test_an_answer_is_used_for_a_second_and_for_its_token_only(desk: Desk) -> None:
    make_key(desk.keys, "county")
    assert desk.introspection.is_active(desk.known(), "t")
    desk.answer = b'{"active": false}'
    assert desk.introspection.is_active(desk.known(), "t") or len(desk.asked) > 1
    assert not desk.introspection.is_active(desk.known(), "other")
    for name, (_, active) in desk.introspection._answers.items():
        desk.introspection._answers[name] = (float("-inf"), active)
    assert not desk.introspection.is_active(desk.known(), "t")


@pytest.mark.parametrize("answer", [b"", b"[]", b"yes", b'{"active": true, "active": true}'])
def test_what_cannot_be_read_is_no_answer(desk: Desk, answer: bytes) -> None:
    make_key(desk.keys, "county")
    desk.answer = answer
    with pytest.raises(IssuerUnavailable):
        desk.introspection.is_active(desk.known(), "t")


def test_an_error_is_no_answer(desk: Desk) -> None:
    make_key(desk.keys, "county")
    desk.status = 500
    with pytest.raises(IssuerUnavailable):
        desk.introspection.is_active(desk.known(), "t")


def test_we_prove_who_we_are_as_the_profile_says(desk: Desk) -> None:
    with pytest.raises(IssuerUnavailable):
        desk.introspection.is_active(desk.known(), "t")
    make_key(desk.keys, "county")
    assert desk.introspection.is_active(desk.known(), "t")
    authorization, form = desk.asked[-1]
    assert authorization is None
    assert form["client_id"] == ["writgate"]
    assert form["client_assertion"]
    secret_file(desk.keys, "county").write_text("s:cret\n")
    assert desk.introspection.is_active(desk.known(authentication="client_secret_basic"), "u")
    authorization, form = desk.asked[-1]
    assert base64.b64decode(str(authorization).removeprefix("Basic ")) == b"writgate:s%3Acret"
    assert "client_assertion" not in form
