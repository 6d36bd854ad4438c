"""Photographs are the pinned ones or none, under neutral names, and what is missing is said in words."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from gateway.cli import photographs as source


def test_without_an_index_there_is_what_there_is_and_a_sentence_on_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    found = source.photographs(tmp_path / "cache")
    assert found.keys() == source.SHIPPED.keys()
    sentence = source.shortfall(found)
    assert sentence is not None
    assert "7 of 7" in sentence


@pytest.mark.photographs
def test_what_is_cached_is_checked_and_not_fetched_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, photographs: dict[str, bytes]
) -> None:
    for name, content in photographs.items():
        (tmp_path / name).write_bytes(content)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    found = source.photographs(tmp_path)
    assert source.shortfall(found) is None
    (tmp_path / "person_a_1.jpg").write_bytes(b"another picture")
    assert "person_a_1.jpg" not in source.photographs(tmp_path)


def test_what_is_missing_is_said_wherever_it_comes_from() -> None:
    everything = {name: Path(name) for name in (*source.FETCHED, *source.SHIPPED)}
    assert source.shortfall(everything) is None
    for name in everything:
        sentence = source.shortfall({other: path for other, path in everything.items() if other != name})
        assert sentence is not None, name
        said = f"1 of {len(source.FETCHED)}" if name in source.FETCHED else name
        assert said in sentence
    assert "matplotlib" in (source.shortfall({}) or "")


def test_names_tell_nobody_who_it_is() -> None:
    for name, (*_, file, digest) in {**source.FETCHED, **source.SHIPPED}.items():
        assert name.startswith(("person_", "no_face_"))
        assert Path(file).stem not in name
        assert len(digest) == len(hashlib.sha256().hexdigest())
