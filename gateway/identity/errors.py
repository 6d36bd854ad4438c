"""Why a caller is refused: each refusal has a stable code, a sentence, a remedy, a status and its challenge.

The challenge follows RFC 6750 section 3, RFC 9449 section 7.1 and RFC 9728 section 5.1: the scheme, the realm, `algs`
for DPoP, `resource_metadata`, and an `error` only when credentials were sent at all. Nothing in a refusal quotes what
was sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.identity.clients import ASSERTION_ALGORITHMS
from gateway.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.identity.caller import Caller

REALM: Final = "writgate"


def challenge(
    scheme: str,
    *,
    issuer: str,
    error: str | None = None,
    description: str | None = None,
    scope: str | None = None,
) -> str:
    """One challenge of `WWW-Authenticate` (RFC 6750 section 3, RFC 9449 section 7.1, RFC 9728 section 5.1)."""
    parts = [f'realm="{REALM}"']
    if scheme == "DPoP":
        parts.append(f'algs="{" ".join(ASSERTION_ALGORITHMS)}"')
    if error is not None:
        parts.append(f'error="{error}"')
    if description is not None:
        parts.append('error_description="' + description.replace("\\", "").replace('"', "'") + '"')
    if scope is not None:
        parts.append(f'scope="{scope}"')
    parts.append(f'resource_metadata="{issuer}/.well-known/oauth-protected-resource"')
    return f"{scheme} " + ", ".join(parts)


def challenges(schemes: Sequence[str], *, issuer: str) -> str:
    """A challenge for each scheme, without an error: no credentials were sent."""
    return ", ".join(challenge(scheme, issuer=issuer) for scheme in schemes)


def insufficient_scope_challenge(scheme: str, *, issuer: str, scope: str) -> str:
    """The challenge of a 403: the token is good and lacks `scope` (RFC 6750 section 3.1)."""
    return challenge(
        scheme,
        issuer=issuer,
        error="insufficient_scope",
        description=f"The token does not carry the scope {scope}.",
        scope=scope,
    )


def insufficient_authentication_challenge(scheme: str, *, issuer: str, max_age: int, acr_values: Sequence[str]) -> str:
    """The challenge of RFC 9470: the token is good, and its person must be authenticated again, like this."""
    asked = challenge(
        scheme,
        issuer=issuer,
        error="insufficient_user_authentication",
        description="A more recent or stronger authentication of the person is needed.",
    )
    return f'{asked}, max_age="{max_age}", acr_values="{" ".join(acr_values)}"'


class IdentityError(Refusal):
    """A caller who is refused before anything else is looked at."""

    status = 401

    def __init__(
        self, *, code: str, sentence: str, remedy: str, www_authenticate: str | None, status: int | None = None
    ) -> None:
        super().__init__(code=code, sentence=sentence, remedy=remedy, status=status)
        self.www_authenticate = www_authenticate


class AuthenticationError(IdentityError):
    """401: no token, or one that proves nothing. Codes: TOKEN_MISSING, TOKEN_MALFORMED, TOKEN_TYPE, TOKEN_KEY,
    TOKEN_SIGNATURE, TOKEN_ISSUER, TOKEN_AUDIENCE, TOKEN_EXPIRED, TOKEN_NOT_YET_VALID; and, where the sender does not
    show what the token is bound to, TOKEN_BOUND, TOKEN_NOT_BOUND, BEARER_REFUSED, DPOP_PROOF_INVALID,
    DPOP_NONCE_WANTED.
    """


class RevokedError(AuthenticationError):
    """401 TOKEN_REVOKED: the token was good until somebody's act killed it; a new one may be asked for."""

    def __init__(self, *, caller: Caller, issuer: str) -> None:
        sentence = "The access token has been revoked."
        super().__init__(
            code="TOKEN_REVOKED",
            sentence=sentence,
            remedy="Ask the token endpoint for a new access token.",
            www_authenticate=challenge(caller.scheme, issuer=issuer, error="invalid_token", description=sentence),
        )
        self.caller = caller


class CallerSuspended(IdentityError):  # noqa: N818 - a state, and the word of the vocabulary
    """403: the agency, client or user is suspended now; a new token would not help."""

    status = 403

    def __init__(self, *, code: str, caller: Caller, issuer: str) -> None:
        what = code.removesuffix("_SUSPENDED").lower()
        sentence = f"The {what} is suspended, and its access tokens are void."
        super().__init__(
            code=code,
            sentence=sentence,
            remedy=f"An administrator must lift the suspension of the {what}; then ask for a new access token.",
            www_authenticate=challenge(caller.scheme, issuer=issuer, error="invalid_token", description=sentence),
        )
        self.caller = caller


class StaleRevocations(IdentityError):  # noqa: N818 - names the condition
    """503: this process has not heard from the database within a second, so it cannot know who is revoked."""

    status = 503

    def __init__(self) -> None:
        super().__init__(
            code="REVOCATIONS_STALE",
            sentence="The gateway cannot tell at the moment whether access tokens have been revoked.",
            remedy="Try again in a few seconds; nothing was done.",
            www_authenticate=None,
        )


class SignInError(IdentityError):
    """A person, or who administers accounts, is refused. The sentence never tells whether an account exists, except to
    who may know.
    """

    def __init__(self, *, status: int, code: str, sentence: str, remedy: str, wait_seconds: int | None = None) -> None:
        super().__init__(code=code, sentence=sentence, remedy=remedy, www_authenticate=None, status=status)
        self.wait_seconds = wait_seconds
