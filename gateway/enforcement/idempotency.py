"""Idempotency keys: a POST repeated with the same key gives the first answer again and does nothing twice.

A key belongs to a client and to one request: the digest of path and body is kept beside it. Answers are kept sealed
under the key of the agency, because they may hold candidates. An answer of 500 or above is forgotten, so that a repeat
may try again; a request that died without an answer blocks its key for two minutes, unless its result was released
before it died: what was released is then the answer.
(IETF draft-ietf-httpapi-idempotency-key-header-07.)
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.audit.log import AuditLog
    from gateway.database import Database

IN_FLIGHT_NS: Final = 120 * 10**9


class IdempotencyMismatch(Exception):  # noqa: N818 - it states what is so
    """The key was used for another request."""


class IdempotencyInFlight(Exception):  # noqa: N818 - it states what is so
    """The first request with this key has not ended."""


@dataclass(frozen=True, slots=True)
class Kept:
    status: int
    body: str

    @property
    def decision_id(self) -> str | None:
        """The decision whose answer it is; None where none was asked for."""
        named = json.loads(self.body).get("decision_id")
        return str(named) if named else None


class Idempotency:
    def __init__(self, *, database: Database, log: AuditLog) -> None:
        self._database = database
        self._log = log

    def begin(self, *, client: str, key: str, request: bytes, decision_id: UUID | None = None) -> Kept | None:
        """Takes the key for a decision to be made, or gives the answer kept for it or released under it.

        Raises: IdempotencyMismatch, IdempotencyInFlight.
        """
        digest = hashlib.sha256(request).digest()
        with self._database.transaction() as connection:
            taken = connection.execute(
                """
                INSERT INTO enforcement.idempotency AS kept (client, key, request_digest, started_ns, decision_id)
                VALUES (%(client)s, %(key)s, %(digest)s, ops.now_ns(), %(decision)s)
                ON CONFLICT (client, key) DO UPDATE
                SET started_ns = excluded.started_ns, decision_id = excluded.decision_id
                WHERE kept.status IS NULL AND kept.started_ns < excluded.started_ns - %(stale)s
                    AND kept.request_digest = excluded.request_digest
                    AND NOT EXISTS (SELECT 1 FROM enforcement.releases AS r WHERE r.decision_id = kept.decision_id)
                RETURNING 1
                """,
                {"client": client, "key": key, "digest": digest, "stale": IN_FLIGHT_NS, "decision": decision_id},
            ).fetchone()
            if taken:
                return None
            row = connection.execute(
                """
                SELECT kept.request_digest, kept.status, kept.key_id, kept.response, r.decision_id, r.key_id, r.document
                FROM enforcement.idempotency AS kept LEFT JOIN enforcement.releases AS r USING (decision_id)
                WHERE kept.client = %s AND kept.key = %s
                """,
                (client, key),
            ).fetchone()
            if row is None:
                raise IdempotencyInFlight
            request_digest, status, key_id, response, released, released_key, document = row
            if bytes(request_digest) != digest:
                raise IdempotencyMismatch
            if status is None and released is not None and document:
                answer = self._log.open_value(connection, released_key, bytes(document), context=f"release:{released}")
                return Kept(status=200, body=json.dumps(answer, ensure_ascii=False, separators=(",", ":")))
            if status is None:
                raise IdempotencyInFlight
            body = self._log.open_value(connection, key_id, bytes(response), context=f"idempotency:{client}:{key}")
            return Kept(status=status, body=str(body))

    def end(self, *, client: str, key: str, agency: str | None, kept: Kept) -> None:
        """Keeps the answer. Of two that took the key one after the other, the first to end is the one that is kept.

        It is kept as its own decision's, with which it is deleted: that of a call which waited for people is earlier
        than the one that the key was taken for.
        """
        with self._database.transaction() as connection:
            key_id, sealed = self._log.seal_value(
                connection, f"agency:{agency}", kept.body, context=f"idempotency:{client}:{key}"
            )
            connection.execute(
                """
                UPDATE enforcement.idempotency
                SET status = %s, key_id = %s, response = %s, decision_id = coalesce(%s::uuid, decision_id)
                WHERE client = %s AND key = %s AND status IS NULL
                """,
                (kept.status, key_id, sealed, kept.decision_id, client, key),
            )

    def forget(self, *, client: str, key: str, decision_id: UUID | None = None) -> None:
        """Frees a key without an answer, unless another took it over for a decision of its own meanwhile."""
        with self._database.transaction() as connection:
            connection.execute(
                """
                DELETE FROM enforcement.idempotency
                WHERE client = %s AND key = %s AND status IS NULL AND decision_id IS NOT DISTINCT FROM %s
                """,
                (client, key, decision_id),
            )
