"""A refusal as an AWS SDK reads it: a typed error, with our code, sentence, remedy and decision id in its message.

No refusal of policy is an error that an SDK tries again; only a rate limit is ThrottlingException.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from flask import Response, g

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from gateway.web.problems import Problem

MEDIA_TYPE: Final = "application/x-amz-json-1.1"
INTERNAL: Final = "InternalServerError"
DENIED: Final = "AccessDeniedException"
INVALID: Final = "InvalidParameterException"
NOT_OFFERED: Final = "OPERATION_NOT_OFFERED"

# By code, where the status alone does not tell.
_BY_CODE: Final = {
    "TOKEN_MISSING": "MissingAuthenticationTokenException",
    "TOKEN_EXPIRED": "ExpiredTokenException",
    "SIGNATURE_INVALID": "InvalidSignatureException",
    "RATE_LIMITED": "ThrottlingException",
    "IMAGE_TOO_LARGE": "ImageTooLargeException",
    "IMAGE_TOO_MANY_PIXELS": "ImageTooLargeException",
    "BODY_TOO_LARGE": "ImageTooLargeException",
    "IMAGE_FORMAT": "InvalidImageFormatException",
    "IMAGE_DAMAGED": "InvalidImageFormatException",
    "IMAGE_TRUNCATED": "InvalidImageFormatException",
    "IMAGE_ANIMATED": "InvalidImageFormatException",
    "IMAGE_DEPTH": "InvalidImageFormatException",
    "S3_NOT_OFFERED": "InvalidS3ObjectException",
    "GALLERY_EXISTS": "ResourceAlreadyExistsException",
    "GROUP_EXISTS": "ConflictException",
    "PAGINATION_TOKEN": "InvalidPaginationTokenException",
    "REQUEST_TOKEN_REUSED": "IdempotentParameterMismatchException",
    "JSON_MALFORMED": "SerializationException",
    "CONTENT_TYPE": "SerializationException",
    "OPERATION_UNKNOWN": "UnknownOperationException",
    "IDEMPOTENCY_IN_FLIGHT": INTERNAL,  # so that the SDK asks again
    "ENGINE_BUSY": INTERNAL,
    "ENGINE_STALE": INTERNAL,
    "UPSTREAM_BUSY": "ThrottlingException",
    "UPSTREAM_UNREACHABLE": INTERNAL,
    "UPSTREAM_REFUSED": INTERNAL,
    "UPSTREAM_MALFORMED": INTERNAL,
}
_BY_STATUS: Final = {401: "UnrecognizedClientException", 403: DENIED, 404: "ResourceNotFoundException"}


def kind_of(problem: Problem) -> str:
    """The name of the error, as Amazon's service model or its common errors have it."""
    if problem.code in _BY_CODE:
        return _BY_CODE[problem.code]
    return INTERNAL if problem.status >= 500 else _BY_STATUS.get(problem.status, INVALID)  # noqa: PLR2004 - RFC 9110


def failed(problem: Problem) -> Response:
    kind, document = kind_of(problem), problem.document()
    errors = "".join(f" {error['field'] or 'members'}: {error['message']}." for error in problem.errors)
    said = f"{problem.code}: {problem.detail}{errors} {problem.remedy}"
    body = {"__type": kind, "Message": f"{said} [decision {document['decision_id']}]"}
    g.problem_code = problem.code
    return respond(body, document, status=500 if kind == INTERNAL else 400, headers=problem.headers)


def respond(
    body: Mapping[str, Any], about: Mapping[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """`about` is what the native API would have answered: decision, obligations, notice and receipt go into headers."""
    response = Response(json.dumps(body, separators=(",", ":")), status=status, mimetype=MEDIA_TYPE, headers=headers)
    response.headers["Cache-Control"] = "no-store"
    response.headers["x-amzn-RequestId"] = str(g.decision_id)
    response.headers["x-writgate-decision-id"] = str(about.get("decision_id") or g.decision_id)
    if about.get("obligations"):
        codes = dict.fromkeys(obligation["code"] for obligation in about["obligations"])
        response.headers["x-writgate-obligations"] = ", ".join(codes)
    for name in ("notice", "receipt"):
        if about.get(name):
            response.headers[f"x-writgate-{name}"] = about[name]
    return response
