"""Why a foreign issuer's word is not taken. Nothing in a refusal quotes what was sent."""

from __future__ import annotations

from gateway.identity.errors import IdentityError


class IssuerUnavailable(IdentityError):  # noqa: N818 - names the condition
    """503: its keys, or its word about a token, cannot be had, or not freshly enough. Fail closed."""

    status = 503

    def __init__(self) -> None:
        super().__init__(
            code="ISSUER_UNAVAILABLE",
            sentence="The issuer of the access token cannot be reached, so the token cannot be checked.",
            remedy="Try again in a few seconds; nothing was done.",
            www_authenticate=None,
        )


class Refused(Exception):  # noqa: N818 - the verifier turns it into its own refusal
    """A token of a foreign issuer proves nothing here; `code` and the sentence say why."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence
