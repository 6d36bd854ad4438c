"""An emergency from its certificate to its end, over HTTP, with every process of a gateway; only the clock is moved."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from crash_house import OVERRUN, until_the_clock_is_followed
from gateway_house import House, gateway_house
from patience import until

from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.log import AuditLog
from gateway.audit.verify import verify_online
from gateway.cli.demo.seed import CLERK_SCOPES, GALLERY
from gateway.cli.init import register_client, verifier_key
from gateway.database import Database
from gateway.postgres.deployment import DatabaseRole
from gateway.registry.models import Actor
from gateway.registry.service import Registry
from gateway.vocabulary import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.cli.http import Answer

pytestmark = pytest.mark.photographs

AGENCY = "helena-pd"
HOUR_NS = 3600 * 10**9
DESK = (Scope.SEARCHES_WRITE, Scope.SEARCHES_READ, Scope.GALLERIES_READ, Scope.GALLERIES_WRITE, Scope.DOCKET_READ)


class Helena:
    """A police of Montana, where only an emergency needs no warrant; its contract wants one within 48 hours."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.hours = 0

    def register(self) -> None:
        admin, now = self.house.api("admin-1"), time.time_ns()
        controls = {
            "accountability_report_adopted": True,
            "use_policy_published": True,
            "conforms_to_state_model_policy": True,
            "algorithm_on_approved_list": True,
        }
        agency: dict[str, Any] = {"name": "Helena (fictional)", "type": "law_enforcement", "controls": controls}
        assert admin.put(f"/v1/agencies/{AGENCY}", agency | {"jurisdiction": "US-MT"}).status == 201
        terms = {
            "purposes": ["locate_missing_person"],
            "operations": ["identify_1_to_n", "enrol_gallery"],
            "galleries": ["missing-*"],
            "min_similarity": 90,
            "exigency_hours": 48,
            "frozen_hours": 72,
        }
        contract = {"agency": AGENCY, "valid_from_ns": now - HOUR_NS, "valid_to_ns": now + 9999 * HOUR_NS}
        assert admin.put(f"/v1/contracts/{AGENCY}/1", contract | {"terms": terms}).status == 201
        for name, role in (("doe", "investigator"), ("sergeant", "supervisor_approver"), ("clerk", "court_clerk")):
            person: dict[str, Any] = {"agency": AGENCY, "name": name, "roles": [role], "person": f"badge {name}"}
            person |= {"training_valid_to_ns": now + 9999 * HOUR_NS}
            assert admin.put(f"/v1/users/{AGENCY}/{name}", person).status == 201
        with Database(self.house.deployment.conninfo(DatabaseRole.WEB), name="test") as database:
            registry = Registry(database, AuditLog(keys=DisclosureKeys.load(self.house.settings.keys)))
            for name, scopes, user in (
                ("helena", DESK, "doe"),
                ("helena-clerk", CLERK_SCOPES, "clerk"),
                ("helena-sergeant", CLERK_SCOPES, "sergeant"),
            ):
                register_client(
                    registry,
                    self.house.settings,
                    name=name,
                    agency=AGENCY,
                    scopes=scopes,
                    actor=Actor(kind="operator", id="test"),
                    user=f"{AGENCY}/{user}",
                )
        assert self.house.api("helena").post("/v1/galleries", {"name": GALLERY}).status == 201
        assert self.house.enrol("person_a_1.jpg", client="helena").status == 200

    def pass_hours(self, hours: int) -> None:
        self.hours += hours
        self.house.deployment.inject_clock(self.hours * HOUR_NS)
        until_the_clock_is_followed(lambda: self.api().get("/v1/searches?limit=1"))

    def api(self, client: str = "helena") -> Any:
        return self.house.api(client)

    def certify(self, name: str) -> str:
        exigency, now = f"{AGENCY}/{name}", time.time_ns() + self.hours * HOUR_NS
        certificate = {
            "certified_by": f"{AGENCY}/doe",
            "rank": "detective",
            "facts": "A child was taken from the ferry terminal at 14:10.",
            "harm": "Serious harm to the child.",
            "risk": "imminent_threat_to_individual",
            "started_at_ns": now - 60 * 10**9,
            "why_no_order": "No judge could be reached in the night.",
            "deadline_ns": now + 6 * 24 * HOUR_NS,
            "narrowly_tailored": True,
        }
        answer = self.api("helena-clerk").put(f"/v1/exigencies/{exigency}", certificate)
        assert answer.status == 201, answer.document
        return exigency

    def search(self, exigency: str, **headers: str) -> Answer:
        body = self.house.search_body(exigency=exigency, case_number="26-EXIGENT-1")
        answer: Answer = self.api().post("/v1/searches", body, **headers)
        return answer

    def use(self, search: str, what: str) -> Answer:
        evidence = {"other_evidence": True, "other_evidence_independent": True}
        answer: Answer = self.api().post(f"/v1/searches/{search}/uses", {"for": what, **evidence})
        return answer

    def status(self, search: str) -> str:
        return str(self.api().get(f"/v1/searches/{search}").document.get("status"))

    def kinds(self, *kinds: str) -> list[str]:
        """The agency's entries of these kinds, as an auditor reads them over HTTP, oldest first."""
        found: list[str] = []
        cursor = ""
        while True:
            page = self.house.api("auditor").get(f"/v1/audit/entries?agency={AGENCY}&limit=200{cursor}").document
            found += [json.loads(item["leaf"])["kind"] if "leaf" in item else item["kind"] for item in page["items"]]
            if page["next_cursor"] is None:
                return [kind for kind in found if kind in kinds]
            cursor = f"&cursor={page['next_cursor']}"


@pytest.fixture(scope="module")
def emergency_house(pictures: dict[str, Path]) -> Iterator[House]:
    with gateway_house(pictures, allow_injected_clock=True, web_workers=4, web_threads=8) as running:
        assert running.api().post("/v1/galleries", {"name": GALLERY}).status == 201
        until(lambda: running.enrol("person_a_1.jpg").status == 200, "the engine works")
        yield running


def test_fifty_parallel_searches_on_a_warrant_for_ten_are_ten_with_four_processes(emergency_house: House) -> None:
    order = emergency_house.order("2026-0710")
    body = emergency_house.search_body(instrument=order, case_number="2026-0710")
    apis = [emergency_house.api() for _ in range(10)]

    def search(number: int) -> Answer:
        """A machine that has no time refuses before it looks at the warrant: then again."""
        while (answer := apis[number % 10].post("/v1/searches", body)).code in OVERRUN:
            time.sleep(0.2)
        return answer

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(search, range(50)))
    assert sum(answer.status == 200 for answer in answers) == 10
    refused = {answer.code for answer in answers if answer.status != 200}
    assert refused <= {"INSTRUMENT_EXHAUSTED", "FACTS_CHANGED"}


def test_an_emergency_without_a_paper_ends_frozen_deleted_and_without_the_right(emergency_house: House) -> None:
    helena = Helena(emergency_house)
    helena.register()
    exigency = helena.certify("taken-child")
    assert helena.search(exigency).code == "WARRANT_REQUIRED", "one person's word is no emergency"
    assert helena.api("helena-clerk").post(f"/v1/exigencies/{exigency}/confirm", {}).code == "SUPERVISOR_REQUIRED"
    confirmed = helena.api("helena-sergeant").post(f"/v1/exigencies/{exigency}/confirm", {})
    assert (confirmed.status, confirmed.document["confirmed_by"]) == (200, f"{AGENCY}/sergeant")

    found = helena.search(exigency, Idempotency_Key="emergency-1")
    assert found.status == 200, found.document
    assert "EXIGENT_CIRCUMSTANCES" in found.codes
    assert [candidate["external_id"] for candidate in found.document["candidates"]] == ["person_a_1"]
    search = found.document["id"]
    (duty,) = [
        item
        for item in helena.api().get("/v1/docket?open=true").document["items"]
        if item["code"] == "REQUEST_AUTHORISATION_WITHIN"
    ]
    assert duty["about"] == {"kind": "exigency", "id": exigency}

    # Nothing sends mail here, and who reads the docket is told so.
    warnings = helena.api().get("/v1/docket?open=true").document["warnings"]
    assert [warning["code"] for warning in warnings] == ["NO_MAIL_SERVER", "NO_OPERATOR_MAIL"]

    helena.pass_hours(37)
    until(lambda: stage(helena, duty["id"]) == "reminded", "the duty is reminded of")
    assert helena.status(search) == "completed"
    helena.pass_hours(11)
    until(lambda: stage(helena, duty["id"]) == "ended", "the deadline is judged")
    shown = helena.api().get(f"/v1/searches/{search}").document
    assert (shown["status"], shown["answer"]) == ("frozen", None)
    listed = helena.api().get("/v1/searches").document["items"]
    assert {item["status"] for item in listed if item["id"] == search} == {"frozen"}
    # The answer kept for repeats is frozen as well, or, after a day, let go: then it is a new search.
    repeated = helena.search(exigency, Idempotency_Key="emergency-1")
    assert (repeated.status, repeated.code) in {(403, "RESULT_FROZEN"), (403, "EXIGENCY_RIGHT_SUSPENDED")}

    refused = helena.use(search, "arrest")
    assert (refused.status, refused.code) == (403, "RESULT_FROZEN")

    another = helena.certify("another")
    assert helena.api("helena-sergeant").post(f"/v1/exigencies/{another}/confirm", {}).status == 200
    refused = helena.search(another)
    assert (refused.status, "EXIGENCY_RIGHT_SUSPENDED" in refused.codes) == (403, True)

    helena.pass_hours(72)
    until(lambda: helena.status(search) == "deleted", "the result is deleted")
    refused = helena.use(search, "affidavit_probable_cause")
    assert (refused.status, refused.code) == (403, "RESULT_DELETED")
    assert_gone(emergency_house, search)
    steps = ("duty.reminded", "duty.missed", "result.frozen", "exigency_right.suspended", "result.deleted")
    until(lambda: set(steps) <= set(helena.kinds(*steps)), "the log holds every step")
    # The second emergency was missed, too; there was no right left to lose.
    assert helena.kinds("duty.missed", "exigency_right.suspended").count("exigency_right.suspended") == 1
    assert helena.kinds("result.frozen", "result.deleted") == ["result.frozen", "result.deleted"]
    assert_verifies(emergency_house)

    given_back = emergency_house.api("admin-1").post(
        f"/v1/agencies/{AGENCY}/exigency-right", {"reason": "the officers were trained; see the minutes of 3 December"}
    )
    assert given_back.document["exigency_right"] == "active"


def stage(helena: Helena, duty: str) -> str:
    return str(helena.api().get(f"/v1/docket/{duty}").document.get("stage"))


def assert_gone(house: House, search: str) -> None:
    """Nothing in the database holds what was found; the key that opened it is destroyed."""
    with psycopg.connect(house.deployment.conninfo(DatabaseRole.ADMIN)) as connection:
        row = connection.execute(
            """
            SELECT
                (SELECT length(document) FROM enforcement.releases WHERE decision_id = %(id)s),
                (SELECT count(*) FROM enforcement.idempotency WHERE decision_id = %(id)s),
                (SELECT count(*) FROM audit.disclosures AS d JOIN audit.entries AS e USING (index)
                 WHERE e.decision_id = %(id)s::text AND e.kind IN ('search.outcome', 'search.release')),
                (SELECT wrapped FROM audit.disclosure_keys AS k
                 JOIN enforcement.releases AS r ON r.key_id = k.key_id WHERE r.decision_id = %(id)s)
            """,
            {"id": search},
        ).fetchone()
    assert row == (0, 0, 0, None)


def assert_verifies(house: House) -> None:
    with ExitStack() as stack:
        auditor = stack.enter_context(Database(house.deployment.conninfo(DatabaseRole.AUDITOR), name="test auditor"))
        connection = stack.enter_context(auditor.snapshot())
        keys = DisclosureKeys.load(house.settings.keys)
        report = verify_online(connection, verifier_key(house.settings), keys=keys)
    failed = [verdict.sentence for verdict in report.verdicts if verdict.ok is False]
    assert failed == []
