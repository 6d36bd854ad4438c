"""A revision: one immutable, numbered, signed set of packs and data, kept in PostgreSQL for ever.

The number is inside the signed tar (`data.revision.number`, and the manifest's revision), so that every decision names
it and a tar cannot be passed off under another number. `policy.publish` takes numbers in order, without gaps, and the
new revision, the change of the live one and the log entry are one transaction.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from gateway.audit.entries import Entry
from gateway.policy import bundle
from gateway.policy.annotations import kinds
from gateway.policy.folder import POLICIES, SCENARIOS, data_documents, written_files
from gateway.policy.keys import signing_key, verification_key
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
    from psycopg import Connection

    from gateway.audit.log import AuditLog
    from gateway.policy.annotations import Annotations
    from gateway.registry.models import Actor

SHIPPED_NUMBER: Final = 1
_WASM: Final = "policy.wasm"
_ANNOTATIONS: Final = "annotations.json"
_SOURCES: Final = "sources.json.gz"
_CANARIES: Final = "canaries.json"


class RevisionError(Exception):
    """There is no such revision, or it is not what it says it is."""


@dataclass(frozen=True)
class Revision:
    """One revision, its signature verified. `tar` is an OPA bundle (not compressed); `sha256` is hex, of that tar."""

    number: int
    tar: bytes = field(repr=False)
    files: Mapping[str, bytes] = field(repr=False)

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.tar).hexdigest()

    @property
    def wasm(self) -> bytes:
        return self.files[_WASM]

    @cached_property
    def data(self) -> dict[str, Any]:
        """The documents under `data`: `offences`, `jurisdictions`, `packs`, `rules`, `revision` and the others."""
        return _object(self.files[bundle.DATA])

    @cached_property
    def annotations(self) -> Annotations:
        return _object(self.files[_ANNOTATIONS])

    @cached_property
    def kinds(self) -> dict[tuple[str, str], tuple[str, str]]:
        """(pack, rule) to (kind, code), for `decision.parse`."""
        return kinds(self.annotations)

    @property
    def rego(self) -> dict[str, bytes]:
        return {name: content for name, content in self.files.items() if name.endswith(".rego")}

    @cached_property
    def sources(self) -> dict[str, str] | None:
        """Tests and scenario rows, by path; None in a revision from before they were kept."""
        return _object(gzip.decompress(self.files[_SOURCES])) if _SOURCES in self.files else None

    @cached_property
    def canaries(self) -> list[dict[str, Any]]:
        """Questions whose answers are known, [{input, permit, codes}]: asked before an engine may decide."""
        found = json.loads(self.files.get(_CANARIES, b"[]"))
        return found if isinstance(found, list) else []

    @classmethod
    def open(cls, tar: bytes, *, key: EllipticCurvePublicKey) -> Revision:
        """The revision in a tar.

        Raises:
            RevisionError: signature, form or number is wrong.
        """
        try:
            files = bundle.unpack(tar, key=key)
            number = json.loads(files[bundle.DATA])["revision"]["number"]
            named = json.loads(files[bundle.MANIFEST])["revision"]
        except (bundle.BundleError, KeyError, TypeError, ValueError) as error:
            raise RevisionError(f"not a revision of ours: {error}") from error
        if type(number) is not int or named != str(number) or not {_WASM, _ANNOTATIONS} <= files.keys():
            raise RevisionError("the revision is incomplete or contradicts its manifest")
        return cls(number=number, tar=tar, files=files)


def build(number: int, *, policies: Path, key: EllipticCurvePrivateKey) -> Revision:
    """The revision `number` from a policies folder whose `shipped/` is up to date (`gateway.policy.ship`).

    Raises:
        RevisionError: something that a revision needs is not there.
    """
    try:
        written = {str(path.relative_to(policies)): path.read_bytes() for path in written_files(policies)}
        wasm = (policies / "shipped" / _WASM).read_bytes()
        annotations = (policies / "shipped" / _ANNOTATIONS).read_bytes()
        data = data_documents(policies)
        rows = SCENARIOS.glob("*.json") if policies == POLICIES else ()
        sources = {name: content.decode() for name, content in written.items() if name.endswith("_test.rego")}
        sources |= {f"scenarios/{path.name}": path.read_text(encoding="utf-8") for path in sorted(rows)}
    except OSError as error:
        raise RevisionError(f"the policies folder is incomplete: {error.filename}") from error
    rego = {name: content for name, content in written.items() if name not in sources}
    return assemble(number, rego=rego, data=data, wasm=wasm, annotations=annotations, sources=sources, key=key)


def assemble(
    number: int,
    *,
    rego: Mapping[str, bytes],
    data: Mapping[str, Any],
    wasm: bytes,
    annotations: bytes,
    sources: Mapping[str, str],
    canaries: Sequence[Mapping[str, Any]] = (),
    key: EllipticCurvePrivateKey,
) -> Revision:
    """The revision `number` of these parts, signed. A candidate, which nobody publishes as it is, has the number 0."""
    files = {**rego, _WASM: wasm, _ANNOTATIONS: annotations}
    files[_SOURCES] = gzip.compress(bundle.canonical(dict(sources)), mtime=0)
    files[_CANARIES] = bundle.canonical(list(canaries))
    return _signed(number, files, data, key)


def renumbered(revision: Revision, number: int, *, holds: Mapping[str, Any], key: EllipticCurvePrivateKey) -> Revision:
    """The same policy under another number and with these holds: nothing is compiled, the module is the same bytes."""
    return _signed(number, dict(revision.files), revision.data | {"holds": dict(holds)}, key)


def with_offences(
    revision: Revision, offences: Mapping[str, Mapping[str, Any]], *, key: EllipticCurvePrivateKey
) -> Revision:
    """The same policy with these offences added to its register; what it knows already stays as it is."""
    known: dict[str, Any] = {**offences, **revision.data["offences"]}
    return _signed(revision.number, dict(revision.files), revision.data | {"offences": known}, key)


def _signed(number: int, files: dict[str, bytes], data: Mapping[str, Any], key: EllipticCurvePrivateKey) -> Revision:
    files[bundle.DATA] = bundle.canonical({**data, "revision": {"number": number}})
    files[bundle.MANIFEST] = bundle.canonical(
        {"revision": str(number), "rego_version": 1, "roots": sorted({"writgate", "revision", *data})}
    )
    return Revision.open(bundle.pack(files, key=key), key=key.public_key())


def build_shipped(keys: Path, *, number: int = SHIPPED_NUMBER) -> Revision:
    """The policy that came with this version of the product, signed with the home's key."""
    return build(number, policies=POLICIES, key=signing_key(keys))


def publish(
    connection: Connection[Any],
    revision: Revision,
    log: AuditLog,
    actor: Actor,
    *,
    now_ns: int | None = None,
    about: Mapping[str, Any] | None = None,
) -> None:
    """Stores the revision, makes it live, and logs both, in the caller's transaction.

    `about` is what else the entry says in the clear: where the revision comes from, who reviewed it, which impact.

    Raises:
        psycopg.errors.SerializationFailure: somebody published first; the number is not the next one any more.
    """
    connection.execute(
        "SELECT policy.publish(%s, %s, %s, %s)",
        (revision.number, bytes.fromhex(revision.sha256), revision.tar, f"{actor.kind}:{actor.id}"),
    )
    log.record(
        connection,
        Entry(
            kind=EntryKind.REVISION_PUBLISHED,
            clear={**(about or {}), "revision": revision.number, "sha256": revision.sha256},
            disclosed={"actor": {"kind": actor.kind, "id": actor.id}, "user": actor.user},
        ),
        now_ns=now_ns,
    )


def publish_shipped(connection: Connection[Any], keys: Path, log: AuditLog, actor: Actor) -> bool:
    """Publishes the shipped policy where nothing was ever published: upgrading never changes live policy."""
    if live(connection) is not None:
        return False
    publish(connection, build_shipped(keys), log, actor)
    return True


def live(connection: Connection[Any]) -> tuple[int, str] | None:
    """(number, sha256 in hex) of the revision that decides now; None before the first publication."""
    row = connection.execute(
        """
        SELECT revisions.number, revisions.sha256
          FROM policy.live
          JOIN policy.revisions ON revisions.number = live.number
        """
    ).fetchone()
    return None if row is None else (row[0], bytes(row[1]).hex())


def load(connection: Connection[Any], number: int, *, keys: Path) -> Revision:
    """A stored revision, its hash and signature verified.

    Raises:
        RevisionError: there is none of this number, or it is not the one that was published under it.
    """
    row = connection.execute("SELECT tar, sha256 FROM policy.revisions WHERE number = %s", (number,)).fetchone()
    if row is None:
        raise RevisionError(f"there is no revision {number}")
    revision = Revision.open(bytes(row[0]), key=verification_key(keys))
    if revision.number != number or revision.sha256 != bytes(row[1]).hex():
        raise RevisionError(f"what is stored as revision {number} is not that revision")
    return revision


def _object(content: bytes) -> dict[str, Any]:
    value = json.loads(content)
    if not isinstance(value, dict):
        raise RevisionError("a document of the revision is not an object")
    return value
