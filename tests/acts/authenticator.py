"""A passkey in software: what a browser and its authenticator answer (WebAuthn level 3, sections 6.1, 6.5.4 and 7)."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass(slots=True)
class Authenticator:
    origin: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    handle: str = ""
    count: int = 0

    def make(self, options: dict[str, Any]) -> str:
        """The answer to options for a new passkey: without attestation, the person verified."""
        self.handle = options["user"]["id"]
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        attested = bytes(16) + len(self.credential).to_bytes(2) + self.credential + cbor2.dumps(cose)
        data = self._data(options["rp"]["id"], ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options["challenge"])
        return self._answer(clientDataJSON=_text(client), attestationObject=_text(attestation))

    def use(self, options: dict[str, Any]) -> str:
        """The answer to options for signing in."""
        self.count += 1
        data, client = self._data(options["rpId"], 0), self._client("webauthn.get", options["challenge"])
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            clientDataJSON=_text(client), authenticatorData=_text(data), signature=_text(signature),
            userHandle=self.handle,
        )  # fmt: skip

    def _data(self, host: str, flags: int) -> bytes:
        marked = (PRESENT | VERIFIED | flags).to_bytes(1)
        return hashlib.sha256(host.encode()).digest() + marked + self.count.to_bytes(4)

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, **response: str) -> str:
        identity = _text(self.credential)
        return json.dumps({"id": identity, "rawId": identity, "type": "public-key", "response": response})


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
