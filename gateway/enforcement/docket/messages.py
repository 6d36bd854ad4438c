"""What is told, to whom: written with the step that it tells of, and sent afterwards (`deliveries`).

A message names the duty by its id and code, never a person, a case or a result: it travels by mail.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from gateway.audit.errors import DisclosureUnreadable
from gateway.clock import rfc3339, uuid7

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from gateway.audit.log import AuditLog
    from gateway.database import Connection
    from gateway.enforcement.docket.duties import Duty
    from gateway.vocabulary import EntryKind


def chain(connection: Connection, agency: str) -> list[dict[str, str]]:
    """The people of an agency in the order in which they are told: {name, mail, user?}."""
    row = connection.execute("SELECT levels FROM enforcement.chains WHERE agency = %s", (agency,)).fetchone()
    return list(row[0]) if row else []


def tell(
    connection: Connection,
    duty: Duty,
    event: EntryKind,
    now_ns: int,
    *,
    level: int | None = None,
    everyone: bool = False,
    operator: str | None = None,
) -> None:
    """One person of the chain, or all of them, the operator where named; and each webhook of the agency."""
    people = chain(connection, duty.agency)
    told = people if everyone else [] if level is None else people[level : level + 1]
    mails = [*(person["mail"] for person in told), *([operator] if operator else [])]
    body = {
        "type": str(event),
        "timestamp": rfc3339(now_ns),
        "data": {
            "duty": str(duty.id),
            "code": duty.code,
            "agency": duty.agency,
            "about": duty.about_kind,
            "decision_id": str(duty.decision_id) if duty.decision_id else None,
            "due": rfc3339(duty.due_ns) if duty.due_ns is not None else None,
        },
    }
    write(connection, body, agency=duty.agency, mails=mails, now_ns=now_ns, duty=duty.id)


def write(
    connection: Connection,
    body: Mapping[str, Any],
    *,
    agency: str,
    mails: Iterable[str],
    now_ns: int,
    duty: UUID | None = None,
) -> None:
    """A message to each of these addresses and to each webhook that hears of this agency, due at once."""
    rows = connection.execute(
        "SELECT id FROM enforcement.webhooks WHERE ended_ns IS NULL AND (agency = %s OR agency IS NULL) ORDER BY id",
        (agency,),
    ).fetchall()
    told = [("mail", mail) for mail in dict.fromkeys(mails)] + [("webhook", str(row[0])) for row in rows]
    for channel, address in told:
        connection.execute(
            """
            INSERT INTO enforcement.messages (id, duty, agency, channel, address, event, body, made_ns, next_ns)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
            """,
            (uuid7(), duty, agency, channel, address, body["type"], json.dumps(body), now_ns, now_ns),
        )


_TOLD: Final = """
SELECT m.made_ns, m.id, m.agency, m.event, m.duty, m.body::jsonb -> 'data' ->> 'subject', m.channel,
    m.delivered_ns, m.next_ns,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('number', a.number, 'at', a.at_ns, 'result', a.result)
        ORDER BY a.number), '[]') FROM enforcement.delivery_attempts AS a WHERE a.message = m.id)
FROM enforcement.messages AS m
"""


def of_duty(connection: Connection, duty: UUID) -> list[dict[str, Any]]:
    """What was told of it and how it went out, in order."""
    rows = connection.execute(_TOLD + "WHERE m.duty = %s ORDER BY m.made_ns, m.id", (duty,)).fetchall()
    return [_told(row) for row in rows]


def newest(
    connection: Connection, *, agency: str | None, after: tuple[int | None, UUID | None], limit: int
) -> list[tuple[str, dict[str, Any]]]:
    """Each message older than `after`, newest first, with its place in that order."""
    rows = connection.execute(
        _TOLD
        + """
        WHERE (%(agency)s::text IS NULL OR m.agency = %(agency)s)
            AND (%(at)s::bigint IS NULL OR (m.made_ns, m.id) < (%(at)s, %(id)s))
        ORDER BY m.made_ns DESC, m.id DESC LIMIT %(limit)s
        """,
        {"agency": agency, "at": after[0], "id": after[1], "limit": limit},
    ).fetchall()
    return [(f"{row[0]}:{row[1]}", _told(row)) for row in rows]


def _told(row: tuple[Any, ...]) -> dict[str, Any]:
    """Without whom it went to: `state` is `waiting`, `delivered` or `given_up`."""
    made_ns, message, agency, event, duty, subject, channel, delivered_ns, next_ns, attempts = row
    return {
        "id": str(message),
        "agency": agency,
        "event": event,
        "duty": str(duty) if duty else None,
        "subject": subject,
        "channel": channel,
        "state": "delivered" if delivered_ns else "waiting" if next_ns else "given_up",
        "made_at": rfc3339(made_ns),
        "delivered_at": rfc3339(delivered_ns) if delivered_ns else None,
        "next_attempt_at": rfc3339(next_ns) if next_ns else None,
        "attempts": [attempt | {"at": rfc3339(attempt["at"])} for attempt in attempts],
    }


def tell_events(connection: Connection, log: AuditLog, now_ns: int) -> int:
    """Makes messages of the events that other parts wrote down (`enforcement.events`); how many events.

    People of the chain who are named as recipients are told by mail, webhooks are told all. Where an order erased who
    was named, nobody is told by mail.
    """
    rows = connection.execute("SELECT * FROM enforcement.events_to_tell()").fetchall()
    for kind, agency, subject, key_id, sealed in rows:
        recipients: set[str] = set()
        with suppress(DisclosureUnreadable):
            recipients.update(log.open_value(connection, key_id, bytes(sealed), context=f"event:{kind}:{subject}"))
        body = {"type": kind, "timestamp": rfc3339(now_ns), "data": {"agency": agency, "subject": str(subject)}}
        mails = [person["mail"] for person in chain(connection, agency) if person.get("user") in recipients]
        write(connection, body, agency=agency, mails=mails, now_ns=now_ns)
    return len(rows)
