"""Logins: that a person allowed a terminal to act for them (RFC 8628), as a file of that person's, mode 0600.

One for each gateway, by its URL, in the user's configuration folder. It holds the refresh token and the key that it is
bound to; the client's own key stays in the client's file, which the login names. Nothing here lasts longer than the
gateway says: at most until the person would have to sign in again.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from joserfc.jwk import ECKey

from gateway.identity.client_credentials import TOKEN_PATH, TokenRequestError, ask, find_issuer
from gateway.identity.client_sender import Sender
from gateway.private_files import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

REVOCATION_PATH: Final = "/oauth/revoke"
MARGIN: Final = 30  # seconds: an access token that ends sooner is replaced first


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    url: str
    client_file: str
    user: str
    key: dict[str, Any] = field(repr=False)
    refresh_token: str | None = field(repr=False)
    access_token: str = field(repr=False)
    expires_at: int

    def sender(self, issuer: str) -> Sender:
        return Sender(issuer, ECKey.import_key(self.key))


def folder() -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "writgate" / "logins"


def file_of(url: str) -> Path:
    return folder() / f"{hashlib.sha256(url.encode()).hexdigest()[:32]}.json"


def keep(login: Login) -> None:
    replace(file_of(login.url), json.dumps(asdict(login)).encode())


def forget(login: Login) -> None:
    file_of(login.url).unlink(missing_ok=True)


def of_gateway(url: str) -> Login | None:
    """Raises: click.ClickException where the file is there and is no login."""
    return _read(file_of(url))


def everywhere() -> list[Login]:
    found = (_read(path) for path in sorted(folder().glob("*.json")))
    return [login for login in found if login is not None]


def _read(path: Path) -> Login | None:
    try:
        return Login(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError):
        raise click.ClickException(f"{path} is not a login. Remove it, and sign in again: writgate login.") from None


def client_of(path: Path) -> dict[str, Any]:
    """The client's file, `{client_id, private_jwk, …}`. Raises: click.ClickException."""
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        return {"client_id": held["client_id"], "private_jwk": held["private_jwk"]}
    except (OSError, ValueError, KeyError, TypeError):
        raise click.ClickException(f"{path} is not the file of a client, or cannot be read.") from None


def made_of(response: Mapping[str, Any], *, url: str, client_file: Path, sender: Sender, user: str) -> Login:
    """The login that a token response begins."""
    return Login(
        url=url,
        client_file=str(client_file.absolute()),
        user=user,
        key=sender.key.as_dict(private=True),
        refresh_token=response.get("refresh_token"),
        access_token=response["access_token"],
        expires_at=int(time.time()) + int(response["expires_in"]),
    )


def fresh(login: Login) -> tuple[str, Sender]:
    """An access token that is good for a while, and the sender that it is bound to.

    Raises:
        click.ClickException: the login has ended, and the person must sign in again.
        TokenRequestError: the gateway refused for another reason.
        OSError: the gateway cannot be reached.
    """
    sender = login.sender(find_issuer(login.url))
    if login.expires_at - MARGIN > time.time():
        return login.access_token, sender
    if login.refresh_token is None:
        raise _ended()
    form = {"grant_type": "refresh_token", "refresh_token": login.refresh_token}
    try:
        response = ask(login.url, TOKEN_PATH, form, **client_of(Path(login.client_file)), sender=sender)
    except TokenRequestError as error:
        if error.document.get("error") == "invalid_grant":
            raise _ended() from None
        raise
    renewed = made_of(
        {"refresh_token": login.refresh_token, **response},
        url=login.url,
        client_file=Path(login.client_file),
        sender=sender,
        user=login.user,
    )
    keep(renewed)
    return renewed.access_token, sender


def revoke(login: Login) -> None:
    """Ends what the person allowed, at the gateway. Raises TokenRequestError, OSError."""
    form = {"token": login.refresh_token or login.access_token}
    ask(login.url, REVOCATION_PATH, form, **client_of(Path(login.client_file)))


def _ended() -> click.ClickException:
    return click.ClickException("Your login has ended. Sign in again: writgate login.")
