"""What a court says of its warrants afterwards: `typ: warrant-status+jwt`, one warrant revoked or a whole status list.

A statement only ever takes away, so it may come twice, late or out of order and does no harm. It holds from its commit
on: every decision on every node reads the instrument's row. A warrant that nobody has registered yet is remembered as
withdrawn, and refused when it comes.

Claims: iss (court), jti, iat, aud (this gateway), warrants [{jti, status: revoked | quashed}].
"""

# ruff: noqa: TC001  pydantic reads these annotations when the classes are made

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.audit.entries import Entry
from gateway.audit.log import database_now
from gateway.registry import rules
from gateway.registry.court_jws import check_audience, hold_court, read_claims, read_signed
from gateway.registry.tables import INSTRUMENTS
from gateway.registry.warrant_claims import Audience, Number, Seconds
from gateway.registry.words import Segment
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from gateway.audit.log import AuditLog
    from gateway.database import Connection, Database
    from gateway.registry.records import Actor
    from gateway.registry.service import Registry

TYP: Final = "warrant-status+jwt"
LONGEST_LIST: Final = 200


class _Claims(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class Stated(_Claims):
    jti: Number
    status: Literal["revoked", "quashed"]


class StatementClaims(_Claims):
    iss: Segment
    jti: Number
    iat: Seconds
    aud: Audience | Annotated[list[Audience], Field(min_length=1, max_length=8)]
    warrants: Annotated[list[Stated], Field(min_length=1, max_length=LONGEST_LIST)]


class CourtStatements:
    def __init__(self, *, database: Database, log: AuditLog, registry: Registry) -> None:
        self._database = database
        self._log = log
        self._registry = registry

    def take(self, compact: str, *, actor: Actor, issuer: str) -> dict[str, Any]:
        """Does what the court says, whoever brought it.

        Raises:
            WarrantRefused: its code is the check that failed.
        """
        with self._database.transaction() as connection:
            signed = read_signed(connection, compact, typ=TYP)
            claims = read_claims(StatementClaims, signed)
            check_audience(claims.aud, issuer)
            hold_court(connection, claims.iss)
            signed.check_issued(claims.iat)
            digest = hashlib.sha256(compact.encode()).hexdigest()
            news = [stated for stated in claims.warrants if self._remember(connection, claims, stated, digest)]
            changed = [found for stated in news if (found := self._withdraw(connection, claims.iss, stated, actor))]
            if news:
                self._log.record(connection, _entry(claims, news, digest, compact, actor))
        return {"court": claims.iss, "statement": claims.jti, "warrants": len(news), "instruments": sorted(changed)}

    @staticmethod
    def _remember(connection: Connection, claims: StatementClaims, stated: Stated, digest: str) -> bool:
        """Whether that is news."""
        row = connection.execute(
            """
            INSERT INTO registry.warrant_status
                (court, warrant_jti, status, statement_jti, statement_sha256, stated_ns)
            VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING 1
            """,
            (claims.iss, stated.jti, stated.status, claims.jti, digest, database_now(connection)),
        ).fetchone()
        return row is not None

    def _withdraw(self, connection: Connection, court: str, stated: Stated, actor: Actor) -> str | None:
        row = connection.execute(
            "SELECT id, status FROM registry.instruments WHERE warrant_court = %s AND warrant_jti = %s FOR UPDATE",
            (court, stated.jti),
        ).fetchone()
        if row is None or row[1] in rules.ENDED:
            return None
        values = {"id": row[0], "status": stated.status}
        return self._registry.change(connection, INSTRUMENTS, row[0], values, actor=actor).id


def _entry(claims: StatementClaims, news: list[Stated], digest: str, compact: str, actor: Actor) -> Entry:
    return Entry(
        kind=EntryKind.COURT_STATEMENT,
        clear={"court": claims.iss, "statement_sha256": digest, "warrants": len(news), "actor": actor.kind},
        disclosed={
            "statement": compact,
            "warrants": [{"jti": stated.jti, "status": stated.status} for stated in news],
            "brought_by": rules.person(actor),
        },
        scope=f"registry:court:{claims.iss}",
    )
