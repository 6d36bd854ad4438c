"""What each refusal of the rooms below looks like to a caller: one table, one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Flask, Response, g, request

from gateway.compliance.sanctions import SanctionRefused
from gateway.enforcement.errors import (
    EngineRefusal,
    GalleryExists,
    GalleryNotEmpty,
    NotYours,
    Unavailable,
)
from gateway.enforcement.galleries import CropsNotInContract, GalleryNotInContract
from gateway.enforcement.idempotency import IdempotencyInFlight, IdempotencyMismatch
from gateway.identity.errors import AuthenticationError, CallerSuspended, StaleRevocations
from gateway.registry.errors import RegistryError
from gateway.web.problems import Problem, answer, not_found
from gateway.web.routes import services

if TYPE_CHECKING:
    from gateway.enforcement.answers import Refused


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


def install(app: Flask) -> None:
    def handles(kind: type[Exception]) -> Any:
        return app.errorhandler(kind)

    @handles(AuthenticationError)
    def _authentication(error: AuthenticationError) -> Response:
        headers = {"WWW-Authenticate": error.www_authenticate} if error.www_authenticate else {}
        return answer(
            Problem(status=error.status, code=error.code, detail=error.sentence, remedy=error.remedy, headers=headers)
        )

    @handles(CallerSuspended)
    def _suspended(error: CallerSuspended) -> Response:
        g.caller = error.caller
        refused = services().gate.refuse_suspended(
            error.caller, code=error.code, decision_id=g.decision_id, route=str(request.url_rule)
        )
        problem = denied(refused)
        if error.www_authenticate:
            problem.headers["WWW-Authenticate"] = error.www_authenticate
        return answer(problem)

    @handles(StaleRevocations)
    def _stale(_: StaleRevocations) -> Response:
        return answer(
            Problem(
                status=503,
                code="REVOCATIONS_STALE",
                detail="This node has not heard about revocations for more than a second, so it admits nobody.",
                remedy="Try again in a few seconds; no search was made.",
                headers={"Retry-After": "2"},
            )
        )

    @handles(NotYours)
    def _not_yours(_: NotYours) -> Response:
        return answer(not_found())

    @handles(EngineRefusal)
    def _engine_refusal(error: EngineRefusal) -> Response:
        return answer(
            Problem(
                status=422, code=error.code, detail=error.sentence, remedy=error.remedy, quality=dict(error.quality)
            )
        )

    @handles(Unavailable)
    def _unavailable(error: Unavailable) -> Response:
        return answer(
            Problem(
                status=503,
                code=error.code,
                detail=error.sentence,
                remedy=error.remedy,
                headers={"Retry-After": "2"},
            )
        )

    @handles(GalleryExists)
    def _gallery_exists(_: GalleryExists) -> Response:
        return answer(
            Problem(
                status=409,
                code="GALLERY_EXISTS",
                detail="Your agency already has a gallery of that name.",
                remedy="Use it, or choose another name.",
            )
        )

    @handles(GalleryNotInContract)
    def _gallery_not_in_contract(_: GalleryNotInContract) -> Response:
        return answer(
            Problem(
                status=403,
                code="GALLERY_NOT_IN_CONTRACT",
                detail="Your agency's contract allows no gallery of that name.",
                remedy="Choose a name that the contract's gallery patterns allow, or ask for a change of the contract.",
            )
        )

    @handles(CropsNotInContract)
    def _crops_not_in_contract(_: CropsNotInContract) -> Response:
        return answer(
            Problem(
                status=403,
                code="CROPS_NOT_IN_CONTRACT",
                detail="Your agency's contract does not allow face crops to be kept.",
                remedy="Create the gallery with keep_crops false, or ask for a change of the contract.",
            )
        )

    @handles(GalleryNotEmpty)
    def _gallery_not_empty(_: GalleryNotEmpty) -> Response:
        return answer(
            Problem(
                status=409,
                code="GALLERY_NOT_EMPTY",
                detail="The gallery still holds faces.",
                remedy="Delete its faces first, or add ?with_faces=true to delete them with it.",
            )
        )

    @handles(IdempotencyMismatch)
    def _mismatch(_: IdempotencyMismatch) -> Response:
        return answer(
            Problem(
                status=422,
                code="IDEMPOTENCY_KEY_REUSED",
                detail="This Idempotency-Key was used for another request.",
                remedy="Use a new key for a new request.",
            )
        )

    @handles(IdempotencyInFlight)
    def _in_flight(_: IdempotencyInFlight) -> Response:
        return answer(
            Problem(
                status=409,
                code="IDEMPOTENCY_IN_FLIGHT",
                detail="The first request with this Idempotency-Key has not ended.",
                remedy="Wait for it, then repeat with the same key to get its answer.",
                headers={"Retry-After": "1"},
            )
        )

    @handles(SanctionRefused)
    def _sanction(error: SanctionRefused) -> Response:
        return answer(Problem(status=error.status, code=error.code, detail=error.sentence, remedy=error.remedy))

    @handles(RegistryError)
    def _registry(error: RegistryError) -> Response:
        return answer(Problem(status=error.status, code=error.code, detail=error.sentence, remedy=error.remedy))
