"""`writgate audit export` and `writgate audit verifier`: a part of the log for somebody who has nothing but it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from gateway.audit import agreed_witnesses, queries
from gateway.audit.bundle_export import BundleWriter, Opening, Wanted, Written, write_bundle
from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.errors import AuditError, BundleMalformed
from gateway.audit.notes import Verifier
from gateway.audit.single_file import verifier_source
from gateway.audit.witness_policy import WitnessPolicy
from gateway.cli.context import local_services
from gateway.cli.readings import record_reading
from gateway.cli.records import read_text
from gateway.database import DatabaseUnavailable
from gateway.enforcement.closed import closed

if TYPE_CHECKING:
    from gateway.cli.context import LocalServices

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command("export")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--from", "first", type=click.IntRange(0), default=0, help="The size of the checkpoint to begin at.")
@click.option("--to", "size", type=click.IntRange(1), default=None, help="The size of the checkpoint to end at.")
@click.option("--entry", "indexes", type=click.IntRange(0), multiple=True, help="Only this entry; may be repeated.")
@click.option("--receipt", "receipts", type=_FILE, multiple=True, help="A receipt to put with it; may be repeated.")
@click.option("--open", "opened", is_flag=True, help="Put the disclosed values with it, opened with this home's keys.")
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="The gateway's folder.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def export_bundle(
    *,
    path: Path,
    first: int,
    size: int | None,
    indexes: tuple[int, ...],
    receipts: tuple[Path, ...],
    opened: bool,
    home: Path | None,
    as_json: bool,
) -> None:
    """Write a bundle to PATH, a folder or a .zip, for `writgate audit verify PATH` or the verify.py inside it.

    With --open, what tells of a result that was not released, or is frozen, stays sealed all the same.
    """
    wanted = Wanted(first, size, tuple(sorted(set(indexes))))
    texts = {receipt.name: read_text(receipt) for receipt in receipts}
    with local_services(home) as services:
        try:
            written = _export(services, path, wanted, texts, opened=opened)
        except AuditError as error:
            raise click.ClickException(str(error)) from None
        except OSError as error:
            raise click.ClickException(f"The bundle cannot be written to {path}: {error.strerror}.") from None
        except DatabaseUnavailable:
            raise click.ClickException("The database cannot be reached.") from None
    if as_json:
        click.echo(json.dumps({"bundle": str(path), **written._asdict()}))
        return
    click.echo(f"{written.entries} entries in {path}")
    if written.unreadable:
        click.echo(
            f"Values that could not be opened: {written.unreadable}; the bundle says of which entries.", err=True
        )


@click.command("verifier")
def verifier() -> None:
    """Print the offline verifier as one file that needs only Python and `cryptography`."""
    click.echo(verifier_source(), nl=False)


def _export(services: LocalServices, path: Path, wanted: Wanted, receipts: dict[str, str], *, opened: bool) -> Written:
    if path.exists():
        raise BundleMalformed(f"{path} exists; name a new folder or file")
    settings = services.settings
    with services.auditor.snapshot() as connection:
        history = queries.log_keys(connection, queries.epoch_of(connection, settings.log_origin))
        policy = agreed_witnesses.current(connection) or WitnessPolicy()
    record_reading(
        services,
        what="bundle",
        count=len(wanted.indexes),
        question={"first": wanted.first, "size": wanted.size, "indexes": list(wanted.indexes)},
        opened=opened,
    )
    writer = BundleWriter(path)
    console = Console(stderr=True)
    columns = (TextColumn("Writing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        with (
            Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar,
            services.auditor.snapshot() as connection,
        ):
            task = bar.add_task("Writing", total=None)
            queries.see(connection, None)
            written = write_bundle(
                connection,
                writer,
                wanted,
                origin=settings.log_origin,
                policy=policy.with_logs([Verifier.parse(key) for key, _ in history]),
                receipts=receipts,
                opening=Opening(DisclosureKeys.load(settings.keys), closed) if opened else None,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
        writer.close()
    except BaseException:  # an interruption too
        writer.discard()
        raise
    return written
