"""The exact request, sealed as long as somebody must see it or carry it on: who asked, every field, the pictures.

What is kept opens to what was asked, byte for byte: `digest` is of all of it, stands on the log, and is named by who
approves. It is let go when nobody is waited for any more.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from gateway.audit.entries import Entry
from gateway.audit.errors import DisclosureUnreadable
from gateway.clock import NANOSECONDS_PER_SECOND
from gateway.enforcement.request import GovernedRequest, Probe
from gateway.identity.caller import Binding, Caller, FaceSearchAuthorization, Link, SignIn
from gateway.registry import queries
from gateway.vocabulary import EntryKind, Mode, Operation, Scope

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.audit.log import AuditLog
    from gateway.database import Connection

_FLAGS: Final = frozenset({"largest_face", "raises_floor"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """`standing` is what the decision left for the answer: its words, floor and notices."""

    caller: Caller
    request: GovernedRequest
    digest: str
    standing: dict[str, Any]

    def images_base64(self) -> list[str]:
        probe = self.request.probe
        return [base64.b64encode(image).decode() for image in probe.images] if probe else []


def fields_of(request: GovernedRequest) -> dict[str, Any]:
    """The request as JSON, its pictures by their digests. A flag that is not set is left out."""
    named = {field.name: getattr(request, field.name) for field in fields(request) if field.name != "probe"}
    document = {name: value for name, value in named.items() if value or name not in _FLAGS}
    document["declared"] = dict(request.declared)
    document["within"] = None if request.within is None else asdict(request.within)
    if request.probe is not None:
        document["probe"] = {
            "kind": request.probe.kind,
            "source": request.probe.source,
            "captured_at": request.probe.captured_at,
            "alterations": list(request.probe.alterations),
            "substantively_altered": request.probe.substantively_altered,
            "sha256": [digest.hex() for digest in request.probe.sha256],
        }
        if request.probe.face is not None:
            document["probe"]["face"] = str(request.probe.face)
    return document


def digest(request: GovernedRequest) -> str:
    """SHA-256 over every field and every picture."""
    text = json.dumps(fields_of(request), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def kept_until(connection: Connection, caller: Caller, *, now_ns: int, patience_ns: int) -> int:
    """Until when people are waited for: no longer than the agency may keep a probe, whose pictures wait as well."""
    days = queries.probe_days(connection, caller.agency or "", now_ns)
    return now_ns + min(patience_ns, days * 86_400 * NANOSECONDS_PER_SECOND)


def keep(
    connection: Connection,
    log: AuditLog,
    decision_id: UUID,
    *,
    scope: str,
    caller: Caller,
    request: GovernedRequest,
    standing: dict[str, Any],
) -> str:
    """Keeps the request in the caller's transaction; its digest. What is kept already stays as it is."""
    of_request = digest(request)
    document = {"caller": _caller(caller), "request": fields_of(request), "standing": standing}
    key_id, sealed = log.seal_value(connection, scope, document, context=f"parked:{decision_id}")
    kept = connection.execute(
        """
        INSERT INTO enforcement.parked (decision_id, agency, request_sha256, key_id, document)
        VALUES (%s, %s, %s, %s, %b) ON CONFLICT DO NOTHING RETURNING 1
        """,
        (decision_id, caller.agency, bytes.fromhex(of_request), key_id, sealed),
    ).fetchone()
    if kept:
        for position, image in enumerate(request.probe.images if request.probe else ()):
            key_id, sealed = log.seal_value(
                connection, scope, base64.b64encode(image).decode(), context=_picture(decision_id, position)
            )
            connection.execute(
                "INSERT INTO enforcement.parked_images (decision_id, position, key_id, image) VALUES (%s, %s, %s, %b)",
                (decision_id, position, key_id, sealed),
            )
    return of_request


def keep_again(connection: Connection, log: AuditLog, decision_id: UUID, **kept: Any) -> str:
    """The same request, which waits for somebody else now; as `keep`."""
    connection.execute("DELETE FROM enforcement.parked WHERE decision_id = %s", (decision_id,))
    return keep(connection, log, decision_id, **kept)


def read(connection: Connection, log: AuditLog, decision_id: UUID, *, pictures: bool = True) -> Parked | None:
    """What was kept; None where it was let go or erased. Without its pictures it can only be looked at.

    One statement reads it all: between two it could be let go. Where a result was deleted its pictures went alone.
    """
    rows = connection.execute(
        """
        SELECT p.request_sha256, p.key_id, p.document, i.position, i.key_id, i.image
        FROM enforcement.parked AS p
        LEFT JOIN enforcement.parked_images AS i ON i.decision_id = p.decision_id AND %s
        WHERE p.decision_id = %s AND p.ended_ns IS NULL ORDER BY i.position
        """,
        (pictures, decision_id),
    ).fetchall()
    if not rows:
        return None
    of_request, key_id, sealed = rows[0][:3]
    kept = [row[3:] for row in rows if row[3] is not None]
    try:
        document = log.open_value(connection, key_id, bytes(sealed), context=f"parked:{decision_id}")
        images = tuple(
            base64.b64decode(log.open_value(connection, key, bytes(image), context=_picture(decision_id, position)))
            for position, key, image in kept
        )
    except DisclosureUnreadable:
        return None
    probe = document["request"].get("probe", {"sha256": []})
    # An enrolled face that is searched with has a digest and no picture.
    if pictures and not images and probe["sha256"] and "face" not in probe:
        return None
    request = request_of(document["request"], images)
    if pictures and digest(request) != bytes(of_request).hex():
        raise LookupError("what was kept is not what was asked")
    return Parked(
        caller=_caller_of(document["caller"]),
        request=request,
        digest=bytes(of_request).hex(),
        standing=document["standing"],
    )


def let_go(connection: Connection, log: AuditLog, decision_id: UUID, *, agency: str | None) -> None:
    """Nobody carries it on: the request, its pictures and what it found go, unless a legal hold keeps them sealed.

    The entry names the SHA-256 of each thing that went; where nothing is left to go there is none.
    """
    gone = connection.execute(
        "SELECT what, encode(sha256, 'hex') FROM enforcement.let_go(%s) ORDER BY 1, 2", (decision_id,)
    ).fetchall()
    if gone:
        log.record(connection, deletion(decision_id, agency, gone))


def deletion(decision_id: UUID, agency: str | None, gone: Iterable[tuple[str, str]], **clear: Any) -> Entry:
    """The entry of what was kept for a request and went: what, and the hexadecimal SHA-256 of each."""
    deleted = [{"what": what, "sha256": digest} for what, digest in gone]
    return Entry(
        kind=EntryKind.PROBE_DELETED,
        clear={"decision_id": str(decision_id), "agency": agency, "deleted": deleted} | clear,
        disclosed={},
        scope=f"agency:{agency}",
    )


def _picture(decision_id: UUID, position: int) -> str:
    return f"parked:{decision_id}:{position}"


def _caller(caller: Caller) -> dict[str, Any]:
    """Without the session: who signs out has not taken back what they asked. Everything else that is revoked counts."""
    document = asdict(replace(caller, session=None))
    document["scopes"] = sorted(caller.scopes)
    return document


def _caller_of(document: dict[str, Any]) -> Caller:
    signed = document["sign_in"]
    binding = document["binding"]
    return Caller(
        **{
            **document,
            "scopes": frozenset(Scope(scope) for scope in document["scopes"]),
            "authorization_details": tuple(_detail(detail) for detail in document["authorization_details"]),
            "sign_in": signed and SignIn(**{**signed, "amr": tuple(signed["amr"])}),
            "behind": tuple(Link(**{**link, "session": None}) for link in document["behind"]),
            "binding": binding and Binding(**binding),
        }
    )


def _detail(document: dict[str, Any]) -> FaceSearchAuthorization:
    galleries = document["galleries"]
    return FaceSearchAuthorization(**{**document, "galleries": None if galleries is None else tuple(galleries)})


def request_of(document: dict[str, Any], images: tuple[bytes, ...] = ()) -> GovernedRequest:
    """The request that `fields_of` wrote down. Without its pictures it does not know their digests."""
    given = document.get("probe")
    probe = None
    if given is not None:
        described = {name: value for name, value in given.items() if name != "sha256"}
        face = described.pop("face", None)
        probe = Probe(
            images=images,
            face=face and UUID(face),
            **{**described, "alterations": tuple(described["alterations"])},
        )
    return GovernedRequest(
        **{
            **document,
            "operation": Operation(document["operation"]),
            "mode": Mode(document["mode"]),
            "probe": probe,
            "within": document["within"] and _detail(document["within"]),
        }
    )
