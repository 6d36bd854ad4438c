"""`/v1/policies/drafts`: the life of a revision, from a first edit to its publication.

Drafts, with their authors and reviews, are read by clients that no agency binds: administrators and auditors. Writing,
reviewing, publishing and holding are for administrators, each with a scope of its own, so that they can be different
people. What is published, and the holds that concern it, every agency may read.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from flask import Blueprint, request
from pydantic import Field, StringConstraints

from gateway.policy.tree import LARGEST_FILE
from gateway.registry.models import Actor
from gateway.registry.words import LATEST_NS
from gateway.vocabulary import Scope
from gateway.web.api.bodies import Body, Sentence, Word
from gateway.web.api.paging import limit
from gateway.web.problems import Problem
from gateway.web.routes import read_json, route

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.identity.caller import Caller
    from gateway.policy.draft_rows import Draft
    from gateway.web.services import Services

Title = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
_NS = 10**9
_STATES = ("draft", "submitted", "approved", "rejected", "withdrawn", "published")


class DraftBody(Body):
    title: Title
    why: Sentence
    base: Annotated[int, Field(ge=1, lt=1 << 62)] | None = None


class FileBody(Body):
    content: Annotated[str, StringConstraints(max_length=LARGEST_FILE)]


class ImpactBody(Body):
    last: int = Field(default=10_000, ge=1, le=1_000_000, description="How many recorded decisions are replayed.")


class ShadowBody(Body):
    hours: float = Field(gt=0, le=24 * 90, allow_inf_nan=False, description="For how long.")


class ReviewBody(Body):
    """Approval names the digest of the impact that was seen, and how many newly permitted decisions are signed off."""

    verdict: Literal["approve", "reject"]
    reason: Sentence
    impact: Digest | None = None
    newly_permitted: Annotated[int, Field(ge=0, lt=1 << 62)] | None = None


class PublishBody(Body):
    at: Annotated[str, StringConstraints(max_length=40)] | None = Field(
        default=None, description="RFC 3339 with an offset; at once where it is left out."
    )


class ReasonBody(Body):
    reason: Sentence


class RollbackBody(Body):
    revision: Annotated[int, Field(ge=1, lt=1 << 62)]
    reason: Sentence


class HoldBody(Body):
    """What is denied: all that agrees with every field given. To hold everything, say so."""

    agency: Word | None = None
    client: Word | None = None
    jurisdiction: Word | None = None
    operation: Word | None = None
    mode: Word | None = None
    purpose: Word | None = None
    gallery: Word | None = None
    vendor: Word | None = None
    everything: Literal[True] | None = None
    reason: Sentence
    hours: float = Field(default=24, gt=0, le=24, allow_inf_nan=False)


def draft_routes() -> Blueprint:
    blueprint = Blueprint("drafts", __name__)
    _writing(blueprint)
    _closing(blueprint)
    _deciding(blueprint)
    _holding(blueprint)
    return blueprint


def _writing(blueprint: Blueprint) -> None:
    @route(blueprint, "POST", "/v1/policies/drafts", scope=Scope.POLICIES_WRITE, body=DraftBody)
    def create(caller: Caller, services: Services) -> Any:
        body = read_json(DraftBody)
        draft = services.drafts.create(administrator(caller), title=body.title, why=body.why, base=body.base)
        return _shown(services, draft), 201

    @route(blueprint, "GET", "/v1/policies/drafts", scope=Scope.POLICIES_READ)
    def list_drafts(caller: Caller, services: Services) -> Any:
        unbound(caller)
        drafts = services.drafts.newest(state=_state(), limit=limit())
        return {"items": [draft.document() for draft in drafts]}

    @route(blueprint, "GET", "/v1/policies/drafts/<uuid:draft_id>", scope=Scope.POLICIES_READ)
    def show(caller: Caller, services: Services, draft_id: UUID) -> Any:
        unbound(caller)
        return _shown(services, services.drafts.open(draft_id).draft)

    @route(blueprint, "GET", "/v1/policies/drafts/<uuid:draft_id>/files", scope=Scope.POLICIES_READ)
    def list_files(caller: Caller, services: Services, draft_id: UUID) -> Any:
        unbound(caller)
        return {"items": services.drafts.files(draft_id)}

    @route(blueprint, "GET", "/v1/policies/drafts/<uuid:draft_id>/files/<path:path>", scope=Scope.POLICIES_READ)
    def show_file(caller: Caller, services: Services, draft_id: UUID, path: str) -> Any:
        unbound(caller)
        return {"path": path, "content": services.drafts.file(draft_id, path).decode()}

    @route(
        blueprint, "PUT", "/v1/policies/drafts/<uuid:draft_id>/files/<path:path>", scope=Scope.POLICIES_WRITE,
        body=FileBody,
    )  # fmt: skip
    def put_file(caller: Caller, services: Services, draft_id: UUID, path: str) -> Any:
        content = read_json(FileBody).content.encode("utf-8", "surrogatepass")
        return _shown(services, services.drafts.write(administrator(caller), draft_id, path, content))

    @route(blueprint, "DELETE", "/v1/policies/drafts/<uuid:draft_id>/files/<path:path>", scope=Scope.POLICIES_WRITE)
    def delete_file(caller: Caller, services: Services, draft_id: UUID, path: str) -> Any:
        return _shown(services, services.drafts.write(administrator(caller), draft_id, path, None))

    @route(blueprint, "GET", "/v1/policies/drafts/<uuid:draft_id>/diff", scope=Scope.POLICIES_READ)
    def diff(caller: Caller, services: Services, draft_id: UUID) -> Any:
        unbound(caller)
        return {"files": services.drafts.diff(draft_id), "meaning": services.draft_checks.meaning(draft_id)}


def _closing(blueprint: Blueprint) -> None:
    @route(blueprint, "POST", "/v1/policies/drafts/<uuid:draft_id>/check", scope=Scope.POLICIES_WRITE)
    def check(caller: Caller, services: Services, draft_id: UUID) -> Any:
        return services.draft_checks.run(administrator(caller), draft_id).document()

    @route(blueprint, "GET", "/v1/policies/drafts/<uuid:draft_id>/check", scope=Scope.POLICIES_READ)
    def last_check(caller: Caller, services: Services, draft_id: UUID) -> Any:
        unbound(caller)
        stored = services.draft_checks.last(draft_id)
        return stored.document() if stored else {"passed": None, "steps": []}

    @route(blueprint, "POST", "/v1/policies/drafts/<uuid:draft_id>/submit", scope=Scope.POLICIES_WRITE)
    def submit(caller: Caller, services: Services, draft_id: UUID) -> Any:
        return _shown(services, services.reviews.submit(administrator(caller), draft_id))

    @route(blueprint, "POST", "/v1/policies/drafts/<uuid:draft_id>/reopen", scope=Scope.POLICIES_WRITE)
    def reopen(caller: Caller, services: Services, draft_id: UUID) -> Any:
        return _shown(services, services.drafts.reopen(administrator(caller), draft_id))

    @route(
        blueprint, "POST", "/v1/policies/drafts/<uuid:draft_id>/withdraw", scope=Scope.POLICIES_WRITE, body=ReasonBody
    )
    def withdraw(caller: Caller, services: Services, draft_id: UUID) -> Any:
        body = read_json(ReasonBody)
        return _shown(services, services.drafts.withdraw(administrator(caller), draft_id, reason=body.reason))


def _deciding(blueprint: Blueprint) -> None:
    @route(
        blueprint, "POST", "/v1/policies/drafts/<uuid:draft_id>/impact", scope=Scope.POLICIES_REVIEW, body=ImpactBody
    )
    def make_impact(caller: Caller, services: Services, draft_id: UUID) -> Any:
        found = services.draft_impacts.run(administrator(caller), draft_id, last=read_json(ImpactBody).last)
        return {"digest": found.digest, "impact": found.document()}, 201

    @route(blueprint, "GET", "/v1/policies/drafts/<uuid:draft_id>/impact", scope=Scope.POLICIES_REVIEW)
    def show_impact(caller: Caller, services: Services, draft_id: UUID) -> Any:
        administrator(caller)  # it names decisions of every agency
        digest, document = services.draft_impacts.last(draft_id)
        return {"digest": digest, "impact": document}

    @route(
        blueprint, "POST", "/v1/policies/drafts/<uuid:draft_id>/shadow", scope=Scope.POLICIES_REVIEW, body=ShadowBody
    )
    def start_shadow(caller: Caller, services: Services, draft_id: UUID) -> Any:
        seconds = max(1, round(read_json(ShadowBody).hours * 3600))
        return services.draft_impacts.shadow(administrator(caller), draft_id, seconds=seconds), 201

    @route(blueprint, "GET", "/v1/policies/drafts/<uuid:draft_id>/shadow", scope=Scope.POLICIES_REVIEW)
    def show_shadow(caller: Caller, services: Services, draft_id: UUID) -> Any:
        return services.draft_impacts.shadowed(administrator(caller), draft_id)

    @route(
        blueprint, "POST", "/v1/policies/drafts/<uuid:draft_id>/review", scope=Scope.POLICIES_REVIEW, body=ReviewBody
    )
    def review(caller: Caller, services: Services, draft_id: UUID) -> Any:
        body = read_json(ReviewBody)
        draft = services.reviews.review(
            administrator(caller),
            draft_id,
            verdict=body.verdict,
            reason=body.reason,
            impact_sha256=body.impact,
            newly_permitted=body.newly_permitted,
        )
        return _shown(services, draft)

    @route(
        blueprint, "POST", "/v1/policies/drafts/<uuid:draft_id>/publish", scope=Scope.POLICIES_PUBLISH,
        body=PublishBody, fresh=True,
    )  # fmt: skip
    def publish(caller: Caller, services: Services, draft_id: UUID) -> Any:
        at = read_json(PublishBody).at if request.content_length else None
        actor = administrator(caller)
        if at is None:
            return _shown(services, services.publications.publish(actor, draft_id))
        return _shown(services, services.publications.schedule(actor, draft_id, at_ns=_instant(at))), 202

    @route(blueprint, "POST", "/v1/policies/rollback", scope=Scope.POLICIES_WRITE, body=RollbackBody)
    def roll_back(caller: Caller, services: Services) -> Any:
        body = read_json(RollbackBody)
        draft = services.publications.roll_back(administrator(caller), body.revision, reason=body.reason)
        return _shown(services, draft), 201


def _holding(blueprint: Blueprint) -> None:
    @route(blueprint, "POST", "/v1/policies/holds", scope=Scope.POLICIES_HOLD, body=HoldBody)
    def place(caller: Caller, services: Services) -> Any:
        body = read_json(HoldBody)
        named = body.model_dump(exclude={"reason", "hours", "everything"}, exclude_none=True)
        if bool(named) == bool(body.everything):
            raise Problem(
                status=422,
                code="HOLD_INVALID",
                detail="A hold names what it holds, or says that it holds everything; not neither, and not both.",
                remedy='Name a field such as `agency` or `gallery`, or send "everything": true.',
            )
        what = {("database" if name == "gallery" else name): value for name, value in named.items()}
        actor = administrator(caller)
        return services.holds.place(actor, what=what, reason=body.reason, seconds=round(body.hours * 3600)), 201

    @route(blueprint, "GET", "/v1/policies/holds", scope=Scope.POLICIES_READ)
    def list_holds(caller: Caller, services: Services) -> Any:
        found = services.holds.newest(limit=limit())
        return {"items": found if caller.agency is None else [_told(one) for one in found if _concerns(one, caller)]}

    @route(
        blueprint,
        "POST",
        "/v1/policies/holds/<uuid:hold_id>/lift",
        scope=Scope.POLICIES_REVIEW,
        body=ReasonBody,
        fresh=True,
    )
    def lift(caller: Caller, services: Services, hold_id: UUID) -> Any:
        body = read_json(ReasonBody)
        return services.holds.lift(administrator(caller), hold_id, reason=body.reason)


def unbound(caller: Caller) -> None:
    """Drafts name who made and who judged them, and why: an agency learns of policy when it is published."""
    if caller.agency is not None:
        raise Problem(
            status=403,
            code="ADMINISTRATOR_REQUIRED",
            detail="Drafts are read by administrators and auditors; your client is bound to an agency.",
            remedy="Read the published revisions: GET /v1/policies/revisions.",
        )


def _concerns(hold: dict[str, Any], caller: Caller) -> bool:
    return hold["what"].get("agency") in {None, caller.agency} and "client" not in hold["what"]


def _told(hold: dict[str, Any]) -> dict[str, Any]:
    """A hold as those see it whom it binds: what and until when, not why and by whom."""
    return {name: hold[name] for name in ("id", "what", "placed_at", "expires_at", "revision", "in_force")}


def administrator(caller: Caller) -> Actor:
    """Policy is made by those who answer for it, never by a client that is bound to an agency."""
    if caller.agency is not None:
        raise Problem(
            status=403,
            code="ADMINISTRATOR_REQUIRED",
            detail="Only an administrator may change policy; your client is bound to an agency.",
            remedy="Ask the policy board.",
        )
    return Actor(kind="client", id=caller.client, user=caller.user)


def _shown(services: Services, draft: Draft) -> dict[str, Any]:
    return draft.document() | {
        "authors": services.drafts.authors(draft.id),
        "reviews": services.reviews.of_draft(draft.id),
    }


def _instant(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    at_ns = None if moment is None or moment.tzinfo is None else int(moment.timestamp()) * _NS
    if at_ns is None or at_ns > LATEST_NS:
        raise Problem(
            status=422,
            code="TIME_MALFORMED",
            detail="`at` is not a time before 2200 with an offset in the form of RFC 3339.",
            remedy="Write it as in 2026-12-01T08:00:00Z.",
        )
    return at_ns


def _state() -> str | None:
    state = request.args.get("state")
    if state is not None and state not in _STATES:
        raise Problem(
            status=422,
            code="STATE_UNKNOWN",
            detail="There is no such state of a draft.",
            remedy=f"Use one of: {', '.join(_STATES)}.",
        )
    return state
