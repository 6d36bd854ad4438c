"""Writes a bundle from the log: everything between two checkpoints, or single entries with their proofs.

Runs in one snapshot of the role AUDITOR, so the parts agree. That somebody took a bundle is an entry of the log; the
caller writes it first. Invariant: a value that cannot be opened stops no bundle, or whoever may append could write one
that stops them all; it is counted beside those that were opened, and never left out in silence.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from psycopg import sql

from gateway.audit import queries
from gateway.audit.bundle import FORMAT, entry_tile_name, join_entries
from gateway.audit.errors import BundleMalformed, DisclosureUnreadable
from gateway.audit.keyring import Keyring
from gateway.audit.proofs import consistency_proof, subtree_root
from gateway.audit.single_file import verifier_source
from gateway.audit.tile_paths import WIDTH
from gateway.audit.tiles import TileReader

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path
    from uuid import UUID

    from gateway.audit.disclosures import DisclosureKeys
    from gateway.audit.witness_policy import WitnessPolicy
    from gateway.database import Connection

_README: Final = """This folder holds a part of an audit log, and what is needed to verify it without a network.

    python verify.py . --key VKEY

VKEY is the log's verifier key. Take it from whoever gave it to you before, not from this folder, and if you can take
verify.py from elsewhere too. With --policy FILE you apply your own policy on witnesses, with --roots FILE you say which
authorities of time you trust. Put receipts that you hold into receipts/, one a file, to see whether they were honoured.
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the log: the range [first, size) between two checkpoints, or single entries where there are `indexes`.

    `size` None is the last checkpoint.
    """

    first: int = 0
    size: int | None = None
    indexes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Opening:
    """Opens disclosures with `keys`, but for those of entries that are `closed` to everybody (of some, which)."""

    keys: DisclosureKeys
    closed: Callable[[Connection, Sequence[int]], Collection[int]]


class Written(NamedTuple):
    """How many entries a bundle has, and how many of their values were to be opened and could not be."""

    entries: int
    unreadable: int


class BundleWriter:
    """Writes files into a folder, or into a zip where the path ends so."""

    def __init__(self, path: Path) -> None:
        """Raises OSError, which is FileExistsError where something stands there."""
        self._path = path
        self._zip = zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED) if path.suffix == ".zip" else None
        if self._zip is None:
            path.mkdir(parents=True)

    def write(self, name: str, content: str | bytes) -> None:
        if self._zip is not None:
            self._zip.writestr(name, content)
            return
        path = self._path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    def close(self) -> None:
        """Raises OSError."""
        if self._zip is not None:
            self._zip.close()

    def discard(self) -> None:
        """Removes what was written: half a bundle is none, and would stand in the way of the next attempt."""
        with suppress(OSError):
            self.close()
        if self._zip is not None:
            self._path.unlink(missing_ok=True)
        else:
            shutil.rmtree(self._path, ignore_errors=True)


def write_bundle(
    connection: Connection,
    writer: BundleWriter,
    wanted: Wanted,
    *,
    origin: str,
    policy: WitnessPolicy,
    receipts: Mapping[str, str] | None = None,
    opening: Opening | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Written:
    """Writes the bundle.

    Args:
        connection: the role AUDITOR's in a snapshot, which sees the whole log.
        writer: where to.
        wanted: what of the log.
        origin: the log's name.
        policy: on witnesses, with the log's keys in it.
        receipts: names and texts of receipts to put with it.
        opening: puts disclosed values with it; None leaves them out.
        progress: called with (entries done, entries in all).

    Raises:
        BundleMalformed: there is no such checkpoint or entry.
        OSError: a file cannot be written.
    """
    epoch = queries.epoch_of(connection, origin)
    history = queries.log_keys(connection, epoch)
    last = queries.latest_checkpoint(connection, epoch)
    if last is None or not history:
        raise BundleMalformed("the log has no checkpoint yet")
    size = queries.published_size(last) if wanted.size is None else wanted.size
    ranged = not wanted.indexes
    if ranged and not 0 <= wanted.first < size:
        raise BundleMalformed("the range is empty")
    opened: list[_Opened] = []
    if ranged:
        _write_checkpoints(connection, writer, epoch, first=wanted.first, size=size)
        count = _write_range(connection, writer, first=wanted.first, size=size, progress=progress)
        if opening is not None:
            opened = _opened(connection, opening, first=wanted.first, end=size)
    else:
        count = _write_singles(connection, writer, wanted.indexes)
        if opening is not None:
            opened = [
                one for index in wanted.indexes for one in _opened(connection, opening, first=index, end=index + 1)
            ]
    reader, keyring = TileReader(connection), Keyring.of(history[-1][0], history)
    document = {
        "format": FORMAT,
        "origin": origin,
        "verifier_key": str(keyring.current),
        "keys": [{"verifier_key": key, "transition": transition} for key, transition in history],
        "first": wanted.first if ranged else None,
        "size": size,
        "subtrees": [item.hex() for item in _subtrees(reader, wanted.first)] if ranged else [],
        "continued": [item.hex() for item in _continued(reader, size, keyring)] if ranged else [],
        "receipt_keys": queries.receipt_keys(connection, epoch),
    }
    writer.write("log.json", json.dumps(document, indent=1) + "\n")
    writer.write("policy", str(policy))
    writer.write("verify.py", verifier_source())
    writer.write("README.txt", _README)
    if opened:
        writer.write("disclosures.jsonl", "".join(one.line() for one in opened))
    for name, text in (receipts or {}).items():
        writer.write(f"receipts/{name}", text)
    return Written(count, sum(one.unreadable for one in opened))


def _subtrees(reader: TileReader, size: int) -> list[bytes]:
    """The perfect subtrees of the tree of `size` leaves, largest first."""
    found, start = [], 0
    for height in reversed(range(size.bit_length())):
        if size >> height & 1:
            found.append(subtree_root(reader, start, start + (1 << height)))
            start += 1 << height
    return found


def _continued(reader: TileReader, size: int, keyring: Keyring) -> list[bytes]:
    """That the tree at which the key in use took over begins with the one of `size` entries."""
    last = keyring.last_handover
    if last is None or last.checkpoint.size <= size:
        return []
    return consistency_proof(reader, old_size=size, size=last.checkpoint.size)


def _write_checkpoints(connection: Connection, writer: BundleWriter, epoch: int, *, first: int, size: int) -> None:
    """The two ends of the range; within it those that were stamped, or that two keys signed, and of those that a quorum
    has seen the first and the last of each minute, which bound the time of the entries.
    """
    rows = connection.execute(
        """
        SELECT size, note FROM audit.checkpoints
        WHERE epoch = %(epoch)s AND size BETWEEN greatest(%(first)s, 1) AND %(size)s AND (
            size IN (%(first)s, %(size)s)
            OR size IN (SELECT t.size FROM audit.timestamps AS t WHERE t.epoch = %(epoch)s)
            OR size IN (
                SELECT unnest(ARRAY[min(w.size), max(w.size)]) FROM audit.checkpoints AS w
                WHERE w.epoch = %(epoch)s AND w.witnessed AND w.size <= %(size)s GROUP BY w.signed_ns / 60000000000
            )
            OR note IN (SELECT k.transition FROM audit.log_keys AS k WHERE k.epoch = %(epoch)s)
        )
        """,
        {"epoch": epoch, "first": first, "size": size},
    ).fetchall()
    sizes = {int(row[0]) for row in rows}
    for end in (first, size):
        if end and end not in sizes:
            raise BundleMalformed(f"there is no checkpoint of {end} entries; `GET /log/checkpoint` is the last one")
    for found, note in rows:
        writer.write(f"checkpoints/{found}", note)
    stamps = connection.execute(
        "SELECT size, response FROM audit.timestamps WHERE epoch = %s AND size BETWEEN %s AND %s ORDER BY time_ns",
        (epoch, first, size),
    )
    for number, (found, response) in enumerate(stamps):
        writer.write(f"timestamps/{found}.{number}.tsr", bytes(response))


def _write_range(
    connection: Connection, writer: BundleWriter, *, first: int, size: int, progress: Callable[[int, int], None]
) -> int:
    begin = first - first % WIDTH
    statement = sql.SQL("SELECT leaf FROM audit.entries WHERE index >= {} AND index < {} ORDER BY index")
    leaves: list[bytes] = []
    done = begin
    with connection.cursor("bundle") as cursor:
        cursor.itersize = 8 * WIDTH
        cursor.execute(statement.format(sql.Literal(begin), sql.Literal(size)))
        for (leaf,) in cursor:
            leaves.append(leaf.encode())
            if len(leaves) == WIDTH or done + len(leaves) == size:
                writer.write(entry_tile_name(done // WIDTH, size), join_entries(leaves))
                done += len(leaves)
                leaves = []
                progress(done - begin, size - begin)
    if done != size:
        raise BundleMalformed(f"the log lacks entries from {done} on; `writgate audit verify` says more")
    return size - first


def _write_singles(connection: Connection, writer: BundleWriter, indexes: Sequence[int]) -> int:
    for index in indexes:
        entry, proof = queries.entry(connection, index), queries.proof(connection, index)
        if entry is None or proof is None:
            raise BundleMalformed(f"there is no entry {index} under a checkpoint")
        writer.write(f"entries/{index}", entry.leaf)
        writer.write(f"proofs/{index}.tlog-proof", proof)
        note = proof.partition("\n\n")[2]
        writer.write(f"checkpoints/{queries.published_size(note)}", note)
    return len(indexes)


class _Opened(NamedTuple):
    position: int
    disclosures: list[str]
    unreadable: int

    def line(self) -> str:
        told = {"unreadable": self.unreadable} if self.unreadable else {}
        return json.dumps({"index": self.position, "disclosures": self.disclosures} | told) + "\n"


def _opened(connection: Connection, opening: Opening, *, first: int, end: int) -> list[_Opened]:
    rows = connection.execute(
        "SELECT index, key_id, ciphertexts FROM audit.disclosures WHERE index >= %s AND index < %s ORDER BY index",
        (first, end),
    ).fetchall()
    closed = opening.closed(connection, [row[0] for row in rows])
    return [_values(connection, opening.keys, *row) for row in rows if row[0] not in closed]


def _values(
    connection: Connection, keys: DisclosureKeys, index: int, key_id: UUID, ciphertexts: Sequence[bytes]
) -> _Opened:
    opened: list[str] = []
    for sealed in ciphertexts:
        with suppress(DisclosureUnreadable):
            opened.append(keys.open(connection, key_id, bytes(sealed)).text)
    return _Opened(index, opened, len(ciphertexts) - len(opened))
