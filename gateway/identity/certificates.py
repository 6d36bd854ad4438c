"""Client certificates (RFC 8705), as the TLS proxy in front passes them on.

The gateway does not end TLS itself: the proxy saw the handshake, and with it that the client holds the key. So a
certificate is believed only from whoever also sends the secret that the settings name; a header of the same name from
anybody else is nothing. The header is that of RFC 9440 (`:base64:`) or PEM in percent-encoding, as nginx writes it.
An authority's certificates count only where the settings name its file: what the proxy checked of a chain is not asked.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding

if TYPE_CHECKING:
    from gateway.settings import Settings

SECRET_HEADER: Final = "Writgate-Proxy-Secret"  # noqa: S105 - the name of a header
_LONGEST: Final = 16_384


class Certificates:
    """What the settings say about certificates. Safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        self.header = settings.client_certificate_header
        self._secret = settings.proxy_secret
        authorities = settings.client_certificate_authorities
        self._authorities = x509.load_pem_x509_certificates(authorities.read_bytes()) if authorities is not None else []

    @property
    def offered(self) -> bool:
        return self.header is not None

    @property
    def authorities_known(self) -> bool:
        return bool(self._authorities)

    def read(self, value: str | None, *, secret: str | None) -> bytes | None:
        """The certificate in DER; None where there is none, or where it is not the proxy that says so."""
        if value is None or self._secret is None or len(value) > _LONGEST:
            return None
        if secret is None or not hmac.compare_digest(secret.encode(), self._secret.encode()):
            return None
        try:
            if value.startswith(":"):
                return base64.b64decode(value.strip(":"), validate=True)
            return x509.load_pem_x509_certificate(unquote(value).encode("ascii")).public_bytes(Encoding.DER)
        except (ValueError, binascii.Error):
            return None

    def subject(self, der: bytes) -> str | None:
        """The subject (RFC 4514) of a certificate that is in force and that a known authority made; else None."""
        try:
            certificate = x509.load_der_x509_certificate(der)
        except ValueError:
            return None
        now = datetime.now(UTC)
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            return None
        made = any(_made_by(certificate, authority, now) for authority in self._authorities)
        return certificate.subject.rfc4514_string() if made else None


def thumbprint(der: bytes) -> str:
    """`x5t#S256` of RFC 8705 section 3.1."""
    return base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()


def _made_by(certificate: x509.Certificate, authority: x509.Certificate, now: datetime) -> bool:
    """Directly: an intermediate authority is named by its own certificate in the file."""
    try:
        certificate.verify_directly_issued_by(authority)
        constraints = authority.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    return constraints.ca and authority.not_valid_before_utc <= now <= authority.not_valid_after_utc
