"""One field of one entry, handed to one person with proof: the leaf, its proof in the tree, and the opened disclosure.

The document is verified offline with nothing but the log's verifier key. Of other fields it says only that they are.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from gateway.audit import queries
from gateway.audit.disclosures import base64url, digest_of, read_disclosure
from gateway.audit.errors import DisclosureUnreadable, ProofInvalid
from gateway.audit.proofs import verify_proof

if TYPE_CHECKING:
    from gateway.audit.disclosures import DisclosureKeys
    from gateway.database import Connection

FORMAT: Final = "writgate-disclosure/v1"


class DisclosedField(BaseModel):
    """The document. `disclosure` is RFC 9901's: base64url of [salt, name, value]; `proof` is a .tlog-proof."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: str
    index: int
    leaf: str
    proof: str
    disclosure: str
    recipient: str
    purpose: str


class Verified(NamedTuple):
    """What was proven: the entry at `position` as it was logged, and this field of it."""

    position: int
    entry: dict[str, Any]
    name: str
    value: Any


def disclose(
    connection: Connection, keys: DisclosureKeys, *, index: int, field: str, recipient: str, purpose: str
) -> DisclosedField | None:
    """Opens one field; None where there is no such entry or field for the caller, or no checkpoint covers it yet.

    Args:
        connection: of the role AUDITOR, in which `queries.see` was called.
        keys: opens the field.
        index: of the entry.
        field: its name, as `disclosed` of the entry lists it.
        recipient: whom it is handed to.
        purpose: what for.

    Raises:
        DisclosureUnreadable: it was erased.
        KeyError: a tile is missing: the log is damaged.
    """
    entry = queries.entry(connection, index)
    if entry is None or entry.key_id is None or field not in entry.disclosed:
        return None
    proof = queries.proof(connection, index)
    if proof is None:
        return None
    sealed = entry.ciphertexts[entry.disclosed.index(field)]
    opened = keys.open(connection, entry.key_id, sealed)
    return DisclosedField(
        format=FORMAT,
        index=index,
        leaf=entry.leaf,
        proof=proof,
        disclosure=opened.text,
        recipient=recipient,
        purpose=purpose,
    )


def verify_disclosed(document: str | bytes, verifier_key: str) -> Verified:
    """What a document proves under the log's verifier key.

    Raises:
        ProofInvalid: it is none, or the field is not one that the leaf committed to.
        SignatureInvalid, NoteMalformed: the checkpoint in it is not this log's.
    """
    try:
        held = DisclosedField.model_validate_json(document)
        leaf = json.loads(held.leaf)
        digests = leaf["_sd"]
        opened = read_disclosure(held.disclosure)
    except (ValidationError, ValueError, KeyError, TypeError, DisclosureUnreadable) as error:
        raise ProofInvalid("the document is not a disclosed field") from error
    if held.format != FORMAT:
        raise ProofInvalid("the document is of another format")
    proven = verify_proof(held.proof, held.leaf, verifier_key)
    if proven.index != held.index:
        raise ProofInvalid("the proof is of another entry")
    if base64url(digest_of(held.disclosure)) not in digests:
        raise ProofInvalid("the leaf did not commit to this field")
    return Verified(held.index, leaf, opened.name, opened.value)
