"""What was asked, as the rooms below the edge see it: validated, typed, and without the token that asked."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from gateway.audit.entries import case_of
from gateway.recognition.models import face_digest
from gateway.vocabulary import Mode, Operation, Suspicion

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from gateway.identity.caller import FaceSearchAuthorization


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """The picture or pictures searched or compared with, and what the caller says of them."""

    images: tuple[bytes, ...] = ()
    kind: str = "photograph"
    source: str | None = None
    captured_at: str | None = None
    alterations: tuple[str, ...] = ()
    substantively_altered: bool | None = None
    face: UUID | None = None
    """An enrolled face of the gallery that is searched with, in the place of a picture."""
    sha256: tuple[bytes, ...] = field(init=False)
    """Digests of the original bytes, one for each image, or that of the enrolled face."""

    def __post_init__(self) -> None:
        of_face = () if self.face is None else (face_digest(self.face),)
        of_images = tuple(hashlib.sha256(image).digest() for image in self.images)
        object.__setattr__(self, "sha256", of_face or of_images)


@dataclass(frozen=True, slots=True, kw_only=True)
class GovernedRequest:
    """One question to policy. `declared` holds what only the caller can know (subject, result_use, consent…).

    `proceeding_ns` is when a result is to be used in court.
    """

    operation: Operation
    purpose: str | None
    mode: Mode = Mode.STILL_IMAGE
    case_number: str | None = None
    justification: str | None = None
    statute: str | None = None
    suspicion: str | None = None
    gallery: str | None = None
    instrument: str | None = None
    exigency: str | None = None
    on_behalf_of: str | None = None
    min_similarity: float | None = None
    max_candidates: int | None = None
    external_id: str | None = None
    proceeding_ns: int | None = None
    probe: Probe | None = None
    declared: Mapping[str, Any] = field(default_factory=dict)
    dry_run: bool = False
    largest_face: bool = False
    """The largest face of a picture is meant, where several are of similar size."""
    raises_floor: bool = False
    """`min_similarity` may raise the contract's floor; asking for less gives the floor."""
    within: FaceSearchAuthorization | None = None
    """The authorization of the token that the request was found to lie in."""

    @property
    def purpose_story(self) -> str:
        """What a later request must repeat after a refusal for a missing paper: purpose and offence."""
        return "\x1f".join((self.purpose or "", self.statute or ""))

    @property
    def story(self) -> str:
        """What a later request must repeat after a refusal of the search itself: the case as well."""
        return "\x1f".join((self.purpose_story, case_of(None, self.case_number or "")))


def _said(request: GovernedRequest, detail: FaceSearchAuthorization) -> dict[str, str]:
    """What the token says for a request that does not say it itself."""
    said = {
        "justification": (request.justification, detail.justification),
        "statute": (request.statute, detail.offence),
        "suspicion": (None if request.suspicion == Suspicion.NONE else request.suspicion, detail.suspicion),
    }
    return {name: bound for name, (asked, bound) in said.items() if asked is None and bound is not None}


def narrowed(request: GovernedRequest, details: tuple[FaceSearchAuthorization, ...]) -> GovernedRequest | None:
    """The request with what its token says filled in, or None where it asks for more than the token covers (RFC 9396).

    A token without details covers what its scopes cover. With details, one of them must agree with every field that the
    request states; a field it leaves open is taken from the token.
    """
    if not details:
        return request
    for detail in details:
        stated = {
            "purpose": (request.purpose, detail.purpose),
            "case_number": (request.case_number, detail.case_number),
            "instrument": (request.instrument, detail.instrument),
        }
        if any(asked is not None and bound is not None and asked != bound for asked, bound in stated.values()):
            continue
        galleries = detail.galleries
        if galleries is not None and request.gallery is not None and request.gallery not in galleries:
            continue
        filled = {name: bound for name, (asked, bound) in stated.items() if asked is None and bound is not None}
        if request.gallery is None and galleries is not None and len(galleries) == 1:
            filled["gallery"] = galleries[0]
        filled |= _said(request, detail)
        return replace(request, within=detail, **filled)  # type: ignore[arg-type]  # the names are fields of the dataclass
    return None


def reached(request: GovernedRequest, details: tuple[FaceSearchAuthorization, ...]) -> bool:
    """Whether what was asked before, with all that its own token said, is another token's to see and to use.

    What was asked of no case or paper lies in no token that is bound to one; but a comparison, or a use, is of no
    gallery, and shows nothing of any.
    """
    return not details or any(
        (detail if request.gallery is not None else replace(detail, galleries=None)).covers(
            purpose=request.purpose,
            case_number=request.case_number,
            instrument=request.instrument,
            gallery=request.gallery,
        )
        for detail in details
    )
