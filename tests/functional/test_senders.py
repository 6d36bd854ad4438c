"""Sender-constrained tokens over HTTP, on a gateway that takes nothing less: what strangers and programs meet."""

from __future__ import annotations

import http.client
import json
import sys
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ProcessProvider
from click.testing import CliRunner

from gateway.cli import main
from gateway.cli.demo.seed import CASE, GALLERY

if TYPE_CHECKING:
    from gateway_house import House

pytestmark = pytest.mark.photographs
PATH = "/v1/galleries"


def get(house: House, path: str, *headers: tuple[str, str]) -> tuple[int, dict[str, Any], http.client.HTTPMessage]:
    """Raw, so that a header can be sent twice."""
    connection = http.client.HTTPConnection(house.settings.host, house.settings.port, timeout=60)
    connection.putrequest("GET", path)
    for name, value in headers:
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    document = json.loads(answer.read())
    connection.close()
    return answer.status, document, answer.headers


def test_the_commands_bind_their_tokens_and_a_plain_token_is_not_given(own_house: House) -> None:
    home = ["--home", str(own_house.settings.home), "--client", "lakeport"]
    listed = CliRunner().invoke(main, ["gallery", "list", *home])
    assert listed.exit_code == 0, listed.output
    assert GALLERY in listed.output
    refused = CliRunner().invoke(main, ["token", *home])
    assert refused.exit_code == 1
    assert "sender-constrained" in refused.output


def test_a_stolen_token_is_worth_nothing_without_its_key(own_house: House) -> None:
    api = own_house.api()
    assert api.token is not None
    assert api.sender is not None
    assert api.get(PATH).status == 200
    sent = api.sender.headers("GET", PATH, token=api.token)
    dpop, authorization = ("DPoP", sent["DPoP"]), ("Authorization", sent["Authorization"])
    status, document, headers = get(own_house, PATH, ("Authorization", f"Bearer {api.token}"))
    assert (status, document["code"]) == (401, "TOKEN_BOUND")
    assert headers["WWW-Authenticate"].startswith('DPoP realm="writgate", algs="ES256 PS256 EdDSA Ed25519", error=')
    assert get(own_house, PATH, authorization)[1]["code"] == "DPOP_PROOF_INVALID"
    assert get(own_house, PATH, authorization, dpop, dpop)[1]["code"] == "DPOP_PROOF_INVALID"
    assert get(own_house, PATH + "/other", authorization, dpop)[0] in {401, 404, 405}
    status, _, headers = get(own_house, PATH, authorization, dpop, ("Host", "evil.example"))
    assert status == 200
    assert headers["DPoP-Nonce"]
    assert headers["RateLimit-Policy"].startswith('"client";q=')
    again = get(own_house, PATH, authorization, dpop)
    assert (again[0], again[1]["code"]) == (401, "DPOP_PROOF_INVALID")


def test_an_unknown_nonce_is_answered_with_the_right_one(own_house: House) -> None:
    api = own_house.api()
    assert api.token is not None
    assert api.sender is not None
    api.sender.learn("stale")
    sent = api.sender.headers("GET", PATH, token=api.token)
    status, document, headers = get(own_house, PATH, *sent.items())
    assert (status, document["code"]) == (401, "DPOP_NONCE_WANTED")
    assert 'error="use_dpop_nonce"' in headers["WWW-Authenticate"]
    api.sender.learn("stale")
    assert api.get(PATH).status == 200


def test_a_scope_that_is_missing_is_403_with_the_scheme_of_the_token(own_house: House) -> None:
    api = own_house.api("auditor")
    assert api.token is not None
    assert api.sender is not None
    path = "/v1/searches"
    status, document, headers = get(own_house, path, *api.sender.headers("GET", path, token=api.token).items())
    assert (status, document["code"]) == (403, "SCOPE_MISSING")
    assert headers["WWW-Authenticate"].startswith("DPoP ")
    assert 'error="insufficient_scope"' in headers["WWW-Authenticate"]


def test_an_aws_sdk_gets_its_credentials_from_the_command_and_signs_with_them(own_house: House) -> None:
    command = (
        f"{sys.executable} -P -m gateway.cli token --aws --home {own_house.settings.home} --client lakeport"
        f" --purpose locate_missing_person --case {CASE} --gallery {GALLERY}"
    )
    profile = {"profiles": {"lakeport": {"credential_process": command}}}
    credentials = ProcessProvider("lakeport", lambda: profile).load()
    assert credentials is not None

    def ask(path: str, *, method: str = "GET", body: bytes = b"", spoil: bool = False) -> tuple[int, dict[str, Any]]:
        request = AWSRequest(method, own_house.url + path, data=body, headers={"Content-Type": "application/json"})
        SigV4Auth(credentials.get_frozen_credentials(), "rekognition", "us-west-2").add_auth(request)
        sent = urllib.request.Request(
            own_house.url + path,
            data=(body + b" " if spoil else body) or None,
            headers=dict(request.headers.items()),
            method=method,
        )
        try:
            with urllib.request.urlopen(sent, timeout=60) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    assert ask(f"{PATH}?limit=5")[0] == 200
    body = json.dumps(own_house.search_body(instrument=own_house.order())).encode()
    status, answer = ask("/v1/searches", method="POST", body=body)
    assert (status, answer["status"]) == (200, "completed"), answer
    elsewhere = json.dumps(own_house.search_body(case_number="2026-9999")).encode()
    assert ask("/v1/searches", method="POST", body=elsewhere)[0] == 403
    status, answer = ask("/v1/searches", method="POST", body=body, spoil=True)
    assert (status, answer["code"]) == (401, "SIGNATURE_INVALID")
