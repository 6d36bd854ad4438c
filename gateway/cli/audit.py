"""`writgate audit …`: the log checked here, and one entry's proof for a stranger."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from gateway.audit import agreed_witnesses, queries
from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.errors import AuditError
from gateway.audit.keys import signing_key
from gateway.audit.notes import NoteSigner
from gateway.audit.offline_main import MARKS, as_text, root_certificates, verify_files
from gateway.audit.proofs import verify_proof
from gateway.audit.verify import verify_online
from gateway.audit.witness_policy import WitnessPolicy
from gateway.cli import disclosing, erasures, generations, streams
from gateway.cli.bundles import export_bundle, verifier
from gateway.cli.ceremonies import recover, rotate_key
from gateway.cli.context import local_services
from gateway.cli.monitor import monitor
from gateway.cli.readings import record_reading
from gateway.cli.records import read_text
from gateway.database import DatabaseUnavailable

if TYPE_CHECKING:
    from gateway.audit.report import Report
    from gateway.cli.context import LocalServices

_HOME: Final = click.option(
    "--home", type=click.Path(path_type=Path, file_okay=False), default=None, help="The gateway's folder."
)
_JSON: Final = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
_KEY: Final = click.option(
    "--key", default=None, metavar="VKEY", help="The log's verifier key as you were given it; else this home's own."
)
_FILE: Final = click.Path(path_type=Path, exists=True, dir_okay=False)
_LEAF_HASH: Final = re.compile(r"[0-9a-fA-F]{64}")


@click.group()
def audit() -> None:
    """Check the log, take proofs from it, disclose and erase what is sealed beside it."""


for _command in (
    disclosing.disclose,
    disclosing.check_disclosure,
    erasures.hold,
    erasures.erase,
    generations.generation,
    streams.stream,
):
    audit.add_command(_command)
for _command in (export_bundle, verifier, rotate_key, recover, monitor):
    audit.add_command(_command)


@audit.command()
@click.argument("bundle", required=False, type=click.Path(path_type=Path, exists=True))
@_HOME
@_KEY
@click.option("--policy", type=_FILE, help="Your own policy on witnesses (tlog-policy); else this home's.")
@click.option("--roots", type=_FILE, help="Root certificates of authorities of time that you trust; else this home's.")
@click.option(
    "--checkpoint",
    "checkpoints",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A checkpoint that you kept; the log must extend it. May be repeated.",
)
@click.option("--receipt-key", type=_FILE, help="The key of a bundle's receipts (JWK), if not one the log vouches for.")
@click.option("--open", "opened", is_flag=True, help="Open disclosures with this home's keys; that is an entry.")
@_JSON
def verify(
    *,
    bundle: Path | None,
    home: Path | None,
    key: str | None,
    policy: Path | None,
    roots: Path | None,
    checkpoints: tuple[Path, ...],
    receipt_key: Path | None,
    opened: bool,
    as_json: bool,
) -> None:
    """Verify the whole log in the database, or BUNDLE, offline. Exit 1 if any verdict fails."""
    if bundle is not None:
        report = _verified_bundle(bundle, key, policy=policy, roots=roots, receipt_key=receipt_key)
        click.echo(json.dumps(report.document()) if as_json else as_text(report), nl=as_json)
        sys.exit(0 if report.ok else 1)
    held = tuple(map(read_text, checkpoints))
    with local_services(home) as services:
        try:
            report = _verified(services, key=key, held=held, opened=opened, policy=policy, roots=roots)
        except AuditError as error:
            raise click.ClickException(str(error)) from None
        except OSError as error:
            raise _unreadable(error) from None
        except DatabaseUnavailable:
            raise click.ClickException("The database cannot be reached.") from None
    if as_json:
        click.echo(json.dumps(report.document()))
    else:
        _print(report)
    sys.exit(0 if report.ok else 1)


@audit.command()
@click.argument("entry")
@_HOME
@_KEY
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the .tlog-proof here.")
@_JSON
def prove(*, entry: str, home: Path | None, key: str | None, output: Path | None, as_json: bool) -> None:
    """Print the .tlog-proof of ENTRY: an index, or a leaf hash from a receipt. It is verified before it is printed."""
    with local_services(home) as services:
        try:
            index, leaf, proof = _proof(services, entry)
            proven = verify_proof(proof, leaf, key or _own_key(services))
        except AuditError as error:
            raise click.ClickException(str(error)) from None
        except DatabaseUnavailable:
            raise click.ClickException("The database cannot be reached.") from None
    if output is not None:
        output.write_text(proof)
    if as_json:
        click.echo(json.dumps({"index": index, "leaf": leaf, "proof": proof, "size": proven.checkpoint.size}))
    elif output is None:
        click.echo(proof, nl=False)


def _verified_bundle(
    bundle: Path, key: str | None, *, policy: Path | None, roots: Path | None, receipt_key: Path | None
) -> Report:
    if key is None:
        raise click.ClickException("Give the log's verifier key with --key: a bundle cannot vouch for itself.")
    with _progress() as bar:
        task = bar.add_task("Verifying", total=None)
        try:
            return verify_files(
                bundle,
                key,
                policy=policy,
                roots=roots,
                receipt_key=receipt_key,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
        except AuditError as error:
            raise click.ClickException(str(error)) from None
        except OSError as error:
            raise _unreadable(error) from None


def _unreadable(error: OSError) -> click.ClickException:
    return click.ClickException(f"{error.filename or 'A file that was named'} cannot be read: {error.strerror}.")


def _progress() -> Progress:
    console = Console(stderr=True)
    columns = (TextColumn("Verifying"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _verified(
    services: LocalServices,
    *,
    key: str | None,
    held: tuple[str, ...],
    opened: bool,
    policy: Path | None,
    roots: Path | None,
) -> Report:
    certificates = root_certificates(roots or services.settings.timestamp_roots)
    if opened:
        record_reading(services, what="verification", count=0, question={}, opened=True)
    with (
        _progress() as bar,
        services.auditor.snapshot() as connection,
    ):
        task = bar.add_task("Verifying", total=None)
        agreed = WitnessPolicy.load(policy) if policy else agreed_witnesses.current(connection)
        return verify_online(
            connection,
            key or _own_key(services),
            keys=DisclosureKeys.load(services.settings.keys) if opened else None,
            held=held,
            policy=agreed,
            roots=certificates,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )


def _print(report: Report) -> None:
    table = Table("", "", "", show_header=False, box=None)
    for verdict in report.verdicts:
        mark = "[bold red]FAILS[/]" if verdict.ok is False else f"[green]{MARKS[verdict.ok]}[/]"
        table.add_row(verdict.check.value, mark, verdict.sentence)
    console = Console()
    console.print(table)
    console.print(f"{report.size} entries, {report.signed} of them signed; root {report.root.hex()}", soft_wrap=True)


def _proof(services: LocalServices, entry: str) -> tuple[int, str, str]:
    """Index, leaf and proof of an entry; that they were read is itself an entry."""
    with services.auditor.transaction() as connection:
        queries.see(connection, None)
        if _LEAF_HASH.fullmatch(entry):
            index = queries.find_leaf(connection, bytes.fromhex(entry))
        else:
            index = int(entry) if entry.isascii() and entry.isdecimal() and len(entry) < 19 else None  # noqa: PLR2004  a bigint
        found = None if index is None else queries.entry(connection, index)
        if found is None:
            raise click.ClickException("There is no such entry on the log. Give an index or a leaf hash.")
        proof = queries.proof(connection, found.index)
    if proof is None:
        raise click.ClickException("No checkpoint covers that entry yet. Is `writgate serve` running?")
    record_reading(services, what="proof", count=1, question={"index": found.index})
    return found.index, found.leaf, proof


def _own_key(services: LocalServices) -> str:
    return str(NoteSigner(services.settings.log_origin, signing_key(services.settings.keys)).verifier)
