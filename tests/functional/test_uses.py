"""What is done with a result: governed uses, duties that they bring, incidents that barred ones open, and outcomes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from examiner_house import Squad, squad

from gateway.clock import NANOSECONDS_PER_SECOND
from gateway.postgres.deployment import DatabaseRole

if TYPE_CHECKING:
    from gateway_house import House

    from gateway.cli.http import Answer

pytestmark = pytest.mark.photographs

DAY = 86_400


@pytest.fixture(scope="module")
def texas(house: House) -> Squad:
    """No law of its own: what base and contract say."""
    return squad(house, enrolled=("person_a_1.jpg",))


@pytest.fixture(scope="module")
def washington(house: House) -> Squad:
    return squad(house, jurisdiction="US-WA", enrolled=("person_a_1.jpg",))


def released(squad: Squad, **changes: Any) -> str:
    answer = squad.search(**changes)
    assert answer.status == 200, answer.document
    return str(answer.document["id"])


def robbery(squad: Squad, statute: str) -> str:
    return released(
        squad,
        purpose="investigate_named_offence",
        offence={"statute": statute},
        suspicion="probable_cause",
        justification="the robber of the Main Street pharmacy faces the camera at 21:14",
    )


def used(squad: Squad, search: str, use: str, **evidence: Any) -> Answer:
    return squad.api("asker").post(f"/v1/searches/{search}/uses", {"for": use, **evidence})


def test_a_use_towards_court_is_permitted_and_disclosure_falls_due_at_the_proceeding(
    texas: Squad, house: House
) -> None:
    search = robbery(texas, "Tex. Penal Code 29.03")
    hearing = int(time.time()) + 10 * DAY
    answer = used(
        texas, search, "preliminary_hearing", other_evidence=True, other_evidence_independent=True,
        proceeding_at=hearing * NANOSECONDS_PER_SECOND,
    )  # fmt: skip
    assert answer.status == 200, answer.document
    assert answer.document["status"] == "permitted"
    (due,) = _docket(house, str(answer.document["decision_id"]), "DISCLOSE_TO_DEFENCE_BEFORE_TRIAL")
    assert due == hearing * NANOSECONDS_PER_SECOND
    later = used(texas, search, "arrest", other_evidence=True, other_evidence_independent=True)
    (due,) = _docket(house, str(later.document["decision_id"]), "DISCLOSE_TO_DEFENCE_BEFORE_TRIAL")
    assert 29 * DAY < due / NANOSECONDS_PER_SECOND - time.time() < 31 * DAY
    uses = texas.shown(search)["uses"]
    assert [(one["for"], one["permit"]) for one in uses] == [("preliminary_hearing", True), ("arrest", True)]


def test_a_barred_use_is_refused_and_opens_an_incident(washington: Squad, house: House) -> None:
    search = robbery(washington, "RCW 9A.56.200")
    refused = used(washington, search, "probable_cause", other_evidence=False)
    assert refused.status == 403
    assert "SOLE_BASIS_PROHIBITED" in refused.codes
    incidents = house.api("admin-1").get("/v1/incidents").document["items"]
    (incident,) = [one for one in incidents if one["decision_id"] == refused.document["decision_id"]]
    assert (incident["state"], incident["agency"]) == ("open", washington.agency)
    assert incident["rule"].endswith("/SOLE_BASIS_PROHIBITED")
    assert incident["facts"]["search"] == search
    assert len(incident["entries"]) == 2
    assert washington.shown(search)["uses"][0]["permit"] is False
    # Kept from the agency, and not opened by what says nothing about the use.
    assert washington.api("all").get("/v1/incidents").status == 403


def test_only_what_was_released_to_the_agency_can_be_used(texas: Squad, washington: Squad) -> None:
    search = robbery(texas, "Tex. Penal Code 29.03")
    assert used(washington, search, "lead").code == "NOT_FOUND"
    denied = texas.search("person_b_1.jpg", case_number="elsewhere", justification="suspect")
    assert denied.status == 403
    assert used(texas, str(denied.document["decision_id"]), "lead").code == "RESULT_NOT_RELEASED"
    assert used(texas, search, "gossip").status == 422


def test_what_became_of_a_search_is_recorded_and_stays(texas: Squad) -> None:
    search = robbery(texas, "Tex. Penal Code 29.03")
    path = f"/v1/searches/{search}/outcome"
    asker = texas.api("asker")
    assert asker.post(path, {"outcome": "charged", "statement": "Charged on 1 December."}).status == 201
    assert asker.post(path, {"outcome": "wrong_person", "statement": "Alibi confirmed."}).status == 201
    assert asker.post(path, {"outcome": "convicted", "statement": "x"}).status == 422
    assert [one["outcome"] for one in texas.shown(search)["outcomes"]] == ["charged", "wrong_person"]


def test_a_use_asked_twice_with_one_key_is_one_use(texas: Squad) -> None:
    search = robbery(texas, "Tex. Penal Code 29.03")
    body = {"for": "lead"}
    first = texas.api("asker").post(f"/v1/searches/{search}/uses", body, Idempotency_Key="use-1")
    again = texas.api("asker").post(f"/v1/searches/{search}/uses", body, Idempotency_Key="use-1")
    assert first.document == again.document
    assert len(texas.shown(search)["uses"]) == 1


def _docket(house: House, decision: str, code: str) -> list[int]:
    with psycopg.connect(house.deployment.conninfo(DatabaseRole.ADMIN)) as connection:
        rows = connection.execute(
            "SELECT due_ns FROM enforcement.docket WHERE decision_id = %s AND code = %s", (decision, code)
        ).fetchall()
    return [int(row[0]) for row in rows]
