"""The keys that sign receipts, and the log's word for them.

For each there is a statement that the log's key signs: a note of a header, the log's name and the public key as a JWK
has it (`x`, base64url of an Ed25519 key). So a receipt is tied to the verifier key that its holder was given. Only the
log's key in use speaks for them; at each rotation all of them are vouched for anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.audit.errors import NoteMalformed, SignatureInvalid
from gateway.audit.notes import open_note
from gateway.audit.promises import verify_receipt

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from gateway.audit.keyring import Keyring
    from gateway.audit.promises import Receipt

STATEMENT: Final = "writgate.local/receipt-key/1"


def statement(origin: str, public_key: str) -> str:
    """What the log's key signs of a receipt key; `public_key` is the JWK's `x`."""
    return f"{STATEMENT}\n{origin}\n{public_key}\n"


def vouched(notes: Iterable[str], keyring: Keyring) -> list[dict[str, str]]:
    """Public keys, as JWKs, that the log's key in use vouches for; what else the notes say counts for nothing."""
    found = []
    for note in notes:
        try:
            lines = open_note(note, keyring.current).split("\n")
        except (NoteMalformed, SignatureInvalid):
            continue
        match lines:
            case [header, origin, public_key, ""] if (header, origin) == (STATEMENT, keyring.origin):
                found.append({"kty": "OKP", "crv": "Ed25519", "x": public_key})
    return found


def verify_promise(text: str, keys: Sequence[Mapping[str, Any]]) -> tuple[Receipt, Mapping[str, Any]]:
    """A receipt, and which of the keys signed it. Raises SignatureInvalid."""
    for key in keys:
        try:
            return verify_receipt(text, key), key
        except SignatureInvalid:
            continue
    raise SignatureInvalid("no key that the log's key vouches for signed the receipt")
