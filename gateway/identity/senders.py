"""Sender-constrained tokens (FAPI 2.0 section 5.3.2.1): to what a token is bound, and whether its sender shows it.

At the token endpoint `bind` says what the token will be bound to; at a resource `judge` compares what the request shows
with what the token is bound to. A token that is bound to nothing is made and taken only where the setting
`allow_bearer_tokens` says so. Bound tokens never pass as something lesser: each kind has its one way to be sent.
"""

from __future__ import annotations

import base64
import hmac
import time
from typing import TYPE_CHECKING

from authlib.oauth2 import OAuth2Error

from gateway.audit.keys import read_key
from gateway.identity import sigv4
from gateway.identity.caller import Binding
from gateway.identity.certificates import Certificates, thumbprint
from gateway.identity.dpop import InvalidProof, NonceWanted, Proof, ProofReader, use_proof
from gateway.identity.errors import AuthenticationError, challenge, challenges
from gateway.identity.keys import AWS_KEY
from gateway.identity.nonces import Nonces

if TYPE_CHECKING:
    from gateway.database import Connection, Database
    from gateway.identity.presented import Presented
    from gateway.identity.sigv4 import SignedRequest
    from gateway.settings import Settings


class SenderError(OAuth2Error):  # type: ignore[misc]  # the library ships no types
    """The token endpoint's refusal: `invalid_dpop_proof` or `use_dpop_nonce` (RFC 9449 sections 5 and 8)."""

    def __init__(self, *, error: str, code: str, description: str) -> None:
        super().__init__(error=error, description=description)
        self.code = code

    def get_body(self) -> list[tuple[str, str]]:
        return [*super().get_body(), ("code", self.code)]


class Senders:
    """Safe to share between threads."""

    def __init__(self, settings: Settings, *, database: Database) -> None:
        self.issuer = settings.issuer
        self.certificates = Certificates(settings)
        self._allow_bearer = settings.allow_bearer_tokens
        self._database = database
        self._aws_key = read_key(settings.keys / AWS_KEY)
        self.nonces = Nonces.load(settings.keys)
        self._proofs = ProofReader(self.nonces)

    @property
    def schemes(self) -> tuple[str, ...]:
        """The schemes of `Authorization` by which tokens are taken here, the best first."""
        return ("DPoP", "Bearer") if self._allow_bearer or self.certificates.offered else ("DPoP",)

    def offered(self, presented: Presented) -> Proof | None:
        """The proof that came with a request to an endpoint of OAuth, unused as yet; None where none came.

        Raises:
            SenderError: one came, and it is not good.
        """
        if presented.dpop is None:
            return None
        try:
            return self._proofs.read(presented)
        except InvalidProof as invalid:
            raise _refused(invalid) from None

    def bind(self, connection: Connection, proof: Proof | None, certificate: bytes | None = None) -> Binding | None:
        """What a token about to be minted is bound to, a proof before a certificate; uses the proof up.

        Raises:
            SenderError: nothing was shown that a token could be bound to, or the proof was used before.
        """
        if proof is None:
            if certificate is not None:
                return Binding("x5t#S256", thumbprint(certificate))
            if self._allow_bearer:
                return None
            raise SenderError(
                error="invalid_dpop_proof",
                code="SENDER_UNPROVEN",
                description="This gateway issues sender-constrained tokens only: send a DPoP proof (RFC 9449).",
            )
        try:
            use_proof(connection, proof, durable=True)
        except InvalidProof as invalid:
            raise _refused(invalid) from None
        return Binding("jkt", proof.thumbprint)

    def signing_secret(self, token: str) -> str:
        """The secret by which the holder of a session token signs requests; of the form of AWS's."""
        digest = hmac.digest(self._aws_key, token.encode("ascii"), "sha256")
        return base64.b64encode(digest[:30], altchars=b"+/").decode("ascii")

    def judge(self, presented: Presented, scheme: str, token: str, binding: Binding | None) -> Proof | None:
        """Whether the sender of a token shows what it is bound to. Returns the proof that `use` must then use up.

        Raises:
            AuthenticationError: the token may not be sent like this, or by this sender.
        """
        if scheme == "dpop":
            return self._judge_proof(presented, token, binding)
        if presented.signed is not None:
            self._judge_signature(presented.signed, token, binding)
            return None
        if binding is not None and binding.method == "x5t#S256":
            self._judge_certificate(presented.certificate, binding)
            return None
        if binding is not None:
            # Possession of the token alone must not suffice (RFC 7800, RFC 9449 section 7.2).
            raise self._refusal(
                "TOKEN_BOUND", "The access token is bound to a key and may not be sent as Bearer token."
            )
        if not self._allow_bearer:
            raise self._refusal("BEARER_REFUSED", "This gateway takes no access token that is bound to no key.")
        return None

    def use(self, proof: Proof) -> None:
        """Raises AuthenticationError where the proof was used before, DatabaseUnavailable."""
        try:
            with self._database.statement() as connection:
                use_proof(connection, proof, durable=False)
        except InvalidProof as invalid:
            raise self._proof_refusal(invalid) from None

    def missing(self) -> AuthenticationError:
        """401 for a request without a token: every scheme is named, and no error (RFC 6750 section 3.1)."""
        return AuthenticationError(
            code="TOKEN_MISSING",
            sentence="This needs an access token.",
            remedy="Send the header `Authorization: DPoP <token>` with a DPoP proof; /docs shows how to get one.",
            www_authenticate=challenges(self.schemes, issuer=self.issuer),
        )

    def _judge_proof(self, presented: Presented, token: str, binding: Binding | None) -> Proof:
        if binding is None or binding.method != "jkt":
            raise self._refusal("TOKEN_NOT_BOUND", "The access token is not bound to a key of DPoP.")
        try:
            proof = self._proofs.read(presented, access_token=token)
        except InvalidProof as invalid:
            raise self._proof_refusal(invalid) from None
        if not hmac.compare_digest(proof.thumbprint.encode(), binding.value.encode()):
            raise self._proof_refusal(InvalidProof("The DPoP proof was made with another key than the token's (jwk)."))
        return proof

    def _judge_certificate(self, certificate: bytes | None, binding: Binding) -> None:
        if certificate is None or not hmac.compare_digest(thumbprint(certificate), binding.value):
            raise AuthenticationError(
                code="TOKEN_BOUND",
                sentence="The access token is bound to another certificate than that of the connection.",
                remedy="Send it over a connection with the certificate for which it was issued.",
                www_authenticate=challenge("Bearer", issuer=self.issuer, error="invalid_token"),
            )

    def _judge_signature(self, signed: SignedRequest, token: str, binding: Binding | None) -> None:
        if binding is None or binding.method != "sigv4":
            raise self._refusal("TOKEN_NOT_BOUND", "The session token did not come with a secret to sign requests by.")
        try:
            sigv4.verify(signed, access_key=binding.value, secret=self.signing_secret(token), now=time.time())
        except sigv4.InvalidSignature as invalid:
            raise AuthenticationError(
                code="SIGNATURE_INVALID",
                sentence=invalid.sentence,
                remedy="Sign each request with the credentials that `writgate token --aws` prints, unchanged.",
                www_authenticate=challenges(self.schemes, issuer=self.issuer),
            ) from None

    def _proof_refusal(self, invalid: InvalidProof) -> AuthenticationError:
        return AuthenticationError(
            code=_code(invalid),
            sentence=invalid.sentence,
            remedy="Make a new DPoP proof for this request, with the key that the token is bound to.",
            www_authenticate=challenge("DPoP", issuer=self.issuer, error=invalid.error, description=invalid.sentence),
        )

    def _refusal(self, code: str, sentence: str) -> AuthenticationError:
        return AuthenticationError(
            code=code,
            sentence=sentence,
            remedy="Ask for a token with a DPoP proof, and send it as `Authorization: DPoP <token>` with another.",
            www_authenticate=challenge("DPoP", issuer=self.issuer, error="invalid_token", description=sentence),
        )


def _code(invalid: InvalidProof) -> str:
    return "DPOP_NONCE_WANTED" if isinstance(invalid, NonceWanted) else "DPOP_PROOF_INVALID"


def _refused(invalid: InvalidProof) -> SenderError:
    return SenderError(error=invalid.error, code=_code(invalid), description=invalid.sentence)
