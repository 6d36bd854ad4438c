"""The clients of a row's agency, each with its user, and whether a gateway took what they sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.cli.over_http.rows import NotAsked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.cli.http import Answer, Api
    from gateway.cli.over_http.home import Home
    from gateway.cli.over_http.rows import Asked
    from gateway.vocabulary import Scope


def asked_by(asked: Asked) -> str:
    """The user who asks."""
    return f"{asked.agency}/{(asked.request.get('actor') or {}).get('id') or 'officer'}"


def asking(home: Home, asked: Asked, scope: Scope, **more: Any) -> Api:
    """The client that asks, with a token for this alone. Raises: NotAsked."""
    return home.api(f"{asked.agency}-asking", scope=str(scope), operator=asked.operator, **more)


def add_person(
    home: Home,
    administrator: Api,
    asked: Asked,
    *,
    client: str,
    user: Mapping[str, Any],
    scopes: tuple[Scope, ...],
    user_id: str | None = None,
) -> None:
    """A user of the agency, named as the client that acts for it unless said otherwise. Raises: NotAsked."""
    named = user_id or f"{asked.agency}/{client}"
    write = {"agency": asked.agency, "name": f"{named} (fictional)", **user}
    done(administrator.put(f"/v1/users/{named}", write))
    add_client(home, administrator, asked, client=client, user_id=named, scopes=scopes)


def add_client(
    home: Home, administrator: Api, asked: Asked, *, client: str, user_id: str, scopes: tuple[Scope, ...]
) -> None:
    """Raises: NotAsked."""
    write = {
        "agency": asked.agency,
        "name": client,
        "scopes": [str(scope) for scope in scopes],
        "jwks": home.jwks,
        "default_user": user_id,
    }
    done(administrator.put(f"/v1/clients/{asked.agency}-{client}", write))


def done(answer: Answer) -> Answer:
    """Raises: NotAsked, where the gateway refused."""
    if answer.status >= 400:  # noqa: PLR2004 - HTTP
        raise NotAsked(f"the gateway does not take its facts: {said(answer)}")
    return answer


def said(answer: Answer) -> str:
    """Code and fields of a refusal."""
    fields = ", ".join(str(error.get("field")) for error in answer.document.get("errors", ()))
    codes = ", ".join(sorted(answer.codes))
    return f"{codes} ({fields})" if fields else codes
