"""What each refusal of the rooms below looks like to a caller: one table, one place."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final, cast

from flask import Flask, g, request

from gateway.audit.clock import ClockNotTrusted
from gateway.audit.errors import DisclosureUnreadable
from gateway.compliance.refusals import ActRefused
from gateway.database import DatabaseUnavailable
from gateway.enforcement import gateway_reasons
from gateway.enforcement.errors import (
    CropsNotInContract,
    EngineRefusal,
    GalleryExists,
    GalleryNotEmpty,
    GalleryNotInContract,
    GalleryNotInToken,
    GroupExists,
    NotYours,
    PersonRefused,
    ResultFrozen,
    Unavailable,
)
from gateway.enforcement.idempotency import IdempotencyInFlight, IdempotencyMismatch
from gateway.identity.errors import AuthenticationError, CallerSuspended, IdentityError, SignInError, StaleRevocations
from gateway.identity.issuers.errors import IssuerUnavailable
from gateway.policy.refusal import PolicyRefused
from gateway.registry.errors import RegistryError
from gateway.web import problems
from gateway.web.problems import Problem, answer, log_unavailable, not_found
from gateway.web.routes import services

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.enforcement.answers import Refused
    from gateway.refusal import Refusal


def denied(refused: Refused) -> Problem:
    """A denial is a value below and a problem here."""
    return Problem(
        status=403,
        code=refused.code,
        detail=refused.detail,
        remedy=refused.remedy,
        reasons=refused.reasons,
        obligations=refused.obligations,
        policy=refused.policy,
        receipt=refused.receipt,
    )


# Refusals that always say the same: status, code, sentence, what to do next.
_FIXED: Final[dict[type[Exception], tuple[int, str, str, str]]] = {
    DisclosureUnreadable: (
        410,
        "ERASED",
        "What is asked for was erased by order; only its entry on the log still stands.",
        "Ask the operator for the order; GET /v1/audit/erasures names it.",
    ),
    GalleryExists: (
        409,
        "GALLERY_EXISTS",
        "Your agency already has a gallery of that name.",
        "Use it, or choose another name.",
    ),
    GalleryNotInContract: (
        403,
        "GALLERY_NOT_IN_CONTRACT",
        "Your agency's contract allows no gallery of that name.",
        "Choose a name that the contract's gallery patterns allow, or ask for a change of the contract.",
    ),
    GalleryNotInToken: (
        403,
        "TOKEN_DOES_NOT_COVER",
        "The access token is bound to other galleries.",
        "Ask for a token whose authorization_details name the gallery.",
    ),
    GroupExists: (
        409,
        "GROUP_EXISTS",
        "The gallery has a group of faces of that name.",
        "Use it, or choose another name.",
    ),
    CropsNotInContract: (
        403,
        "CROPS_NOT_IN_CONTRACT",
        "Your agency's contract does not allow face crops to be kept.",
        "Create the gallery with keep_crops false, or ask for a change of the contract.",
    ),
    GalleryNotEmpty: (
        409,
        "GALLERY_NOT_EMPTY",
        "The gallery still holds faces.",
        "Delete its faces first, or add ?with_faces=true to delete them with it.",
    ),
    ResultFrozen: (
        403,
        "RESULT_FROZEN",
        "The result is frozen or deleted; nobody may see it any more.",
        "Apply to the court; a new search needs its order.",
    ),
    IdempotencyMismatch: (
        422,
        "IDEMPOTENCY_KEY_REUSED",
        "This Idempotency-Key was used for another request.",
        "Use a new key for a new request.",
    ),
    IdempotencyInFlight: (
        409,
        "IDEMPOTENCY_IN_FLIGHT",
        "The first request with this Idempotency-Key has not ended.",
        "Wait for it, then repeat with the same key to get its answer.",
    ),
}
_AGAIN: Final = {"Retry-After": "2"}


def _fixed(error: Exception) -> Problem:
    status, code, detail, remedy = _FIXED[type(error)]
    return Problem(status=status, code=code, detail=detail, remedy=remedy)


def _worded(error: Refusal, *, headers: Mapping[str, str] | None = None, **members: Any) -> Problem:
    """A refusal with its words, as it is answered; what is on the log owes what every denial owes."""
    if error.on_record:
        members["obligations"] = gateway_reasons.owed_on_record()
    return Problem(
        status=error.status,
        code=error.code,
        detail=error.sentence,
        remedy=error.remedy,
        headers=headers,
        **members,
    )


def _policy(error: PolicyRefused) -> Problem:
    """What was found in a draft comes twice: as `errors` for whoever shows those of any body, and whole."""
    found = [{"field": finding.place, "message": finding.sentence} for finding in error.findings[:50]]
    members = {"findings": [asdict(finding) for finding in error.findings]} if error.findings else {}
    return _worded(error, errors=found, headers=_AGAIN if error.code == "CHECK_RUNNING" else None, **members)


def _identity(error: IdentityError) -> Problem:
    headers = {"WWW-Authenticate": error.www_authenticate} if error.www_authenticate else {}
    if isinstance(error, StaleRevocations | IssuerUnavailable):
        headers |= _AGAIN
    return _worded(error, headers=headers)


def _suspended(error: CallerSuspended) -> Problem:
    """A suspended caller's attempt is written down before it is refused."""
    g.caller = error.caller
    try:
        refused = services().gate.refuse_suspended(
            error.caller, code=error.code, decision_id=g.decision_id, route=str(request.url_rule)
        )
    except DatabaseUnavailable:  # no other handler is asked about what a handler raises
        return log_unavailable()
    problem = denied(refused)
    if error.www_authenticate:
        problem.headers["WWW-Authenticate"] = error.www_authenticate
    return problem


def _not_yours(_: NotYours) -> Problem:
    return not_found()


def _engine(error: EngineRefusal) -> Problem:
    problem = _worded(error, quality=dict(error.quality))
    if error.face_id is not None:
        problem.members["face_id"] = str(error.face_id)
    return problem


def _unavailable(error: Unavailable | ClockNotTrusted) -> Problem:
    return _worded(error, headers=_AGAIN)


_HANDLERS: Final[dict[type[Exception], Any]] = {
    AuthenticationError: _identity,
    CallerSuspended: _suspended,
    ClockNotTrusted: _unavailable,
    EngineRefusal: _engine,
    NotYours: _not_yours,
    PersonRefused: _worded,
    PolicyRefused: _policy,
    RegistryError: _worded,
    ActRefused: _worded,
    SignInError: _identity,
    IssuerUnavailable: _identity,
    StaleRevocations: _identity,
    Unavailable: _unavailable,
    **dict.fromkeys(_FIXED, _fixed),
}


def problem_of(error: Exception) -> Problem:
    """What an error says to a caller, whatever raised it."""
    if isinstance(error, Problem):
        return error
    known = next((kind for kind in type(error).__mro__ if kind in _HANDLERS), None)
    return problems.other(error) if known is None else cast("Problem", _HANDLERS[known](error))


def install(app: Flask) -> None:
    for kind in _HANDLERS:
        app.register_error_handler(kind, lambda error: answer(problem_of(error)))
