"""`writgate opa install`: the program that editing policy needs, and deciding does not."""

from __future__ import annotations

import json
from pathlib import Path

import click

from gateway.cli.context import settings_for
from gateway.policy import opa_program, regal_program


@click.group()
def opa() -> None:
    """The Open Policy Agent program: find it, get it."""


@opa.command()
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), default=None, help="The gateway's folder.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def install(*, home: Path | None, as_json: bool) -> None:
    """Find opa, or build the pinned version with Go into HOME/bin.

    The official binaries are not downloaded: this product holds no checksum of them that was verified.
    """
    folder = settings_for(home).home
    known = opa_program.find(folder)
    if known is None and not as_json:
        click.echo(f"Building opa {opa_program.VERSION} with Go; this takes a minute or two.")
    try:
        program = known or opa_program.install(folder)
    except opa_program.OpaMissingError as error:
        raise click.ClickException(str(error)) from None
    found = {
        "path": str(program),
        "version": opa_program.version(program),
        "pinned": opa_program.VERSION,
        "installed_now": known is None,
    }
    # Regal, which lints drafts, is kept beside it; deciding needs neither.
    regal = regal_program.find(folder) or regal_program.build(folder)
    found["regal"] = str(regal) if regal else None
    click.echo(json.dumps(found) if as_json else f"opa {found['version']} at {program}")
    if regal is None:
        click.echo("regal could not be built, so drafts cannot be checked here; put it on the PATH.", err=True)
    if found["version"] != opa_program.VERSION:
        click.echo(
            f"This is not the pinned version {opa_program.VERSION}: a policy.wasm that it builds may differ.", err=True
        )
