"""Standing exports: where entries go, in what form, and how far they went.

At least once: lines are delivered first and the cursor moved after, so that a crash between the two repeats and never
skips. One runner works on an export at a time, by an advisory lock. What is exported is what its maker may see, while
neither maker nor agency is suspended. What is given out is an entry before it leaves, except one that would only
tell of such entries. An export that fails, however it does, says so in its own row and holds up no other.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import structlog

from gateway.audit import export_parquet, queries, search
from gateway.audit.entries import Entry
from gateway.audit.errors import AuditError
from gateway.audit.export_destinations import Delivery, NotDelivered, destination
from gateway.audit.export_formats import CSV_HEADER, FORMATS, lines
from gateway.audit.export_leaf import ExportLeaf
from gateway.audit.keys import export_key
from gateway.audit.log import database_now
from gateway.audit.query_language import parse, question
from gateway.clock import rfc3339
from gateway.database import DatabaseUnavailable
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    import threading

    from gateway.audit.log import AuditLog
    from gateway.audit.queries import StoredEntry
    from gateway.database import Connection, Database
    from gateway.outbound import Outbound
    from gateway.settings import Settings

BATCH: Final = 500
# A Parquet file of few rows is mostly its own description.
PARQUET_BATCH: Final = 10_000
ALL_FORMATS: Final = (*FORMATS, export_parquet.FORMAT)
PAUSE_SECONDS: Final = 5.0
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_COLUMNS: Final = (
    "name, agency, format, destination, question, made_by, made_ns, next_index, announced, delivered, failure,"
    " failures, ended_ns"
)
# One row where the export is in force: whether its maker, and its agency if it has one, are there and not suspended.
_STANDING: Final = """
SELECT count(*) FILTER (WHERE NOT r.suspended) = 1 + (e.agency IS NOT NULL)::integer
FROM audit.exports AS e
LEFT JOIN identity.revocations AS r
    ON (r.kind = 'client' AND r.id = e.made_by) OR (r.kind = 'agency' AND r.id = e.agency)
WHERE e.name = %s AND e.ended_ns IS NULL
GROUP BY e.name
"""

_events = structlog.get_logger()


class ExportRefused(AuditError):  # noqa: N818 - states a condition
    """An export that cannot be; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Export:
    name: str
    agency: str | None
    form: str
    destination: str
    question: str
    made_by: str
    made_ns: int
    next_index: int
    announced: int
    delivered: int
    failure: str | None
    failures: int
    ended_ns: int | None

    def document(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "agency": self.agency,
            "format": self.form,
            "destination": self.destination,
            "q": self.question,
            "made_by": self.made_by,
            "made_at": rfc3339(self.made_ns),
            "next_index": self.next_index,
            "delivered": self.delivered,
            "failure": self.failure,
            "failures": self.failures,
            "ended_at": rfc3339(self.ended_ns) if self.ended_ns else None,
        }


class Exports:
    """`database` is of the role WEB, `auditor` of the role AUDITOR."""

    def __init__(
        self, *, database: Database, auditor: Database, log: AuditLog, settings: Settings, outbound: Outbound
    ) -> None:
        self._database = database
        self._auditor = auditor
        self._log = log
        self._settings = settings
        self._outbound = outbound

    def make(self, *, name: str, form: str, url: str, asked: str, by: str, agency: str | None) -> Export:
        """A new export, from the first entry on. Raises ExportRefused, QuestionError; DatabaseUnavailable."""
        if not _NAME.fullmatch(name):
            raise ExportRefused("A name is of small letters, digits and hyphens, at most 63.")
        if form not in ALL_FORMATS:
            raise ExportRefused(f"A format is one of {', '.join(ALL_FORMATS)}.")
        if form == export_parquet.FORMAT:
            _require_parquet()
        question(parse(asked), blind=self._log.blind, agency=agency)
        try:
            self._destination(url, form)
        except NotDelivered as error:
            raise ExportRefused(f"The destination cannot be used: {error}.") from None
        with self._database.transaction() as connection:
            made = connection.execute(
                """
                INSERT INTO audit.exports (name, agency, format, destination, question, made_by, made_ns)
                VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING 1
                """,
                (name, agency, form, url, asked, by, database_now(connection)),
            ).fetchone()
            if made is None:
                raise ExportRefused("There is an export of that name; a name is used once.")
            self._record(
                connection,
                EntryKind.EXPORT_MADE,
                {"export": name, "agency": agency, "client": by, "format": form},
                {"destination": url, "question": asked},
            )
            return self._rows(connection, "name = %s", (name,))[0]

    def end(self, *, name: str, by: str, agency: str | None) -> bool:
        """Ends an export for good, one of the agency or any where it is None. Raises DatabaseUnavailable.

        False where there is no such one in force.
        """
        with self._database.transaction() as connection:
            ended = connection.execute(
                "UPDATE audit.exports SET ended_ns = ops.now_ns() WHERE name = %s AND ended_ns IS NULL"
                " AND (%s::text IS NULL OR agency = %s) RETURNING agency",
                (name, agency, agency),
            ).fetchone()
            if ended is not None:
                self._record(connection, EntryKind.EXPORT_ENDED, {"export": name, "agency": ended[0], "client": by}, {})
            return ended is not None

    def all(self, *, agency: str | None) -> list[Export]:
        """Those of an agency, or all where it is None."""
        with self._database.transaction() as connection:
            return self._rows(connection, "%s::text IS NULL OR agency = %s", (agency, agency))

    def public_key(self) -> str:
        """By which a receiver checks that a delivery is ours, as Standard Webhooks writes it."""
        public = export_key(self._settings.keys).public_key().public_bytes_raw()
        return f"whpk_{base64.b64encode(public).decode()}"

    def run_once(self) -> int:
        """How many lines were delivered by one round over all exports. Raises DatabaseUnavailable."""
        with self._database.transaction() as connection:
            open_ones = self._rows(connection, "ended_ns IS NULL", ())
        return sum(self._run(export.name) for export in open_ones)

    def run(self, stop: threading.Event) -> None:
        """Exports until told to stop."""
        while not stop.is_set():
            try:
                if self.run_once():
                    continue
            except DatabaseUnavailable:
                _events.warning("audit.exports.database_unavailable")
            except Exception as error:  # noqa: BLE001  a thread that ended would end every export, and nobody be told
                _events.error("audit.exports.failed", error=type(error).__name__)
            stop.wait(PAUSE_SECONDS)

    def _run(self, name: str) -> int:
        """One batch of one export, where nobody else works on it."""
        with self._database.statement() as connection:
            row = connection.execute(
                "SELECT pg_try_advisory_lock(hashtextextended('writgate export ' || %s, 0))", (name,)
            ).fetchone()
            if row is None or not row[0]:
                return 0
            try:
                (export,) = self._rows(connection, "name = %s AND ended_ns IS NULL", (name,)) or (None,)
                return 0 if export is None else self._attempt(connection, export)
            finally:
                connection.execute("SELECT pg_advisory_unlock(hashtextextended('writgate export ' || %s, 0))", (name,))

    def _attempt(self, connection: Connection, export: Export) -> int:
        """A batch, or its failure in the export's row. Raises DatabaseUnavailable."""
        try:
            return self._batch(connection, export)
        except DatabaseUnavailable:
            raise
        except (NotDelivered, export_parquet.ParquetUnavailable) as error:
            failure = str(error)
        except Exception as error:
            if connection.closed:
                raise
            failure = f"it could not be made: {type(error).__name__}"
        _events.warning("audit.exports.not_delivered", export=export.name)
        connection.execute(
            "UPDATE audit.exports SET failure = %s, failures = failures + 1, tried_ns = ops.now_ns()"
            " WHERE name = %s AND ended_ns IS NULL",
            (failure, export.name),
        )
        return 0

    def _batch(self, connection: Connection, export: Export) -> int:
        """Raises NotDelivered, ParquetUnavailable, DatabaseUnavailable."""
        entries, next_index = self._read(export)
        if not entries:
            if next_index > export.next_index:
                connection.execute(
                    "UPDATE audit.exports SET next_index = %s WHERE name = %s AND ended_ns IS NULL",
                    (next_index, export.name),
                )
            return 0
        made = self._made(export, entries)
        if made.count:
            place = self._destination(export.destination, export.form)
            if not self._announce(connection, export, entries, made.count):
                return 0
            place.deliver(made)
        connection.execute(
            "UPDATE audit.exports SET next_index = %s, delivered = delivered + %s, failure = NULL,"
            " tried_ns = ops.now_ns() WHERE name = %s AND ended_ns IS NULL",
            (next_index, made.count, export.name),
        )
        return made.count

    def _announce(self, connection: Connection, export: Export, entries: list[StoredEntry], count: int) -> bool:
        """Puts what is about to leave on the log, in a commit of its own; False where the export was ended meanwhile.

        Raises NotDelivered while its maker or the agency is suspended; DatabaseUnavailable.
        """
        told = [entry for entry in entries if ExportLeaf.of(entry).kind != EntryKind.ENTRIES_EXPORTED]
        with connection.transaction():
            standing = connection.execute(_STANDING, (export.name,)).fetchone()
            if standing is None:
                return False
            if not standing[0]:
                raise NotDelivered("whoever made it, or the agency, is suspended")
            # What is tried again was told; and an entry for nothing but such entries would make the next, without end.
            if all(entry.index < export.announced for entry in told):
                return True
            in_force = connection.execute(
                "UPDATE audit.exports SET announced = %s WHERE name = %s AND ended_ns IS NULL RETURNING 1",
                (entries[-1].index + 1, export.name),
            ).fetchone()
            if in_force is not None:
                clear = {
                    "export": export.name,
                    "agency": export.agency,
                    "format": export.form,
                    "first": entries[0].index,
                    "last": entries[-1].index,
                    "count": count,
                }
                self._record(connection, EntryKind.ENTRIES_EXPORTED, clear, {})
        return in_force is not None

    def _made(self, export: Export, entries: list[StoredEntry]) -> Delivery:
        origin, first = self._settings.log_origin, entries[0].index
        if export.form == export_parquet.FORMAT:
            return Delivery(export.name, first, len(entries), export_parquet.parquet(entries, origin=origin))
        return Delivery.of_lines(export.name, first, lines(entries, form=export.form, origin=origin))

    def _read(self, export: Export) -> tuple[list[StoredEntry], int]:
        """The next entries, and the index to go on from: past them, or past all that there are."""
        asked = question(parse(export.question), blind=self._log.blind, agency=export.agency)
        with self._auditor.snapshot() as connection:
            queries.see(connection, export.agency)
            row = connection.execute("SELECT size FROM audit.head").fetchone()
            size = int(row[0]) if row else 0
            limit = PARQUET_BATCH if export.form == export_parquet.FORMAT else BATCH
            found = search.page(connection, asked, after=export.next_index - 1, limit=limit, newest_first=False)
        return found, (found[-1].index + 1 if found else size)

    def _destination(self, url: str, form: str) -> Any:
        return destination(
            url,
            form=form,
            folder=self._settings.home / "exports",
            outbound=self._outbound,
            key=export_key(self._settings.keys),
            header=CSV_HEADER if form == "csv" else None,
            authorities=self._settings.outbound_authorities,
        )

    def _record(
        self, connection: Connection, kind: EntryKind, clear: dict[str, Any], disclosed: dict[str, Any]
    ) -> None:
        self._log.record(connection, Entry(kind, clear, disclosed, scope="audit"))

    @staticmethod
    def _rows(connection: Connection, condition: str, values: tuple[Any, ...]) -> list[Export]:
        statement = f"SELECT {_COLUMNS} FROM audit.exports WHERE {condition} ORDER BY name"  # noqa: S608  ours
        return [Export(*row) for row in connection.execute(statement, values)]


def _require_parquet() -> None:
    try:
        export_parquet.require_parquet()
    except export_parquet.ParquetUnavailable as error:
        raise ExportRefused(f"Parquet cannot be written here: {error}.") from None
