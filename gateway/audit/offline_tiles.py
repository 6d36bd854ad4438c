"""The entry tiles of a bundle, hashed one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gateway.audit.merkle import leaf_hashes
from gateway.audit.offline_time import tile_extent
from gateway.audit.tile_paths import WIDTH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.audit.bundle import Bundle


class HashedTile(NamedTuple):
    """One tile's leaves, their hashes, and the earliest and the latest time in it where that was asked for."""

    start: int
    leaves: list[bytes]
    hashes: list[bytes]
    extent: tuple[int, int] | None

    @property
    def end(self) -> int:
        return self.start + len(self.leaves)


def hashed_tiles(bundle: Bundle, *, timed: bool) -> Iterator[HashedTile]:
    """The tiles of the range in their order; one that is missing or of another width ends it.

    Raises:
        BundleMalformed: a tile cannot be read.
    """
    for number in range((bundle.first or 0) // WIDTH, -(-bundle.size // WIDTH)):
        leaves = bundle.entries(number * WIDTH)
        if len(leaves) != min(WIDTH, bundle.size - number * WIDTH):
            return
        yield HashedTile(number * WIDTH, leaves, leaf_hashes(leaves), tile_extent(leaves) if timed else None)
