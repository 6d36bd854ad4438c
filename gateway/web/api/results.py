"""What a search and a comparison answer when they are completed, for the description of the API."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field


class FalseCandidate(BaseModel):
    """How likely a search among as many faces for somebody who is not enrolled gives a candidate at least as near."""

    probability: float = Field(ge=0, le=1)
    bound: float = Field(ge=0, le=1, description="The upper end of the 95 % interval of what was measured.")


class Engine(BaseModel):
    """Whose engine answered, and what its similarities come from."""

    vendor: str
    name: str
    version: str
    pipeline: str
    calibration: str = Field(
        description="Digest of the calibration, `sha256:…`; `uncalibrated:…` where nothing was measured."
    )
    calibrated: bool


class Candidate(BaseModel):
    face_id: str
    external_id: str
    similarity: float = Field(ge=0, le=100)
    distance: float | None = Field(description="Null where the engine tells none.")
    rank: int = Field(ge=1)
    false_candidate: FalseCandidate | None = Field(description="Null where the engine is not calibrated.")


class Completed(BaseModel):
    id: str
    decision_id: str
    status: Literal["completed"]
    min_similarity: float
    reasons: list[dict[str, Any]]
    obligations: list[dict[str, Any]]
    notice: str
    quality: list[dict[str, Any]]
    engine: Engine
    policy: dict[str, Any]
    receipt: str


class SearchResult(Completed):
    candidates: list[Candidate]
    false_candidate: FalseCandidate | None = Field(
        description="Of any candidate at the floor in force. Null where the engine is not calibrated."
    )
    faces_searched: int


class ComparisonResult(Completed):
    similarity: float | None
    above_floor: bool
