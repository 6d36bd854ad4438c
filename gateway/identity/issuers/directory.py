"""The foreign issuers of the registry, in memory, read again when a look is older than a second.

Whoever asks by an unknown `iss` costs at most one small query a second. A caller that was judged by a profile is
remembered with the profile's version, so that no judgement outlives its profile by more than that second; what a change
ends at once is ended by the revocation state (migrations/0017).
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.registry import queries
from gateway.registry.issuers import IssuerProfile

if TYPE_CHECKING:
    from gateway.database import Database

LOOK_AGAIN: Final = 1.0  # seconds


@dataclass(frozen=True, slots=True)
class KnownIssuer:
    id: str
    issuer: str
    profile: IssuerProfile
    version: int
    active: bool


class IssuerDirectory:
    """Safe to share between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._known: dict[str, KnownIssuer] = {}
        self._looked_at = float("-inf")

    def by_issuer(self, issuer: str) -> KnownIssuer | None:
        """Who signs as `issuer`, to the letter. Raises DatabaseUnavailable."""
        return next((known for known in self.all() if known.issuer == issuer), None)

    def by_id(self, issuer_id: str) -> KnownIssuer | None:
        """Raises DatabaseUnavailable."""
        self._look()
        return self._known.get(issuer_id)

    def all(self) -> list[KnownIssuer]:
        """Raises DatabaseUnavailable."""
        self._look()
        return list(self._known.values())

    def _look(self) -> None:
        if time.monotonic() - self._looked_at < LOOK_AGAIN:
            return
        with self._lock:
            began = time.monotonic()
            if began - self._looked_at < LOOK_AGAIN:
                return
            with self._database.statement() as connection:
                rows = queries.issuers(connection)
            self._known = {
                row.id: KnownIssuer(
                    id=row.id,
                    issuer=row.issuer,
                    profile=IssuerProfile.model_validate(row.profile),
                    version=row.version,
                    active=row.status == "active",
                )
                for row in rows
            }
            self._looked_at = began
