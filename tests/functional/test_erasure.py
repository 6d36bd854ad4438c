"""Disclosure, hold and erasure on a running gateway: the ceremony of docs/audit.md, over HTTP and by commands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from click.testing import CliRunner
from patience import until

from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.entries import Entry
from gateway.audit.log import AuditLog
from gateway.cli import main
from gateway.cli.init import verifier_key
from gateway.database import Database
from gateway.postgres.deployment import DatabaseRole

if TYPE_CHECKING:
    from pathlib import Path

    from gateway_house import House

    from gateway.audit.canonical import JSON
    from gateway.cli.http import Answer

pytestmark = pytest.mark.photographs
ORDER = {"basis": "statute", "reference": "740 ILCS 14/15(a)", "statement": "retention ended"}


@pytest.fixture(scope="module")
def house(own_house: House) -> House:
    """A gateway of the module's own: what is erased is gone for the next test too."""
    return own_house


def searched(house: House, case: str) -> Answer:
    answer = house.api().post("/v1/searches", house.search_body(instrument=house.order(case), case_number=case))
    assert answer.status == 200, answer.document
    return answer


def entry_of(house: House, decision: str, kind: str) -> dict[str, Any]:
    path = f"/v1/audit/entries?q=decision:{decision}%20kind:{kind}"
    return dict(until(lambda: house.api("auditor").get(path).document["items"], "the entry appears")[0])


def proven(house: House, index: int, field: str) -> Answer:
    """Asked for until a checkpoint covers the entry."""
    body = {"field": field, "recipient": "Office of the Public Defender", "purpose": "discovery in 26-CR-0417"}

    def given() -> Answer | None:
        answer = house.api("admin-1").post(f"/v1/audit/entries/{index}/disclosures", body)
        return None if answer.status == 404 else answer

    return until(given, "a checkpoint covers the entry")


def command(house: House, *words: str) -> dict[str, Any]:
    done = CliRunner().invoke(main, ["audit", *words, "--home", str(house.settings.home), "--json"])
    assert done.exit_code == 0, done.output
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def test_one_field_is_handed_over_with_its_proof(house: House, tmp_path: Path) -> None:
    answer = searched(house, "2026-0417")
    entry = entry_of(house, answer.document["decision_id"], "search.decision")
    handed = proven(house, entry["index"], "case_number")
    assert handed.status == 200, handed.document
    (tmp_path / "disclosed.json").write_text(json.dumps(handed.document))
    done = CliRunner().invoke(
        main,
        [
            "audit",
            "check-disclosure",
            str(tmp_path / "disclosed.json"),
            "--key",
            verifier_key(house.settings),
            "--json",
        ],
    )
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["field"], told["value"]) == ("case_number", "2026-0417")
    assert told["entry"] == entry["entry"]
    assert "ruiz" not in json.dumps(handed.document)
    assert house.api("auditor").post(f"/v1/audit/entries/{entry['index']}/disclosures", {}).status == 403


def test_erasure_is_ordered_held_up_approved_by_another_and_proven(house: House) -> None:
    answer = searched(house, "2026-0500")
    decision = answer.document["decision_id"]
    entry = entry_of(house, decision, "search.decision")
    order = house.api("admin-1").post(
        "/v1/audit/erasures", ORDER | {"agency": "lakeport-pd", "case_number": "2026-0500"}
    )
    assert order.status == 201
    path = f"/v1/audit/erasures/{order.document['id']}/approve"
    assert house.api("admin-1").post(path, {}).code == "SAME_DECIDER"
    held = house.api("admin-1").post(
        "/v1/audit/holds",
        {"agency": "lakeport-pd", "case_number": "2026-0500", "reference": "26-CV-1", "statement": "litigation"},
    )
    assert house.api("admin-2").post(path, {}).code == "LEGAL_HOLD"
    command(house, "hold", "lift", held.document["id"], "--statement", "settled", "--client", "admin-2")
    done = command(house, "erase", "approve", order.document["id"], "--client", "admin-2")
    assert done["status"] == "erased"
    assert done["entries"] >= 3
    after = house.api("auditor").get(f"/v1/audit/entries/{entry['index']}").document
    assert after["leaf"] == entry["leaf"]
    assert after["disclosed"] == []
    shown = house.api().get(f"/v1/searches/{decision}")
    assert (shown.status, shown.code) == (410, "ERASED")
    replayed = house.api("auditor").post("/v1/policies/replays", {"decision_id": decision})
    assert (replayed.status, replayed.code) == (409, "INPUT_ERASED")
    assert house.api("auditor").get("/v1/audit/counts?agency=lakeport-pd&case=2026-0500").document == {"count": 0}
    report = command(house, "verify", "--open")
    assert "erased by order" in report["verdicts"]["content"]["sentence"]


def test_the_generation_advances_under_a_running_gateway(house: House) -> None:
    made = command(house, "generation", "advance")
    assert made["generation"] == 2
    assert command(house, "generation", "destroy", "1") == {"destroyed": 1}
    answer = searched(house, "2026-0600")
    entry = entry_of(house, answer.document["decision_id"], "search.decision")
    assert proven(house, entry["index"], "case_number").status == 200
    assert command(house, "verify", "--open")["ok"]
    refused = CliRunner().invoke(main, ["audit", "generation", "destroy", "2", "--home", str(house.settings.home)])
    assert refused.exit_code == 1


@pytest.mark.parametrize("path", ["erasures", "holds"])
def test_an_agency_decides_about_neither(house: House, path: str) -> None:
    assert house.api().get(f"/v1/audit/{path}").status == 403
    assert house.api("auditor").get(f"/v1/audit/{path}").status == 403


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        ("search.outcome", DatabaseRole.ENGINE),
        ("review.ended", DatabaseRole.WEB),
        ("approval.expired", DatabaseRole.WEB),
    ],
    ids=["outcome", "review", "approval"],
)
def test_what_was_not_released_is_disclosed_to_nobody(house: House, kind: str, role: DatabaseRole) -> None:
    """What a search found, of which nothing says that it was released."""
    decision = str(uuid4())
    clear: dict[str, JSON] = {"decision_id": decision, "agency": "lakeport-pd"}
    found: dict[str, JSON] = {"candidates": [{"rank": 1}]}
    write(house, role, Entry(kind, clear, found, scope="case:withheld"))
    index = entry_of(house, decision, kind)["index"]
    answer = proven(house, index, "candidates")
    assert (answer.status, answer.code) == (403, "RESULT_WITHHELD")


def test_what_was_released_is_disclosed_to_who_asks_for_it(house: House) -> None:
    answer = searched(house, "2026-0600")
    index = entry_of(house, answer.document["decision_id"], "search.outcome")["index"]
    assert proven(house, index, "candidates").status == 200


def write(house: House, role: DatabaseRole, entry: Entry) -> None:
    log = AuditLog(keys=DisclosureKeys.load(house.settings.keys))
    database = Database(house.deployment.conninfo(role), name="test", max_size=1)
    with database, database.transaction() as connection:
        log.record(connection, entry)
