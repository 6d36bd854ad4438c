"""A refusal in the life of a policy revision, with its words: a code, a sentence, what to do next, and findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.policy.findings import Finding


class PolicyRefused(Exception):  # noqa: N818 - a refusal with its words
    """The act cannot be. `status` is the HTTP status that the edge answers with."""

    def __init__(self, *, status: int, code: str, sentence: str, remedy: str, findings: Sequence[Finding] = ()) -> None:
        super().__init__(f"{code}: {sentence}")
        self.status = status
        self.code = code
        self.sentence = sentence
        self.remedy = remedy
        self.findings = list(findings)


def no_draft() -> PolicyRefused:
    return PolicyRefused(
        status=404,
        code="NOT_FOUND",
        sentence="There is no draft of that id.",
        remedy="GET /v1/policies/drafts lists them.",
    )


def no_revision() -> PolicyRefused:
    return PolicyRefused(
        status=404,
        code="NOT_FOUND",
        sentence="There is no such revision.",
        remedy="GET /v1/policies/revisions lists them.",
    )


def wrong_state(state: str, wanted: str, remedy: str) -> PolicyRefused:
    return PolicyRefused(
        status=409,
        code="DRAFT_STATE",
        sentence=f"The draft is {state}; this needs one that is {wanted}.",
        remedy=remedy,
    )
