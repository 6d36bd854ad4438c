"""The input document: what the caller said and what the gateway knows, side by side, each with its origin.

The shape is `policies/schema/input.json`. Nothing that the gateway can know is taken from the caller: an offence is
named by statute and looked up in the revision's own data, and standing, training, contract, instrument and usage are
rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gateway.enforcement.limits import period_name
from gateway.policy import input_document
from gateway.vocabulary import Operation, Origin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.enforcement.facts import Facts, Row
    from gateway.enforcement.request import GovernedRequest
    from gateway.enforcement.waiting import Approval
    from gateway.identity.caller import Caller

DEFAULT_MIN_SIMILARITY: Final = 80.0
DEFAULT_MAX_CANDIDATES: Final = 10

# Where each part comes from, unless said otherwise below.
_ORIGINS: Final = {
    "actor": Origin.REGISTERED,
    "agency": Origin.REGISTERED,
    "agency.on_behalf_of": Origin.DECLARED,
    "approvals": Origin.REGISTERED,
    "case_number": Origin.DECLARED,
    "case_usage": Origin.MEASURED,
    "client": Origin.REGISTERED,
    "clock": Origin.MEASURED,
    "contract": Origin.REGISTERED,
    "database": Origin.DECLARED,
    "engine": Origin.MEASURED,
    "exigency": Origin.REGISTERED,
    "jurisdiction": Origin.REGISTERED,
    "justification": Origin.DECLARED,
    "legal_instrument": Origin.REGISTERED,
    "max_candidates": Origin.DECLARED,
    "mode": Origin.DECLARED,
    "national_derogation_14_5": Origin.REGISTERED,
    "non_match_retention": Origin.REGISTERED,
    "now": Origin.MEASURED,
    "offence": Origin.REGISTERED,
    "operation": Origin.DECLARED,
    "prior_denials": Origin.MEASURED,
    "probe.alterations": Origin.DECLARED,
    "probe.kind": Origin.DECLARED,
    "probe.sha256": Origin.MEASURED,
    "probe.source": Origin.DECLARED,
    "probe.substantively_altered": Origin.DECLARED,
    "purpose": Origin.DECLARED,
    "retention_policy_public": Origin.REGISTERED,
    "similarity_threshold": Origin.DECLARED,
    "suspicion": Origin.DECLARED,
    "usage": Origin.MEASURED,
}

# The sections that only the caller can know. A dry run may also ask about another engine than the one that is here.
DECLARABLE: Final = frozenset(
    {
        "alternative_offered",
        "area",
        "assessment",
        "clock",
        "consent",
        "necessity",
        "place",
        "premises",
        "request_channel",
        "result_use",
        "solicited",
        "subject",
        "written_request",
    }
)
# Of the clock: what happened outside the gateway. When a use began and what was asked of whom, it knows itself.
_DECLARED_TIMES: Final = frozenset({"last_interaction", "violation_detected_at"})
# Controls of the register that the document has fields of their own for.
_CONTROLS: Final = frozenset({"national_derogation_14_5", "non_matches_deleted_at_once", "retention_policy_public"})

_RETENTION: Final = {True: "immediate_deletion", False: "kept", None: None}
# What an instrument states beside its scope, under the register's own names.
_STATED: Final = (
    "court",
    "docket_number",
    "judge",
    "applicant",
    "application_authorised_by",
    "sworn",
    "statute",
    "subject",
    "place",
    "public_spaces",
    "extensions",
    "extended_days",
    "minimisation",
    "officer_certification",
    "sealed",
    "document_sha256",
    "document_checked",
    "verified_by",
)
_SCOPE: Final = ("modes", "purposes", "operations", "galleries", "probe_sha256", "limits")


def question(
    *,
    caller: Caller,
    request: GovernedRequest,
    facts: Facts,
    engine: Mapping[str, Any],
    offences: Mapping[str, Any],
    approvals: tuple[Approval, ...] = (),
    made: bool = False,
) -> dict[str, Any]:
    """The document for decision 1; `made` where it is about what was searched already.

    Raises:
        ValueError: the request declares what the gateway knows; no edge may let that through.
    """
    declared = dict(request.declared)
    times = declared.pop("clock", None) or {}
    undeclarable = declared.keys() - DECLARABLE - ({"engine"} if request.dry_run else set())
    if undeclarable or not times.keys() <= _DECLARED_TIMES:
        raise ValueError("a request may declare only what the gateway cannot know")
    controls = facts.agency["controls"] if facts.agency else {}
    origins = {name: str(origin) for name, origin in _ORIGINS.items()}
    origins |= dict.fromkeys([*declared, *(f"clock.{name}" for name in times)], str(Origin.DECLARED))
    if body_behind(caller, facts.places_behind) is not None:
        origins["agency.on_behalf_of"] = str(Origin.REGISTERED)
    if facts.instrument:
        origins["legal_instrument"] = facts.instrument["origin"]
    jurisdictions = [facts.agency["jurisdiction"]] if facts.agency else []
    sections = {
        "now": facts.now_ns,
        "jurisdiction": jurisdictions,
        "operation": str(request.operation),
        "mode": str(request.mode),
        "purpose": request.purpose,
        "offence": _offence(request.statute, offences),
        "suspicion": request.suspicion,
        "case_number": request.case_number,
        # There is no register of cases here, so nobody knows whether this one is closed.
        "case_usage": {"distinct_probe_subjects": facts.other_probes_of_case + 1, "case_closed": None},
        "prior_denials": facts.prior_denials,
        "justification": request.justification,
        "actor": _actor(caller, facts),
        "agency": _agency(caller, facts, request),
        "client": {"id": caller.client, "status": facts.client["status"] if facts.client else "unknown"},
        "contract": _contract(facts),
        "legal_instrument": _instrument(request, facts),
        "exigency": _exigency(request, facts, made=made or request.operation is Operation.USE_RESULT),
        "approvals": [approval.document() for approval in approvals],
        "approval": approvals[-1].document() if approvals else None,
        "probe": _probe(request),
        "database": request.gallery,
        "similarity_threshold": asked_similarity(request, facts),
        "max_candidates": asked_candidates(request, facts),
        "result_use": None,
        "retention_policy_public": controls.get("retention_policy_public"),
        "non_match_retention": _RETENTION[controls.get("non_matches_deleted_at_once")],
        "national_derogation_14_5": controls.get("national_derogation_14_5"),
        "clock": _clock(facts, times),
        "engine": dict(engine),
        "origins": origins,
    } | declared
    if "engine" in declared:
        # Another vendor's engine in the hands of whoever operates this one.
        sections["engine"] = {"operated_by": engine.get("operated_by"), **declared["engine"]}
    return input_document.document(**sections)


def asked_similarity(request: GovernedRequest, facts: Facts) -> float:
    """What the caller asked, or the contract's floor, or Rekognition's documented default of 80."""
    floor = facts.contract["terms"].get("min_similarity") if facts.contract else None
    if request.min_similarity is not None:
        return max(request.min_similarity, float(floor or 0)) if request.raises_floor else request.min_similarity
    return float(floor) if floor is not None else DEFAULT_MIN_SIMILARITY


def asked_candidates(request: GovernedRequest, facts: Facts) -> int:
    cap = facts.contract["terms"].get("max_candidates") if facts.contract else None
    asked = request.max_candidates or DEFAULT_MAX_CANDIDATES
    return min(asked, cap) if cap else asked


def _offence(statute: str | None, offences: Mapping[str, Any]) -> dict[str, Any] | None:
    if statute is None:
        return None
    known = offences.get(statute)
    return {"statute": statute, "known": known is not None, **(known or {})}


def _actor(caller: Caller, facts: Facts) -> dict[str, Any]:
    user: Row = facts.user or {}
    until = user.get("training_valid_to_ns")
    roles = sorted(user.get("roles") or [])
    return {
        "id": caller.user,
        "known": facts.user is not None,
        "role": roles[0] if roles else None,
        "roles": roles,
        "agency_type": facts.agency["type"] if facts.agency else None,
        "trained": until is not None,
        "training_current": until is not None and until > facts.now_ns,
        "account": user.get("account"),
        "status": user.get("status"),
        "strength": caller.user_strength,
        "on_behalf_of": [
            {
                "client": link.client,
                "agency": link.agency,
                "place": facts.places_behind.get(link.agency),
                "user": link.user,
                "strength": link.user_strength,
            }
            for link in caller.behind
        ],
    }


def body_behind(caller: Caller, places: Mapping[str, str]) -> str | None:
    """Place and agency for which the token was passed on, in the form of `agency.on_behalf_of`.

    None where no other agency stands behind the token. An agency that is not in the registry is of no known place.
    """
    others = [link.agency for link in caller.behind if link.agency != caller.agency]
    return f"{places.get(others[-1], 'unknown')} {others[-1]}" if others else None


def _agency(caller: Caller, facts: Facts, request: GovernedRequest) -> dict[str, Any]:
    agency: Row = facts.agency or {}
    return {
        "id": agency.get("id"),
        "status": agency.get("status"),
        "contract_status": facts.contract["status"] if facts.contract else None,
        "controls": {name: holds for name, holds in (agency.get("controls") or {}).items() if name not in _CONTROLS},
        "exigency_right": agency.get("exigency_right"),
        "on_behalf_of": body_behind(caller, facts.places_behind) or request.on_behalf_of,
    }


def _contract(facts: Facts) -> dict[str, Any] | None:
    if facts.contract is None:
        return None
    terms = facts.contract["terms"]
    quotas = [
        quota | {"used": facts.usage.get(f"contract {period_name(quota['period'], facts.day)}", 0)}
        for quota in terms.get("quotas", [])
    ]
    return {
        "id": facts.contract["id"],
        "status": facts.contract["status"],
        "valid_from": facts.contract["valid_from_ns"],
        "valid_to": facts.contract["valid_to_ns"],
        **terms,
        "quotas": quotas,
    }


def _instrument(request: GovernedRequest, facts: Facts) -> dict[str, Any] | None:
    if request.instrument is None:
        return None
    row = facts.instrument
    if row is None:
        return {"id": request.instrument, "found": False}
    return {
        "id": row["id"],
        "found": True,
        "type": row["type"],
        "status": row["status"],
        "verified": row["verified"],
        "origin": row["origin"],
        "valid_from": row["valid_from_ns"],
        "expires_at": row["expires_at_ns"],
        "finding": row["standard"],
        **{name: row[name] for name in _STATED},
        **{name: row[f"{name}_ns"] for name in ("delete_by", "notice_due", "return_due", "verified_at")},
        "scope": {name: row[name] for name in _SCOPE},
        "searches_allowed": row["searches_allowed"],
        "searches_used": facts.usage.get("instrument all", 0),
    }


def _exigency(request: GovernedRequest, facts: Facts, *, made: bool) -> dict[str, Any] | None:
    """Once its paper has followed, an emergency carries what was found under it and no new search: that has a paper."""
    if request.exigency is None:
        return None
    row = facts.exigency
    if row is None:
        return {"id": request.exigency, "found": False}
    carrying = {"certified", "authorised"} if made else {"certified"}
    return {
        "id": row["id"],
        "found": True,
        # One person's word is not an emergency: somebody else of the agency confirmed it.
        "certified": row["status"] in carrying and row["confirmed_by"] is not None,
        "risk": row["risk"],
        "factual_basis": row["facts"],
        "narrowly_tailored": row["narrowly_tailored"],
        "started_at": row["started_at_ns"],
        "deadline": row["due_ns"] if row["due_ns"] is not None else row["deadline_ns"],
        "status": row["status"],
    }


def _clock(facts: Facts, declared: Mapping[str, int]) -> dict[str, Any] | None:
    """When the use began and what was asked of the court since; None where nothing is known of either.

    It began with the emergency that the request names, or else with the first search that this case was permitted for
    this purpose. An emergency that was authorised without a word on when it was asked for is not dated: the paper that
    followed speaks for itself.
    """
    row = facts.exigency
    known: dict[str, Any] = {}
    if row is not None and not (row["status"] == "authorised" and row["applied_at_ns"] is None):
        known = {
            "use_started": row["started_at_ns"],
            "authorisation_requested": row["applied_at_ns"],
            "authorisation_result": _result(row),
        }
    elif row is None and facts.first_use_ns is not None:
        known = {"use_started": facts.first_use_ns, "authorisation_requested": None, "authorisation_result": None}
    return {**known, **declared} or None


def _result(exigency: Row) -> str | None:
    if exigency["status"] in {"authorised", "rejected"}:
        return "granted" if exigency["status"] == "authorised" else "rejected"
    return "pending" if exigency["applied_at_ns"] is not None else None


def _probe(request: GovernedRequest) -> dict[str, Any] | None:
    probe = request.probe
    if probe is None:
        return None
    return {
        "kind": probe.kind,
        "source": probe.source,
        "alterations": list(probe.alterations),
        "substantively_altered": bool(probe.substantively_altered),
        "sha256": [digest.hex() for digest in probe.sha256],
    }
