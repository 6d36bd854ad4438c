"""What the registry's commands share: reading a document from options and a file, writing it, showing what is stored.

Nothing is known here of HTTP: the commands work on this machine's own home through the same service as the edge, and
the log names the account that ran them. A refusal is one sentence and what to do; exit code 2 for a document that
cannot be, 1 for one that the registry refused.
"""

from __future__ import annotations

import getpass
import json
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from pydantic import BaseModel, ValidationError

from gateway.audit.clock import ClockNotTrusted
from gateway.cli.context import local_services
from gateway.database import DatabaseUnavailable
from gateway.registry import queries
from gateway.registry.documents import view
from gateway.registry.errors import RegistryError
from gateway.registry.models import Actor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.cli.context import LocalServices
    from gateway.registry.models import Record
    from gateway.registry.tables import Table

Model = TypeVar("Model", bound=BaseModel)
Command = TypeVar("Command", bound="Callable[..., Any]")

HOME = click.option(
    "--home", type=click.Path(path_type=Path, file_okay=False), default=None, help="The gateway's folder."
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
PATH = click.Path(path_type=Path, dir_okay=False, exists=True)
FILE = click.option(
    "--file",
    "file",
    type=PATH,
    default=None,
    help="A JSON file with the whole document; options given beside it win.",
)


def writing(command: Command) -> Command:
    """The options of every command that writes a document."""
    return FILE(HOME(JSON(command)))


def operator() -> Actor:
    """The account of this machine that runs the command."""
    try:
        return Actor(kind="operator", id=getpass.getuser())
    except (KeyError, OSError):
        return Actor(kind="operator", id=f"uid-{os.getuid()}")


@contextmanager
def services(home: Path | None) -> Iterator[LocalServices]:
    """The home's services; what the registry refuses ends the command with its sentence."""
    try:
        with local_services(home) as local:
            yield local
    except (RegistryError, ClockNotTrusted) as error:
        raise click.ClickException(f"{error.sentence} {error.remedy}") from None
    except DatabaseUnavailable:
        raise click.ClickException(
            "The database of this home cannot be reached. Start it with `writgate serve`."
        ) from None


def document(file: Path | None, **options: Any) -> dict[str, Any]:
    """The file's document with the options laid over it; an option that was not given changes nothing."""
    found = read_json(file) if file else {}
    given = {name: list(value) if isinstance(value, tuple) else value for name, value in options.items()}
    return found | {name: value for name, value in given.items() if value not in (None, [], {})}


def read_json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        raise click.UsageError(f"{path} is not a readable JSON file.") from None
    if not isinstance(found, dict):
        raise click.UsageError(f"{path} must hold one JSON object.")
    return found


def read_text(path: Path) -> str:
    """Raises click.UsageError where the file holds no text."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise click.UsageError(f"{path} is not a readable text file in UTF-8.") from None


def parse(model: type[Model], fields: dict[str, Any]) -> Model:
    """Raises click.UsageError naming the first field that is wrong; what was given is not quoted."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "The document"
        raise click.UsageError(f"{where}: {first['msg']}.") from None


def announce(record: Record, *, as_json: bool) -> None:
    shown = view(record)
    if as_json:
        click.echo(json.dumps(shown, ensure_ascii=False))
        return
    for name, value in shown.items():
        click.echo(f"{name:22} {_text(value)}")


def _text(value: Any) -> str:
    if value is None or value == []:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(member, str) for member in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


def add_reading(group: click.Group, table: Table[Any]) -> None:
    """`show` and `list`."""

    @group.command("show")
    @click.argument("key", nargs=len(table.key))
    @HOME
    @JSON
    def show(*, key: str | tuple[str, ...], home: Path | None, as_json: bool) -> None:
        """Show one record."""
        parts = (key,) if isinstance(key, str) else key
        with services(home) as local, local.database.transaction() as connection:
            found = queries.find(connection, table, *parts) if all(part.isprintable() for part in parts) else None
        if found is None:
            raise click.ClickException(f"There is no such {table.kind.replace('_', ' ')}. See `list`.")
        announce(found, as_json=as_json)

    @group.command("list")
    @click.option("--agency", default=None, help="Only of this agency (for court keys: of this court).")
    @HOME
    @JSON
    def list_records(*, agency: str | None, home: Path | None, as_json: bool) -> None:
        """List the records in order of id."""
        records: list[Any] = []
        with services(home) as local, local.database.snapshot() as connection:
            after: str | None = None
            while True:
                page = queries.page(connection, table, agency_id=agency, after=after, limit=queries.LONGEST_PAGE)
                records += page.items
                after = page.next_after
                if after is None:
                    break
        if as_json:
            click.echo(json.dumps([view(record) for record in records], ensure_ascii=False))
            return
        for record in records:
            name = "/".join(getattr(record, part) for part in table.key)
            click.echo(f"{name:40} {getattr(record, 'status', '')}".rstrip())


def add_status(group: click.Group, table: Table[Any]) -> None:
    """`status ID WORD`: the one field that changes without a document."""

    @group.command("status")
    @click.argument("record_id", metavar="ID")
    @click.argument("word", metavar="STATUS")
    @HOME
    @JSON
    def status(*, record_id: str, word: str, home: Path | None, as_json: bool) -> None:
        """Change the status."""
        with services(home) as local:
            changed = local.registry.set_status(table.kind, record_id, word, actor=operator())
        announce(changed, as_json=as_json)
