"""The profile of a foreign issuer: what its word is taken for, and how it is checked. What it leaves out is refused.

An issuer speaks only for the agencies named, and only through clients of ours that its own are mapped to, so that each
caller is a row of the registry whoever vouched for it. Providers differ in everything RFC 9068 leaves open; what they
call things is said here, never guessed from the token.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from gateway.registry.words import DISTINCT, STATED, Identifier, Line, ScopeWord, Segment
from gateway.registry.writes import Write

# RS256 is here because some providers sign with nothing else; our own tokens never use it.
Algorithm = Literal["ES256", "PS256", "EdDSA", "RS256"]
LONGEST_LIFE: Final = 86_400  # seconds


def _url(value: str) -> str:
    if not value.startswith(("https://", "http://127.0.0.1")) or any(mark in value for mark in "?#@\\"):
        raise ValueError("must be an https URL without query, fragment or user")
    return value


Url = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,512}$"), AfterValidator(_url)]
ClaimName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_:./-]{1,128}$")]
Printable = Annotated[str, StringConstraints(pattern=r"^[ -~]{1,256}$")]
Assurances = Annotated[dict[Printable, Literal["sfa", "mfa", "phr"]], Field(max_length=32, default_factory=dict)]


class Claims(Write):
    """Which claim of an access token says what. `agency`, where named, must equal the client's agency."""

    client: ClaimName = "client_id"
    scope: ClaimName = "scope"
    user: ClaimName = "sub"
    session: ClaimName = "sid"
    agency: ClaimName | None = None


class KeyPolicy(Write):
    """`refresh`: a key set so old is fetched anew beside use; `stale`: one older is used no more, whatever the cause;
    `cooldown`: seconds between fetches that unknown keys or failures cause.
    """

    refresh: Annotated[int, Field(ge=1, le=3600)] = 300
    stale: Annotated[int, Field(ge=2, le=86_400)] = 3600
    cooldown: Annotated[int, Field(ge=10, le=30)] = 15

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.refresh >= self.stale:
            raise ValueError("refresh must be less than stale")
        return self


class AccessTokens(Write):
    """How its access tokens are taken. `types` is the `typ` of their header; `clients` maps its clients to ours, and
    `scopes` its words for what may be done to our scopes, where they are not ours anyway; `require` are claims that
    must be there with exactly these values, such as a tenant. `users`: `none` takes tokens of programs only; `links`
    asks /v1/user-links for the subject; `claim` makes the user's id of `user_prefix` and the claim.
    """

    types: Annotated[list[Printable], STATED, DISTINCT]
    audiences: Annotated[list[Printable], STATED, DISTINCT]
    clients: Annotated[dict[Printable, Identifier], Field(min_length=1, max_length=64)]
    scopes: Annotated[dict[Printable, list[ScopeWord]], Field(max_length=64, default_factory=dict)]
    claims: Claims = Claims()
    require: Annotated[dict[ClaimName, Printable], Field(max_length=16, default_factory=dict)]
    users: Literal["none", "links", "claim"] = "links"
    user_prefix: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}/$")] | None = None
    introspection: bool = False
    longest_life: Annotated[int, Field(ge=60, le=LONGEST_LIFE)] = 3600

    @model_validator(mode="after")
    def _prefix(self) -> Self:
        if (self.users == "claim") != (self.user_prefix is not None):
            raise ValueError("user_prefix goes with users: claim, and names the agency, such as lakeport-pd/")
        return self


class OurClient(Write):
    """What this gateway is there: a program that signs people in, and that introspects. With `private_key_jwt` it signs
    with `keys/issuer-<id>.jwk`; with `client_secret_basic` the secret is the text of `keys/issuer-<id>.secret`.
    """

    client_id: Printable
    authentication: Literal["private_key_jwt", "client_secret_basic"] = "private_key_jwt"


class SignInThere(Write):
    """Signing people in through it: `name` is on the button, and `acr_values` is asked for."""

    name: Line
    scope: Annotated[str, StringConstraints(pattern=r"^openid( [!-~]+)*$", max_length=256)] = "openid"
    acr_values: Printable | None = None


class Events(Write):
    """Security event tokens (RFC 8417) for `audience`, pushed to us, and polled where `poll` is its URL (RFC 8936)."""

    audience: Printable
    poll: Url | None = None


class IssuerProfile(Write):
    """`acr` maps its values to ours, and one that it leaves out says nothing; `clock_margin` is how far its clock may
    be off, and by how much its tokens are taken to be older than they say when something is revoked.
    """

    algorithms: Annotated[list[Algorithm], STATED, DISTINCT]
    agencies: Annotated[list[Segment], STATED, DISTINCT]
    clock_margin: Annotated[int, Field(ge=5, le=300)] = 10
    keys: KeyPolicy = KeyPolicy()
    acr: Assurances
    access_tokens: AccessTokens | None = None
    client: OurClient | None = None
    sign_in: SignInThere | None = None
    events: Events | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        introspects = self.access_tokens is not None and self.access_tokens.introspection
        if (introspects or self.sign_in is not None) and self.client is None:
            raise ValueError("introspection and sign_in need client, which says what this gateway is there")
        prefix = self.access_tokens.user_prefix if self.access_tokens is not None else None
        if prefix is not None and prefix.removesuffix("/") not in self.agencies:
            raise ValueError("user_prefix must be one of agencies")
        return self


class IssuerWrite(Write):
    """`issuer` is the exact `iss` of its tokens, and never changes."""

    id: Segment
    issuer: Url
    profile: IssuerProfile
    status: Literal["active", "suspended"] | None = None

    @model_validator(mode="after")
    def _not_ours(self) -> Self:
        if self.id == "self":
            raise ValueError("self is this gateway")
        return self


class UserLinkWrite(Write):
    """A subject of an issuer is a user of ours; null takes the link away."""

    issuer: Segment
    subject: Annotated[str, StringConstraints(pattern=r"^[ -~]{1,255}$")]
    user_id: Identifier | None
