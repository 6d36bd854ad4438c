"""Verification of the log as it stands in the database, by an auditor who trusts only the log's verifier key.

Every leaf is hashed from its text and compared with the hash tile, the tree is rebuilt from the tiles and compared
with every checkpoint, and what stands beside the leaves is compared with them. So an edited leaf is named by its index;
a leaf edited together with its tile breaks the first checkpoint that covers it, which bounds it. What the database
alone cannot show, a whole log rewritten and signed with a stolen key, or one cut back together with its checkpoints, is
shown by a checkpoint that the auditor kept: give it in `held`. What outsiders say, witnesses and authorities of time,
is judged by a policy and by roots that are the auditor's own, as it is of a bundle.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.audit.content import COLUMNS, Row, disagreement
from gateway.audit.erased import Erasures
from gateway.audit.errors import NoteMalformed, SignatureInvalid
from gateway.audit.indexer import disagreement as index_disagreement
from gateway.audit.keyring import Keyring
from gateway.audit.merkle import HASH_BYTES, CompactRange, leaf_hash
from gateway.audit.notes import Checkpoint, SignedCheckpoint
from gateway.audit.offline_time import (
    Times,
    cosigned_bounds,
    stamped_bounds,
    time_of,
    time_verdict,
    witness_verdict,
)
from gateway.audit.postings import SEGMENT
from gateway.audit.queries import epoch_of, log_keys, see
from gateway.audit.report import Check, Findings, Report
from gateway.audit.tile_paths import WIDTH
from gateway.audit.tiles import TileEdge
from gateway.audit.witness_policy import WitnessPolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cryptography import x509

    from gateway.audit.disclosures import DisclosureKeys
    from gateway.database import Connection

# A batch is a segment of the index, which is compared with it.
BATCH: Final = SEGMENT


def verify_online(
    connection: Connection,
    verifier_key: str,
    *,
    keys: DisclosureKeys | None = None,
    held: Sequence[str] = (),
    policy: WitnessPolicy | None = None,
    roots: Sequence[x509.Certificate] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Verifies the whole log.

    Args:
        connection: the role AUDITOR's, inside a snapshot.
        verifier_key: the log's vkey, as `writgate init` printed it.
        keys: opens disclosures to check them too; without it they are tied to their leaf by digest only.
        held: checkpoint notes kept outside the database, which the log must extend.
        policy: on witnesses; without it they are not judged.
        roots: of the authorities of time that the auditor trusts; without them time stamps are not judged.
        progress: called with (entries done, entries in all).

    Raises:
        NoteMalformed: the verifier key is not one.
    """
    see(connection, None)
    trusted = Keyring.of(verifier_key)
    epoch = epoch_of(connection, trusted.origin)
    verification = _Verification(connection, keys, epoch, policy or WitnessPolicy(), roots)
    return verification.run(verification.keyring(trusted), held, progress or (lambda _done, _total: None))


class _Verification:
    def __init__(
        self,
        connection: Connection,
        keys: DisclosureKeys | None,
        epoch: int,
        policy: WitnessPolicy,
        roots: Sequence[x509.Certificate],
    ) -> None:
        self._connection = connection
        self._keys = keys
        self._epoch = epoch
        self._policy = policy
        self._roots = roots
        self._notes: dict[int, SignedCheckpoint] = {}
        self._stamps: list[tuple[str, bytes]] = []
        self._findings = Findings()
        self._tree = CompactRange()
        self._edge = TileEdge(0, [])
        self._upper: dict[tuple[int, int], bytes] = {}
        # Checkpoints not yet reached, the next one last; and the size at which the tree last agreed with one.
        self._ahead: list[Checkpoint] = []
        self._agreed = 0
        self._erasures = Erasures.load(connection)
        self._times = Times([], self._findings)

    def keyring(self, trusted: Keyring) -> Keyring:
        """The keys that can be reached from the one that is trusted, by what the database says of them."""
        try:
            return Keyring.of(trusted.current, log_keys(self._connection, self._epoch))
        except (NoteMalformed, SignatureInvalid) as error:
            self._findings.fail(Check.SIGNATURE, 0, f"The history of the log's keys fails: {error}.")
            return trusted

    def run(self, keyring: Keyring, held: Sequence[str], progress: Callable[[int, int], None]) -> Report:
        head_size, head_root = self._head()
        signed = self._signed(keyring, held)
        total = max(head_size, signed)
        self._ask_outsiders()
        if head_size < signed:
            self._findings.fail(
                Check.COMPLETENESS, head_size, f"The log ends at {head_size}, but {signed} entries were signed."
            )
        self._ahead.append(Checkpoint(keyring.origin, head_size, head_root))
        self._ahead.sort(key=lambda checkpoint: checkpoint.size, reverse=True)
        self._compare_roots()
        for start in range(0, total, BATCH):
            end = min(start + BATCH, total)
            self._batch(start, end)
            progress(end, total)
        for index, sentence in self._erasures.faults():
            self._findings.fail(Check.CONTENT, index, f"Entry {index}: {sentence}.")
        self._outside(head_size)
        self._compare_upper_tiles()
        return self._report(head_size, signed, total)

    def _head(self) -> tuple[int, bytes]:
        row = self._connection.execute("SELECT size, root FROM audit.head").fetchone()
        if row is None:
            self._findings.fail(Check.COMPLETENESS, 0, "The log has no head.")
            return 0, CompactRange().root()
        return int(row[0]), bytes(row[1])

    def _signed(self, keyring: Keyring, held: Sequence[str]) -> int:
        """Checks every signature; the size of the largest tree that was signed."""
        rows = self._connection.execute(
            "SELECT size, root, note FROM audit.checkpoints WHERE epoch = %s ORDER BY size", (self._epoch,)
        ).fetchall()
        for size, root, note in [*rows, *((None, None, note) for note in held)]:
            try:
                checkpoint = keyring.open(note)
            except (NoteMalformed, SignatureInvalid) as error:
                self._findings.fail(
                    Check.SIGNATURE, size or 0, f"The checkpoint of {size or 'those kept outside'} fails: {error}."
                )
                continue
            if size is not None and (checkpoint.size, checkpoint.root) != (size, bytes(root)):
                self._findings.fail(Check.SIGNATURE, size, f"The row of checkpoint {size} is not what its note signs.")
            self._ahead.append(checkpoint)
            self._notes[checkpoint.size] = SignedCheckpoint(checkpoint, note)
        if not (rows or self._ahead):
            self._findings.fail(Check.SIGNATURE, 0, "There is no checkpoint that the log's key signed.")
        return max((checkpoint.size for checkpoint in self._ahead), default=0)

    def _ask_outsiders(self) -> None:
        """When which tree was there, by cosignatures and time stamps."""
        rows = self._connection.execute(
            "SELECT size, response FROM audit.timestamps WHERE epoch = %s ORDER BY size", (self._epoch,)
        )
        self._stamps = [(str(size), bytes(response)) for size, response in rows]
        bounds = cosigned_bounds(self._notes, self._policy, self._findings)
        bounds += stamped_bounds(self._stamps, self._notes, self._roots, self._findings)
        self._times = Times(bounds, self._findings)

    def _compare_times(self, start: int, leaves: list[str]) -> None:
        times = [time_of(leaf.encode()) for leaf in leaves] if self._times.bounds else []
        if times:
            self._times.compare(start, len(times), (min(times), max(times)), times.copy)

    def _batch(self, start: int, end: int) -> None:
        tiles = self._tiles(start, end)
        rows = self._rows(start, end)
        row = next(rows, None)
        hashes: list[bytes] = []
        leaves: list[str] = []
        for index in range(start, end):
            tile_hash = tiles.get(index)
            own_hash = None
            if row is not None and row.position == index:
                own_hash = self._entry(row, tile_hash)
                leaves.append(row.leaf)
                row = next(rows, None)
            else:
                self._findings.fail(Check.COMPLETENESS, index, f"Entry {index} is missing.")
            # A missing hash is replaced by one that fits nothing, so that the tree goes on and agrees with nothing.
            hashes.append(tile_hash or own_hash or bytes(HASH_BYTES))
            self._tree.append(hashes[-1])
            self._compare_roots()
        if len(leaves) == end - start:
            self._compare_times(start, leaves)
        if len(leaves) == SEGMENT:
            self._index(start // SEGMENT, leaves)
        self._edge.extend(hashes)
        self._upper |= {place: content for place, content in self._edge.changed.items() if place[0] > 0}

    def _entry(self, row: Row, tile_hash: bytes | None) -> bytes:
        computed = leaf_hash(row.leaf.encode())
        if tile_hash is None:
            self._findings.fail(Check.TILES, row.position, f"The hash tile of entry {row.position} is missing.")
        elif computed != tile_hash:
            self._findings.fail(Check.INCLUSION, row.position, f"Entry {row.position} is not what was logged.")
        elif row.leaf_hash != computed:
            self._findings.fail(
                Check.INCLUSION, row.position, f"Entry {row.position} stands under the hash of another leaf."
            )
        sentence = disagreement(row, connection=self._connection, keys=self._keys, erasures=self._erasures)
        if sentence is not None:
            self._findings.fail(Check.CONTENT, row.position, f"Entry {row.position}: {sentence}.")
        return computed

    def _index(self, segment: int, leaves: list[str]) -> None:
        sentence = index_disagreement(self._connection, segment, leaves)
        if sentence is not None:
            first = segment * SEGMENT
            self._findings.fail(Check.CONTENT, first, f"Entries {first} to {first + SEGMENT - 1}: {sentence}.")

    def _compare_roots(self) -> None:
        size = self._tree.size
        if not self._ahead or self._ahead[-1].size > size:
            return
        root, agreed = self._tree.root(), True
        while self._ahead and self._ahead[-1].size == size:
            if self._ahead.pop().root != root:
                agreed = False
                self._findings.fail(
                    Check.CONSISTENCY,
                    self._agreed,
                    f"The tree of {size} entries has another root than was signed: an entry from {self._agreed}"
                    f" to {size - 1} was changed together with its tile, or removed.",
                )
        if agreed:
            self._agreed = size

    def _rows(self, start: int, end: int) -> Iterator[Row]:
        statement = (
            f"SELECT {COLUMNS} FROM audit.entries LEFT JOIN audit.disclosures USING (index)"  # noqa: S608  constants
            " WHERE entries.index >= %s AND entries.index < %s ORDER BY entries.index"
        )
        for row in self._connection.execute(statement, (start, end), binary=True):
            yield Row(*row)

    def _tiles(self, start: int, end: int) -> dict[int, bytes]:
        """Leaf hashes by index, as many as the tiles have. `start` is a multiple of the tile's width."""
        found: dict[int, bytes] = {}
        for index, hashes in self._connection.execute(
            "SELECT index, hashes FROM audit.tiles WHERE level = 0 AND index BETWEEN %s AND %s",
            (start // WIDTH, (end - 1) // WIDTH),
            binary=True,
        ):
            for place in range(len(hashes) // HASH_BYTES):
                found[index * WIDTH + place] = hashes[place * HASH_BYTES : (place + 1) * HASH_BYTES]
        return found

    def _outside(self, head_size: int) -> None:
        """Rows that stand outside the log: below zero, beyond its head, or disclosures of no entry."""
        row = self._connection.execute(
            "SELECT min(index) FROM audit.entries WHERE index < 0 OR index >= %s", (head_size,)
        ).fetchone()
        if row is not None and row[0] is not None:
            self._findings.fail(
                Check.COMPLETENESS, row[0], f"Row {row[0]} was added outside the {head_size} entries of the log."
            )
        row = self._connection.execute(
            "SELECT min(index) FROM audit.disclosures WHERE NOT EXISTS"
            " (SELECT 1 FROM audit.entries WHERE entries.index = disclosures.index)"
        ).fetchone()
        if row is not None and row[0] is not None:
            self._findings.fail(Check.CONTENT, row[0], f"There is a disclosure for {row[0]}, which is no entry.")

    def _compare_upper_tiles(self) -> None:
        """Tiles above the leaves must be the hashes of the tiles below; a proof is made from them."""
        stored = {
            (level, index): bytes(hashes)
            for level, index, hashes in self._connection.execute(
                "SELECT level, index, hashes FROM audit.tiles WHERE level > 0"
            )
        }
        for level, index in sorted(self._upper.keys() | stored.keys()):
            if self._upper.get((level, index)) != stored.get((level, index)):
                first = index * WIDTH ** (level + 1)
                self._findings.fail(Check.TILES, first, f"Tile {level}/{index} is not made of the tiles below it.")

    def _report(self, head_size: int, signed: int, total: int) -> Report:
        opened = "opened and compared" if self._keys else "tied to it by digest, not opened"
        erased = len(self._erasures.gone)
        gone = f" Of {erased} entries the values were erased by order." if erased else ""
        sentences = {
            Check.SIGNATURE: "Every checkpoint is signed by the log's key.",
            Check.COMPLETENESS: f"All {total} entries are there, without gap or addition.",
            Check.INCLUSION: "Every entry has the hash that the tree holds of it.",
            Check.CONSISTENCY: f"The tree agrees with every checkpoint, the last over {signed} entries.",
            Check.TILES: "The tiles that proofs are made from agree with the tree.",
            Check.CONTENT: f"What stands beside each leaf agrees with it; disclosures were {opened}.{gone}",
        }
        return Report(
            verdicts=(
                *(self._findings.verdict(check, sentence) for check, sentence in sentences.items()),
                witness_verdict(self._findings, self._notes, {signed} - {0}, self._policy, "the policy given"),
                time_verdict(self._findings, self._times.bounds, len(self._stamps)),
            ),
            size=head_size,
            signed=signed,
            root=self._tree.root(),
        )
