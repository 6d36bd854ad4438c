"""The bodies that governed operations take: closed, strict, each field one that policy or the engine reads."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from gateway.enforcement.request import GovernedRequest, Probe
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


class ProbeFacts(Body):
    """What is said of a probe; `alterations` lists every edit made to it."""

    kind: ProbeKind = ProbeKind.PHOTOGRAPH
    source: ProbeSource | None = None
    captured_at: Word | None = None
    alterations: tuple[Sentence, ...] = Field(default=(), max_length=32)
    substantively_altered: bool = False


class ProbeBody(ProbeFacts):
    image: str = Field(min_length=1, description="Base64 of one JPEG or PNG, at most 5 MiB.")


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
    on_behalf_of: Word | None = None
    written_request: bool = False

    def asked(self, operation: Operation, **fields: Any) -> GovernedRequest:
        declared = {"subject": self.subject.model_dump(), "written_request": self.written_request}
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


class EngineBody(Body):
    """A dry run may ask about another vendor's engine than the one this gateway has."""

    vendor: Literal["amazon_rekognition", "azure_face", "clearview", "neutral_engine"]
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
    premises: Literal["place_of_public_accommodation"] | None = None
    request_channel: Literal["UCJIS", "informal", "partner_agency"] | None = None

    def request(self) -> GovernedRequest:
        declared: dict[str, Any] = {
            name: value
            for name, value in {
                "result_use": self.result_use.model_dump(by_alias=True, exclude_none=True) if self.result_use else None,
                "engine": self.engine.model_dump(exclude_none=True) if self.engine else None,
                "place": self.place,
                "premises": self.premises,
                "request_channel": self.request_channel,
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
