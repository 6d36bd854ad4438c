"""Registered clients as the OAuth library sees them, and the keys with which they sign.

Only PS256, ES256 and EdDSA are accepted, with keys of the matching kind and sufficient size (FAPI 2.0 section 5.4).
A client's keys come from the registry alone, never from the assertion.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from authlib.oauth2.rfc6749 import ClientMixin

from gateway.registry.public_keys import import_public_key

if TYPE_CHECKING:
    from gateway.registry.public_keys import PublicKey
    from gateway.registry.records import Client

PRIVATE_KEY_JWT: Final = "private_key_jwt"
CLIENT_SECRET_BASIC: Final = "client_secret_basic"  # noqa: S105 - the name of a method, RFC 7591 section 2
CLIENT_CREDENTIALS: Final = "client_credentials"
AUTHORIZATION_CODE: Final = "authorization_code"
REFRESH_TOKEN: Final = "refresh_token"  # noqa: S105 - the name of a grant type
DEVICE_CODE: Final = "urn:ietf:params:oauth:grant-type:device_code"
TOKEN_EXCHANGE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105 - as above
SELF_SIGNED_TLS: Final = "self_signed_tls_client_auth"  # RFC 8705 section 2.2
TLS: Final = "tls_client_auth"  # section 2.1
# What each algorithm wants for a key. `Ed25519` is the name that RFC 9864 gives to EdDSA with that curve.
KEY_TYPES: Final = {"ES256": "EC", "PS256": "RSA", "EdDSA": "OKP", "Ed25519": "OKP"}
ASSERTION_ALGORITHMS: Final = tuple(KEY_TYPES)


class RegisteredClient(ClientMixin):  # type: ignore[misc]  # the library ships no types
    """A row of registry.clients. Its `repr` says the id and nothing else, for the library writes it to its log."""

    def __init__(self, row: Client) -> None:
        self.row = row

    def __repr__(self) -> str:
        return f"<client {self.row.id}>"

    def get_client_id(self) -> str:
        return self.row.id

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in self.row.grant_types

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:  # noqa: ARG002 - the library's signature
        return {
            PRIVATE_KEY_JWT: bool(self.row.jwks.get("keys")),
            CLIENT_SECRET_BASIC: self.row.secret_hash is not None,
            SELF_SIGNED_TLS: bool(self.row.certificates),
            TLS: self.row.certificate_subject is not None,
        }.get(method, False)

    def keys_for(self, *, algorithm: str, key_id: str | None) -> list[PublicKey]:
        """The client's keys that may have made a signature of `algorithm`; all of them when no kid is named."""
        return [
            import_public_key(entry)
            for entry in self.row.jwks.get("keys", ())
            if entry.get("kty") == KEY_TYPES[algorithm] and (key_id is None or entry.get("kid") == key_id)
        ]
