"""Entries in the forms that other systems read. Each event carries the index and the leaf hash that tie it to the tree.

Only what is clear is ever in an event: exports open no disclosure, so what is sealed, withheld or erased is in none.
OCSF is pinned at 1.6.0: API Activity (6003), Authentication (3002) for tokens, Entity Management (3004) for what
administers. CloudEvents 1.0, Elastic Common Schema 8.11, CEF 0, the decision log of OPA, JSON Lines and CSV; Parquet,
which is no text of lines, is `export_parquet`'s.
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any, Final

from gateway import __version__
from gateway.clock import rfc3339

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.audit.queries import StoredEntry

OCSF_VERSION: Final = "1.6.0"
ECS_VERSION: Final = "8.11.0"
_COLUMNS: Final = (
    "index", "time", "kind", "agency", "client", "operation", "purpose", "permit", "reasons", "revision",
    "decision_id", "leaf_hash",
)  # fmt: skip
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
    leaf = json.loads(entry.leaf)
    return {
        "specversion": "1.0",
        "id": str(entry.index),
        "source": f"//{origin}",
        "type": f"writgate.{leaf['kind']}",
        "time": rfc3339(leaf["time"]),
        "datacontenttype": "application/json",
        **({"subject": leaf["decision_id"]} if leaf.get("decision_id") else {}),
        "logindex": str(entry.index),
        "leafhash": entry.leaf_hash.hex(),
        "data": _clear(leaf),
    }


def ocsf(entry: StoredEntry, origin: str) -> dict[str, Any]:
    leaf = json.loads(entry.leaf)
    subject, _, event = leaf["kind"].partition(".")
    denied = leaf.get("permit") is False or "refused" in (event, leaf.get("refused") and "refused")
    actor: dict[str, Any] = {"app_name": "writgate", "app_uid": leaf.get("client") or "writgate"}
    base: dict[str, Any] = {
        "time": leaf["time"] // 1_000_000,
        "severity_id": 3 if denied else 1,
        "status_id": 2 if denied else 1,
        "status_code": (leaf.get("reasons") or [None])[0],
        "message": leaf["kind"],
        "metadata": {
            "version": OCSF_VERSION,
            "uid": f"{origin}#{entry.index}",
            "correlation_uid": leaf.get("decision_id"),
            "log_name": origin,
            "product": {"name": "Writgate", "vendor_name": "Writgate", "version": __version__},
        },
        "unmapped": {"log_index": entry.index, "leaf_hash": entry.leaf_hash.hex(), "leaf": _clear(leaf)},
    }
    if leaf["kind"] in _TOKENS:
        activity, name = _TOKENS[leaf["kind"]]
        own = {
            "user": {"uid": leaf.get("client") or "unknown", "type_id": 99},
            "auth_protocol_id": 6,
            "service": {"name": "writgate"},
        }
        return _classed(base | own, 3002, 3, activity, name)
    activity = _ACTIVITIES.get(event, 99)
    if subject in _ADMINISTERS:
        own = {"entity": {"type": subject, "uid": leaf.get("id") or leaf.get("sanction") or "sealed"}, "actor": actor}
        return _classed(base | own, 3004, 3, activity, _NAMES[activity])
    own = {
        "actor": actor,
        "api": {"operation": leaf.get("operation") or leaf["kind"], "service": {"name": "writgate"}},
        "src_endpoint": {"name": leaf.get("client") or "writgate", "uid": leaf.get("agency")},
        "resources": [{"type": "entry", "uid": str(entry.index)}],
    }
    if leaf.get("permit") is not None:
        decision = "permit" if leaf["permit"] else "deny"
        own["actor"] = {**actor, "authorizations": [{"decision": decision, "policy": {"uid": str(leaf["revision"])}}]}
    return _classed(base | own, 6003, 6, activity, _NAMES[activity])


def ecs(entry: StoredEntry, origin: str) -> dict[str, Any]:
    leaf = json.loads(entry.leaf)
    event: dict[str, Any] = {
        "kind": "event",
        "category": ["iam"] if leaf["kind"].partition(".")[0] in _ADMINISTERS else ["api"],
        "type": ["denied"] if leaf.get("permit") is False else ["info"],
        "action": leaf["kind"],
        "id": f"{origin}#{entry.index}",
        "sequence": entry.index,
        "dataset": "writgate.log",
        "module": "writgate",
        "outcome": {True: "success", False: "failure"}.get(leaf.get("permit"), "unknown"),
    }
    return {
        "@timestamp": rfc3339(leaf["time"]),
        "ecs": {"version": ECS_VERSION},
        "event": event,
        **({"organization": {"id": leaf["agency"]}} if leaf.get("agency") else {}),
        "writgate": {"log": origin, "index": entry.index, "leaf_hash": entry.leaf_hash.hex(), "leaf": _clear(leaf)},
    }


def cef(entry: StoredEntry, origin: str) -> str:
    leaf = json.loads(entry.leaf)
    severity = 6 if leaf.get("permit") is False else 3
    header = "|".join(
        part.replace("\\", "\\\\").replace("|", "\\|")
        for part in ("Writgate", "Writgate", __version__, leaf["kind"], leaf["kind"], str(severity))
    )
    fields = {
        "rt": str(leaf["time"] // 1_000_000),
        "externalId": leaf.get("decision_id"),
        "suser": leaf.get("client"),
        "outcome": {True: "permit", False: "deny"}.get(leaf.get("permit")),
        "reason": " ".join(leaf.get("reasons") or []),
        "cn1Label": "logIndex",
        "cn1": str(entry.index),
        "cs1Label": "leafHash",
        "cs1": entry.leaf_hash.hex(),
        "cs2Label": "agency",
        "cs2": leaf.get("agency"),
        "cs3Label": "purpose",
        "cs3": leaf.get("purpose"),
        "cs4Label": "log",
        "cs4": origin,
    }
    extension = " ".join(f"{name}={_escaped(value)}" for name, value in fields.items() if value)
    return f"CEF:0|{header}|{extension}"


def opa_decision(entry: StoredEntry, origin: str) -> dict[str, Any] | None:
    """Decisions alone; the input is personal and sealed, which `erased` says as OPA does."""
    leaf = json.loads(entry.leaf)
    if leaf["kind"] != "search.decision":
        return None
    return {
        "labels": {"app": "writgate", "id": origin, "log_index": str(entry.index), "leaf_hash": entry.leaf_hash.hex()},
        "decision_id": leaf["decision_id"],
        "bundles": {"writgate": {"revision": str(leaf["revision"])}},
        "path": "writgate/decision",
        "result": {name: leaf.get(name) for name in ("permit", "reasons", "obligations", "packs", "revision")},
        "requested_by": leaf["client"],
        "timestamp": rfc3339(leaf["time"]),
        "erased": ["/input"],
    }


def csv_row(entry: StoredEntry, origin: str) -> str:  # noqa: ARG001 - every format takes the same
    leaf = json.loads(entry.leaf)
    values = {
        **leaf,
        "index": entry.index,
        "time": rfc3339(leaf["time"]),
        "leaf_hash": entry.leaf_hash.hex(),
        "reasons": " ".join(leaf.get("reasons") or []),
    }
    written = io.StringIO()
    csv.writer(written, lineterminator="").writerow([_cell(values.get(name)) for name in _COLUMNS])
    return written.getvalue()


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


def _clear(leaf: dict[str, Any]) -> dict[str, Any]:
    """The leaf without the digests of what is sealed, which tell nobody anything."""
    return {name: value for name, value in leaf.items() if name not in {"_sd", "_disclosed"}}


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("=", "\\=").replace("\n", "\\n").replace("\r", "\\r")


def _cell(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula is marked as a text."""
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        return f"'{value}"
    return (
        {True: "true", False: "false", None: ""}.get(value, value)
        if not isinstance(value, int | str) or isinstance(value, bool)
        else value
    )
