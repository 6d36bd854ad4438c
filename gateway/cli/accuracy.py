"""`writgate bench accuracy`: how often the engine errs on photographs whose people are known, and a calibration."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from gateway.cli.context import settings_for


@click.command("accuracy")
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--groups",
    "table",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV with the columns person (the folder's name) and group: rates are told for each group among itself.",
)
@click.option(
    "--calibration",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write the calibration, which WRITGATE_CALIBRATION then names.",
)
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="The gateway's folder.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def accuracy(*, folder: Path, table: Path | None, target: Path | None, home: Path | None, as_json: bool) -> None:
    """False matches and false non-matches of the photographs in DIR, one folder for each person.

    Photographs are read as probes are. Rates hold for people like these and pictures like these: measure with those of
    the deployment, and with as many people as there are; the intervals say what they are worth.
    """
    found = _measured([str(path) if path else "" for path in (folder, table, target)], home=settings_for(home).home)
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    console = Console()
    console.print(_rates("all", found))
    for name, group in found["groups"].items():
        console.print(_rates(name, group))
    refused = ", ".join(f"{code} {count}" for code, count in found["refused"].items()) or "none"
    console.print(f"Refused pictures: {refused}.\n{found['method']}\nCalibration {found['calibration']}")


def _measured(arguments: list[str], *, home: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "gateway.recognition.accuracy", *arguments]
    environment = {**os.environ, "WRITGATE_HOME": str(home)}
    columns = (TextColumn("reading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    said: dict[str, Any] = {}
    with (
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as running,
        Progress(*columns, console=Console(stderr=True)) as progress,
    ):
        task = progress.add_task("reading", total=None)
        for line in running.stdout or ():
            said = json.loads(line)
            if "read" in said:
                progress.update(task, completed=said["read"], total=said["of"])
    if "report" not in said:
        raise click.ClickException(said.get("error", "The measuring process ended without a report."))
    report: dict[str, Any] = said["report"]
    return report


def _rates(name: str, found: dict[str, Any]) -> Table:
    table = Table(title=f"{name}: {found['people']} people, {found['photographs']} photographs")
    for column in ("similarity", "distance", "false match (95 %)", "false non-match (95 %)"):
        table.add_column(column, justify="right")
    for row in found["rates"]:
        table.add_row(
            f"{row['similarity']:g}", f"{row['distance']:.3f}", _text(row["false_match"]), _text(row["false_non_match"])
        )
    return table


def _text(interval: dict[str, float]) -> str:
    return f"{interval['rate']:.3g} ({interval['lower']:.3g} to {interval['upper']:.3g})"
