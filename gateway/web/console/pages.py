"""How a page of the console is declared, and what every one of them says to the browser.

`page(blueprint, "POST", "/console/…", who=Audience.PERSON)` wraps a view `view(session, services, **path)`; with
`Audience.VISITOR` it wraps `view(services, **path)`. A view registered in any other way declares nothing, and the test
that walks the URL map fails on it.

* Whoever is wanted and has not signed in, or not recently enough, is sent to sign in and comes back (`SignInRequired`).
* A form that was not sent by a page of ours is refused before anything is read: the browser itself says where a
  request comes from (`Sec-Fetch-Site`, `Origin`), and no page can make it lie. So no form can forget a token.
* No script or style but our own files, no frame around us, no form to elsewhere, nothing cached or told to others.
"""

from __future__ import annotations

import functools
import hashlib
import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

from flask import Response, g, redirect, request
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gateway.web import readers
from gateway.web.console.visits import current_session
from gateway.web.problems import Problem
from gateway.web.routes import services

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from flask import Blueprint, Flask

    from gateway.identity.errors import SignInError
    from gateway.identity.sessions import Session
    from gateway.settings import Settings
    from gateway.vocabulary import Assurance

SIGN_IN: Final = "/console/sign-in"
HOME: Final = "/console/"
LARGEST_FORM: Final = 32 * 1024
# Where a person may be sent on to: our own pages, in the letters of a path and a query.
_NEXT: Final = re.compile(r"/(?:console|oauth)/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]{0,2000}")
_FOLDER: Final = Path(__file__).parent
STATIC: Final = _FOLDER / "static"
_templates: Final = Environment(
    loader=FileSystemLoader(_FOLDER / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


class Audience(StrEnum):
    """Who may open a page."""

    VISITOR = "visitor"  # anybody, signed in or not
    PERSON = "person"  # who has signed in


class SignInRequired(Exception):  # noqa: N818 - it states a condition
    """A person must sign in, or be authenticated again, before this goes on; `next_page` is where they come back to."""

    def __init__(self, *, next_page: str, acr: Assurance | None) -> None:
        super().__init__("sign-in required")
        self.next_page = next_page
        self.acr = acr


def page(
    blueprint: Blueprint, method: str, path: str, *, who: Audience, max_age: int | None = None, back: str = HOME
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declares a page. `max_age` is how many seconds ago the person may have been authenticated; who must be first, and
    was sending a form, comes back to the page `back`, to send it again.
    """

    def declare(view: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(view)
        def guarded(**path_values: Any) -> Response:
            request.max_content_length = LARGEST_FORM
            if method != "GET":
                refuse_foreign(services().settings)
                request.form.to_dict()  # read whole, so that its place is given back
                readers.finished()
            if who is Audience.PERSON:
                response = view(require_session(max_age=max_age, back=back), services(), **path_values)
            else:
                response = view(services(), **path_values)
            return guard(response)

        guarded.required_scope = who  # type: ignore[attr-defined]  # read by the test that walks the URL map
        blueprint.add_url_rule(path, f"{method} {path}".replace(".", "-"), guarded, methods=[method])
        return view

    return declare


def require_session(*, max_age: int | None = None, acr: Assurance | None = None, back: str = HOME) -> Session:
    """Who has signed in, at most `max_age` seconds ago and at least as surely as `acr`. Raises SignInRequired."""
    session = current_session()
    if (
        session is None
        or (max_age is not None and session.age > max_age)
        or (acr is not None and not session.acr.reaches(acr))
    ):
        here = request.full_path.rstrip("?") if request.method == "GET" else back
        raise SignInRequired(next_page=here, acr=acr)
    return session


def refuse_foreign(settings: Settings) -> None:
    """Raises Problem 403 unless the request was sent by a page of this gateway."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if (site in {None, "same-origin"}) and (origin in _origins(settings) or (origin is None and site is not None)):
        return
    raise Problem(
        status=403,
        code="FOREIGN_FORM",
        detail="That form was not sent by a page of this gateway, so nothing was done.",
        remedy="Open the page here, and send the form from it.",
    )


def safe_next(wanted: str | None) -> str:
    """The page of ours that is named, or the first page; never another place."""
    return wanted if wanted and _NEXT.fullmatch(wanted) else HOME


def render(template: str, *, status: int = 200, form_action: Sequence[str] = (), **values: Any) -> Response:
    """A page from its template. `form_action` are origins to which its form may lead beside our own."""
    g.form_action = tuple(form_action)
    return plain(template, status=status, session=current_session(), **values)


def plain(template: str, *, status: int = 200, **values: Any) -> Response:
    """A page that asks the database nothing; `session` is whose page it is."""
    values = {"session": None, "error": None} | values
    text = _templates.get_template(template).render(version=_version(), decision_id=str(g.decision_id), **values)
    return Response(text, status=status, mimetype="text/html")


def refusal(template: str, error: SignInError, **values: Any) -> Response:
    """The page again, with what was refused and what to do."""
    g.problem_code = error.code
    response = render(template, status=error.status, error=error, **values)
    if error.wait_seconds is not None:
        response.headers["Retry-After"] = str(error.wait_seconds)
    return response


def see(place: str) -> Response:
    """On to another page. The method becomes GET (303): nothing that was typed is sent again."""
    return guard(Response(redirect(place, 303).get_data(), 303, {"Location": place}, mimetype="text/html"))


def guard(response: Response) -> Response:
    """What every page says to the browser."""
    allowed = " ".join(["'self'", *g.pop("form_action", ())])
    response.headers.setdefault(
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self';"
        f" form-action {allowed}; base-uri 'none'; frame-ancestors 'none'",
    )
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["Referrer-Policy"] = (
        "same-origin"  # and not less: without a referrer, browsers hide the origin too
    )
    response.headers["X-Frame-Options"] = "DENY"
    if services().settings.issuer.startswith("https://"):
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    return response


def install(app: Flask | Blueprint) -> None:
    """Whoever asks for a person who is not there sends them to sign in, from any route."""

    @app.errorhandler(SignInRequired)
    def _sign_in(required: SignInRequired) -> Response:
        query: Mapping[str, str] = {"next": required.next_page} | ({"acr": required.acr} if required.acr else {})
        return see(f"{SIGN_IN}?{urlencode(query)}")


def _origins(settings: Settings) -> set[str]:
    issuer = urlsplit(settings.issuer)
    return {f"{issuer.scheme}://{issuer.netloc}", services().sign_in.place.origin}


@functools.cache
def _version() -> str:
    """Changes with the files that a browser keeps."""
    content = b"".join(path.read_bytes() for path in sorted(STATIC.iterdir()))
    return hashlib.sha256(content).hexdigest()[:12]
