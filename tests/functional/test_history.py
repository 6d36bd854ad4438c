"""Replay, explanation and reports against a running gateway, over HTTP and through the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from patience import until

from gateway.cli.policy import policy

if TYPE_CHECKING:
    from gateway_house import House

    from gateway.cli.http import Answer

pytestmark = pytest.mark.photographs

SECRET = "Petra Nowak, last seen on the ferry terminal camera at 14:10"


@pytest.fixture(scope="module")
def house(own_house: House) -> House:
    return own_house


@pytest.fixture(scope="module")
def decided(house: House) -> tuple[str, str]:
    """A permitted and a denied search: their decision ids, both on the log."""
    permitted = house.api().post("/v1/searches", house.search_body(instrument=house.order(), justification=SECRET))
    assert permitted.status == 200, permitted.document
    denied = house.api().post("/v1/searches", house.search_body(purpose="personal", justification=SECRET))
    assert denied.status == 403, denied.document
    ids = permitted.document["decision_id"], denied.document["decision_id"]
    for decision_id in ids:
        replayed(house, decision_id)
    return ids


def replayed(house: House, decision_id: str, client: str = "auditor") -> Answer:
    """Asked until the decision is on the log: the sequencer takes a moment."""

    def answered() -> Answer | None:
        answer = house.api(client).post("/v1/policies/replays", {"decision_id": decision_id})
        return None if answer.status == 404 else answer

    return until(answered, "the decision is on the log")


def test_a_permit_and_a_denial_come_out_as_they_did(house: House, decided: tuple[str, str]) -> None:
    for decision_id, permit in zip(decided, (True, False), strict=True):
        answer = replayed(house, decision_id)
        assert answer.status == 200, answer.document
        assert answer.document["same"]
        assert answer.document["recorded"]["permit"] is permit
        assert answer.document["replayed"] == answer.document["recorded"]
        assert answer.document["revision"]["number"] == 1
        assert SECRET not in json.dumps(answer.document)


def test_another_agency_does_not_even_learn_that_there_is_one(house: House, decided: tuple[str, str]) -> None:
    refused = house.api("trial").post("/v1/policies/replays", {"decision_id": decided[0]})
    assert refused.status == 404
    explained = house.api("trial").post("/v1/policies/revisions/1/explain", {"decision_id": decided[0]})
    assert explained.status == 404


@pytest.mark.opa
def test_the_agency_sees_why_and_others_see_it_without_the_values(house: House, decided: tuple[str, str]) -> None:
    _, denied = decided
    body = {"decision_id": denied}
    own = house.api().post("/v1/policies/revisions/1/explain", body)
    assert own.status == 200, own.document
    assert not own.document["permit"]
    spoke = {(p["pack"], r["rule"]) for p in own.document["packs"] for r in p.get("rules", []) if r["spoke"]}
    assert ("base", "personal_use") in spoke
    assert SECRET in json.dumps(own.document)
    auditor = house.api("auditor").post("/v1/policies/revisions/1/explain", body)
    assert auditor.status == 200
    assert SECRET not in json.dumps(auditor.document)
    assert spoke == {
        (p["pack"], r["rule"]) for p in auditor.document["packs"] for r in p.get("rules", []) if r["spoke"]
    }


@pytest.mark.opa
def test_a_hypothetical_request_is_explained_too(house: House) -> None:
    asked: dict[str, Any] = {"now": 1_790_000_000_000_000_000, "operation": "identify_1_to_n"}
    answer = house.api().post("/v1/policies/revisions/1/explain", {"request": asked, "pack": "base"})
    assert answer.status == 200, answer.document
    assert not answer.document["permit"]
    wrong = house.api().post("/v1/policies/revisions/1/explain", {"request": {"porpoise": 1}})
    assert (wrong.status, wrong.code) == (422, "REQUEST_INVALID")
    neither = house.api().post("/v1/policies/revisions/1/explain", {})
    assert (neither.status, neither.code) == (422, "BODY_INVALID")


def test_rules_that_spoke_are_counted_and_asking_is_an_entry(house: House, decided: tuple[str, str]) -> None:
    answer = house.api("auditor").get("/v1/policies/revisions/1/rules")
    assert answer.status == 200, answer.document
    hits = {(one["pack"], one["rule"]): one for one in answer.document["rules"]}
    assert hits["base", "personal_use"]["hits"] >= 1
    assert hits["base", "personal_use"]["last"]["decision_id"]
    assert {"pack": "us_wa", "rule": "tracking_without_warrant"} in answer.document["never"]
    assert decided

    def read() -> set[str]:
        entries = house.api("auditor").get("/v1/audit/entries?kind=audit.read&order=newest&limit=200")
        return {item["entry"].get("read") for item in entries.document["items"]}

    until(lambda: {"replay", "rules"} <= read(), "both readings are entries")


def test_the_impact_of_what_is_live_is_nothing(house: House, decided: tuple[str, str]) -> None:
    answer = house.api("admin-1").post("/v1/policies/revisions/1/impact", {"last": 100})
    assert answer.status == 201, answer.document
    impact = answer.document["impact"]
    assert impact["replayed"] >= len(decided)
    assert set(impact["counts"].values()) == {0}
    page = house.api("admin-1").get(f"/v1/policies/impacts/{answer.document['digest']}?change=newly_permitted")
    assert page.document == {"items": [], "next_cursor": None}
    assert house.api("admin-1").get("/v1/policies/impacts/" + "0" * 64).status == 404
    assert house.api().post("/v1/policies/revisions/1/impact", {"last": 100}).status == 403
    same = house.api("auditor").get("/v1/policies/revisions/1/diff/1")
    assert same.document["text"] == ""
    assert same.document["rules"] == {"added": [], "removed": [], "changed": []}


def test_the_commands_print_what_the_routes_say(house: House, decided: tuple[str, str]) -> None:
    home = ["--home", str(house.settings.home)]
    done = CliRunner().invoke(policy, ["replay", decided[1], *home])
    assert done.exit_code == 0, done.output
    assert "The same answer." in done.output
    rules = CliRunner().invoke(policy, ["rules", *home])
    assert rules.exit_code == 0, rules.output
    assert "base.personal_use" in rules.output
    impact = CliRunner().invoke(policy, ["impact", "--revision", "1", "--last", "50", *home])
    assert impact.exit_code == 0, impact.output
    assert "newly permitted" in impact.output
    diff = CliRunner().invoke(policy, ["diff", "1", "1", *home])
    assert "No rule, date or value differs." in diff.output


def test_the_offences_that_policy_knows_are_listed_as_a_request_names_them(house: House) -> None:
    found = house.api().get("/v1/policies/offences?jurisdiction=US-WA").document
    assert found["revision"] == 1
    named = {item["statute"]: item for item in found["items"]}
    assert named["RCW 9A.36.011"]["label"] == "assault in the first degree"
    assert {item["jurisdiction"] for item in found["items"]} == {"US-WA"}
    everywhere = house.api().get("/v1/policies/offences").document["items"]
    assert len(everywhere) > len(named)
    asked = ["offences", "--jurisdiction", "US-WA", "--home", str(house.settings.home)]
    printed = CliRunner().invoke(policy, asked).output
    assert "RCW 9A.36.011  US-WA  assault in the first degree" in printed.splitlines()
    assert len(printed.splitlines()) == len(named)


@pytest.mark.opa
def test_the_command_explains_in_sentences(house: House, decided: tuple[str, str]) -> None:
    done = CliRunner().invoke(policy, ["explain", decided[1], "--home", str(house.settings.home)])
    assert done.exit_code == 0, done.output
    assert "DENIED under revision 1" in done.output
    assert "What would make it lawful" in done.output
