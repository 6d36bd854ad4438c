"""What the log shows as tiles (c2sp.org/tlog-tiles). Functions take a connection of the role AUDITOR.

Invariant: a full tile is shown once a checkpoint covers it, a partial one only in a width that some checkpoint has; so
nothing is shown that was not signed, and whoever asks learns nothing of what came between two checkpoints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.audit.bundle import join_entries
from gateway.audit.merkle import HASH_BYTES
from gateway.audit.queries import latest_checkpoint, published_size
from gateway.audit.tile_paths import WIDTH, parse_tile_path
from gateway.audit.tiles import HEIGHT, read_tile

if TYPE_CHECKING:
    from gateway.database import Connection


def parse_place(place: str) -> tuple[int, int]:
    """Index and width that the end of a tile's path names: `<N>`, or `<N>.p/<W>`. Raises ValueError."""
    path, partial, text = place.partition(".p/")
    if not partial:
        return parse_tile_path(path), WIDTH
    width = int(text)
    if str(width) != text or not 1 <= width < WIDTH:
        raise ValueError("not the width of a partial tile")
    return parse_tile_path(path), width


def published_tile(connection: Connection, *, level: int, index: int, width: int) -> bytes | None:
    """`width` hashes of a tile, None where no checkpoint has them."""
    if not _is_published(connection, level=level, index=index, width=width):
        return None
    hashes = read_tile(connection, level, index)
    return None if hashes is None else hashes[: HASH_BYTES * width]


def published_entries(connection: Connection, *, index: int, width: int) -> bytes | None:
    """The entry tile, None where no checkpoint has it.

    Raises:
        PermissionError: some of its entries may not be seen, and a tile is whole or not at all.
    """
    if not _is_published(connection, level=0, index=index, width=width):
        return None
    first = index * WIDTH
    rows = connection.execute(
        "SELECT leaf FROM audit.entries WHERE index >= %s AND index < %s ORDER BY index", (first, first + width)
    ).fetchall()
    if len(rows) != width:
        raise PermissionError("not all entries of the tile may be seen")
    return join_entries(leaf.encode() for (leaf,) in rows)


def _is_published(connection: Connection, *, level: int, index: int, width: int) -> bool:
    end = index * WIDTH + width
    if width == WIDTH:
        note = latest_checkpoint(connection)
        return note is not None and published_size(note) >> (HEIGHT * level) >= end
    low, high = end << (HEIGHT * level), (end + 1) << (HEIGHT * level)
    if high >= 1 << 63:
        return False
    row = connection.execute(
        "SELECT 1 FROM audit.checkpoints"
        " WHERE epoch = (SELECT max(epoch) FROM audit.checkpoints) AND size >= %s AND size < %s LIMIT 1",
        (low, high),
    ).fetchone()
    return row is not None
