"""An explanation is what OPA says of each condition, names what was looked at, and hides what is not for everybody."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gateway.policy.explain import explain
from gateway.policy.folder import POLICIES
from gateway.policy.input_document import from_scenario
from gateway.policy.keys import signing_key
from gateway.policy.remedies import changed
from gateway.policy.revisions import Revision, build
from gateway.policy.wasm_engine import WasmEngine

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.opa

NAME = "Petra Nowak"
ROW = {
    "id": "explained",
    "jurisdiction": "US-WA",
    "as_of": "2025-03-10T12:00:00Z",
    "request": {
        "operation": "track_person",
        "mode": "recorded_video",
        "purpose": "investigate_named_offence",
        "offence": {"label": "robbery", "felony": True, "violent": True, "max_penalty_months": 120},
        "suspicion": "probable_cause",
        "case_number": "2025-17",
        "justification": f"{NAME} was seen at the terminal at 14:10 on camera 7 with the stolen bag",
        "actor": {"role": "investigator", "agency_type": "law_enforcement"},
        "agency": {
            "status": "active",
            "controls": {
                "use_policy_published": True,
                "accountability_report_adopted": True,
                "conforms_to_state_model_policy": True,
                "algorithm_on_approved_list": True,
            },
        },
        "engine": {"vendor": "neutral_engine", "operated_by": "requesting_agency"},
        "probe": {"kind": "photograph", "source": "cctv_still", "substantively_altered": False},
        "database": "arrest_photos",
        "similarity_threshold": 99,
    },
    "expected": {"permit": False},
}


@pytest.fixture(scope="module")
def shipped(policy_keys: Path) -> Revision:
    return build(1, policies=POLICIES, key=signing_key(policy_keys))


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return from_scenario(ROW)


@pytest.fixture(scope="module")
def explained(shipped: Revision, document: dict[str, Any]) -> dict[str, Any]:
    return explain(shipped, document, may_see=True)


def rules_of(explained: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(pack["pack"], rule["rule"]): rule for pack in explained["packs"] for rule in pack.get("rules", [])}


def test_each_rule_of_each_pack_that_applies_is_there_with_its_words(
    shipped: Revision, explained: dict[str, Any]
) -> None:
    assert not explained["permit"]
    applying = {pack["pack"] for pack in explained["packs"] if pack["applies"]}
    assert applying == {"base", "contract", "us_wa"}
    assert {pack["pack"] for pack in explained["packs"]} == set(shipped.data["packs"])
    found = rules_of(explained)
    assert set(found) == {(pack, rule) for pack in applying for rule in shipped.annotations[pack]}
    tracking = found["us_wa", "tracking_without_warrant"]
    assert tracking["spoke"]
    assert tracking["in_date"]
    assert tracking["citation"].startswith("RCW 43.386")
    assert tracking["ways"][0]["holds"]
    assert all(condition["held"] for condition in tracking["ways"][0]["conditions"])


def test_what_was_said_of_a_rule_is_what_the_engine_said(
    shipped: Revision, explained: dict[str, Any], document: dict[str, Any]
) -> None:
    engine = WasmEngine(shipped, instances=1)
    decision = engine.decide(document)
    engine.close()
    spoke = {key for key, rule in rules_of(explained).items() if rule["spoke"]}
    reasons = {(given.pack, given.rule) for given in decision.reasons}
    assert spoke == reasons | {(given.pack, given.rule) for given in decision.obligations}
    for rule in rules_of(explained).values():
        assert rule["held"] == any(way["holds"] for way in rule["ways"])


def test_a_condition_names_what_it_looked_at_and_what_it_rests_on(explained: dict[str, Any]) -> None:
    tracking = rules_of(explained)["us_wa", "tracking_without_warrant"]
    assert {"operation", "agency.controls", "legal_instrument"} & set(tracking["looks_at"])
    (way,) = tracking["ways"]
    last = way["conditions"][-1]
    assert last["text"] == "not _surveillance_authorised"
    helper = explained["helpers"]["writgate.packs.us_wa._surveillance_authorised"]
    assert not any(way["holds"] for way in helper["ways"])
    assert all(
        rest in explained["helpers"] for way in helper["ways"] for c in way["conditions"] for rest in c["rests_on"]
    )


def test_what_would_make_it_lawful_was_tried_and_is_permitted(
    shipped: Revision, explained: dict[str, Any], document: dict[str, Any]
) -> None:
    lawful = explained["lawful"]
    assert lawful["verified"]
    assert {"us_wa", "base"} >= {remedy["pack"] for remedy in lawful["remedies"]}
    assert all(remedy["remedy"] for remedy in lawful["remedies"])
    assert [change["path"] for change in lawful["changes"]] == ["legal_instrument"]
    engine = WasmEngine(shipped, instances=1)
    changes = [(tuple(change["path"].split(".")), change["to"]) for change in lawful["changes"]]
    assert engine.decide(changed(document, changes)).permit
    engine.close()


def test_who_may_not_see_sees_no_value_of_the_request(shipped: Revision, document: dict[str, Any]) -> None:
    hidden = explain(shipped, document, may_see=False)
    text = json.dumps(hidden)
    assert NAME not in text
    assert "2025-17" not in text
    assert "arrest_photos" not in text
    looked = [
        item
        for pack in hidden["packs"]
        for rule in pack.get("rules", [])
        for way in rule["ways"]
        for condition in way["conditions"]
        for item in condition["looked_at"]
    ]
    assert {item["path"].partition(".")[0] for item in looked if "value" in item} <= {
        "operation", "purpose", "jurisdiction", "now", "mode",
    }  # fmt: skip
    assert any("withheld" in item for item in looked)


def test_a_permit_is_explained_by_what_was_shown(shipped: Revision, document: dict[str, Any]) -> None:
    asked = "identify_1_to_n"
    permitted = changed(
        document, [(("operation",), asked), (("mode",), "still_image"), (("contract", "operations"), [asked])]
    )
    found = explain(shipped, permitted, may_see=True, pack="us_wa")
    assert found["permit"]
    assert found["lawful"] == {"already": True, "remedies": [], "changes": []}
    grants = [rule for key, rule in rules_of(found).items() if rule["kind"] == "grant" and rule["spoke"]]
    assert [rule["rule"] for rule in grants]
