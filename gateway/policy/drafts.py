"""Drafts: what somebody proposes over a revision, file by file, until it is submitted.

What must always hold: every edit is an entry on the log in its own transaction; whoever edits becomes an author; a
draft is only edited while its state is `draft`, and what ended stays as it ended.
"""

from __future__ import annotations

import difflib
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gateway.audit.entries import Entry
from gateway.audit.log import database_now
from gateway.clock import uuid7
from gateway.policy import draft_rows, revisions
from gateway.policy.draft_rows import Draft, name_of
from gateway.policy.refusal import PolicyRefused, no_revision, wrong_state
from gateway.policy.tree import MOST_FILES, Tree, fault_of_content, fault_of_path, of_revision
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from uuid import UUID

    from gateway.audit.log import AuditLog
    from gateway.database import Connection, Database
    from gateway.policy.revisions import Revision
    from gateway.registry.models import Actor

OPEN: Final = "draft"
_NO_FILE: Final = "GET /v1/policies/drafts/{id}/files lists the files."


@dataclass(frozen=True)
class Opened:
    """A draft with its base and its files, read in one transaction."""

    draft: Draft
    base: Revision
    before: Tree
    changes: Mapping[str, bytes | None]

    @property
    def tree(self) -> Tree:
        return self.before.with_changes(self.changes)

    @property
    def digest(self) -> bytes:
        return draft_rows.digest(self.draft.base, self.changes)


class Drafts:
    def __init__(self, *, database: Database, log: AuditLog, keys: Path) -> None:
        self._database = database
        self._log = log
        self._keys = keys

    def create(
        self,
        actor: Actor,
        *,
        title: str,
        why: str,
        base: int | None = None,
        origin: str = "person",
        brings_back: int | None = None,
        changes: Mapping[str, bytes | None] | None = None,
        connection: Connection | None = None,
    ) -> Draft:
        """A new draft over the live revision, or over another. Raises: PolicyRefused where there is no such one."""
        if connection is None:
            with self._database.transaction() as own:
                return self.create(
                    actor, title=title, why=why, base=base, origin=origin, brings_back=brings_back, changes=changes,
                    connection=own,
                )  # fmt: skip
        live = revisions.live(connection)
        number = base if base is not None else live[0] if live else 0
        if connection.execute("SELECT 1 FROM policy.revisions WHERE number = %s", (number,)).fetchone() is None:
            raise no_revision()
        draft = Draft(
            id=uuid7(), title=title, why=why, origin=origin, base=number, brings_back=brings_back, state=OPEN,
            created_by=name_of(actor), created_ns=database_now(connection), files_sha256=None, submitted_ns=None,
            publish_at_ns=None, publish_by=None, publish_fault=None, revision=None,
        )  # fmt: skip
        draft_rows.insert(connection, draft)
        draft_rows.add_hand(connection, draft.id, actor, draft.created_ns)
        for path, content in (changes or {}).items():
            draft_rows.put_change(connection, draft.id, path, content)
        self.record(
            connection, EntryKind.DRAFT_CREATED, draft, actor,
            clear={"base": number, "origin": origin, "brings_back": brings_back, "files": sorted(changes or {})},
            disclosed={"title": title, "why": why},
        )  # fmt: skip
        return draft

    def newest(self, *, state: str | None, limit: int) -> list[Draft]:
        with self._database.transaction() as connection:
            return draft_rows.several(connection, state=state, limit=limit)

    def open(self, draft_id: UUID, connection: Connection | None = None) -> Opened:
        """Raises: PolicyRefused where there is none."""
        if connection is None:
            with self._database.transaction() as own:
                return self.open(draft_id, own)
        draft = draft_rows.one(connection, draft_id)
        base = revisions.load(connection, draft.base, keys=self._keys)
        return Opened(draft, base, of_revision(base), draft_rows.changes(connection, draft_id))

    def files(self, draft_id: UUID) -> list[dict[str, Any]]:
        """Every file of the draft: {path, sha256, bytes, change}, `change` being none, added, changed or removed."""
        opened = self.open(draft_id)
        listed = []
        for path in sorted(opened.before.files.keys() | opened.changes.keys()):
            content = opened.changes.get(path, opened.before.files.get(path))
            change = "unchanged"
            if path in opened.changes:
                change = "removed" if content is None else "changed" if path in opened.before.files else "added"
            listed.append(
                {
                    "path": path,
                    "sha256": None if content is None else hashlib.sha256(content).hexdigest(),
                    "bytes": None if content is None else len(content),
                    "change": change,
                }
            )
        return listed

    def file(self, draft_id: UUID, path: str) -> bytes:
        """Raises: PolicyRefused where the draft has no such file."""
        content = self.open(draft_id).tree.files.get(path)
        if content is None:
            raise _no_file()
        return content

    def authors(self, draft_id: UUID) -> list[dict[str, Any]]:
        """Everybody who made, edited or submitted it: those who may not review it."""
        with self._database.transaction() as connection:
            found = draft_rows.hands(connection, draft_id)
        return [{"client": client, "user": person or None} for client, person in found]

    def diff(self, draft_id: UUID) -> list[dict[str, Any]]:
        """A unified text diff of every file that differs from the base: [{path, diff}]."""
        opened = self.open(draft_id)
        shown = []
        for path, content in sorted(opened.before.changes_to(opened.tree).items()):
            before = opened.before.files.get(path, b"").decode().splitlines(keepends=True)
            after = (content or b"").decode().splitlines(keepends=True)
            lines = difflib.unified_diff(before, after, f"revision {opened.draft.base}/{path}", f"draft/{path}")
            shown.append({"path": path, "diff": "".join(lines)})
        return shown

    def write(self, actor: Actor, draft_id: UUID, path: str, content: bytes | None) -> Draft:
        """Puts a file, or removes it where `content` is None.

        Raises: PolicyRefused: not a path or a content that a draft may have, or the draft is not open.
        """
        with self._database.transaction() as connection:
            draft = self.editable(connection, draft_id)
            _require_path(path)
            if content is not None:
                _require_content(path, content)
            opened = self.open(draft_id, connection)
            before = opened.tree.files.get(path)
            if content is None and before is None:
                raise _no_file()
            if len(opened.changes) >= MOST_FILES:
                raise PolicyRefused(
                    status=422,
                    code="TOO_MANY_FILES",
                    sentence=f"A draft changes at most {MOST_FILES} files.",
                    remedy="Withdraw what is not needed.",
                )
            if content == opened.before.files.get(path):
                draft_rows.drop_change(connection, draft_id, path)
            else:
                draft_rows.put_change(connection, draft_id, path, content)
            draft_rows.add_hand(connection, draft_id, actor, database_now(connection))
            self.record(
                connection, EntryKind.DRAFT_FILE_WRITTEN, draft, actor,
                clear={"path": path, "before": _sha256(before), "after": _sha256(content)},
            )  # fmt: skip
            return draft

    def withdraw(self, actor: Actor, draft_id: UUID, *, reason: str) -> Draft:
        """Ends a draft that was not published. Raises: PolicyRefused."""
        with self._database.transaction() as connection:
            draft = draft_rows.one(connection, draft_id, for_update=True)
            if draft.state not in {OPEN, "submitted", "approved"}:
                raise wrong_state(draft.state, "not ended", "Make a new draft.")
            connection.execute("UPDATE policy.drafts SET state = 'withdrawn' WHERE id = %s", (draft_id,))
            self.record(connection, EntryKind.DRAFT_WITHDRAWN, draft, actor, disclosed={"reason": reason})
            return draft_rows.one(connection, draft_id)

    def reopen(self, actor: Actor, draft_id: UUID) -> Draft:
        """A submitted or approved draft becomes editable again, over the live revision; what was reviewed is void.

        Also how an open draft is carried over to the revision that is live now. Its files stay as they are.

        Raises: PolicyRefused.
        """
        with self._database.transaction() as connection:
            draft = draft_rows.one(connection, draft_id, for_update=True)
            if draft.state not in {OPEN, "submitted", "approved"} or draft.origin == "rollback":
                raise wrong_state(draft.state, "not ended and no rollback", "Make a new draft.")
            live = revisions.live(connection)
            base = live[0] if live else draft.base
            connection.execute(
                "UPDATE policy.drafts SET state = 'draft', base = %s, files_sha256 = NULL, submitted_ns = NULL,"
                " publish_at_ns = NULL, publish_by = NULL, publish_fault = NULL WHERE id = %s",
                (base, draft_id),
            )
            draft_rows.add_hand(connection, draft_id, actor, database_now(connection))
            self.record(
                connection, EntryKind.DRAFT_REOPENED, draft, actor,
                clear={"was": draft.state, "base_before": draft.base, "base": base},
            )  # fmt: skip
            return draft_rows.one(connection, draft_id)

    def editable(self, connection: Connection, draft_id: UUID) -> Draft:
        draft = draft_rows.one(connection, draft_id, for_update=True)
        if draft.state != OPEN or draft.origin == "rollback":
            raise wrong_state(
                draft.state, "open", "Reopen it, which voids its review, or make a new draft; a rollback is not edited."
            )
        return draft

    def record(
        self,
        connection: Connection,
        kind: EntryKind,
        draft: Draft,
        actor: Actor,
        *,
        clear: Mapping[str, Any] | None = None,
        disclosed: Mapping[str, Any] | None = None,
    ) -> None:
        """Who did what with which draft. A client is named in the clear; the person behind it is disclosed."""
        self._log.record(
            connection,
            Entry(
                kind=kind,
                clear={"draft": str(draft.id), **_who(actor), **(clear or {})},
                disclosed={"user": actor.user, **(disclosed or {})},
                scope="policy",
                blind={"user": actor.user} if actor.user else {},
            ),
        )


def _who(actor: Actor) -> dict[str, Any]:
    return {"actor": actor.kind, "client": actor.id if actor.kind == "client" else None}


def _sha256(content: bytes | None) -> str | None:
    return None if content is None else hashlib.sha256(content).hexdigest()


def _no_file() -> PolicyRefused:
    return PolicyRefused(
        status=404, code="FILE_NOT_FOUND", sentence="The draft has no file of that path.", remedy=_NO_FILE
    )


def _require_path(path: str) -> None:
    fault = fault_of_path(path)
    if fault:
        raise PolicyRefused(
            status=422,
            code="FILE_NOT_OURS",
            sentence=fault,
            remedy="Choose a path of the form that a draft holds.",
        )


def _require_content(path: str, content: bytes) -> None:
    fault = fault_of_content(path, content)
    if fault:
        raise PolicyRefused(
            status=422,
            code="FILE_UNREADABLE",
            sentence=f"{path}: {fault}",
            remedy="Correct the file and send it again.",
        )
