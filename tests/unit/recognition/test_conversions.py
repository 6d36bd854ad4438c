"""The converted network in the data folder: made once, checked at each start, made again when it is not sound."""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING

import pytest

from gateway import private_files
from gateway.recognition import conversions, weights
from gateway.recognition.weights import NetworkUnusable, Weights

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("networks")
    conversions.ensure(folder, weights.find())
    return kept(folder).read_bytes()


@pytest.fixture
def folder(tmp_path: Path, sound: bytes) -> Path:
    (tmp_path / "networks").mkdir(mode=0o700)
    private_files.replace(conversions.path(tmp_path / "networks", weights.find().network_digest()), sound)
    return tmp_path / "networks"


def kept(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def relabelled(content: bytes, **changes: object) -> bytes:
    head, _, model = content.partition(b"\n")
    return json.dumps({**json.loads(head), **changes}).encode() + b"\n" + model


def test_it_is_made_once_and_says_what_it_was_made_of(folder: Path) -> None:
    found, path = weights.find(), kept(folder)
    line = json.loads(path.read_bytes().partition(b"\n")[0])
    assert line["source"] == weights.NETWORK
    assert line["source_sha256"] == found.network_digest()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    made = path.stat().st_ino
    conversions.ensure(folder, found)
    assert kept(folder).stat().st_ino == made


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut off": lambda content: content[: len(content) // 2],
    "one bit": lambda content: content[:-1000] + bytes([content[-1000] ^ 1]) + content[-999:],
    "no line": lambda content: content.partition(b"\n")[2],
    "not an object": lambda content: b"[]\n" + content.partition(b"\n")[2],
    "of another source": lambda content: relabelled(content, source_sha256="0" * 64),
    "of another recipe": lambda content: relabelled(content, recipe=conversions.RECIPE + 1),
    "of another digest": lambda content: relabelled(content, model_sha256="0" * 64),
    "without the reference's numbers": lambda content: relabelled(content, pattern="AAAA"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_one_that_is_not_sound_is_as_good_as_none_and_made_again(damage: str, folder: Path, sound: bytes) -> None:
    found, path = weights.find(), kept(folder)
    path.write_bytes(DAMAGES[damage](sound))
    assert conversions.load(folder, found.network_digest()) is None
    conversions.ensure(folder, found)
    assert path.read_bytes() == sound
    assert [one.name for one in folder.iterdir()] == [path.name]


def test_a_source_with_another_checksum_is_converted_anew_and_under_another_name(folder: Path, tmp_path: Path) -> None:
    found = weights.find()
    content = bytearray(found.network.read_bytes())
    content[400] ^= 1  # the smallest change of one filter of the first layer
    changed = Weights(found.landmarks, tmp_path / weights.NETWORK)
    changed.network.write_bytes(content)
    conversions.ensure(folder, changed)
    assert len(list(folder.iterdir())) == 2
    both = [conversions.load(folder, one.network_digest()) for one in (found, changed)]
    assert both[0] is not None
    assert both[1] is not None
    assert both[0].model != both[1].model


def test_a_source_that_was_cut_off_leaves_nothing_behind(tmp_path: Path) -> None:
    found = weights.find()
    short = Weights(found.landmarks, tmp_path / weights.NETWORK)
    short.network.write_bytes(found.network.read_bytes()[:-200_000])
    with pytest.raises(NetworkUnusable):
        conversions.ensure(tmp_path / "networks", short)
    assert not (tmp_path / "networks").exists()


def test_what_does_not_give_the_references_numbers_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.recognition.resnet.MEANS", (122.0, 117.0, 104.0))
    with pytest.raises(NetworkUnusable, match="off by"):
        conversions.ensure(tmp_path / "networks", weights.find())
    assert not (tmp_path / "networks").exists()


def test_a_writer_that_dies_leaves_no_half_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        conversions.ensure(tmp_path / "networks", weights.find())
    assert list((tmp_path / "networks").iterdir()) == []
