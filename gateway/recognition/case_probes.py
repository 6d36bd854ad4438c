"""What a case searched before, by faces: how many people, how many of them from social media, and under how many cases.

The engine keeps the template of each probe, sealed under its own key and bound to its decision, as long as retention
allows; only counts leave it. Two probes are one face within `SAME_FACE_MICRO`: far enough inside the library's limit of
0.6 that strangers are seldom taken for one, so a face that is missed counts as another and is looked at, not passed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import structlog

from gateway.recognition import sealing
from gateway.recognition.index import micros
from gateway.recognition.models import CaseUsage

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from gateway.database import Connection
    from gateway.recognition.claims import Permit
    from gateway.recognition.sealing import Template

SAME_FACE_MICRO: Final = 500_000
# Probes of other cases that are looked at: the latest of the agency.
OTHERS: Final = 500
SOCIAL_MEDIA: Final = "social_media"

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Known:
    """A probe that was searched with. `case` is the keyed digest of its case."""

    case: str
    source: str | None
    template: Template


class CaseProbes:
    """Measures and remembers probes. What was opened for an agency's search is in memory until its next one."""

    def __init__(self, *, master: bytes, pipeline: str) -> None:
        self._master = master
        self._pipeline = pipeline
        self._opened: dict[str, dict[UUID, Template]] = {}

    def measure(self, connection: Connection, permit: Permit, template: Template, *, of_staff: bool) -> CaseUsage:
        """What policy is told of this search: the probe itself is counted."""
        own = Known(case=permit.scope, source=permit.probe_source, template=template)
        known = [*self._known(connection, permit), own]
        of_case = [probe for probe in known if probe.case == permit.scope]
        same = _within(template, known)
        return CaseUsage(
            distinct_probe_subjects=len(_faces(of_case)),
            social_media_subjects=len(_faces(probe for probe in of_case if probe.source == SOCIAL_MEDIA)),
            other_cases_of_face=len({probe.case for probe in same if probe.case.startswith("case:")} - {permit.scope}),
            of_staff=of_staff,
        )

    def remember(self, connection: Connection, decision_id: UUID, permit: Permit, template: Template) -> None:
        """Keeps the probe's template with the end of its permit."""
        sealed = sealing.seal_probe(self._master, template, decision=decision_id, pipeline=self._pipeline)
        connection.execute(
            """
            INSERT INTO recognition.probes (decision_id, agency, case_scope, source, pipeline, template, created_ns)
            VALUES (%s, %s, %s, %s, %s, %b, ops.now_ns())
            """,
            (decision_id, permit.agency, permit.scope, permit.probe_source, self._pipeline, sealed),
        )

    def _known(self, connection: Connection, permit: Permit) -> list[Known]:
        rows = connection.execute(
            """
            SELECT decision_id, case_scope, source FROM recognition.probes
            WHERE agency = %(agency)s AND case_scope = %(case)s AND pipeline = %(pipeline)s
            UNION ALL
            SELECT * FROM (
                SELECT decision_id, case_scope, source FROM recognition.probes
                WHERE agency = %(agency)s AND case_scope <> %(case)s AND pipeline = %(pipeline)s
                ORDER BY created_ns DESC LIMIT %(others)s
            ) AS others
            """,
            {"agency": permit.agency, "case": permit.scope, "pipeline": self._pipeline, "others": OTHERS},
        ).fetchall()
        templates = self._templates(connection, permit.agency, [row[0] for row in rows])
        return [
            Known(case=case, source=source, template=templates[decision])
            for decision, case, source in rows
            if decision in templates
        ]

    def _templates(self, connection: Connection, agency: str, decisions: list[UUID]) -> dict[UUID, Template]:
        opened = self._opened.get(agency, {})
        missing = [decision for decision in decisions if decision not in opened]
        found = {decision: opened[decision] for decision in decisions if decision in opened}
        if missing:
            rows = connection.execute(
                "SELECT decision_id, template FROM recognition.probes WHERE decision_id = ANY(%s)", (missing,)
            ).fetchall()
            for decision, sealed in rows:
                try:
                    found[decision] = sealing.open_probe(
                        self._master, bytes(sealed), decision=decision, pipeline=self._pipeline
                    )
                except sealing.SealBroken:
                    _log.error("recognition.probe_seal_broken", decision_id=str(decision))
        self._opened[agency] = found  # what was deleted is gone from it
        return found


def _within(template: Template, known: list[Known]) -> list[Known]:
    distances = micros(template, np.stack([probe.template for probe in known]))
    return [probe for probe, distance in zip(known, distances, strict=True) if distance <= SAME_FACE_MICRO]


def _faces(probes: Iterable[Known]) -> list[Template]:
    """One template for each face: a probe that is near none of those before it is another one."""
    faces: list[Template] = []
    for probe in probes:
        if not faces or micros(probe.template, np.stack(faces)).min() > SAME_FACE_MICRO:
            faces.append(probe.template)
    return faces
