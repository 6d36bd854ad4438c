"""What a person is asked before a program may act for them, in plain words.

The authorization server decides what is asked and what follows; these are its pages. Each form sends `decision`, which
is `allow` or `deny`, together with whatever `hidden` holds, to `action`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from gateway.vocabulary import Scope
from gateway.web.console.pages import render

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask import Response

    from gateway.identity.caller import FaceSearchAuthorization

# What each scope lets a program do, as it ends the sentence "It will be able to …".
SCOPES_IN_WORDS: Final[Mapping[Scope, str]] = {
    Scope.SEARCHES_WRITE: "search galleries for a face, in your name",
    Scope.SEARCHES_READ: "read the searches of your agency and their candidates",
    Scope.COMPARISONS_WRITE: "compare two faces, in your name",
    Scope.DECISIONS_WRITE: "ask whether a search would be permitted, without making it",
    Scope.DECISIONS_REPLAY: "replay recorded decisions and have them explained",
    Scope.GALLERIES_READ: "see which galleries there are and how many faces they hold",
    Scope.GALLERIES_WRITE: "make and delete galleries, and enrol and delete faces",
    Scope.REGISTRY_READ: "read the registry: agencies, contracts, users, instruments",
    Scope.REGISTRY_WRITE: "write the registry: what you may enter, such as instruments and emergencies",
    Scope.SANCTIONS_WRITE: "suspend agencies, users and programs, and give access back",
    Scope.INCIDENTS_READ: "read the incidents of suspected misuse",
    Scope.APPROVALS_READ: "see the requests that wait for supervisors, with their pictures",
    Scope.APPROVALS_WRITE: "approve or reject requests, in your name",
    Scope.REVIEWS_READ: "see the pictures of searches that you examine",
    Scope.REVIEWS_WRITE: "take reviews and judge candidates, in your name",
    Scope.DOCKET_READ: "see the duties of your agency and when they are due",
    Scope.DOCKET_WRITE: "say that duties were done, and who is told of them",
    Scope.COURTS_WRITE: "hand in what a court says later of its papers",
    Scope.AUDIT_READ: "read the audit log as far as it is open to you",
    Scope.AUDIT_DISCLOSE: "open sealed personal values of the log, one at a time and on the record",
    Scope.AUDIT_EXPORT: "have entries of the log sent to another system",
    Scope.AUDIT_HOLD: "place and lift legal holds on what is sealed",
    Scope.AUDIT_ERASE: "ask for the erasure of personal values by order, and decide about it",
    Scope.POLICIES_READ: "read the policy and its drafts",
    Scope.POLICIES_WRITE: "write drafts of policy",
    Scope.POLICIES_REVIEW: "approve or reject drafts of policy, in your name",
    Scope.POLICIES_PUBLISH: "put reviewed policy live",
    Scope.POLICIES_HOLD: "place and lift emergency holds",
    Scope.POLICIES_BUNDLE: "fetch the policy's bundles",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Which program asks for what. `redirect_uri` is None for a device, which fetches its answer itself."""

    client_id: str
    client_name: str
    scopes: Sequence[Scope]
    details: Sequence[FaceSearchAuthorization] = ()
    redirect_uri: str | None = None


def consent_page(asking: Asking, *, action: str, hidden: Mapping[str, str]) -> Response:
    """May this program act for you? The form may lead on to the program's own place, and nowhere else."""
    target = urlsplit(asking.redirect_uri or "")
    leads_to = f"{target.scheme}://{target.netloc}" if target.scheme in {"https", "http"} else f"{target.scheme}:"
    return render(
        "consent.html",
        form_action=() if asking.redirect_uri is None else (leads_to,),
        asking=asking,
        words=[SCOPES_IN_WORDS[scope] for scope in asking.scopes],
        limits=[_limits(detail) for detail in asking.details],
        place=target.netloc or (f"{target.scheme}:" if target.scheme else None),
        action=action,
        hidden=hidden,
    )


def device_page(*, action: str, typed: str = "", refused: str | None = None) -> Response:
    """Which device? The person types the code that it shows; `refused` is a sentence about the last that was typed."""
    return render("device.html", status=200 if refused is None else 422, action=action, typed=typed, refused=refused)


def device_done_page(*, allowed: bool) -> Response:
    return render("device_done.html", allowed=allowed)


def _limits(detail: FaceSearchAuthorization) -> list[tuple[str, str]]:
    """What one authorization detail (RFC 9396) binds a program to."""
    named = (
        ("Purpose", detail.purpose and detail.purpose.replace("_", " ")),
        ("Case", detail.case_number),
        ("Justification", detail.justification),
        ("Offence", detail.offence),
        ("Suspicion", detail.suspicion),
        ("Instrument", detail.instrument),
        ("Galleries", detail.galleries and ", ".join(detail.galleries)),
        ("Searches", detail.searches and f"{detail.searches} at most"),
    )
    return [(name, value) for name, value in named if value]
