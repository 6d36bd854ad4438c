"""Impact on a real log: exactly the decisions that a draft changes, and nothing personal in what it says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from recorded_house import RecordedHouse, documents, recorded_house

from gateway.audit.entries import Entry
from gateway.clock import uuid7
from gateway.policy import impact, replay
from gateway.policy.evaluators import EvaluationError
from gateway.policy.recorded import RecordedDecisions
from gateway.policy.revisions import build
from gateway.policy.rule_report import rule_report
from gateway.policy.wasm_engine import WasmEngine
from gateway.postgres.deployment import DatabaseRole
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import DatabaseFactory

    from gateway.policy.revisions import Revision
    from gateway.settings import Settings

DATE = '#   effective_from: "2021-07-01"'
RULE = "governance_missing"


@pytest.fixture
def house(settings: Settings, database: DatabaseFactory) -> RecordedHouse:
    return recorded_house(settings, database)


def without_governance(policies: Path) -> None:
    """Loosens one Washington rule: it comes into force in 2050 only."""
    path = policies / "packs" / "us_wa" / "chapter.rego"
    before, head, after = path.read_text().partition(f'denials["{RULE}"]')
    start = before.rindex(DATE)
    path.write_text(before[:start] + before[start:].replace("2021-07-01", "2050-01-01", 1) + head + after)


def expected(candidate: Revision, base: Revision, asked: list[dict[str, Any]], ids: list[str]) -> dict[str, str]:
    """Decision id to change, found by deciding each request twice in this process."""
    found = {}
    engines = WasmEngine(base, instances=1), WasmEngine(candidate, instances=1)
    for decision_id, document in zip(ids, asked, strict=True):
        before, after = (engine.decide(document) for engine in engines)
        if before.permit != after.permit:
            found[decision_id] = "newly_permitted" if after.permit else "newly_denied"
        elif before.reasons != after.reasons:
            found[decision_id] = "changed_reasons"
        elif before.obligations != after.obligations:
            found[decision_id] = "changed_obligations"
    for engine in engines:
        engine.close()
    return found


@pytest.mark.opa
def test_a_loosened_rule_changes_exactly_the_decisions_that_rested_on_it(house: RecordedHouse) -> None:
    asked = documents()
    ids = house.record(asked)
    candidate = house.edited(without_governance)
    found = impact.run(house.replayer, candidate=candidate, keys=house.settings.keys)
    document = found.document()
    wanted = expected(candidate, house.base, asked, ids)
    assert {row["decision_id"]: row["changes"][0] for row in document["decisions"]} == wanted
    assert set(found.newly_permitted) == {one for one, change in wanted.items() if change == "newly_permitted"}
    assert found.newly_permitted, "the rule mattered"
    assert document["counts"]["newly_denied"] == document["counts"]["errors"] == 0
    assert document["replayed"] == document["found"] == len(ids)
    assert document["unfaithful"] == []
    assert document["by"]["pack"]["us_wa"]["newly_permitted"] == len(found.newly_permitted)
    for row in document["decisions"]:
        assert RULE in {reason["rule"] for reason in row["reasons"]["gone"]}
    assert document["speed"]["sampled"] > 0


@pytest.mark.opa
def test_an_older_publication_is_not_counted_against_the_draft(house: RecordedHouse) -> None:
    asked = documents()
    ids = house.record(asked)
    loosened = house.edited(without_governance)
    house.publish(loosened)
    again = house.edited(without_governance, number=3)
    found = impact.run(house.replayer, candidate=again, keys=house.settings.keys)
    assert found.document()["decisions"] == [], "the draft says what is live; only the log's answers are older"
    assert found.document()["replayed"] == len(ids)


def test_the_same_revision_changes_nothing_and_the_document_is_stored_as_it_was_seen(house: RecordedHouse) -> None:
    house.record(documents(130))
    found = impact.run(house.replayer, candidate=house.base, last=100, keys=house.settings.keys, processes=1)
    assert found.document()["replayed"] == 100
    assert set(found.document()["counts"].values()) == {0}
    draft = uuid7()
    with house.web.transaction() as connection:
        impact.store(connection, found, draft)
        impact.store(connection, found, draft)
    with house.web.transaction() as connection:
        assert impact.stored(connection, draft) == (found.digest, found.document())
        assert impact.stored(connection, uuid7()) is None


def test_nothing_personal_is_in_an_impact(house: RecordedHouse, settings: Settings) -> None:
    secret = "Petra Nowak was seen at the ferry terminal"
    asked = [{**one, "justification": secret, "case_number": "26-SECRET-1"} for one in documents(60)]
    house.record(asked)
    policies = settings.home / "loose"
    candidate = tightened(house, policies)
    found = impact.run(house.replayer, candidate=candidate, keys=settings.keys)
    assert found.document()["counts"]["newly_denied"] > 0
    assert secret not in found.text
    assert "SECRET" not in found.text
    assert "ruiz" not in found.text


def test_an_erased_input_counts_as_not_replayable(house: RecordedHouse, settings: Settings) -> None:
    ids = house.record(documents(5))
    gone, other = ids[1], ids[2]
    with house.sequencer.transaction() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    erase(settings, house, gone)
    found = impact.run(house.replayer, candidate=house.base, keys=settings.keys)
    assert found.document()["not_replayable"] == [gone]
    assert found.document()["replayed"] == 4
    with pytest.raises(replay.NotReplayableError, match="erased"):
        replay.one(house.replayer, UUID(gone), keys=settings.keys)
    answer = replay.one(house.replayer, UUID(other), keys=settings.keys)
    assert answer is not None
    assert answer.same


LIES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "nothing of a decision": ({"reasons": ..., "packs": ..., "revision": ..., "decision_id": ...}, {}),
    "other types": ({"reasons": 1, "obligations": {}, "packs": None, "revision": "one"}, {}),
    "codes that are none": ({"reasons": [[]], "packs": [{}]}, {}),
    "an input that is no text": ({}, {"input": [1]}),
    "an input that is no JSON": ({}, {"input": "{\n"}),
    "reasons that are none": ({}, {"reasons": [1]}),
    "obligations that are none": ({}, {"obligations": {"a": []}}),
}


@pytest.mark.parametrize("lie", LIES)
def test_an_entry_that_is_no_decision_stops_no_question_about_the_others(
    house: RecordedHouse, settings: Settings, lie: str
) -> None:
    """As a web process under an attacker's control appends it, in the names of a decision."""
    ids = house.record(documents(3))
    with house.web.transaction() as connection:
        clear, disclosed = LIES[lie]
        good: dict[str, Any] = {
            "decision_id": str(uuid7()), "agency": "lakeport-pd", "operation": "identify_1_to_n", "purpose": "none",
            "permit": True, "reasons": ["EMERGENCY"], "obligations": [], "packs": ["base"],
            "revision": house.base.number,
        }  # fmt: skip
        said = {name: value for name, value in (good | clear).items() if value is not ...}
        sealed = {"input": json.dumps(documents(1)[0]), "reasons": [], "obligations": []} | disclosed
        house.log.record(connection, Entry(EntryKind.DECISION, said, sealed, scope="case:lies"))
    ids += house.record(documents(3))
    found = impact.run(house.replayer, candidate=house.base, keys=settings.keys).document()
    assert (found["found"], found["unfaithful"]) == (7, [])
    assert found["replayed"] + len(found["not_replayable"]) == 7
    assert not {*ids} & {*found["not_replayable"]}
    decisions = RecordedDecisions(house.replayer, settings.keys)
    assert rule_report(decisions.last(10), house.base)["decisions"] == 7


def test_a_decision_is_made_again_under_the_revision_that_decided_it(house: RecordedHouse, settings: Settings) -> None:
    asked = documents(40)
    ids = house.record(asked)
    house.publish(tightened(house, settings.home / "tight"))
    for decision_id in ids[:6]:
        answer = replay.one(house.replayer, UUID(decision_id), keys=settings.keys)
        assert answer is not None
        assert answer.revision.number == 1
        assert answer.same
        assert answer.document()["recorded"] == answer.document()["replayed"]
    turned = [replay.one(house.replayer, UUID(one), keys=settings.keys, under=2) for one in ids]
    assert any(one is not None and not one.same for one in turned)
    assert replay.one(house.replayer, uuid7(), keys=settings.keys) is None
    assert replay.one(house.replayer, UUID(ids[0]), keys=settings.keys, agency="harlan-so") is None


def test_an_agency_sees_its_own_decisions_only(house: RecordedHouse, settings: Settings) -> None:
    house.record(documents(3), agency="lakeport-pd")
    theirs = house.record(documents(2), agency="harlan-so")
    recorded = RecordedDecisions(house.replayer, settings.keys)
    assert [one.decision_id for one in recorded.last(10, agency="harlan-so")] == theirs[::-1]
    assert len(list(recorded.last(10))) == 5


def test_a_candidate_that_never_ends_is_errors_and_not_a_wait(house: RecordedHouse, settings: Settings) -> None:
    ids = house.record(documents(4))
    candidate = tightened(house, settings.home / "slow")
    broken = type(candidate)(candidate.number, candidate.tar, {**candidate.files, "policy.wasm": b"\0asm\1\0\0\0"})
    with pytest.raises(EvaluationError):
        impact.run(house.replayer, candidate=broken, keys=settings.keys)
    assert len(ids) == 4


def tightened(house: RecordedHouse, policies: Path) -> Revision:
    """The shipped module with other data: every still-image search is held. It needs no compiler."""
    import shutil  # noqa: PLC0415 - of this function alone

    from gateway.policy.folder import POLICIES  # noqa: PLC0415 - as above
    from gateway.policy.keys import signing_key  # noqa: PLC0415 - as above

    shutil.copytree(POLICIES, policies)
    holds = {"all": {"match": {"operation": "identify_1_to_n"}, "expires_at": 2**62}}
    (policies / "data" / "holds" / "data.json").write_text(json.dumps(holds))
    return build(2, policies=policies, key=signing_key(house.settings.keys))


def erase(settings: Settings, house: RecordedHouse, decision_id: str) -> None:
    """Destroys the key of a decision's disclosures, as an erasure does."""
    import psycopg  # noqa: PLC0415 - the administrator's hand

    (found,) = (
        one for one in RecordedDecisions(house.replayer, settings.keys).last(100) if one.decision_id == decision_id
    )
    with psycopg.connect(str(settings.database_url)) as connection:
        connection.execute(
            "UPDATE audit.disclosure_keys SET wrapped = NULL WHERE key_id ="
            " (SELECT key_id FROM audit.disclosures WHERE index = %s)",
            (found.index,),
        )


def test_the_role_that_replays_reads_nothing_else(database: DatabaseFactory) -> None:
    import psycopg  # noqa: PLC0415 - its errors

    replayer = database(DatabaseRole.REPLAYER)
    for table in ("audit.entries", "audit.disclosures", "audit.disclosure_keys", "registry.agencies", "policy.impacts"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), replayer.transaction() as connection:
            connection.execute(f"SELECT 1 FROM {table}".encode())
    with replayer.transaction() as connection:
        rows = connection.execute("SELECT * FROM policy.recorded_decisions(9223372036854775807, 10)").fetchall()
    assert rows == [], "and nobody's, until it is said whose"
