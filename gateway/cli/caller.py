"""The gateway as a command reaches it: over HTTP, with a token for a client of the home or for who is signed in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gateway.cli import logins
from gateway.cli.context import settings_for
from gateway.cli.http import Answer, Api
from gateway.identity.client_credentials import TokenRequestError, find_issuer, request_token
from gateway.identity.client_sender import Sender

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gateway.settings import Settings

Command = TypeVar("Command", bound="Callable[..., Any]")


def client_option(command: Command) -> Command:
    """For the commands of people: `--client NAME`, or who is signed in by `writgate login`."""
    option = click.option(
        "--client", metavar="NAME", help="Which client of HOME/clients calls; left out, it is you (writgate login)."
    )
    return option(command)


def api_for(home: Path | None, client: str | None) -> Api:
    """Raises: click.ClickException where no gateway runs, the client is unknown, or no token is given."""
    settings = settings_for(home)
    try:
        if client is None:
            return _signed_in(settings)
        return _of_client(settings, url_of(settings), client)
    except TokenRequestError as error:
        raise click.ClickException(f"The gateway gave no token: {error}") from None
    except OSError:
        raise click.ClickException("The gateway cannot be reached. Start it with `writgate serve`.") from None


def url_of(settings: Settings) -> str:
    """Where the gateway of the home listens. Raises: click.ClickException where none runs."""
    try:
        return str(json.loads((settings.state / "server.json").read_text(encoding="utf-8"))["url"])
    except (OSError, ValueError, KeyError):
        raise click.ClickException(f"No gateway runs from {settings.home}. Start it with `writgate serve`.") from None


def _signed_in(settings: Settings) -> Api:
    """As the person who is signed in: at the gateway of the home, or where no gateway runs from it, at the only one."""
    here = (settings.state / "server.json").exists()
    found = [logins.of_gateway(url_of(settings))] if here else logins.everywhere()
    if len(found) > 1:
        raise click.ClickException("You are signed in at several gateways: say which by --home.")
    login = found[0] if found else None
    if login is None:
        raise click.ClickException("Nobody is signed in here. Sign in with `writgate login`, or name a --client.")
    token, sender = logins.fresh(login)
    return Api(login.url, token, sender)


def _of_client(settings: Settings, url: str, client: str) -> Api:
    try:
        held = json.loads((settings.clients / f"{client}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = ", ".join(sorted(path.stem for path in settings.clients.glob("*.json"))) or "none"
        raise click.ClickException(f"There is no client {client} in {settings.clients}. Known: {known}.") from None
    sender = Sender(find_issuer(url))
    response = request_token(url, held["client_id"], held["private_jwk"], user=held.get("user"), sender=sender)
    return Api(url, str(response["access_token"]), sender)


def accepted(answer: Answer) -> dict[str, Any]:
    """The answer's document. Raises: click.ClickException with the refusal's sentence and remedy."""
    if answer.status < 400:  # noqa: PLR2004 - HTTP
        return answer.document
    raise click.ClickException(refusal(answer))


def refusal(answer: Answer) -> str:
    document = answer.document
    lines = [f"{document.get('code', answer.status)}: {document.get('detail', 'The gateway refused.')}"]
    lines += [
        f"  {reason['code']}: {reason['sentence']} [{reason['citation']}]" for reason in document.get("reasons", [])
    ]
    lines += [f"  {error['field']}: {error['message']}" for error in document.get("errors", [])]
    if document.get("remedy"):
        lines.append(f"What to do: {document['remedy']}")
    if document.get("decision_id"):
        lines.append(f"Decision: {document['decision_id']}")
    return "\n".join(lines)
