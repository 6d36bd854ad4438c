"""What a stranger or a clerk can try over HTTP: names that are none, nesting, other agencies' records, kept answers."""

from __future__ import annotations

import base64
import contextlib
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from engine_house import find_photographs
from gate_house import PURPOSE, WHY, Copies, GateHouse, gate_house

from gateway.cli.demo.seed import GALLERY, LAKEPORT
from gateway.clock import uuid7
from gateway.enforcement.errors import GalleryExists
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def house(copies: Copies, cluster_home: Path) -> Iterator[GateHouse]:
    with gate_house(copies, cluster_home, with_engine=True) as house:
        yield house


def bearer(house: GateHouse, client: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {house.token(client)}"}


ENROLMENT = {
    "image": "aGVsbG8=",
    "external_id": "person_a",
    "purpose": PURPOSE,
    "case_number": "2026-0400",
    "justification": WHY,
    "source": "family",
}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/galleries/%00/faces", None),
        ("POST", "/v1/galleries/a%00b/faces", ENROLMENT),
        ("DELETE", "/v1/galleries/%00", None),
        ("DELETE", "/v1/galleries/%00/faces/01a20aaa-9f10-7c3e-8a52-0c6d9a1f7b11", None),
        ("GET", "/v1/galleries?cursor=%00", None),
    ],
)
def test_a_gallery_that_no_database_could_hold_is_not_there(
    house: GateHouse, method: str, path: str, body: dict[str, Any] | None
) -> None:
    answer = house.browser().open(path, method=method, json=body, headers=bearer(house, "lakeport"))
    assert (answer.status_code, answer.json and answer.json["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_a_part_nested_beyond_reading_is_malformed(house: GateHouse, opening: str) -> None:
    form = {"request": opening * 100_000, "image": (io.BytesIO(b"x"), "probe.jpg")}
    answer = house.browser().post("/v1/searches", data=form, headers=bearer(house, "lakeport"))
    assert (answer.status_code, answer.json and answer.json["code"]) == (400, "JSON_MALFORMED")


@pytest.mark.parametrize(
    ("theirs", "nobodys"),
    [
        ("/v1/users/harlan-so/boone", "/v1/users/harlan-so/nobody"),
        ("/v1/agencies/harlan-so", "/v1/agencies/no-such-agency"),
        ("/v1/clients/trial", "/v1/clients/no-such-client"),
    ],
)
def test_a_clerk_cannot_find_out_by_changing_it_what_another_agency_has(
    house: GateHouse, theirs: str, nobodys: str
) -> None:
    answers = [
        house.browser().patch(path, json={"status": "suspended"}, headers=bearer(house, "clerk"))
        for path in (theirs, nobodys)
    ]
    documents = [{**(answer.json or {}), "decision_id": None} for answer in answers]
    assert documents[0] == documents[1]
    assert documents[0]["code"] == "ADMINISTRATOR_REQUIRED"


def test_a_kept_answer_goes_out_again_only_with_an_entry(house: GateHouse) -> None:
    """Otherwise one permit would show its result as often as its key is repeated, and the log would not know."""
    with contextlib.suppress(GalleryExists):
        lakeport = house.caller("lakeport", LAKEPORT, None)
        house.services.galleries.create(lakeport, name=GALLERY, keep_crops=False)
    image = base64.b64encode(find_photographs()["person_a_1.jpg"]).decode()
    headers = bearer(house, "lakeport") | {"Idempotency-Key": str(uuid7())}

    def send() -> dict[str, Any]:
        answer = house.browser().post(
            f"/v1/galleries/{GALLERY}/faces", json=ENROLMENT | {"image": image}, headers=headers
        )
        assert answer.status_code == 200, answer.data
        document: dict[str, Any] = json.loads(answer.data)
        return document

    first = send()
    decided = str(first["decision_id"])
    assert house.leaves(kind=EntryKind.RESULT_READ, decision_id=decided) == []
    for repeats in (1, 2):
        assert send() == first
        assert len(house.leaves(kind=EntryKind.RESULT_READ, decision_id=decided)) == repeats


def test_a_dry_run_that_is_repeated_asks_once(house: GateHouse) -> None:
    headers = bearer(house, "lakeport") | {"Idempotency-Key": str(uuid7())}
    asked = {"operation": "identify_1_to_n", "gallery": GALLERY, "purpose": PURPOSE, "justification": WHY}
    before = len(house.leaves(kind=EntryKind.DRY_RUN))
    first, again = (house.browser().post("/v1/decisions", json=asked, headers=headers) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json == first.json
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(house.leaves(kind=EntryKind.DRY_RUN)) == before + 1
