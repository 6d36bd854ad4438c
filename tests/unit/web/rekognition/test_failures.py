"""Refusals by the names that Amazon's model has for them; none of policy is one that an SDK tries again."""

from __future__ import annotations

import pytest
from rekognition_house import MODEL

from gateway.clock import uuid7
from gateway.web.problems import Problem
from gateway.web.rekognition.failures import _BY_CODE, _BY_STATUS, INVALID, failed, kind_of

# Errors that every AWS service may give, and are in no service's model.
COMMON = {
    "ExpiredTokenException",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "SerializationException",
    "UnknownOperationException",
    "UnrecognizedClientException",
}


def problem(status: int, code: str = "ANY") -> Problem:
    return Problem(status=status, code=code, detail="It is so.", remedy="Do otherwise.")


def test_every_name_is_one_of_the_model_or_common_to_all_services() -> None:
    modelled = {shape.name for shape in MODEL.error_shapes}
    assert {*_BY_CODE.values(), *_BY_STATUS.values(), INVALID} <= modelled | COMMON


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (403, "WARRANT_REQUIRED", "AccessDeniedException"),
        (403, "SCOPE_MISSING", "AccessDeniedException"),
        (401, "TOKEN_REVOKED", "UnrecognizedClientException"),
        (404, "NOT_FOUND", "ResourceNotFoundException"),
        (409, "GALLERY_EXISTS", "ResourceAlreadyExistsException"),
        (422, "PROBE_NO_FACE", "InvalidParameterException"),
        (413, "IMAGE_TOO_LARGE", "ImageTooLargeException"),
        (429, "RATE_LIMITED", "ThrottlingException"),
        (503, "LOG_UNAVAILABLE", "InternalServerError"),
        (500, "INTERNAL_ERROR", "InternalServerError"),
    ],
)
def test_a_problem_has_its_name(status: int, code: str, kind: str) -> None:
    assert kind_of(problem(status, code)) == kind


def test_only_a_rate_limit_here_or_at_the_engine_behind_is_throttling() -> None:
    throttled = {code for code, kind in _BY_CODE.items() if kind == "ThrottlingException"}
    assert throttled == {"RATE_LIMITED", "UPSTREAM_BUSY"}
    assert "ThrottlingException" not in _BY_STATUS.values()


def test_the_message_begins_with_the_code_and_ends_with_the_decision() -> None:
    from flask import Flask, g  # noqa: PLC0415 - a context for this test alone

    app = Flask("x", static_folder=None)
    with app.test_request_context("/", method="POST"):
        g.decision_id = uuid7()
        response = failed(problem(403, "WARRANT_REQUIRED"))
        assert response.json is None  # its type is Amazon's
        assert response.status_code == 400
        assert response.get_data(as_text=True) == (
            '{"__type":"AccessDeniedException","Message":"WARRANT_REQUIRED: It is so. Do otherwise. '
            f'[decision {g.decision_id}]"}}'
        )
        assert response.headers["x-writgate-decision-id"] == str(g.decision_id)
        assert failed(problem(503)).status_code == 500
