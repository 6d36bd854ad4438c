"""A clock that is set back an hour, at a running gateway: papers, emergencies, votes of two people, approvals and
reviews are each refused with `CLOCK_SET_BACK`, and still are once the log was signed by that clock. Then all goes on.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from crash_house import until_the_clock_is_followed
from examiner_house import Squad, squad
from gateway_house import House, gateway_house
from joserfc.jwk import ECKey
from patience import until

from gateway.cli.demo.seed import CLERK_SCOPES, DAY_NS, LAKEPORT, warrant
from gateway.postgres.deployment import DatabaseRole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gateway.cli.http import Answer

    Act = Callable[[], Answer]

pytestmark = pytest.mark.photographs
HOUR_NS = 3600 * 10**9
WHY = {"reason": "compared with the court's clerk"}


@pytest.fixture(scope="module")
def house(pictures: dict[str, Path]) -> Iterator[House]:
    with gateway_house(pictures, allow_injected_clock=True) as running:
        yield running


@pytest.fixture(scope="module")
def acts(house: House) -> dict[str, Act]:
    """What is begun and waits for the second person or the next step, each to be done with one request."""
    return _of_papers(house) | _of_emergencies(house) | _of_two_people(house) | _of_those_who_are_waited_for(house)


def _of_papers(house: House) -> dict[str, Act]:
    paper = {
        "type": "court_order", "court": "Superior Court", "docket_number": "26-1", "galleries": ["missing-*"],
        "modes": ["still_image"], "operations": ["identify_1_to_n"], "purposes": ["locate_missing_person"],
        "valid_from_ns": time.time_ns() - DAY_NS, "expires_at_ns": time.time_ns() + 10 * DAY_NS,
        "document_sha256": "cd" * 32,
    }  # fmt: skip
    path = f"/v1/instruments/{LAKEPORT}/typed"
    assert house.api("clerk").put(path, paper).status == 201
    signed = warrant(house.seeded.court_key, issuer=house.settings.issuer, case="2026-0999")
    return {
        "a warrant is handed in": lambda: house.api("clerk").post("/v1/instruments", {"warrant": signed}),
        "a paper is confirmed": lambda: house.api("admin-2").post(f"{path}/confirm", {}),
    }


def _of_emergencies(house: House) -> dict[str, Act]:
    clerk, lakeport = house.api("clerk"), Squad(house, LAKEPORT)
    for name, role in (("doe", "investigator"), ("sergeant", "supervisor_approver")):
        lakeport.person(name, badge=f"badge {name}", roles=[role], client=name, scopes=CLERK_SCOPES)
    certificate = {
        "certified_by": f"{LAKEPORT}/doe", "rank": "detective", "facts": "A child was taken at 14:10.",
        "harm": "Serious harm.", "risk": "imminent_threat_to_individual", "narrowly_tailored": True,
        # So long ago that the clock that is set back does not make a beginning of it that is to come.
        "started_at_ns": time.time_ns() - 2 * HOUR_NS, "why_no_order": "No judge could be reached.",
        "deadline_ns": time.time_ns() + 2 * DAY_NS,
    }  # fmt: skip
    paths = {name: f"/v1/exigencies/{LAKEPORT}/{name}" for name in ("certified", "confirmed", "new")}
    for name in ("certified", "confirmed"):
        assert clerk.put(paths[name], certificate).status == 201
    assert lakeport.api("sergeant").post(f"{paths['confirmed']}/confirm", {}).status == 200
    paper = house.order("2026-0998")
    attached = {"instrument": paper}
    return {
        "an emergency is certified": lambda: house.api("clerk").put(paths["new"], certificate),
        "an emergency is confirmed": lambda: lakeport.api("sergeant").post(f"{paths['certified']}/confirm", {}),
        "a paper follows an emergency": lambda: house.api("clerk").post(f"{paths['confirmed']}/instrument", attached),
    }


def _of_two_people(house: House) -> dict[str, Act]:
    one = house.api("admin-1")
    key = ECKey.generate_key("P-256", {"kid": "hill-1"}).as_dict(private=False)
    window = {"not_before_ns": time.time_ns() - DAY_NS, "not_after_ns": time.time_ns() + DAY_NS}
    proposal = _made(one.put("/v1/court-keys/hill-county/hill-1", {"jwk": key} | window))
    hold = _made(one.post("/v1/policies/holds", {"agency": "nobody-pd"} | WHY))
    case = {"agency": LAKEPORT, "case_number": "2026-0001", "reference": "26-MP-1", "statement": "ordered"}
    kept = _made(one.post("/v1/audit/holds", case))
    subject = {"subject": {"kind": "client", "id": "trial"}, "rule": "4.2", "statement": "no order", "entries": [0]}
    sanction = _made(one.post("/v1/sanctions", subject))
    over = {"statement": "It is over."}
    return {
        "a proposal is approved": lambda: house.api("admin-2").post(f"/v1/proposals/{proposal}/approve", WHY),
        "a hold on policy is lifted": lambda: house.api("admin-2").post(f"/v1/policies/holds/{hold}/lift", WHY),
        "a legal hold is lifted": lambda: house.api("admin-2").post(f"/v1/audit/holds/{kept}/lift", over),
        "a sanction is lifted": lambda: house.api("admin-2").post(f"/v1/sanctions/{sanction}/lift", over),
    }


def _of_those_who_are_waited_for(house: House) -> dict[str, Act]:
    asking, examined = (
        squad(house, enrolled=("person_a_1.jpg",), **terms) for terms in ({"approvers": 1}, {"second_examiner": True})
    )
    search = _waiting(asking)
    digest = asking.api("boss-1").get(f"/v1/approvals/{search}").document["request_sha256"]
    vote = WHY | {"verdict": "approve", "request_sha256": digest}
    review = _waiting(examined)
    return {
        "a supervisor votes": lambda: asking.api("boss-1").post(f"/v1/approvals/{search}/votes", vote),
        "an examiner takes a review": lambda: examined.api("eye-1").post(f"/v1/reviews/{review}/take", {}),
        "a search is asked for": lambda: asking.search("person_a_1.jpg", case_number="another"),
    }


def _made(answer: Answer) -> str:
    assert answer.status in {200, 201, 202}, answer.document
    return str(answer.document["id"])


def _waiting(waited: Squad) -> str:
    answer = waited.search(min_similarity=0)
    assert answer.status == 202, answer.document
    return str(answer.document["id"])


def test_by_a_clock_that_was_set_back_an_hour_nothing_is_judged_however_often_the_log_is_signed_since(
    house: House, acts: dict[str, Act]
) -> None:
    until(lambda: _signed_to(house) > time.time_ns() - 60 * 10**9, "the log is signed by the right clock")
    _set(house, -HOUR_NS)
    try:
        assert _refused(acts) == {}
        signed = _checkpoints(house)
        # Who is written down in the register is judged by no clock; the entry has the log signed again.
        person = {"agency": LAKEPORT, "name": "Roe", "roles": ["investigator"], "person": "badge roe"}
        assert house.api("admin-1").put(f"/v1/users/{LAKEPORT}/roe", person).status == 201
        until(lambda: _checkpoints(house) > signed, "the log is signed by the wrong clock")
        assert _refused(acts) == {}
    finally:
        _set(house, 0)
    done = {name: act() for name, act in acts.items()}
    assert {name: answer.document for name, answer in done.items() if answer.status not in {200, 201, 202}} == {}


def _refused(acts: dict[str, Act]) -> dict[str, Any]:
    """What was answered with anything else."""
    answers = {name: act() for name, act in acts.items()}
    return {name: a.document for name, a in answers.items() if (a.status, a.code) != (503, "CLOCK_SET_BACK")}


def _set(house: House, offset_ns: int) -> None:
    house.deployment.inject_clock(offset_ns)
    until_the_clock_is_followed(lambda: house.api("admin-1").get("/v1/sanctions"))


def _checkpoints(house: House) -> int:
    return int(_one(house, "SELECT count(*) FROM audit.checkpoints"))


def _signed_to(house: House) -> int:
    return int(_one(house, "SELECT max(signed_ns) FROM audit.checkpoints WHERE size = (SELECT size FROM audit.head)"))


def _one(house: House, query: str) -> Any:
    with psycopg.connect(house.deployment.conninfo(DatabaseRole.ADMIN)) as connection:
        row = connection.execute(query).fetchone()
    return row[0] if row and row[0] is not None else 0
