"""Folders are people, tables are groups, and labels that contradict each other are refused without naming anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.recognition.labelled import LabelsUnusable, groups, photographs

if TYPE_CHECKING:
    from pathlib import Path


def put(folder: Path, name: str, content: bytes) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)


def test_each_folder_is_a_person_and_each_picture_counts_once(tmp_path: Path) -> None:
    put(tmp_path, "b/1.jpg", b"one")
    put(tmp_path, "b/again.JPG", b"one")
    put(tmp_path, "b/notes.txt", b"no picture")
    put(tmp_path, "a/2.png", b"two")
    put(tmp_path, "loose.jpg", b"of nobody")
    people, found = photographs(tmp_path)
    assert people == ["a", "b"]
    assert [(photograph.person, photograph.path.name) for photograph in found] == [(0, "2.png"), (1, "1.jpg")]


def test_one_picture_of_two_people_is_a_false_label(tmp_path: Path) -> None:
    put(tmp_path, "alice/1.jpg", b"one")
    put(tmp_path, "bob/1.jpg", b"one")
    with pytest.raises(LabelsUnusable) as refused:
        photographs(tmp_path)
    assert str(refused.value) == "one picture lies in folder 1 and in folder 2, counted by name"


def test_a_folder_without_people_is_refused(tmp_path: Path) -> None:
    put(tmp_path, "1.jpg", b"one")
    with pytest.raises(LabelsUnusable, match="folder of their own"):
        photographs(tmp_path)


def test_people_are_in_the_groups_that_the_table_says(tmp_path: Path) -> None:
    table = tmp_path / "groups.csv"
    table.write_text("person,group\na,women\nb,men\na,older\n", encoding="utf-8")
    assert groups(table, ["a", "b", "c"]) == {"men": {1}, "older": {0}, "women": {0}}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("name,group\na,x\n", "columns"),
        ("", "columns"),
        ("person,group\na,x\nalice,x\n", "line 3"),
        ("person,group\na,\n", "line 2"),
    ],
)
def test_a_table_that_says_something_else_is_refused_without_a_name(tmp_path: Path, text: str, why: str) -> None:
    table = tmp_path / "groups.csv"
    table.write_text(text, encoding="utf-8")
    with pytest.raises(LabelsUnusable, match=why) as refused:
        groups(table, ["a"])
    assert "alice" not in str(refused.value)
