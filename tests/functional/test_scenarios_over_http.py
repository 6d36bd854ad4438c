"""`writgate scenarios --over-http`: rows asked of a running gateway whose registers hold their facts.

A few rows of every pack, and every row of a kind that reaches policy by a way of its own; the command itself takes any.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from shell_house import production

from gateway.cli.over_http.rows import NotAsked, check
from gateway.cli.scenarios import scenarios
from gateway.policy.scenarios import read_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROWS = Path(__file__).parents[1] / "scenarios"
# Of each file, as many of the first rows that are permitted, and as many of those that are not.
FIRST = 1
# What the gateway's edge has no words for (a place, a purpose), what is refused before it waits, and what hangs on an
# instant: the command says so of each.
NOT_TAKEN = frozenset({"EUX-047", "MTX-047", "NJX-013", "NYX-015"})


def of_a_kind_of_its_own(request: Mapping[str, Any]) -> bool:
    """No plain fact of agency and request: a use that began before, a paper or a party that does not stand."""
    standing = [(request.get(section) or {}).get("status", "active") for section in ("actor", "agency", "client")]
    return bool(
        (request.get("clock") or {}).get("use_started")
        or (request.get("legal_instrument") or {}).get("status", "granted") != "granted"
        or set(standing) != {"active"}
        or request.get("prior_denials")
        or request.get("approval")
    )


def askable(row: Mapping[str, Any]) -> bool:
    try:
        check(row)
    except NotAsked:
        return False
    return row["id"] not in NOT_TAKEN


def chosen(rows: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    left = {True: FIRST, False: FIRST}
    for row in filter(askable, rows):
        permit = row["expected"]["permit"]
        if left[permit] or of_a_kind_of_its_own(row["request"]):
            left[permit] = max(0, left[permit] - 1)
            yield row


@pytest.mark.photographs
@pytest.mark.timeout(900)
def test_rows_of_every_pack_are_right_with_their_facts_in_the_registers(tmp_path: Path) -> None:
    rows = [row for path in sorted(ROWS.glob("*.json")) for row in chosen(read_rows(path))]
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(rows))
    done = CliRunner().invoke(scenarios, [str(path), "--over-http", "--json"])
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["failures"] == []
    assert told["not_asked"] == []
    assert (told["right"], done.exit_code) == (len(rows), 0)


def test_a_row_that_cannot_be_asked_is_a_miss_and_says_why(tmp_path: Path) -> None:
    (row,) = [row for row in read_rows(ROWS / "contract.json") if "examiner" in row["request"]][:1]
    path = tmp_path / "rows.json"
    path.write_text(json.dumps([row]))
    done = CliRunner().invoke(scenarios, [str(path), "--over-http"])
    assert done.exit_code == 1
    assert f"{row['id']}: not asked, who examined is known of a finished search only" in done.stdout
    assert "0 of 1 rows right" in done.stdout


def test_a_gateway_of_its_own_has_no_other_revision(tmp_path: Path) -> None:
    done = CliRunner().invoke(scenarios, [str(ROWS / "eu.json"), "--over-http", "--home", str(tmp_path)])
    assert done.exit_code == 2
    assert "leave --engine, --revision and --home out" in done.stderr


def test_the_gateway_that_is_asked_takes_nothing_from_the_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = next(chosen(read_rows(ROWS / "contract.json")))
    path = tmp_path / "rows.json"
    path.write_text(json.dumps([row]))
    with production() as theirs:
        for name, value in theirs.environment.items():
            monkeypatch.setenv(name, value)
        done = CliRunner().invoke(scenarios, [str(path), "--over-http"])
    assert theirs.callers == []
    assert (done.exit_code, "1 of 1 rows right" in done.stdout) == (0, True), done.output
