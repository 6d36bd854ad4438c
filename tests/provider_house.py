"""A real foreign provider, npm's `oidc-provider`, run on this machine: its keys are ours, so it can be rotated, stopped
and started again, and what it might be made to sign can be signed for it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from typing import TYPE_CHECKING, Any

import node_house
import pytest
from joserfc import jwt
from patience import PATIENCE_SECONDS

from gateway.cli.serve import free_port
from gateway.identity.client_credentials import ASSERTION_TYPE, make_assertion, public_part
from gateway.identity.client_sender import Sender
from gateway.identity.keys import new_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from joserfc.jwk import ECKey

ACCOUNT = "subject-1"
DESK, OTHER_DESK = "county-desk", "other-desk"  # programs of agencies, clients there
RELYING = "writgate"  # this gateway, a client there
CALLBACK = "http://127.0.0.1:1/callback"
SCOPE = "searches:write searches:read galleries:read"
FOREIGN_ACR = "urn:county:two-factors"


@dataclass
class Provider:
    """`gateway` is the audience of its tokens; `audiences` what it makes tokens for."""

    folder: Path
    port: int
    gateway: str
    settings: dict[str, Any] = field(default_factory=dict)
    logout_uri: str = ""
    key: ECKey = field(default_factory=new_key)
    client_keys: dict[str, ECKey] = field(default_factory=lambda: {n: new_key() for n in (DESK, OTHER_DESK, RELYING)})
    process: subprocess.Popen[str] | None = None

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        script = node_house.packages() / "provider.mjs"
        config = self.folder / "provider.json"
        config.write_text(json.dumps(self._config()))
        self.process = subprocess.Popen(
            ["node", str(script), str(config)],  # noqa: S607 - found by node_house
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout is not None
        while (line := self.process.stdout.readline()) != "ready\n":
            if not line:
                pytest.fail("the provider did not start")

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            assert self.process.stdout is not None
            self.process.stdout.close()
            self.process = None

    def rotate(self) -> None:
        """Other keys from now on; the old ones are gone, as after a theft."""
        self.stop()
        self.key = new_key()
        self.start()

    def _config(self) -> dict[str, Any]:
        programs = [
            {
                "client_id": name,
                "token_endpoint_auth_method": "private_key_jwt",
                "token_endpoint_auth_signing_alg": "ES256",
                "jwks": {"keys": [public_part(self.client_keys[name].as_dict(private=True))]},
                "grant_types": ["client_credentials", "authorization_code"],
                "redirect_uris": [CALLBACK],
                "id_token_signed_response_alg": "ES256",
            }
            for name in (DESK, OTHER_DESK)
        ]
        relying = programs[0] | {
            "client_id": RELYING,
            "jwks": {"keys": [public_part(self.client_keys[RELYING].as_dict(private=True))]},
            "grant_types": ["authorization_code"],
            "redirect_uris": [f"{self.gateway}/console/sign-in/issuers/county/back"],
            "backchannel_logout_uri": self.logout_uri or f"{self.gateway}/oauth/issuers/county/logout",
            "backchannel_logout_session_required": True,
            "post_logout_redirect_uris": [CALLBACK],
        }
        return {
            "issuer": self.issuer,
            "port": self.port,
            "jwks": {"keys": [self.key.as_dict(private=True)]},
            "clients": [*programs, relying],
            "account": ACCOUNT,
            "audience": self.gateway,
            "audiences": [self.gateway, "https://another-service.example"],
            "scope": SCOPE,
        } | self.settings

    def counts(self) -> dict[str, int]:
        with urllib.request.urlopen(f"{self.issuer}/counts", timeout=PATIENCE_SECONDS) as answer:
            return dict(json.loads(answer.read()))

    def program_token(self, client: str = DESK, *, bound_to: ECKey | None = None, **form: str) -> str:
        """An access token for a program alone, bound to the key where one is given."""
        return self._token(client, bound_to, grant_type="client_credentials", scope=SCOPE, **form)

    def user_token(self, client: str = DESK, *, bound_to: ECKey | None = None) -> str:
        """An access token for the person who signs in there through that program, by code, PKCE and private_key_jwt."""
        verifier = secrets.token_urlsafe(48)
        query = {
            "client_id": client,
            "response_type": "code",
            "redirect_uri": CALLBACK,
            "scope": f"openid {SCOPE}",
            "code_challenge": _s256(verifier),
            "code_challenge_method": "S256",
            "resource": self.gateway,
        }
        location = Browser().follow(f"{self.issuer}/auth?{urllib.parse.urlencode(query)}", until=CALLBACK)
        answer = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(location).query))
        assert "code" in answer, answer
        return self._token(
            client,
            bound_to,
            grant_type="authorization_code",
            code=answer["code"],
            redirect_uri=CALLBACK,
            code_verifier=verifier,
        )

    def _token(self, client: str, bound_to: ECKey | None, **form: str) -> str:
        sender = None if bound_to is None else Sender(self.issuer, bound_to)
        while True:
            form |= {
                "client_id": client,
                "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": make_assertion(
                    client_id=client, private_jwk=self.client_keys[client].as_dict(private=True), issuer=self.issuer
                ),
            }
            headers = {} if sender is None else sender.headers("POST", "/token")
            body = urllib.parse.urlencode(form).encode()
            request = urllib.request.Request(f"{self.issuer}/token", data=body, headers=headers)
            try:
                with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
                    return str(json.loads(answer.read())["access_token"])
            except urllib.error.HTTPError as error:
                with error:
                    document = json.loads(error.read())
                news = sender is not None and sender.learn(error.headers["DPoP-Nonce"])
                assert news, document

    def sign(self, claims: dict[str, Any], *, typ: str, key: ECKey | None = None, **header: Any) -> str:
        """What its key would sign."""
        signing = key or self.key
        return jwt.encode(
            {"alg": "ES256", "kid": signing.kid, "typ": typ} | header, claims, signing, algorithms=["ES256"]
        )

    def forge(self, *, typ: str = "at+jwt", key: ECKey | None = None, **claims: Any) -> str:
        """An access token like its own, but for what is overridden; `...` leaves a claim out."""
        now = int(time.time())
        good = {
            "iss": self.issuer,
            "aud": self.gateway,
            "sub": ACCOUNT,
            "client_id": DESK,
            "scope": SCOPE,
            "jti": secrets.token_urlsafe(12),
            "iat": now,
            "exp": now + 300,
        }
        body = {name: value for name, value in (good | claims).items() if value is not ...}
        return self.sign(body, typ=typ, key=key)


class Browser:
    """A browser without a window: it keeps cookies and follows redirects, one at a time."""

    def __init__(self) -> None:
        self.cookies = CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies), _Stay())

    def get(self, url: str) -> tuple[int, str, str]:
        """Status, where it sends us, and the body."""
        try:
            with self._opener.open(url, timeout=PATIENCE_SECONDS) as answer:
                return answer.status, "", answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers.get("Location", ""), error.read().decode()

    def post(self, url: str, form: dict[str, str]) -> int:
        try:
            with self._opener.open(url, data=urllib.parse.urlencode(form).encode(), timeout=PATIENCE_SECONDS) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def follow(self, url: str, *, until: str) -> str:
        """The first URL that begins with `until`, which is not opened."""
        for _ in range(20):
            if url.startswith(until):
                return url
            status, location, body = self.get(url)
            assert location, (status, url, body[:2000])
            url = urllib.parse.urljoin(url, location)
        pytest.fail("the redirects do not end")


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _s256(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


@contextmanager
def provider(gateway: str, **settings: Any) -> Iterator[Provider]:
    """A provider that makes tokens for the gateway of that URL."""
    folder = Path(tempfile.mkdtemp(prefix="wg-"))
    running = Provider(folder, free_port("127.0.0.1"), gateway, settings)
    try:
        running.start()
        yield running
    finally:
        running.stop()
        shutil.rmtree(folder)
