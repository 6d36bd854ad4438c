"""What is done with a released result: each use is a question to policy of its own, and what became of it is recorded.

What is frozen or deleted is used for nothing, whatever policy would say; what became of it is recorded all the same.

A use is asked about in the words of the search that it comes from; only what it is for, and what other evidence there
is, are said anew. A use that the law bars is refused, and is an incident in the same commit; so is a search that led to
the wrong person.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import psycopg

from gateway.audit.entries import Entry
from gateway.audit.log import database_now
from gateway.clock import rfc3339
from gateway.enforcement import gateway_reasons, misuse, parked, people
from gateway.enforcement.answers import Answer, Released
from gateway.enforcement.errors import NotYours, PersonRefused
from gateway.enforcement.request import GovernedRequest, Probe, reached
from gateway.enforcement.results import verification_of
from gateway.enforcement.story import says_nothing
from gateway.vocabulary import Consequence, EntryKind, Mode, Operation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from uuid import UUID

    from gateway.audit.entries import SealedEntry
    from gateway.audit.log import AuditLog
    from gateway.database import Connection, Database
    from gateway.enforcement.admission import Admissions
    from gateway.enforcement.misuse import Incidents
    from gateway.identity.caller import Caller
    from gateway.policy.decision import Decision

# What `enforcement.record_use` raises where nobody may use the result any more; its message is the code.
_WITHDRAWN: Final = "WG009"
# How incidents name a search that led to the wrong person: pack, rule and code, as all of them are named.
_WRONG_PERSON: Final = f"{gateway_reasons.PACK}/result_outcome/WRONG_PERSON"


class Uses:
    def __init__(self, *, database: Database, log: AuditLog, admissions: Admissions, incidents: Incidents) -> None:
        self._database = database
        self._log = log
        self._admissions = admissions
        self._incidents = incidents

    def use(
        self,
        caller: Caller,
        search_id: UUID,
        *,
        result_use: Mapping[str, Any],
        proceeding_ns: int | None,
        decision_id: UUID,
    ) -> Answer:
        """Raises: NotYours, PersonRefused (the token does not cover the search, nothing was released of it, or it is
        frozen or deleted), DatabaseUnavailable, Unavailable.
        """
        answered: list[Answer] = []

        def act() -> None:
            answered.append(
                self._use(
                    caller, search_id, result_use=result_use, proceeding_ns=proceeding_ns, decision_id=decision_id
                )
            )

        people.refused_on_record(
            self._database, self._log, caller, act, operation=Operation.USE_RESULT, decision_id=str(decision_id)
        )
        return answered[0]

    def _use(
        self,
        caller: Caller,
        search_id: UUID,
        *,
        result_use: Mapping[str, Any],
        proceeding_ns: int | None,
        decision_id: UUID,
    ) -> Answer:
        with self._database.transaction() as connection:
            search, asked = self._released(connection, caller, search_id)
            _require_usable(connection, search)
            verification = verification_of(connection, search)
        request = _request(asked, result_use, proceeding_ns)

        def beside(connection: Connection, decision: Decision, sealed: SealedEntry) -> None:
            with _still_usable():
                connection.execute(
                    "SELECT enforcement.record_use(%s, %s, %s, %s)",
                    (decision_id, search, caller.agency, result_use["for"]),
                )
            linked = self._record(
                connection, EntryKind.RESULT_USED, caller, search, request.case_number,
                clear={"decision_id": str(decision_id), "use": result_use["for"], "permit": decision.permit},
                disclosed={"result_use": dict(result_use)},
            )  # fmt: skip
            if not decision.permit and not says_nothing(decision):
                self._incidents.open(
                    connection,
                    agency=caller.agency or "",
                    decision_id=decision_id,
                    rule=misuse.rule_of(decision.reasons[0]),
                    facts={
                        "search": str(search),
                        "user": caller.user,
                        "result_use": dict(result_use),
                        "reasons": [reason.document() for reason in decision.reasons],
                    },
                    leaf_hashes=[sealed.leaf_hash, linked.leaf_hash],
                )

        admission = self._admissions.admit(
            caller, request, decision_id=decision_id, verification=verification, beside=beside
        )
        if not admission.decision.permit:
            return admission.refused()
        return Released(
            document={
                "id": str(decision_id),
                "decision_id": str(decision_id),
                "search": str(search),
                "use": result_use["for"],
                "status": "permitted",
                "reasons": admission.reasons,
                "obligations": admission.obligations,
                "notice": " ".join(admission.shape.notices),
                "policy": admission.policy,
                "receipt": admission.receipt,
            }
        )

    def record_outcome(
        self, caller: Caller, search_id: UUID, *, outcome: Consequence, statement: str
    ) -> dict[str, Any]:
        """What became of a search; said again where it changes, and what was said stays.

        That it led to the wrong person is an incident, and the search is owed to the defence (a trigger of the table).

        Raises: NotYours, PersonRefused.
        """
        with self._database.transaction() as connection:
            search, asked = self._released(connection, caller, search_id)
            case = asked.get("case_number")
            now_ns = database_now(connection)
            key_id, sealed = self._log.seal_value(
                connection, self._scope(caller, case), {"statement": statement, "user": caller.user},
                context=f"consequence:{search}:{now_ns}",
            )  # fmt: skip
            connection.execute(
                """
                INSERT INTO enforcement.consequences
                    (search_id, recorded_ns, agency, outcome, client, key_id, document)
                VALUES (%s, %s, %s, %s, %s, %s, %b)
                """,
                (search, now_ns, caller.agency, str(outcome), caller.client, key_id, sealed),
            )
            recorded = self._record(
                connection, EntryKind.RESULT_OUTCOME, caller, search, case,
                clear={"decision_id": str(search), "outcome": str(outcome)}, disclosed={"statement": statement},
            )  # fmt: skip
            if outcome is Consequence.WRONG_PERSON:
                self._incidents.open(
                    connection,
                    agency=caller.agency or "",
                    decision_id=search,
                    rule=_WRONG_PERSON,
                    facts={"search": str(search), "user": caller.user, "statement": statement},
                    leaf_hashes=[recorded.leaf_hash],
                )
        return {"search": str(search), "outcome": str(outcome), "at": rfc3339(now_ns)}

    def _released(self, connection: Connection, caller: Caller, search_id: UUID) -> tuple[UUID, dict[str, Any]]:
        """The search whose result was released under this id, or under the one that it was continued as, and what it
        asked. A use says nothing of a gallery or case: it lies within the token where its search does.

        Raises: NotYours, PersonRefused.
        """
        row = connection.execute(
            """
            SELECT coalesce(a.resumes_as, d.decision_id) FROM enforcement.decisions AS d
            LEFT JOIN enforcement.approvals AS a USING (decision_id)
            WHERE d.decision_id = %s AND d.agency = %s
            """,
            (search_id, caller.agency),
        ).fetchone()
        if row is None:
            raise NotYours
        asked = self._asked(connection, row[0])
        if not reached(parked.request_of(asked), caller.authorization_details):
            raise _refused("TOKEN_DOES_NOT_COVER")
        released = connection.execute("SELECT 1 FROM enforcement.releases WHERE decision_id = %s", (row[0],)).fetchone()
        if released is None:
            raise PersonRefused(
                status=409,
                code="RESULT_NOT_RELEASED",
                sentence="Nothing was released of this search, so there is nothing to use.",
                remedy="GET /v1/searches/{id} shows where it stands.",
            )
        return row[0], asked

    def _asked(self, connection: Connection, search: UUID) -> dict[str, Any]:
        row = connection.execute(
            "SELECT key_id, document FROM enforcement.decisions WHERE decision_id = %s", (search,)
        ).fetchone()
        if row is None:
            raise NotYours
        summary = self._log.open_value(connection, row[0], bytes(row[1]), context=f"decision:{search}")
        asked: dict[str, Any] = summary["request"]
        return asked

    def _record(
        self,
        connection: Connection,
        kind: EntryKind,
        caller: Caller,
        search: UUID,
        case: str | None,
        *,
        clear: dict[str, Any],
        disclosed: dict[str, Any],
    ) -> SealedEntry:
        return self._log.record(
            connection,
            Entry(
                kind=kind,
                clear={"search": str(search), "agency": caller.agency, "client": caller.client, **clear},
                disclosed={"user": caller.user, "case_number": case, **disclosed},
                scope=self._scope(caller, case),
                blind={"user": caller.user} if caller.user else {},
            ),
        )

    def _scope(self, caller: Caller, case: str | None) -> str:
        return self._log.case_scope(caller.agency, case) if case else f"agency:{caller.agency}"


def _require_usable(connection: Connection, search: UUID) -> None:
    """Raises: PersonRefused."""
    row = connection.execute("SELECT deleted_ns FROM enforcement.frozen WHERE decision_id = %s", (search,)).fetchone()
    if row is not None:
        raise _refused("RESULT_FROZEN" if row[0] is None else "RESULT_DELETED")


@contextmanager
def _still_usable() -> Iterator[None]:
    """For a result that was frozen while its use was decided. Raises: PersonRefused."""
    try:
        yield
    except psycopg.Error as error:
        if error.sqlstate == _WITHDRAWN:
            raise _refused(str(error.diag.message_primary)) from None
        raise


def _refused(code: str) -> PersonRefused:
    words = gateway_reasons.WORDS[code.lower()]
    return PersonRefused(status=403, code=code, sentence=words["sentence"], remedy=words["remedy"])


def history(connection: Connection, search: UUID) -> dict[str, Any]:
    """What was asked of a result and what became of it, for whoever may read the search."""
    uses = connection.execute(
        "SELECT decision_id, result_use, permit, used_ns FROM enforcement.uses WHERE search_id = %s ORDER BY used_ns",
        (search,),
    ).fetchall()
    outcomes = connection.execute(
        "SELECT outcome, recorded_ns FROM enforcement.consequences WHERE search_id = %s ORDER BY recorded_ns", (search,)
    ).fetchall()
    return {
        "uses": [
            {"decision_id": str(decision), "for": use, "permit": permit, "at": rfc3339(at)}
            for decision, use, permit, at in uses
        ],
        "outcomes": [{"outcome": outcome, "at": rfc3339(at)} for outcome, at in outcomes],
    }


def _request(asked: Mapping[str, Any], result_use: Mapping[str, Any], proceeding_ns: int | None) -> GovernedRequest:
    """The words of the search, and the use."""
    probe = asked.get("probe") or {}
    return GovernedRequest(
        operation=Operation.USE_RESULT,
        purpose=asked["purpose"],
        mode=Mode(asked["mode"]),
        case_number=asked["case_number"],
        justification=asked["justification"],
        statute=asked["statute"],
        suspicion=asked["suspicion"],
        instrument=asked["instrument"],
        exigency=asked["exigency"],
        on_behalf_of=asked["on_behalf_of"],
        proceeding_ns=proceeding_ns,
        probe=Probe(
            kind=probe.get("kind", "photograph"),
            source=probe.get("source"),
            alterations=tuple(probe.get("alterations", ())),
            substantively_altered=probe.get("substantively_altered"),
        ),
        declared={**asked["declared"], "result_use": dict(result_use)},
    )
