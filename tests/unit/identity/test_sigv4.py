"""Signature Version 4 against botocore's own signer, and session credentials from the token endpoint to a `Caller`."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from identity_house import House, open_house

from gateway.identity import sigv4
from gateway.identity.errors import AuthenticationError
from gateway.identity.presented import Presented
from gateway.identity.sigv4 import InvalidSignature, SignedRequest
from gateway.identity.tokens import LIFETIME, SESSION_LIFETIME
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import DatabaseFactory

    from gateway.settings import Settings

ACCESS_KEY, SECRET, TOKEN = "ASIA0123456789ABCDEF", "a-secret/of+forty-characters-0123456789a", "the.session.token"
URL = "https://faces.example/"
BODY = b'{"CollectionId": "missing"}'
STORY = {
    "type": "face_search",
    "purpose": "locate_missing_person",
    "case_number": "2026-0417",
    "galleries": ["missing"],
}


@pytest.fixture
def house(settings: Settings, database: DatabaseFactory) -> Iterator[House]:
    with open_house(settings, database) as opened:
        yield opened


def signed(
    url: str = URL,
    *,
    method: str = "POST",
    body: bytes = BODY,
    secret: str = SECRET,
    access_key: str = ACCESS_KEY,
    token: str = TOKEN,
    headers: dict[str, str] | None = None,
) -> SignedRequest:
    """The request as it arrives, signed by botocore as for a Rekognition program."""
    given = {"X-Amz-Target": "RekognitionService.ListFaces", "Content-Type": "application/x-amz-json-1.1"}
    sent = AWSRequest(method, url, headers=given | (headers or {}), data=body)
    SigV4Auth(Credentials(access_key, secret, token), "rekognition", "us-west-2").add_auth(sent)
    parts = urlsplit(url)
    arrived = {name.lower(): value for name, value in sent.headers.items()} | {"host": parts.netloc}
    return SignedRequest(method, parts.path, parts.query, arrived, lambda: body)


def refusal(request: SignedRequest, *, secret: str = SECRET, now: float | None = None) -> str:
    """The sentence with which it is refused; empty when it is not."""
    try:
        sigv4.verify(request, access_key=ACCESS_KEY, secret=secret, now=time.time() if now is None else now)
    except InvalidSignature as invalid:
        return invalid.sentence
    return ""


def without(request: SignedRequest, name: str) -> SignedRequest:
    return replace(request, headers={key: value for key, value in request.headers.items() if key != name})


def with_header(request: SignedRequest, name: str, value: str) -> SignedRequest:
    return replace(request, headers={**request.headers, name: value})


def test_the_signing_key_is_derived_as_aws_documents_it() -> None:
    key = sigv4.signing_key("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20120215", "us-east-1", "iam")
    assert key.hex() == "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d"


@pytest.mark.parametrize(
    "request_",
    [
        signed(),
        signed("https://faces.example:8443/"),
        signed("https://faces.example/v1/galleries?limit=5&cursor=a%2Fb&empty=", method="GET", body=b""),
        signed("https://faces.example/v1/galleries/a%20b/faces"),
        signed(body=b"\x00\xff" * 5000),
        signed(headers={"X-Amz-Note": "  two   spaces "}),
    ],
    ids=["rekognition", "port", "query", "path", "bytes", "spaces"],
)
def test_what_botocore_signs_is_good(request_: SignedRequest) -> None:
    moment = sigv4._seconds(request_.headers["x-amz-date"])
    assert refusal(request_, now=moment) == ""


def test_whatever_is_changed_on_the_way_is_refused() -> None:
    good = signed()
    assert refusal(good) == ""
    changed = [
        replace(good, body=lambda: BODY + b" "),
        replace(good, method="GET"),
        replace(good, path="/v1/searches"),
        replace(good, query="x=1"),
        with_header(good, "x-amz-target", "RekognitionService.DeleteFaces"),
        with_header(good, "content-type", "application/json"),
        with_header(good, "host", "evil.example"),
        with_header(good, "x-amz-security-token", "another"),
    ]
    for request in changed:
        assert refusal(request) == "The signature does not fit the request and the session token."
    assert "does not fit" in refusal(good, secret=SECRET[::-1])


def test_a_header_that_matters_must_be_signed() -> None:
    good = signed()
    for name in ("x-amz-target", "content-type", "x-amz-security-token", "x-amz-date", "host"):
        unsigned = good.headers["authorization"].replace(f"{name};", "").replace(f";{name}", "")
        assert "must be signed" in refusal(with_header(good, "authorization", unsigned)), name
    assert "must be signed" in refusal(with_header(good, "x-amz-late", "1"))
    assert "must be signed" in refusal(with_header(good, "x-writgate-case", "2026-0418"))
    assert "must be signed" in refusal(without(good, "x-amz-target"))
    header = good.headers["authorization"]
    for other in (header.replace("content-type;host", "host;content-type"), header.replace("host;", "host;host;")):
        assert "must be signed" in refusal(with_header(good, "authorization", other))


def test_a_signature_is_good_for_five_minutes_either_way() -> None:
    good = signed()
    moment = sigv4._seconds(good.headers["x-amz-date"])
    assert [refusal(good, now=moment + away) == "" for away in (-301, -299, 0, 299, 301)] == [
        False, True, True, True, False,
    ]  # fmt: skip
    for date in ("", "20261129", "20261129T120000+0000", "99999999T999999Z", "2026-11-29T12:00:00Z"):
        assert "X-Amz-Date" in refusal(with_header(good, "x-amz-date", date))
    other_day = good.headers["authorization"].replace(good.headers["x-amz-date"][:8], "20200101")
    assert "X-Amz-Date" in refusal(with_header(good, "authorization", other_day))


@pytest.mark.parametrize(
    "header",
    [
        "",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=x",
        "AWS4-HMAC-SHA512 Credential=ASIA0123456789ABCDEF/20261129/us-west-2/rekognition/aws4_request",
        "AWS4-HMAC-SHA256 " + "x" * 20_000,
    ],
)
def test_what_is_no_such_header_is_refused(header: str) -> None:
    assert "not one of AWS" in refusal(with_header(signed(), "authorization", header))


def test_another_access_key_is_refused_before_the_body_is_read() -> None:
    def unread() -> bytes:
        pytest.fail("the body was read")

    good = signed(access_key="ASIAFEDCBA9876543210")
    assert "access key" in refusal(replace(good, body=unread))


def session(house: House, details: Any = STORY, **form: str) -> Any:
    asked = {"session_credentials": "aws", "authorization_details": json.dumps([details])} | form
    return house.ask(assertion=None, proof={}, **asked)


def sent(house: House, answer: dict[str, Any], **changes: str) -> Presented:
    """What the edge makes of a request that a program signed with the credentials it was given."""
    url = house.issuer + "/"
    request = signed(
        url,
        secret=changes.get("secret", answer["secret_access_key"]),
        access_key=answer["access_key_id"],
        token=changes.get("token", answer["access_token"]),
    )
    return Presented("POST", url, request.headers["authorization"], signed=request)


def code(house: House, presented: Presented) -> str:
    try:
        house.verifier.verify(presented)
    except AuthenticationError as error:
        return error.code
    return ""


def test_session_credentials_are_a_token_for_one_story_that_lives_an_hour_at_most(house: House) -> None:
    response = session(house)
    assert response.status_code == 200, response.json
    answer = response.json
    assert answer["token_type"] == "AWS4-HMAC-SHA256"
    assert answer["expires_in"] == SESSION_LIFETIME == 3600
    assert len(answer["secret_access_key"]) == 40
    caller = house.verifier.verify(sent(house, answer))
    assert (caller.client, caller.expires_at - caller.issued_at) == ("lakeport-app", 3600)
    assert caller.binding is not None
    assert (caller.binding.method, caller.binding.value) == ("sigv4", answer["access_key_id"])
    assert caller.covers(purpose="locate_missing_person", case_number="2026-0417", instrument=None, gallery="missing")
    assert not caller.covers(
        purpose="locate_missing_person", case_number="2026-0418", instrument=None, gallery="missing"
    )
    (entry,) = house.entries(EntryKind.TOKEN_ISSUED)
    assert entry["bound"] == "sigv4"
    assert caller.scheme == "AWS4-HMAC-SHA256"


@pytest.mark.parametrize("left_out", ["purpose", "case_number", "galleries"])
def test_without_purpose_case_and_galleries_there_are_none(house: House, left_out: str) -> None:
    refused = session(house, {name: value for name, value in STORY.items() if name != left_out})
    assert (refused.status_code, refused.json["code"]) == (400, "SESSION_CREDENTIALS")


def test_of_two_stories_or_another_kind_there_are_none(house: House) -> None:
    two = house.ask(
        assertion=None, proof={}, session_credentials="aws", authorization_details=json.dumps([STORY, STORY])
    )
    other = session(house, session_credentials="gcp")
    nothing = house.ask(assertion=None, proof={}, session_credentials="aws")
    for refused in (two, other, nothing):
        assert refused.json is not None
        assert (refused.status_code, refused.json["code"]) == (400, "SESSION_CREDENTIALS")


def test_a_session_token_is_good_only_with_signatures_of_its_own_secret(house: House) -> None:
    answer, other = session(house).json, session(house).json
    assert code(house, sent(house, answer)) == ""
    assert code(house, sent(house, answer, secret=other["secret_access_key"])) == "SIGNATURE_INVALID"
    assert code(house, sent(house, answer, token=other["access_token"])) == "SIGNATURE_INVALID"
    assert code(house, house.bearer(answer["access_token"])) == "TOKEN_BOUND"
    proven = house.presented(house.proof("GET", "/v1/searches", token=answer["access_token"]))
    assert code(house, proven) == "TOKEN_NOT_BOUND"
    assert code(house, sent(house, answer, token=house.token())) == "TOKEN_NOT_BOUND"
    assert code(house, sent(house, answer, token="garbage")) == "TOKEN_MALFORMED"


def test_only_a_session_token_may_live_so_long_and_it_no_longer(house: House) -> None:
    now = int(house.view.now())
    answer = session(house).json
    for life, binding, expected in (
        (LIFETIME + 1, {"jkt": house.sender.key.thumbprint()}, "TOKEN_MALFORMED"),
        (SESSION_LIFETIME + 1, {"sigv4": answer["access_key_id"]}, "TOKEN_MALFORMED"),
    ):
        token = house.forge(iat=now, exp=now + life, cnf=binding)
        assert code(house, sent(house, answer, token=token)) == expected


def test_a_session_token_dies_with_its_client(house: House) -> None:
    answer = session(house).json
    assert code(house, sent(house, answer)) == ""
    house.set_status("client", "lakeport-app", "suspended")
    house.view.poll()
    house.set_status("client", "lakeport-app", "active")
    house.view.poll()
    assert code(house, sent(house, answer)) == "TOKEN_REVOKED"
