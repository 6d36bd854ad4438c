"""Time stamps asked of an authority (RFC 3161): one over the last checkpoint, each ten minutes.

The response is checked when it comes, by the library and again by what an offline verifier uses, and kept with the
checkpoint's note, which is what was stamped. An authority that is down delays nothing: it is asked again, and the log
of the gateway, `/readyz` and the metrics say since when there is none.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import structlog
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder, VerifierBuilder, decode_timestamp_response
from rfc3161_client.errors import VerificationError

from gateway import metrics
from gateway.audit.entries import Entry
from gateway.audit.errors import AuditError, TimestampInvalid
from gateway.audit.timestamps import in_order, verify_timestamp
from gateway.database import DatabaseUnavailable
from gateway.outbound import OutboundError
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    from cryptography import x509

    from gateway.audit.log import AuditLog
    from gateway.database import Connection, Database
    from gateway.outbound import Outbound

INTERVAL_SECONDS: Final = 600.0
RETRY_SECONDS: Final = 30.0
_NANOSECONDS: Final = 10**9
_SECONDS: Final = 10.0
_LARGEST: Final = 65_536
_QUERY: Final = "application/timestamp-query"
_REPLY: Final = "application/timestamp-reply"

log = structlog.get_logger()


class Stamper:
    """Has the log's checkpoints stamped. `database` is that of the role SEQUENCER."""

    def __init__(
        self, database: Database, *, audit: AuditLog, url: str, roots: Sequence[x509.Certificate], outbound: Outbound
    ) -> None:
        self._database = database
        self._log = audit
        self._url = url
        self._roots = tuple(roots)
        outbound.require_allowed(url)
        self._outbound = outbound

    def run_once(self) -> bool:
        """Has the last checkpoint stamped where the last stamp is ten minutes old; whether it was.

        Raises:
            TimestampInvalid: the authority's answer is not a time stamp of it.
            OutboundError: it did not answer.
            DatabaseUnavailable: there is no connection.
        """
        with self._database.snapshot() as connection:
            due = _due(connection)
        if due is None:
            return False
        epoch, size, note = due
        response = self._stamp(note.encode())
        entry = Entry(
            EntryKind.LOG_TIMESTAMPED,
            {"size": size, "authority": self._url, "response_sha256": hashlib.sha256(response).hexdigest()},
        )
        with self._database.transaction() as connection:
            connection.execute("SELECT audit.add_timestamp(%s, %s, %s, %b)", (epoch, size, self._url, response))
            self._log.record(connection, entry)
        metrics.TIMESTAMPED.set_to_current_time()
        return True

    def run(self, stop: threading.Event) -> None:
        """Asks until told to stop."""
        while not stop.is_set():
            try:
                self.run_once()
            except (OutboundError, AuditError) as error:
                log.warning("audit.timestamp.failed", authority=self._url, error=type(error).__name__)
            except DatabaseUnavailable:
                log.warning("audit.timestamp.database_unavailable")
            except Exception as error:  # noqa: BLE001  one that ended would leave the log unstamped
                log.error("audit.timestamp.failed", authority=self._url, error=type(error).__name__)  # noqa: TRY400
            stop.wait(RETRY_SECONDS)

    def _stamp(self, message: bytes) -> bytes:
        request = TimestampRequestBuilder().data(message).hash_algorithm(HashAlgorithm.SHA256).build()
        reply = self._outbound.post(
            self._url, request.as_bytes(), headers={"Content-Type": _QUERY}, seconds=_SECONDS, largest=_LARGEST
        )
        if reply.status != 200 or not reply.headers.get("content-type", "").startswith(_REPLY):  # noqa: PLR2004  HTTP
            raise TimestampInvalid(f"the authority answered {reply.status}")
        response = in_order(reply.body)
        verifier = VerifierBuilder.from_request(request)
        for root in self._roots:
            verifier = verifier.add_root_certificate(root)
        try:
            verifier.build().verify_message(decode_timestamp_response(response), message)
        except (VerificationError, ValueError) as error:
            raise TimestampInvalid("the authority's answer is not a time stamp of what was sent") from error
        verify_timestamp(response, message, self._roots)
        return response


def _due(connection: Connection) -> tuple[int, int, str] | None:
    """Epoch, size and note of the last checkpoint, if it should be stamped now."""
    row = connection.execute(
        """
        SELECT last.epoch, last.size, last.note
        FROM (SELECT epoch, size, note FROM audit.checkpoints ORDER BY epoch DESC, size DESC LIMIT 1) AS last
        WHERE NOT EXISTS (
            SELECT 1 FROM audit.timestamps AS t
            WHERE (t.epoch = last.epoch AND t.size = last.size) OR t.time_ns > ops.now_ns() - %s
        )
        """,
        (int(INTERVAL_SECONDS * _NANOSECONDS),),
    ).fetchone()
    return None if row is None else (int(row[0]), int(row[1]), str(row[2]))
