"""Entries as a Parquet file: one row for each, with the leaf's own text, from which its hash can be made again.

The columns are those of the CSV form, typed, and `log` and `leaf`. It is written by pyarrow, which is an extra: few
need it, and it is large.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from gateway.audit.errors import AuditError
from gateway.audit.export_leaf import ExportLeaf

if TYPE_CHECKING:
    from gateway.audit.queries import StoredEntry

FORMAT: Final = "parquet"


class ParquetUnavailable(AuditError):  # noqa: N818 - states a condition
    """pyarrow is not installed."""


def require_parquet() -> Any:
    """The library that writes it. Raises ParquetUnavailable."""
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra that few need
        import pyarrow.parquet  # noqa: PLC0415 - as above
    except ImportError as error:
        raise ParquetUnavailable("this form needs pyarrow; install writgate[parquet]") from error
    return pa


def parquet(entries: list[StoredEntry], *, origin: str) -> bytes:
    """The file's content. Raises ParquetUnavailable."""
    pa = require_parquet()
    text = pa.string()
    schema = pa.schema(
        [
            ("index", pa.int64()), ("time", pa.timestamp("ns", tz="UTC")), ("kind", text), ("agency", text),
            ("client", text), ("operation", text), ("purpose", text), ("permit", pa.bool_()),
            ("reasons", pa.list_(text)), ("revision", pa.int64()), ("decision_id", text), ("leaf_hash", text),
            ("log", text), ("leaf", text),
        ]
    )  # fmt: skip
    table = pa.Table.from_pylist([_row(entry, origin) for entry in entries], schema=schema)
    written = io.BytesIO()
    pa.parquet.write_table(table, written, compression="zstd")
    return written.getvalue()


def _row(entry: StoredEntry, origin: str) -> dict[str, Any]:
    leaf = ExportLeaf.of(entry)
    return {
        "index": entry.index,
        "time": leaf.time,
        "kind": leaf.kind,
        "agency": leaf.agency,
        "client": leaf.client,
        "operation": leaf.operation,
        "purpose": leaf.purpose,
        "permit": leaf.permit,
        "reasons": list(leaf.reasons),
        "revision": leaf.revision,
        "decision_id": leaf.decision_id,
        "leaf_hash": entry.leaf_hash.hex(),
        "log": origin,
        "leaf": entry.leaf,
    }
