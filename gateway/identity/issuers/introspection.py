"""What an issuer says of a token now (RFC 7662), for issuers that tell us of revocations in no other way.

An answer is used for a second, like our own revocation state. No answer is a
refusal: the point of asking is to know.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from gateway.identity.issuers.errors import IssuerUnavailable
from gateway.identity.jose import MalformedToken, parse_object, text_claim
from gateway.outbound import OutboundError

if TYPE_CHECKING:
    from gateway.identity.issuers.directory import KnownIssuer
    from gateway.identity.issuers.our_client import OurClients
    from gateway.identity.issuers.provider import Providers

GOOD_FOR: Final = 1.0  # seconds
REMEMBERED: Final = 4096


class Introspection:
    """Safe to share between threads."""

    def __init__(self, *, providers: Providers, clients: OurClients) -> None:
        self._providers = providers
        self._clients = clients
        self._answers: OrderedDict[bytes, tuple[float, bool]] = OrderedDict()
        self._lock = threading.Lock()

    def is_active(self, known: KnownIssuer, token: str) -> bool:
        """Raises IssuerUnavailable."""
        name = hashlib.sha256(f"{known.id} {token}".encode()).digest()
        with self._lock:
            asked_at, active = self._answers.get(name, (float("-inf"), False))
        now = time.monotonic()
        if now - asked_at <= GOOD_FOR:
            return active
        active = self._ask(known, token)
        with self._lock:
            self._answers[name] = (now, active)  # from before the question
            self._answers.move_to_end(name)
            while len(self._answers) > REMEMBERED:
                self._answers.popitem(last=False)
        return active

    def _ask(self, known: KnownIssuer, token: str) -> bool:
        try:
            url = text_claim(self._providers.metadata(known), "introspection_endpoint", longest=512)
            reply = self._clients.post(known, url, {"token": token, "token_type_hint": "access_token"})
            if reply.status != 200:  # noqa: PLR2004 - HTTP
                raise IssuerUnavailable
            return parse_object(reply.body).get("active") is True
        except (OutboundError, MalformedToken):
            raise IssuerUnavailable from None
