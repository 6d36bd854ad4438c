"""How much of a story a decision remembers, so that the same face or case is known when it comes under another one.

Who was refused for want of a paper may bring it, under whatever case number; who then comes with another purpose tells
another story. Who was refused for what the search itself is for may not come back with another case either. A refusal
that says nothing about the story (a quota, a suspension, an engine that failed) remembers nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gateway.enforcement.facts import Blinds
    from gateway.policy.decision import Decision

_SAYS_NOTHING: Final = frozenset(
    """
    AGENCY_SUSPENDED APPROVAL_REQUIRED CLIENT_SUSPENDED CONTRACT_NOT_IN_FORCE ENGINE_ERROR
    ENGINE_NOT_CALIBRATED FACTS_CHANGED GALLERY_NOT_FOUND GALLERY_WITHOUT_CROPS ISSUER_SUSPENDED
    OBLIGATION_UNENFORCEABLE OPERATOR_NOT_TRAINED PRIOR_DENIAL_OTHER_STORY QUOTA_EXHAUSTED TOKEN_DOES_NOT_COVER
    TOKEN_EXHAUSTED TOKEN_REVOKED USER_SUSPENDED
    """.split()  # noqa: SIM905 - read as a list of words, not of quotation marks
)
_PAPER_MISSING: Final = frozenset(
    """
    CASE_ID_MISSING CONTRACT_DEMANDS_INSTRUMENT COURT_ORDER_REQUIRED GALLERY_NOT_IN_CONTRACT INSTRUMENT_EXHAUSTED
    INSTRUMENT_EXPIRED INSTRUMENT_GALLERY_MISMATCH INSTRUMENT_MODE_MISMATCH INSTRUMENT_NOT_FOUND
    INSTRUMENT_NOT_YET_VALID INSTRUMENT_OPERATION_MISMATCH INSTRUMENT_PLACE_MISMATCH INSTRUMENT_PROBE_MISMATCH
    INSTRUMENT_PURPOSE_MISMATCH INSTRUMENT_SCOPE_MISMATCH INSTRUMENT_SUBJECT_MISMATCH INSTRUMENT_UNVERIFIED
    JUSTIFICATION_MISSING JUSTIFICATION_TOO_VAGUE SECOND_VERIFIER_REQUIRED SIMILARITY_BELOW_FLOOR USER_NOT_AUTHENTICATED
    WARRANT_REQUIRED WARRANT_REQUIRED_REALTIME WARRANT_REQUIRED_TRACKING WRITTEN_REQUEST_REQUIRED
    """.split()  # noqa: SIM905 - as above
)


def told(decision: Decision) -> set[str]:
    """The codes of a denial that say something about what was asked, not only about who asked, or when."""
    return set(decision.codes) - _SAYS_NOTHING


def says_nothing(decision: Decision) -> bool:
    return not told(decision)


def remembered(decision: Decision, digests: Blinds) -> bytes | None:
    """The digest that a later request's story is compared with; None where nothing is remembered."""
    codes = set(decision.codes)
    if codes <= _SAYS_NOTHING:
        return None
    return digests.purpose_story if codes <= _SAYS_NOTHING | _PAPER_MISSING else digests.story
