"""Headers say what a call has no room for; one that is not known is refused, never lost."""

from __future__ import annotations

import pytest
from flask import Flask

from gateway.web.problems import Problem
from gateway.web.rekognition.story import Story, story


def told(**headers: str) -> Story:
    named = {f"x-writgate-{name.replace('_', '-')}": value for name, value in headers.items()}
    with Flask("x", static_folder=None).test_request_context("/", method="POST", headers=named):
        return story()


def test_each_header_is_a_field_of_the_native_request() -> None:
    said = told(
        purpose="locate_missing_person", case="2026-1", instrument="a/b", justification="seen at the terminal",
        offence="RCW 9A.32.030", suspicion="probable_cause", probe_source="cctv_still", probe_kind="video_frame",
        written_request="true", keep_crops="true", on_behalf_of="US-WA lakeport-pd",
    )  # fmt: skip
    assert (said.purpose, said.case_number, said.instrument) == ("locate_missing_person", "2026-1", "a/b")
    assert said.offence is not None
    assert (said.offence.statute, said.suspicion) == ("RCW 9A.32.030", "probable_cause")
    assert (said.probe.source, said.probe.kind) == ("cctv_still", "video_frame")
    assert (said.written_request, said.keep_crops) == (True, True)


def test_nothing_said_is_nothing_claimed() -> None:
    assert told() == Story()


@pytest.mark.parametrize(
    ("header", "value", "code"),
    [
        ("purpos", "x", "HEADER_UNKNOWN"),
        ("purpose", "curiosity", "BODY_INVALID"),
        ("case", "", "BODY_INVALID"),
        ("written_request", "yes", "BODY_INVALID"),
        ("probe_source", "a friend", "BODY_INVALID"),
    ],
)
def test_a_header_that_is_unknown_or_malformed_is_refused(header: str, value: str, code: str) -> None:
    with pytest.raises(Problem) as refused:
        told(**{header: value})
    assert refused.value.code == code
