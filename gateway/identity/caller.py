"""Who is asking, as the access token says it: the only form in which an identity leaves this package.

A `Caller` exists only if a signature, an issuer, an audience, an expiry and the revocation state were all checked.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from gateway.identity import sigv4

if TYPE_CHECKING:
    from gateway.vocabulary import Scope

OURSELVES: Final = "self"

UserStrength = Literal["asserted", "authenticated"]
# The members of `cnf` (RFC 7800) that this gateway knows: RFC 9449 section 6.1, RFC 8705 section 3.1, and one of our
# own for tokens that come with a secret to sign requests by; its value is the id of that secret.
BindingMethod = Literal["jkt", "x5t#S256", "sigv4"]
_SCHEMES: Final[dict[BindingMethod, str]] = {"jkt": "DPoP", "x5t#S256": "Bearer", "sigv4": sigv4.ALGORITHM}


@dataclass(frozen=True, slots=True)
class Binding:
    """What the sender of a token must prove to possess: `method` is the member of the token's claim `cnf`."""

    method: BindingMethod
    value: str


def digest_of(token_id: str) -> str:
    """How a token is named on the log, and where it is revoked: who holds the token can find its entry, and the entry
    does not give it away.
    """
    return hashlib.sha256(token_id.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class FaceSearchAuthorization:
    """One RFC 9396 authorization detail of type `face_search`; None means that the token does not limit that field.

    `searches` is how many it is good for, all tokens of its grant together: `counter` names what counts them.
    `justification`, `offence` (its statute) and `suspicion` limit nothing: they are said for requests that leave them
    open, because a program that was written for another service has no room to say them.
    """

    purpose: str | None = None
    case_number: str | None = None
    instrument: str | None = None
    galleries: tuple[str, ...] | None = None
    searches: int | None = None
    counter: str | None = None
    justification: str | None = None
    offence: str | None = None
    suspicion: str | None = None

    def covers(
        self, *, purpose: str | None, case_number: str | None, instrument: str | None, gallery: str | None
    ) -> bool:
        """Whether a request with these fields stays inside this authorization. A field left out does not match."""
        return (
            (self.purpose is None or self.purpose == purpose)
            and (self.case_number is None or self.case_number == case_number)
            and (self.instrument is None or self.instrument == instrument)
            and (self.galleries is None or gallery in self.galleries)
        )


@dataclass(frozen=True, slots=True)
class SignIn:
    """How the person behind a token signed in (RFC 9470): when, how strongly, and by what."""

    auth_time: int
    acr: str
    amr: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """One who passed a token on (RFC 8693): the client, for whom it acted, and the token that was exchanged."""

    client: str
    agency: str
    user: str | None
    user_strength: UserStrength | None
    token_id: str
    session: str | None


@dataclass(frozen=True, slots=True)
class Caller:
    """The client, its agency and the user it acts for. Times are seconds since the epoch, as in the token.

    `user_strength` is `asserted` when the client named the user, `authenticated` when the user signed in here; then
    `sign_in` says how. `issuer` is OURSELVES, or the registry's id of the foreign issuer whose token it is. `session`
    is the sign-in that the token came of, where it came of one; a foreign issuer's sessions and tokens are
    `<issuer>/<its own name>`. `rev` is the revocation sequence at which the token was minted; a foreign token has none,
    and for it `issued_at` is the earliest moment of our clock at which it can have been issued. See
    `gateway.identity.revocation`. `behind` is who passed the token on, the nearest first; the last began the chain.
    `binding` is None for a token that whoever holds it may send, which only the setting `allow_bearer_tokens` allows.
    """

    client: str
    agency: str | None
    user: str | None
    user_strength: UserStrength | None
    scopes: frozenset[Scope]
    authorization_details: tuple[FaceSearchAuthorization, ...]
    token_id: str
    issued_at: int
    expires_at: int
    rev: int | None
    issuer: str = OURSELVES
    session: str | None = None
    sign_in: SignIn | None = None
    behind: tuple[Link, ...] = ()
    binding: Binding | None = None
    requests_per_minute: int | None = None

    @property
    def subject(self) -> str:
        """The `sub` of the token (RFC 9068 section 2.2): the person where one signed in, else the client."""
        return self.user if self.user is not None and self.user_strength == "authenticated" else self.client

    @property
    def scheme(self) -> str:
        """The scheme of `Authorization` by which the token is sent."""
        return "Bearer" if self.binding is None else _SCHEMES[self.binding.method]

    def standing(self) -> dict[str, Any]:
        """What the revocation state is asked about, as the database reads it (`identity.hold_caller`)."""
        return {
            "issuer": self.issuer,
            "agency": self.agency,
            "client": self.client,
            "user": self.user,
            "session": self.session,
            "token": digest_of(self.token_id),
            "rev": self.rev,
            "issued_at": self.issued_at,
        }

    def covers(
        self, *, purpose: str | None, case_number: str | None, instrument: str | None, gallery: str | None
    ) -> bool:
        """Whether the token allows such a request: a request may narrow its token, never widen it (RFC 9396).

        A token without authorization details is limited by scope, contract and policy alone.
        """
        return not self.authorization_details or any(
            detail.covers(purpose=purpose, case_number=case_number, instrument=instrument, gallery=gallery)
            for detail in self.authorization_details
        )

    def links(self) -> tuple[Caller, ...]:
        """Who stands behind the token, each as a caller: what is revoked of one of them is revoked of this."""
        return tuple(
            replace(
                self,
                client=link.client,
                agency=link.agency,
                user=link.user,
                user_strength=link.user_strength,
                token_id=link.token_id,
                session=link.session,
                behind=(),
            )
            for link in self.behind
        )
