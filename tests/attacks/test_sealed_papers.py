"""What a court sealed is as if it were not there, for whoever may not see it; the notice is owed at its time."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from gate_house import GateHouse, gate_house

from gateway.cli.demo.seed import DAY_NS, LAKEPORT
from gateway.clock import rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gate_house import Copies

WORDS = {
    "court": "Court of the Sealed Door",
    "docket_number": "26-SEALED-1",
    "judge": "Hon. S. Quiet",
    "applicant": "Det. U. Known",
    "subject": "A. Hidden Person",
    "place": "Hidden pier",
    "minimisation": "Hidden terms",
}
DIGEST = hashlib.sha256(b"the sealed document").hexdigest()


@pytest.fixture(scope="module")
def house(copies: Copies, cluster_home: Path) -> Iterator[GateHouse]:
    with gate_house(copies, cluster_home, with_engine=True) as house:
        yield house


class Caller:
    def __init__(self, house: GateHouse, client: str) -> None:
        self._browser = house.browser()
        self._headers = {"Authorization": f"Bearer {house.token(client)}"}

    def __call__(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        return self._browser.open(path, method=method, json=body, headers=self._headers)

    def listed(self) -> str:
        """Every page of the instruments, as text."""
        text, cursor = "", ""
        while True:
            page = self("GET", f"/v1/instruments?limit=2{cursor}")
            assert page.status_code == 200
            text += str(page.get_data(as_text=True))
            if page.json["next_cursor"] is None:
                return text
            cursor = f"&cursor={page.json['next_cursor']}"


@pytest.fixture(scope="module")
def paper(house: GateHouse) -> str:
    path, now = f"/v1/instruments/{LAKEPORT}/sealed", house.now()
    body = {
        **WORDS,
        "type": "court_order",
        "galleries": ["*"],
        "modes": ["still_image"],
        "operations": ["identify_1_to_n"],
        "purposes": ["locate_missing_person"],
        "valid_from_ns": now - DAY_NS,
        "expires_at_ns": now + DAY_NS,
        "document_sha256": DIGEST,
        "sealed": True,
        "notice_due_ns": now + 5 * DAY_NS,
    }
    assert Caller(house, "clerk")("PUT", path, body).status_code == 201
    assert Caller(house, "admin-2")("POST", f"{path}/confirm", {}).status_code == 200
    return path


def test_the_clerks_of_the_agency_and_people_from_outside_the_vendor_see_it(house: GateHouse, paper: str) -> None:
    for client in ("clerk", "admin-2"):
        caller = Caller(house, client)
        assert caller("GET", paper).json["judge"] == WORDS["judge"]
        assert WORDS["judge"] in caller.listed()


@pytest.mark.parametrize("client", ["lakeport", "trial", "admin-1"])
def test_for_everybody_else_it_is_as_if_it_were_not_there(house: GateHouse, paper: str, client: str) -> None:
    """For who searches under it, for another agency, and for the vendor's administrator."""
    caller = Caller(house, client)
    answer, missing = caller("GET", paper), caller("GET", f"{paper}-not")
    assert (answer.status_code, answer.json["code"], answer.json["detail"]) == (
        404,
        missing.json["code"],
        missing.json["detail"],
    )
    listed = caller.listed()
    assert not [word for word in [*WORDS.values(), DIGEST, paper.removeprefix("/v1/instruments/")] if word in listed]


def test_who_may_not_see_it_does_not_write_over_it_end_it_or_confirm_it(house: GateHouse, paper: str) -> None:
    blind = Caller(house, "admin-1")
    edited = Caller(house, "clerk")("GET", paper).json
    body = {name: edited[name] for name in (*WORDS, "type", "galleries", "modes", "operations", "purposes")}
    body |= {"valid_from": edited["valid_from"], "expires_at": edited["expires_at"], "agency": LAKEPORT}
    tries: list[tuple[str, str, dict[str, Any]]] = [
        ("PUT", paper, body),
        ("PATCH", paper, {"status": "revoked"}),
        ("POST", f"{paper}/confirm", {}),
    ]
    for method, path, sent in tries:
        answer = blind(method, path, sent)
        assert (answer.status_code, answer.json["code"]) == (404, "NOT_FOUND"), method
        assert not [word for word in WORDS.values() if word in answer.get_data(as_text=True)]
    assert Caller(house, "clerk")("GET", paper).json["status"] == "granted"


def test_nothing_that_it_says_stands_in_the_clear_on_the_log(house: GateHouse, paper: str) -> None:
    asked = {
        "operation": "identify_1_to_n", "gallery": "missing-persons", "purpose": "locate_missing_person",
        "case_number": "26-S", "justification": "missing since 12 November; seen on the ferry terminal camera at 14:10",
        "instrument": paper.removeprefix("/v1/instruments/"),
    }  # fmt: skip
    answer = Caller(house, "lakeport")("POST", "/v1/decisions", asked)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    said = json.dumps(house.leaves()) + answer.get_data(as_text=True)
    assert not [word for word in [*WORDS.values(), DIGEST] if word in said]


def test_the_delayed_notice_falls_due_when_the_court_said(house: GateHouse, paper: str) -> None:
    due = Caller(house, "clerk")("GET", paper).json["notice_due"]
    duties = Caller(house, "clerk")("GET", "/v1/docket?open=true").json["items"]
    about = {"kind": "instrument", "id": paper.removeprefix("/v1/instruments/")}
    (owed,) = [duty for duty in duties if duty["about"] == about]
    (due_ns,) = house.one("SELECT notice_due_ns FROM registry.instruments WHERE sealed")
    assert (owed["code"], owed["due"]) == ("NOTIFY_SUBJECT_AFTER", rfc3339(due_ns))
    assert due.startswith(owed["due"][:19])
