"""Fetching security events from issuers that do not push them (RFC 8936), one process for each home.

A request waits at the issuer until there is something, so what it has to say is here within its round trip. Each event
is acknowledged by the next request once it was applied, or refused for good; where neither could be said, it comes
again. Two nodes may fetch from one issuer: each event counts once on all of them.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import structlog

from gateway.database import DatabaseUnavailable
from gateway.identity.issuers.errors import IssuerUnavailable
from gateway.identity.issuers.events import EventRefused
from gateway.identity.jose import MalformedToken, parse_object
from gateway.outbound import OutboundError, OutboundFailed

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.identity.issuers.directory import IssuerDirectory, KnownIssuer
    from gateway.identity.issuers.events import IssuerEvents
    from gateway.outbound import Outbound

WAIT: Final = 20.0  # seconds a request may wait at the issuer
PAUSE: Final = 5.0  # seconds after a failure, and between looks at the registry
AGAIN: Final = 0.5  # seconds after an answer without an event: some issuers do not let a request wait
MOST_EVENTS: Final = 32

log = structlog.get_logger()


@dataclass(slots=True)
class Stream:
    """What the next request says of the events before."""

    acknowledged: list[str] = field(default_factory=list)
    refused: dict[str, dict[str, str]] = field(default_factory=dict)


class EventPolling:
    def __init__(self, *, directory: IssuerDirectory, events: IssuerEvents, outbound: Outbound, keys: Path) -> None:
        self._directory = directory
        self._events = events
        self._outbound = outbound
        self._keys = keys

    def run(self, stop: threading.Event) -> None:
        """One thread for each issuer that is polled, until `stop`."""
        running: dict[str, threading.Thread] = {}
        while not stop.is_set():
            try:
                for known in self._directory.all():
                    if _url(known) is not None and (known.id not in running or not running[known.id].is_alive()):
                        thread = threading.Thread(
                            target=self._follow, args=(known.id, stop), name=f"events of {known.id}", daemon=True
                        )
                        running[known.id] = thread
                        thread.start()
            except DatabaseUnavailable:
                log.warning("issuer_events.database_unavailable")
            stop.wait(PAUSE)

    def _follow(self, issuer_id: str, stop: threading.Event) -> None:
        stream = Stream()
        while not stop.is_set():
            try:
                known = self._directory.by_id(issuer_id)
                url = None if known is None else _url(known)
                if url is None:
                    return
                if not self.fetch(issuer_id, url, stream):
                    stop.wait(AGAIN)
            except (OutboundError, MalformedToken, DatabaseUnavailable, IssuerUnavailable) as error:
                log.warning("issuer_events.not_fetched", issuer=issuer_id, error=type(error).__name__)
                stop.wait(PAUSE)

    def fetch(self, issuer_id: str, url: str, stream: Stream) -> int:
        """One request; how many events came.

        Raises: OutboundError, MalformedToken, DatabaseUnavailable, IssuerUnavailable.
        """
        question: dict[str, Any] = {"maxEvents": MOST_EVENTS, "returnImmediately": False, "ack": stream.acknowledged}
        if stream.refused:
            question["setErrs"] = stream.refused
        headers = {"Content-Type": "application/json", "Accept": "application/json"} | self._authorization(issuer_id)
        try:
            reply = self._outbound.post(url, json.dumps(question).encode(), headers=headers, seconds=WAIT)
        except OutboundFailed as failed:
            if failed.code == "TIMEOUT":  # nothing to say, in all that time
                return 0
            raise
        if reply.status != 200:  # noqa: PLR2004 - HTTP
            raise MalformedToken
        sets = parse_object(reply.body).get("sets", {})
        if not isinstance(sets, dict) or len(sets) > MOST_EVENTS:
            raise MalformedToken
        stream.acknowledged, stream.refused = [], {}
        for jti, token in sets.items():
            try:
                self._events.event(issuer_id, token if isinstance(token, str) else "")
                stream.acknowledged.append(jti)
            except EventRefused as refused:
                stream.refused[jti] = {"err": refused.error, "description": refused.sentence}
        return len(sets)

    def _authorization(self, issuer_id: str) -> dict[str, str]:
        try:
            token = (self._keys / f"issuer-{issuer_id}.stream").read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return {}
        return {"Authorization": f"Bearer {token}"}


def _url(known: KnownIssuer) -> str | None:
    events = known.profile.events
    return events.poll if known.active and events is not None else None
