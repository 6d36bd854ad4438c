"""Verification of a bundle by somebody who has neither the log nor the network, and trusts only a verifier key.

Every entry of the range is hashed and appended to the tree of the older checkpoint; the roots must be those that were
signed. That shows at once that nothing in the range was changed, left out or added, and that the newer checkpoint
continues the older one. What shows nothing says so: a verdict that had nothing to judge by is no proof.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from gateway.audit.errors import AuditError, BundleMalformed, NoteMalformed, ProofInvalid, SignatureInvalid
from gateway.audit.keyring import Keyring
from gateway.audit.merkle import CompactRange, leaf_hash, perfect_root, verify_consistency
from gateway.audit.notes import SignedCheckpoint
from gateway.audit.offline_receipts import Promises
from gateway.audit.offline_report import Found
from gateway.audit.offline_tiles import HashedTile, hashed_tiles
from gateway.audit.offline_time import Times, cosigned_bounds, stamped_bounds, time_of
from gateway.audit.proofs import Proof, verify_proof
from gateway.audit.report import Check, Findings
from gateway.audit.tile_paths import WIDTH
from gateway.audit.witness_policy import WitnessPolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cryptography import x509

    from gateway.audit.bundle import Bundle
    from gateway.audit.notes import Checkpoint
    from gateway.audit.report import Report

_TILE_HEIGHT: Final = 8


def verify_bundle(
    bundle: Bundle,
    verifier_key: str,
    *,
    policy: WitnessPolicy | None = None,
    roots: Sequence[x509.Certificate] = (),
    receipt_key: Mapping[str, Any] | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Report:
    """All verdicts on a bundle.

    Args:
        bundle: as it was handed over.
        verifier_key: the log's vkey, which the reader has from somebody other than whoever handed over the bundle.
        policy: the reader's own policy on witnesses; without it the bundle's own is applied, and the verdict says so.
        roots: of the authorities of time that the reader trusts.
        receipt_key: the one that signed the receipts, as a JWK, where the reader has it from elsewhere; without it
            they are judged by the keys that the log's own key vouches for.
        progress: called with (entries done, entries in all).

    Raises:
        NoteMalformed: the verifier key is not one.
        BundleMalformed: a file of the bundle cannot be read.
    """
    return _Offline(bundle, Keyring.of(verifier_key), policy, roots, receipt_key).run(progress)


class _Offline:
    def __init__(
        self,
        bundle: Bundle,
        trusted: Keyring,
        policy: WitnessPolicy | None,
        roots: Sequence[x509.Certificate],
        receipt_key: Mapping[str, Any] | None,
    ) -> None:
        self._bundle = bundle
        self._findings = Findings()
        self._roots = roots
        self._keys = self._keyring(trusted)
        self._whose = "your policy" if policy is not None else "the bundle's own policy"
        self._policy = policy or self._own_policy()
        self._checkpoints: dict[int, SignedCheckpoint] = {}
        self._promises = Promises.read(bundle, self._keys, receipt_key)
        # Of each entry, how many values its bundle says that it could not open.
        self._unreadable: dict[int, int] = {}
        self._disclosed = self._read_disclosures()
        self._values = sum(map(len, self._disclosed.values()))
        self._times = Times([], self._findings)
        self._span: tuple[int, int] | None = None
        # Sizes of the trees that something in the bundle was shown to be in.
        self._proven: set[int] = set()

    def run(self, progress: Callable[[int, int], None]) -> Report:
        self._read_checkpoints()
        singles = self._singles()
        bounds = cosigned_bounds(self._checkpoints, self._policy, self._findings)
        files = self._bundle.files
        stamps = ((name, files.read(f"timestamps/{name}") or b"") for name in files.names("timestamps"))
        bounds += stamped_bounds(stamps, self._checkpoints, self._roots, self._findings)
        self._times = Times(bounds, self._findings)
        tree = CompactRange()
        if self._bundle.first is not None:
            tree = self._range(self._bundle.first, progress)
        for index, leaf in singles.items():
            time = time_of(leaf)
            self._times.compare(index, 1, (time, time), [time].copy)
            self._compare_disclosed(index, leaf)
        for index in self._disclosed:
            self._findings.fail(Check.CONTENT, index, f"Values of entry {index} are disclosed, which is not here.")
        found = Found(
            self._bundle, self._findings, self._checkpoints, self._proven, self._policy, self._whose, self._times,
            self._promises, self._span, values=self._values, unreadable=self._unreadable, singles=len(singles),
            unshown=self._unshown(tree),
        )  # fmt: skip
        return found.report(tree)

    # What is given.

    def _keyring(self, trusted: Keyring) -> Keyring:
        try:
            return Keyring.of(trusted.current, self._bundle.keys)
        except (NoteMalformed, SignatureInvalid) as error:
            self._findings.fail(Check.SIGNATURE, 0, f"The history of the log's keys fails: {error}.")
            return trusted

    def _own_policy(self) -> WitnessPolicy:
        text = self._bundle.files.text("policy")
        if text is None:
            return WitnessPolicy()
        try:
            return WitnessPolicy.parse(text)
        except AuditError as error:
            self._findings.fail(Check.WITNESSES, 0, f"The policy on witnesses cannot be read: {error}.")
            return WitnessPolicy()

    def _read_checkpoints(self) -> None:
        for name in self._bundle.files.names("checkpoints"):
            note, size = self._bundle.files.text(f"checkpoints/{name}") or "", _named(name)
            try:
                checkpoint = self._keys.open(note)
            except (NoteMalformed, SignatureInvalid) as error:
                self._findings.fail(Check.SIGNATURE, size, f"The checkpoint {name} fails: {error}.")
                continue
            if str(checkpoint.size) != name:
                self._findings.fail(Check.SIGNATURE, size, f"The checkpoint {name} is of another size.")
            self._checkpoints[checkpoint.size] = SignedCheckpoint(checkpoint, note)
        for handover in self._keys.handovers:
            size, first = handover.checkpoint.size, self._bundle.first
            if first is None or first <= size <= self._bundle.size:
                self._join(size, handover)

    def _join(self, index: int, signed: SignedCheckpoint) -> None:
        """To the others; of one size there is one tree, or the log has two."""
        known = self._checkpoints.setdefault(signed.checkpoint.size, signed)
        if known.checkpoint.root != signed.checkpoint.root:
            size = signed.checkpoint.size
            self._findings.fail(Check.CONSISTENCY, index, f"Two trees of {size} entries were signed.")

    def _unshown(self, tree: CompactRange) -> tuple[int, int] | None:
        """The largest tree here that is smaller than the one at which the key in use took over, and the size of that;
        None where what was signed here is shown to be a beginning of it.
        """
        last = self._keys.last_handover
        if last is None:
            return None
        size = last.checkpoint.size
        smaller = [here for here in self._checkpoints if here < size]
        if not smaller or tree.size >= size or self._is_continued(tree, last.checkpoint):
            return None
        return max(smaller), size

    def _is_continued(self, tree: CompactRange, by: Checkpoint) -> bool:
        """Whether the bundle proves that the signed tree begins with the one that the range ends in."""
        proof = self._bundle.continued
        if not proof or tree.size != self._bundle.size:
            return False
        try:
            verify_consistency(old_size=tree.size, old_root=tree.root(), size=by.size, root=by.root, proof=proof)
        except ProofInvalid as error:
            sentence = f"The tree of {by.size} entries is not shown to continue the one of {tree.size}: {error}."
            self._findings.fail(Check.CONSISTENCY, tree.size, sentence)
            return False
        return True

    def _read_disclosures(self) -> dict[int, list[str]]:
        found: dict[int, list[str]] = {}
        for line in (self._bundle.files.text("disclosures.jsonl") or "").splitlines():
            try:
                item = json.loads(line)
                index = int(item["index"])
                found.setdefault(index, []).extend(map(str, item["disclosures"]))
                if "unreadable" in item:
                    self._unreadable[index] = _count(item["unreadable"])
            except (ValueError, OverflowError, KeyError, TypeError, RecursionError) as error:
                raise BundleMalformed("disclosures.jsonl is not as it must be") from error
        return found

    # The entries.

    def _range(self, first: int, progress: Callable[[int, int], None]) -> CompactRange:
        """The tree at the end of the range; each checkpoint on the way is compared with it."""
        try:
            tree = CompactRange(first, self._bundle.subtrees)
        except ValueError:
            raise BundleMalformed("the subtrees are not those of a tree of this size") from None
        size = self._bundle.size
        self._look_at_ends(first)
        self._compare(tree)
        stops = sorted((stop for stop in self._checkpoints if stop > first), reverse=True)
        for tile in hashed_tiles(self._bundle, timed=bool(self._times.bounds or self._promises.wanted)):
            at = max(tile.start, first)
            if tree.size != at:
                break
            self._grow(tree, tile, stops)
            if tile.extent is not None:
                self._look_at(tile, first)
            self._compare_disclosed_from(at, tile)
            progress(tree.size - first, size - first)
        if tree.size != size:
            self._findings.fail(Check.COMPLETENESS, tree.size, f"Entries are missing from {tree.size} on.")
        for beyond in stops:
            self._findings.fail(
                Check.CONSISTENCY, beyond, f"Nothing here shows that the checkpoint of {beyond} continues the range."
            )
        self._proven.add(size)
        return tree

    def _look_at_ends(self, first: int) -> None:
        """A checkpoint stands at either end of the range, and none before it."""
        for end, name in ((first, "begins"), (self._bundle.size, "ends")):
            if end and end not in self._checkpoints:
                self._findings.fail(Check.COMPLETENESS, end, f"No checkpoint shows where the range {name}, at {end}.")
        for size in self._checkpoints:
            if 0 < size < first:
                sentence = f"Nothing here shows that the range continues the checkpoint of {size}."
                self._findings.fail(Check.CONSISTENCY, size, sentence)

    def _grow(self, tree: CompactRange, tile: HashedTile, stops: list[int]) -> None:
        """Appends what the tree does not have yet, and compares at each of `stops`, the next one last."""
        end = tile.end
        if len(tile.hashes) == WIDTH and tree.size == tile.start and not (stops and stops[-1] < end):
            tree.append_perfect(perfect_root(tile.hashes), _TILE_HEIGHT)
        else:
            for item in tile.hashes[tree.size - tile.start :]:
                tree.append(item)
                if stops and stops[-1] == tree.size < end:
                    self._compare(tree)
                    stops.pop()
        if stops and stops[-1] == end:
            self._compare(tree)
            stops.pop()

    def _look_at(self, tile: HashedTile, first: int) -> None:
        """The times of the entries, and whether receipts were given for them; those before the range are left out."""
        skipped = max(0, first - tile.start)

        def each() -> list[int]:
            return [time_of(leaf) for leaf in tile.leaves[skipped:]]

        earliest, latest = tile.extent if tile.extent and not skipped else (min(each()), max(each()))
        self._times.compare(tile.start + skipped, len(tile.hashes) - skipped, (earliest, latest), each)
        self._span = (earliest, latest) if self._span is None else (self._span[0], max(self._span[1], latest))
        if self._promises.wanted:
            self._promises.meet(tile.start + skipped, tile.hashes[skipped:])

    def _compare(self, tree: CompactRange) -> None:
        signed = self._checkpoints.get(tree.size)
        if signed is not None and signed.checkpoint.root != tree.root():
            first = self._bundle.first or 0
            self._findings.fail(
                Check.CONSISTENCY, first, f"The tree of {tree.size} entries has another root than was signed."
            )
            self._findings.fail(
                Check.INCLUSION, first, f"Some entry from {first} to {tree.size - 1} is not what was logged."
            )

    def _singles(self) -> dict[int, bytes]:
        """Entries with a proof of their own; their checkpoints join the others."""
        found = {}
        for name in self._bundle.files.names("entries"):
            leaf, index = self._bundle.files.read(f"entries/{name}") or b"", _named(name)
            proof = self._bundle.files.text(f"proofs/{name}.tlog-proof") or ""
            try:
                proven = verify_proof(proof, leaf_hash(leaf), self._keys)
            except (NoteMalformed, SignatureInvalid, ProofInvalid) as error:
                self._findings.fail(Check.INCLUSION, index, f"Entry {name} is not shown to be on the log: {error}.")
                continue
            if str(proven.index) != name:
                self._findings.fail(Check.INCLUSION, index, f"Entry {name} stands at {proven.index}.")
            checkpoint = proven.checkpoint
            self._join(index, SignedCheckpoint(checkpoint, Proof.parse(proof).checkpoint))
            self._proven.add(checkpoint.size)
            self._promises.meet(index, [leaf_hash(leaf)])
            found[index] = leaf
        return found

    def _compare_disclosed_from(self, at: int, tile: HashedTile) -> None:
        """Those of a tile from index `at` on: what stands in the first tile before the range is hashed into no tree."""
        if self._disclosed:
            for index in self._disclosed.keys() & range(at, tile.end):
                self._compare_disclosed(index, tile.leaves[index - tile.start])

    def _compare_disclosed(self, index: int, leaf: bytes) -> None:
        disclosures = self._disclosed.pop(index, [])
        try:
            digests = set(map(str, json.loads(leaf)["_sd"])) if disclosures else set()
        except (ValueError, KeyError, TypeError, RecursionError):
            digests = set()
        for disclosure in disclosures:
            digest = base64.urlsafe_b64encode(hashlib.sha256(disclosure.encode()).digest()).rstrip(b"=").decode()
            if digest not in digests:
                self._findings.fail(
                    Check.CONTENT, index, f"A value disclosed of entry {index} is not one that its leaf committed to."
                )


def _named(name: str) -> int:
    """The number that a file is named by, 0 where it is none."""
    return int(name) if name.isascii() and name.isdecimal() and len(name) < 20 else 0  # noqa: PLR2004  64 bits


def _count(value: Any) -> int:
    count = int(value)
    if count < 1:
        raise ValueError("it is told of only where there are some")
    return count
