"""This gateway as a client of a foreign issuer: how it authenticates at that issuer's endpoints.

The private key is `keys/issuer-<id>.jwk`, made by `writgate issuer key`; a secret, for providers that know nothing
better, is the text of `keys/issuer-<id>.secret`. Neither is ever in the database.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

from gateway.identity.client_credentials import ASSERTION_TYPE, make_assertion, public_part
from gateway.identity.issuers.errors import IssuerUnavailable
from gateway.identity.keys import new_key
from gateway.private_files import write_once

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from gateway.identity.issuers.directory import KnownIssuer
    from gateway.outbound import Outbound, Reply

FORM: Final = "application/x-www-form-urlencoded"


def key_file(keys: Path, issuer_id: str) -> Path:
    return keys / f"issuer-{issuer_id}.jwk"


def secret_file(keys: Path, issuer_id: str) -> Path:
    return keys / f"issuer-{issuer_id}.secret"


def make_key(keys: Path, issuer_id: str) -> dict[str, Any]:
    """Our key for that issuer, made at the first call; the public part, for its administrator to register."""
    path = key_file(keys, issuer_id)
    if not path.exists():
        write_once(path, json.dumps(new_key().as_dict(private=True)).encode())
    return public_part(json.loads(path.read_text(encoding="utf-8")))


class OurClients:
    """Safe to share between threads."""

    def __init__(self, keys: Path, outbound: Outbound) -> None:
        self._keys = keys
        self._outbound = outbound

    def post(self, known: KnownIssuer, url: str, form: dict[str, str]) -> Reply:
        """A request to an endpoint of the issuer, authenticated as the profile says.

        Raises: OutboundError; IssuerUnavailable where the key or the secret is missing.
        """
        headers = {"Content-Type": FORM, "Accept": "application/json"}
        form, more = self._authenticated(known, form)
        return self._outbound.post(url, urlencode(form).encode("ascii"), headers=headers | more)

    def _authenticated(self, known: KnownIssuer, form: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
        ours = known.profile.client
        if ours is None:
            raise IssuerUnavailable
        try:
            if ours.authentication == "client_secret_basic":
                secret = secret_file(self._keys, known.id).read_text(encoding="utf-8").strip()
                pair = f"{quote(ours.client_id, safe='')}:{quote(secret, safe='')}"  # RFC 6749 section 2.3.1
                return form, {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
            private = json.loads(key_file(self._keys, known.id).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise IssuerUnavailable from None
        assertion = make_assertion(client_id=ours.client_id, private_jwk=private, issuer=known.issuer)
        proof = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
        return form | {"client_id": ours.client_id} | proof, {}
