"""The rows of drafts: what is stored of each, and how it is read. The functions want a connection in a transaction."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gateway.clock import rfc3339
from gateway.policy.bundle import canonical
from gateway.policy.refusal import no_draft
from gateway.registry import persons
from gateway.registry.persons import Hand

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from gateway.database import Connection
    from gateway.registry.models import Actor

_COLUMNS: Final = (
    "id, title, why, origin, base, brings_back, state, created_by, created_ns, files_sha256, submitted_ns,"
    " publish_at_ns, publish_by, publish_fault, revision"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One draft. Digests are bytes, times nanoseconds; `files_sha256` is of what was submitted."""

    id: UUID
    title: str
    why: str
    origin: str
    base: int
    brings_back: int | None
    state: str
    created_by: str
    created_ns: int
    files_sha256: bytes | None
    submitted_ns: int | None
    publish_at_ns: int | None
    publish_by: str | None
    publish_fault: str | None
    revision: int | None

    def document(self) -> dict[str, Any]:
        return {
            "id": str(self.id),
            "title": self.title,
            "why": self.why,
            "origin": self.origin,
            "base": self.base,
            "brings_back": self.brings_back,
            "state": self.state,
            "created_by": self.created_by,
            "created_at": rfc3339(self.created_ns),
            "files_sha256": self.files_sha256.hex() if self.files_sha256 else None,
            "submitted_at": rfc3339(self.submitted_ns) if self.submitted_ns else None,
            "publish_at": rfc3339(self.publish_at_ns) if self.publish_at_ns else None,
            "publish_by": self.publish_by,
            "publish_fault": self.publish_fault,
            "revision": self.revision,
        }


def insert(connection: Connection, draft: Draft) -> None:
    connection.execute(
        "INSERT INTO policy.drafts (id, title, why, origin, base, brings_back, created_by, created_ns)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (
            draft.id, draft.title, draft.why, draft.origin, draft.base, draft.brings_back, draft.created_by,
            draft.created_ns,
        ),
    )  # fmt: skip


def one(connection: Connection, draft_id: UUID, *, for_update: bool = False) -> Draft:
    """Raises: PolicyRefused where there is none."""
    query = f"SELECT {_COLUMNS} FROM policy.drafts WHERE id = %s" + (" FOR UPDATE" if for_update else "")  # noqa: S608 - our own columns
    row = connection.execute(query, (draft_id,)).fetchone()
    if row is None:
        raise no_draft()
    return _draft(row)


def several(connection: Connection, *, state: str | None, limit: int) -> list[Draft]:
    """The newest first."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM policy.drafts WHERE %(state)s::text IS NULL OR state = %(state)s"  # noqa: S608 - as above
        " ORDER BY created_ns DESC, id DESC LIMIT %(limit)s",
        {"state": state, "limit": limit},
    ).fetchall()
    return [_draft(row) for row in rows]


def due(connection: Connection, now_ns: int) -> list[Draft]:
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM policy.drafts"  # noqa: S608 - as above
        " WHERE state = 'approved' AND publish_at_ns <= %s AND publish_fault IS NULL ORDER BY publish_at_ns LIMIT 20",
        (now_ns,),
    ).fetchall()
    return [_draft(row) for row in rows]


def changes(connection: Connection, draft_id: UUID) -> dict[str, bytes | None]:
    rows = connection.execute(
        "SELECT path, content FROM policy.draft_files WHERE draft = %s ORDER BY path", (draft_id,)
    ).fetchall()
    return {path: None if content is None else bytes(content) for path, content in rows}


def put_change(connection: Connection, draft_id: UUID, path: str, content: bytes | None) -> None:
    connection.execute(
        "INSERT INTO policy.draft_files (draft, path, content) VALUES (%s, %s, %s)"
        " ON CONFLICT (draft, path) DO UPDATE SET content = excluded.content",
        (draft_id, path, content),
    )


def drop_change(connection: Connection, draft_id: UUID, path: str) -> None:
    connection.execute("DELETE FROM policy.draft_files WHERE draft = %s AND path = %s", (draft_id, path))


def digest(base: int, changed: Mapping[str, bytes | None]) -> bytes:
    """Of a draft's files over its base: what was checked, submitted, reviewed and published is named by it."""
    listed = {
        path: None if content is None else hashlib.sha256(content).hexdigest() for path, content in changed.items()
    }
    return hashlib.sha256(canonical({"base": base, "files": listed})).digest()


def add_hand(connection: Connection, draft_id: UUID, actor: Actor, now_ns: int) -> None:
    """From now on this client, and the person it acts for, are authors of the draft."""
    connection.execute(
        "INSERT INTO policy.draft_hands (draft, client, person, acted_ns) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        (draft_id, name_of(actor), actor.user or "", now_ns),
    )


def hands(connection: Connection, draft_id: UUID) -> list[tuple[str, str]]:
    """(client, person) of everybody who made, edited or submitted the draft; the empty person is nobody."""
    return connection.execute(
        "SELECT client, person FROM policy.draft_hands WHERE draft = %s ORDER BY acted_ns", (draft_id,)
    ).fetchall()


def name_of(actor: Actor) -> str:
    return f"{actor.kind}:{actor.id}"


def had_a_hand(found: list[tuple[str, str]], actor: Actor) -> bool:
    """The same client, or the same user through another one, is the same author."""
    return any(client == name_of(actor) or (person and person == actor.user) for client, person in found)


def require_another(connection: Connection, found: list[tuple[str, str]], actor: Actor) -> None:
    """Raises SamePerson where an account with a hand in it is the actor's other one."""
    for client, user in found:
        persons.require_two(connection, Hand(user or client), Hand.of(actor))


def _draft(row: tuple[Any, ...]) -> Draft:
    return Draft(
        id=row[0],
        title=row[1],
        why=row[2],
        origin=row[3],
        base=row[4],
        brings_back=row[5],
        state=row[6],
        created_by=row[7],
        created_ns=row[8],
        files_sha256=bytes(row[9]) if row[9] is not None else None,
        submitted_ns=row[10],
        publish_at_ns=row[11],
        publish_by=row[12],
        publish_fault=row[13],
        revision=row[14],
    )
