"""Ending what was issued so far: every token of an issuer, an agency, a client or a user, one session, or one token.

Nobody is suspended by it: whoever still has access asks for a new token. A suspension is `compliance.sanctions`. What
an auditor holds is not ended by one person: done again and again, it would be a suspension. The state and its races are
`identity.revocation`; the act and its entry are one commit, and from a second after it no process accepts what was
ended.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.audit.entries import Entry
from gateway.audit.log import database_now
from gateway.clock import NANOSECONDS_PER_SECOND, rfc3339
from gateway.identity import accounts, auditor_accounts, sessions
from gateway.identity.revocation import LONGEST_LIFE, Kind, end_session, kill_tokens, revoke_token_named
from gateway.registry import rules
from gateway.registry.errors import Unknown
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from gateway.audit.log import AuditLog
    from gateway.database import Connection, Database
    from gateway.registry.models import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    kind: Kind
    subject: str
    statement: str
    revoked_by: str
    revoked_ns: int

    def document(self) -> dict[str, Any]:
        return {
            "subject": {"kind": self.kind, "id": self.subject},
            "statement": self.statement,
            "revoked_by": self.revoked_by,
            "revoked_at": rfc3339(self.revoked_ns),
        }


class Revocations:
    def __init__(self, *, database: Database, log: AuditLog) -> None:
        self._database = database
        self._log = log

    def revoke(self, *, actor: Actor, kind: Kind, subject: str, statement: str) -> Revocation:
        """From the commit on. A session or a token need not be known here; it is dead from now on all the same.

        Raises: registry.errors.Unknown where there is no such issuer, agency, client or user, TwoPersonsRequired where
        it is an auditor's.
        """
        with self._database.transaction() as connection:
            _require_no_auditor(connection, kind, subject)
            now_ns = database_now(connection)
            _end(connection, kind, subject, now_ns // NANOSECONDS_PER_SECOND + LONGEST_LIFE)
            revocation = Revocation(
                kind=kind,
                subject=subject,
                statement=statement,
                revoked_by=f"{actor.kind}:{actor.id}",
                revoked_ns=now_ns,
            )
            self._log.record(connection, _entry(revocation, by=actor.user), now_ns=now_ns)
        return revocation


def _require_no_auditor(connection: Connection, kind: Kind, subject: str) -> None:
    """A token's owner is not known here; who holds one asks for the next."""
    if kind == "client":
        rules.watcher_by_two(connection, subject)
    elif kind == "user" and subject.startswith(accounts.OF_AN_ACCOUNT):
        auditor_accounts.by_two(connection, subject.removeprefix(accounts.OF_AN_ACCOUNT))
    elif kind == "session" and (account := sessions.account_of(connection, subject)) is not None:
        auditor_accounts.by_two(connection, account)


def _end(connection: Connection, kind: Kind, subject: str, kept_until: int) -> None:
    if kind == "token":
        revoke_token_named(connection, subject, expires_at=kept_until)
    elif kind == "session":
        end_session(connection, subject, expires_at=kept_until)
    else:
        try:
            kill_tokens(connection, kind=kind, identifier=subject)
        except LookupError:
            raise Unknown from None


def _entry(revocation: Revocation, *, by: str | None) -> Entry:
    """Whose access ended is in the clear where it is not a person's: the public must be able to count it."""
    named: dict[str, str | None] = {"agency": None, "issuer": None, "client": None, "token_sha256": None}
    name = "token_sha256" if revocation.kind == "token" else revocation.kind
    if name in named:
        named[name] = revocation.subject
    return Entry(
        kind=EntryKind.ACCESS_REVOKED,
        clear={"subject_kind": revocation.kind, "decider": revocation.revoked_by, **named},
        disclosed={"subject": revocation.subject, "statement": revocation.statement, "user": by},
        scope="revocations",
        blind={"user": revocation.subject} if revocation.kind == "user" else {},
    )
