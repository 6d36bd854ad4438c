"""The pages under `docs/policies` are those that the annotations would make now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.policy import catalogue

if TYPE_CHECKING:
    from pathlib import Path


def test_no_page_is_stale() -> None:
    assert catalogue.stale() == [], "run `python -m gateway.policy.catalogue` and commit what it wrote"


def test_a_page_says_what_its_rules_say(tiny_folder: Path) -> None:
    made = catalogue.pages(tiny_folder)
    assert {"README.md", "base.md", "contract.md"} <= made.keys()
    assert "AGENCY_SUSPENDED" in made["base.md"]
    assert "citation:" in made["base.md"]


def test_writing_leaves_nothing_stale_and_removes_pages_of_no_pack(tmp_path: Path, tiny_folder: Path) -> None:
    (tmp_path / "gone.md").write_text("a pack that is no more")
    assert "gone.md" in catalogue.write(tmp_path, tiny_folder)
    assert catalogue.stale(tmp_path, tiny_folder) == []
    assert not (tmp_path / "gone.md").exists()
    (tmp_path / "base.md").write_text("edited by hand")
    assert catalogue.stale(tmp_path, tiny_folder) == ["base.md"]
