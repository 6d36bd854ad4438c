"""Token exchange (RFC 8693), for chains of acting on behalf: a client brings a token and gets one that says so.

The new token is the acting client's. It names the client as the actor (`act`), and within it who passed the token on,
as far back as the chain goes; policy sees both sides (`actor.on_behalf_of`, `agency.on_behalf_of`). Within one agency
the person of the subject token stays the person who acts, unless an actor token names another. Across agencies the
acting client's agency answers for what is done, under its own contract, and its own person, if any, is the one of the
actor token; and only a client of which the registry says so may act for that agency. What is passed on is never more
than both have: scopes of both, the authorization_details of the subject token or narrower, and no longer life than it.
Whatever is revoked of anybody in the chain is revoked of the new token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gateway.identity.authorization_details import InvalidDetails, narrowed
from gateway.identity.caller import Link
from gateway.identity.clients import TOKEN_EXCHANGE
from gateway.identity.grants import own_tokens
from gateway.identity.grants.exchange import TokenGrant
from gateway.identity.grants.minting import access_token, response
from gateway.identity.issuance import (
    Grant,
    IssuanceError,
    asked_details,
    asked_scopes,
    decide_details,
    invalid_details,
    require_resource,
    require_standing,
)
from gateway.identity.tokens import LONGEST_CHAIN

if TYPE_CHECKING:
    from gateway.identity.caller import Caller
    from gateway.identity.clients import RegisteredClient
    from gateway.registry.records import Client
    from gateway.vocabulary import Scope

ACCESS_TOKEN: Final = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - the name of a type


class TokenExchange(TokenGrant):
    GRANT_TYPE = TOKEN_EXCHANGE

    def answer(self, client: RegisteredClient) -> dict[str, Any]:
        require_standing(self.server.connection, client.row)
        issuer = self.server.authority.issuer
        for name in ("resource", "audience"):
            require_resource(self.request.form.get(name), issuer=issuer)
        if self.request.form.get("requested_token_type", ACCESS_TOKEN) != ACCESS_TOKEN:
            raise _invalid("TOKEN_TYPE", "Only access tokens are issued here.")
        subject, actor = self._token("subject"), self._actor(client.row)
        grant = self._grant(client.row, subject, actor)
        grant = decide_details(self.server.connection, grant, policy=self.server.authority.policy)
        until = min(token.expires_at for token in (subject, actor) if token is not None)
        issued = access_token(self.server, grant, until=until)
        return response(self.server, grant, issued) | {"issued_token_type": ACCESS_TOKEN}

    def _token(self, which: str) -> Caller:
        text, kind = self.parameter(f"{which}_token"), self.parameter(f"{which}_token_type")
        token = own_tokens.read_live(self.server, text) if kind == ACCESS_TOKEN else None
        if token is None or token.agency is None:
            raise _invalid("TOKEN_NOT_GOOD", f"The {which}_token is no access token of an agency that is good now.")
        return token

    def _actor(self, client: Client) -> Caller | None:
        if "actor_token" not in self.request.form:
            return None
        actor = self._token("actor")
        if actor.client != client.id:
            raise _invalid("ACTOR_DIFFERS", "The actor_token was issued to another client.")
        return actor

    def _grant(self, client: Client, subject: Caller, actor: Caller | None) -> Grant:
        if client.agency is None or subject.agency not in (client.agency, *client.acts_for):
            raise IssuanceError(
                error="unauthorized_client",
                code="MAY_NOT_ACT_FOR_AGENCY",
                description="The registry does not say that this client may act for the agency of the subject_token.",
            )
        if len(subject.behind) >= LONGEST_CHAIN:
            raise _invalid("CHAIN_TOO_LONG", f"A token may pass through {LONGEST_CHAIN} clients at most.")
        person = actor or (subject if subject.agency == client.agency else None)
        return Grant(
            client=client.id,
            agency=client.agency,
            user=person.user if person else None,
            scopes=self._scopes(client, subject),
            details=self._details(subject),
            strength=(person.user_strength if person else None) or "asserted",
            session=person.session if person else None,
            sign_in=person.sign_in if person else None,
            behind=(_link(subject), *subject.behind),
            binding=self.server.bind(),
        )

    def _scopes(self, client: Client, subject: Caller) -> tuple[Scope, ...]:
        """What both may, or the part of it that is asked for."""
        asked = self.request.form.get("scope")
        both = tuple(scope for scope in asked_scopes(client, None)[0] if scope in subject.scopes)
        wanted = both if asked is None else asked_scopes(client, asked)[0]
        if not wanted or not set(wanted) <= set(both):
            raise IssuanceError(
                error="invalid_scope",
                code="SCOPE_NOT_GRANTED",
                description="The subject_token, or the client, does not have that scope.",
            )
        return wanted

    def _details(self, subject: Caller) -> Any:
        asked = asked_details(self.request.form.get("authorization_details"))
        try:
            return narrowed(subject.authorization_details, asked)
        except InvalidDetails as wider:
            raise invalid_details(wider) from None


def _link(subject: Caller) -> Link:
    return Link(
        client=subject.client,
        agency=str(subject.agency),
        user=subject.user,
        user_strength=subject.user_strength,
        token_id=subject.token_id,
        session=subject.session,
    )


def _invalid(code: str, description: str) -> IssuanceError:
    return IssuanceError(error="invalid_request", code=code, description=description)
