"""Tiles hold the tree: grown in any steps they are the same, and every node can be read from them."""

from __future__ import annotations

import hashlib
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit.merkle import CompactRange, perfect_root
from gateway.audit.tile_paths import parse_tile_path, tile_path
from gateway.audit.tiles import TileEdge, edge_widths, split_hashes

LARGEST = 70_000
LEAVES = [hashlib.sha256(number.to_bytes(4)).digest() for number in range(LARGEST)]


def grow(steps: list[int]) -> tuple[TileEdge, dict[tuple[int, int], bytes]]:
    edge = TileEdge(0, [])
    tiles: dict[tuple[int, int], bytes] = {}
    for start, end in pairwise([0, *steps]):
        edge.extend(LEAVES[start:end])
        for place, content in edge.changed.items():
            assert content.startswith(tiles.get(place, b"")), "a tile only grows"
            tiles[place] = content
    return edge, tiles


def root_of(size: int) -> bytes:
    tree = CompactRange()
    tree.extend(LEAVES[:size])
    return tree.root()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 1500), min_size=1, max_size=6).map(sorted))
def test_growing_in_steps_gives_the_tree_and_its_tiles(steps: list[int]) -> None:
    edge, tiles = grow(steps)
    _, at_once = grow(steps[-1:])
    size = steps[-1]
    assert edge.size == size
    assert edge.root() == root_of(size)
    assert tiles == at_once
    assert b"".join(tiles[0, index] for index in range(-(-size // 256))) == b"".join(LEAVES[:size])


def test_a_tree_of_three_levels_of_tiles() -> None:
    edge, tiles = grow([1, 255, 256, 65_535, 65_536, LARGEST])
    assert edge.root() == root_of(LARGEST)
    assert {place: len(content) // 32 for place, content in tiles.items() if place[0] > 0} == {
        (1, 0): 256,
        (1, 1): LARGEST // 256 - 256,
        (2, 0): 1,
    }
    assert tiles[2, 0] == perfect_root(split_hashes(tiles[1, 0]))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1500))
def test_an_edge_loaded_from_its_tiles_goes_on(size: int) -> None:
    _, tiles = grow([size])
    widths = edge_widths(size)
    loaded = TileEdge(
        size,
        [split_hashes(tiles[level, size // 256 ** (level + 1)]) if width else [] for level, width in enumerate(widths)],
    )
    loaded.extend(LEAVES[size : size + 300])
    assert loaded.root() == root_of(size + 300)


def test_an_edge_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="size"):
        TileEdge(3, [LEAVES[:2]])


@pytest.mark.parametrize(("index", "path"), [(0, "000"), (67, "067"), (1234067, "x001/x234/067"), (1000, "x001/000")])
def test_a_tile_is_named_as_tlog_tiles_says(index: int, path: str) -> None:
    assert tile_path(index) == path
    assert parse_tile_path(path) == index


@pytest.mark.parametrize(
    "path", ["", "0", "x000/067", "001/067", "x01/067", "-01", "x001", "abc", "\u0661\u0662\u0663"]
)
def test_another_spelling_of_a_tile_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="not a tile"):
        parse_tile_path(path)
