"""Time-based one-time codes (RFC 6238) as every authenticator program makes them: SHA-1, 30 seconds, 6 digits.

A code is accepted for its own step and one to each side, and only for a step later than the last that was accepted:
so each code is used once (section 5.2). The caller keeps that step, and moves it on in the same statement that checks.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from typing import Final
from urllib.parse import quote

STEP: Final = 30  # seconds
DIGITS: Final = 6
DRIFT: Final = 1  # steps
SECRET_BYTES: Final = 20  # RFC 4226 section 4, R6


def new_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def code_at(secret: bytes, step: int) -> str:
    """The code of one step (RFC 4226 section 5.3)."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def accepted_step(secret: bytes, given: str, *, now: int, after: int) -> int | None:
    """The step whose code was given, None where there is none later than `after`. Every step is compared."""
    typed = "".join(given.split()).encode()
    found = None
    for step in range(now // STEP - DRIFT, now // STEP + DRIFT + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), typed) and step > after:
            found = step
    return found


def spelled(secret: bytes) -> str:
    """The secret as a person types it, in groups of four."""
    text = base64.b32encode(secret).decode().rstrip("=")
    return " ".join(text[place : place + 4] for place in range(0, len(text), 4))


def uri(secret: bytes, *, account: str, issuer: str) -> str:
    """What the picture says to an authenticator program."""
    label = quote(f"{issuer}:{account}", safe="")
    return f"otpauth://totp/{label}?secret={spelled(secret).replace(' ', '')}&issuer={quote(issuer, safe='')}"
