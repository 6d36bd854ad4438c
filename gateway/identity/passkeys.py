"""Passkeys: WebAuthn level 3 through the library `webauthn`, with the person verified by the device each time.

Where a passkey may be used (`Place`) is configuration, never a header: the host of the gateway's own URL, and beside a
URL on loopback `localhost`, because an address is no relying party (WebAuthn section 5.1.2). A passkey is discoverable,
so that nothing is typed to sign in with it and nobody learns which accounts exist. A challenge is a ceremony's: random,
five minutes old at most, used once.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from gateway.clock import uuid7
from gateway.identity.errors import SignInError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from uuid import UUID

    from gateway.database import Connection
    from gateway.identity.accounts import Account

CHALLENGE_BYTES: Final = 32
MOST: Final = 10  # of one account
LONGEST_LABEL: Final = 60
LONGEST_RESPONSE: Final = 16 * 1024
_ALGORITHMS: Final = [
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.RSASSA_PSS_SHA_256,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,  # what the TPM of many a desk signs with
]


@dataclass(frozen=True, slots=True)
class Place:
    """Where passkeys work: the relying party and the one origin at which the browser must be."""

    host: str
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """What is known of a passkey; times are nanoseconds since the epoch."""

    id: UUID
    account: str
    credential: bytes
    public_key: bytes
    sign_count: int
    label: str
    made_ns: int
    used_ns: int | None


def place_for(issuer: str) -> Place:
    """Where the passkeys of a gateway of that URL work."""
    parts = urlsplit(issuer)
    host = parts.hostname or ""
    if parts.scheme == "http":  # loopback: the only place without TLS that this gateway listens on
        host = "localhost"
    port = f":{parts.port}" if parts.port else ""
    return Place(host, f"{parts.scheme}://{host}{port}")


def new_challenge() -> bytes:
    return secrets.token_bytes(CHALLENGE_BYTES)


def making_options(place: Place, account: Account, challenge: bytes, known: Sequence[Passkey]) -> str:
    """What the browser is told to make, as JSON."""
    return webauthn.options_to_json(
        webauthn.generate_registration_options(
            rp_id=place.host,
            rp_name="Writgate",
            user_id=account.handle,
            user_name=account.id,
            user_display_name=account.name,
            challenge=challenge,
            supported_pub_key_algs=_ALGORITHMS,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=passkey.credential) for passkey in known],
        )
    )


def using_options(place: Place, challenge: bytes, known: Sequence[Passkey] = ()) -> str:
    """What the browser is asked to show: any passkey of this place, or one of those `known`."""
    return webauthn.options_to_json(
        webauthn.generate_authentication_options(
            rp_id=place.host,
            challenge=challenge,
            user_verification=UserVerificationRequirement.REQUIRED,
            allow_credentials=[PublicKeyCredentialDescriptor(id=passkey.credential) for passkey in known],
        )
    )


def made(place: Place, account: Account, challenge: bytes, response: str, *, label: str, now_ns: int) -> Passkey:
    """The passkey that the browser has made. Raises SignInError PASSKEY_REFUSED."""
    verified = _trusting_nothing(
        lambda: webauthn.verify_registration_response(
            credential=_document(response),
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            require_user_verification=True,
            supported_pub_key_algs=_ALGORITHMS,
        )
    )
    return Passkey(
        id=uuid7(),
        account=account.id,
        credential=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        label=" ".join(label.split())[:LONGEST_LABEL] or "Passkey",
        made_ns=now_ns,
        used_ns=None,
    )


def used(place: Place, passkey: Passkey, account: Account, challenge: bytes, response: str, *, was_named: bool) -> int:
    """Its new signature count, where the response proves possession and presence. Raises SignInError PASSKEY_REFUSED.

    A count that does not grow is a copy at work, and refused (section 6.1.1). The account's handle comes with every
    passkey that was found by itself; one of an account that the question named need not give it (section 7.2, step 6).
    """
    document = _document(response)
    verified = _trusting_nothing(
        lambda: webauthn.verify_authentication_response(
            credential=document,
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    )
    handle = _handle(document)
    if handle != account.handle and not (was_named and handle is None):
        raise refused()
    return int(verified.new_sign_count)


def credential_of(response: str) -> bytes:
    """Which passkey a response says it is by. Raises SignInError PASSKEY_REFUSED."""
    document = _document(response)
    return bytes(_trusting_nothing(lambda: base64url_to_bytes(document["rawId"])))


def of_account(connection: Connection, account_id: str) -> list[Passkey]:
    rows = connection.execute(_SELECT + b" WHERE account = %s ORDER BY made_ns", (account_id,)).fetchall()
    return [_passkey(row) for row in rows]


def by_credential(connection: Connection, credential: bytes) -> Passkey | None:
    """Locked until the transaction ends, so that a signature count is compared and moved on in one."""
    row = connection.execute(_SELECT + b" WHERE credential = %s FOR UPDATE", (credential,)).fetchone()
    return _passkey(row) if row else None


def add(connection: Connection, passkey: Passkey) -> None:
    """Raises SignInError where the account has as many as it may, or the passkey is registered already."""
    if len(of_account(connection, passkey.account)) >= MOST:
        raise SignInError(
            status=409,
            code="PASSKEYS_FULL",
            sentence=f"An account has at most {MOST} passkeys.",
            remedy="Remove one that is not used any more.",
        )
    added = connection.execute(
        "INSERT INTO identity.passkeys (id, account, credential, public_key, sign_count, label, made_ns)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (credential) DO NOTHING RETURNING 1",
        (
            passkey.id,
            passkey.account,
            passkey.credential,
            passkey.public_key,
            passkey.sign_count,
            passkey.label,
            passkey.made_ns,
        ),
    ).fetchone()
    if added is None:
        raise refused()


def count_use(connection: Connection, passkey: Passkey, sign_count: int) -> None:
    connection.execute(
        "UPDATE identity.passkeys SET sign_count = %s, used_ns = ops.now_ns() WHERE id = %s", (sign_count, passkey.id)
    )


def refused() -> SignInError:
    return SignInError(
        status=401,
        code="PASSKEY_REFUSED",
        sentence="That passkey was not accepted.",
        remedy="Try again, or sign in another way.",
    )


def _document(response: str) -> dict[str, Any]:
    if len(response) > LONGEST_RESPONSE:
        raise refused()
    try:
        document = json.loads(response)
    except (ValueError, RecursionError):
        raise refused() from None
    if not isinstance(document, dict):
        raise refused()
    return document


def _handle(document: dict[str, Any]) -> bytes | None:
    """The account's handle in a response; None where there is none, and nobody's where it cannot be read."""
    given = document["response"].get("userHandle")
    if given is None:
        return None
    try:
        return base64url_to_bytes(given)
    except (AttributeError, TypeError, ValueError):
        return b""


def _trusting_nothing(verify: Callable[[], Any]) -> Any:
    try:
        return verify()
    except Exception:  # noqa: BLE001 - the library parses CBOR and keys of a stranger's making; whatever it trips over is a refusal
        raise refused() from None


_SELECT: Final = b"""
SELECT id, account, credential, public_key, sign_count, label, made_ns, used_ns FROM identity.passkeys
"""


def _passkey(row: tuple[Any, ...]) -> Passkey:
    return Passkey(
        id=row[0],
        account=row[1],
        credential=bytes(row[2]),
        public_key=bytes(row[3]),
        sign_count=row[4],
        label=row[5],
        made_ns=row[6],
        used_ns=row[7],
    )
