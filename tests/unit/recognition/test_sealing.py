"""A sealed value opens as what it was sealed as, and as nothing else."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np
import pytest

from gateway.recognition import sealing
from gateway.recognition.sealing import SealBroken

if TYPE_CHECKING:
    from pathlib import Path

GALLERY, OTHER_GALLERY, FACE, OTHER_FACE = (UUID(int=number) for number in range(1, 5))
KEY = bytes(range(32))
TEMPLATE = np.linspace(-0.3, 0.3, 128, dtype=np.float32)


def test_a_template_comes_back_bit_for_bit() -> None:
    sealed = sealing.seal_template(KEY, TEMPLATE, gallery=GALLERY, face=FACE, pipeline="p/1")
    opened = sealing.open_template(KEY, sealed, gallery=GALLERY, face=FACE, pipeline="p/1")
    assert opened.tobytes() == TEMPLATE.tobytes()
    assert TEMPLATE.tobytes() not in sealed


@pytest.mark.parametrize(
    ("gallery", "face", "pipeline", "key"),
    [
        (OTHER_GALLERY, FACE, "p/1", KEY),
        (GALLERY, OTHER_FACE, "p/1", KEY),
        (GALLERY, FACE, "p/2", KEY),
        (GALLERY, FACE, "p/1", bytes(32)),
    ],
)
def test_a_template_of_another_row_is_refused(gallery: UUID, face: UUID, pipeline: str, key: bytes) -> None:
    sealed = sealing.seal_template(KEY, TEMPLATE, gallery=GALLERY, face=FACE, pipeline="p/1")
    with pytest.raises(SealBroken):
        sealing.open_template(key, sealed, gallery=gallery, face=face, pipeline=pipeline)


def test_a_crop_is_not_a_template() -> None:
    sealed = sealing.seal_crop(KEY, TEMPLATE.tobytes(), gallery=GALLERY, face=FACE)
    assert sealing.open_crop(KEY, sealed, gallery=GALLERY, face=FACE) == TEMPLATE.tobytes()
    with pytest.raises(SealBroken):
        sealing.open_template(KEY, sealed, gallery=GALLERY, face=FACE, pipeline="")


@pytest.mark.parametrize("damaged", [b"", b"short", bytes(200)])
def test_damaged_bytes_are_refused(damaged: bytes) -> None:
    with pytest.raises(SealBroken):
        sealing.open_crop(KEY, damaged, gallery=GALLERY, face=FACE)


def test_the_key_of_a_gallery_opens_for_that_gallery_only() -> None:
    wrapped = sealing.make_gallery_key(KEY, GALLERY)
    assert len(sealing.open_gallery_key(KEY, GALLERY, wrapped)) == 32
    with pytest.raises(SealBroken):
        sealing.open_gallery_key(KEY, OTHER_GALLERY, wrapped)


def test_the_engine_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    first = sealing.engine_key(keys)
    assert sealing.engine_key(keys) == first
    assert stat.S_IMODE((keys / "engine.key").stat().st_mode) == 0o600
    assert [path.name for path in keys.iterdir()] == ["engine.key"]


def test_a_damaged_engine_key_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "engine.key").write_bytes(b"too short")
    with pytest.raises(SealBroken):
        sealing.engine_key(tmp_path)
    assert (tmp_path / "engine.key").read_bytes() == b"too short"
