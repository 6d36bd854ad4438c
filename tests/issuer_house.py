"""An identity room that knows a foreign provider: `county`, which speaks for lakeport-pd."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from identity_house import PATH
from provider_house import ACCOUNT, DESK, FOREIGN_ACR

from gateway.identity.client_sender import Sender
from gateway.identity.errors import IdentityError
from gateway.postgres.deployment import DatabaseRole
from gateway.registry.models import Actor, IssuerWrite, UserLinkWrite

if TYPE_CHECKING:
    from identity_house import House
    from joserfc.jwk import ECKey
    from provider_house import Provider

    from gateway.identity.caller import Caller

OPERATOR = Actor(kind="operator", id="test", agency=None)


def profile(house: House, **changes: Any) -> dict[str, Any]:
    tokens = {"types": ["at+jwt"], "audiences": [house.issuer], "clients": {DESK: "lakeport-app"}}
    return {
        "algorithms": ["ES256"],
        "agencies": ["lakeport-pd"],
        "acr": {FOREIGN_ACR: "mfa"},
        "access_tokens": tokens | changes.pop("access_tokens", {}),
    } | changes


def register(house: House, county: Provider, *, issuer: str | None = None, **changes: Any) -> None:
    write = {"id": "county", "issuer": issuer or county.issuer, "profile": profile(house, **changes)}
    house.registry.put_issuer(IssuerWrite.model_validate(write), actor=OPERATOR)
    link(house, "lakeport-pd/ruiz")
    settle(house)


def link(house: House, user: str | None) -> None:
    house.registry.put_user_link(UserLinkWrite(issuer="county", subject=ACCOUNT, user_id=user), actor=OPERATOR)


def settle(house: House) -> None:
    """What was written a moment ago is known: as a second later in a running gateway."""
    house.verifier._foreign._directory._looked_at = float("-inf")
    house.view.poll()


def refusal(house: House, token: str, **how: Any) -> str:
    try:
        verify(house, token, **how)
    except IdentityError as error:
        return error.code
    return ""


def verify(house: House, token: str, *, sender: ECKey | None = None) -> Caller:
    if sender is None:
        return house.verifier.verify(house.bearer(token))
    bound = Sender(house.issuer, sender)
    bound.learn(house.senders.nonces.current())
    return house.verifier.verify(house.presented(bound.headers("GET", PATH, token=token)))


def forge(house: House, county: Provider, **claims: Any) -> str:
    """As the provider signs it at this moment of the database's clock."""
    now = int(house.view.now())
    return county.forge(**({"iat": now, "exp": now + 300} | claims))


def a_minute_later(house: House) -> None:
    with house.open_pool(DatabaseRole.ADMIN).transaction() as connection:
        connection.execute("UPDATE ops.clock_offset SET nanoseconds = nanoseconds + 60000000000")
    settle(house)


def cool_down(house: House) -> None:
    for state in house.verifier._foreign._providers._states.values():
        state.tried_at -= 60


def age(house: House, seconds: float) -> None:
    for state in house.verifier._foreign._providers._states.values():
        state.fetched_at -= seconds
        state.tried_at -= seconds
