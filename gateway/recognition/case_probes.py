"""What a case searched before, by faces: how many people, how many of them from social media, and under how many cases.

The engine keeps the template of each probe, sealed under its own key and bound to its decision, as long as retention
allows; only counts leave it. Two probes are one face within `SAME_FACE_MICRO`: far enough inside the library's limit of
0.6 that strangers are seldom taken for one, so a face that is missed counts as another and is looked at, not passed.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import TYPE_CHECKING, Final

import numpy as np
import structlog

from gateway.recognition import sealing, store
from gateway.recognition.models import DIMENSIONS, CaseUsage

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.database import Connection
    from gateway.recognition.claims import Permit
    from gateway.recognition.sealing import Template
    from gateway.recognition.store import Bearing, StoredProbe

SAME_FACE_MICRO: Final = 500_000
SOCIAL_MEDIA: Final = "social_media"

_log = structlog.get_logger()


class CaseProbes:
    """The probes of the agencies that search, each opened once.

    What was deleted leaves memory at the next search of its agency.
    """

    def __init__(self, *, master: bytes, pipeline: str) -> None:
        self._master = master
        self._pipeline = pipeline
        self._agencies: dict[str, _Agency] = {}

    def seal(self, template: Template, *, decision: UUID) -> bytes:
        return sealing.seal_probe(self._master, template, decision=decision, pipeline=self._pipeline)

    def catch_up(self, connection: Connection, name: str) -> Bearing:
        """Takes over what is committed now, and gives what else bears on a search of this agency."""
        agency = self._agencies.setdefault(name, _Agency())
        with agency.lock:
            found = self._bearing(connection, name, agency)
            if found.probes_deleted != agency.deleted:
                agency.forget()
                found = self._bearing(connection, name, agency)
            for probe in found.probes:
                if probe.decision_id not in agency.decisions:
                    self._add(agency, probe)
            agency.read_to, agency.deleted = found.read_to, found.probes_deleted
        return found

    def measure(self, permit: Permit, template: Template, *, of_staff: bool) -> CaseUsage:
        """What policy is told of this search: the probe itself is counted."""
        agency = self._agencies.setdefault(permit.agency, _Agency())
        with agency.lock:
            return CaseUsage(
                distinct_probe_subjects=agency.faces[permit.case_scope].count_with(template),
                social_media_subjects=agency.from_social_media[permit.case_scope].count_with(
                    template if permit.probe_source == SOCIAL_MEDIA else None
                ),
                other_cases_of_face=len(agency.cases_of(template) - {permit.case_scope}),
                of_staff=of_staff,
            )

    def _bearing(self, connection: Connection, name: str, agency: _Agency) -> Bearing:
        return store.bearing(connection, agency=name, pipeline=self._pipeline, read_to=agency.read_to)

    def _add(self, agency: _Agency, probe: StoredProbe) -> None:
        agency.decisions.add(probe.decision_id)
        try:
            template = sealing.open_probe(
                self._master, probe.template, decision=probe.decision_id, pipeline=self._pipeline
            )
        except sealing.SealBroken:
            _log.error("recognition.probe_seal_broken", decision_id=str(probe.decision_id))
            return
        agency.add(template, case=probe.case_scope, source=probe.source)


class _Agency:
    """All probes of one agency; `read_to` and `deleted` say as of when."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        self.read_to = store.FROM_THE_FIRST
        self.deleted = 0
        self.decisions: set[UUID] = set()
        self.faces: dict[str, _Faces] = defaultdict(_Faces)
        self.from_social_media: dict[str, _Faces] = defaultdict(_Faces)
        self._templates = _Templates()
        self._cases: list[str] = []

    def add(self, template: Template, *, case: str, source: str | None) -> None:
        self.faces[case].add(template)
        if source == SOCIAL_MEDIA:
            self.from_social_media[case].add(template)
        # Only a case can be another case: what an agency does without one is kept under its own name.
        if case.startswith("case:"):
            self._templates.add(template)
            self._cases.append(case)

    def cases_of(self, template: Template) -> set[str]:
        """Under which cases the face was searched."""
        return {self._cases[row] for row in self._templates.of_face(template)}


class _Faces:
    """One template for each face: a probe that is near none of those before it is another one."""

    def __init__(self) -> None:
        self._templates = _Templates()

    def add(self, template: Template) -> None:
        if not len(self._templates.of_face(template)):
            self._templates.add(template)

    def count_with(self, template: Template | None) -> int:
        """How many there are, this one included."""
        another = template is not None and not len(self._templates.of_face(template))
        return len(self._templates) + another


class _Templates:
    """Rows of templates, with room to grow."""

    def __init__(self) -> None:
        self._rows = np.empty((0, DIMENSIONS), dtype=np.float32)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, template: Template) -> None:
        if self._count == len(self._rows):
            grown = np.empty((max(8, 2 * self._count), DIMENSIONS), dtype=np.float32)
            grown[: self._count] = self._rows
            self._rows = grown
        self._rows[self._count] = template
        self._count += 1

    def of_face(self, template: Template) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
        """The rows that show the same face as this template."""
        apart = self._rows[: self._count] - template
        squares = np.einsum("ij,ij->i", apart, apart)
        return np.flatnonzero(squares <= (SAME_FACE_MICRO / 1e6) ** 2)
