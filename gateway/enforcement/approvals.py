"""Approvals: a request waits for supervisors of its agency, who see exactly what they approve.

Nobody approves what they asked for, whatever account they come through. A vote names the digest of what was previewed
and a reason; one no ends the waiting. With the last yes the request is decided afresh, on the facts of that moment, and
carried on in the name of who asked; what comes of it only they can read.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from gateway.audit.entries import Entry
from gateway.audit.log import database_now
from gateway.clock import rfc3339, uuid7
from gateway.enforcement import approval_rows as rows
from gateway.enforcement import parked, people, review_rows
from gateway.enforcement.errors import EngineRefusal, NotYours, PersonRefused, Unavailable
from gateway.enforcement.request import reached
from gateway.registry.persons import SameClient, could_be_one
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.audit.log import AuditLog
    from gateway.database import Connection, Database
    from gateway.enforcement.approval_rows import Awaited, Voter
    from gateway.enforcement.gate import Gate
    from gateway.enforcement.parked import Parked
    from gateway.enforcement.people import Person
    from gateway.enforcement.review_rows import Place
    from gateway.identity.caller import Caller


class Approvals:
    def __init__(self, *, database: Database, log: AuditLog, gate: Gate) -> None:
        self._database = database
        self._log = log
        self._gate = gate

    def list(self, caller: Caller, *, state: str, limit: int) -> dict[str, Any]:
        """What the caller's agency waits for, newest first, without what it is about. Raises: PersonRefused."""
        with self._database.transaction() as connection:
            people.acting(connection, self._log, caller, people.APPROVING)
            found = [
                awaited
                for awaited in rows.of_agency(connection, caller.agency or "", state=state, limit=limit)
                if self._reaches(connection, caller, awaited)
            ]
        return {"items": [awaited.document() for awaited in found]}

    def _reaches(self, connection: Connection, caller: Caller, awaited: Awaited) -> bool:
        if not caller.authorization_details:
            return True
        asked = parked.read(connection, self._log, awaited.decision_id, pictures=False)
        return asked is not None and reached(asked.request, caller.authorization_details)

    def show(self, caller: Caller, decision_id: UUID) -> dict[str, Any]:
        """Exactly what is asked, its reasons and its pictures (base64). Seeing it is an entry.

        Raises: PersonRefused, NotYours.
        """
        with self._database.transaction() as connection:
            _, awaited, asked = self._for_decision(connection, caller, decision_id)
            self._record(
                connection, EntryKind.APPROVAL_VIEWED, awaited, caller, {"request_sha256": asked.digest}, disclosed={}
            )
        return awaited.document() | {
            "requested_by": asked.caller.user,
            "client": asked.caller.client,
            "request": parked.fields_of(asked.request),
            "images": asked.images_base64(),
            "request_sha256": asked.digest,
            "reasons": asked.standing.get("held_for", asked.standing["reasons"]),
            "policy": asked.standing["policy"],
        }

    def decide(
        self, caller: Caller, decision_id: UUID, *, approves: bool, reason: str, request_sha256: str
    ) -> dict[str, Any]:
        """One person's vote. The last yes carries the request on before this returns.

        Raises: PersonRefused, NotYours.
        """

        def vote() -> None:
            with self._database.transaction() as connection:
                self._vote(
                    connection, caller, decision_id, approves=approves, reason=reason, request_sha256=request_sha256
                )

        people.refused_on_record(
            self._database, self._log, caller, vote, operation="approve", decision_id=str(decision_id)
        )
        with self._database.transaction() as connection:
            awaited = rows.find(connection, decision_id)
        if awaited is not None and awaited.state == "approved":
            self._carry_on(awaited)
        return (awaited or _gone()).document()

    def _carry_on(self, awaited: Awaited) -> None:
        """What comes of it only the requester is told; where nothing could be done yet, it is when they look."""
        with suppress(EngineRefusal, NotYours, Unavailable):
            self._gate.resume(awaited)

    def _vote(
        self,
        connection: Connection,
        caller: Caller,
        decision_id: UUID,
        *,
        approves: bool,
        reason: str,
        request_sha256: str,
    ) -> None:
        person, awaited, asked = self._for_decision(connection, caller, decision_id)
        if request_sha256 != asked.digest:
            raise PersonRefused(
                status=409,
                code="APPROVAL_OF_SOMETHING_ELSE",
                sentence="The digest is not that of the request that waits.",
                remedy="GET /v1/approvals/{id} shows exactly what is asked, and its request_sha256.",
            )
        if awaited.state == "approved" and approves and rows.approved_by(connection, decision_id, person.digest):
            return  # cut short before: the vote counts, and the rest is tried again
        if awaited.state != "awaiting":
            raise PersonRefused(
                status=409,
                code="NOT_AWAITED",
                sentence=f"Nobody is waited for any more: the request is {awaited.state}.",
                remedy="Nothing to do.",
            )
        _require_independent(connection, person, decision_id, approves=approves)
        now_ns = database_now(connection)
        vote = {"user": person.user, "role": person.role, "reason": reason}
        if not rows.add_vote(
            connection, self._log, decision_id, person, approves=approves, now_ns=now_ns, vote=vote,
            scope=self._scope(asked),
        ):  # fmt: skip
            raise PersonRefused(
                status=409,
                code="ALREADY_DECIDED",
                sentence="You have decided about this request.",
                remedy="Another supervisor must decide.",
            )
        state = self._counted(connection, awaited, approves=approves, now_ns=now_ns)
        self._record(
            connection,
            EntryKind.APPROVAL_DECIDED,
            awaited,
            caller,
            {"approves": approves, "state": state, "request_sha256": asked.digest},
            disclosed={"reason": reason, "person": person.person, "role": person.role},
            scope=self._scope(asked),
        )
        if state == "rejected":
            review_rows.end(connection, decision_id, now_ns=now_ns)
            parked.let_go(connection, self._log, decision_id, agency=awaited.agency)

    @staticmethod
    def _counted(connection: Connection, awaited: Awaited, *, approves: bool, now_ns: int) -> str:
        """The state after this vote. The row is locked, so two last votes are one."""
        if not approves:
            state = "rejected"
        elif rows.yes_votes(connection, awaited.decision_id) >= awaited.needed:
            state = "approved"
        else:
            return awaited.state
        resumes_as = uuid7() if state == "approved" and awaited.phase == "search" else None
        rows.end(connection, awaited.decision_id, state=state, now_ns=now_ns, resumes_as=resumes_as)
        return state

    def _for_decision(
        self, connection: Connection, caller: Caller, decision_id: UUID
    ) -> tuple[Person, Awaited, Parked]:
        """Who decides, what is waited for (its row locked) and what was asked."""
        person = people.acting(connection, self._log, caller, people.APPROVING)
        awaited = rows.find(connection, decision_id, lock=True)
        if awaited is None or awaited.agency != caller.agency:
            raise NotYours
        asked = parked.read(connection, self._log, decision_id)
        if asked is None:
            raise PersonRefused(
                status=409,
                code="NOT_AWAITED",
                sentence=f"Nobody is waited for any more: the request is {awaited.state}.",
                remedy="Nothing to do.",
            )
        if not reached(asked.request, caller.authorization_details):
            raise NotYours
        people.require_other(connection, person, asked.caller, act="approve")
        if awaited.state == "awaiting" and awaited.expires_ns <= database_now(connection):
            raise PersonRefused(
                status=409,
                code="APPROVAL_EXPIRED",
                sentence=f"Nobody decided before {rfc3339(awaited.expires_ns)}, and the request has lapsed.",
                remedy="Let it be asked again.",
            )
        return person, awaited, asked

    def _scope(self, asked: Parked) -> str:
        case = asked.request.case_number
        return self._log.case_scope(asked.caller.agency, case) if case else f"agency:{asked.caller.agency}"

    def _record(
        self,
        connection: Connection,
        kind: EntryKind,
        awaited: Awaited,
        caller: Caller,
        clear: dict[str, Any],
        *,
        disclosed: dict[str, Any],
        scope: str | None = None,
    ) -> None:
        self._log.record(
            connection,
            Entry(
                kind=kind,
                clear={
                    "decision_id": str(awaited.decision_id),
                    "agency": awaited.agency,
                    "client": caller.client,
                    **clear,
                },
                disclosed={"user": caller.user, **disclosed},
                scope=scope or f"agency:{awaited.agency}",
                blind={"user": caller.user} if caller.user else {},
            ),
        )


def _require_independent(connection: Connection, person: Person, decision_id: UUID, *, approves: bool) -> None:
    """That another person approves than who examines, and than who has approved. One no needs no second person.

    Raises: PersonRefused, SameClient.
    """
    review_rows.find(connection, decision_id, lock=True)  # whoever takes a place in this moment waits for the vote
    examiners = review_rows.places(connection, decision_id)
    if any(examiner.person == person.digest for examiner in examiners):
        raise PersonRefused(
            status=403,
            code="APPROVER_EXAMINES",
            sentence="Who examines what the request found does not decide about it.",
            remedy="Let another supervisor of the agency decide.",
        )
    # Who approved the search may approve the release as well: these are two questions.
    voters = [voter for voter in rows.voters(connection, decision_id) if voter.decision_id == decision_id]
    others: list[Voter | Place] = [*voters, *examiners]
    if approves and any(could_be_one(other, person) for other in others if other.person != person.digest):
        raise SameClient


def _gone() -> Awaited:
    raise NotYours
