"""The bodies that governed operations take: closed, strict, each field one that policy or the engine reads."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any, Literal
from uuid import UUID  # noqa: TC003 - pydantic reads it when the class is made

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from gateway.enforcement.request import GovernedRequest, Probe
from gateway.registry.words import Line, TimeNs  # noqa: TC001 - pydantic reads it when the class is made
from gateway.vocabulary import (
    Mode,
    Operation,
    ProbeKind,
    ProbeSource,
    ProhibitedUse,
    Purpose,
    ResultUse,
    SelectedBecauseOf,
    Suspicion,
)
from gateway.web.problems import Problem

MAX_IMAGE_BYTES = 5 * 1024 * 1024

Word = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._:/§()\-]*$")]
Sentence = Annotated[str, StringConstraints(min_length=1, max_length=4000, pattern=r"^[^\x00]*$")]
Similarity = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_enum_values=True)


class OffenceBody(Body):
    """Named by statute; its class, penalty and list membership are looked up, never taken from the caller."""

    statute: Word


class SubjectBody(Body):
    selected_because_of: SelectedBecauseOf | None = None
    activity: Literal["protest", "speech", "worship", "assembly", "lawful_event"] | None = None
    intended_target: bool = True
    known_suspect: bool | None = None
    specifically_targeted: bool | None = None
    wanted: bool | None = None
    identity: Line | None = Field(
        default=None, description="Whom the search is about, as the instrument names them; it must agree."
    )


class ProbeFacts(Body):
    """What is said of a probe; `alterations` lists every edit made to it."""

    kind: ProbeKind = ProbeKind.PHOTOGRAPH
    source: ProbeSource | None = None
    captured_at: Word | None = None
    alterations: tuple[Sentence, ...] = Field(default=(), max_length=32)
    substantively_altered: bool = False


class ProbeBody(ProbeFacts):
    image: str = Field(min_length=1, description="Base64 of one JPEG or PNG, at most 5 MiB.")


class ConsentBody(Body):
    """What the person in the picture agreed to, on paper."""

    written: bool | None = None
    written_notice: bool | None = None
    written_release: bool | None = None


class Common(Body):
    purpose: Purpose | ProhibitedUse | None = None
    offence: OffenceBody | None = None
    suspicion: Suspicion = Suspicion.NONE
    case_number: Word | None = None
    justification: Sentence | None = None
    instrument: Word | None = None
    exigency: Word | None = None
    mode: Mode = Mode.STILL_IMAGE
    subject: SubjectBody = SubjectBody()
    area: Line | None = Field(
        default=None, description="What place the search is about, as the instrument names it; it must agree."
    )
    on_behalf_of: Word | None = None
    written_request: bool = False
    consent: ConsentBody | None = None
    alternative_offered: bool | None = Field(default=None, description="Another way than the face was offered.")
    last_interaction: TimeNs | None = Field(
        default=None, description="When the person last dealt with whoever keeps the template, RFC 3339."
    )

    def asked(self, operation: Operation, **fields: Any) -> GovernedRequest:
        declared = {"subject": self.subject.model_dump(), "written_request": self.written_request}
        if self.area is not None:
            declared["area"] = self.area
        if self.consent is not None:
            declared["consent"] = self.consent.model_dump()
        if self.alternative_offered is not None:
            declared["alternative_offered"] = self.alternative_offered
        if self.last_interaction is not None:
            declared["clock"] = {"last_interaction": self.last_interaction}
        declared.update(fields.pop("declared", {}))
        return GovernedRequest(
            operation=operation,
            purpose=self.purpose,
            mode=Mode(self.mode),
            case_number=self.case_number,
            justification=self.justification,
            statute=self.offence.statute if self.offence else None,
            suspicion=self.suspicion,
            instrument=self.instrument,
            exigency=self.exigency,
            on_behalf_of=self.on_behalf_of,
            declared=declared,
            **fields,
        )


class SearchBody(Common):
    gallery: Word | None = None
    probe: ProbeBody
    max_candidates: int = Field(default=10, ge=1, le=100)
    min_similarity: Similarity | None = None

    def request(self) -> GovernedRequest:
        return self.asked(
            Operation.IDENTIFY_1_TO_N,
            gallery=self.gallery,
            probe=probe_of(self.probe, image_bytes(self.probe.image, "probe.image")),
            max_candidates=self.max_candidates,
            min_similarity=self.min_similarity,
        )


class ComparisonBody(Common):
    probe: ProbeBody
    reference: str = Field(min_length=1, description="Base64 of the picture to compare the probe with.")
    min_similarity: Similarity | None = None

    def request(self) -> GovernedRequest:
        images = (image_bytes(self.probe.image, "probe.image"), image_bytes(self.reference, "reference"))
        return self.asked(
            Operation.VERIFY_1_TO_1,
            probe=probe_of(self.probe, *images),
            max_candidates=1,
            min_similarity=self.min_similarity,
        )


class EnrolBody(Common):
    image: str = Field(min_length=1, description="Base64 of one JPEG or PNG with exactly one face.")
    external_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.\-:]{1,255}$")]
    source: ProbeSource | None = None

    def request(self, gallery: str) -> GovernedRequest:
        probe = Probe(images=(image_bytes(self.image, "image"),), source=self.source, substantively_altered=False)
        return self.asked(Operation.ENROL_GALLERY, gallery=gallery, probe=probe, external_id=self.external_id)


class ResultUseBody(Body):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_enum_values=True, populate_by_name=True)

    for_: ResultUse = Field(alias="for")
    other_evidence: bool = False
    other_evidence_independent: bool | None = None
    other_evidence_kind: Word | None = None


class NecessityBody(Body):
    develop_leads: bool


class AssessmentBody(Body):
    solely_profiling: bool


class EngineBody(Body):
    """A dry run may ask about another vendor's engine than the one this gateway has."""

    vendor: Literal[
        "amazon_rekognition",
        "azure_face",
        "clearview",
        "commercial_scraped_gallery",
        "fbi_ngi",
        "maine_bmv",
        "neutral_engine",
        "rmv_or_msp",
        "utah_dps",
    ]
    feature: Literal["face_comparison"] | None = None


class DecisionBody(Common):
    """Asks what policy would say. Nothing is searched; the question is an entry like any other."""

    operation: Operation
    gallery: Word | None = None
    probe: ProbeFacts = ProbeFacts()
    max_candidates: int | None = Field(default=None, ge=1, le=100)
    min_similarity: Similarity | None = None
    result_use: ResultUseBody | None = None
    engine: EngineBody | None = None
    place: Literal["publicly_accessible_space"] | None = None
    premises: (
        Literal[
            "place_of_public_accommodation",
            "employees_only_area",
            "private_club",
            "private_office",
            "private_residence",
            "secure_area",
        ]
        | None
    ) = None
    request_channel: Literal["UCJIS", "informal", "partner_agency"] | None = None
    necessity: NecessityBody | None = Field(default=None, description="Why a live search is necessary (Colorado).")
    assessment: AssessmentBody | None = Field(default=None, description="What a score of a person would rest on.")
    solicited: bool | None = Field(default=None, description="Whether a result that came in had been asked for.")
    violation_detected: TimeNs | None = Field(
        default=None, description="For an incident's report: when the violation was found, RFC 3339."
    )
    search: UUID | None = Field(
        default=None, description="Of a use or a release: the search of your agency whose result it is about."
    )

    def request(self) -> GovernedRequest:
        clock = {
            name: value
            for name, value in {
                "last_interaction": self.last_interaction,
                "violation_detected_at": self.violation_detected,
            }.items()
            if value is not None
        }
        declared: dict[str, Any] = {
            name: value
            for name, value in {
                "result_use": self.result_use.model_dump(by_alias=True, exclude_none=True) if self.result_use else None,
                "engine": self.engine.model_dump(exclude_none=True) if self.engine else None,
                "place": self.place,
                "premises": self.premises,
                "request_channel": self.request_channel,
                "necessity": self.necessity.model_dump() if self.necessity else None,
                "assessment": self.assessment.model_dump() if self.assessment else None,
                "solicited": self.solicited,
                "clock": clock or None,
            }.items()
            if value is not None
        }
        return self.asked(
            Operation(self.operation),
            gallery=self.gallery,
            probe=probe_of(self.probe),
            max_candidates=self.max_candidates,
            min_similarity=self.min_similarity,
            declared=declared,
            dry_run=True,
        )


def probe_of(body: ProbeFacts, *images: bytes) -> Probe:
    return Probe(
        images=images,
        kind=body.kind,
        source=body.source,
        captured_at=body.captured_at,
        alterations=body.alterations,
        substantively_altered=body.substantively_altered,
    )


def image_bytes(encoded: str, field: str) -> bytes:
    try:
        image = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise Problem(
            status=422,
            code="IMAGE_BASE64",
            detail="The picture is not valid base64.",
            remedy="Send the bytes of the file in standard base64, without line breaks or a data: prefix.",
            errors=[{"field": field, "message": "not valid base64"}],
        ) from None
    if len(image) > MAX_IMAGE_BYTES:
        raise Problem(
            status=413,
            code="IMAGE_TOO_LARGE",
            detail="The picture is larger than 5 MiB.",
            remedy="Send one JPEG or PNG of at most 5 MiB.",
            errors=[{"field": field, "message": "larger than 5 MiB"}],
        )
    return image
