"""Whoever administers is logged like whoever searches: each route that changes something writes its kind of entry.

The URL map is walked, so a new route fails here until it says what it writes and is called. A kind of entry that
nothing here writes is written by a process, or by a route in a case that is made elsewhere; the test of it is named.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from acts import issuers, people, policy, records, searching
from acts.recorder import Recorder
from console_house import quick_hashing
from gate_house import gate_house

from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from acts.recorder import Route
    from gate_house import Copies

pytestmark = [
    pytest.mark.opa,
    pytest.mark.photographs,
    pytest.mark.timeout(1500),
    pytest.mark.skipif(shutil.which("opa") is None, reason="needs the opa program"),
    pytest.mark.skipif(shutil.which("regal") is None, reason="needs the regal program"),
]

TESTS = Path(__file__).parent.parent
REGISTRY = {
    "agencies": EntryKind.AGENCY_WRITTEN,
    "contracts": EntryKind.CONTRACT_WRITTEN,
    "users": EntryKind.USER_WRITTEN,
    "clients": EntryKind.CLIENT_WRITTEN,
    "instruments": EntryKind.INSTRUMENT_WRITTEN,
    "issuers": EntryKind.ISSUER_WRITTEN,
    "exigencies": EntryKind.EXIGENCY_WRITTEN,
}
_DRAFT = "/v1/policies/drafts/<uuid:draft_id>"
WRITES: dict[Route, EntryKind] = {
    **{(verb, f"/v1/{name}/<path:record_id>"): kind for name, kind in REGISTRY.items() for verb in ("PUT", "PATCH")},
    ("PUT", "/v1/court-keys/<court>/<kid>"): EntryKind.PROPOSAL_MADE,
    ("PUT", "/v1/user-links/<issuer>/<path:subject>"): EntryKind.USER_LINK_WRITTEN,
    ("POST", "/v1/instruments"): EntryKind.INSTRUMENT_WRITTEN,
    ("POST", "/v1/instruments/<path:record_id>/confirm"): EntryKind.INSTRUMENT_WRITTEN,
    ("POST", "/v1/instruments/filings"): EntryKind.INSTRUMENT_WRITTEN,
    ("POST", "/v1/exigencies/<path:record_id>/application"): EntryKind.EXIGENCY_WRITTEN,
    ("POST", "/v1/exigencies/<path:record_id>/confirm"): EntryKind.EXIGENCY_WRITTEN,
    ("POST", "/v1/exigencies/<path:record_id>/instrument"): EntryKind.EXIGENCY_WRITTEN,
    ("POST", "/v1/agencies/<agency>/exigency-right"): EntryKind.EXIGENCY_RIGHT_RESTORED,
    ("POST", "/v1/court-statements"): EntryKind.COURT_STATEMENT,
    ("POST", "/v1/proposals"): EntryKind.PROPOSAL_MADE,
    ("POST", "/v1/proposals/<uuid:proposal>/approve"): EntryKind.PROPOSAL_DECIDED,
    ("POST", "/v1/proposals/<uuid:proposal>/refuse"): EntryKind.PROPOSAL_DECIDED,
    ("POST", "/oauth/register"): EntryKind.CLIENT_WRITTEN,
    ("PUT", "/oauth/register/<path:client_id>"): EntryKind.CLIENT_WRITTEN,
    ("DELETE", "/oauth/register/<path:client_id>"): EntryKind.CLIENT_WRITTEN,
    ("POST", "/v1/searches"): EntryKind.DECISION,
    ("POST", "/v1/comparisons"): EntryKind.DECISION,
    ("POST", "/v1/decisions"): EntryKind.DRY_RUN,
    ("POST", "/v1/searches/<uuid:search_id>/uses"): EntryKind.RESULT_USED,
    ("POST", "/v1/searches/<uuid:search_id>/outcome"): EntryKind.RESULT_OUTCOME,
    ("POST", "/v1/searches/<uuid:search_id>/instrument"): EntryKind.DUTY_DISCHARGED,
    ("POST", "/"): EntryKind.FACE_GROUPED,  # one of those that Rekognition's operations write
    ("POST", "/v1/galleries"): EntryKind.GALLERY_CREATED,
    ("DELETE", "/v1/galleries/<name>"): EntryKind.GALLERY_DELETED,
    ("POST", "/v1/galleries/<name>/faces"): EntryKind.DECISION,
    ("DELETE", "/v1/galleries/<name>/faces/<uuid:face_id>"): EntryKind.FACE_DELETED,
    ("POST", "/v1/approvals/<uuid:decision_id>/votes"): EntryKind.APPROVAL_DECIDED,
    ("POST", "/v1/reviews/<uuid:decision_id>/take"): EntryKind.REVIEW_TAKEN,
    ("POST", "/v1/reviews/<uuid:decision_id>/judgement"): EntryKind.REVIEW_JUDGED,
    ("POST", "/v1/docket/<uuid:duty_id>/discharge"): EntryKind.DUTY_DISCHARGED,
    ("PUT", "/v1/chains/<agency>"): EntryKind.CHAIN_WRITTEN,
    ("POST", "/v1/webhooks"): EntryKind.WEBHOOK_WRITTEN,
    ("DELETE", "/v1/webhooks/<uuid:webhook>"): EntryKind.WEBHOOK_WRITTEN,
    ("POST", "/v1/sanctions"): EntryKind.SANCTION_IMPOSED,
    ("POST", "/v1/sanctions/<uuid:sanction_id>/lift"): EntryKind.SANCTION_LIFTED,
    ("POST", "/v1/revocations"): EntryKind.ACCESS_REVOKED,
    ("POST", "/v1/invitations"): EntryKind.ACCOUNT_INVITED,
    ("PATCH", "/v1/accounts/<path:account_id>"): EntryKind.ACCOUNT_WRITTEN,
    ("DELETE", "/v1/accounts/<path:account_id>/sessions"): EntryKind.SESSION_ENDED,
    ("POST", "/v1/audit/entries/<int:index>/disclosures"): EntryKind.ENTRY_DISCLOSED,
    ("POST", "/v1/audit/holds"): EntryKind.LEGAL_HOLD_PLACED,
    ("POST", "/v1/audit/holds/<uuid:hold_id>/lift"): EntryKind.LEGAL_HOLD_LIFTED,
    ("POST", "/v1/audit/erasures"): EntryKind.ERASURE_ORDERED,
    ("POST", "/v1/audit/erasures/<uuid:order_id>/approve"): EntryKind.ERASURE_DONE,
    ("POST", "/v1/audit/erasures/<uuid:order_id>/refuse"): EntryKind.ERASURE_REFUSED,
    ("POST", "/v1/audit/exports"): EntryKind.EXPORT_MADE,
    ("DELETE", "/v1/audit/exports/<name>"): EntryKind.EXPORT_ENDED,
    ("POST", "/v1/policies/drafts"): EntryKind.DRAFT_CREATED,
    ("PUT", f"{_DRAFT}/files/<path:path>"): EntryKind.DRAFT_FILE_WRITTEN,
    ("DELETE", f"{_DRAFT}/files/<path:path>"): EntryKind.DRAFT_FILE_WRITTEN,
    ("POST", f"{_DRAFT}/check"): EntryKind.DRAFT_CHECKED,
    ("POST", f"{_DRAFT}/submit"): EntryKind.DRAFT_SUBMITTED,
    ("POST", f"{_DRAFT}/reopen"): EntryKind.DRAFT_REOPENED,
    ("POST", f"{_DRAFT}/withdraw"): EntryKind.DRAFT_WITHDRAWN,
    ("POST", f"{_DRAFT}/impact"): EntryKind.ENTRIES_READ,
    ("POST", f"{_DRAFT}/shadow"): EntryKind.SHADOW_STARTED,
    ("POST", f"{_DRAFT}/review"): EntryKind.DRAFT_REVIEWED,
    ("POST", f"{_DRAFT}/publish"): EntryKind.REVISION_PUBLISHED,
    ("POST", "/v1/policies/rollback"): EntryKind.DRAFT_SUBMITTED,
    ("POST", "/v1/policies/holds"): EntryKind.HOLD_PLACED,
    ("POST", "/v1/policies/holds/<uuid:hold_id>/lift"): EntryKind.HOLD_LIFTED,
    ("POST", "/v1/policies/replays"): EntryKind.ENTRIES_READ,
    ("POST", "/v1/policies/revisions/<int:number>/explain"): EntryKind.ENTRIES_READ,
    ("POST", "/v1/policies/revisions/<int:number>/impact"): EntryKind.ENTRIES_READ,
    ("POST", "/oauth/token"): EntryKind.TOKEN_ISSUED,
    ("POST", "/oauth/revoke"): EntryKind.TOKEN_REVOKED,
    ("POST", "/oauth/authorize"): EntryKind.GRANT_ALLOWED,
    ("POST", "/console/device"): EntryKind.GRANT_ALLOWED,
    ("POST", "/oauth/issuers/<issuer_id>/logout"): EntryKind.LOGOUT_RECEIVED,
    ("POST", "/oauth/issuers/<issuer_id>/events"): EntryKind.LOGOUT_RECEIVED,
    ("POST", "/console/enrol/password"): EntryKind.ACCOUNT_ENROLLED,
    ("POST", "/console/enrol/passkey"): EntryKind.ACCOUNT_ENROLLED,
    ("POST", "/console/sign-in/code"): EntryKind.SESSION_STARTED,
    ("POST", "/console/sign-in/passkey"): EntryKind.SESSION_STARTED,
    ("POST", "/console/sign-out"): EntryKind.SESSION_ENDED,
    ("POST", "/console/account/password"): EntryKind.CREDENTIAL_ADDED,
    ("POST", "/console/account/password/remove"): EntryKind.CREDENTIAL_REMOVED,
    ("POST", "/console/account/passkeys"): EntryKind.CREDENTIAL_ADDED,
    ("POST", "/console/account/passkeys/<uuid:passkey>/remove"): EntryKind.CREDENTIAL_REMOVED,
    ("POST", "/console/account/sessions/<uuid:other>/end"): EntryKind.SESSION_ENDED,
    ("POST", "/console/account/sessions/end"): EntryKind.SESSION_ENDED,
}
# What decides nothing, and the tables in which it may leave what an act begins from or what keeps strangers out.
_CEREMONY = "identity.ceremonies"
DECIDES_NOTHING: dict[Route, set[str]] = {
    ("POST", "/oauth/par"): {"identity.pushed_requests", "identity.used_assertions"},
    ("POST", "/oauth/device_authorization"): {"identity.device_requests", "identity.used_assertions"},
    ("POST", "/oauth/introspect"): {"identity.used_assertions"},
    ("POST", "/console/invitation"): {_CEREMONY},
    ("POST", "/console/enrol/passkey/options"): {_CEREMONY},
    ("POST", "/console/sign-in"): {_CEREMONY, "identity.attempts"},
    ("POST", "/console/sign-in/passkey/options"): {_CEREMONY, "identity.attempts"},
    ("POST", "/console/account/password/begin"): {_CEREMONY},
    ("POST", "/console/account/passkeys/options"): {_CEREMONY},
    ("POST", "/v1/opa/status"): {"policy.opa_status"},  # what a program of an agency's says of itself
}
_DOCKET = "unit/enforcement/docket"
_DUTIES = f"{_DOCKET}/test_duties.py::test_a_night_without_anybody_awake_ends_with_the_operator"
_NO_PAPER = f"{_DOCKET}/test_emergencies.py::test_without_a_paper_results_freeze_then_go_and_the_right_is_lost"
_GENERATIONS = "unit/compliance/test_erasures.py::test_a_generation_that_advanced_is_used_by_who_was_running_before"
_FIRST_SIGNATURE = (
    "unit/audit/test_signer.py::test_before_its_first_checkpoint_a_log_names_its_key_and_silence_is_broken_each_minute"
)
ELSEWHERE: dict[EntryKind, str] = {
    EntryKind.WITNESSES_CHANGED: (
        "unit/audit/test_agreed_witnesses.py::test_each_change_is_an_entry_that_names_the_keys_that_came_and_went"
    ),
    EntryKind.ABANDONED: (
        "unit/enforcement/test_sweeper.py::test_an_overdue_permit_is_abandoned_once_and_its_counter_kept"
    ),
    EntryKind.WITHHELD: (
        "attacks/test_standing_at_commit.py::test_a_result_that_was_found_stays_where_its_caller_lost_its_standing"
    ),
    EntryKind.APPROVAL_EXPIRED: (
        "unit/enforcement/test_waits.py::test_an_approval_that_nobody_gave_in_its_time_has_lapsed"
    ),
    EntryKind.KEY_ROTATED: (
        "functional/test_key_rotation.py::test_while_the_key_is_replaced_old_tokens_and_new_ones_are_good_everywhere"
    ),
    EntryKind.ENTRIES_EXPORTED: "unit/audit/test_exports.py::test_each_delivery_is_an_entry_that_names_what_went",
    EntryKind.ERASURE_SWEPT: (
        "unit/compliance/test_erasures.py::test_what_another_process_seals_with_a_key_it_remembers_is_swept"
    ),
    EntryKind.GENERATION_ADVANCED: _GENERATIONS,
    EntryKind.GENERATION_DESTROYED: _GENERATIONS,
    EntryKind.EXIGENCY_RIGHT_SUSPENDED: _NO_PAPER,
    EntryKind.DUTY_REMINDED: _DUTIES,
    EntryKind.DUTY_OVERDUE: _DUTIES,
    EntryKind.DUTY_ESCALATED: _DUTIES,
    EntryKind.DUTY_LAPSED: _DUTIES,
    EntryKind.DUTY_MISSED: _NO_PAPER,
    EntryKind.DUTY_CARRIED_OUT: _NO_PAPER,
    EntryKind.RESULT_FROZEN: _NO_PAPER,
    EntryKind.RESULT_DELETED: _NO_PAPER,
    EntryKind.DELETION_HELD: (
        f"{_DOCKET}/test_deletion.py::test_a_legal_hold_keeps_what_would_go_and_its_lifting_lets_it_go"
    ),
    EntryKind.MESSAGE_GIVEN_UP: (
        f"{_DOCKET}/test_deliveries.py"
        "::test_what_nobody_takes_is_given_up_after_two_days_with_an_entry_and_the_log_of_messages_shows_it"
    ),
    EntryKind.PUBLICATION_FAILED: (
        "unit/policy/test_drafts.py::test_what_cannot_be_published_at_its_time_is_marked_and_the_old_revision_goes_on"
    ),
    EntryKind.HEARTBEAT: _FIRST_SIGNATURE,
    EntryKind.LOG_STARTED: _FIRST_SIGNATURE,
    EntryKind.LOG_KEY_ROTATED: (
        "unit/audit/test_rotation.py::test_the_handing_over_is_on_the_log_under_the_checkpoint_that_both_signed"
    ),
    EntryKind.LOG_RECOVERED: "unit/audit/test_recovery.py::test_the_log_goes_on_under_the_new_name_and_says_why",
    EntryKind.LOG_TIMESTAMPED: (
        "unit/audit/test_stamping.py::test_the_last_checkpoint_is_stamped_once_in_ten_minutes_and_verifies_offline"
    ),
}


@pytest.fixture(scope="module")
def recorder(copies: Copies, cluster_home: Path, pictures: dict[str, Path]) -> Iterator[Recorder]:
    """The gateway after everything that its routes allow was done once."""
    with (
        quick_hashing(),
        issuers.issuer() as known,
        gate_house(copies, cluster_home, with_engine=True, outbound=(known.url,)) as house,
    ):
        made = Recorder(house, pictures, watched=set(DECIDES_NOTHING))
        searching.act(made)
        searching.emergencies(made)
        people.act(made)
        issuers.act(made, known)
        records.act(made)
        policy.act(made)
        yield made


def changing(recorder: Recorder) -> set[Route]:
    return {
        (method, rule.rule)
        for rule in recorder.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
    }


def test_each_route_that_changes_something_says_which_entry_it_writes(recorder: Recorder) -> None:
    assert changing(recorder) == WRITES.keys() | DECIDES_NOTHING.keys()


def test_each_call_that_succeeded_wrote_that_entry(recorder: Recorder) -> None:
    calls = {route: [left for left in recorder.left[route] if left.succeeded] for route in WRITES}
    assert [route for route, done in calls.items() if not done] == [], "never called"
    kinds = {route: [sorted(left.kinds) for left in done] for route, done in calls.items()}
    silent = {route: found for route, found in kinds.items() if not any(WRITES[route] in one for one in found)}
    assert silent == {}
    assert {route: found for route, found in kinds.items() if [] in found} == {}


def test_what_decides_nothing_changes_nothing_else(recorder: Recorder) -> None:
    calls = {route: [left for left in recorder.left[route] if left.succeeded] for route in DECIDES_NOTHING}
    assert [route for route, found in calls.items() if not found] == [], "never called"
    changed = {
        route: sorted({*left.kinds, *(left.tables - DECIDES_NOTHING[route])})
        for route, found in calls.items()
        for left in found
    }
    assert {route: what for route, what in changed.items() if what} == {}


def test_each_kind_of_entry_is_written_here_or_in_a_test_that_is_named(recorder: Recorder) -> None:
    assert set(EntryKind) - {EntryKind(kind) for kind in recorder.kinds()} == ELSEWHERE.keys()


@pytest.mark.parametrize(("kind", "test"), ELSEWHERE.items(), ids=[kind.value for kind in ELSEWHERE])
def test_what_is_written_elsewhere_has_a_test_that_names_it(kind: EntryKind, test: str) -> None:
    path, _, name = test.partition("::")
    text = (TESTS / path).read_text()
    assert re.search(rf"^def {name}\(", text, re.MULTILINE), test
    assert re.search(rf"\b{re.escape(kind.value)}\b", text) or re.search(rf"EntryKind\.{kind.name}\b", text), test
