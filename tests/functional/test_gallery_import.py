"""`writgate gallery import`: from every kind of source, into a real gateway; whatever ends it, none is twice."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import subprocess
import sys
import tarfile
import zipfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from click.testing import CliRunner
from gateway_house import House, gateway_house
from patience import until
from PIL import Image

import gateway
from gateway.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator

    from click.testing import Result

pytestmark = pytest.mark.photographs

STORY = (
    "--purpose", "locate_missing_person", "--case", "2026-0400", "--source", "family",
    "--justification", "photographs handed in by the families on 12 November",
)  # fmt: skip
GOOD = ("person_a_1.jpg", "person_a_2.jpg", "person_b_1.jpg", "person_c_1.png", "person_d_1.jpg")
SHARP = ("person_a_1.jpg", "person_c_1.png", "person_d_1.jpg")  # as small as `photograph` makes them, too


@pytest.fixture(scope="module")
def house(pictures: dict[str, Path]) -> Iterator[House]:
    with gateway_house(pictures) as running:
        yield running


@pytest.fixture
def gallery(house: House, request: pytest.FixtureRequest) -> str:
    name = f"trial-{request.node.name.removeprefix('test_')[:60]}"
    assert writgate(house, "create", name).exit_code == 0
    return name


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports are written where one is."""
    (tmp_path / "desk").mkdir()
    monkeypatch.chdir(tmp_path / "desk")


def writgate(house: House, *arguments: str | Path, client: str = "trial") -> Result:
    whole = ["gallery", *map(str, arguments), "--client", client, "--home", str(house.settings.home)]
    done = CliRunner().invoke(main, whole)
    structlog.reset_defaults()
    return done


def imported(house: House, gallery: str, source: Path, *more: str) -> tuple[int, dict[str, Any]]:
    done = writgate(house, "import", gallery, source, *STORY, "--json", *more)
    assert done.stdout, done.output
    return done.exit_code, json.loads(done.stdout)


def faces(house: House, gallery: str) -> list[str]:
    """External ids, sorted: one for each face."""
    found: list[str] = []
    cursor = ""
    while True:
        page = house.api("trial").get(f"/v1/galleries/{gallery}/faces?limit=200{cursor}").document
        found += [face["external_id"] for face in page["items"]]
        if page["next_cursor"] is None:
            return sorted(found)
        cursor = f"&cursor={page['next_cursor']}"


def report(gallery: str) -> dict[str, dict[str, str]]:
    """By file. Each file has one line."""
    with Path(f"{gallery}-import.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len({row["file"] for row in rows}) == len(rows)
    return {row["file"]: row for row in rows}


def photograph(house: House, name: str, shade: int = 0) -> bytes:
    """The photograph, smaller; each shade is another file of it."""
    picture = Image.open(house.photographs[name]).convert("RGB")
    picture.thumbnail((640, 640))
    picture.putpixel((0, 0), (shade, shade, shade))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def test_a_folder_is_enrolled_and_each_file_has_a_line_with_its_reason(
    house: House, gallery: str, tmp_path: Path
) -> None:
    folder = tmp_path / "people"
    folder.mkdir()
    for name in (*GOOD, "no_face_1.png", "person_a_cut_1.jpg"):
        (folder / name).write_bytes(house.photographs[name].read_bytes())
    (folder / "again").mkdir()
    (folder / "again" / "person_a_1.jpg").write_bytes(house.photographs["person_a_1.jpg"].read_bytes())
    (folder / "list.txt").write_text("the families")
    code, result = imported(house, gallery, folder)
    assert code == 1
    assert {name: result[name] for name in ("files", "enrolled", "duplicate", "waiting")} == {
        "files": 9, "enrolled": 5, "duplicate": 1, "waiting": 0,
    }  # fmt: skip
    assert sum(result["refused"].values()) == 3
    assert result["quality"]["inter_eye_px"][0] >= 40
    assert faces(house, gallery) == sorted(name.partition(".")[0] for name in GOOD)
    lines = report(gallery)
    assert lines["no_face_1.png"]["code"] == "PROBE_NO_FACE"
    assert lines["list.txt"]["code"] == "IMAGE_FORMAT"
    assert lines["person_a_1.jpg"]["code"] == "FILE_DUPLICATE"  # in order, `again/` comes first
    assert all(line["face_id"] for line in lines.values() if line["status"] == "enrolled")
    assert all(line["remedy"] for line in lines.values() if line["status"] == "refused")
    assert not Path(f"{gallery}-import.csv.journal").exists()


def test_given_again_it_enrols_nothing_and_names_the_faces_that_are_there(
    house: House, gallery: str, tmp_path: Path
) -> None:
    (tmp_path / "people").mkdir()
    (tmp_path / "people" / "a.png").write_bytes(photograph(house, "person_a_1.jpg"))
    assert imported(house, gallery, tmp_path / "people")[0] == 0
    first = report(gallery)["a.png"]
    code, result = imported(house, gallery, tmp_path / "people")
    assert (code, result["enrolled"], result["duplicate"]) == (0, 0, 1)
    again = report(gallery)["a.png"]
    assert (again["code"], again["face_id"]) == ("FACE_ENROLLED", first["face_id"])
    assert faces(house, gallery) == ["a"]


def test_archives_are_enrolled_and_their_hostile_members_are_not(house: House, gallery: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("people/a.png", photograph(house, "person_a_1.jpg"))
        archive.writestr("../b.png", photograph(house, "person_b_1.jpg"))
    with tarfile.open(tmp_path / "c.tar.gz", "w:gz") as packed:
        member = tarfile.TarInfo("c.png")
        member.size = len(photograph(house, "person_c_1.png"))
        packed.addfile(member, io.BytesIO(photograph(house, "person_c_1.png")))
        link = tarfile.TarInfo("d.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        packed.addfile(link)
    assert imported(house, gallery, tmp_path / "a.zip")[1]["refused"] == {"FILE_OUTSIDE": 1}
    assert imported(house, gallery, tmp_path / "c.tar.gz")[1]["refused"] == {"FILE_LINK": 1}
    assert faces(house, gallery) == ["a", "c"]


def test_a_manifest_says_who_is_who_and_its_rows_go_before_the_options(
    house: House, gallery: str, tmp_path: Path
) -> None:
    (tmp_path / "a.png").write_bytes(photograph(house, "person_a_1.jpg"))
    (tmp_path / "b.png").write_bytes(photograph(house, "person_b_1.jpg"))
    (tmp_path / "people.csv").write_text(
        "file,external_id,case_number,suspicion\na.png,MP-1,2026-0401,\nb.png,MP-2,,none of the words\n"
    )
    code, result = imported(house, gallery, tmp_path / "people.csv")
    assert (code, result["enrolled"], result["refused"]) == (1, 1, {"BODY_INVALID": 1})
    assert faces(house, gallery) == ["MP-1"]


def test_a_denial_ends_the_import_before_every_file_is_denied(house: House, gallery: str, tmp_path: Path) -> None:
    (tmp_path / "people").mkdir()
    for number in range(40):
        (tmp_path / "people" / f"{number}.png").write_bytes(photograph(house, "person_a_3.jpg", number))
    # A case of its own: the next request of a case that was denied is held for a supervisor.
    denied = ("--purpose", "access_control", "--case", "2026-0499", *STORY[4:])
    done = writgate(house, "import", gallery, tmp_path / "people", *denied)
    assert done.exit_code == 1
    assert "What to do:" in done.output
    assert "goes on where it stopped" in done.output
    assert faces(house, gallery) == []
    asked = house.api("auditor").get("/v1/audit/entries?agency=harlan-so&kind=decision&limit=200").document["items"]
    assert sum("access_control" in item["leaf"] for item in asked) < 20


def test_it_goes_on_for_one_who_may_after_it_was_refused_to_one_who_may_not(
    house: House, gallery: str, tmp_path: Path
) -> None:
    (tmp_path / "people").mkdir()
    for number in range(20):
        (tmp_path / "people" / f"{number}.png").write_bytes(photograph(house, "person_d_1.jpg", number))
    done = writgate(house, "import", gallery, tmp_path / "people", *STORY, client="supervisor")
    assert done.exit_code == 1
    assert "SCOPE_MISSING" in done.output
    journal = Path(f"{gallery}-import.csv.journal").read_text(encoding="ascii")
    assert '"stopped"' in journal
    assert '"refused"' not in journal
    code, result = imported(house, gallery, tmp_path / "people")
    assert (code, result["enrolled"]) == (0, 20), result


def test_what_no_request_may_say_is_said_once_and_not_of_each_file(house: House, gallery: str, tmp_path: Path) -> None:
    (tmp_path / "people").mkdir()
    (tmp_path / "people" / "a.png").write_bytes(photograph(house, "person_a_1.jpg"))
    done = writgate(house, "import", gallery, tmp_path / "people", *STORY[2:], "--purpose", "curiosity")
    assert done.exit_code == 1
    assert "BODY_INVALID" in done.output
    assert not Path(f"{gallery}-import.csv").exists()


def test_killed_at_any_moment_it_goes_on_and_enrols_nobody_twice(house: House, gallery: str, tmp_path: Path) -> None:
    folder, chance = tmp_path / "people", random.Random(8)  # noqa: S311 - variety, not secrecy
    folder.mkdir()
    for number in range(60):
        (folder / f"{number:03}.png").write_bytes(photograph(house, SHARP[number % len(SHARP)], number))
    (folder / "nobody.png").write_bytes(photograph(house, "no_face_1.png"))
    journal, lines = Path(f"{gallery}-import.csv.journal"), 0
    for _ in range(5):
        with closing(_begun(house, gallery, folder)) as running:
            wanted = lines + chance.randint(1, 8)
            until(lambda wanted=wanted: _length(journal) >= wanted, "some are answered")  # type: ignore[misc]
            running.kill()
        lines = _length(journal)
        assert lines < 62
    code, result = imported(house, gallery, folder)
    assert (code, result["files"], result["enrolled"], result["duplicate"]) == (1, 61, 60, 0)
    assert faces(house, gallery) == [f"{number:03}" for number in range(60)]
    assert set(report(gallery)) == {f"{number:03}.png" for number in range(60)} | {"nobody.png"}


def test_galleries_are_listed_with_their_faces(house: House, gallery: str) -> None:
    listed = json.loads(writgate(house, "list", "--json").stdout)["items"]
    assert {"name": gallery, "faces": 0}.items() <= next(one for one in listed if one["name"] == gallery).items()


class _Running:
    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    close = kill


def _begun(house: House, gallery: str, source: Path) -> _Running:
    command = [sys.executable, "-m", "gateway.cli", "gallery", "import", gallery, str(source), *STORY]
    environment = {**os.environ, "PYTHONPATH": str(Path(gateway.__path__[0]).parent)}
    return _Running(
        subprocess.Popen(
            [*command, "--client", "trial", "--home", str(house.settings.home)],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    )


def _length(journal: Path) -> int:
    return len(journal.read_bytes().splitlines()) if journal.exists() else 0
