"""`writgate token`: an access token from the running gateway, for one of the clients whose key is in its home.

On success the token, and nothing else, is on standard output, so that `$(writgate token …)` works in a shell line.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.context import settings_for
from gateway.identity.client_credentials import TokenRequestError, request_token

if TYPE_CHECKING:
    from gateway.settings import Settings


@click.command()
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), default=None, help="The gateway's folder.")
@click.option("--client", required=True, metavar="NAME", help="Which client: the name of its file in HOME/clients.")
@click.option("--user", default=None, help="The user of the agency for whom the client acts.")
@click.option("--scope", default=None, help="Scopes, separated by spaces; all that the client has when left out.")
@click.option("--purpose", default=None, help="Bind the token to this purpose.")
@click.option("--case", "case_number", default=None, help="Bind the token to this case number.")
@click.option("--instrument", default=None, help="Bind the token to this instrument.")
@click.option("--justification", default=None, help="What the token says where a request gives no justification.")
@click.option("--offence", default=None, metavar="STATUTE", help="The offence, where a request names none.")
@click.option("--suspicion", default=None, help="The level of suspicion, where a request names none.")
@click.option("--gallery", "galleries", multiple=True, help="Bind the token to this gallery; may be repeated.")
@click.option("--url", default=None, help="The gateway's URL; read from HOME/state/server.json when left out.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole token response as JSON.")
@click.option(
    "--aws",
    is_flag=True,
    help="Answer as a `credential_process` of an AWS SDK; name purpose, case and galleries.",
)
def token(
    *,
    home: Path | None,
    client: str,
    user: str | None,
    scope: str | None,
    purpose: str | None,
    case_number: str | None,
    instrument: str | None,
    justification: str | None,
    offence: str | None,
    suspicion: str | None,
    galleries: tuple[str, ...],
    url: str | None,
    as_json: bool,
    aws: bool,
) -> None:
    """Print an access token from the running gateway."""
    settings = settings_for(home)
    credentials = _read(_client_file(settings, client), missing=_unknown_client(settings, client))
    bound = {
        "purpose": purpose,
        "case_number": case_number,
        "instrument": instrument,
        "galleries": list(galleries),
        "justification": justification,
        "offence": offence,
        "suspicion": suspicion,
    }
    detail = {name: value for name, value in bound.items() if value}
    try:
        response = request_token(
            url or _server_url(settings),
            credentials["client_id"],
            credentials["private_jwk"],
            scope=scope,
            user=user or credentials.get("user"),
            authorization_details=[{"type": "face_search", **detail}] if detail else None,
            session_credentials="aws" if aws else None,
        )
    except TokenRequestError as error:
        raise click.ClickException(f"The gateway gave no token: {error}") from None
    except OSError:
        raise click.ClickException("The gateway cannot be reached. Start it with `writgate serve`.") from None
    if aws:
        click.echo(json.dumps(_for_an_sdk(response)))
    else:
        click.echo(json.dumps(response) if as_json else response["access_token"])


def _for_an_sdk(response: dict[str, Any]) -> dict[str, Any]:
    """The document of AWS's "Sourcing credentials with an external process"."""
    return {
        "Version": 1,
        "AccessKeyId": response["access_key_id"],
        "SecretAccessKey": response["secret_access_key"],
        "SessionToken": response["access_token"],
        "Expiration": response["expiration"],
    }


def _client_file(settings: Settings, name: str) -> Path:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", name):
        raise click.BadParameter("a client's name is letters, digits, dots, dashes", param_hint="--client")
    return settings.clients / f"{name}.json"


def _unknown_client(settings: Settings, name: str) -> str:
    known = ", ".join(sorted(path.stem for path in settings.clients.glob("*.json"))) or "none"
    return f"There is no client {name} in {settings.clients}. Known: {known}."


def _server_url(settings: Settings) -> str:
    found = _read(
        settings.state / "server.json", missing="No gateway runs from this home. Start it with `writgate serve`."
    )
    return str(found["url"])


def _read(path: Path, *, missing: str) -> dict[str, Any]:
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise click.ClickException(missing) from None
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{path} cannot be read ({type(error).__name__}).") from None
    return document
