"""The table of threats names tests that exist, and every attack that was asked for has a row."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import gateway

ROOT = Path(gateway.__path__[0]).parent
PAGE = ROOT / "docs" / "threat-model.md"
ATTACKS = {
    "a row is edited",
    "a row is deleted",
    "the tail is deleted",
    "everything is deleted",
    "the log is rewritten and signed with the stolen key",
    "an old backup is restored",
    "two forks are shown to two auditors",
    "an entry is backdated",
    "the clock is set back or forward",
    "the sequencer is killed in mid-batch",
    "two sequencers run",
    "a staged row is removed before it is sequenced",
    "the web role appends a lie",
    "the web role turns `synchronous_commit` off",
    "witnesses are down",
    "the authority of time is down",
    "the disk is full",
    "key rotation is abused",
    "a bundle is made up by whoever hands it over",
    "the web role erases what nobody ordered",
    "values are taken away as if they had been erased, or an entry is made to be found",
    "the web role ends an order to erase, or lifts a legal hold",
    "the web role adds a false disclosure key",
    "the web role skips entries of an export",
}


def rows() -> list[list[str]]:
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")][1:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def test_every_attack_has_a_row_that_says_everything() -> None:
    assert {row[0] for row in rows()} == ATTACKS
    assert all(len(row) == 7 and all(row) for row in rows())


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_each_row_names_tests_that_exist(row: list[str]) -> None:
    named = re.findall(r"\]\(\.\./(tests/attacks/\w+\.py)#(\w+)\)", row[6])
    assert named
    for path, name in named:
        tree = ast.parse((ROOT / path).read_text())
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, name
