"""Refusals that no rule of law gives: the gateway's own, with the same words that a rule's annotation has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gateway.policy.decision import Decision, Obligation, Reason
from gateway.policy.render import render_obligations

if TYPE_CHECKING:
    from collections.abc import Mapping

PACK: Final = "gateway"

WORDS: Final[dict[str, dict[str, str]]] = {
    "token_does_not_cover": {
        "code": "TOKEN_DOES_NOT_COVER",
        "title": "The token was issued for something else",
        "citation": "RFC 9396",
        "sentence": "The access token is bound to another purpose, case, instrument or gallery than the request names.",
        "remedy": "Ask for a token with authorization_details for this case, or repeat the request as the token says.",
    },
    "token_exhausted": {
        "code": "TOKEN_EXHAUSTED",
        "title": "The token's searches are used up",
        "citation": "RFC 9396",
        "sentence": "As many searches as the access token was authorised for have been made under its authorization.",
        "remedy": "Ask for a new authorization; what it allows is judged and recorded afresh.",
    },
    "gallery_not_found": {
        "code": "GALLERY_NOT_FOUND",
        "title": "No such gallery",
        "citation": "",
        "sentence": "There is no gallery of that name for your agency.",
        "remedy": "GET /v1/galleries lists the galleries of your agency.",
    },
    "facts_changed": {
        "code": "FACTS_CHANGED",
        "title": "The facts kept changing",
        "citation": "",
        "sentence": "What the decision rests on changed three times while it was made.",
        "remedy": "Send the request again.",
    },
    "obligation_unenforceable": {
        "code": "OBLIGATION_UNENFORCEABLE",
        "title": "A duty that comes with the permit cannot be carried out here",
        "citation": "",
        "sentence": "It would be permitted with a duty that this gateway cannot enforce: {obligations}.",
        "remedy": "Ask the operator which duties this gateway can carry out.",
    },
    "approval_required": {
        "code": "APPROVAL_REQUIRED",
        "title": "Supervisors decide first",
        "citation": "",
        "sentence": "The request is permitted, and waits for the approval of {approvers} of the agency's supervisors.",
        "remedy": "Nothing to do; GET /v1/searches/ and the id of this decision shows what came of it.",
    },
    "gallery_without_crops": {
        "code": "GALLERY_WITHOUT_CROPS",
        "title": "Examiners would have nothing to look at",
        "citation": "",
        "sentence": "Two examiners must judge the result, and this gallery keeps no pictures for them to compare.",
        "remedy": "Search a gallery that was made with keep_crops, where the contract allows it.",
    },
    "issuer_suspended": {
        "code": "ISSUER_SUSPENDED",
        "title": "The issuer of the token is suspended",
        "citation": "contract",
        "sentence": "No token of this issuer is accepted for the time being.",
        "remedy": "Ask the operator.",
    },
    "agency_suspended": {
        "code": "AGENCY_SUSPENDED",
        "title": "The agency is suspended",
        "citation": "contract",
        "sentence": "The agency's access is suspended, and every token issued before is void.",
        "remedy": "The agency's administrator was told the rule and the log entries; the suspension can be appealed.",
    },
    "user_suspended": {
        "code": "USER_SUSPENDED",
        "title": "The user is suspended",
        "citation": "contract",
        "sentence": "The user for whom the token was issued is suspended.",
        "remedy": "Ask the agency's administrator.",
    },
    "client_suspended": {
        "code": "CLIENT_SUSPENDED",
        "title": "The client is suspended",
        "citation": "contract",
        "sentence": "The OAuth client is suspended.",
        "remedy": "Ask the operator.",
    },
    "result_frozen": {
        "code": "RESULT_FROZEN",
        "title": "The result is frozen",
        "citation": "",
        "sentence": "No instrument followed the emergency in time, or the result had to go; nobody may see it.",
        "remedy": "Apply to the court; a new search needs its order.",
    },
    "result_deleted": {
        "code": "RESULT_DELETED",
        "title": "The result was deleted",
        "citation": "",
        "sentence": "The result had to go and was deleted; there is nothing left to use.",
        "remedy": "Apply to the court; a new search needs its order.",
    },
    "log_denied_attempt": {
        "code": "LOG_DENIED_ATTEMPT",
        "title": "Denied attempts are logged",
        "citation": "Product policy",
        "sentence": "This attempt stays on the log.",
        "remedy": "Nothing to do.",
    },
    "token_revoked": {
        "code": "TOKEN_REVOKED",
        "title": "The token was revoked",
        "citation": "contract",
        "sentence": "The access token was revoked while the request was under way; nothing was released.",
        "remedy": "Ask for a new token and send the request again.",
    },
}

# What every denial owes, whoever gives it; policy says so of its own.
LOGGED: Final = Obligation(code="LOG_DENIED_ATTEMPT", parameters={}, due=None, pack=PACK, rule="log_denied_attempt")


def refusal(code: str, *, revision: int, parameters: Mapping[str, str] | None = None) -> Decision:
    """A denial with one reason of this module.

    Raises:
        KeyError: `code` is not one of the gateway's own.
    """
    reason = Reason(code=WORDS[code.lower()]["code"], parameters=dict(parameters or {}), pack=PACK, rule=code.lower())
    return Decision(permit=False, revision=revision, reasons=(reason,), obligations=(LOGGED,))


def owed(decision: Decision) -> list[dict[str, Any]]:
    """The obligations of such a denial, as people read them."""
    return render_obligations(decision, {PACK: WORDS})


def owed_on_record() -> list[dict[str, Any]]:
    """What a refusal owes that is no decision of policy and is an entry all the same."""
    return owed(Decision(permit=False, revision=0, reasons=(), obligations=(LOGGED,)))
