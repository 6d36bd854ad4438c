"""`writgate scenarios FILE…`: what a revision of the policy says to rows whose right answer is known."""

from __future__ import annotations

import json
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import click

from gateway.cli.context import local_services
from gateway.cli.over_http import Answers, judge_over_http
from gateway.cli.serve import NotReady
from gateway.policy.engine import EngineUnavailableError, PolicyEngine
from gateway.policy.keys import PolicyKeyError, create_keys
from gateway.policy.live import make_engine
from gateway.policy.revisions import Revision, RevisionError, build_shipped, load
from gateway.policy.scenarios import ScenarioFileError, Verdict, by_jurisdiction, judge, read_rows, report
from gateway.postgres.errors import DeploymentError
from gateway.settings import OwnSettings, Settings, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

_REFUSALS: Final = (
    ScenarioFileError,
    RevisionError,
    PolicyKeyError,
    EngineUnavailableError,
    NotReady,
    DeploymentError,
    SettingsError,
)


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--engine", type=click.Choice(["wasm", "opa"]), default="wasm", show_default=True, help="Who evaluates.")
@click.option(
    "--revision", type=click.IntRange(min=1), default=None, help="A published revision; else the shipped one."
)
@click.option(
    "--home", type=click.Path(path_type=Path, file_okay=False), default=None, help="Where --revision is kept."
)
@click.option("--only", default="", metavar="PREFIX", help="Only rows whose id begins so, such as WA-.")
@click.option("--over-http", is_flag=True, help="Ask a running gateway whose registers hold the facts of each row.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_context
def scenarios(
    context: click.Context,
    *,
    files: tuple[Path, ...],
    engine: Literal["wasm", "opa"],
    revision: int | None,
    home: Path | None,
    only: str,
    over_http: bool,
    as_json: bool,
) -> None:
    """Evaluate the rows of scenario FILES; exit 1 if any answer is not the expected one.

    With --over-http a gateway of this command's own is started, the facts of each row are entered in its registers by
    administrators, clerks and supervisors, and its agency asks with a token. A row that cannot be asked so counts as a
    miss, and is said with the reason.
    """
    if over_http and (engine != "wasm" or revision is not None or home is not None):
        raise click.UsageError("--over-http asks a gateway of its own: leave --engine, --revision and --home out.")
    try:
        rows = [row for path in files for row in read_rows(path) if str(row["id"]).startswith(only)]
        if not rows:
            raise click.ClickException(f"No row's id begins with {only!r}.")
        with _engine(engine, revision, home) as decider:
            answers = judge_over_http(rows, decider) if over_http else Answers(judge(decider, rows), {})
            ran = (f"{decider.name} over HTTP" if over_http else decider.name, decider.revision)
    except _REFUSALS as error:
        raise click.ClickException(str(error)) from None
    summary = report(*ran, answers.verdicts, answers.not_asked if over_http else None)
    if as_json:
        click.echo(json.dumps(summary))
    else:
        _print(answers, engine=ran[0], revision=ran[1])
    context.exit(0 if summary["right"] == summary["rows"] else 1)


@contextmanager
def _engine(name: Literal["wasm", "opa"], number: int | None, home: Path | None) -> Iterator[PolicyEngine]:
    """The engine for the given revision, or for the shipped one, signed with a key of this command alone."""
    with tempfile.TemporaryDirectory(prefix="writgate-") as folder:
        settings: Settings = OwnSettings(home=Path(folder), policy_engine=name)
        create_keys(settings.keys)
        if number is None:
            revision = build_shipped(settings.keys)
        else:
            revision, settings = _published(number, home, name)
        engine = make_engine(revision, settings)
        try:
            yield engine
        finally:
            engine.close()


def _published(number: int, home: Path | None, name: Literal["wasm", "opa"]) -> tuple[Revision, Settings]:
    with local_services(home) as services, services.database.transaction() as connection:
        revision = load(connection, number, keys=services.settings.keys)
    return revision, services.settings.model_copy(update={"policy_engine": name, "opa_url": None})


def _print(answers: Answers, *, engine: str, revision: int) -> None:
    verdicts, not_asked = answers.verdicts, answers.not_asked
    for row, why in not_asked.items():
        click.echo(f"{row}: not asked, {why}")
    for verdict in verdicts:
        if not verdict.right:
            click.echo(f"{verdict.id}: {_complaint(verdict)}")
    click.echo(f"\nRevision {revision} on {engine}")
    click.echo(f"{'jurisdiction':<22}{'permits':>9}{'wrong':>7}{'denials':>9}{'wrong':>7}")
    for place, permits, permits_wrong, denials, denials_wrong in by_jurisdiction(verdicts):
        click.echo(f"{place:<22}{permits:>9}{permits_wrong or '':>7}{denials:>9}{denials_wrong or '':>7}")
    right = sum(verdict.right for verdict in verdicts)
    click.echo(f"{right} of {len(verdicts) + len(not_asked)} rows right")
    if not_asked:
        click.echo(f"{len(not_asked)} not asked")


def _complaint(verdict: Verdict) -> str:
    said = {True: "permit", False: "denial"}
    faults = []
    if not verdict.permit_right:
        faults.append(f"expected a {said[verdict.expected['permit']]}, got a {said[verdict.decision.permit]}")
    if not verdict.reason_right:
        faults.append(f"expected one of {', '.join(verdict.expected['reason_codes'])}")
    if verdict.missing_obligations:
        faults.append(f"missing {', '.join(verdict.missing_obligations)}")
    return f"{'; '.join(faults)} (reasons: {', '.join(verdict.decision.codes)})"
