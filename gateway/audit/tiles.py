"""Hash tiles (c2sp.org/tlog-tiles): how the tree's hashes are stored, grown and read.

A tile at level L and index N holds up to 256 hashes, each the root of 256^L consecutive leaves; its width says how
many. Every perfect subtree can be read from them: the root of 2^l leaves at index i lies in level l // 8. Invariant: a
tile only grows, and a hash in it never changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from gateway.audit.merkle import HASH_BYTES, CompactRange, perfect_root
from gateway.audit.tile_paths import WIDTH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from gateway.database import Connection

HEIGHT: Final = 8
# Tile indexes are written in groups of three digits; a level above 63 would hold more leaves than 64 bits count.
HIGHEST_LEVEL: Final = 63


class HashReader(Protocol):
    def node(self, level: int, index: int) -> bytes:
        """The root of the perfect subtree of 2^level leaves that is the index-th of its size."""


class TileReader:
    """Reads tiles through one connection, each at most once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._tiles: dict[tuple[int, int], bytes] = {}

    def node(self, level: int, index: int) -> bytes:
        """Raises KeyError if the tile is missing or does not hold it."""
        return node(self._tile, level, index)

    def _tile(self, level: int, index: int) -> bytes:
        found = self._tiles.get((level, index))
        if found is None:
            found = read_tile(self._connection, level, index)
            if found is None:
                raise KeyError(f"tile {level}/{index} is missing")
            self._tiles[level, index] = found
        return found


def node(tile: Callable[[int, int], bytes], level: int, index: int) -> bytes:
    """The root of the perfect subtree of 2^level leaves that is the index-th of its size, out of the hashes of the tile
    that `tile(level, index)` gives. Raises KeyError if that tile does not hold it.
    """
    tile_level, inside = divmod(level, HEIGHT)
    first = index << inside
    start = first % WIDTH
    found = tile(tile_level, first // WIDTH)[start * HASH_BYTES : (start + (1 << inside)) * HASH_BYTES]
    if len(found) != HASH_BYTES << inside:
        raise KeyError(f"tile {tile_level}/{first // WIDTH} is too narrow")
    return perfect_root(split_hashes(found))


def read_tile(connection: Connection, level: int, index: int) -> bytes | None:
    """The hashes of a tile, concatenated, as many as there are yet."""
    row = connection.execute(
        "SELECT hashes FROM audit.tiles WHERE level = %s AND index = %s", (level, index)
    ).fetchone()
    return None if row is None else bytes(row[0])


def leaf_hashes(connection: Connection, start: int, end: int) -> Iterator[bytes]:
    """Leaf hashes of [start, end) from the tiles. Raises KeyError where one is missing."""
    position = start
    while position < end:
        index = position // WIDTH
        rows = connection.execute(
            "SELECT index, hashes FROM audit.tiles WHERE level = 0 AND index BETWEEN %s AND %s ORDER BY index",
            (index, min(index + 63, (end - 1) // WIDTH)),
        ).fetchall()
        if not rows:
            raise KeyError(f"tile 0/{index} is missing")
        for found_index, hashes in rows:
            wanted = min((found_index + 1) * WIDTH, end)
            part = split_hashes(bytes(hashes))[position - found_index * WIDTH : wanted - found_index * WIDTH]
            if found_index != position // WIDTH or len(part) != wanted - position:
                raise KeyError(f"tile 0/{position // WIDTH} is missing or too narrow")
            yield from part
            position = wanted


def split_hashes(hashes: bytes) -> list[bytes]:
    return [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]


class TileEdge:
    """The unfinished tiles at the right edge of the tree, one a level: what the sequencer grows.

    After `extend`, `changed` holds every tile that it touched, whole as it now stands.
    """

    def __init__(self, size: int, edge: Sequence[Sequence[bytes]]) -> None:
        """`edge[L]` are the hashes of the unfinished tile of level L, possibly none.

        Raises:
            ValueError: they are not the edge of a tree of this size.
        """
        self.size = size
        self._edge = [list(hashes) for hashes in edge]
        expected = edge_widths(size)
        if [len(hashes) for hashes in self._edge] != expected:
            raise ValueError("the tiles are not those of this size")
        self.changed: dict[tuple[int, int], bytes] = {}

    @classmethod
    def load(cls, connection: Connection, size: int) -> TileEdge:
        """Raises ValueError if a tile of the edge is missing or narrower than the tree needs."""
        edge: list[list[bytes]] = []
        for level, width in enumerate(edge_widths(size)):
            hashes = read_tile(connection, level, size // WIDTH ** (level + 1)) if width else b""
            edge.append(split_hashes(hashes or b""))
        return cls(size, edge)

    def extend(self, hashes: Iterable[bytes]) -> None:
        """Appends leaf hashes."""
        self.changed = {}
        touched: set[int] = set()
        for item in hashes:
            self._push(0, item, touched)
            self.size += 1
        for level in touched:
            if self._edge[level]:
                self.changed[level, self.size // WIDTH ** (level + 1)] = b"".join(self._edge[level])

    def root(self) -> bytes:
        """The root of the tree, from the perfect subtrees that the edge is made of."""
        subtrees: list[bytes] = []
        for hashes in reversed(self._edge):
            start = 0
            for height in reversed(range(HEIGHT)):
                if len(hashes) >> height & 1:
                    subtrees.append(perfect_root(hashes[start : start + (1 << height)]))
                    start += 1 << height
        return CompactRange(self.size, subtrees).root()

    def _push(self, level: int, item: bytes, touched: set[int]) -> None:
        if level == len(self._edge):
            self._edge.append([])
        tile = self._edge[level]
        tile.append(item)
        touched.add(level)
        if len(tile) == WIDTH:
            self.changed[level, self.size // WIDTH ** (level + 1)] = b"".join(tile)
            self._push(level + 1, perfect_root(tile), touched)
            tile.clear()


def edge_widths(size: int) -> list[int]:
    """For each level, how many hashes its unfinished tile holds in a tree of this size."""
    widths = []
    while size:
        size, width = divmod(size, WIDTH)
        widths.append(width)
    return widths
