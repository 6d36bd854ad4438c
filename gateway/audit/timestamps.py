"""Time stamps (RFC 3161) read and verified with nothing but Python and `cryptography`, for whoever is offline.

A response holds a CMS SignedData over a TSTInfo, which names the SHA-256 of what was stamped and the time. It is
verified here that the authority's certificate is for time stamping alone, that one of the given roots stands behind it,
that it signed this TSTInfo, and that the TSTInfo is of this message. Only DER, only SHA-2, only RSA and ECDSA.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from gateway.audit.errors import TimestampInvalid

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SIGNED_DATA: Final = bytes.fromhex("2a864886f70d010702")
_TST_INFO: Final = bytes.fromhex("2a864886f70d0109100104")
_CONTENT_TYPE: Final = bytes.fromhex("2a864886f70d010903")
_MESSAGE_DIGEST: Final = bytes.fromhex("2a864886f70d010904")
_DIGESTS: Final[dict[bytes, hashes.HashAlgorithm]] = {
    bytes.fromhex("608648016503040201"): hashes.SHA256(),
    bytes.fromhex("608648016503040202"): hashes.SHA384(),
    bytes.fromhex("608648016503040203"): hashes.SHA512(),
}
_INTEGER, _OCTETS, _OID, _SEQUENCE, _SET, _FIRST, _TIME = 0x02, 0x04, 0x06, 0x30, 0x31, 0xA0, 0x18
_DEEPEST_CHAIN: Final = 4
# What bytes that are no time stamp make a reader of DER and certificates raise.
_UNREADABLE: Final = (
    ValueError,
    IndexError,
    StopIteration,
    TypeError,
    OverflowError,
    UnsupportedAlgorithm,
    x509.ExtensionNotFound,
    x509.DuplicateExtension,
    x509.InvalidVersion,
)


@dataclass(frozen=True, slots=True)
class _Element:
    """One DER element: its tag, its content, and all its bytes."""

    tag: int
    content: bytes
    whole: bytes

    def parts(self) -> list[_Element]:
        return list(_elements(self.content))


def verify_timestamp(response: bytes, message: bytes, roots: Sequence[x509.Certificate]) -> datetime:
    """The time at which an authority behind one of `roots` stamped `message`.

    Raises:
        TimestampInvalid: it did not, or the response cannot be read.
    """
    try:
        return _verified(response, message, roots)
    except _UNREADABLE as error:
        raise TimestampInvalid("the time stamp cannot be read") from error


def _verified(response: bytes, message: bytes, roots: Sequence[x509.Certificate]) -> datetime:
    status, *token = _one(response, _SEQUENCE).parts()
    if _number(status.parts()[0]) not in {0, 1} or not token:
        raise TimestampInvalid("the authority did not grant the time stamp")
    signed = _content(token[0], _SIGNED_DATA).parts()
    encapsulated = signed[2]
    info = _one(_content_octets(encapsulated), _SEQUENCE)
    certificates = [
        x509.load_der_x509_certificate(item.whole) for part in signed[3:] if part.tag == _FIRST for item in part.parts()
    ]
    (signer,) = next(part for part in reversed(signed) if part.tag == _SET).parts()
    certificate = _signers_certificate(signer, certificates)
    _check_signature(signer, certificate, info)
    stamped, time = _stamped(info)
    if stamped not in {hashlib.new(name, message).digest() for name in ("sha256", "sha384", "sha512")}:
        raise TimestampInvalid("the time stamp is of something else")
    _check_chain(certificate, certificates, roots, time)
    return time


def in_order(response: bytes) -> bytes:
    """The same with its certificates in the order that DER asks of a set. OpenSSL's authorities send them in any, which
    a strict reader refuses; they are not signed, so the order says nothing.

    Raises:
        TimestampInvalid: the response cannot be read.
    """
    try:
        _, *token = _one(response, _SEQUENCE).parts()
        for part in _content(token[0], _SIGNED_DATA).parts()[3:] if token else ():
            if part.tag == _FIRST:
                ordered = sorted(item.whole for item in part.parts())
                return response.replace(part.content, b"".join(ordered), 1)
    except _UNREADABLE as error:
        raise TimestampInvalid("the time stamp cannot be read") from error
    return response


def _stamped(info: _Element) -> tuple[bytes, datetime]:
    parts = info.parts()
    time = next(part for part in parts if part.tag == _TIME).content.decode("ascii")
    whole, _, fraction = time.removesuffix("Z").partition(".")
    moment = datetime.strptime(whole, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return parts[2].parts()[1].content, moment + timedelta(seconds=float(f"0.{fraction or 0}"))


def _signers_certificate(signer: _Element, certificates: Sequence[x509.Certificate]) -> x509.Certificate:
    issuer, serial = signer.parts()[1].parts()
    for certificate in certificates:
        if certificate.issuer.public_bytes() == issuer.whole and certificate.serial_number == _number(serial):
            usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
            if not usage.critical or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
                raise TimestampInvalid("the signer's certificate is not for time stamping alone")
            return certificate
    raise TimestampInvalid("the signer's certificate is not in the time stamp")


def _check_signature(signer: _Element, certificate: x509.Certificate, info: _Element) -> None:
    parts = signer.parts()
    digest = _digest(parts[2])
    attributes = next(part for part in parts if part.tag == _FIRST)
    values = {part.parts()[0].content: part.parts()[1].parts()[0].content for part in attributes.parts()}
    hashed = hashes.Hash(digest)
    hashed.update(info.whole)
    if values.get(_CONTENT_TYPE) != _TST_INFO or values.get(_MESSAGE_DIGEST) != hashed.finalize():
        raise TimestampInvalid("the time stamp's content is not what was signed")
    # The attributes are signed as a SET, and stand in the message under another tag.
    signed = bytes([_SET]) + attributes.whole[1:]
    algorithm, signature = parts[4], parts[5].content
    key = certificate.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, signed, padding.PKCS1v15(), digest)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, signed, ec.ECDSA(digest))
        else:
            raise TimestampInvalid("the authority's key is of a kind that is not read here")
    except InvalidSignature:
        raise TimestampInvalid("the authority did not sign this time stamp") from None
    if algorithm.tag != _SEQUENCE:
        raise TimestampInvalid("the time stamp names no algorithm")


def _check_chain(
    certificate: x509.Certificate,
    others: Sequence[x509.Certificate],
    roots: Sequence[x509.Certificate],
    time: datetime,
) -> None:
    for _ in range(_DEEPEST_CHAIN):
        if not _was_valid(certificate, time):
            raise TimestampInvalid("a certificate of the authority was not valid then")
        if certificate in roots or any(_issued(root, certificate) and _was_valid(root, time) for root in roots):
            return
        above = next((other for other in others if other != certificate and _issued(other, certificate)), None)
        if above is None:
            break
        certificate = above
    raise TimestampInvalid("none of the roots stands behind the time stamp")


def _was_valid(certificate: x509.Certificate, time: datetime) -> bool:
    return certificate.not_valid_before_utc <= time <= certificate.not_valid_after_utc


def _issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
        return issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False


def _content(element: _Element, kind: bytes) -> _Element:
    """What a ContentInfo of that kind holds."""
    name, explicit = element.parts()
    if name.tag != _OID or name.content != kind:
        raise TimestampInvalid("the time stamp is not a CMS message of the kind that RFC 3161 names")
    return _one(explicit.content, _SEQUENCE)


def _content_octets(element: _Element) -> bytes:
    name, explicit = element.parts()
    if name.content != _TST_INFO:
        raise TimestampInvalid("what was signed is no time stamp")
    return _one(explicit.content, _OCTETS).content


def _digest(element: _Element) -> hashes.HashAlgorithm:
    found = _DIGESTS.get(element.parts()[0].content)
    if found is None:
        raise TimestampInvalid("the time stamp uses a digest that is not read here")
    return found


def _number(element: _Element) -> int:
    if element.tag != _INTEGER:
        raise ValueError("not a number")
    return int.from_bytes(element.content, signed=True)


def _one(content: bytes, tag: int) -> _Element:
    (element,) = _elements(content)
    if element.tag != tag:
        raise ValueError("another element stands there")
    return element


def _elements(content: bytes) -> Iterator[_Element]:
    """The DER elements that bytes consist of. Raises ValueError, IndexError."""
    at = 0
    while at < len(content):
        start, tag, length = at, content[at], content[at + 1]
        at += 2
        if length & 0x80:
            count = length & 0x7F
            if not 1 <= count <= 4:  # noqa: PLR2004  no time stamp is longer than four bytes can say
                raise ValueError("not DER")
            length = int.from_bytes(content[at : at + count])
            at += count
        if tag & 0x1F == 0x1F or at + length > len(content):  # noqa: PLR2004  a long tag
            raise ValueError("not DER")
        yield _Element(tag, content[at : at + length], content[start : at + length])
        at += length
