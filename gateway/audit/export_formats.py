"""Entries in the forms that other systems read. Each event carries the index and the leaf hash that tie it to the tree.

Only what is clear is ever in an event: exports open no disclosure, so what is sealed, withheld or erased is in none.
OCSF is pinned at 1.6.0: API Activity (6003), Authentication (3002) for tokens, Entity Management (3004) for what
administers. CloudEvents 1.0, Elastic Common Schema 8.11, CEF 0, the decision log of OPA, JSON Lines and CSV; Parquet,
which is no text of lines, is `export_parquet`'s. Every form takes every leaf that the log can hold.
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any, Final

from gateway import __version__
from gateway.audit.export_leaf import ExportLeaf
from gateway.clock import rfc3339
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.audit.queries import StoredEntry

OCSF_VERSION: Final = "1.6.0"
ECS_VERSION: Final = "8.11.0"
_COLUMNS: Final = (
    "index", "time", "kind", "agency", "client", "operation", "purpose", "permit", "reasons", "revision",
    "decision_id", "leaf_hash",
)  # fmt: skip
_END_OF_ROW: Final = "\r\n"
CSV_HEADER: Final = ",".join(_COLUMNS)
# The last word of a kind, and OCSF's activities for it: 1 create, 2 read, 3 update, 4 delete, 99 other.
_ACTIVITIES: Final = {
    "created": 1, "written": 3, "read": 2, "issued": 1, "published": 1, "deleted": 4, "done": 4, "lifted": 3,
    "placed": 1, "imposed": 1, "decision": 99, "outcome": 99, "release": 2, "exported": 2, "disclosed": 2,
}  # fmt: skip
_NAMES: Final = {1: "Create", 2: "Read", 3: "Update", 4: "Delete", 99: "Other"}
_ADMINISTERS: Final = frozenset(
    {"agency", "contract", "user", "client", "instrument", "exigency", "court_key", "gallery", "sanction", "revision"}
)
_TOKENS: Final = {"token.issued": (1, "Logon"), "token.revoked": (2, "Logoff")}


def json_lines(entry: StoredEntry, origin: str) -> dict[str, Any]:
    """The leaf's own text, from which its hash can be made again."""
    return {"log": origin, "index": entry.index, "leaf_hash": entry.leaf_hash.hex(), "leaf": entry.leaf}


def cloud_event(entry: StoredEntry, origin: str) -> dict[str, Any]:
    leaf = ExportLeaf.of(entry)
    return {
        "specversion": "1.0",
        "id": str(entry.index),
        "source": f"//{origin}",
        "type": f"writgate.{leaf.kind}",
        "time": rfc3339(leaf.time),
        "datacontenttype": "application/json",
        **({"subject": leaf.decision_id} if leaf.decision_id else {}),
        "logindex": str(entry.index),
        "leafhash": entry.leaf_hash.hex(),
        "data": leaf.clear,
    }


def ocsf(entry: StoredEntry, origin: str) -> dict[str, Any]:
    leaf = ExportLeaf.of(entry)
    subject, _, event = leaf.kind.partition(".")
    denied = leaf.permit is False or leaf.refused or event == "refused"
    actor: dict[str, Any] = {"app_name": "writgate", "app_uid": leaf.client or "writgate"}
    base: dict[str, Any] = {
        "time": leaf.time // 1_000_000,
        "severity_id": 3 if denied else 1,
        "status_id": 2 if denied else 1,
        "status_code": next(iter(leaf.reasons), None),
        "message": leaf.kind,
        "metadata": {
            "version": OCSF_VERSION,
            "uid": f"{origin}#{entry.index}",
            "correlation_uid": leaf.decision_id,
            "log_name": origin,
            "product": {"name": "Writgate", "vendor_name": "Writgate", "version": __version__},
        },
        "unmapped": {"log_index": entry.index, "leaf_hash": entry.leaf_hash.hex(), "leaf": leaf.clear},
    }
    if leaf.kind in _TOKENS:
        activity, name = _TOKENS[leaf.kind]
        own = {
            "user": {"uid": leaf.client or "unknown", "type_id": 99},
            "auth_protocol_id": 6,
            "service": {"name": "writgate"},
        }
        return _classed(base | own, 3002, 3, activity, name)
    activity = _ACTIVITIES.get(event, 99)
    if subject in _ADMINISTERS:
        own = {"entity": {"type": subject, "uid": leaf.subject or "sealed"}, "actor": actor}
        return _classed(base | own, 3004, 3, activity, _NAMES[activity])
    own = {
        "actor": actor,
        "api": {"operation": leaf.operation or leaf.kind, "service": {"name": "writgate"}},
        "src_endpoint": {"name": leaf.client or "writgate", "uid": leaf.agency},
        "resources": [{"type": "entry", "uid": str(entry.index)}],
    }
    if leaf.permit is not None:
        # Not every permit and denial is by a revision: what is refused at the door never came before one.
        policy = {"policy": {"uid": str(leaf.revision)}} if leaf.revision is not None else {}
        own["actor"] = {**actor, "authorizations": [{"decision": "permit" if leaf.permit else "deny", **policy}]}
    return _classed(base | own, 6003, 6, activity, _NAMES[activity])


def ecs(entry: StoredEntry, origin: str) -> dict[str, Any]:
    leaf = ExportLeaf.of(entry)
    event: dict[str, Any] = {
        "kind": "event",
        "category": ["iam"] if leaf.kind.partition(".")[0] in _ADMINISTERS else ["api"],
        "type": ["denied"] if leaf.permit is False else ["info"],
        "action": leaf.kind,
        "id": f"{origin}#{entry.index}",
        "sequence": entry.index,
        "dataset": "writgate.log",
        "module": "writgate",
        "outcome": {True: "success", False: "failure", None: "unknown"}[leaf.permit],
    }
    return {
        "@timestamp": rfc3339(leaf.time),
        "ecs": {"version": ECS_VERSION},
        "event": event,
        **({"organization": {"id": leaf.agency}} if leaf.agency else {}),
        "writgate": {"log": origin, "index": entry.index, "leaf_hash": entry.leaf_hash.hex(), "leaf": leaf.clear},
    }


def cef(entry: StoredEntry, origin: str) -> str:
    leaf = ExportLeaf.of(entry)
    severity = 6 if leaf.permit is False else 3
    kind = " ".join(leaf.kind.split())
    header = "|".join(
        part.replace("\\", "\\\\").replace("|", "\\|")
        for part in ("Writgate", "Writgate", __version__, kind, kind, str(severity))
    )
    fields = {
        "rt": str(leaf.time // 1_000_000),
        "externalId": leaf.decision_id,
        "suser": leaf.client,
        "outcome": {True: "permit", False: "deny", None: None}[leaf.permit],
        "reason": " ".join(leaf.reasons),
        "cn1Label": "logIndex",
        "cn1": str(entry.index),
        "cs1Label": "leafHash",
        "cs1": entry.leaf_hash.hex(),
        "cs2Label": "agency",
        "cs2": leaf.agency,
        "cs3Label": "purpose",
        "cs3": leaf.purpose,
        "cs4Label": "log",
        "cs4": origin,
    }
    extension = " ".join(f"{name}={_escaped(value)}" for name, value in fields.items() if value)
    return f"CEF:0|{header}|{extension}"


def opa_decision(entry: StoredEntry, origin: str) -> dict[str, Any] | None:
    """Decisions alone; the input is personal and sealed, which `erased` says as OPA does."""
    leaf = ExportLeaf.of(entry)
    if leaf.kind != EntryKind.DECISION:
        return None
    return {
        "labels": {"app": "writgate", "id": origin, "log_index": str(entry.index), "leaf_hash": entry.leaf_hash.hex()},
        "decision_id": leaf.decision_id or "",
        "bundles": {"writgate": {"revision": "" if leaf.revision is None else str(leaf.revision)}},
        "path": "writgate/decision",
        "result": {name: leaf.clear.get(name) for name in ("permit", "reasons", "obligations", "packs", "revision")},
        "requested_by": leaf.client or "",
        "timestamp": rfc3339(leaf.time),
        "erased": ["/input"],
    }


def csv_row(entry: StoredEntry, origin: str) -> str:  # noqa: ARG001 - every format takes the same
    leaf = ExportLeaf.of(entry)
    values: dict[str, str | int | None] = {
        "index": entry.index,
        "time": rfc3339(leaf.time),
        "kind": leaf.kind,
        "agency": leaf.agency,
        "client": leaf.client,
        "operation": leaf.operation,
        "purpose": leaf.purpose,
        "permit": {True: "true", False: "false", None: None}[leaf.permit],
        "reasons": " ".join(leaf.reasons),
        "revision": leaf.revision,
        "decision_id": leaf.decision_id,
        "leaf_hash": entry.leaf_hash.hex(),
    }
    written = io.StringIO()
    # Of this end of a line the writer knows that its characters within a cell must be quoted.
    csv.writer(written, lineterminator=_END_OF_ROW).writerow([_cell(values[name]) for name in _COLUMNS])
    return written.getvalue().removesuffix(_END_OF_ROW)


FORMATS: Final[dict[str, Callable[[StoredEntry, str], dict[str, Any] | str | None]]] = {
    "jsonl": json_lines,
    "cloudevents": cloud_event,
    "ocsf": ocsf,
    "ecs": ecs,
    "cef": cef,
    "opa": opa_decision,
    "csv": csv_row,
}


def lines(entries: list[StoredEntry], *, form: str, origin: str) -> list[str]:
    """One line for each entry that the form has a place for."""
    made = (FORMATS[form](entry, origin) for entry in entries)
    return [
        one if isinstance(one, str) else json.dumps(one, ensure_ascii=False, separators=(",", ":"))
        for one in made
        if one is not None
    ]


def _classed(event: dict[str, Any], class_uid: int, category: int, activity: int, name: str) -> dict[str, Any]:
    classed = {
        "class_uid": class_uid,
        "category_uid": category,
        "activity_id": activity,
        "activity_name": name,
        "type_uid": class_uid * 100 + activity,
    }
    return _stated(event | classed)


def _stated(members: dict[str, Any]) -> dict[str, Any]:
    """Without what is not said: OCSF has no nulls. The leaf itself stays as it is."""
    return {
        name: _stated(value) if isinstance(value, dict) and name != "leaf" else value
        for name, value in members.items()
        if value is not None
    }


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("=", "\\=").replace("\n", "\\n").replace("\r", "\\r")


def _cell(value: str | int | None) -> str | int | None:
    """A text that a spreadsheet would take for a formula is marked as a text."""
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value
