"""`writgate gallery`: make, fill, list and delete galleries. Each face is one governed enrolment."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from gateway.cli.caller import accepted, api_for, client_option, refusal
from gateway.cli.enrolment.importing import Caller, Import, Stopped
from gateway.cli.enrolment.journal import Journal
from gateway.cli.enrolment.progress import Shown
from gateway.cli.enrolment.refusals import SourceUnusable
from gateway.cli.enrolment.report import write as write_report
from gateway.cli.enrolment.sources import open_source

if TYPE_CHECKING:
    from collections.abc import Iterator

_home = click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="The gateway's folder.")
_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


@click.group()
def gallery() -> None:
    """Galleries of an agency and their faces."""


@gallery.command("create")
@click.argument("name")
@click.option("--keep-crops", is_flag=True, help="Keep encrypted face crops, which reviews by a second examiner need.")
@click.option("--staff", is_flag=True, help="It holds the agency's own people: a search of one waits for a supervisor.")
@client_option
@_home
@_json
def create(*, name: str, keep_crops: bool, staff: bool, client: str | None, home: Path | None, as_json: bool) -> None:
    """Make a gallery."""
    made = accepted(
        api_for(home, client).post("/v1/galleries", {"name": name, "keep_crops": keep_crops, "staff": staff})
    )
    click.echo(json.dumps(made) if as_json else f"{made['name']}: empty")


@gallery.command("list")
@client_option
@_home
@_json
def list_galleries(*, client: str | None, home: Path | None, as_json: bool) -> None:
    """The agency's galleries."""
    api, items, cursor = api_for(home, client), list[dict[str, Any]](), ""
    while True:
        page = accepted(api.get(f"/v1/galleries?limit=200{cursor}"))
        items += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={quote(page['next_cursor'])}"
    if as_json:
        click.echo(json.dumps({"items": items}))
        return
    for item in items:
        click.echo(f"{item['name']}: {item['faces']} faces")


@gallery.command("delete")
@click.argument("name")
@click.option("--with-faces", is_flag=True, help="Delete its faces with it.")
@client_option
@_home
def delete(*, name: str, with_faces: bool, client: str | None, home: Path | None) -> None:
    """Delete a gallery."""
    accepted(api_for(home, client).delete(f"/v1/galleries/{name}" + ("?with_faces=true" if with_faces else "")))
    click.echo(f"{name}: deleted")


@gallery.command("import")
@click.argument("name")
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@click.option("--purpose", default=None, help="Why these people are enrolled.")
@click.option("--case", "case_number", default=None, help="The case under which they are.")
@click.option("--justification", default=None, help="A sentence of specific facts.")
@click.option("--instrument", default=None, help="The paper that authorises it.")
@click.option("--source", "of", default=None, help="Where the pictures come from, such as id_document or family.")
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="What became of each file: CSV where it ends in .csv, else JSON lines. NAME-import.csv unless said.",
)
@client_option
@_home
@_json
def import_pictures(
    *,
    name: str,
    source: Path,
    of: str | None,
    report: Path | None,
    client: str | None,
    home: Path | None,
    as_json: bool,
    **asked: str | None,
) -> None:
    """Enrol every picture of SOURCE: a folder, a ZIP, a TAR or TAR.GZ, or a CSV that names files.

    A file's name becomes the external id. A CSV has a column `file`, and where wanted `external_id` and any field of an
    enrolment, such as `purpose`, `case_number` or `offence.statute`, which goes before the option.

    An import that was interrupted goes on where it stopped when the same command is given again.
    """
    report = report or Path(f"{name}-import.csv")
    story = {field: value for field, value in (asked | {"source": of}).items() if value is not None}
    with _told():
        opened = open_source(source)
        # Begun once there is something to import: one that is there stands for an import that can go on.
        started_as = {"gallery": name, "source": str(source.resolve())}
        with Journal(report.with_name(f"{report.name}.journal"), of=started_as) as journal:
            importing = Import(Caller(home, client), gallery=name, story=story, journal=journal)
            with Shown(opened.total) as shown:
                importing.run(opened.files, shown.advance)
            summary = write_report(report, journal.lines())
            journal.remove()
    if as_json:
        click.echo(json.dumps({"gallery": name, **summary.document(), "report": str(report)}))
    else:
        click.echo(f"{name}: {summary.text()}\nEach file: {report}")
    if not summary.complete:
        raise SystemExit(1)


@contextmanager
def _told() -> Iterator[None]:
    """Raises: click.ClickException for what ends an import before its end."""
    try:
        yield
    except SourceUnusable as why:
        raise click.ClickException(str(why)) from None
    except Stopped as why:
        unfinished = "The import is unfinished. Given again, the same command goes on where it stopped."
        raise click.ClickException(f"{refusal(why.answer)}\n{unfinished}") from None
