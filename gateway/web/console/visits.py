"""What a request tells of the person who sent it: their session, their browser, where they are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from flask import g, request

from gateway.identity.sign_in import Visit
from gateway.web.console import cookies
from gateway.web.routes import services

if TYPE_CHECKING:
    from gateway.identity.sessions import Session
    from gateway.settings import Settings

# In this order: each of these names itself also in the words of those after it.
_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
_ADDRESS: Final = re.compile(r"[0-9A-Fa-f:.]{2,45}")


def current_session() -> Session | None:
    """Who has signed in with this browser, or None. Asked of the database once a request."""
    if "session" not in g:
        house = services()
        g.session = house.sessions.current(cookies.read(house.settings, "session"))
    session: Session | None = g.session
    return session


def visit() -> Visit:
    settings = services().settings
    return Visit(
        source=_source(settings),
        device=_device(request.headers.get("User-Agent", "")),
        known=cookies.read(settings, "device"),
        session=current_session(),
    )


def passkeys_work_here() -> bool:
    """Whether the browser is where passkeys belong: over TLS there is one name, on loopback an address beside it."""
    origin = services().sign_in.place.origin
    return origin.startswith("https://") or request.host == urlsplit(origin).netloc


def _source(settings: Settings) -> str:
    """The address of who asks: the peer's, or the last that the proxy in front wrote into its header."""
    if settings.source_header is None:
        return request.remote_addr or "unknown"
    given = request.headers.get(settings.source_header, "").rpartition(",")[2].strip()
    return given if _ADDRESS.fullmatch(given) else "unknown"


def _device(user_agent: str) -> str:
    """A browser in the words of its owner, such as `Firefox on Linux`."""
    browser = next((name for word, name in _BROWSERS if word in user_agent), "A browser")
    system = next((name for word, name in _SYSTEMS if word in user_agent), None)
    return f"{browser} on {system}" if system else browser
