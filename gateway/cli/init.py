"""`writgate init`: keys, database, the shipped policy and two administrators. Repeating it is harmless."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import click

from gateway import __version__
from gateway.audit import keys as audit_keys
from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.log import AuditLog
from gateway.audit.notes import NoteSigner
from gateway.cli.context import settings_for
from gateway.database import Database
from gateway.identity import keys as token_keys
from gateway.identity.client_credentials import make_client_key
from gateway.policy import keys as policy_keys
from gateway.policy.drafts import Drafts
from gateway.policy.revisions import publish_shipped
from gateway.policy.upgrade import bring
from gateway.postgres.deployment import DatabaseRole, Deployment
from gateway.postgres.errors import DeploymentError
from gateway.registry import queries
from gateway.registry.models import Actor, ClientWrite
from gateway.registry.service import Registry
from gateway.settings import Settings, SettingsError
from gateway.vocabulary import Affiliation, Scope

INITIALISED: Final = "initialised"
# What a home cannot do without and cannot make again: a new one would orphan the log, its disclosures or its policy.
_IRREPLACEABLE: Final = (audit_keys.LOG_KEYS, audit_keys.BLIND_KEY, "disclosure.*.key", "policy.jwk")
# Two, because what one takes away another must give back; the second's key belongs to somebody outside the vendor,
# because some acts need such a person.
ADMINISTRATORS: Final = {"admin-1": Affiliation.VENDOR, "admin-2": Affiliation.OVERSIGHT}
ADMINISTRATOR_SCOPES: Final = (
    Scope.REGISTRY_READ,
    Scope.REGISTRY_WRITE,
    Scope.COURTS_WRITE,
    Scope.DOCKET_READ,
    Scope.DOCKET_WRITE,
    Scope.SANCTIONS_WRITE,
    Scope.INCIDENTS_READ,
    Scope.AUDIT_READ,
    Scope.AUDIT_DISCLOSE,
    Scope.AUDIT_HOLD,
    Scope.AUDIT_ERASE,
    Scope.AUDIT_EXPORT,
    Scope.DECISIONS_REPLAY,
    Scope.POLICIES_READ,
    Scope.POLICIES_WRITE,
    Scope.POLICIES_REVIEW,
    Scope.POLICIES_PUBLISH,
    Scope.POLICIES_HOLD,
    Scope.POLICIES_BUNDLE,
)


def initialise(settings: Settings, deployment: Deployment) -> dict[str, Any]:
    """Keys, policy and administrators of this home; what exists stays. Returns what an operator must note down."""
    with Database(deployment.conninfo(DatabaseRole.WEB), name="init") as database:
        log = AuditLog(keys=DisclosureKeys.load(settings.keys))
        operator = Actor(kind="operator", id="init")
        with database.transaction() as connection:
            publish_shipped(connection, settings.keys, log, operator)
            drafts = Drafts(database=database, log=log, keys=settings.keys)
            bring(connection, drafts, keys=settings.keys, version=__version__)
            missing = [name for name in ADMINISTRATORS if queries.client(connection, name) is None]
        registry = Registry(database, log)
        for name in missing:
            affiliation = ADMINISTRATORS[name]
            register_client(
                registry,
                settings,
                name=name,
                agency=None,
                scopes=ADMINISTRATOR_SCOPES,
                actor=operator,
                affiliation=affiliation,
            )
    (settings.state / INITIALISED).touch(mode=0o600)
    return {
        "home": str(settings.home),
        "log": {"origin": settings.log_origin, "verifier_key": verifier_key(settings)},
        "administrators": {name: str(settings.clients / f"{name}.json") for name in ADMINISTRATORS},
    }


def verifier_key(settings: Settings) -> str:
    """The key by which anybody verifies this log (C2SP signed note)."""
    return str(NoteSigner(settings.log_origin, audit_keys.signing_key(settings.keys)).verifier)


def create_keys(settings: Settings) -> None:
    """The keys of a home, made where missing, before anything uses one. The engine makes its own."""
    settings.create_folders()
    if (settings.state / INITIALISED).exists():
        _refuse_lost_keys(settings)
    audit_keys.create_keys(settings.keys)
    token_keys.create_keys(settings.keys)
    policy_keys.create_keys(settings.keys)


def _refuse_lost_keys(settings: Settings) -> None:
    """Raises: SettingsError where a key of an initialised home is gone; it must come back from a backup."""
    for pattern in _IRREPLACEABLE:
        if not any(settings.keys.glob(pattern)):
            raise SettingsError(
                f"The key {pattern} is missing from {settings.keys}, and this home has been used. Restore it from the"
                " backup; a new one would not open or continue what the old one made."
            )


def register_client(
    registry: Registry,
    settings: Settings,
    *,
    name: str,
    agency: str | None,
    scopes: tuple[Scope, ...],
    actor: Actor,
    user: str | None = None,
    affiliation: Affiliation | None = None,
) -> None:
    """A client whose private key stays in this home's `clients` folder."""
    jwk = make_client_key(
        settings.clients / f"{name}.json", client_id=name, scopes=[str(scope) for scope in scopes], user=user
    )
    registry.put_client(
        ClientWrite.model_validate(
            {
                "id": name,
                "agency": agency,
                "name": name,
                "scopes": [str(scope) for scope in scopes],
                "jwks": {"keys": [jwk]},
                "grant_types": ["client_credentials"],
                "default_user": user,
                "affiliation": affiliation and affiliation.value,
            }
        ),
        actor=actor,
    )


@click.command()
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), default=None, help="The gateway's folder.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def init(*, home: Path | None, as_json: bool) -> None:
    """Make a gateway: keys, database, policy, two administrators."""
    settings = settings_for(home)
    try:
        create_keys(settings)
        with Deployment.open(settings) as deployment:
            made = initialise(settings, deployment)
    except (DeploymentError, SettingsError) as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        click.echo(json.dumps(made))
        return
    click.echo(f"A gateway in {made['home']}.")
    click.echo("The log's verifier key; give it to your auditors now, over another channel than this machine:")
    click.echo(f"  {made['log']['verifier_key']}")
    click.echo("Two administrators; move the second's key to somebody outside your organisation:")
    for name, path in made["administrators"].items():
        click.echo(f"  {name}  {path}")
    click.echo("Invite the people who will sign in with: writgate user invite NAME --administrator")
    click.echo("Start it with: writgate serve" + (f" --home {made['home']}" if home else ""))
