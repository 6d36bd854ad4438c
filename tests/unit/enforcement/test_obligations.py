"""Obligations: each is honoured or refuses the permit, the answer is cut by the stricter, duties fall due early."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.enforcement.obligations import (
    ACTING,
    AWAITING_PAPER,
    INCIDENT,
    LEAD_NOTICE,
    deletable,
    duties,
    enforceable,
    shape,
    unenforceable,
)
from gateway.policy.decision import Decision, Obligation, Reason
from gateway.vocabulary import OBLIGATIONS, Effect

# What nothing in this product can honour yet. A code leaves this list only with its handler.
NO_HANDLER: set[str] = set()
NOW = 1_000
LIMITS: dict[str, dict[str, Any]] = {
    "MAX_CANDIDATES": {"value": 3},
    "MAX_FALSE_CANDIDATE": {"value": 1000},
    "MIN_SIMILARITY": {"value": 91},
}


def obliged(code: str, *, due: int | None = None, pack: str = "base", **parameters: Any) -> Obligation:
    return Obligation(code=code, parameters=parameters, due=due, pack=pack, rule=code.lower())


limits = st.lists(
    st.one_of(
        st.builds(lambda n: obliged("MIN_SIMILARITY", value=n), st.integers(0, 100)),
        st.builds(lambda n: obliged("MAX_CANDIDATES", value=n), st.integers(0, 100)),
        st.builds(lambda n: obliged("MAX_FALSE_CANDIDATE", value=n), st.integers(1, 10**6)),
        st.just("MIN_SIMILARITY_99").map(obliged),
        st.sampled_from(["LEAD_ONLY", "HUMAN_REVIEW", "LOG_AS_PUBLIC_RECORD"]).map(obliged),
    ),
    max_size=6,
)


def permitting(*obligations: Obligation, permit: bool = True) -> Decision:
    reason = Reason(code="PURPOSE_PERMITTED", parameters={}, pack="base", rule="purpose_permitted")
    return Decision(permit=permit, revision=7, reasons=(reason,), obligations=obligations, packs=("base", "contract"))


@pytest.mark.parametrize("code", sorted(OBLIGATIONS))
def test_each_code_has_a_handler_or_makes_the_permit_a_denial(code: str) -> None:
    decision = permitting(obliged(code, **LIMITS.get(code, {})))
    judged = enforceable(decision)
    if code not in NO_HANDLER:
        assert judged == decision
        return
    assert not judged.permit
    assert judged.codes == ("OBLIGATION_UNENFORCEABLE",)
    assert judged.reasons[0].parameters == {"obligations": code}
    assert (judged.obligations, judged.packs, judged.revision) == (decision.obligations, decision.packs, 7)


@pytest.mark.parametrize("code", sorted(OBLIGATIONS.keys() - NO_HANDLER))
def test_a_handler_does_what_its_effect_says(code: str) -> None:
    obligation = obliged(code, due=99, **LIMITS.get(code, {}))
    cut = shape((obligation,), min_similarity=80.0, max_candidates=10)
    untouched = cut == shape((), min_similarity=80.0, max_candidates=10)
    effect = OBLIGATIONS[code]
    assert untouched == (effect is not Effect.SHAPE)
    # An incident is opened with the decision, and waits for nobody.
    waits = effect is Effect.DUTY and code != INCIDENT
    assert duties((obligation,), now_ns=NOW) == ([(code, 99)] if waits else [])


@pytest.mark.parametrize(
    "obligation",
    [
        obliged("INVENTED_TOMORROW"),
        obliged("MIN_SIMILARITY"),
        obliged("MIN_SIMILARITY", value="99"),
        obliged("MAX_CANDIDATES", value=True),
        obliged("MAX_CANDIDATES", value=None),
        obliged("MAX_FALSE_CANDIDATE"),
        obliged("MAX_FALSE_CANDIDATE", value="1000"),
    ],
)
def test_an_unknown_code_and_a_limit_without_its_number_cannot_be_honoured(obligation: Obligation) -> None:
    assert unenforceable((obliged("LEAD_ONLY"), obligation)) == (obligation.code,)


def test_a_denial_keeps_its_obligations_and_stays_what_it_is() -> None:
    denial = permitting(obliged("HOLD_FOR_SUPERVISOR"), permit=False)
    assert enforceable(denial) is denial


@given(limits, st.integers(0, 100), st.integers(1, 100), st.randoms())
def test_the_stricter_wins_whatever_the_order(
    obligations: list[Obligation], similarity: int, candidates: int, random: Any
) -> None:
    cut = shape(tuple(obligations), min_similarity=similarity, max_candidates=candidates)
    floors = [o.parameters["value"] for o in obligations if o.code == "MIN_SIMILARITY"]
    floors += [99 for o in obligations if o.code == "MIN_SIMILARITY_99"]
    caps = [o.parameters["value"] for o in obligations if o.code == "MAX_CANDIDATES"]
    assert cut.min_similarity == max([similarity, *floors])
    assert cut.max_candidates == min([candidates, *caps])
    chances = [o.parameters["value"] for o in obligations if o.code == "MAX_FALSE_CANDIDATE"]
    assert cut.max_false_candidate_ppm == min(chances, default=None)
    assert cut.notices[0] == LEAD_NOTICE
    assert len(set(cut.notices)) == len(cut.notices)
    random.shuffle(obligations)
    again = shape(tuple(obligations), min_similarity=similarity, max_candidates=candidates)
    assert (again.min_similarity, again.max_candidates) == (cut.min_similarity, cut.max_candidates)
    assert again.max_false_candidate_ppm == cut.max_false_candidate_ppm
    assert set(again.notices) == set(cut.notices)


@given(st.permutations([None, 30, 10, 20]))
def test_a_duty_of_several_packs_falls_due_at_the_earliest(dues: list[int | None]) -> None:
    obligations = tuple(
        obliged("REPORT_WARRANT_STATS_JANUARY", due=due, pack=f"pack-{position}") for position, due in enumerate(dues)
    )
    assert duties(obligations, now_ns=NOW) == [("REPORT_WARRANT_STATS_JANUARY", 10)]


@pytest.mark.parametrize("code", sorted(ACTING))
def test_what_the_gateway_carries_out_itself_is_due_now_where_no_rule_says_when(code: str) -> None:
    assert duties((obliged(code),), now_ns=NOW) == [(code, NOW)]
    assert duties((obliged(code, due=NOW + 5, pack="a"), obliged(code, pack="b")), now_ns=NOW) == [(code, NOW)]


def test_what_may_have_to_go_by_itself_is_told_from_what_may_not() -> None:
    assert all(deletable((obliged(code),)) for code in ACTING | AWAITING_PAPER)
    assert not deletable((obliged("DISCLOSE_IN_DISCOVERY"), obliged("LEAD_ONLY")))


def test_duties_are_sorted_and_a_date_may_be_missing() -> None:
    given_in_disorder = (obliged("REPORT_WARRANT_STATS_JANUARY"), obliged("DISCLOSE_IN_DISCOVERY", due=5))
    assert duties(given_in_disorder, now_ns=NOW) == [
        ("DISCLOSE_IN_DISCOVERY", 5),
        ("REPORT_WARRANT_STATS_JANUARY", None),
    ]
