"""Independent OAuth clients against a running gateway: oauth4webapi, openid-client, requests-oauthlib and Authlib.

The programs ask; the person is played here over plain HTTP, with an invitation, a password and a code.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from console_house import PASSWORD, spelled_on
from joserfc.jwk import ECKey
from node_house import packages
from patience import PATIENCE_SECONDS

from gateway.cli.context import local_services
from gateway.cli.demo.seed import seed
from gateway.cli.people import people
from gateway.cli.serve import serving
from gateway.identity import totp
from gateway.identity.client_credentials import public_part
from gateway.identity.clients import AUTHORIZATION_CODE, CLIENT_CREDENTIALS, REFRESH_TOKEN
from gateway.identity.keys import new_key
from gateway.registry.models import Actor, ClientWrite
from gateway.settings import Settings
from gateway.vocabulary import AccountRole

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
REDIRECT_URI = "http://127.0.0.1:7/callback"  # nobody listens: the browser stops before it
USER = "lakeport-pd/ruiz"


@pytest.fixture(scope="module")
def gateway() -> Iterator[Settings]:
    """Bearer tokens are allowed for the one client below that knows no DPoP."""
    home = Path(tempfile.mkdtemp(prefix="wg-"))
    try:
        with serving(Settings(home=home, port=0, allow_bearer_tokens=True)) as (running, supervisor, deployment):
            try:
                seed(running, deployment)
                yield running
            finally:
                supervisor.end()
                deployment.destroy()
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="module")
def client(gateway: Settings) -> dict[str, Any]:
    """What a program of the agency is told about itself."""
    key = new_key()
    with local_services(gateway.home) as local:
        local.registry.put_client(
            ClientWrite(
                id="lakeport-pd/desk",
                agency="lakeport-pd",
                name="Field Desk",
                scopes=["searches:write", "galleries:read"],
                jwks={"keys": [public_part(key.as_dict(private=True))]},
                grant_types=[CLIENT_CREDENTIALS, AUTHORIZATION_CODE, REFRESH_TOKEN],
                redirect_uris=[REDIRECT_URI],
            ),
            actor=Actor(kind="operator", id="test"),
        )
    return {
        "issuer": gateway.issuer,
        "client_id": "lakeport-pd/desk",
        "private_jwk": key.as_dict(private=True),
        "redirect_uri": REDIRECT_URI,
    }


@pytest.fixture(scope="module")
def browser(gateway: Settings) -> requests.Session:
    """Somebody who has accepted an invitation and is signed in, with nothing but HTTP."""
    with people(gateway.home) as local:
        code = local.enrolment.invite(USER, role=AccountRole.USER, name=None, by="operator:test").code
    session = requests.Session()
    session.trust_env = False
    session.headers.update({"Origin": gateway.issuer, "Sec-Fetch-Site": "same-origin"})
    assert session.post(f"{gateway.issuer}/console/invitation", data={"code": code}, timeout=PATIENCE_SECONDS).ok
    secret = spelled_on(session.get(f"{gateway.issuer}/console/enrol", timeout=PATIENCE_SECONDS).text)
    shown = totp.code_at(secret, _step())
    form = {"password": PASSWORD, "code": shown}
    assert session.post(f"{gateway.issuer}/console/enrol/password", data=form, timeout=PATIENCE_SECONDS).ok
    return session


def _step() -> int:
    return int(time.time()) // totp.STEP


def allow(browser: requests.Session, place: str) -> str:
    """Opens the page, presses "Allow", and says where the browser would go."""
    page = browser.get(place, timeout=PATIENCE_SECONDS)
    assert page.status_code == 200, page.text
    form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text))
    action = place.partition("?")[0]
    answer = browser.post(action, data=form | {"decision": "allow"}, allow_redirects=False, timeout=PATIENCE_SECONDS)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


@contextmanager
def running(script: str, given: dict[str, Any]) -> Iterator[subprocess.Popen[str]]:
    """The program that is so called, and told what it must know."""
    if script.endswith(".mjs"):
        place = packages()
        command = ["node", "--no-warnings", str(place / script)]
    else:
        place = HERE / "python"
        command = [sys.executable, str(place / script)]
    process = subprocess.Popen(
        command,
        cwd=place,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        tell(process, json.dumps(given))
        yield process
    finally:
        process.kill()
        process.communicate()


def tell(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()


def heard(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    assert process.stderr is not None
    line = process.stdout.readline()
    assert line, process.stderr.read()
    found: dict[str, Any] = json.loads(line)
    return found


@pytest.mark.parametrize("script", ["oauth4webapi.mjs", "openid-client.mjs", "requests_oauthlib_client.py"])
def test_a_clients_library_goes_through_every_flow(
    script: str, client: dict[str, Any], browser: requests.Session
) -> None:
    """Discovery, PAR, PKCE, DPoP with nonces, `iss`, ID token, API, refresh, introspection, revocation, own token."""
    with running(script, client) as program:
        tell(program, allow(browser, heard(program)["open"]))
        said = heard(program)
    assert said == {
        "same_discovery": True,
        "subject": USER,
        "acr": "mfa",
        "token_type": "dpop",
        "api": 200,
        "before": True,
        "after": False,
        "own": "dpop",
        "own_scope": "galleries:read",
    }


def test_authlibs_client_gets_a_token_with_its_key_uses_it_introspects_it_and_revokes_it(
    gateway: Settings, client: dict[str, Any]
) -> None:
    """It signs with `private_key_jwt`, and knows nothing of DPoP."""
    url = gateway.issuer
    session = OAuth2Session(
        client["client_id"],
        ECKey.import_key(client["private_jwk"]),
        token_endpoint_auth_method="private_key_jwt",
        # Left out, it would send the key's name as a password (`client_secret_basic`), whatever is said above.
        revocation_endpoint_auth_method="private_key_jwt",
        scope="galleries:read",
    )
    session.trust_env = False
    session.register_client_auth_method(
        # What it calls the token endpoint becomes `aud`, which must be the issuer here.
        PrivateKeyJWT(url, headers={"kid": client["private_jwk"]["kid"]}, alg="ES256")
    )
    token = session.fetch_token(f"{url}/oauth/token", grant_type="client_credentials")
    assert token["scope"] == "galleries:read"
    assert session.get(f"{url}/v1/galleries", timeout=PATIENCE_SECONDS).status_code == 200

    def shown() -> dict[str, Any]:
        answer = session.introspect_token(f"{url}/oauth/introspect", token=token["access_token"])
        found: dict[str, Any] = answer.json()
        return found

    before = shown()
    assert (before["active"], before["client_id"]) == (True, client["client_id"])
    revoked = session.revoke_token(f"{url}/oauth/revoke", token=token["access_token"], token_type_hint="access_token")
    assert (revoked.status_code, revoked.content) == (200, b"{}")
    assert shown() == {"active": False}
