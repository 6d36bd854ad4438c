"""Where the faces in a picture are, for who may search: nobody is recognised, nothing is kept, and it is an entry.

No law of the packs speaks of finding a face without saying whose it is, so policy is not asked; a contract must be in
force all the same.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from gateway.audit.clock import sound_now
from gateway.audit.entries import Entry
from gateway.enforcement import contracts
from gateway.enforcement.errors import EngineRefusal, Unavailable
from gateway.recognition.client import EngineUnavailable
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.audit.log import AuditLog
    from gateway.database import Database
    from gateway.identity.caller import Caller
    from gateway.recognition.models import RecognitionEngine


class Detections:
    def __init__(self, *, database: Database, log: AuditLog, engine: RecognitionEngine) -> None:
        self._database = database
        self._log = log
        self._engine = engine

    def detect(self, caller: Caller, image: bytes, *, decision_id: UUID) -> list[dict[str, Any]]:
        """The faces by falling area, each `{quality, points}`. The entry is written before the picture is looked at.

        Raises: PersonRefused (no contract in force), EngineRefusal, Unavailable, ClockNotTrusted.
        """
        digest = hashlib.sha256(image).hexdigest()
        with self._database.transaction() as connection:
            now_ns = sound_now(connection)
            contracts.require(connection, caller.agency or "", now_ns)
            self._log.record(
                connection,
                Entry(
                    kind=EntryKind.FACES_DETECTED,
                    clear={"decision_id": str(decision_id), "agency": caller.agency, "client": caller.client},
                    disclosed={"user": caller.user, "picture_sha256": digest},
                    scope=f"agency:{caller.agency}",
                    blind={"probe": digest} | ({"user": caller.user} if caller.user else {}),
                ),
                now_ns=now_ns,
            )
        try:
            found = self._engine.detect(image)
        except EngineUnavailable:
            raise Unavailable(
                code="ENGINE_UNAVAILABLE",
                sentence="The face engine did not answer.",
                remedy="Try again in a few seconds. The attempt is on the log.",
            ) from None
        if found.refusal is not None:
            raise EngineRefusal(
                code=found.refusal.code, sentence=found.refusal.sentence, remedy=found.refusal.remedy, quality={}
            )
        return [face.document() for face in found.faces]
