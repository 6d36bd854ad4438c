"""The five cookies that a browser holds, each a random secret of which the database has the digest.

`session` is a person who has signed in; `step` a sign-in or an enrolment between two requests, and `challenge` the
question that a passkey is to answer; `elsewhere` somebody who was sent to a foreign provider; `device` is a browser
from which somebody has signed in before. None is ever read by a script. Over TLS each has the prefix `__Host-`, so that
no neighbouring host can set it; over http, which is served on loopback only, the prefix would be refused by browsers.
`session` and `elsewhere` are Lax, because an OAuth client and a provider send people here from their own sites; the
others are Strict.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from flask import request

if TYPE_CHECKING:
    from flask import Response

    from gateway.identity.sign_in import SignedIn
    from gateway.settings import Settings

Name = Literal["session", "step", "challenge", "device", "elsewhere"]

_DEVICE_SECONDS: Final = 180 * 86400
_LONGEST: Final = 64


def read(settings: Settings, name: Name) -> str | None:
    """What the browser holds; nothing of ours is longer."""
    value = request.cookies.get(_full(settings, name))
    return value if value and len(value) <= _LONGEST else None


def give(response: Response, settings: Settings, name: Name, secret: str) -> None:
    response.set_cookie(
        _full(settings, name),
        secret,
        max_age=_DEVICE_SECONDS if name == "device" else None,
        path="/",
        secure=_secure(settings),
        httponly=True,
        samesite="Lax" if name in {"session", "elsewhere"} else "Strict",
    )


def take(response: Response, settings: Settings, name: Name) -> None:
    response.delete_cookie(_full(settings, name), path="/", secure=_secure(settings), httponly=True)


def give_all(response: Response, settings: Settings, signed_in: SignedIn) -> None:
    """After a sign-in: the session, perhaps the device, and no step or challenge any more."""
    give(response, settings, "session", signed_in.established.secret)
    if signed_in.device is not None:
        give(response, settings, "device", signed_in.device)
    take(response, settings, "step")
    take(response, settings, "challenge")


def _full(settings: Settings, name: Name) -> str:
    return ("__Host-" if _secure(settings) else "") + f"writgate_{name}"


def _secure(settings: Settings) -> bool:
    return settings.issuer.startswith("https://")
