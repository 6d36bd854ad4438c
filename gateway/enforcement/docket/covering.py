"""Whether a paper covers a search that was made without it. Policy itself is asked, not a second matcher.

The search is asked about once more as of the moment at which it was permitted, with the paper in the place of the
emergency. So operation, mode, purpose, gallery, probe, subject and place are compared by the rules that compare them
before a search; a paper that begins after the search does not reach back to it; and it must be one that the law asks
for there.

What must always hold: a paper covers only what policy, asked so, would have permitted, and for which it asks no other
paper to follow; an engine that fails covers nothing. Who was suspended since, or what of the contract ended, says
nothing about the paper and is left aside, as is a hold that was placed since.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from gateway.audit.errors import DisclosureUnreadable
from gateway.enforcement import facts as facts_of
from gateway.enforcement import parked
from gateway.enforcement.errors import Unavailable
from gateway.enforcement.limits import COUNTED
from gateway.enforcement.obligations import AWAITING_PAPER
from gateway.enforcement.question import question
from gateway.enforcement.story import told
from gateway.identity.caller import Caller
from gateway.registry import usage
from gateway.registry.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from gateway.audit.log import AuditLog
    from gateway.database import Connection
    from gateway.enforcement.request import GovernedRequest
    from gateway.policy.decision import Decision
    from gateway.policy.engine import PolicyEngine
    from gateway.registry.records import Instrument

_ASIDE: Final = frozenset({"POLICY_HOLD"})


class Covering:
    """`policy` gives the engine of the live revision, `engine_facts` what policy judges of the face engine."""

    def __init__(
        self, *, log: AuditLog, policy: Callable[[], PolicyEngine], engine_facts: Callable[[], dict[str, Any]]
    ) -> None:
        self._log = log
        self._policy = policy
        self._engine_facts = engine_facts

    def require(self, connection: Connection, decision_id: UUID, paper: Instrument) -> None:
        """That the paper covers this search, which takes one of those that it allows, and now rests on it.

        Raises: Invalid (INSTRUMENT_DOES_NOT_COVER, INSTRUMENT_NOT_ENOUGH, INSTRUMENT_EXHAUSTED), Unavailable.
        """
        row = connection.execute(
            """
            SELECT d.agency, d.client, d.decided_ns, d.key_id, d.document, p.probe_sha256
            FROM enforcement.decisions AS d JOIN enforcement.permits AS p USING (decision_id) WHERE d.decision_id = %s
            """,
            (decision_id,),
        ).fetchone()
        if row is None:
            raise LookupError("only a permit rests on a paper")
        agency, client, decided_ns, key_id, document, probes = row
        try:
            summary = self._log.open_value(connection, key_id, bytes(document), context=f"decision:{decision_id}")
        except DisclosureUnreadable:
            return  # The case was erased by order; nothing is left that a paper could cover.
        request = replace(parked.request_of(summary["request"]), instrument=paper.id, exigency=None)
        asker = _asker(client, agency, summary["user"])
        asked = self._asked(connection, asker, request, decided_ns, [bytes(probe).hex() for probe in probes])
        _covers(self._policy().decide(asked))
        if paper.searches_allowed is not None and request.operation in COUNTED:
            _take(connection, paper, paper.searches_allowed)
        connection.execute("SELECT enforcement.rest_on(%s, %s)", (decision_id, paper.id))

    def _asked(
        self, connection: Connection, asker: Caller, request: GovernedRequest, at_ns: int, probes: list[str]
    ) -> dict[str, Any]:
        """What policy would have been asked at the time; what came to be counted since was not so then."""
        facts = facts_of.read(connection, asker, request, facts_of.blinds(self._log, asker, request))
        facts = replace(facts, now_ns=at_ns, prior_denials=0, other_probes_of_case=0, first_use_ns=None)
        source = self._policy().source
        asked = question(
            caller=asker,
            request=request,
            facts=facts,
            engine=self._engine_facts(),
            offences=source.data["offences"] if source else {},
        )
        return asked | {"probe": asked["probe"] and asked["probe"] | {"sha256": probes}}


def _asker(client: str, agency: str, user: str | None) -> Caller:
    """Who asked, as far as it bears on a paper: how they were authenticated was judged at the time."""
    return Caller(
        client=client,
        agency=agency,
        user=user,
        user_strength="authenticated" if user else None,
        scopes=frozenset(),
        authorization_details=(),
        token_id="",
        issued_at=0,
        expires_at=0,
        rev=None,
    )


def _covers(decision: Decision) -> None:
    if decision.is_error:
        raise Unavailable(
            code="ENGINE_ERROR",
            sentence="Policy could not be asked whether the instrument covers what was searched.",
            remedy="Try again in a few seconds; nothing was changed.",
        )
    if not decision.permit:
        speaking = [one for one in decision.reasons if one.code in told(decision) - _ASIDE]
        outside = sorted({one.code for one in speaking if one.pack == "base" and one.rule.startswith("instrument_")})
        if outside:
            raise Invalid(
                code="INSTRUMENT_DOES_NOT_COVER",
                sentence=f"The instrument does not cover every search that was made ({', '.join(outside)}).",
                remedy="Ask the court for one that says that it reaches back to them, and names what was searched.",
            )
        if speaking:
            raise _not_enough(sorted({one.code for one in speaking}))
    awaiting = sorted({one.code for one in decision.obligations if one.code in AWAITING_PAPER})
    if awaiting:
        raise _not_enough(awaiting)


def _not_enough(codes: list[str]) -> Invalid:
    return Invalid(
        code="INSTRUMENT_NOT_ENOUGH",
        sentence=f"The law asks for another instrument than this for what was searched ({', '.join(codes)}).",
        remedy="Ask for the instrument that the law names; POST /v1/decisions shows what a search like it would need.",
    )


def _take(connection: Connection, paper: Instrument, allowed: int) -> None:
    if not usage.take(connection, "instrument", paper.id, usage.ALL, allowed):
        raise Invalid(
            code="INSTRUMENT_EXHAUSTED",
            sentence="The instrument allows fewer searches than were made.",
            remedy="Ask the court for one that allows as many searches as were made.",
        )
