"""What must hold of the shipped policy for every request: properties, tried on changed scenario rows by hypothesis.

The runs are the same each time; a counterexample is a request that a pack answers wrongly, printed whole.
"""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any, Final

import pytest
from corpus import ROWS, change, changed_rows, facts, rules_of, spoken
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from gateway.enforcement import gateway_reasons
from gateway.policy.folder import POLICIES
from gateway.policy.input_document import from_scenario
from gateway.policy.keys import signing_key
from gateway.policy.revisions import Revision, build
from gateway.policy.wasm_engine import WasmEngine
from gateway.vocabulary import REASONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# What speaks for a request, by the beginning of its place.
EVIDENCE: Final = (
    "legal_instrument", "exigency", "approval", "approvals", "verification", "consent", "assessment", "necessity",
    "examiner", "justification", "case_number", "offence", "suspicion", "written_request", "retention_policy_public",
    "alternative_offered", "national_derogation_14_5",
    "actor.trained", "actor.training_current", "actor.account", "actor.status",
    "actor.strength", "agency.status", "agency.controls", "client.status", "contract.status", "contract.purposes",
    "contract.operations", "contract.galleries", "contract.valid_from", "contract.valid_to",
    "probe.kind", "probe.source", "engine.vendor",
)  # fmt: skip
# What narrows the evidence that it stands in: a paper without it reaches further, so it speaks against a request. An
# emergency's deadline and a paper's number of searches end what without them would not end; a role may
# bar; a paper without a beginning has begun.
LIMITS: Final = (
    "legal_instrument.scope.limits", "legal_instrument.scope.probe_sha256", "legal_instrument.searches_allowed",
    "legal_instrument.searches_used", "legal_instrument.found", "legal_instrument.valid_from",
    "legal_instrument.scope.operations", "legal_instrument.scope.galleries", "legal_instrument.subject",
    "legal_instrument.place", "exigency.deadline", "exigency.found",
    "approval.approved_by", "actor.known", "actor.role", "actor.roles", "client",
)  # fmt: skip
# As a whole these may be bad papers, of which to show none is better than to show one; each part of them is evidence.
WHOLE: Final = frozenset({"legal_instrument", "legal_instrument.scope", "exigency", "approval"})
# Codes of the vocabulary that no rule gives yet; each pack that comes takes its own from this list.
WITHOUT_A_RULE: Final = frozenset(
    """
    ALGORITHM_NOT_APPROVED AUTHORISATION_REQUIRED AUTHORISATION_SATISFIED CONSENT_DECREE_BAR CONSENT_REQUIRED
    CONSENT_SATISFIED CONTINUOUS_SURVEILLANCE_PROHIBITED DATABASE_NOT_AUTHORISED EXCULPATORY_USE_PERMITTED
    INADVERTENT_RECEIPT INDEPENDENT_EVIDENCE_REQUIRED INITIAL_IDENTIFICATION_EXEMPTION LEADS_EXCEPTION
    LINEUP_REQUIRES_INDEPENDENT_EVIDENCE LIVE_FEED_DATABASE_PROHIBITED MATCH_BARRED_FROM_AFFIDAVIT
    MODE_NOT_PERMITTED NO_NATIONAL_LEGAL_BASIS OBJECTIVE_NOT_PERMITTED OFFENCE_LISTED OUTSIDE_SUBTITLE
    POST_HOC_DEADLINE_MISSED POST_HOC_WITHIN_DEADLINE PRIVATE_USE_BANNED REALTIME_IDENTIFICATION_PROHIBITED
    REALTIME_TRACKING_PROHIBITED REQUESTER_NOT_LAW_ENFORCEMENT RESULT_INADMISSIBLE RETENTION_EXPIRED
    SECOND_VERIFIER_REQUIRED SUBJECT_NOT_TARGET SUSPICION_STANDARD_NOT_MET UNTARGETED_USE_PROHIBITED
    URGENCY_WITHIN_DEADLINE VENDOR_POLICE_BAN VERIFIED_BY_TWO WARRANT_REQUIRED WRITTEN_REQUEST_REQUIRED
    """.split()  # noqa: SIM905 - read as a list of words
)
EXAMPLES: Final = 400
tried = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
DOCUMENTS: Final = list(changed_rows(4 * len(ROWS)))
numbers = st.integers(0, len(DOCUMENTS) - 1)


@pytest.fixture(scope="module")
def shipped(policy_keys: Path) -> Revision:
    return build(1, policies=POLICIES, key=signing_key(policy_keys))


@pytest.fixture(scope="module")
def engine(shipped: Revision) -> Iterator[WasmEngine]:
    engine = WasmEngine(shipped, instances=1, deadline_seconds=5)
    yield engine
    engine.close()


def is_evidence(place: str) -> bool:
    def begins(names: tuple[str, ...]) -> bool:
        return any(place == name or place.startswith(f"{name}.") for name in names)

    return begins(EVIDENCE) and not begins(LIMITS) and place not in WHOLE


@tried
@given(number=numbers, data=st.data())
def test_removing_a_piece_of_positive_evidence_never_turns_a_denial_into_a_permit(
    engine: WasmEngine, number: int, data: st.DataObject
) -> None:
    document = copy.deepcopy(DOCUMENTS[number])
    assume(not engine.decide(document).permit)
    # That something is not so is no evidence for the request: `false` may be left out.
    shown = (place for place, value in facts(document) if value is not None and value is not False)
    there = sorted(place for place in shown if is_evidence(".".join(place)))
    assume(there)
    place = data.draw(st.sampled_from(there))
    for gone in (remove, nothing):
        less = copy.deepcopy(document)
        gone(less, place)
        decision = engine.decide(less)
        assert not decision.permit, f"{'.'.join(place)} spoke against it: {json.dumps(document)}"


@tried
@given(number=numbers, data=st.data())
def test_adding_a_pack_never_turns_a_denial_into_a_permit(
    engine: WasmEngine, shipped: Revision, number: int, data: st.DataObject
) -> None:
    document = copy.deepcopy(DOCUMENTS[number])
    before = engine.decide(document)
    assume(not before.permit and isinstance(document.get("contract"), dict))
    pack = data.draw(st.sampled_from([*sorted(shipped.data["packs"]), "us_moon"]))
    document["contract"]["packs"] = [*(document["contract"].get("packs") or []), pack]
    after = engine.decide(document)
    assert not after.permit
    assert {*before.packs, pack} == set(after.packs)
    duties = {(one.pack, one.rule) for one in before.obligations}
    assert duties <= {(one.pack, one.rule) for one in after.obligations}, "duties add up"


@tried
@given(number=numbers, data=st.data())
def test_adding_a_place_never_turns_a_denial_into_a_permit(
    engine: WasmEngine, shipped: Revision, number: int, data: st.DataObject
) -> None:
    document = copy.deepcopy(DOCUMENTS[number])
    before = engine.decide(document)
    places = document.get("jurisdiction")
    assume(not before.permit and places and "US-TX" not in places)
    assert isinstance(places, list)
    document["jurisdiction"] = [*places, data.draw(st.sampled_from(sorted(shipped.data["jurisdictions"])))]
    assert not engine.decide(document).permit


@settings(tried, max_examples=60)
@given(order=st.permutations(range(0, len(DOCUMENTS), max(1, len(DOCUMENTS) // 24))))
def test_a_decision_depends_only_on_its_input(engine: WasmEngine, shipped: Revision, order: list[int]) -> None:
    expected = {number: engine.decide(DOCUMENTS[number]) for number in sorted(order)}
    assert {number: engine.decide(DOCUMENTS[number]) for number in order} == expected
    shuffled = {name: DOCUMENTS[order[0]][name] for name in sorted(DOCUMENTS[order[0]], reverse=True)}
    assert engine.decide(shuffled) == expected[order[0]], "nor on the order of its fields"
    assert engine.revision == shipped.number


def test_a_fresh_engine_decides_as_one_that_decided_thousands(engine: WasmEngine, shipped: Revision) -> None:
    fresh = WasmEngine(shipped, instances=1, deadline_seconds=5)
    for document in DOCUMENTS[::40]:
        assert fresh.decide(document) == engine.decide(document)
    fresh.close()


def test_each_rule_that_a_row_can_reach_speaks_and_each_code_with_it(engine: WasmEngine, shipped: Revision) -> None:
    """Whatever these changed rows do not reach, `tests/functional/test_engines.py` looks for on both engines."""
    rules = rules_of(shipped)
    reached = set().union(*(spoken(engine.decide(document)) for document in DOCUMENTS))
    codes = {rules[rule]["code"] for rule in reached & rules.keys()}
    wanted = {words["code"] for words in rules.values() if words["kind"] != "obligation"}
    # No published row has a contract that limits false candidates, or a paper that names a person or a place.
    assert wanted - codes <= {
        *("POLICY_HOLD", "ENGINE_NOT_CALIBRATED", "FALSE_CANDIDATE_LIKELY"),
        *("INSTRUMENT_PLACE_MISMATCH", "INSTRUMENT_SUBJECT_MISMATCH"),
    }


def test_each_reason_code_of_the_vocabulary_is_of_a_rule_or_of_the_gateway(shipped: Revision) -> None:
    given_by_rules = {words["code"] for words in rules_of(shipped).values()}
    given_by_gateway = {words["code"] for words in gateway_reasons.WORDS.values()} | {"ENGINE_ERROR"}
    assert REASONS - given_by_rules - given_by_gateway <= WITHOUT_A_RULE


def test_the_scenario_rows_are_asked_as_they_stand() -> None:
    assert DOCUMENTS[: len(ROWS)] == [from_scenario(row) for row in ROWS]


def remove(document: dict[str, Any], place: tuple[str, ...]) -> None:
    *parents, name = place
    at = document
    for parent in parents:
        at = at[parent]
    del at[name]


def nothing(document: dict[str, Any], place: tuple[str, ...]) -> None:
    change(document, place, None)
