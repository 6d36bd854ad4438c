"""The input document: nothing known is taken from the caller, and every fact says where it comes from."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from gate_house import Force, GateHouse, asking

from gateway.enforcement import facts as facts_of
from gateway.enforcement.question import DECLARABLE, body_behind, question
from gateway.identity.caller import Link
from gateway.policy.input_document import FIELDS
from gateway.vocabulary import Mode, Operation, Origin
from gateway.web.api.bodies import ComparisonBody, DecisionBody, EnrolBody, SearchBody

if TYPE_CHECKING:
    from gateway.enforcement.facts import Facts
    from gateway.enforcement.request import GovernedRequest

ENGINE = {"vendor": "dlib", "name": "face_recognition", "version": "1", "operated_by": "requesting_agency"}


@pytest.fixture(scope="module")
def force(house: GateHouse) -> Force:
    """One agency for the module: nothing here is committed."""
    return house.force()


def read(house: GateHouse, force: Force, request: GovernedRequest) -> Facts:
    digests = facts_of.blinds(house.services.log, force.caller, request)
    with house.services.database.transaction() as connection:
        return facts_of.read(connection, force.caller, request, digests)


def document(house: GateHouse, force: Force, **fields: Any) -> dict[str, Any]:
    request = asking(force, **fields)
    return question(
        caller=force.caller,
        request=request,
        facts=read(house, force, request),
        engine=ENGINE,
        offences={"RCW 9A.36.021": {"class": "B", "violent": True}},
    )


@pytest.mark.parametrize("field", sorted(FIELDS.keys() - DECLARABLE))
def test_no_declaration_takes_the_place_of_what_the_gateway_knows(house: GateHouse, force: Force, field: str) -> None:
    with pytest.raises(ValueError, match="declare only"):
        document(house, force, declared={field: {"id": "mine", "status": "active", "verified": True}})


@pytest.mark.parametrize("field", sorted(DECLARABLE - {"clock"}))
def test_what_may_be_declared_changes_its_own_section_and_says_so(house: GateHouse, force: Force, field: str) -> None:
    request = asking(force, declared={})
    known = read(house, force, request)
    documents = []
    for declared in ({}, {field: {"said": "by the caller"}}):
        asked = asking(force, declared=declared, probe=request.probe, case_number=request.case_number)
        documents.append(question(caller=force.caller, request=asked, facts=known, engine=ENGINE, offences={}))
    with_nothing, with_it = documents
    assert {name for name in with_it if with_it[name] != with_nothing[name]} == {field, "origins"}
    assert with_it["origins"] == with_nothing["origins"] | {field: "declared"}


@pytest.mark.parametrize("name", ["last_interaction", "violation_detected_at"])
def test_of_times_only_those_of_the_world_outside_may_be_declared(house: GateHouse, force: Force, name: str) -> None:
    asked = document(house, force, declared={"clock": {name: 7}})
    assert (asked["clock"], asked["origins"][f"clock.{name}"]) == ({name: 7}, "declared")
    with pytest.raises(ValueError, match="declare only"):
        document(house, force, declared={"clock": {"use_started": 7}})


def test_controls_of_the_register_fill_the_fields_that_laws_ask_for(house: GateHouse, force: Force) -> None:
    facts = read(house, force, asking(force))
    assert facts.agency is not None
    controls = {
        "retention_policy_public": True,
        "non_matches_deleted_at_once": False,
        "national_derogation_14_5": False,
    }
    told = replace(facts, agency=facts.agency | {"controls": facts.agency["controls"] | controls})
    asked = question(caller=force.caller, request=asking(force), facts=told, engine=ENGINE, offences={})
    assert asked["retention_policy_public"] is True
    assert asked["non_match_retention"] == "kept"
    assert asked["national_derogation_14_5"] is False
    assert asked["agency"]["controls"] == facts.agency["controls"]


def emergency(**fields: Any) -> dict[str, Any]:
    row = {
        "id": "x",
        "status": "certified",
        "confirmed_by": "another",
        "risk": "a threat",
        "facts": "told",
        "narrowly_tailored": True,
        "started_at_ns": 1,
        "due_ns": 9,
        "deadline_ns": 9,
        "applied_at_ns": None,
    }
    return row | fields


@pytest.mark.parametrize(
    ("exigency", "first_use", "clock"),
    [
        (None, None, None),
        (None, 5, {"use_started": 5, "authorisation_requested": None, "authorisation_result": None}),
        (
            emergency(),
            5,
            {"use_started": 1, "authorisation_requested": None, "authorisation_result": None},
        ),
        (
            emergency(applied_at_ns=3),
            None,
            {"use_started": 1, "authorisation_requested": 3, "authorisation_result": "pending"},
        ),
        (
            emergency(applied_at_ns=3, status="rejected"),
            None,
            {"use_started": 1, "authorisation_requested": 3, "authorisation_result": "rejected"},
        ),
        (
            emergency(applied_at_ns=3, status="authorised"),
            None,
            {"use_started": 1, "authorisation_requested": 3, "authorisation_result": "granted"},
        ),
        (emergency(status="authorised"), 5, None),
    ],
    ids=["nothing", "first-use", "emergency", "applied", "rejected", "authorised", "authorised-undated"],
)
def test_a_use_began_with_its_emergency_or_with_the_first_search_of_the_case(
    house: GateHouse, force: Force, exigency: dict[str, Any] | None, first_use: int | None, clock: dict[str, Any] | None
) -> None:
    facts = replace(read(house, force, asking(force)), exigency=exigency, first_use_ns=first_use)
    asked = question(caller=force.caller, request=asking(force, exigency="x"), facts=facts, engine=ENGINE, offences={})
    assert asked["clock"] == clock


def test_the_first_use_is_the_first_permitted_search_of_the_case_for_this_purpose(house: GateHouse) -> None:
    own = house.force()
    request = asking(own, case_number="first-use")
    assert read(house, own, request).first_use_ns is None
    found = "SELECT decided_ns FROM enforcement.decisions WHERE decision_id = %s"
    decided = [house.one(found, house.permit(own, case_number="first-use"))[0] for _ in range(2)]
    assert read(house, own, request).first_use_ns == decided[0]
    assert read(house, own, asking(own, case_number="another")).first_use_ns is None
    for_another = asking(own, case_number="first-use", purpose="identify_deceased")
    assert read(house, own, for_another).first_use_ns is None


def test_only_a_dry_run_may_ask_about_another_engine(house: GateHouse, force: Force) -> None:
    other = {"vendor": "amazon_rekognition"}
    with pytest.raises(ValueError, match="declare only"):
        document(house, force, declared={"engine": other})
    asked = document(house, force, declared={"engine": other}, dry_run=True)
    behind = {"operated_by": ENGINE.get("operated_by")}
    assert (asked["engine"], asked["origins"]["engine"]) == (behind | other, "declared")
    assert document(house, force)["origins"]["engine"] == "measured"


DECLARED_OF_ALL = {"subject", "area", "written_request", "consent", "alternative_offered", "clock"}


def test_the_bodies_of_the_edge_declare_only_what_may_be_declared() -> None:
    """Every model is filled in as far as it goes, so that a new field cannot slip past."""
    common = {
        "purpose": "locate_missing_person",
        "written_request": True,
        "subject": {"wanted": True, "identity": "A. Person"},
        "area": "Pier 3",
        "consent": {"written": True},
        "alternative_offered": True,
        "last_interaction": "2026-11-20T00:00:00Z",
    }
    picture = {"image": "aGVsbG8="}
    searched = SearchBody.model_validate_json(json.dumps(common | {"gallery": "g", "probe": picture})).request()
    compared = ComparisonBody.model_validate_json(
        json.dumps(common | {"probe": picture, "reference": "aGVsbG8="})
    ).request()
    enrolled = EnrolBody.model_validate_json(json.dumps(common | {"image": "aGVsbG8=", "external_id": "x"})).request(
        "g"
    )
    for request in (searched, compared, enrolled):
        assert request.declared.keys() == DECLARED_OF_ALL
        assert not request.dry_run
    asked = DecisionBody.model_validate_json(
        json.dumps(
            common
            | {
                "operation": "use_result",
                "result_use": {"for": "lead"},
                "engine": {"vendor": "clearview"},
                "place": "publicly_accessible_space",
                "premises": "place_of_public_accommodation",
                "request_channel": "informal",
                "necessity": {"develop_leads": True},
                "assessment": {"solely_profiling": True},
                "solicited": False,
                "violation_detected": "2026-11-23T00:00:00Z",
            }
        )
    ).request()
    assert asked.dry_run
    assert asked.declared.keys() == DECLARABLE | {"engine"}


def test_every_fact_carries_its_origin(house: GateHouse, force: Force) -> None:
    shown = document(
        house,
        force,
        instrument=house.order(force),
        statute="RCW 9A.36.021",
        declared={"subject": {"wanted": True}, "written_request": True, "place": "publicly_accessible_space"},
    )
    origins = shown.pop("origins")
    assert set(origins.values()) <= {str(origin) for origin in Origin}
    for name, value in shown.items():
        if value in (None, [], {}):
            continue
        parts = {path.partition(".")[2] for path in origins if path.startswith(f"{name}.")}
        assert name in origins or (isinstance(value, dict) and parts == value.keys()), name


def test_rows_not_words_say_who_is_asking_and_what_stands_behind_it(house: GateHouse, force: Force) -> None:
    order = house.order(force, searches=4, limits=["ferry_terminal_only"])
    shown = document(house, force, instrument=order, on_behalf_of="someone", exigency=f"{force.agency}/none")
    assert shown["actor"] == {
        "id": f"{force.agency}/examiner",
        "known": True,
        "role": "investigator",
        "roles": ["investigator"],
        "agency_type": "law_enforcement",
        "trained": True,
        "training_current": True,
        "account": "agency_issued",
        "status": "active",
        "strength": "asserted",
        "on_behalf_of": [],
    }
    assert shown["agency"]["on_behalf_of"] == "someone"
    assert shown["jurisdiction"] == ["US-TX"]
    assert shown["contract"]["id"] == force.contract
    assert shown["exigency"] == {"id": f"{force.agency}/none", "found": False}
    instrument = shown["legal_instrument"]
    assert (instrument["id"], instrument["found"], instrument["origin"]) == (order, True, "registered")
    assert (instrument["verified"], instrument["searches_allowed"], instrument["searches_used"]) == (True, 4, 0)
    assert instrument["scope"]["limits"] == ["ferry_terminal_only"]
    assert shown["origins"]["legal_instrument"] == "registered"


def test_an_offence_is_what_the_revision_says_of_its_statute(house: GateHouse, force: Force) -> None:
    known = document(house, force, statute="RCW 9A.36.021")["offence"]
    assert known == {"statute": "RCW 9A.36.021", "known": True, "class": "B", "violent": True}
    assert document(house, force, statute="RCW 1.1.1")["offence"] == {"statute": "RCW 1.1.1", "known": False}
    assert document(house, force)["offence"] is None


def test_nobody_and_nothing_registered_is_shown_as_missing(house: GateHouse, force: Force) -> None:
    """A caller whose rows are gone gets a document in which nothing helps."""
    stranger = house.caller("nobody", "no-such-agency", "no-such-agency/nobody")
    request = asking(force, gallery="nothing", instrument="no-such-agency/order")
    digests = facts_of.blinds(house.services.log, stranger, request)
    with house.services.database.transaction() as connection:
        known = facts_of.read(connection, stranger, request, digests)
    shown = question(caller=stranger, request=request, facts=known, engine=ENGINE, offences={})
    assert shown["jurisdiction"] == []
    assert shown["contract"] is None
    assert shown["agency"] == {
        "id": None,
        "status": None,
        "contract_status": None,
        "controls": {},
        "exigency_right": None,
        "on_behalf_of": None,
    }
    assert shown["client"] == {"id": "nobody", "status": "unknown"}
    assert (shown["actor"]["known"], shown["actor"]["trained"], shown["actor"]["roles"]) == (False, False, [])
    assert shown["legal_instrument"] == {"id": "no-such-agency/order", "found": False}
    assert known.versions() == []


def test_what_is_not_asked_is_the_contracts(house: GateHouse, force: Force) -> None:
    shown = document(house, force)
    assert (shown["similarity_threshold"], shown["max_candidates"]) == (85, 7)
    shown = document(house, force, min_similarity=60.5, max_candidates=50)
    assert (shown["similarity_threshold"], shown["max_candidates"]) == (60.5, 7)


def test_a_mode_and_an_operation_are_passed_on_as_words(house: GateHouse, force: Force) -> None:
    shown = document(house, force, mode=Mode.LIVE, operation=Operation.WATCHLIST_LIVE, probe=None)
    assert (shown["mode"], shown["operation"], shown["probe"]) == ("live", "watchlist_live", None)


def test_who_passed_the_token_on_is_shown_and_another_agency_behind_it_is_whose_behalf_it_is(
    house: GateHouse, force: Force
) -> None:
    """What the caller says of it does not count: the chain is in the token."""
    other = house.force(jurisdiction="US-OR-PORTLAND")
    links = (
        Link("gateway-of-theirs", other.agency, None, None, "t1", None),
        Link("field-terminal", other.agency, other.caller.user, "authenticated", "t0", "session"),
    )
    caller = house.caller(force.caller.client, force.agency, force.caller.user, behind=links)
    request = asking(force, on_behalf_of="US-TX somebody else")
    with house.services.database.transaction() as connection:
        known = facts_of.read(connection, caller, request, facts_of.blinds(house.services.log, caller, request))
    shown = question(caller=caller, request=request, facts=known, engine=ENGINE, offences={})
    assert shown["agency"]["id"] == force.agency
    assert shown["agency"]["on_behalf_of"] == f"US-OR-PORTLAND {other.agency}"
    assert shown["origins"]["agency.on_behalf_of"] == "registered"
    assert [link["client"] for link in shown["actor"]["on_behalf_of"]] == ["gateway-of-theirs", "field-terminal"]
    assert shown["actor"]["on_behalf_of"][1] == {
        "client": "field-terminal",
        "agency": other.agency,
        "place": "US-OR-PORTLAND",
        "user": other.caller.user,
        "strength": "authenticated",
    }


def test_a_chain_within_one_agency_is_on_nobody_elses_behalf(house: GateHouse, force: Force) -> None:
    link = Link("field-terminal", force.agency, force.caller.user, "authenticated", "t0", None)
    caller = house.caller(force.caller.client, force.agency, force.caller.user, behind=(link,))
    assert body_behind(caller, {force.agency: "US-TX"}) is None
    stranger = house.caller(force.caller.client, force.agency, None, behind=(replace(link, agency="gone"),))
    assert body_behind(stranger, {}) == "unknown gone"
