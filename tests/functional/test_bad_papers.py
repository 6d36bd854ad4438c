"""Papers that authorise nothing, handed in over HTTP: each is refused with a code of its own.

The court is played by `writgate court`, its keys are pinned and revoked by two people, as in a real gateway.
"""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from crash_house import until_the_clock_is_followed
from gateway_house import House, gateway_house
from joserfc import jws
from joserfc.jwk import ECKey

from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.log import AuditLog
from gateway.cli import main
from gateway.cli.demo.seed import CLERK_SCOPES, DAY_NS, GALLERY, HARLAN, LAKEPORT
from gateway.cli.init import register_client
from gateway.database import Database
from gateway.postgres.deployment import DatabaseRole
from gateway.registry.models import Actor
from gateway.registry.service import Registry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.photographs
COURT = "hill-county"
# One case: a face that came under case after case would be held for a supervisor.
CASE = "26-papers"


@dataclass
class Court:
    """A court that signs; `folder` holds its keys."""

    house: House
    folder: Path
    numbers: int = 0

    def run(self, *words: str) -> str:
        done = CliRunner().invoke(main, ["court", *words, "--folder", str(self.folder)])
        assert done.exit_code == 0, done.output
        return done.output.strip()

    def make_key(self, kid: str) -> dict[str, Any]:
        public: dict[str, Any] = json.loads(self.run("key", COURT, kid))
        return public

    def pin(self, kid: str, **changes: Any) -> None:
        agree(self.house, "court_key.add", self.make_key(kid) | changes)

    def number(self) -> str:
        self.numbers += 1
        return f"26-{self.numbers}"

    def issue(self, number: str, *words: str, agency: str = LAKEPORT, gallery: str = GALLERY, kid: str = "k1") -> str:
        return self.run(
            "issue", number, "--gateway", self.house.settings.issuer, "--agency", agency, "--case", number,
            "--type", "court_order", "--standard", "missing person", "--gallery", gallery,
            "--purpose", "locate_missing_person", "--kid", kid, *words,
        )  # fmt: skip

    def hand_in(self, warrant: str, client: str = "clerk") -> Any:
        return self.house.api(client).post("/v1/instruments", {"warrant": warrant})

    def state(self, *words: str) -> Any:
        statement = self.run(*words, "--gateway", self.house.settings.issuer, "--kid", "k1")
        return self.house.api("clerk").post("/v1/court-statements", {"statement": statement})

    def search(self, paper: str, **said: Any) -> Any:
        body = self.house.search_body(instrument=paper, case_number=CASE) | said
        return self.house.api().post("/v1/searches", body)


def agree(house: House, kind: str, document: dict[str, Any]) -> None:
    """One administrator proposes, the one from outside the vendor approves."""
    made = house.api("admin-1").post("/v1/proposals", {"kind": kind, "document": document, "why": "said the court"})
    assert made.status == 201, made.document
    path = f"/v1/proposals/{made.document['id']}/approve"
    assert house.api("admin-1").post(path, {"reason": "mine"}).code == "SAME_PERSON"
    assert house.api("admin-2").post(path, {"reason": "compared with the court's clerk"}).status == 200


@pytest.fixture(scope="module")
def house(pictures: dict[str, Path]) -> Iterator[House]:
    with gateway_house(pictures, allow_injected_clock=True) as running:
        assert running.api().post("/v1/galleries", {"name": GALLERY}).status == 201
        assert running.enrol("person_a_1.jpg").status == 200
        yield running


@pytest.fixture(scope="module")
def court(house: House, tmp_path_factory: pytest.TempPathFactory) -> Court:
    court = Court(house, tmp_path_factory.mktemp("court"))
    court.pin("k1", not_before_ns=time.time_ns() - DAY_NS)
    return court


def changed(warrant: str, **claims: Any) -> str:
    """With other words under the same signature."""
    header, payload, signature = warrant.split(".")
    said = json.loads(base64.urlsafe_b64decode(payload + "=="))
    text = json.dumps(said | claims).encode()
    return ".".join([header, base64.urlsafe_b64encode(text).rstrip(b"=").decode(), signature])


def hours_from_now(hours: float, zone: str = "+00:00") -> str:
    """An RFC 3339 time: the wall clock of the moment, written with this zone behind it."""
    return datetime.fromtimestamp(time.time() + hours * 3600, UTC).strftime("%Y-%m-%dT%H:%M:%S") + zone


def precise(answer: Any) -> set[str]:
    """Of what a refused search says of its instrument, the codes that name one thing only."""
    assert answer.status == 403, answer.document
    general = {"INSTRUMENT_SCOPE_MISMATCH"}
    return {code for code in answer.codes if code.startswith("INSTRUMENT_")} - general


def test_a_warrant_in_order_is_taken_and_authorises(court: Court) -> None:
    number = court.number()
    taken = court.hand_in(court.issue(number))
    assert taken.status == 201
    assert court.search(taken.document["id"]).status == 200


def test_a_key_that_was_only_proposed_or_never_pinned_vouches_for_nothing(court: Court) -> None:
    public = court.make_key("k2")
    made = court.house.api("admin-1").post("/v1/proposals", {"kind": "court_key.add", "document": public, "why": "new"})
    assert made.status == 201
    assert court.hand_in(court.issue(court.number(), kid="k2")).code == "WARRANT_KEY_UNKNOWN"


def test_a_key_that_was_rotated_out_vouches_for_nothing_new(court: Court) -> None:
    now = time.time_ns()
    court.pin("old", not_before_ns=now - 2 * DAY_NS, not_after_ns=now - DAY_NS)
    assert court.hand_in(court.issue(court.number(), kid="old")).code == "WARRANT_KEY_NOT_VALID"


def test_a_key_that_was_revoked_vouches_for_nothing(court: Court) -> None:
    court.pin("stolen", not_before_ns=time.time_ns() - DAY_NS)
    warrant = court.issue(court.number(), kid="stolen")
    agree(court.house, "court_key.revoke", {"court": COURT, "kid": "stolen"})
    assert court.hand_in(warrant).code == "WARRANT_KEY_REVOKED"


def test_a_warrant_that_somebody_changed_is_not_the_courts(court: Court) -> None:
    warrant = court.issue(court.number())
    assert court.hand_in(changed(warrant, agency=HARLAN)).code == "WARRANT_SIGNATURE_INVALID"


def test_a_warrant_for_another_agency_is_not_ones_own(court: Court) -> None:
    assert court.hand_in(court.issue(court.number(), agency=HARLAN)).code == "WARRANT_NOT_FOR_AGENCY"


def test_another_agencys_paper_is_as_if_it_were_not_there(court: Court) -> None:
    with Database(court.house.deployment.conninfo(DatabaseRole.WEB), name="test") as database:
        registry = Registry(database, AuditLog(keys=DisclosureKeys.load(court.house.settings.keys)))
        operator = Actor(kind="operator", id="test")
        register_client(
            registry, court.house.settings, name="harlan-clerk", agency=HARLAN, scopes=CLERK_SCOPES, actor=operator
        )
    number = court.number()
    theirs = court.hand_in(court.issue(number, agency=HARLAN), "harlan-clerk")
    assert theirs.status == 201
    assert "INSTRUMENT_NOT_FOUND" in court.search(theirs.document["id"]).codes


def test_a_warrant_for_another_gallery_does_not_reach_this_one(court: Court) -> None:
    number = court.number()
    taken = court.hand_in(court.issue(number, gallery="missing-elsewhere"))
    assert taken.status == 201
    assert precise(court.search(taken.document["id"])) == {"INSTRUMENT_GALLERY_MISMATCH"}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--mode", "recorded_video"), "INSTRUMENT_MODE_MISMATCH"),
        (("--operation", "verify_1_to_1"), "INSTRUMENT_OPERATION_MISMATCH"),
        (("--probe-sha256", "ab" * 32), "INSTRUMENT_PROBE_MISMATCH"),
        (("--subject", "A. Person"), "INSTRUMENT_SUBJECT_MISMATCH"),
        (("--place", "Pier 3"), "INSTRUMENT_PLACE_MISMATCH"),
    ],
)
def test_a_warrant_for_something_else_says_for_what(court: Court, words: tuple[str, str], code: str) -> None:
    taken = court.hand_in(court.issue(court.number(), *words))
    assert taken.status == 201
    assert precise(court.search(taken.document["id"])) == {code}


def test_a_warrant_for_another_purpose_says_so(court: Court) -> None:
    warrant = signed_by(court, court.number(), purposes=["investigate_named_offence"])
    taken = court.hand_in(warrant)
    assert precise(court.search(taken.document["id"])) == {"INSTRUMENT_PURPOSE_MISMATCH"}


def test_a_warrant_that_names_person_and_place_serves_who_says_the_same(court: Court) -> None:
    taken = court.hand_in(court.issue(court.number(), "--subject", "A. Person", "--place", "Pier 3"))
    paper = taken.document["id"]
    said = {"subject": {"identity": "a. person"}, "area": "Pier 3"}
    assert court.search(paper, **said).status == 200
    other = court.search(paper, **said | {"area": "Pier 4"})
    assert precise(other) == {"INSTRUMENT_PLACE_MISMATCH"}


def test_a_warrant_that_does_not_begin_yet_says_so(court: Court) -> None:
    window = ("--from", hours_from_now(1), "--to", hours_from_now(2))
    taken = court.hand_in(court.issue(court.number(), *window))
    assert precise(court.search(taken.document["id"])) == {"INSTRUMENT_NOT_YET_VALID"}


def test_a_warrant_that_another_replaced_before_it_was_handed_in_is_refused(court: Court) -> None:
    first, second, third = court.number(), court.number(), court.number()
    assert court.hand_in(court.issue(third, "--replaces", second, "--replaces", first)).status == 201
    for replaced in (court.issue(first), court.issue(second, "--replaces", first)):
        assert court.hand_in(replaced).code == "WARRANT_REPLACED"


def test_hours_without_a_zone_are_no_hours(court: Court) -> None:
    """`writgate court` writes none such, so the zone is taken off in the claims and signed again."""
    number = court.number()
    window = {"from": hours_from_now(-1)[:-6], "to": hours_from_now(1)[:-6]}
    assert court.hand_in(signed_by(court, number, time_window=window)).code == "WARRANT_TIME_WITHOUT_ZONE"


def test_hours_of_another_zone_are_not_ours(court: Court) -> None:
    """The hours that the wall clock shows here, written as those of a zone in which they are still to come."""
    number = court.number()
    window = ("--from", hours_from_now(-1, "-05:00"), "--to", hours_from_now(1, "-05:00"))
    taken = court.hand_in(court.issue(number, *window))
    assert taken.status == 201
    assert precise(court.search(taken.document["id"])) == {"INSTRUMENT_NOT_YET_VALID"}
    over = ("--from", hours_from_now(-1, "+05:00"), "--to", hours_from_now(1, "+05:00"))
    assert court.hand_in(court.issue(court.number(), *over)).code == "WARRANT_EXPIRED"


@pytest.mark.parametrize(("count", "code"), [(65, "WARRANT_SCOPE_TOO_LARGE"), (10_000, "WARRANT_TOO_LARGE")])
def test_a_warrant_for_too_many_galleries_is_a_dragnet(court: Court, count: int, code: str) -> None:
    galleries = [f"g{number}" for number in range(count)]
    assert court.hand_in(signed_by(court, court.number(), galleries=galleries)).code == code


def test_a_warrant_is_handed_in_once(court: Court) -> None:
    warrant = court.issue(court.number())
    assert court.hand_in(warrant).status == 201
    assert court.hand_in(warrant).code == "WARRANT_REPLAYED"


def test_a_warrant_that_was_revoked_a_second_ago_authorises_nothing(court: Court) -> None:
    number = court.number()
    warrant = court.issue(number)
    taken = court.hand_in(warrant)
    assert court.search(taken.document["id"]).status == 200
    assert court.state("revoke", number).status == 201
    refused = court.search(taken.document["id"])
    assert "AUTHORISATION_REJECTED" in refused.codes
    assert precise(refused) == {"INSTRUMENT_REVOKED"}
    assert court.state("status-list", f"{number}=quashed").document["instruments"] == []
    unseen = court.number()
    late = court.issue(unseen)
    assert court.state("status-list", f"{unseen}=quashed").status == 201
    assert court.hand_in(late).code == "WARRANT_REVOKED"


def test_an_emergency_is_not_confirmed_through_a_second_account_of_who_certified_it(court: Court) -> None:
    house, now = court.house, time.time_ns()
    admin = house.api("admin-1")
    for name, role in (("doe", "investigator"), ("doe-2", "supervisor_approver")):
        person = {"agency": LAKEPORT, "name": name, "roles": [role], "person": "badge 4711"}
        assert admin.put(f"/v1/users/{LAKEPORT}/{name}", person).status == 201
    with Database(house.deployment.conninfo(DatabaseRole.WEB), name="test") as database:
        registry = Registry(database, AuditLog(keys=DisclosureKeys.load(house.settings.keys)))
        register_client(
            registry, house.settings, name="doe-2", agency=LAKEPORT, scopes=CLERK_SCOPES,
            actor=Actor(kind="operator", id="test"), user=f"{LAKEPORT}/doe-2",
        )  # fmt: skip
    certificate = {
        "certified_by": f"{LAKEPORT}/doe",
        "rank": "detective",
        "facts": "A child was taken from the ferry terminal at 14:10.",
        "harm": "Serious harm to the child.",
        "risk": "imminent_threat_to_individual",
        "started_at_ns": now - 60 * 10**9,
        "why_no_order": "No judge could be reached in the night.",
        "deadline_ns": now + 2 * DAY_NS,
        "narrowly_tailored": True,
    }
    exigency = f"/v1/exigencies/{LAKEPORT}/taken-child"
    assert house.api("clerk").put(exigency, certificate).status == 201
    assert house.api("doe-2").post(f"{exigency}/confirm", {}).code == "SAME_PERSON"


def test_with_a_clock_that_was_set_back_an_hour_nothing_is_decided(court: Court) -> None:
    number = court.number()
    taken = court.hand_in(court.issue(number))
    api, body = court.house.api(), court.house.search_body(instrument=taken.document["id"], case_number=CASE)
    assert api.post("/v1/searches", body).status == 200
    court.house.deployment.inject_clock(-3600 * 10**9)
    try:
        refused = api.post("/v1/searches", body)
    finally:
        court.house.deployment.inject_clock(0)
        until_the_clock_is_followed(lambda: court.house.api().get("/v1/searches?limit=1"))
    assert (refused.status, refused.code) == (503, "CLOCK_SET_BACK")


def signed_by(court: Court, number: str, **detail: Any) -> str:
    """A warrant with words in its scope that `writgate court` would not write."""
    (key,) = [json.loads(path.read_text()) for path in court.folder.glob("k1.key.json")]
    header, payload, _ = court.issue(number).split(".")
    said = json.loads(base64.urlsafe_b64decode(payload + "=="))
    said["authorization_details"][0] |= detail
    head = json.loads(base64.urlsafe_b64decode(header + "=="))
    return jws.serialize_compact(head, json.dumps(said).encode(), ECKey.import_key(key["jwk"]))
