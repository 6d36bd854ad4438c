"""From a foreign issuer's access token to a `Caller`: RFC 9068 as far as its profile says so, else what that says.

The token's signature is of a key that the issuer publishes, its type, audience and required claims are of the profile's
lists; its client is mapped to a client of ours, of an agency for which the issuer may speak, and the user behind it is
a user of that agency. What it may do is what both the token and our client may. It counts as issued `clock_margin`
before its `iat`: see `gateway.identity.revocation`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from gateway.identity.authorization_details import InvalidDetails, read_details
from gateway.identity.caller import Caller, SignIn, digest_of
from gateway.identity.issuers.errors import Refused
from gateway.identity.jose import MalformedToken, signature_is_valid, text_claim, time_claim
from gateway.registry import queries
from gateway.vocabulary import Scope

if TYPE_CHECKING:
    from gateway.database import Connection, Database
    from gateway.identity.caller import Binding, FaceSearchAuthorization
    from gateway.identity.issuers.directory import IssuerDirectory, KnownIssuer
    from gateway.identity.issuers.introspection import Introspection
    from gateway.identity.issuers.provider import Providers
    from gateway.identity.jose import Unverified
    from gateway.registry.issuers import AccessTokens
    from gateway.registry.records import Client, User

KEY_TYPES: Final = {"ES256": "EC", "PS256": "RSA", "RS256": "RSA", "EdDSA": "OKP"}
MOST_METHODS: Final = 8
MOST_SCOPES: Final = 256


@dataclass(frozen=True, slots=True)
class Proven:
    """A caller, and what it rests on: as long as `ForeignTokens.stands` says so it need not be proven again."""

    caller: Caller
    issuer: str
    version: int
    key: tuple[str, str]


class ForeignTokens:
    """Safe to share between threads."""

    def __init__(
        self,
        *,
        database: Database,
        directory: IssuerDirectory,
        providers: Providers,
        introspection: Introspection,
    ) -> None:
        self._database = database
        self._directory = directory
        self._providers = providers
        self._introspection = introspection

    def knows(self, issuer: str) -> bool:
        """Whether access tokens of `issuer` may be taken at all. Raises DatabaseUnavailable."""
        known = self._directory.by_issuer(issuer)
        return known is not None and known.profile.access_tokens is not None

    def prove(self, token: Unverified, *, binding: Binding | None, now: float) -> Proven:
        """Raises Refused, IssuerUnavailable, DatabaseUnavailable. The revocation state is not looked at here."""
        known = self._directory.by_issuer(str(token.claims.get("iss")))
        rules = None if known is None else known.profile.access_tokens
        if known is None or rules is None:
            raise Refused("TOKEN_ISSUER", "The access token was issued by somebody else.")
        if token.type not in rules.types:
            raise Refused("TOKEN_TYPE", "The token is not of a type that this issuer's access tokens have.")
        key = self._verified(known, token)
        _judge_audience(rules, token.claims)
        try:
            caller = replace(self._caller(known, rules, token, now), binding=binding)
        except (MalformedToken, InvalidDetails):
            raise Refused("TOKEN_MALFORMED", "The access token lacks a claim, or has one of a wrong form.") from None
        return Proven(caller, known.id, known.version, key)

    def stands(self, proven: Proven) -> bool:
        """Whether profile and key are those by which the caller was proven. Raises DatabaseUnavailable."""
        known = self._directory.by_id(proven.issuer)
        return known is not None and known.version == proven.version and self._providers.holds(known, *proven.key)

    def confirm(self, issuer_id: str, text: str) -> None:
        """Where the profile asks for introspection: what the issuer says now, at most a second old.

        Raises: Refused, IssuerUnavailable, DatabaseUnavailable.
        """
        known = self._directory.by_id(issuer_id)
        rules = None if known is None else known.profile.access_tokens
        if known is None or rules is None:
            raise Refused("TOKEN_ISSUER", "The access token was issued by somebody else.")
        if rules.introspection and not self._introspection.is_active(known, text):
            raise Refused("TOKEN_REVOKED", "The issuer says that the access token is not active.")

    def _verified(self, known: KnownIssuer, token: Unverified) -> tuple[str, str]:
        if token.algorithm not in known.profile.algorithms:
            raise Refused("TOKEN_SIGNATURE", "The access token is signed in a way that its issuer may not use.")
        key_type = KEY_TYPES[token.algorithm]
        key = None if token.key_id is None else self._providers.key(known, token.key_id, key_type)
        if token.key_id is None or key is None:
            raise Refused("TOKEN_KEY", "The token was not signed by a key that its issuer publishes.")
        if not signature_is_valid(token, key, algorithms=known.profile.algorithms):
            raise Refused("TOKEN_SIGNATURE", "The signature of the access token is not valid.")
        return token.key_id, key_type

    def _caller(self, known: KnownIssuer, rules: AccessTokens, token: Unverified, now: float) -> Caller:
        claims, margin = token.claims, known.profile.clock_margin
        issued_at, expires_at = time_claim(claims, "iat"), time_claim(claims, "exp")
        not_before = issued_at if "nbf" not in claims else time_claim(claims, "nbf")
        if not 0 < expires_at - issued_at <= rules.longest_life:
            raise Refused("TOKEN_MALFORMED", "The access token lives longer than tokens of its issuer may.")
        if max(issued_at, not_before) > now + margin:
            raise Refused("TOKEN_NOT_YET_VALID", "The access token was issued in the future.")
        subject = text_claim(claims, "sub")
        their_client = text_claim(claims, rules.claims.client)
        with self._database.transaction() as connection:
            client = _client(connection, known, rules, their_client)
            _judge_agency(rules, client, claims)
            user = None if subject == their_client else _user(connection, known, rules, client, claims)
        jti = digest_of(token.text) if "jti" not in claims else text_claim(claims, "jti")
        session = None if rules.claims.session not in claims else text_claim(claims, rules.claims.session)
        return Caller(
            client=client.id,
            agency=client.agency,
            user=None if user is None else user.id,
            user_strength=None if user is None else "authenticated",
            scopes=_scopes(rules, claims) & {Scope(word) for word in client.scopes},
            authorization_details=_details(claims, f"{known.id}/{jti}"),
            token_id=f"{known.id}/{jti}",
            issued_at=max(0, issued_at - margin),
            expires_at=expires_at,
            rev=None,
            issuer=known.id,
            session=None if session is None else f"{known.id}/{session}",
            sign_in=None if user is None else sign_in_of(known, claims),
        )


def sign_in_of(known: KnownIssuer, claims: dict[str, Any]) -> SignIn | None:
    """How the person signed in there, in our words; None where the issuer does not say it in words of the profile.

    Raises: MalformedToken.
    """
    acr = claims.get("acr")
    if not isinstance(acr, str) or acr not in known.profile.acr or "auth_time" not in claims:
        return None
    methods = claims.get("amr", [])
    if not isinstance(methods, list) or len(methods) > MOST_METHODS:
        raise MalformedToken
    return SignIn(
        auth_time=time_claim(claims, "auth_time"),
        acr=known.profile.acr[acr],
        amr=tuple(text_claim({"amr": method}, "amr", longest=32) for method in methods),
    )


def _judge_audience(rules: AccessTokens, claims: dict[str, Any]) -> None:
    audience = claims.get("aud")
    named = [audience] if isinstance(audience, str) else audience
    if not isinstance(named, list) or not any(isinstance(one, str) and one in rules.audiences for one in named):
        raise Refused("TOKEN_AUDIENCE", "The access token is meant for another service.")
    if "act" in claims:
        raise Refused("TOKEN_CLAIMS", "The access token was passed on, and by whom is known only to its issuer.")
    for name, value in rules.require.items():
        if claims.get(name) != value:
            raise Refused("TOKEN_CLAIMS", "The access token lacks a claim that tokens of its issuer must have.")


def _client(connection: Connection, known: KnownIssuer, rules: AccessTokens, their_client: str) -> Client:
    ours = rules.clients.get(their_client)
    client = None if ours is None else queries.client(connection, ours)
    if client is None:
        raise Refused("CLIENT_UNKNOWN", "The client of the access token is not one that its issuer may speak for.")
    if client.agency not in known.profile.agencies:
        raise Refused("AGENCY_NOT_OF_ISSUER", "The issuer of the access token may not speak for this agency.")
    return client


def _judge_agency(rules: AccessTokens, client: Client, claims: dict[str, Any]) -> None:
    if rules.claims.agency is not None and claims.get(rules.claims.agency) != client.agency:
        raise Refused("AGENCY_NOT_OF_ISSUER", "The access token names another agency than its client's.")


def _user(
    connection: Connection, known: KnownIssuer, rules: AccessTokens, client: Client, claims: dict[str, Any]
) -> User | None:
    """The person behind it, who must be a user of the client's agency."""
    wanted = user_id(connection, known, claims, how=rules.users, claim=rules.claims.user, prefix=rules.user_prefix)
    user = None if wanted is None else queries.user(connection, wanted)
    if user is None or user.agency != client.agency:
        raise Refused("USER_UNKNOWN", "The user of the access token is not a user of the agency here.")
    return user


def user_id(
    connection: Connection,
    known: KnownIssuer,
    claims: dict[str, Any],
    *,
    how: str,
    claim: str,
    prefix: str | None,
) -> str | None:
    """Which user of ours the claims name, None where none. Raises MalformedToken."""
    if how == "links":
        link = queries.user_link(connection, known.id, text_claim(claims, claim))
        return None if link is None else link.user_id
    if how == "claim":
        return f"{prefix}{text_claim(claims, claim, longest=64).lower()}"
    return None


def _details(claims: dict[str, Any], token_id: str) -> tuple[FaceSearchAuthorization, ...]:
    """Its searches are counted for the token: how it would count those of a grant is not for the issuer to say."""
    details = read_details(claims.get("authorization_details", []))
    if any(detail.counter is not None for detail in details):
        raise MalformedToken
    return tuple(
        detail if detail.searches is None else replace(detail, counter=f"{token_id}/{place}")
        for place, detail in enumerate(details)
    )


def _scopes(rules: AccessTokens, claims: dict[str, Any]) -> frozenset[Scope]:
    """Its words that mean something here: an issuer's tokens may carry many that are none of our business."""
    value = claims.get(rules.claims.scope, [])
    words = value.split(" ") if isinstance(value, str) else value
    if not isinstance(words, list) or len(words) > MOST_SCOPES or not all(isinstance(word, str) for word in words):
        raise MalformedToken
    ours = {scope.value for scope in Scope}
    meant = {meaning for word in words for meaning in rules.scopes.get(word, [word] if word in ours else [])}
    return frozenset(Scope(word) for word in meant)
