"""`/v1/reviews`: what examiners can take, the pictures that they compare, and their judgements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from flask import Blueprint
from pydantic import Field, StringConstraints

from gateway.enforcement.judgements import Verdict
from gateway.vocabulary import Scope
from gateway.web.api.bodies import Body, Sentence
from gateway.web.api.paging import limit
from gateway.web.problems import Problem
from gateway.web.routes import read_json, route

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.identity.caller import Caller
    from gateway.web.services import Services


class VerdictBody(Body):
    candidate: Annotated[str, StringConstraints(pattern=r"^([0-9a-f-]{36}|reference)$")]
    verdict: Verdict


class JudgementBody(Body):
    """One verdict for each candidate that the review shows; none where it shows none."""

    verdicts: list[VerdictBody] = Field(max_length=1000)
    reason: Sentence


def review_routes() -> Blueprint:
    blueprint = Blueprint("examiner_reviews", __name__)

    @route(blueprint, "GET", "/v1/reviews", scope=Scope.REVIEWS_READ)
    def list_reviews(caller: Caller, services: Services) -> Any:
        return services.examiner_reviews.list(caller, limit=limit())

    @route(blueprint, "POST", "/v1/reviews/<uuid:decision_id>/take", scope=Scope.REVIEWS_WRITE)
    def take(caller: Caller, services: Services, decision_id: UUID) -> Any:
        return services.examiner_reviews.take(caller, decision_id), 201

    @route(blueprint, "GET", "/v1/reviews/<uuid:decision_id>", scope=Scope.REVIEWS_READ)
    def show_review(caller: Caller, services: Services, decision_id: UUID) -> Any:
        return services.examiner_reviews.show(caller, decision_id)

    @route(blueprint, "POST", "/v1/reviews/<uuid:decision_id>/judgement", scope=Scope.REVIEWS_WRITE, body=JudgementBody)
    def judge(caller: Caller, services: Services, decision_id: UUID) -> Any:
        body = read_json(JudgementBody)
        return services.examiner_reviews.judge(
            caller, decision_id, verdicts=_each_once(body.verdicts), reason=body.reason
        )

    return blueprint


def _each_once(verdicts: list[VerdictBody]) -> dict[str, Verdict]:
    found = {one.candidate: Verdict(one.verdict) for one in verdicts}
    if len(found) != len(verdicts):
        raise Problem(
            status=422,
            code="JUDGEMENT_INCOMPLETE",
            detail="A judgement says of every candidate, once, whether it is the person of the probe.",
            remedy="GET /v1/reviews/{id} lists the candidates.",
        )
    return found
