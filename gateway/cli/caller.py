"""The gateway as a command reaches it: over HTTP, with a token for a client of the home, like any program."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.context import settings_for
from gateway.cli.http import Answer, Api
from gateway.identity.client_credentials import TokenRequestError, find_issuer, request_token
from gateway.identity.client_sender import Sender

if TYPE_CHECKING:
    from pathlib import Path


def api_for(home: Path | None, client: str) -> Api:
    """Raises: click.ClickException where no gateway runs, the client is unknown, or no token is given."""
    settings = settings_for(home)
    try:
        url = str(json.loads((settings.state / "server.json").read_text(encoding="utf-8"))["url"])
    except (OSError, ValueError, KeyError):
        raise click.ClickException(f"No gateway runs from {settings.home}. Start it with `writgate serve`.") from None
    try:
        held = json.loads((settings.clients / f"{client}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = ", ".join(sorted(path.stem for path in settings.clients.glob("*.json"))) or "none"
        raise click.ClickException(f"There is no client {client} in {settings.clients}. Known: {known}.") from None
    try:
        sender = Sender(find_issuer(url))
        response = request_token(url, held["client_id"], held["private_jwk"], user=held.get("user"), sender=sender)
    except TokenRequestError as error:
        raise click.ClickException(f"The gateway gave no token: {error}") from None
    except OSError:
        raise click.ClickException("The gateway cannot be reached. Start it with `writgate serve`.") from None
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
