"""A request may narrow its token and never widen it (RFC 9396)."""

from __future__ import annotations

import dataclasses
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.enforcement.request import GovernedRequest, Probe, narrowed
from gateway.identity.caller import FaceSearchAuthorization
from gateway.vocabulary import Operation

few = st.one_of(st.none(), st.sampled_from(["a", "b"]))
galleries = st.one_of(st.none(), st.lists(st.sampled_from(["g", "h"]), max_size=2, unique=True).map(tuple))
requests = st.builds(
    GovernedRequest,
    operation=st.sampled_from(Operation),
    purpose=few,
    case_number=few,
    instrument=few,
    gallery=st.one_of(st.none(), st.sampled_from(["g", "h"])),
    exigency=few,
    on_behalf_of=few,
    max_candidates=st.one_of(st.none(), st.integers(1, 9)),
)
details = st.lists(
    st.builds(FaceSearchAuthorization, purpose=few, case_number=few, instrument=few, galleries=galleries), max_size=3
).map(tuple)

BOUND = ("purpose", "case_number", "instrument", "gallery")


def fields(request: GovernedRequest) -> dict[str, Any]:
    return {field.name: getattr(request, field.name) for field in dataclasses.fields(request)}


@given(requests, details)
def test_what_comes_out_lies_within_one_authorization_of_the_token(
    request: GovernedRequest, bound: tuple[FaceSearchAuthorization, ...]
) -> None:
    within = narrowed(request, bound)
    if within is None:
        return
    assert not bound or any(
        detail.covers(
            purpose=within.purpose, case_number=within.case_number, instrument=within.instrument, gallery=within.gallery
        )
        # With more than one gallery to choose from the gate does not choose, and a search of none finds nothing.
        or (within.gallery is None and detail.galleries is not None and len(detail.galleries) != 1)
        for detail in bound
    )


@given(requests, details)
def test_nothing_that_was_asked_is_changed_and_only_open_fields_are_filled(
    request: GovernedRequest, bound: tuple[FaceSearchAuthorization, ...]
) -> None:
    within = narrowed(request, bound)
    if within is None:
        return
    before, after = fields(request), fields(within)
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {*BOUND, "within"}
    assert all(before[name] is None for name in changed)
    assert within.within is None if not bound else within.within in bound


@given(requests, details)
def test_a_request_inside_one_authorization_is_never_refused(
    request: GovernedRequest, bound: tuple[FaceSearchAuthorization, ...]
) -> None:
    asked = {name: getattr(request, name) for name in BOUND}
    if not bound or any(detail.covers(**asked) for detail in bound):
        assert narrowed(request, bound) is not None


@given(requests)
def test_a_token_without_authorizations_leaves_the_request_as_it_is(request: GovernedRequest) -> None:
    assert narrowed(request, ()) is request


def test_a_second_story_differs_in_purpose_offence_or_case() -> None:
    first = GovernedRequest(operation=Operation.IDENTIFY_1_TO_N, purpose="p", statute="s", case_number="c")
    for change in ({"purpose": "q"}, {"statute": "t"}, {"case_number": "d"}, {"statute": None, "case_number": "sc"}):
        assert dataclasses.replace(first, **change).story != first.story
    assert dataclasses.replace(first, case_number="d").purpose_story == first.purpose_story
    assert dataclasses.replace(first, justification="other words").story == first.story


def test_a_probe_is_known_by_its_original_bytes() -> None:
    assert [digest.hex()[:8] for digest in Probe(images=(b"", b"abc")).sha256] == ["e3b0c442", "ba7816bf"]


def test_what_the_token_says_is_said_for_a_request_that_leaves_it_open() -> None:
    detail = FaceSearchAuthorization(
        case_number="1", justification="seen at the terminal", offence="RCW 9A.32.030", suspicion="probable_cause"
    )
    silent = GovernedRequest(operation=Operation.IDENTIFY_1_TO_N, purpose=None, suspicion="none")
    filled = narrowed(silent, (detail,))
    assert filled is not None
    assert (filled.justification, filled.statute, filled.suspicion) == (
        "seen at the terminal", "RCW 9A.32.030", "probable_cause",
    )  # fmt: skip
    own = dataclasses.replace(silent, justification="another", statute="RCW 1", suspicion="fair_probability")
    kept = narrowed(own, (detail,))
    assert kept is not None
    assert (kept.justification, kept.statute, kept.suspicion) == ("another", "RCW 1", "fair_probability")
