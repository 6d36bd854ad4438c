"""From what a request presents to a `Caller`: RFC 9449 and 6750 for the header, RFC 9068 for the token, RFC 8725
throughout.

A token is accepted only if it is one JWS of at most 8192 characters, `typ` exactly `at+jwt`, signed with ES256 by a key
in our own JWKS, with every claim of the right type and range, `iss` and `aud` exactly this gateway (one string, no
list), not expired by the database's clock, sent by whoever it is bound to (`gateway.identity.senders`), and not
revoked. The cache remembers what a signature proved; expiry, key, sender and revocation are looked at on every use, so
it can never outlive them. A token that names another `iss`, of an issuer that the registry knows, is proven by
`gateway.identity.issuers.access_tokens`; what is common to all tokens is here.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NoReturn, get_args

from gateway.identity.authorization_details import InvalidDetails, read_details
from gateway.identity.caller import OURSELVES, Binding, BindingMethod, Caller, Link, SignIn, UserStrength
from gateway.identity.errors import AuthenticationError, challenge
from gateway.identity.issuers.errors import Refused
from gateway.identity.jose import (
    MAX_LENGTH,
    MalformedToken,
    read_unverified,
    signature_is_valid,
    text_claim,
    time_claim,
    whole_claim,
)
from gateway.identity.keys import ALGORITHM
from gateway.identity.sigv4 import TOKEN_HEADER
from gateway.vocabulary import Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.identity.issuers.access_tokens import ForeignTokens
    from gateway.identity.jose import Unverified
    from gateway.identity.keys import TokenKeys
    from gateway.identity.presented import Presented
    from gateway.identity.revocation import RevocationView
    from gateway.identity.senders import Senders
    from gateway.settings import Settings

TOKEN_TYPE: Final = "at+jwt"  # noqa: S105 - RFC 9068 section 2.1
LIFETIME: Final = 300  # seconds; the longest that any token of ours lives, but for
SESSION_LIFETIME: Final = 3600  # seconds; session tokens, which are good for one purpose, case and set of galleries
FUTURE: Final = 5  # seconds by which `iat` may be ahead of our estimate of the database's clock
LARGEST_REV: Final = (1 << 63) - 1
CACHE_SIZE: Final = 4096
LONGEST_CHAIN: Final = 4  # clients through which a token may have passed
MOST_METHODS: Final = 8
# Members by which some providers name their certificate beside the key; nothing is taken from them.
THUMBPRINTS: Final = frozenset({"x5t", "x5t#S256"})


class TokenVerifier:
    """Safe to share between threads."""

    def __init__(
        self,
        settings: Settings,
        keys: TokenKeys,
        revocations: RevocationView,
        senders: Senders,
        foreign: ForeignTokens,
    ) -> None:
        self.senders = senders
        self._foreign = foreign
        self._issuer = settings.issuer
        self._keys = keys
        self._revocations = revocations
        self._cache: OrderedDict[bytes, tuple[Caller, Callable[[], bool]]] = OrderedDict()
        self._lock = threading.Lock()

    def verify(self, presented: Presented) -> Caller:
        """Who is calling.

        Raises:
            AuthenticationError: there is no token, or it proves nothing, or somebody else sends it.
            RevokedError: the token was revoked.
            CallerSuspended: the agency, client or user is suspended.
            StaleRevocations: the revocation state is older than a second.
            IssuerUnavailable: a foreign issuer's keys cannot be had, or not freshly enough.
            DatabaseUnavailable: it cannot be known whether the DPoP proof was used before.
        """
        self._revocations.require_fresh()
        scheme, token = self._credentials(presented)
        digest = hashlib.sha256(token.encode("ascii")).digest()
        caller = self._remembered(digest) or self._prove(token, digest)
        if caller.expires_at <= self._revocations.now():
            self._refuse("TOKEN_EXPIRED", "The access token has expired.", "Ask the token endpoint for a new one.")
        # Before the revocations: an attempt by a suspended caller is written down, so it must be the caller's own.
        proof = self.senders.judge(presented, scheme, token, caller.binding)
        for bearer in (caller, *caller.links()):
            self._revocations.check(bearer, issuer=self._issuer)
        if caller.issuer != OURSELVES:
            self._confirm(caller.issuer, token)
        if proof is not None:
            self.senders.use(proof)
        return caller

    def verify_again(self, caller: Caller, *, verified_at: float) -> None:
        """Before an answer leaves: a verification that is more than a second old is made anew.

        Raises:
            RevokedError, CallerSuspended, StaleRevocations: as `verify`.
        """
        for bearer in (caller, *caller.links()):
            self._revocations.check_again(bearer, issuer=self._issuer, checked_at=verified_at)

    def seconds_since(self, moment: int) -> float:
        """By the database's clock, as everything about a token."""
        return self._revocations.now() - moment

    def _credentials(self, presented: Presented) -> tuple[str, str]:
        """The scheme in lower case, and the token."""
        if not presented.authorization:
            raise self.senders.missing()
        scheme, _, token = presented.authorization.partition(" ")
        if presented.signed is not None:
            token = presented.signed.headers.get(TOKEN_HEADER, "")
        elif scheme.lower() not in {"dpop", "bearer"}:
            self._refuse_malformed()
        if not token or len(token) > MAX_LENGTH or not token.isascii():
            self._refuse_malformed()
        return scheme.lower(), token

    def _remembered(self, digest: bytes) -> Caller | None:
        with self._lock:
            found = self._cache.get(digest)
            if found is None:
                return None
            self._cache.move_to_end(digest)
        caller, stands = found
        return caller if stands() else None

    def _remember(self, digest: bytes, caller: Caller, stands: Callable[[], bool]) -> None:
        """`stands` says at each use whether what the proof rested on is as it was."""
        with self._lock:
            self._cache[digest] = (caller, stands)
            while len(self._cache) > CACHE_SIZE:
                self._cache.popitem(last=False)

    def _prove(self, text: str, digest: bytes) -> Caller:
        try:
            token = read_unverified(text, members=THUMBPRINTS)
        except MalformedToken:
            self._refuse_malformed()
        named = token.claims.get("iss")
        if isinstance(named, str) and named != self._issuer and self._foreign.knows(named):
            return self._prove_foreign(token, digest)
        if token.header.keys() & THUMBPRINTS:
            self._refuse_malformed()
        if token.type != TOKEN_TYPE:
            self._refuse("TOKEN_TYPE", "The token is not an access token (its typ is not at+jwt).")
        key = None if token.key_id is None else self._keys.find(token.key_id)
        if token.key_id is None or key is None:
            self._refuse("TOKEN_KEY", "The token was not signed by a key of this gateway.")
        if token.algorithm != ALGORITHM or not signature_is_valid(token, key, algorithms=(ALGORITHM,)):
            self._refuse("TOKEN_SIGNATURE", "The signature of the access token is not valid.")
        caller = self._judge(token.claims)
        self._remember(digest, caller, partial(self._holds, token.key_id))
        return caller

    def _holds(self, key_id: str) -> bool:
        return self._keys.find(key_id) is not None

    def _prove_foreign(self, token: Unverified, digest: bytes) -> Caller:
        try:
            binding = _binding(token.claims)
            proven = self._foreign.prove(token, binding=binding, now=self._revocations.now())
        except MalformedToken:
            self._refuse_malformed()
        except Refused as refused:
            self._refuse(refused.code, refused.sentence, _ASK_THERE)
        self._remember(digest, proven.caller, partial(self._foreign.stands, proven))
        return proven.caller

    def _confirm(self, issuer_id: str, token: str) -> None:
        try:
            self._foreign.confirm(issuer_id, token)
        except Refused as refused:
            self._refuse(refused.code, refused.sentence, _ASK_THERE)

    def _judge(self, claims: dict[str, Any]) -> Caller:
        try:
            issuer = text_claim(claims, "iss")
            audience = text_claim(claims, "aud")
            caller = caller_of(claims)
            subject = text_claim(claims, "sub")
        except (MalformedToken, InvalidDetails, ValueError):
            self._refuse_malformed()
        if issuer != self._issuer:
            self._refuse("TOKEN_ISSUER", "The access token was issued by somebody else.")
        if audience != self._issuer:
            self._refuse("TOKEN_AUDIENCE", "The access token is meant for another service.")
        if subject != caller.subject or not 0 < caller.expires_at - caller.issued_at <= lifetime(caller.binding):
            self._refuse_malformed()
        if caller.issued_at > self._revocations.now() + FUTURE:
            self._refuse("TOKEN_NOT_YET_VALID", "The access token was issued in the future.")
        return caller

    def _refuse_malformed(self) -> NoReturn:
        self._refuse("TOKEN_MALFORMED", "The Authorization header does not hold an access token of this gateway.")

    def _refuse(
        self, code: str, sentence: str, remedy: str = "Ask this gateway's token endpoint for an access token."
    ) -> NoReturn:
        raise AuthenticationError(
            code=code,
            sentence=sentence,
            remedy=remedy,
            www_authenticate=challenge(
                self.senders.schemes[0], issuer=self._issuer, error="invalid_token", description=sentence
            ),
        )


_ASK_THERE: Final = "Ask the provider that issued the token for another; the operator knows what is taken from it."


def lifetime(binding: Binding | None) -> int:
    """The longest that a token so bound may live, in seconds."""
    return SESSION_LIFETIME if binding is not None and binding.method == "sigv4" else LIFETIME


def caller_of(claims: dict[str, Any]) -> Caller:
    """Raises MalformedToken, InvalidDetails or ValueError (a scope that does not exist)."""
    user = None if claims.get("user") is None else text_claim(claims, "user")
    return Caller(
        client=text_claim(claims, "client_id"),
        agency=None if claims.get("agency") is None else text_claim(claims, "agency"),
        user=user,
        user_strength=_strength(claims, user),
        scopes=frozenset(Scope(word) for word in text_claim(claims, "scope", longest=1024).split(" ")),
        authorization_details=read_details(claims.get("authorization_details", [])),
        token_id=text_claim(claims, "jti", longest=64),
        issued_at=time_claim(claims, "iat"),
        expires_at=time_claim(claims, "exp"),
        rev=whole_claim(claims, "rev", largest=LARGEST_REV),
        binding=_binding(claims),
        requests_per_minute=(
            None if "requests_per_minute" not in claims else whole_claim(claims, "requests_per_minute", largest=10**7)
        ),
        session=None if claims.get("sid") is None else text_claim(claims, "sid", longest=64),
        sign_in=_sign_in(claims),
        behind=_behind(claims),
    )


def _sign_in(claims: dict[str, Any]) -> SignIn | None:
    if "auth_time" not in claims:
        return None
    methods = claims.get("amr")
    if not isinstance(methods, list) or len(methods) > MOST_METHODS:
        raise MalformedToken
    return SignIn(
        auth_time=time_claim(claims, "auth_time"),
        acr=text_claim(claims, "acr"),
        amr=tuple(text_claim({"amr": method}, "amr", longest=32) for method in methods),
    )


def _behind(claims: dict[str, Any]) -> tuple[Link, ...]:
    """The chain of `act` (RFC 8693 section 4.1): outermost the client of this token, then who passed it on."""
    act = claims.get("act")
    if act is None:
        return ()
    if not isinstance(act, dict) or text_claim(act, "sub") != claims["client_id"]:
        raise MalformedToken
    links: list[Link] = []
    act = act.get("act")
    while act is not None:
        if not isinstance(act, dict) or len(links) == LONGEST_CHAIN:
            raise MalformedToken
        user = None if act.get("user") is None else text_claim(act, "user")
        links.append(
            Link(
                client=text_claim(act, "sub"),
                agency=text_claim(act, "agency"),
                user=user,
                user_strength=_strength(act, user),
                token_id=text_claim(act, "jti", longest=64),
                session=None if act.get("sid") is None else text_claim(act, "sid", longest=64),
            )
        )
        act = act.get("act")
    return tuple(links)


def _strength(claims: dict[str, Any], user: str | None) -> UserStrength | None:
    strength = claims.get("user_strength")
    if user is None and strength is None:
        return None
    if user is not None and strength == "asserted":
        return "asserted"
    if user is not None and strength == "authenticated":
        return "authenticated"
    raise MalformedToken


def _binding(claims: dict[str, Any]) -> Binding | None:
    """A claim `cnf` that is there and not understood must not become a token that is bound to nothing."""
    if "cnf" not in claims:
        return None
    confirmation = claims["cnf"]
    if not isinstance(confirmation, dict) or len(confirmation) != 1:
        raise MalformedToken
    for method in get_args(BindingMethod):
        if method in confirmation:
            return Binding(method, text_claim(confirmation, method, longest=64))
    raise MalformedToken
