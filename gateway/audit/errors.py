"""What can go wrong with the log, as exceptions with sentences that name nothing personal."""

from __future__ import annotations


class AuditError(Exception):
    """The base of the log's refusals."""


class EntryMalformed(AuditError):  # noqa: N818  it states a condition
    """An entry holds a value that a leaf cannot hold, or a name that the log itself gives."""


class DisclosureUnreadable(AuditError):  # noqa: N818  it states a condition
    """A sealed value cannot be opened: its key was destroyed or is not here, or the bytes were changed."""


class KeyMissing(AuditError):  # noqa: N818  it states a condition
    """A key file of the log is missing or damaged."""


class NoteMalformed(AuditError):  # noqa: N818  it states a condition
    """A signed note, checkpoint, proof or key is not in its C2SP format."""


class PolicyMalformed(AuditError):  # noqa: N818  it states a condition
    """A witness policy is not in its C2SP format."""


class SignatureInvalid(AuditError):  # noqa: N818  it states a condition
    """No signature by the expected key verifies."""


class ProofInvalid(AuditError):  # noqa: N818  it states a condition
    """A Merkle proof does not prove what it is offered for."""


class StagedLeafAltered(AuditError):  # noqa: N818  it states a condition
    """A staged leaf no longer has the hash that was staged with it; the sequencer stops rather than integrate it."""


class TreeShrank(AuditError):  # noqa: N818  it states a condition
    """The log is smaller than the tree last signed; the signer refuses."""


class TreeInconsistent(AuditError):  # noqa: N818  it states a condition
    """The log is not an extension of the tree last signed; the signer refuses."""


class LogRenamed(AuditError):  # noqa: N818  it states a condition
    """The log's name is not the one under which the signer signed last; only a recovery gives a log another."""


class BundleMalformed(AuditError):  # noqa: N818  it states a condition
    """A bundle for offline verification lacks a part or holds one that cannot be read."""


class TimestampInvalid(AuditError):  # noqa: N818  it states a condition
    """A time stamp (RFC 3161) is not of what it is offered for, or no trusted authority signed it."""


class CeremonyRefused(AuditError):  # noqa: N818  it states a condition
    """A key rotation or a recovery cannot be done as asked; nothing was changed."""


class SignerStateMissing(AuditError):  # noqa: N818  it states a condition
    """Checkpoints exist, but the signer has no state of its own to prove consistency from."""
