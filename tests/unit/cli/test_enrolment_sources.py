"""What of a folder or manifest is a picture, under which external id, and what is said of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from gateway.cli.enrolment import folders
from gateway.cli.enrolment.refusals import REFUSALS, SourceUnusable
from gateway.cli.enrolment.sources import open_source
from gateway.web.api.bodies import MAX_IMAGE_BYTES, EnrolBody

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.cli.enrolment.files import File

JPEG = b"\xff\xd8\xff\xe0 a picture"
PNG = b"\x89PNG\r\n\x1a\n a picture"


def found(path: Path) -> dict[str, File]:
    return {file.name: file for file in open_source(path).files}


def refused(path: Path) -> dict[str, str | None]:
    return {name: file.refused for name, file in found(path).items()}


def test_a_folder_gives_its_pictures_in_order_with_external_ids_from_their_names(tmp_path: Path) -> None:
    (tmp_path / "family").mkdir()
    (tmp_path / "b (2).png").write_bytes(PNG)
    (tmp_path / "family" / "a.jpeg").write_bytes(JPEG)
    opened = open_source(tmp_path)
    assert opened.total == 2
    assert [(file.name, file.external_id, file.image) for file in opened.files] == [
        ("b (2).png", "b__2_", PNG),
        ("family/a.jpeg", "a", JPEG),
    ]


def test_what_a_system_leaves_behind_is_no_file_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / ".DS_Store").write_bytes(b"x")
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "__MACOSX" / "a.jpg").write_bytes(JPEG)
    with pytest.raises(SourceUnusable, match="nothing to enrol"):
        open_source(tmp_path)
    (tmp_path / "b.jpg").write_bytes(JPEG)
    assert list(found(tmp_path)) == ["b.jpg"]


def test_what_is_no_picture_to_be_sent_says_why(tmp_path: Path) -> None:
    outside = tmp_path / "outside.jpg"
    outside.write_bytes(JPEG)
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "link.jpg").symlink_to(outside)
    (folder / "elsewhere").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe.jpg")
    (folder / "text.jpg").write_bytes(b"hello")
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "zip.jpg").write_bytes(b"PK\x03\x04...")
    (folder / "large.jpg").write_bytes(JPEG.ljust(MAX_IMAGE_BYTES + 1, b"\0"))
    (folder / "most.jpg").write_bytes(JPEG.ljust(MAX_IMAGE_BYTES, b"\0"))
    (folder / "M\u00fcller.jpg").write_bytes(JPEG)
    assert refused(folder) == {
        "elsewhere": "FILE_LINK",
        "empty.jpg": "IMAGE_FORMAT",
        "large.jpg": "IMAGE_TOO_LARGE",
        "link.jpg": "FILE_LINK",
        "most.jpg": None,
        "M\u00fcller.jpg": "EXTERNAL_ID_INVALID",
        "pipe.jpg": "FILE_SPECIAL",
        "text.jpg": "IMAGE_FORMAT",
        "zip.jpg": "FILE_PACKED",
    }


def test_a_manifest_says_of_each_file_what_a_request_can(tmp_path: Path) -> None:
    for name in ("a.jpg", "M\u00fcller.jpg"):
        (tmp_path / name).write_bytes(JPEG)
    (tmp_path / "people.csv").write_text(
        "file,external_id,purpose,offence.statute,consent.written,justification\n"
        "a.jpg,,locate_missing_person,,true,\n"
        'M\u00fcller.jpg,mueller-1,,RCW 9A.36,,"handed in, by the family"\n',
        encoding="utf-8-sig",
    )
    one, other = found(tmp_path / "people.csv").values()
    assert (one.external_id, one.said) == ("a", {"purpose": "locate_missing_person", "consent": {"written": True}})
    assert (other.external_id, other.image) == ("mueller-1", JPEG)
    assert other.said == {"offence": {"statute": "RCW 9A.36"}, "justification": "handed in, by the family"}


def test_every_column_of_a_manifest_is_a_field_of_the_request(tmp_path: Path) -> None:
    known = folders.columns()
    assert "image" not in known
    assert {name.partition(".")[0] for name in known} - {"file"} == EnrolBody.model_fields.keys() - {"image"}
    assert known["consent.written_release"] is bool


@pytest.mark.parametrize(
    "text",
    [
        "name,external_id\na.jpg,a\n",
        "file,hat\na.jpg,a\n",
        "file,file\na.jpg,a\n",
        "",
        "\xff\xfe",
        'file\n"a.jpg\n',
    ],
)
def test_a_manifest_that_is_none_is_refused_as_a_whole(tmp_path: Path, text: str) -> None:
    (tmp_path / "people.csv").write_bytes(text.encode("latin-1"))
    with pytest.raises(SourceUnusable, match="manifest"):
        found(tmp_path / "people.csv")


def test_a_manifest_reaches_nothing_outside_its_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.jpg").write_bytes(JPEG)
    folder = tmp_path / "folder"
    (folder / "inside").mkdir(parents=True)
    (folder / "out").symlink_to(tmp_path)
    (folder / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    (folder / "a.jpg").write_bytes(JPEG)
    names = ["../secret.jpg", str(tmp_path / "secret.jpg"), "out/secret.jpg", "link.jpg", "gone.jpg", "inside", "a.jpg"]
    (folder / "people.csv").write_text("file,purpose\n" + "".join(f"{name},x\n" for name in names) + "b.jpg\n,x\n")
    assert [file.refused for file in open_source(folder / "people.csv").files] == [
        "FILE_OUTSIDE", "FILE_OUTSIDE", "FILE_OUTSIDE", "FILE_LINK", "FILE_UNREADABLE", "FILE_SPECIAL", None,
        "ROW_UNREADABLE", "ROW_UNREADABLE",
    ]  # fmt: skip


def test_anything_else_is_no_source(tmp_path: Path) -> None:
    (tmp_path / "a.rar").write_bytes(b"Rar!")
    with pytest.raises(SourceUnusable, match="no folder"):
        open_source(tmp_path / "a.rar")


def test_every_refusal_has_a_sentence_and_a_remedy() -> None:
    for sentence, remedy in REFUSALS.values():
        assert sentence.endswith(".")
        assert remedy.endswith(".")
