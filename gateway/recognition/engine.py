"""The embedded engine: claim, look, and write down what was seen, in that order, for every permit.

What must always hold: no face is recognised before its permit is claimed and committed (to say where faces are in a
picture is not recognition); an answer leaves only after its entry is committed, with the end of the permit and (for an
enrolment) the template in the same transaction; a refusal is an outcome with an entry like any other.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Final

import psycopg
import structlog

from gateway.audit.entries import Entry
from gateway.recognition import claims, sealing, store, wire
from gateway.recognition.calibration import SHIPPED_CALIBRATION
from gateway.recognition.case_probes import SAME_FACE_MICRO, CaseProbes
from gateway.recognition.distance import on_grid
from gateway.recognition.feed import Stale
from gateway.recognition.matching import LocalMatcher, Seen
from gateway.recognition.models import Detection, Outcome, face_digest
from gateway.recognition.refusals import Refused, refusal
from gateway.recognition.workers import Encoding, WorkersUnavailable
from gateway.vocabulary import EntryKind, Operation

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from gateway.audit.log import AuditLog
    from gateway.database import Connection, Database
    from gateway.recognition.calibration import Calibration
    from gateway.recognition.claims import KeptProbe, Permit
    from gateway.recognition.feed import Galleries, LoadedGallery
    from gateway.recognition.matching import Matcher
    from gateway.recognition.models import EngineFacts
    from gateway.recognition.store import Bearing
    from gateway.recognition.workers import Workers

# What a permit's row and its entry say of an outcome that examiners must judge first.
WITHHELD: Final = "WITHHELD"
EXTERNAL_ID: Final = re.compile(r"[A-Za-z0-9_.:-]{1,255}")

_log = structlog.get_logger()


class Engine:
    """Searches, compares and enrols for claimed permits. Many threads may call it at once.

    `pipeline` is that of the templates which the workers make. Faces that are enrolled carry the matcher's, and the
    galleries hold those only: a face that another engine enrolled is counted and not searched.
    """

    def __init__(
        self,
        *,
        database: Database,
        log: AuditLog,
        workers: Workers,
        galleries: Galleries,
        master: bytes,
        pipeline: str,
        matcher: Matcher,
    ) -> None:
        self._database = database
        self._log = log
        self._workers = workers
        self._galleries = galleries
        self._master = master
        self._pipeline = pipeline
        self._matcher = matcher
        self._probes = CaseProbes(master=master, pipeline=pipeline)
        self._facts = matcher.facts

    def facts(self) -> EngineFacts:
        return self._facts

    def answers(self) -> bool:
        """Whether a search that came now would be looked at: the change feed can be read."""
        try:
            self._galleries.check_fresh()
        except Stale:
            return False
        return True

    def search(self, decision_id: UUID, image: bytes, *, largest: bool = False) -> Outcome:
        """Candidates of the permitted gallery that reach the permitted floor.

        Raises:
            ClaimRefused: there is no permit to work for.
            Stale: the change feed cannot be read; the permit was not touched.
            DatabaseUnavailable: PostgreSQL cannot be reached; nothing is answered.
        """
        self._galleries.check_fresh()
        permit = self._claim(decision_id, Operation.IDENTIFY_1_TO_N)
        outcome = self._begin(decision_id, permit)
        try:
            _check_digests(permit, [image])
            encoding = self._workers.read(image, gate="probe", largest=largest)
            return self._look(permit, Seen(encoding, image=image), outcome)
        except (Refused, WorkersUnavailable, Stale) as reason:
            return self._refuse(permit, outcome, reason)

    def search_face(self, decision_id: UUID, face_id: UUID) -> Outcome:
        """As `search`, with an enrolled face of the permitted gallery as the probe; it is no candidate of itself."""
        self._galleries.check_fresh()
        permit = self._claim(decision_id, Operation.IDENTIFY_1_TO_N)
        outcome = self._begin(decision_id, permit)
        try:
            _check_probe(permit, [face_digest(face_id)])
            return self._look(permit, Seen(self._enrolled(permit, face_id), face=face_id), outcome)
        except (Refused, Stale) as reason:
            return self._refuse(permit, outcome, reason)

    def compare(self, decision_id: UUID, first: bytes, second: bytes, *, largest: bool = False) -> Outcome:
        """How close the faces of two pictures are. Nothing of either is kept. Raises as `search`."""
        permit = self._claim(decision_id, Operation.VERIFY_1_TO_1)
        outcome = self._begin(decision_id, permit)
        try:
            _check_digests(permit, [first, second])
            one = self._workers.read(first, gate="probe", largest=largest)
            outcome = replace(outcome, quality=(one.quality,))
            other = self._workers.read(second, gate="probe")
            outcome = replace(outcome, quality=(one.quality, other.quality))
            likeness = self._matcher.likeness(Seen(one, image=first), Seen(other, image=second))
            compared = replace(
                outcome,
                distance_micro=likeness.distance_micro,
                similarity_thousandths=likeness.similarity_thousandths,
                upstream_calls=likeness.calls,
            )
            return self._finish(permit, compared)
        except (Refused, WorkersUnavailable) as reason:
            return self._refuse(permit, outcome, reason)

    def enrol(self, decision_id: UUID, image: bytes, *, external_id: str, largest: bool = False) -> Outcome:
        """Adds the face to the permitted gallery, once for each picture and external id. Raises as `search`."""
        permit = self._claim(decision_id, Operation.ENROL_GALLERY)
        outcome = self._begin(decision_id, permit)
        try:
            _check_digests(permit, [image])
            if not EXTERNAL_ID.fullmatch(external_id):
                raise Refused(refusal("EXTERNAL_ID_INVALID"))  # noqa: TRY301 - recorded like every refusal
            keep_crop, enrolled_before = self._before(permit, image, external_id)
            if enrolled_before is not None:
                there = replace(outcome, face_id=enrolled_before)
                return self._refuse(permit, there, Refused(refusal("FACE_ENROLLED")))
            encoding = self._workers.read(image, gate="enrolment", crop=keep_crop, largest=largest)
            outcome = replace(outcome, quality=(encoding.quality,))
            enrolled = self._place(permit, outcome, Seen(encoding, image=image), external_id)
        except (Refused, WorkersUnavailable) as reason:
            return self._refuse(permit, outcome, reason)
        # So that a search which follows at once finds the new face without a wait.
        self._galleries.nudge()
        return enrolled

    def detect(self, image: bytes) -> Detection:
        """The faces of a picture, measured. None is encoded and nothing is kept, so there is no permit to claim."""
        try:
            return Detection(faces=self._workers.detect(image))
        except Refused as refused:
            return Detection(refusal=refused.reason)
        except WorkersUnavailable:
            return Detection(refusal=refusal("ENGINE_BUSY"))

    def crop(self, decision_id: UUID, face_id: UUID) -> bytes | None:
        """The picture of a face, JPEG, for those who examine that search now; None where there is none to see."""
        with self._database.transaction() as connection:
            gallery = store.reviewed_gallery(connection, decision_id)
            sealed = gallery and store.crop(connection, gallery, face_id)
            key = gallery and store.gallery_key(connection, gallery, self._master)
        if not (gallery and sealed and key):
            return None
        return sealing.open_crop(key, sealed, gallery=gallery, face=face_id)

    def _claim(self, decision_id: UUID, operation: Operation) -> Permit:
        with self._database.statement() as connection:
            return claims.claim(connection, decision_id, operation)

    def _begin(self, decision_id: UUID, permit: Permit) -> Outcome:
        return Outcome(decision_id=decision_id, operation=permit.operation, engine=self._facts)

    def _before(self, permit: Permit, image: bytes, external_id: str) -> tuple[bool, UUID | None]:
        """Whether the gallery keeps crops, and the face that it has of this picture under this external id."""
        with self._database.transaction() as connection:
            gallery = store.gallery(connection, _gallery(permit))
            if gallery is None:
                raise Refused(refusal("GALLERY_GONE"))
            key = store.gallery_key(connection, gallery.id, self._master)
            if key is None:
                return gallery.keep_crops, None
            picture = sealing.picture_digest(key, image)
            return gallery.keep_crops, store.face_of_picture(connection, gallery.id, external_id, picture)

    def _look(self, permit: Permit, seen: Seen, outcome: Outcome) -> Outcome:
        """The search itself and its end. An enrolled face that is searched with is no candidate of itself."""
        encoding = seen.encoding
        with self._database.statement() as connection:
            bearing = self._probes.catch_up(connection, permit.agency)
        wanted = permit if seen.face is None else replace(permit, max_candidates=permit.max_candidates + 1)
        try:
            looked = self._candidates(bearing, wanted, seen, replace(outcome, quality=(encoding.quality,)))
        except Refused as refused:
            raise Refused(refused.reason, encoding.quality) from refused
        if seen.face is not None:
            looked = _without(seen.face, looked, permit.max_candidates)
        usage = self._probes.measure(permit, encoding.template, of_staff=self._of_staff(bearing, encoding))
        kept = self._probes.seal(encoding.template, decision=outcome.decision_id)
        probe = claims.KeptProbe(permit=permit, pipeline=self._pipeline, template=kept)
        return self._finish(permit, replace(looked, case_usage=usage), probe=probe)

    def _enrolled(self, permit: Permit, face_id: UUID) -> Encoding:
        """A face of the permitted gallery as if it had just been read from its picture. Raises Refused."""
        gallery = _gallery(permit)
        with self._database.snapshot() as connection:  # the face is there or gone, however many statements ask
            found = store.face(connection, gallery, face_id)
            key = store.gallery_key(connection, gallery, self._master)
            if found is None or key is None or found.pipeline != self._facts.pipeline:
                raise Refused(refusal("FACE_GONE"))
            quality = store.quality(connection, face_id)
        template = sealing.open_template(key, found.template, gallery=gallery, face=face_id, pipeline=found.pipeline)
        return Encoding(template=on_grid(template), quality=quality, crop=None)

    def _candidates(self, bearing: Bearing, permit: Permit, seen: Seen, outcome: Outcome) -> Outcome:
        gallery: LoadedGallery | None = self._galleries.as_of(bearing.newest_change, _gallery(permit))
        if gallery is None:
            raise Refused(refusal("GALLERY_GONE"))
        faces = len(gallery.index)
        found = self._matcher.candidates(permit, gallery, seen)
        return replace(
            outcome,
            false_candidate=found.false_candidate,
            faces_searched=faces,
            proof=found.proof,
            faces_not_searched=len(gallery.other_pipelines) + len(gallery.unreadable),
            candidates=found.candidates,
            upstream_calls=found.calls,
        )

    def _of_staff(self, bearing: Bearing, encoding: Encoding) -> bool:
        """Whether the face is that of one of the agency's own people, as far as its galleries of staff can tell."""
        for gallery_id in bearing.staff:
            gallery = self._galleries.as_of(bearing.newest_change, gallery_id)
            if gallery and gallery.index.nearest(encoding.template, limit=1, furthest_micro=SAME_FACE_MICRO).hits:
                return True
        return False

    def _place(self, permit: Permit, outcome: Outcome, seen: Seen, external_id: str) -> Outcome:
        """The face gets its place with the matcher, and loses it again where the enrolment is not committed."""
        try:
            place = self._matcher.enrol(permit, seen)
        except Refused as refused:
            raise Refused(refused.reason) from refused  # the outcome has the quality already
        placed = replace(outcome, face_id=place.face_id, upstream_calls=place.calls)
        try:
            return self._finish_enrolment(permit, placed, seen, external_id)
        except BaseException:
            self._matcher.withdraw(permit, place.face_id)
            raise

    def _finish_enrolment(self, permit: Permit, outcome: Outcome, seen: Seen, external_id: str) -> Outcome:
        encoding, image = seen.encoding, seen.image or b""

        def add(connection: Connection) -> None:
            gallery, face = _gallery(permit), outcome.face_id
            key = store.gallery_key(connection, gallery, self._master, make=True)
            if key is None or face is None:
                raise Refused(refusal("GALLERY_GONE"))
            store.insert_face(
                connection,
                face=face,
                gallery_id=gallery,
                external_id=external_id,
                picture=sealing.picture_digest(key, image),
                template=sealing.seal_template(
                    key, encoding.template, gallery=gallery, face=face, pipeline=self._facts.pipeline
                ),
                crop=None
                if encoding.crop is None
                else sealing.seal_crop(key, encoding.crop, gallery=gallery, face=face),
                pipeline=self._facts.pipeline,
                quality=encoding.quality,
                decision_id=outcome.decision_id,
            )

        try:
            return self._finish(permit, outcome, beside=add, external_id=external_id)
        except psycopg.errors.ForeignKeyViolation as error:
            raise Refused(refusal("GALLERY_GONE")) from error
        except psycopg.errors.UniqueViolation as error:
            if error.diag.constraint_name != store.FACES_ONCE:
                raise
            raise Refused(refusal("FACE_ENROLLED")) from error

    def _finish(
        self,
        permit: Permit,
        outcome: Outcome,
        *,
        beside: Callable[[Connection], None] | None = None,
        probe: KeptProbe | None = None,
        external_id: str | None = None,
    ) -> Outcome:
        """The end of the permit with its entry, what is done beside it and the sealed probe, in one commit.

        What examiners must judge first is sealed in that commit, and the entry says its digest and nothing of it.
        """
        alone = beside is None and not permit.examined and self._log.knows(permit.scope)
        with self._database.statement() if alone else self._database.transaction() as connection:
            if beside:
                beside(connection)
            result, word = None, _word(outcome)
            if permit.examined and not outcome.refused:
                result, word = wire.seal(connection, self._log, outcome, scope=permit.scope), WITHHELD
            entry = _entry(permit, outcome, external_id=external_id, withheld=result and result[1])
            sealed = self._log.seal(connection, entry, now_ns=permit.now_ns())
            ending = claims.Ending(decision_id=outcome.decision_id, outcome=word, refused=outcome.refused, entry=sealed)
            claims.complete(connection, ending, probe)
            if result is not None:
                claims.withhold(connection, outcome.decision_id, *result)
        _log.info("recognition.outcome", decision_id=str(outcome.decision_id), outcome=word)
        return outcome

    def _refuse(self, permit: Permit, outcome: Outcome, reason: Refused | WorkersUnavailable | Stale) -> Outcome:
        if isinstance(reason, Refused):
            quality = outcome.quality if reason.quality is None else (*outcome.quality, reason.quality)
            refused = replace(outcome, refusal=reason.reason, quality=quality)
        else:
            code = "ENGINE_STALE" if isinstance(reason, Stale) else "ENGINE_BUSY"
            refused = replace(outcome, refusal=refusal(code))
        return self._finish(permit, refused)


class LocalEngine(Engine):
    """The engine that compares here, with the weights of face_recognition."""

    def __init__(
        self,
        *,
        database: Database,
        log: AuditLog,
        workers: Workers,
        galleries: Galleries,
        master: bytes,
        pipeline: str,
        calibration: Calibration = SHIPPED_CALIBRATION,
    ) -> None:
        super().__init__(
            database=database,
            log=log,
            workers=workers,
            galleries=galleries,
            master=master,
            pipeline=pipeline,
            matcher=LocalMatcher(calibration=calibration, pipeline=pipeline),
        )


def _check_digests(permit: Permit, images: list[bytes]) -> None:
    """What is looked at is what was decided about, byte for byte."""
    _check_probe(permit, [hashlib.sha256(image).digest() for image in images])


def _check_probe(permit: Permit, digests: list[bytes]) -> None:
    if digests != [bytes(digest) for digest in permit.probe_sha256]:
        raise Refused(refusal("PROBE_CHANGED"))


def _without(face_id: UUID, outcome: Outcome, limit: int) -> Outcome:
    others = [candidate for candidate in outcome.candidates if candidate.face_id != face_id][:limit]
    ranked = tuple(replace(candidate, rank=rank) for rank, candidate in enumerate(others, start=1))
    return replace(outcome, candidates=ranked)


def _gallery(permit: Permit) -> UUID:
    if permit.gallery is None:
        raise Refused(refusal("GALLERY_GONE"))
    return permit.gallery


def _word(outcome: Outcome) -> str:
    """What the permit's row says of its end."""
    if outcome.refusal is not None:
        return outcome.refusal.code
    if outcome.operation == Operation.IDENTIFY_1_TO_N:
        return "SEARCHED"  # whether anybody was found is for the release to say
    return "COMPARED" if outcome.operation == Operation.VERIFY_1_TO_1 else "ENROLLED"


def _entry(permit: Permit, outcome: Outcome, *, external_id: str | None, withheld: bytes | None) -> Entry:
    """The outcome as the log keeps it: that there was one in clear, who was found under the case's key.

    How many were found is said by the entry of the release. Of a withheld one the digest of its sealed bytes is all;
    the rest is disclosed when people have decided.
    """
    blind = {"probe": bytes(permit.probe_sha256[0]).hex()} if permit.probe_sha256 else {}
    clear: dict[str, Any] = {
        **{name: value for name, value in permit.clear.items() if name not in claims.FOR_THE_ENGINE},
        "decision_id": str(outcome.decision_id),
        "operation": outcome.operation,
        "outcome": _word(outcome),
        "refused": outcome.refusal.code if outcome.refusal else None,
        "engine": outcome.engine.document(),
        **({"upstream_calls": outcome.upstream_calls} if outcome.upstream_calls else {}),
    }
    if withheld is not None:
        clear |= {"outcome": WITHHELD, "withheld_sha256": hashlib.sha256(withheld).hexdigest()}
        searched = {
            "gallery": str(permit.gallery) if permit.gallery else None,
            "probe_sha256": [bytes(digest).hex() for digest in permit.probe_sha256],
        }
        return Entry(kind=EntryKind.OUTCOME, clear=clear, disclosed=searched, scope=permit.scope, blind=blind)
    disclosed: dict[str, Any] = {
        "gallery": str(permit.gallery) if permit.gallery else None,
        "probe_sha256": [bytes(digest).hex() for digest in permit.probe_sha256],
        "candidates": [candidate.document() for candidate in outcome.candidates],
        "false_candidate": asdict(outcome.false_candidate) if outcome.false_candidate else None,
        "quality": [quality.document() for quality in outcome.quality],
        "faces_searched": outcome.faces_searched,
        "faces_not_searched": outcome.faces_not_searched,
        "proof": outcome.proof,
    }
    if outcome.similarity_thousandths is not None:
        disclosed["comparison"] = {
            "similarity_thousandths": outcome.similarity_thousandths,
            "distance_micro": outcome.distance_micro,
        }
    if outcome.face_id is not None and not outcome.refused:
        disclosed["enrolled"] = {"face_id": str(outcome.face_id), "external_id": external_id}
    return Entry(kind=EntryKind.OUTCOME, clear=clear, disclosed=disclosed, scope=permit.scope, blind=blind)
