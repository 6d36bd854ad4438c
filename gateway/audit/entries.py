"""What is written to the log: an entry as its author gives it, and the sealed form that is staged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from gateway.audit.canonical import JSON


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened.

    Attributes:
        kind: one of `vocabulary.EntryKind`.
        clear: what every auditor may read; no personal value belongs here.
        disclosed: values sealed beside the log, of which the leaf holds only salted digests.
        scope: names the key of the disclosures, so that they can be destroyed together: a case, an agency.
        blind: `case`, `user`, `probe` to values that auditors may search by keyed digest.
    """

    kind: str
    clear: Mapping[str, JSON] = field(default_factory=dict)
    disclosed: Mapping[str, JSON] = field(default_factory=dict)
    scope: str = "general"
    blind: Mapping[str, str] = field(default_factory=dict)


def owned(owner: str | None, value: str) -> str:
    """A value as its owner's: the same case number of two agencies is two cases, under two keys and two digests."""
    return f"{owner}\x1f{value}"


def case_of(owner: str | None, case: str) -> str:
    """A case as it is compared: its owner's, without the spellings by which one case could pass for two."""
    return owned(owner, " ".join(case.casefold().split()))


@dataclass(frozen=True, slots=True)
class SealedEntry:
    """An entry ready to be staged; the fields are the arguments of `audit.append`.

    Attributes:
        leaf: canonical JSON, at most 65,535 bytes.
        leaf_hash: its RFC 6962 leaf hash, by which the receipt names it.
        time_ns: the time in the leaf.
        key_id: the key of the ciphertexts, None where nothing is disclosed.
        names: names of the disclosed fields, in the order of `ciphertexts`.
        ciphertexts: for each, the 32-byte digest that the leaf holds, a 12-byte nonce, and the AES-256-GCM ciphertext.
    """

    leaf: str
    leaf_hash: bytes
    time_ns: int
    key_id: UUID | None
    names: tuple[str, ...]
    ciphertexts: tuple[bytes, ...]
    blind_case: bytes | None
    blind_user: bytes | None
    blind_probe: bytes | None
