"""Slowness for whoever guesses, and for nobody else.

A failed sign-in slows down where it came from: the source together with the account that it named, and, more gently,
the source. A browser that the account has signed in from before (it holds a device secret) is counted by itself: nobody
else's failures reach it. So there is nothing that a stranger can do from elsewhere which keeps an account's owner out;
who shares the owner's address can slow down browsers that are new there. Passkeys are not slowed by failed passwords at
all. The wait is told, and is the same for accounts that do not exist.

An attempt is counted before it is judged, or many at once would count as one.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.clock import NANOSECONDS_PER_SECOND
from gateway.identity.errors import SignInError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.audit.log import AuditLog
    from gateway.database import Connection

_HOME_NETWORK: Final = 64  # bits of an IPv6 address that one subscriber holds


@dataclass(frozen=True, slots=True)
class Subject:
    """What is counted. `spared` failures cost nothing; each further one doubles the wait, up to `longest` seconds."""

    name: str
    spared: int
    longest: int


def of_stranger(account: str, source: str) -> tuple[Subject, ...]:
    """For a browser that has not signed in to the account before."""
    place = _network(source)
    return Subject(f"account {account} from {place}", 5, 900), Subject(f"passwords from {place}", 30, 60)


def of_device(account: str, device_sha256: bytes) -> tuple[Subject, ...]:
    return (Subject(f"account {account} on {device_sha256.hex()}", 5, 900),)


def of_challenges(source: str) -> tuple[Subject, ...]:
    """For asking for a passkey's challenge, which writes a row: strangers may not write many."""
    return (Subject(f"challenges from {_network(source)}", 100, 5),)


def count(connection: Connection, log: AuditLog, subjects: Sequence[Subject]) -> None:
    """Counts an attempt for each subject. Raises SignInError SLOWED, and then nothing must be committed."""
    for subject in subjects:
        row = connection.execute(
            "SELECT identity.attempt(%s, %s, %s)",
            (log.blind("attempt", subject.name), subject.spared, subject.longest * NANOSECONDS_PER_SECOND),
        ).fetchone()
        wait = 0 if row is None else int(row[0])
        if wait > 0:
            raise slowed(1 + wait // NANOSECONDS_PER_SECOND)


def forgive(connection: Connection, log: AuditLog, subjects: Sequence[Subject]) -> None:
    """It succeeded: the first subject, the account's own, begins anew; of others only this attempt is taken back."""
    own, *shared = subjects
    connection.execute("DELETE FROM identity.attempts WHERE subject = %s", (log.blind("attempt", own.name),))
    take_back(connection, log, shared)


def take_back(connection: Connection, log: AuditLog, subjects: Sequence[Subject]) -> None:
    """It was not judged: whoever came when too many others did has not failed."""
    connection.execute(
        "UPDATE identity.attempts SET failures = failures - 1 WHERE subject = ANY(%s) AND failures > 0",
        ([log.blind("attempt", subject.name) for subject in subjects],),
    )


def slowed(seconds: int) -> SignInError:
    return SignInError(
        status=429,
        code="SLOWED",
        sentence="There were too many failed attempts from here.",
        remedy=f"Wait {seconds} seconds, then try again. A passkey works at once.",
        wait_seconds=seconds,
    )


def _network(source: str) -> str:
    """The address, or for IPv6 the network that one subscriber has."""
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped or ipaddress.ip_network((address, _HOME_NETWORK), strict=False))
    return str(address)
