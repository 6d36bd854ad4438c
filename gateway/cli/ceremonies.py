"""`writgate audit rotate-key` and `writgate audit recover`: what is done to the log itself, in public."""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from gateway import private_files
from gateway.audit import recovery, rotation
from gateway.audit.errors import AuditError
from gateway.audit.signer import Signer
from gateway.cli.context import local_services
from gateway.cli.log_parts import witnesses_of
from gateway.cli.serve import NotReady, alone_in
from gateway.database import Database, DatabaseUnavailable
from gateway.postgres.deployment import DatabaseRole
from gateway.registry import persons, queries
from gateway.registry.errors import RegistryError
from gateway.registry.persons import Hand
from gateway.settings import SettingsError
from gateway.vocabulary import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.cli.context import LocalServices

APPROVAL_TYPE: Final = "log-recovery+jwt"
_ALGORITHM: Final = "ES256"
_home = click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="The gateway's folder.")
_statement = click.argument("statement", type=click.Path(path_type=Path, exists=True, dir_okay=False))


@contextmanager
def _signer(services: LocalServices) -> Iterator[Signer]:
    """The home's signer. Raises: click.ClickException for whatever it refuses."""
    name = services.deployment.conninfo(DatabaseRole.SEQUENCER)
    try:
        with Database(name, name="ceremony", max_size=4) as database:
            yield Signer.load(database, services.settings, witnesses=witnesses_of(services.settings, database))
    except AuditError as error:
        raise click.ClickException(f"{str(error)[:1].upper()}{str(error)[1:]}.") from None
    except (DatabaseUnavailable, SettingsError) as error:
        raise click.ClickException(str(error)) from None


@click.command("rotate-key")
@click.option("--actor", default="operator", show_default=True, help="Who does it, for the log.")
@_home
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def rotate_key(*, actor: str, home: Path | None, as_json: bool) -> None:
    """Let a new key sign the log. What was signed before verifies as ever; the old private key is removed."""
    with local_services(home) as services, _signer(services) as signer:
        verifier = rotation.rotate(signer, actor=actor)
    if as_json:
        click.echo(json.dumps({"verifier_key": str(verifier)}))
        return
    click.echo("The log's verifier key from here on; give it to your witnesses now, they do not know it yet:")
    click.echo(f"  {verifier}")


@click.group()
def recover() -> None:
    """Go on under another name when the signer rightly refuses: prepare, approve twice, apply."""


@recover.command("prepare")
@click.argument("statement", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--origin", required=True, help="The log's new name.")
@click.option("--reason", required=True, help="What happened, in a sentence; it is published.")
@_home
def prepare(*, statement: Path, origin: str, reason: str, home: Path | None) -> None:
    """Write STATEMENT, which says what was signed and what was found. Changes nothing."""
    with local_services(home) as services, _stopped(services), _signer(services) as signer:
        note = recovery.prepare(signer, origin=origin, reason=reason)
    _write(statement, {"statement": note, "approvals": {}})
    click.echo(note)
    click.echo(f"Two administrators approve it now: writgate audit recover approve {statement} --client-file FILE")


@recover.command("approve")
@_statement
@click.option(
    "--client-file",
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="An administrator's own key, as `init` made it. The home is not needed.",
)
def approve(*, statement: Path, client_file: Path) -> None:
    """Sign STATEMENT as an administrator."""
    document, client = _read(statement), json.loads(client_file.read_text(encoding="utf-8"))
    key = ECKey.import_key(client["private_jwk"])
    payload = json.dumps({"client": client["client_id"], "sha256": _digest(document["statement"])})
    header = {"alg": _ALGORITHM, "typ": APPROVAL_TYPE}
    document["approvals"][client["client_id"]] = jws.serialize_compact(header, payload, key, algorithms=[_ALGORITHM])
    _write(statement, document)
    click.echo(f"Approved by {', '.join(sorted(document['approvals']))}.")


@recover.command("apply")
@_statement
@_home
def apply(*, statement: Path, home: Path | None) -> None:
    """Begin the new name. The gateway must not be running; start it afterwards."""
    document = _read(statement)
    with local_services(home) as services, _stopped(services), _signer(services) as signer:
        settings = services.settings
        approvals = {
            name: text for name, text in document["approvals"].items() if _approves(services, name, text, document)
        }
        _different_people(services, list(approvals))
        origin = recovery.apply(signer, document["statement"], approvals)
        private_files.replace(settings.home / "log_origin", f"{origin}\n".encode())
        verifier = document["statement"].split("\n")[3]
    click.echo(f"The log goes on as {origin}. Its verifier key; witnesses, monitors and auditors must be given it:")
    click.echo(f"  {verifier}")
    if settings.log_origin_name:
        click.echo(f"Start the gateway with WRITGATE_LOG_ORIGIN_NAME={origin}; under the old name nothing is signed.")


@contextmanager
def _stopped(services: LocalServices) -> Iterator[None]:
    try:
        with alone_in(services.settings):
            yield
    except NotReady as error:
        raise click.ClickException(str(error)) from None


def _approves(services: LocalServices, name: str, text: str, document: dict[str, Any]) -> bool:
    """Whether an administrator of this gateway signed this very statement."""
    with services.database.transaction() as connection:
        client = queries.client(connection, name)
    if client is None or client.agency is not None or Scope.SANCTIONS_WRITE not in client.scopes:
        return False
    for jwk in (client.jwks or {}).get("keys", []):
        try:
            signed = jws.deserialize_compact(text.encode(), ECKey.import_key(jwk), algorithms=[_ALGORITHM])
        except (JoseError, ValueError):
            continue
        said = json.loads(signed.payload)
        if signed.headers().get("typ") == APPROVAL_TYPE and said == {
            "client": name,
            "sha256": _digest(document["statement"]),
        }:
            return True
    return False


def _different_people(services: LocalServices, clients: list[str]) -> None:
    """Raises click.ClickException where two who approved are one person."""
    try:
        with services.database.transaction() as connection:
            for one, other in combinations(clients, 2):
                persons.require_two(connection, Hand(f"client:{one}", one), Hand(f"client:{other}", other))
    except RegistryError as refused:
        raise click.ClickException(f"{refused.code}: {refused.sentence} {refused.remedy}") from None


def _digest(statement: str) -> str:
    return hashlib.sha256(statement.encode()).hexdigest()


def _read(path: Path) -> dict[str, Any]:
    try:
        match json.loads(path.read_text(encoding="utf-8")):
            case {"statement": str(statement), "approvals": dict(approvals)}:
                return {"statement": statement, "approvals": approvals}
    except ValueError:
        pass
    raise click.ClickException(f"{path} is not a statement that `writgate audit recover prepare` wrote.")


def _write(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
