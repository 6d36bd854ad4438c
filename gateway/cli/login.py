"""`writgate login` and `writgate logout`: a person signs in at a terminal, by a browser elsewhere (RFC 8628).

The terminal is a client with a key. It shows a code; the person types it into a page of the gateway, sees what is
asked, and allows it. From then on the commands that reach the gateway act for that person.
"""

from __future__ import annotations

import base64
import json
import re
import time
from pathlib import Path
from typing import Any, Final

import click

from gateway.cli import logins
from gateway.cli.caller import url_of
from gateway.cli.context import settings_for
from gateway.identity.client_credentials import TOKEN_PATH, TokenRequestError, ask, find_issuer, is_this_machine
from gateway.identity.client_sender import Sender
from gateway.identity.clients import DEVICE_CODE

DEVICE_PATH: Final = "/oauth/device_authorization"
UNREACHABLE: Final = "The gateway at {url} cannot be reached."
# The refusals of RFC 8628 section 3.5, in words for the person who waits.
ENDED: Final = {
    "access_denied": "It was refused: nobody is signed in here.",
    "expired_token": "The code has expired before anybody allowed it. Begin again.",
}

_home = click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="The gateway's folder.")
_url = click.option("--url", metavar="URL", help="A gateway elsewhere, by its public URL.")


@click.command()
@click.option(
    "--client", required=True, metavar="NAME", help="This terminal: the name of its file in HOME/clients, or a path."
)
@_url
@_home
def login(*, client: str, url: str | None, home: Path | None) -> None:
    """Sign in: your browser allows what this terminal asks for."""
    settings = settings_for(home)
    place = (url or url_of(settings)).rstrip("/")
    if not place.startswith("https://") and not is_this_machine(place):
        raise click.UsageError("Name a gateway elsewhere by its https URL: who listens in could show you another code.")
    named = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", client)
    path = settings.clients / f"{client}.json" if named and url is None else Path(client)
    held = logins.client_of(path)
    try:
        sender = Sender(find_issuer(place))
        begun = ask(place, DEVICE_PATH, {}, **held, sender=sender)
        click.echo(f"Open {begun['verification_uri']} in a browser, sign in, and type:\n\n    {begun['user_code']}\n")
        response = _wait(place, begun, held, sender)
    except TokenRequestError as error:
        raise click.ClickException(f"The gateway refused: {error}") from None
    except OSError:
        raise click.ClickException(UNREACHABLE.format(url=place)) from None
    except (KeyError, ValueError):
        raise click.ClickException(f"What answers at {place} is not a gateway.") from None
    made = logins.made_of(response, url=place, client_file=path, sender=sender, user=_user(response))
    logins.keep(made)
    click.echo(f"Signed in as {made.user}.")


@click.command()
@_url
@_home
def logout(*, url: str | None, home: Path | None) -> None:
    """End your login, at the gateway and here."""
    if url is None:
        found = logins.everywhere()
        url = found[0].url if len(found) == 1 else url_of(settings_for(home))
    held = logins.of_gateway(url.rstrip("/"))
    if held is None:
        raise click.ClickException(f"Nobody is signed in at {url} here.")
    try:
        logins.revoke(held)
    except TokenRequestError as error:
        raise click.ClickException(f"The gateway did not end it: {error} Your login is kept; try again.") from None
    except OSError:
        raise click.ClickException(f"{UNREACHABLE.format(url=url)} Your login is kept; try again.") from None
    logins.forget(held)
    click.echo(f"{held.user} is signed out.")


def _wait(url: str, begun: dict[str, Any], held: dict[str, Any], sender: Sender) -> dict[str, Any]:
    """Asks until the person has answered, as often as the gateway likes it.

    Raises: click.ClickException, TokenRequestError, OSError.
    """
    interval = int(begun.get("interval", 5))
    form = {"grant_type": DEVICE_CODE, "device_code": begun["device_code"]}
    while True:
        time.sleep(interval)
        try:
            return ask(url, TOKEN_PATH, form, **held, sender=sender)
        except TokenRequestError as error:
            refused = str(error.document.get("error"))
            if refused in ENDED:
                raise click.ClickException(ENDED[refused]) from None
            if refused == "slow_down":
                interval += 5
            elif refused != "authorization_pending":
                raise


def _user(response: dict[str, Any]) -> str:
    """For whom the token is. It is read and not judged: it comes from the gateway, and only the gateway takes it."""
    body = str(response["access_token"]).split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))["sub"])
