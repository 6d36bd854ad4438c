"""The facts of a row, entered where a gateway keeps them: by administrators, clerks and supervisors, over HTTP."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from gateway.cli.over_http.clients import add_client, add_person, asked_by, done
from gateway.cli.over_http.examined import is_about_a_result, make
from gateway.cli.over_http.rows import DAY_NS, HOUR_NS, self_approved
from gateway.policy.input_document import clean_instrument, nanoseconds
from gateway.vocabulary import Purpose, Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.cli.http import Api
    from gateway.cli.over_http.home import Home
    from gateway.cli.over_http.rows import Asked

_CLERK: Final = (Scope.REGISTRY_READ, Scope.REGISTRY_WRITE)
_ASKING: Final = (Scope.DECISIONS_WRITE, Scope.SEARCHES_WRITE, Scope.COMPARISONS_WRITE, Scope.GALLERIES_WRITE)
_VOTING: Final = (Scope.APPROVALS_READ, Scope.APPROVALS_WRITE)
_LONGEST_EXIGENCY_NS: Final = 7 * DAY_NS
# Rows have two words more than the register: a rule in force is granted, and a paper that is claimed is only entered.
_STATUS: Final = {"in_force": "granted", "claimed": "granted"}
_NEVER_CONFIRMED: Final = frozenset({"applied", "claimed"})
_ENDED: Final = frozenset({"revoked", "quashed", "denied"})
# What rows tell beside the agency's controls, and the register keeps among them.
_TOLD_BESIDE: Final = ("national_derogation_14_5", "retention_policy_public")


def enter(home: Home, administrator: Api, asked: Asked) -> None:
    """Agency, contract, people, clients, papers and emergency of one row.

    Raises:
        NotAsked: the register does not take a fact.
    """
    agency, request = asked.agency, asked.request
    _party(administrator, asked)
    add_person(home, administrator, asked, client="asking", user=_user(asked), user_id=asked_by(asked), scopes=_ASKING)
    if is_about_a_result(asked):
        asked.held["search"] = make(home, administrator, asked)
        _party(administrator, asked)
    if self_approved(request):
        add_client(home, administrator, asked, client="approving", user_id=asked_by(asked), scopes=_VOTING)
    if (request.get("legal_instrument") or {}).get("found") is False:
        asked.held["instrument"] = f"{agency}/no-such-paper"
    elif request.get("legal_instrument") is not None:
        _clerks(home, administrator, asked)
        asked.held["instrument"] = _instrument(home, asked)
    if _of(request, "agency", "exigency_right") == "suspended":
        _clerks(home, administrator, asked)
        _let_pass(home, administrator, asked)
    if not asked.begins_with_search and (request.get("exigency") is not None or asked.began_ns is not None):
        _clerks(home, administrator, asked)
        asked.held["exigency"] = _exigency(home, administrator, asked)


def _party(administrator: Api, asked: Asked) -> None:
    done(administrator.put(f"/v1/agencies/{asked.agency}", _agency(asked)))
    done(administrator.put(f"/v1/contracts/{asked.agency}/contract", _contract(asked)))


def apply(home: Home, asked: Asked) -> None:
    """The clerk enters that the court was asked, at the time of the row."""
    applied = (asked.request.get("clock") or {}).get("authorisation_requested")
    if applied and "exigency" in asked.held:
        path = f"/v1/exigencies/{asked.held['exigency']}/application"
        done(_clerk(home, asked, "enters").post(path, {"applied_at": applied}))


def answered(administrator: Api, asked: Asked) -> None:
    """What the court answered to an application, and how the papers and the parties stand by now."""
    request, agency = asked.request, asked.agency
    answer = str((request.get("clock") or {}).get("authorisation_result"))
    status = {"rejected": "rejected", "denied": "rejected", "refused": "rejected", "granted": "authorised"}.get(answer)
    if status and "exigency" in asked.held:
        done(administrator.patch(f"/v1/exigencies/{asked.held['exigency']}", {"status": status}))
    standing = {
        f"/v1/contracts/{agency}/contract": {"terminated": "terminated"}.get(_of(request, "agency", "contract_status")),
        f"/v1/clients/{agency}-asking": _suspended(_of(request, "client", "status")),
        f"/v1/users/{asked_by(asked)}": _suspended(_of(request, "actor", "status")),
        f"/v1/agencies/{agency}": _suspended(_of(request, "agency", "status")),
    }
    for path, changed in standing.items():
        if changed:
            done(administrator.patch(path, {"status": changed}))


def _of(request: Mapping[str, Any], section: str, name: str) -> str:
    return str((request.get(section) or {}).get(name) or "active")


def _suspended(status: str) -> str | None:
    return "suspended" if status == "suspended" else None


def _agency(asked: Asked) -> dict[str, Any]:
    request = asked.request
    controls = {
        name: holds
        for name, holds in ((request.get("agency") or {}).get("controls") or {}).items()
        if holds is not None
    }
    controls |= {name: request[name] for name in _TOLD_BESIDE if request.get(name) is not None}
    if request.get("non_match_retention") is not None:
        controls["non_matches_deleted_at_once"] = request["non_match_retention"] == "immediate_deletion"
    return {
        "name": f"The agency of {asked.row['id']} (fictional)",
        "type": (request.get("actor") or {}).get("agency_type", "law_enforcement"),
        "jurisdiction": asked.place,
        "controls": controls,
    }


def _contract(asked: Asked) -> dict[str, Any]:
    """As wide as the request, where the row does not say otherwise; it has no words for prohibited uses."""
    request, told = asked.request, dict(asked.request.get("contract") or {})
    purpose = request.get("purpose")
    expired = _of(request, "agency", "contract_status") == "expired"
    valid_from = told.pop("valid_from", asked.as_of_ns - 365 * DAY_NS)
    valid_to = told.pop("valid_to", asked.as_of_ns + (-DAY_NS if expired else 365 * DAY_NS))
    terms = {
        "purposes": [purpose if purpose in set(Purpose) else "training_or_test"],
        "operations": [request["operation"]],
        "galleries": ["*"],
        "min_similarity": 0,
        "max_candidates": 50,
        "keep_crops": True,
    }
    if self_approved(request):
        terms["approvers"] = 1
    for name, value in told.items():
        terms[name] = [_stated(demand) for demand in value] if name == "demands" else value
    if "quotas" in terms:
        terms["quotas"] = [{name: quota[name] for name in ("period", "limit")} for quota in told["quotas"]]
    return {"agency": asked.agency, "valid_from": valid_from, "valid_to": valid_to, "terms": terms}


def _stated(demand: Mapping[str, Any]) -> dict[str, Any]:
    """An empty list of a demand means all; the register wants it left out."""
    return {name: value for name, value in demand.items() if value}


def _user(asked: Asked) -> dict[str, Any]:
    actor = asked.request.get("actor") or {}
    trained, current = actor.get("trained", True), actor.get("training_current", True)
    until = asked.as_of_ns + (300 * DAY_NS if current else -DAY_NS)
    if self_approved(asked.request):  # who approves has the right to
        actor = {**actor, "roles": sorted({*actor.get("roles", [actor["role"]]), "supervisor_approver"})}
    roles = actor.get("roles") or [actor["role"]] if actor.get("role") or actor.get("roles") else []
    return {
        "roles": roles,
        "account": actor.get("account", "agency_issued"),
        "person": f"badge {asked.agency}",
        **({"training_valid_to": until} if trained else {}),
    }


def _clerks(home: Home, administrator: Api, asked: Asked) -> None:
    """Who enters, who confirms papers and who confirms emergencies: three people, none of whom can search."""
    if asked.held.get("clerks"):
        return
    for client, role in (("enters", "court_clerk"), ("confirms", "court_clerk"), ("supervises", "supervisor_approver")):
        user = {"roles": [role], "person": f"badge {asked.agency} {client}"}
        add_person(home, administrator, asked, client=client, user=user, scopes=_CLERK)
    asked.held["clerks"] = True


def _clerk(home: Home, asked: Asked, client: str) -> Api:
    return home.api(f"{asked.agency}-{client}")


def _instrument(home: Home, asked: Asked) -> str:
    """The paper as one clerk enters it and another confirms it, and then what the court did to it since."""
    paper = clean_instrument(asked.request, asked.as_of_ns) or {}
    scope, status = paper["scope"], _STATUS.get(paper.get("status", "granted"), paper.get("status", "granted"))
    withdrawn = status in _ENDED and paper.get("verified") is True
    write = {
        "type": paper["type"],
        "court": "Superior Court (fictional)",
        "docket_number": asked.row["id"],
        "judge": "Hon. E. Tran (fictional)",
        "standard": paper["finding"],
        "officer_certification": paper["officer_certification"],
        "valid_from": paper["valid_from"],
        "expires_at": paper["expires_at"],
        "searches_allowed": paper["searches_allowed"],
        "status": "granted" if withdrawn else status,
        "document_sha256": hashlib.sha256(str(asked.row["id"]).encode()).hexdigest(),
        **{
            name: [word for word in scope[name] or () if word is not None]
            for name in ("modes", "purposes", "operations", "galleries", "probe_sha256", "limits")
        },
    }
    path, clerk = f"/v1/instruments/{asked.agency}/paper", _clerk(home, asked, "enters")
    done(clerk.put(path, {name: value for name, value in write.items() if value is not None}))
    if paper.get("verified") is True and paper.get("status") not in _NEVER_CONFIRMED:
        done(_clerk(home, asked, "confirms").post(f"{path}/confirm", {}))
    if withdrawn:
        done(clerk.patch(path, {"status": status}))
    return f"{asked.agency}/paper"


def _exigency(home: Home, administrator: Api, asked: Asked) -> str:
    """The emergency as an officer certifies it and a supervisor confirms it; where the row tells only when the use
    began, the certificate says that and no more.
    """
    told = asked.request.get("exigency") or {"certified": True}
    started = asked.began_ns or asked.as_of_ns - HOUR_NS
    deadline = nanoseconds(told["deadline"]) if told.get("deadline") else None
    latest = min(started + _LONGEST_EXIGENCY_NS, asked.as_of_ns + DAY_NS)
    return _certify(home, administrator, asked, "emergency", told, started=started, deadline=deadline or latest)


def _let_pass(home: Home, administrator: Api, asked: Asked) -> None:
    """An earlier emergency that no paper followed: at its deadline the docket takes the agency's right away."""
    started, deadline = asked.as_of_ns - 5 * HOUR_NS, asked.as_of_ns - 2 * HOUR_NS
    told = {"certified": True, "factual_basis": "an emergency before"}
    _certify(home, administrator, asked, "before", told, started=started, deadline=deadline)


def right_is_lost(administrator: Api, asked: Asked) -> bool:
    """Whether the register shows by now that the agency lost its right to emergencies."""
    shown = administrator.get(f"/v1/agencies/{asked.agency}").document
    return bool(shown.get("exigency_right") == "suspended")


def _certify(
    home: Home,
    administrator: Api,
    asked: Asked,
    name: str,
    told: Mapping[str, Any],
    *,
    started: int,
    deadline: int,
) -> str:
    officer = f"{asked.agency}/certifies"
    user = {"roles": ["investigator"], "person": f"badge {asked.agency} certifies"}
    add_person(home, administrator, asked, client="certifies", user=user, scopes=_CLERK)
    certificate = {
        "certified_by": officer,
        "rank": "inspector",
        "facts": told.get("factual_basis", "the use began before the court could be asked"),
        "harm": "as certified",
        "risk": told.get("risk", "as the facts tell"),
        "started_at": started,
        "why_no_order": "no judge could be reached in time",
        "deadline": deadline,
        "narrowly_tailored": bool(told.get("narrowly_tailored")),
    }
    path = f"/v1/exigencies/{asked.agency}/{name}"
    done(_clerk(home, asked, "enters").put(path, certificate))
    if told.get("certified") is True:
        done(_clerk(home, asked, "supervises").post(f"{path}/confirm", {}))
    return f"{asked.agency}/{name}"
