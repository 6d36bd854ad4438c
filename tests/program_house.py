"""A program of an agency: a client with a key of its own, another for DPoP, and everything that it may ask of OAuth."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from gate_house import OPERATOR, Force, GateHouse

from gateway.identity.client_credentials import ASSERTION_TYPE, make_assertion, public_part
from gateway.identity.client_sender import Sender
from gateway.identity.clients import (
    AUTHORIZATION_CODE,
    CLIENT_CREDENTIALS,
    DEVICE_CODE,
    REFRESH_TOKEN,
    TOKEN_EXCHANGE,
)
from gateway.identity.keys import new_key
from gateway.registry.models import ClientWrite
from gateway.vocabulary import Scope

if TYPE_CHECKING:
    from console_house import Person
    from flask import Flask
    from joserfc.jwk import ECKey
    from werkzeug.test import TestResponse

REDIRECT_URI = "https://desk.example/callback?of=desk"
SCOPES = (Scope.SEARCHES_WRITE, Scope.SEARCHES_READ, Scope.GALLERIES_READ)
ALL_GRANTS = (CLIENT_CREDENTIALS, AUTHORIZATION_CODE, REFRESH_TOKEN, DEVICE_CODE, TOKEN_EXCHANGE)
_numbers = itertools.count(1)


@dataclass(slots=True)
class Program:
    house: GateHouse
    app: Flask
    id: str
    key: ECKey
    sender: Sender
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    def send(self, path: str, form: dict[str, str], *, proof: bool = True, authenticate: bool = True) -> TestResponse:
        """A form to an endpoint; with a proof of the program's key, and authenticated by its other key."""
        if authenticate:
            assertion = make_assertion(
                client_id=self.id,
                private_jwk=self.key.as_dict(private=True),
                issuer=self.house.settings.issuer,
            )
            form = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion} | form
        headers: dict[str, str] = {}
        if proof:
            self.sender.learn(self.house.services.authorization_server.senders.nonces.current())
            headers = self.sender.headers("POST", path)
        answer: TestResponse = self.app.test_client().post(path, data=form, headers=headers)
        return answer

    def request(self, **changes: str | None) -> dict[str, str]:
        """A good authorization request; a change to None leaves the parameter out."""
        good: dict[str, str | None] = {
            "response_type": "code",
            "redirect_uri": REDIRECT_URI,
            "scope": "searches:write galleries:read",
            "state": "a state of the program",
            "code_challenge": challenge(self.verifier),
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in (good | changes).items() if value is not None}

    def push(self, *, proof: bool = False, **changes: str | None) -> TestResponse:
        return self.send("/oauth/par", self.request(**changes), proof=proof)

    def pushed(self, *, proof: bool = False, **changes: str | None) -> str:
        """The request_uri of a good request."""
        answer = self.push(proof=proof, **changes)
        assert answer.status_code == 201, answer.json
        assert answer.json is not None
        return str(answer.json["request_uri"])

    def place(self, request_uri: str) -> str:
        return f"/oauth/authorize?client_id={self.id}&request_uri={request_uri}"

    def answer(self, person: Person, request_uri: str, decision: str = "allow") -> TestResponse:
        """What the person's browser is told after the form of the consent page was sent."""
        form = {"client_id": self.id, "request_uri": request_uri, "decision": decision}
        return person.post("/oauth/authorize", form)

    def code(self, person: Person, *, proof: bool = False, **changes: str | None) -> str:
        answer = self.answer(person, self.pushed(proof=proof, **changes))
        return told(answer)["code"]

    def redeem(self, code: str, *, proof: bool = True, **changes: str) -> TestResponse:
        form = {
            "grant_type": AUTHORIZATION_CODE,
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "code_verifier": self.verifier,
        }
        return self.send("/oauth/token", form | changes, proof=proof)

    def tokens(self, person: Person, **changes: Any) -> dict[str, Any]:
        """The token response after the person allowed it."""
        return ok(self.redeem(self.code(person, **changes)))

    def refresh(self, refresh_token: str, **changes: str) -> TestResponse:
        return self.send("/oauth/token", {"grant_type": REFRESH_TOKEN, "refresh_token": refresh_token} | changes)

    def introspect(self, token: str) -> dict[str, Any]:
        return ok(self.send("/oauth/introspect", {"token": token}))

    def get(self, path: str, token: str) -> TestResponse:
        """A request to the API with the token and a proof."""
        self.sender.learn(self.house.services.authorization_server.senders.nonces.current())
        headers = self.sender.headers("GET", path, token=token)
        answer: TestResponse = self.app.test_client().get(path, headers=headers)
        return answer


def program(house: GateHouse, app: Flask, force: Force, **fields: Any) -> Program:
    """A client of the agency that may use every grant, registered by the operator."""
    key, name = new_key(), fields.get("id", f"{force.agency}/program-{next(_numbers)}")
    values: dict[str, Any] = {
        "id": name,
        "agency": force.agency,
        "name": "Field Desk",
        "scopes": [str(scope) for scope in SCOPES],
        "jwks": {"keys": [public_part(key.as_dict(private=True))]},
        "grant_types": list(ALL_GRANTS),
        "redirect_uris": [REDIRECT_URI],
    }
    house.services.registry.put_client(ClientWrite.model_validate(values | fields), actor=OPERATOR)
    return Program(house, app, name, key, Sender(house.settings.issuer))


def challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def ok(answer: TestResponse) -> dict[str, Any]:
    assert answer.status_code == 200, answer.json
    assert answer.json is not None
    return dict(answer.json)


def refused(answer: TestResponse) -> tuple[str, str]:
    """Error and code of a refusal of the token endpoint or its neighbours."""
    assert answer.status_code == 400, (answer.status_code, answer.text)
    assert answer.json is not None
    assert answer.headers["Cache-Control"] == "no-store"
    return str(answer.json["error"]), str(answer.json.get("code", ""))


def told(answer: TestResponse) -> dict[str, str]:
    """What the redirect back to the program says."""
    assert answer.status_code == 303, answer.text
    place = urlsplit(answer.headers["Location"])
    assert f"{place.scheme}://{place.netloc}{place.path}" == REDIRECT_URI.partition("?")[0]
    said = {name: values[0] for name, values in parse_qs(place.query).items()}
    assert said.pop("of") == "desk"
    assert said["iss"], "every answer names its issuer (RFC 9207)"
    return said


def claims(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return found
