"""Tiles show what was signed and nothing that came between."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.audit import queries
from gateway.audit.bundle import split_entries
from gateway.audit.merkle import leaf_hashes
from gateway.audit.published import parse_place, published_entries, published_tile
from gateway.audit.tiles import split_hashes

if TYPE_CHECKING:
    from audit_house import LogUnderTest


@pytest.fixture
def published(audit: LogUnderTest) -> LogUnderTest:
    """Checkpoints of 3, 260 and 265 entries, and one entry beyond; the last five are another agency's."""
    for count, agency in ((3, "lakeport-pd"), (257, "lakeport-pd"), (5, "hillview-so")):
        audit.write(count, agency=agency)
        audit.publish()
    audit.write(1)
    audit.sequencer.run_once()
    return audit


def test_a_partial_tile_has_a_width_that_was_signed_and_a_full_one_is_covered(published: LogUnderTest) -> None:
    with published.auditor.transaction() as connection:
        given = {
            (level, index, width)
            for level in range(3)
            for index in range(3)
            for width in (1, 2, 3, 4, 5, 9, 10, 255, 256)
            if published_tile(connection, level=level, index=index, width=width) is not None
        }
        whole = published_tile(connection, level=0, index=0, width=256)
        first = published_tile(connection, level=0, index=0, width=3)
    assert given == {(0, 0, 3), (0, 0, 256), (0, 1, 4), (0, 1, 9), (1, 0, 1)}
    assert whole is not None
    assert first == whole[: 3 * 32]


def test_an_entry_tile_hashes_to_the_hash_tile(published: LogUnderTest) -> None:
    with published.auditor.transaction() as connection:
        queries.see(connection, None)
        for index, width in ((0, 256), (1, 9)):
            hashes = published_tile(connection, level=0, index=index, width=width)
            entries = published_entries(connection, index=index, width=width)
            assert hashes is not None
            assert entries is not None
            assert leaf_hashes(split_entries(entries)) == split_hashes(hashes)
            assert len(split_entries(entries)) == width
        assert published_entries(connection, index=1, width=10) is None


def test_an_entry_tile_is_given_whole_or_not_at_all(published: LogUnderTest) -> None:
    with published.auditor.transaction() as connection:
        queries.see(connection, "lakeport-pd")
        assert published_entries(connection, index=0, width=256) is not None
        with pytest.raises(PermissionError):
            published_entries(connection, index=1, width=9)


@pytest.mark.parametrize(
    "place", ["", "1", "01", "0001", "x001", "001.p/", "001.p/0", "001.p/256", "001.p/01", "x1/000"]
)
def test_a_place_is_written_in_one_way(place: str) -> None:
    with pytest.raises(ValueError, match=r"not|invalid"):
        parse_place(place)
    assert parse_place("x001/234.p/9") == (1234, 9)
