"""Sends what `messages` wrote: mail through the operator's SMTP server, webhooks signed as Standard Webhooks says.

A message goes out at least once: it is leased before it is sent, and its result is written down after it. Whoever
receives it twice tells by its id (`webhook-id`, `Message-ID`). What is not taken is tried again at growing intervals,
each attempt with a row of its own, and given up after the last, with an entry.
(https://www.standardwebhooks.com: `v1,` and the HMAC-SHA-256 of id, timestamp and body under the secret `whsec_…`.)
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

import structlog

from gateway.audit.entries import Entry
from gateway.audit.errors import DisclosureUnreadable
from gateway.audit.log import database_now
from gateway.clock import NANOSECONDS_PER_SECOND
from gateway.enforcement.docket import messages
from gateway.outbound import OutboundError
from gateway.rounds import make_rounds
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    import threading

    from gateway.audit.log import AuditLog
    from gateway.database import Connection, Database
    from gateway.enforcement.docket.mail import Mail
    from gateway.outbound import Outbound

log = structlog.get_logger()

INTERVAL_SECONDS: Final = 1.0
_SECOND: Final = NANOSECONDS_PER_SECOND
# How long a sender has before another may think that it died.
LEASE_NS: Final = 120 * _SECOND
# After each attempt the next; after the last it is given up.
PAUSES_NS: Final = tuple(seconds * _SECOND for seconds in (5, 30, 120, 600, 3600, 4 * 3600, 12 * 3600, 24 * 3600))
DELIVERED: Final = "delivered"
_TAKEN: Final = range(200, 300)
SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - the public beginning of every such secret


@dataclass(frozen=True, slots=True)
class Message:
    id: UUID
    duty: UUID | None
    agency: str
    channel: str
    address: str
    event: str
    body: str
    attempts: int


def sign(secret: bytes, message: UUID, timestamp: int, body: str) -> str:
    digest = hmac.digest(secret, f"{message}.{timestamp}.{body}".encode(), hashlib.sha256)
    return "v1," + base64.b64encode(digest).decode()


class Deliveries:
    def __init__(self, *, database: Database, log: AuditLog, outbound: Outbound, mail: Mail) -> None:
        self._database = database
        self._log = log
        self._outbound = outbound
        self._mail = mail

    def run(self, stop: threading.Event) -> None:
        make_rounds(self.run_once, stop, name="deliveries", pause_seconds=INTERVAL_SECONDS)

    def run_once(self) -> bool:
        """Whether there was something to send."""
        with self._database.transaction() as connection:
            messages.tell_events(connection, self._log, database_now(connection))
        with self._database.transaction() as connection:
            message = _lease(connection)
        if message is None:
            return False
        result = self._send(message)
        with self._database.transaction() as connection:
            if _note(connection, message, result):
                self._log.record(connection, _given_up(message, result))
        log.info("deliveries.attempt", message=str(message.id), channel=message.channel, result=result)
        return True

    def _send(self, message: Message) -> str:
        if message.channel == "mail":
            return self._mail.send(
                to=message.address, message_id=str(message.id), event=message.event, data=json.loads(message.body)
            )
        return self._post(message)

    def _post(self, message: Message) -> str:
        with self._database.transaction() as connection:
            row = connection.execute(
                "SELECT url, key_id, secret FROM enforcement.webhooks WHERE id = %s AND ended_ns IS NULL",
                (UUID(message.address),),
            ).fetchone()
            if row is None:
                return "webhook removed"
            try:
                secret = self._log.open_value(connection, row[1], bytes(row[2]), context=f"webhook:{message.address}")
            except DisclosureUnreadable:
                return "its secret cannot be read"
        timestamp = int(time.time())
        key = base64.b64decode(str(secret).removeprefix(SECRET_PREFIX))
        headers = {
            "Content-Type": "application/json",
            "webhook-id": str(message.id),
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(key, message.id, timestamp, message.body),
        }
        try:
            reply = self._outbound.post(row[0], message.body.encode(), headers=headers)
        except OutboundError as error:
            return error.code
        return DELIVERED if reply.status in _TAKEN else f"HTTP {reply.status}"


def _lease(connection: Connection) -> Message | None:
    row = connection.execute(
        """
        UPDATE enforcement.messages SET next_ns = ops.now_ns() + %s, attempts = attempts + 1
        WHERE id = (
            SELECT id FROM enforcement.messages WHERE next_ns <= ops.now_ns()
            ORDER BY next_ns LIMIT 1 FOR UPDATE SKIP LOCKED
        )
        RETURNING id, duty, agency, channel, address, event, body, attempts
        """,
        (LEASE_NS,),
    ).fetchone()
    return Message(*row) if row else None


def _note(connection: Connection, message: Message, result: str) -> bool:
    """Whether it is given up with this."""
    connection.execute(
        "INSERT INTO enforcement.delivery_attempts (message, number, at_ns, result) VALUES (%s, %s, ops.now_ns(), %s)"
        " ON CONFLICT DO NOTHING",
        (message.id, message.attempts, result),
    )
    if result == DELIVERED:
        connection.execute(
            "UPDATE enforcement.messages SET next_ns = NULL, delivered_ns = ops.now_ns() WHERE id = %s", (message.id,)
        )
    elif message.attempts > len(PAUSES_NS):
        row = connection.execute(
            "UPDATE enforcement.messages SET next_ns = NULL WHERE id = %s AND attempts = %s AND next_ns IS NOT NULL"
            " RETURNING 1",
            (message.id, message.attempts),
        ).fetchone()
        return row is not None
    else:
        connection.execute(
            "UPDATE enforcement.messages SET next_ns = ops.now_ns() + %s WHERE id = %s AND attempts = %s",
            (PAUSES_NS[message.attempts - 1], message.id, message.attempts),
        )
    return False


def _given_up(message: Message, result: str) -> Entry:
    """Nobody was told, and the log says so: to whom is disclosed, for a mail address is a person's."""
    return Entry(
        kind=EntryKind.MESSAGE_GIVEN_UP,
        clear={
            "message": str(message.id),
            "agency": message.agency,
            "event": message.event,
            "duty": str(message.duty) if message.duty else None,
            "channel": message.channel,
            "attempts": message.attempts,
            "result": result,
        },
        disclosed={"address": message.address},
        scope=f"agency:{message.agency}",
    )
