"""The commands of people who decide, run as their users run them, against a running gateway."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from click.testing import CliRunner
from examiner_house import Squad, squad

from gateway.cli import main
from gateway.cli.demo.seed import CASE, GALLERY, LAKEPORT
from gateway.postgres.deployment import DatabaseRole

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result
    from gateway_house import House

pytestmark = pytest.mark.photographs
COURT = "hill-county"


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


class Desk:
    """Runs commands on the house's own machine; `ok` gives what they print, `said` what they print as JSON."""

    def __init__(self, house: House) -> None:
        self.house = house

    def ok(self, *words: object) -> str:
        done = run(*words, "--home", self.house.settings.home)
        assert done.exit_code == 0, done.output
        return done.stdout

    def said(self, *words: object) -> Any:
        return json.loads(self.ok(*words, "--json"))

    def refused(self, *words: object) -> str:
        done = run(*words, "--home", self.house.settings.home)
        assert done.exit_code == 1, done.output
        assert "Traceback" not in done.output
        return done.output


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house)


@pytest.fixture(scope="module")
def team(house: House) -> Squad:
    """Each search waits for one supervisor, and each result for two examiners."""
    return squad(house, approvers=1, second_examiner=True, enrolled=("person_a_1.jpg", "person_b_1.jpg"))


def test_a_court_is_played_and_its_papers_are_taken_used_and_taken_back(desk: Desk, tmp_path: Path) -> None:
    folder, issuer = ("--folder", tmp_path / "court"), desk.house.settings.issuer
    key = run("court", "key", COURT, "hill-1", *folder)
    assert key.exit_code == 0, key.output
    assert run("court", "key", COURT, "hill-1", *folder).exit_code == 1, "a key is not made twice"
    pinned = tmp_path / "key.json"
    pinned.write_text(key.stdout)
    admin = ("--client", "admin-1")
    made = desk.said("proposal", "make", "court_key.add", pinned, "--why", "read out on the phone", *admin)
    assert "admin-1" in desk.ok("proposal", "list", *admin)
    reason = ("--reason", "compared with the court's clerk")
    assert "SAME_PERSON" in desk.refused("proposal", "approve", made["id"], *reason, *admin)
    assert desk.said("proposal", "approve", made["id"], *reason)["state"] == "approved"
    taken_back = desk.said("proposal", "make", "court_key.revoke", _named(tmp_path), "--why", "?", *admin)
    assert desk.said("proposal", "refuse", taken_back["id"], "--reason", "a mistake")["state"] == "refused"

    warrant = tmp_path / "warrant.jws"
    issued = run(
        "court", "issue", "26-77", "--gateway", issuer, "--agency", LAKEPORT, "--case", "26-77", "--gallery", GALLERY,
        "--purpose", "locate_missing_person", "--type", "court_order", "--standard", "missing person",
        "--searches", "2", *folder, "--out", warrant,
    )  # fmt: skip
    assert issued.exit_code == 0, issued.output
    taken = desk.house.api("clerk").post("/v1/instruments", {"warrant": warrant.read_text().strip()})
    assert (taken.status, taken.document.get("origin")) == (201, "court_verified"), taken.document
    statement = run("court", "revoke", "26-77", "--gateway", issuer, *folder)
    stated = desk.house.api("clerk").post("/v1/court-statements", {"statement": statement.stdout.strip()})
    assert stated.document["instruments"] == [taken.document["id"]]
    listed = run("court", "status-list", "26-78=quashed", "--gateway", issuer, *folder)
    assert desk.house.api("clerk").post("/v1/court-statements", {"statement": listed.stdout.strip()}).status == 201
    assert run("court", "status-list", "26-79=granted", "--gateway", issuer, *folder).exit_code == 2
    assert run("court", "revoke", "26-77", "--gateway", issuer, "--folder", tmp_path / "nowhere").exit_code == 1


def _named(folder: Path) -> Path:
    path = folder / "named.json"
    path.write_text(json.dumps({"court": COURT, "kid": "hill-1"}))
    return path


def test_the_witnesses_of_the_log_are_proposed_from_a_file_and_approved_by_another(desk: Desk, tmp_path: Path) -> None:
    policy = tmp_path / "policy"
    policy.write_text("quorum none\n")
    made = desk.said("witness", "propose", policy)
    assert made["kind"] == "witnesses.change"
    assert desk.said("proposal", "approve", made["id"], "--reason", "there are none yet")["state"] == "approved"
    policy.write_text("witness court nonsense\n")
    assert "no policy" in desk.refused("witness", "propose", policy)


def test_duties_are_listed_shown_and_discharged(desk: Desk) -> None:
    due = "2027-01-31T00:00:00Z"
    paper = {
        "type": "court_order",
        "court": "Superior Court",
        "docket_number": "26-9",
        "galleries": [GALLERY],
        "modes": ["still_image"],
        "operations": ["identify_1_to_n"],
        "purposes": ["locate_missing_person"],
        "valid_from": "2026-01-01T00:00:00Z",
        "expires_at": "2027-06-01T00:00:00Z",
        "document_sha256": "cd" * 32,
        "return_due": due,
    }
    path = f"/v1/instruments/{LAKEPORT}/returned"
    assert desk.house.api("clerk").put(path, paper).status == 201
    desk.ok("instrument", "confirm", f"{LAKEPORT}/returned")
    (owed,) = [duty for duty in desk.said("docket", "list") if duty["code"] == "RETURN_TO_COURT"]
    assert owed["due"].startswith(due[:19])
    assert "RETURN_TO_COURT" in desk.ok("docket", "list")
    listed = run("docket", "list", "--json", "--home", desk.house.settings.home)
    assert "Set WRITGATE_SMTP_HOST." in listed.stderr, "nobody is told by mail here, and that is said"
    assert desk.said("docket", "show", owed["id"])["about"] == {"kind": "instrument", "id": f"{LAKEPORT}/returned"}
    note = ("--note", "handed to the court's clerk", "--client", "clerk")
    assert desk.said("docket", "discharge", owed["id"], *note)["ended_as"] == "discharged"
    assert owed["id"] not in {duty["id"] for duty in desk.said("docket", "list")}
    assert owed["id"] in {duty["id"] for duty in desk.said("docket", "list", "--all")}
    assert "DUTY_ENDED" in desk.refused("docket", "discharge", owed["id"], *note)


def minutes_ago(count: int) -> str:
    return (datetime.now(UTC) - timedelta(minutes=count)).isoformat(timespec="seconds")


def test_that_the_court_was_asked_is_entered_once_for_an_emergency_that_waits_for_its_paper(desk: Desk) -> None:
    exigency, clerk = f"{LAKEPORT}/taken-child", ("--client", "clerk")
    certificate = {
        "certified_by": f"{LAKEPORT}/ruiz",
        "rank": "detective",
        "facts": "A child was taken from the ferry terminal.",
        "harm": "Serious harm to the child.",
        "risk": "imminent_threat_to_individual",
        "narrowly_tailored": True,
        "started_at": minutes_ago(60),
        "why_no_order": "No judge could be reached in the night.",
        "deadline": minutes_ago(-1440),
    }
    assert desk.house.api("clerk").put(f"/v1/exigencies/{exigency}", certificate).status == 201
    assert "EXIGENCY_DECIDED" in desk.refused("exigency", "applied", exigency, minutes_ago(30), *clerk)
    desk.ok("exigency", "confirm", exigency, "--by", f"{LAKEPORT}/okafor")
    assert "APPLICATION_TIME" in desk.refused("exigency", "applied", exigency, minutes_ago(-30), *clerk)
    asked = minutes_ago(30)
    assert asked in desk.ok("exigency", "applied", exigency, asked, *clerk)
    assert desk.said("exigency", "show", exigency)["applied_at"] == asked.replace("+00:00", "Z")
    assert "APPLICATION_KNOWN" in desk.refused("exigency", "applied", exigency, minutes_ago(20), *clerk)


def test_the_authorisation_that_follows_a_search_is_attached_to_it_and_ends_its_duty(desk: Desk) -> None:
    house, clerk = desk.house, ("--client", "clerk")
    paper = house.order(CASE)
    found = house.api().post("/v1/searches", house.search_body(instrument=paper))
    assert found.status == 200, found.document
    search = found.document["id"]
    assert "NOT_FOUND" in desk.refused("instrument", "attach", paper, search, *clerk)
    # As if it had been permitted where the AI Act applies, which is not yet.
    with psycopg.connect(house.deployment.conninfo(DatabaseRole.ADMIN)) as connection:
        connection.execute(
            "INSERT INTO enforcement.docket (code, agency, about_id, decision_id)"
            " VALUES ('STOP_AND_DELETE_IF_REJECTED', %s, %s, %s)",
            (LAKEPORT, search, search),
        )
    (owed,) = [duty for duty in desk.said("docket", "list") if duty["code"] == "STOP_AND_DELETE_IF_REJECTED"]
    elsewhere = house.order("2026-0999")
    assert f"follows the search {search}" in desk.ok("instrument", "attach", paper, search, *clerk)
    assert desk.said("docket", "show", owed["id"])["ended_as"] == "discharged"
    assert "DUTY_ENDED" in desk.refused("instrument", "attach", elsewhere, search, *clerk)


def test_an_agencys_chain_of_people_is_written_and_shown(desk: Desk) -> None:
    people = ("Okafor=okafor@example.org=lakeport-pd/okafor", "Night desk=night@example.org")
    written = desk.said("docket", "chain", LAKEPORT, *people, "--client", "clerk")["people"]
    assert [person["mail"] for person in written] == ["okafor@example.org", "night@example.org"]
    assert written[0]["user"] == "lakeport-pd/okafor"
    assert desk.said("docket", "chain", LAKEPORT, "--client", "clerk")["people"] == written
    assert run("docket", "chain", LAKEPORT, "nobody", "--home", desk.house.settings.home).exit_code == 2


def test_a_supervisor_sees_what_is_asked_and_decides_and_examiners_judge(
    desk: Desk, team: Squad, tmp_path: Path
) -> None:
    asked = team.search()
    search, boss = str(asked.document["id"]), ("--client", f"{team.agency}-boss-1")
    assert search in desk.ok("approvals", "list", *boss)
    seen = desk.said("approvals", "show", search, "--pictures", tmp_path / "asked", *boss)
    assert [path.name for path in (tmp_path / "asked").iterdir()] == [f"{search}-1"]
    assert seen["request"]["case_number"] in desk.ok("approvals", "show", search, *boss)
    decide = ("approvals", "decide", search, "approve", "--reason", "the case was opened on 12 November")
    other = desk.refused(*decide, "--request", "0" * 64, *boss)
    assert "APPROVAL_OF_SOMETHING_ELSE" in other
    decided = desk.said(*decide, "--request", seen["request_sha256"], *boss)
    assert decided["state"] == "approved"
    assert search in {item["id"] for item in desk.said("approvals", "list", "--state", "approved", *boss)["items"]}

    review = str(team.shown(search)["continued_as"])
    for eye in ("eye-1", "eye-2"):
        client = ("--client", f"{team.agency}-{eye}")
        assert review in desk.ok("reviews", "list", *client)
        desk.ok("reviews", "take", review, *client)
        shown = desk.said("reviews", "show", review, tmp_path / eye, *client)
        names = [one["candidate"] for one in shown["candidates"]]
        assert (tmp_path / eye / "probe").exists()
        words = ("--reason", "ears and scar compared", *client)
        assert desk.refused("reviews", "decide", review, *words), "every candidate is judged"
        verdicts = [part for name in names for part in ("--same", name)]
        assert desk.said("reviews", "decide", review, *verdicts, *words)["id"] == review
    assert team.shown(search)["status"] == "completed"
