"""Key files are made once, whole, and for their owner's eyes."""

from __future__ import annotations

import stat
import threading
from typing import TYPE_CHECKING

import pytest

from gateway.audit.errors import KeyMissing
from gateway.audit.keys import BLIND_KEY, create_keys, new_wrapping_key, read_key, signing_key

if TYPE_CHECKING:
    from pathlib import Path


def test_each_key_is_made_once_and_is_private(tmp_path: Path) -> None:
    create_keys(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    create_keys(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert set(before) == {"log.key", "receipt.jwk", "blind.key", "export.key", "disclosure.1.key"}
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in tmp_path.iterdir())


def test_of_several_makers_at_once_one_wins(tmp_path: Path) -> None:
    seen: set[bytes] = set()

    def make() -> None:
        create_keys(tmp_path)
        seen.add(read_key(tmp_path / BLIND_KEY))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 1


@pytest.mark.parametrize("content", [None, b"", b"!", b"AAAA"])
def test_a_missing_or_damaged_key_is_named(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "log.key").write_bytes(content)
    with pytest.raises(KeyMissing, match=r"log\.key"):
        signing_key(tmp_path)


def test_a_first_generation_that_was_destroyed_does_not_come_back(tmp_path: Path) -> None:
    create_keys(tmp_path)
    new_wrapping_key(tmp_path, 2)
    (tmp_path / "disclosure.1.key").unlink()
    create_keys(tmp_path)
    assert [path.name for path in tmp_path.glob("disclosure.*")] == ["disclosure.2.key"]
