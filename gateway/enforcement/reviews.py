"""Examiners' reviews: two trained people, blind to each other, judge the probe against every candidate.

Until they have, nobody else sees anything of the result, who asked included; an examiner sees it from taking a place
until judging, without scores or ranks, and nothing of what others judged or whether they did. Once it is frozen nobody
sees it, whoever has a place. Each view of the pictures is one entry for all of them: were there one for each face, the
log's readers could count them. The entry of a judgement holds its digest; what each judged is disclosed with the end of
the review, and goes with the result where that has to.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any, Final

from gateway.audit.entries import Entry
from gateway.audit.log import database_now
from gateway.enforcement import approval_rows, judgements, parked, people, withheld
from gateway.enforcement import review_rows as rows
from gateway.enforcement.errors import NotYours, PersonRefused, Unavailable
from gateway.enforcement.request import reached
from gateway.enforcement.results import (
    REFERENCE,
    disclosed_result,
    judged_verdicts,
    judgement_context,
    result_scope,
)
from gateway.recognition.client import EngineUnavailable
from gateway.registry.errors import RegistryError
from gateway.registry.persons import SameClient, could_be_one
from gateway.vocabulary import EntryKind, Operation

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from gateway.audit.log import AuditLog
    from gateway.database import Connection, Database
    from gateway.enforcement.gate import Gate
    from gateway.enforcement.judgements import Verdict
    from gateway.enforcement.parked import Parked
    from gateway.enforcement.people import Person
    from gateway.enforcement.review_rows import Place, Review
    from gateway.identity.caller import Caller
    from gateway.recognition.models import Outcome, RecognitionEngine

# Beside the names of candidates, which are ids of faces.
_PROBE: Final = "probe"


class ExaminerReviews:
    def __init__(self, *, database: Database, log: AuditLog, engine: RecognitionEngine, gate: Gate) -> None:
        self._database = database
        self._log = log
        self._engine = engine
        self._gate = gate

    def list(self, caller: Caller, *, limit: int) -> dict[str, Any]:
        """What the caller could examine, or has taken: the oldest first. Raises: PersonRefused."""
        with self._database.transaction() as connection:
            person = _examiner(people.acting(connection, self._log, caller, people.EXAMINING))
            items = []
            for review in rows.open_of_agency(connection, caller.agency or "", limit=limit):
                asked = parked.read(connection, self._log, review.decision_id, pictures=False)
                if asked is None or not reached(asked.request, caller.authorization_details):
                    continue
                place = self._place_for(connection, review, person, asked)
                if place is not None:
                    items.append(review.document() | {"taken": place})
        return {"items": items}

    def take(self, caller: Caller, decision_id: UUID) -> dict[str, Any]:
        """Takes a place. Raises: PersonRefused, NotYours."""
        taken: list[Review] = []

        def act() -> None:
            with self._database.transaction() as connection:
                person, review, asked = self._for_examining(connection, caller, decision_id)
                if self._place_for(connection, review, person, asked) is None:
                    raise PersonRefused(
                        status=409,
                        code="NO_PLACE",
                        sentence="As many examiners as are needed have taken this review, or you have judged.",
                        remedy="GET /v1/reviews lists the reviews that you can take.",
                    )
                rows.take(connection, decision_id, person, now_ns=database_now(connection))
                self._record(connection, EntryKind.REVIEW_TAKEN, review, caller, {"person": person.person})
                taken.append(review)

        people.refused_on_record(
            self._database, self._log, caller, act, operation="examine", decision_id=str(decision_id)
        )
        return taken[0].document() | {"taken": True}

    def show(self, caller: Caller, decision_id: UUID) -> dict[str, Any]:
        """The probe and every candidate's picture, to whoever has a place and has not judged. Seeing them is an entry.

        Raises: PersonRefused, NotYours, Unavailable.
        """
        with self._database.transaction() as connection:
            _, review, asked, found = self._at_work(connection, caller, decision_id)
        pictures = self._pictures(asked, found)
        with self._database.transaction() as connection:
            self._at_work(connection, caller, decision_id)
            self._record(connection, EntryKind.REVIEW_VIEWED, review, caller, {})
        return review.document() | {
            "taken": True,
            "case_number": asked.request.case_number,
            "probe": pictures.pop(_PROBE, None),
            "candidates": [{"candidate": name, "picture": pictures[name]} for name in sorted(pictures)],
            "quality": [quality.document() for quality in found.quality],
        }

    def judge(
        self, caller: Caller, decision_id: UUID, *, verdicts: Mapping[str, Verdict], reason: str
    ) -> dict[str, Any]:
        """One examiner's judgement of every candidate. What it came to is told to nobody here.

        Raises: PersonRefused, NotYours, Unavailable.
        """
        with self._database.transaction() as connection:
            person, review, asked, found = self._at_work(connection, caller, decision_id)
            if verdicts.keys() != set(_names(asked, found)):
                raise PersonRefused(
                    status=422,
                    code="JUDGEMENT_INCOMPLETE",
                    sentence="A judgement says of every candidate, once, whether it is the person of the probe.",
                    remedy="GET /v1/reviews/{id} lists the candidates.",
                )
            said = {
                "user": person.user,
                "verdicts": {name: str(verdict) for name, verdict in verdicts.items()},
                "reason": reason,
            }
            scope = result_scope(connection, decision_id)
            key_id, sealed = self._log.seal_value(
                connection, scope, said, context=judgement_context(decision_id, person.digest)
            )
            now_ns = database_now(connection)
            rows.judge(connection, decision_id, person, now_ns=now_ns, key_id=key_id, judgement=sealed)
            self._record(
                connection, EntryKind.REVIEW_JUDGED, review, caller, {"person": person.person},
                scope=_case_scope(self._log, asked), judgement_sha256=hashlib.sha256(sealed).hexdigest(),
            )  # fmt: skip
            done = judgements.settled(judged_verdicts(connection, self._log, decision_id))
            if done:
                rows.judged(connection, decision_id)
                self._end(connection, review, caller, found, scope=scope)
        if done:
            self._gate.carry_on(decision_id)
        return {"id": str(decision_id), "state": "judged"}

    def _end(self, connection: Connection, review: Review, caller: Caller, found: Outcome, *, scope: str) -> None:
        """With the last judgement all that was found and judged goes onto the log, what was rejected included."""
        everything = disclosed_result(connection, self._log, found)
        self._record(
            connection, EntryKind.REVIEW_ENDED, review, caller, everything, scope=scope,
            withheld_sha256=withheld.sha256(connection, review.decision_id),
        )  # fmt: skip

    def _place_for(self, connection: Connection, review: Review, person: Person, asked: Parked) -> bool | None:
        """True where the person has a place, False where one is free, None where there is none for this person."""
        if not _may_examine(connection, person, review.decision_id, asked.caller):
            return None
        now_ns, taken = database_now(connection), rows.places(connection, review.decision_id)
        own = next((place for place in taken if place.person == person.digest), None)
        if own and own.judged_ns is not None:
            return None
        others = [place for place in taken if place.person != person.digest and not _lapsed(place, now_ns)]
        if any(could_be_one(other, person) for other in others):
            return None
        if own and not _lapsed(own, now_ns):
            return True
        free = judgements.places(judged_verdicts(connection, self._log, review.decision_id)) - len(others)
        return False if free > 0 else None

    def _for_examining(
        self, connection: Connection, caller: Caller, decision_id: UUID
    ) -> tuple[Person, Review, Parked]:
        person = _examiner(people.acting(connection, self._log, caller, people.EXAMINING))
        review = rows.find(connection, decision_id, lock=True)
        asked = parked.read(connection, self._log, decision_id)
        if review is None or asked is None or review.agency != caller.agency or review.state != "open":
            raise NotYours
        if withheld.is_frozen(connection, decision_id) or not reached(asked.request, caller.authorization_details):
            raise NotYours
        _require_independent(connection, person, review.decision_id, asked.caller)
        return person, review, asked

    def _at_work(
        self, connection: Connection, caller: Caller, decision_id: UUID
    ) -> tuple[Person, Review, Parked, Outcome]:
        """For whoever has a place and has not judged. To everybody else there is nothing here."""
        person, review, asked = self._for_examining(connection, caller, decision_id)
        found = withheld.read(connection, self._log, decision_id)
        if found is None or self._place_for(connection, review, person, asked) is not True:
            raise NotYours
        return person, review, asked, found

    def _pictures(self, asked: Parked, found: Outcome) -> dict[str, str | None]:
        """The probe and the candidates, base64; None where the face was deleted meanwhile."""
        images, probe = asked.images_base64(), asked.request.probe
        if asked.request.operation is Operation.VERIFY_1_TO_1:
            return {_PROBE: images[0], REFERENCE: images[1]}
        shown = [*_faces(found), *([probe.face] if probe and probe.face else [])]
        try:
            crops = {face: self._engine.crop(found.decision_id, face) for face in shown}
        except EngineUnavailable:
            raise Unavailable(
                code="ENGINE_UNAVAILABLE",
                sentence="The face engine does not answer, and only it can open the pictures.",
                remedy="Try again in a few seconds.",
            ) from None
        pictures = {str(face): base64.b64encode(crop).decode() if crop else None for face, crop in crops.items()}
        pictures[_PROBE] = images[0] if images else pictures.pop(str(probe and probe.face), None)
        return pictures

    def _record(
        self,
        connection: Connection,
        kind: EntryKind,
        review: Review,
        caller: Caller,
        disclosed: dict[str, Any],
        *,
        scope: str | None = None,
        **clear: Any,
    ) -> None:
        """The last examiner's account is no more telling than the others', so who acts is disclosed, never clear."""
        self._log.record(
            connection,
            Entry(
                kind=kind,
                clear={"decision_id": str(review.decision_id), "agency": review.agency, **clear},
                disclosed={"user": caller.user, "client": caller.client, **disclosed},
                scope=scope or f"agency:{review.agency}",
                blind={"user": caller.user} if caller.user else {},
            ),
        )


def _examiner(person: Person) -> Person:
    if not person.trained:
        raise PersonRefused(
            status=403,
            code="EXAMINER_NOT_TRAINED",
            sentence="The registry does not say that the examiner's training is current.",
            remedy="Ask an administrator to register the training.",
        )
    return person


def _require_independent(connection: Connection, person: Person, decision_id: UUID, requester: Caller) -> None:
    """Neither who asked nor who approved examines. Raises: PersonRefused, or what `persons.require_two` raises."""
    people.require_other(connection, person, requester, act="examine")
    voters = approval_rows.voters(connection, decision_id)
    if any(voter.person == person.digest for voter in voters):
        raise PersonRefused(
            status=403,
            code="APPROVER_EXAMINES",
            sentence="Who decided about the request does not examine what it found.",
            remedy="Let another examiner of the agency take the review.",
        )
    if any(could_be_one(voter, person) for voter in voters):
        raise SameClient


def _may_examine(connection: Connection, person: Person, decision_id: UUID, requester: Caller) -> bool:
    try:
        _require_independent(connection, person, decision_id, requester)
    except (PersonRefused, RegistryError):
        return False
    return True


def _lapsed(place: Place, now_ns: int) -> bool:
    return place.judged_ns is None and place.taken_ns + rows.PLACE_NS <= now_ns


def _names(asked: Parked, found: Outcome) -> list[str]:
    if asked.request.operation is Operation.VERIFY_1_TO_1:
        return [REFERENCE]
    return [str(face) for face in _faces(found)]


def _faces(found: Outcome) -> list[UUID]:
    """By id, which tells nothing of the rank."""
    return sorted(candidate.face_id for candidate in found.candidates)


def _case_scope(log: AuditLog, asked: Parked) -> str:
    case = asked.request.case_number
    return log.case_scope(asked.caller.agency, case) if case else f"agency:{asked.caller.agency}"
