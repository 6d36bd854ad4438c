"""The rows that bear on one request, read in one statement, so that all of them are of one moment.

What is read here is what the gateway knows; `policy.input_document` puts it beside what the caller said. Row versions
travel with the rows: the commit of a permit checks that they still stand.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from gateway.audit.entries import case_of, owned

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.audit.log import AuditLog
    from gateway.database import Connection
    from gateway.enforcement.request import GovernedRequest
    from gateway.identity.caller import Caller

Row = dict[str, Any]

_ABOVE_ALL: Final = b"\xff" * 33

# The inner LIMIT and OFFSET keep each interval's look-up by itself, so that it is a range of the index: joined, all
# rows of the case would be read and then compared. A hundred earlier denials of a kind are as telling as all of them.
_FACTS: Final = """
WITH moment AS MATERIALIZED (SELECT ops.now_ns() AS now_ns),
contract AS MATERIALIZED (
    SELECT c.* FROM registry.contracts AS c
    WHERE c.agency = %(agency)s
    ORDER BY (c.valid_from_ns <= (SELECT now_ns FROM moment)) DESC,
        abs(c.valid_from_ns - (SELECT now_ns FROM moment)), c.id DESC
    LIMIT 1
)
SELECT
    moment.now_ns,
    (SELECT to_jsonb(a) FROM registry.agencies AS a WHERE a.id = %(agency)s),
    (SELECT to_jsonb(c) FROM contract AS c),
    (SELECT to_jsonb(u) - 'name' FROM registry.users AS u WHERE u.id = %(user)s AND u.agency = %(agency)s),
    (SELECT jsonb_build_object('id', k.id, 'status', k.status, 'version', k.version)
     FROM registry.clients AS k WHERE k.id = %(client)s),
    (SELECT to_jsonb(i) FROM registry.instruments AS i WHERE i.id = %(instrument)s AND i.agency = %(agency)s),
    (SELECT to_jsonb(e) FROM registry.exigencies AS e WHERE e.id = %(exigency)s AND e.agency = %(agency)s),
    (SELECT to_jsonb(g) FROM recognition.galleries AS g WHERE g.agency = %(agency)s AND g.name = %(gallery)s),
    (SELECT coalesce(jsonb_object_agg(u.kind || ' ' || u.period, u.used), '{}') FROM registry.usage AS u
     WHERE (u.kind = 'contract' AND u.id = (SELECT id FROM contract)
            AND u.period IN ('all', to_char(to_timestamp(moment.now_ns / 1e9) AT TIME ZONE 'UTC', 'YYYY-MM-DD'),
                             to_char(to_timestamp(moment.now_ns / 1e9) AT TIME ZONE 'UTC', 'YYYY-MM')))
        OR (u.kind = 'instrument' AND u.id = %(instrument)s AND u.period = 'all')
        OR (u.kind = 'authorization' AND u.id = %(authorization)s AND u.period = 'all')),
    to_char(to_timestamp(moment.now_ns / 1e9) AT TIME ZONE 'UTC', 'YYYY-MM-DD'),
    (SELECT count(*) FROM (
        SELECT found.decision_id
        FROM unnest(%(probes)b::bytea[]) AS own (probe)
        CROSS JOIN unnest(%(above_stories)b::bytea[], %(below_stories)b::bytea[]) AS other (above, below)
        CROSS JOIN LATERAL (
            SELECT d.decision_id FROM enforcement.decisions AS d
            WHERE d.agency = %(agency)s AND d.probe_blind = own.probe AND NOT d.permit AND NOT d.dry_run
                AND d.story_blind > other.above AND d.story_blind < other.below
            LIMIT 100
        ) AS found
        UNION
        SELECT found.decision_id
        FROM unnest(%(above_stories)b::bytea[], %(below_stories)b::bytea[]) AS other (above, below)
        CROSS JOIN LATERAL (
            SELECT d.decision_id FROM enforcement.decisions AS d
            WHERE d.agency = %(agency)s AND d.case_blind = %(case)b AND NOT d.permit AND NOT d.dry_run
                AND d.story_blind > other.above AND d.story_blind < other.below
            LIMIT 100
        ) AS found
    ) AS denied),
    (SELECT count(DISTINCT found.probe_blind)
     FROM unnest(%(above_probes)b::bytea[], %(below_probes)b::bytea[]) AS other (above, below)
     CROSS JOIN LATERAL (
         SELECT d.probe_blind FROM enforcement.decisions AS d
         WHERE d.agency = %(agency)s AND d.case_blind = %(case)b AND d.permit AND NOT d.dry_run
             AND d.probe_blind > other.above AND d.probe_blind < other.below
         OFFSET 0
     ) AS found),
    (SELECT d.decided_ns FROM enforcement.decisions AS d
     WHERE d.agency = %(agency)s AND d.case_blind = %(case)b AND d.purpose = %(purpose)s
         AND d.operation = 'identify_1_to_n' AND d.permit AND NOT d.dry_run
     ORDER BY d.decided_ns LIMIT 1),
    audit.last_signed_ns(),
    (SELECT coalesce(jsonb_object_agg(a.id, a.jurisdiction), '{}') FROM registry.agencies AS a
     WHERE a.id = ANY(%(behind)s::text[]))
FROM moment
"""


@dataclass(frozen=True, slots=True)
class Blinds:
    """Keyed digests of what must be recognised again without being stored: `probes` one for each image.

    `scope` names the key under which what is personal is sealed: the case's, so that a case can be erased as one.
    """

    scope: str
    probes: list[bytes]
    case: bytes | None
    story: bytes
    purpose_story: bytes
    user: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """`usage` is by "kind period"; `day` is the UTC day of `now_ns`; each row is None where there is none.

    `last_signed_ns` is when the log was last signed, by the same clock as `now_ns`. `places_behind` are the
    jurisdictions of the agencies in whose names a token was passed on. `first_use_ns` is when the case was first
    permitted something for this purpose.
    """

    now_ns: int
    agency: Row | None
    contract: Row | None
    user: Row | None
    client: Row | None
    instrument: Row | None
    exigency: Row | None
    gallery: Row | None
    usage: Mapping[str, int]
    day: str
    prior_denials: int
    other_probes_of_case: int
    last_signed_ns: int
    first_use_ns: int | None = None
    places_behind: Mapping[str, str] = field(default_factory=dict)

    def papers(self) -> dict[str, str]:
        """The emergency and the instrument that a permit rests on, by kind."""
        rows = {"exigency": self.exigency, "instrument": self.instrument}
        return {kind: row["id"] for kind, row in rows.items() if row}

    def versions(self) -> list[tuple[str, str, int]]:
        """Table, id and version of each row that a permit rests on."""
        rows = {
            "agencies": self.agency,
            "clients": self.client,
            "contracts": self.contract,
            "exigencies": self.exigency,
            "instruments": self.instrument,
            "users": self.user,
        }
        held = [(table, row["id"], row["version"]) for table, row in rows.items() if row]
        if self.gallery:
            held.append(("galleries", self.gallery["id"], 1))
        return held


def blinds(log: AuditLog, caller: Caller, request: GovernedRequest) -> Blinds:
    """The digests are keyed, so a low-entropy case number cannot be guessed from them."""
    probe, agency, case = request.probe, caller.agency, request.case_number
    return Blinds(
        scope=log.case_scope(agency, case) if case else f"agency:{agency}",
        probes=[log.blind("probe", digest.hex()) for digest in (probe.sha256 if probe else ())],
        case=log.blind("case", case_of(agency, case)) if case else None,
        story=log.blind("story", owned(agency, request.story)),
        purpose_story=log.blind("purpose story", owned(agency, request.purpose_story)),
        user=log.blind("user", caller.user) if caller.user else None,
    )


def beside(digests: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    """The open intervals between and around digests of 32 bytes, as their lower and their upper ends.

    "Another story" is asked for as what lies in them, so that an index passes over all that is one's own, however much.
    """
    own = sorted(set(digests))
    return [b"", *own], [*own, _ABOVE_ALL]


def read(connection: Connection, caller: Caller, request: GovernedRequest, digests: Blinds) -> Facts:
    above_stories, below_stories = beside([digests.story, digests.purpose_story])
    above_probes, below_probes = beside(digests.probes)
    row = connection.execute(
        _FACTS,
        {
            "agency": caller.agency,
            "user": caller.user,
            "client": caller.client,
            "instrument": request.instrument,
            "exigency": request.exigency,
            "authorization": request.within.counter if request.within else None,
            "gallery": request.gallery,
            "probes": digests.probes,
            "case": digests.case,
            "purpose": request.purpose,
            "above_stories": above_stories,
            "below_stories": below_stories,
            "above_probes": above_probes,
            "below_probes": below_probes,
            "behind": [link.agency for link in caller.behind],
        },
    ).fetchone()
    if row is None:
        raise LookupError("the facts query always gives one row")
    return Facts(
        now_ns=row[0],
        agency=row[1],
        contract=row[2],
        user=row[3],
        client=row[4],
        instrument=row[5],
        exigency=row[6],
        gallery=row[7],
        usage=row[8],
        day=row[9],
        prior_denials=row[10],
        other_probes_of_case=row[11],
        first_use_ns=row[12],
        last_signed_ns=row[13],
        places_behind=row[14],
    )
