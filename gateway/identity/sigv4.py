"""AWS Signature Version 4, as a service verifies it: who signed knows the secret, and signed this very request.

The steps are those of AWS's "Create a signed AWS API request": canonical request, string to sign, signing key,
signature. What is compared is never what the client says but what arrived: the digest is of the body that was read, and
`host` is that of the public URL, because a proxy may have changed the header. `host`, `x-amz-date` and
`x-amz-security-token` must be among the signed headers, and so must `content-type` and every `x-amz-` or `x-writgate-`
header that was sent. The time must be within five minutes of ours. A signature has no nonce: within that time the same
request, byte for byte, may come twice, and programs do send it twice.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ALGORITHM: Final = "AWS4-HMAC-SHA256"
TOKEN_HEADER: Final = "x-amz-security-token"  # noqa: S105 - the name of a header
STORY_PREFIX: Final = "x-writgate-"  # of the headers by which a request narrows its token
SKEW: Final = 300  # seconds
_TERMINATOR: Final = "aws4_request"
_REQUIRED: Final = frozenset({"host", "x-amz-date", TOKEN_HEADER})
_AUTHORIZATION: Final = re.compile(
    rf"{ALGORITHM} Credential=(?P<key>[A-Z0-9]{{16,64}})/(?P<date>\d{{8}})/(?P<region>[a-z0-9-]{{1,32}})"
    rf"/(?P<service>[a-z0-9-]{{1,32}})/{_TERMINATOR}, ?SignedHeaders=(?P<signed>[a-z0-9;-]{{1,1024}}), ?"
    r"Signature=(?P<signature>[0-9a-f]{64})"
)
_UNRESERVED: Final = "-_.~"


class InvalidSignature(Exception):  # noqa: N818 - names the condition
    """The sentence quotes nothing that was sent."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request as it arrived. Names of headers are in lower case; `body` reads it, after the token was found good."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: Callable[[], bytes]


def verify(request: SignedRequest, *, access_key: str, secret: str, now: float) -> None:
    """Raises InvalidSignature unless the holder of `secret` signed the request."""
    header = _AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
    if header is None:
        raise InvalidSignature("The Authorization header is not one of AWS Signature Version 4.")
    if header["key"] != access_key:
        raise InvalidSignature("The access key id is not that of the session token.")
    moment = request.headers.get("x-amz-date", "")
    if moment[:8] != header["date"] or abs(_seconds(moment) - now) > SKEW:
        raise InvalidSignature("The request was signed more than five minutes ago, or in the future (X-Amz-Date).")
    signed = header["signed"].split(";")
    if signed != sorted(set(signed)) or not _must_be_signed(request.headers) <= set(signed) <= set(request.headers):
        raise InvalidSignature("Not every header that must be signed was signed, once and in order (SignedHeaders).")
    scope = f"{header['date']}/{header['region']}/{header['service']}/{_TERMINATOR}"
    canonical = hashlib.sha256(canonical_request(request, signed).encode()).hexdigest()
    key = signing_key(secret, header["date"], header["region"], header["service"])
    expected = hmac.digest(key, f"{ALGORITHM}\n{moment}\n{scope}\n{canonical}".encode(), "sha256").hex()
    if not hmac.compare_digest(expected, header["signature"]):
        raise InvalidSignature("The signature does not fit the request and the session token.")


def canonical_request(request: SignedRequest, signed: list[str]) -> str:
    """The request in its one spelling. The path is encoded once more than it was sent, as for every service but S3."""
    headers = "".join(f"{name}:{' '.join(request.headers[name].split())}\n" for name in signed)
    digest = hashlib.sha256(request.body()).hexdigest()
    path = quote(request.path or "/", safe="/" + _UNRESERVED)
    return "\n".join([request.method, path, _canonical_query(request.query), headers, ";".join(signed), digest])


def signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, _TERMINATOR):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def _canonical_query(query: str) -> str:
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    encoded = [(_encode(name), _encode(value)) for name, _, value in pairs]
    return "&".join(f"{name}={value}" for name, value in sorted(encoded))


def _encode(text: str) -> str:
    return quote(unquote(text), safe=_UNRESERVED)


def _must_be_signed(headers: Mapping[str, str]) -> set[str]:
    sent = {name for name in headers if name == "content-type" or name.startswith(("x-amz-", STORY_PREFIX))}
    return sent | _REQUIRED


def _seconds(moment: str) -> float:
    try:
        return datetime.strptime(moment, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise InvalidSignature("The header X-Amz-Date is missing or malformed.") from None
