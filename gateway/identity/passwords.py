"""Passwords: argon2id, and the rules of NIST SP 800-63B (length and not composition; what everybody tries is refused).

Hashing is slow on purpose and takes 64 MiB, so that only a few run at once in a process and a few more wait for them:
strangers who type passwords must not hold the threads that others need. Who finds the line full is told to come again.
An account that does not exist, or has no password, costs the same work.
"""

from __future__ import annotations

import threading
import unicodedata
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import argon2

from gateway.identity.errors import SignInError

if TYPE_CHECKING:
    from collections.abc import Iterator

SHORTEST: Final = 12
LONGEST: Final = 128
AT_ONCE: Final = 2
IN_LINE: Final = 2
WAIT_SECONDS: Final = 5.0
_SAME_LETTERS: Final = 4  # a password of so few different characters is a rhythm, not a secret
# The commonest of twelve characters and more; shorter ones are refused for their length. Compared without case, and
# without the digits and signs with which people end them.
_COMMON: Final = frozenset(
    """
    passwordpassword password123456 qwertyuiopasdf qwertyqwerty administrator changemechangeme letmeinletmein
    iloveyouiloveyou correcthorsebatterystaple trustno1trustno1 welcomewelcome superman superpassword
    passphrasepassphrase adminadminadmin rootrootroot policepolice lakeportlakeport abcdefghijkl abcdefghijklm
    abcdefghijklmnop abcdefghijklmnopqrstuvwxyz qazwsxedcrfv zaq12wsxcde3 1qaz2wsx3edc 1q2w3e4r5t6y qwertyuiop
    password passw0rd p@ssw0rd welcome letmein changeme iloveyou sunshine princess football baseball monkey dragon
    master shadow summer winter spring autumn january february november december monday friday
    """.split()  # noqa: SIM905 - read as a list of words, not of quotation marks
)
_SEQUENCES: Final = (
    "01234567890123456789",
    "98765432109876543210",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjkl",
)

_hasher: Final = argon2.PasswordHasher()
_nobody: Final = _hasher.hash("nobody has this password")
_places: Final = threading.BoundedSemaphore(AT_ONCE)
_line: Final = threading.BoundedSemaphore(AT_ONCE + IN_LINE)


def hashed(password: str) -> str:
    """Raises SignInError BUSY."""
    with _place():
        return _hasher.hash(_normal(password))


def matches(hash_of: str | None, password: str) -> bool:
    """Whether it is the password; None stands for an account without one. Raises SignInError BUSY."""
    with _place():
        try:
            _hasher.verify(hash_of or _nobody, _normal(password[:LONGEST]))
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
            return False
    return hash_of is not None


def require_good(password: str, *, account: str) -> None:
    """Raises SignInError PASSWORD_TOO_SHORT, PASSWORD_TOO_LONG or PASSWORD_TOO_COMMON."""
    if len(password) < SHORTEST:
        raise _refused("TOO_SHORT", f"A password has at least {SHORTEST} characters.", "Four or five words are good.")
    if len(password) > LONGEST:
        raise _refused("TOO_LONG", f"A password has at most {LONGEST} characters.", "Leave some out.")
    if _is_common(password, account):
        raise _refused(
            "TOO_COMMON",
            "That password is among the first that others would try.",
            "Take a few words that have nothing to do with each other, with you or with this place.",
        )


def _is_common(password: str, account: str) -> bool:
    plain = _normal(password).casefold()
    bare = plain.rstrip("0123456789!?.,*#$@-_ ")
    names = [part for part in (account, account.rpartition("/")[2], "writgate") if part in plain]
    return (
        plain in _COMMON
        or bare in _COMMON
        or len(set(plain)) <= _SAME_LETTERS
        or any(plain in sequence * LONGEST for sequence in _SEQUENCES)
        or any(len(plain) - len(name) < SHORTEST // 2 for name in names)
    )


def _normal(password: str) -> str:
    """The same characters typed on another keyboard are the same password (SP 800-63B section 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def _refused(what: str, sentence: str, remedy: str) -> SignInError:
    return SignInError(status=422, code=f"PASSWORD_{what}", sentence=sentence, remedy=remedy)


@contextmanager
def _place() -> Iterator[None]:
    if not _line.acquire(blocking=False):
        raise busy()
    try:
        if not _places.acquire(timeout=WAIT_SECONDS):
            raise busy()
        try:
            yield
        finally:
            _places.release()
    finally:
        _line.release()


def busy() -> SignInError:
    return SignInError(
        status=503,
        code="BUSY",
        sentence="Too many people are signing in at once.",
        remedy="Try again in a moment.",
        wait_seconds=2,
    )
