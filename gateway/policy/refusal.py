"""A refusal in the life of a policy revision, with its words: a code, a sentence, what to do next, and findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.policy.findings import Finding


class PolicyRefused(Refusal):
    """The act cannot be; `findings` say what is wrong with a draft."""

    def __init__(self, *, status: int, code: str, sentence: str, remedy: str, findings: Sequence[Finding] = ()) -> None:
        super().__init__(code=code, sentence=sentence, remedy=remedy, status=status)
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
