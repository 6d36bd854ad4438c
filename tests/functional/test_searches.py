"""The governed search over HTTP with real processes: what a permitted one gives, and what a refused one says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.audit.promises import verify_receipt
from gateway.cli.demo.seed import CASE

if TYPE_CHECKING:
    from gateway_house import House

pytestmark = pytest.mark.photographs


@pytest.fixture(scope="module")
def order(house: House) -> str:
    return house.order()


def test_under_a_court_order_the_right_person_is_found_by_another_photograph(house: House, order: str) -> None:
    answer = house.api().post("/v1/searches", house.search_body(instrument=order))
    assert answer.status == 200
    assert [(c["external_id"], c["rank"]) for c in answer.document["candidates"]] == [("person_a_1", 1)]
    assert answer.document["status"] == "completed"
    assert "not an identification" in answer.document["notice"]
    live = house.api().get("/v1/policies/revisions/live").document
    assert answer.document["policy"]["revision"] == live["number"]


def test_without_the_order_the_contract_refuses_what_the_statute_allows(house: House) -> None:
    answer = house.api().post("/v1/searches", house.search_body())
    assert answer.status == 403
    assert {"CONTRACT_DEMANDS_INSTRUMENT", "COURT_ORDER_REQUIRED"} <= answer.codes
    reason = answer.document["reasons"][0]
    assert reason["sentence"]
    assert reason["citation"]
    assert answer.document["remedy"]
    assert answer.document["decision_id"]


def test_a_denial_says_the_log_holds_it_with_a_receipt(house: House) -> None:
    answer = house.api().post("/v1/searches", house.search_body())
    claims = answer.document["receipt"].split(".")
    assert len(claims) == 3
    assert "LOG_DENIED_ATTEMPT" in {o["code"] for o in answer.document["obligations"]}


def test_the_same_key_gives_the_same_answer_and_searches_once(house: House, order: str) -> None:
    api, body = house.api(), house.search_body(instrument=order)
    first = api.post("/v1/searches", body, Idempotency_Key="7d8f6c1e-aaaa")
    again = api.post("/v1/searches", body, Idempotency_Key="7d8f6c1e-aaaa")
    assert first.status == again.status == 200
    assert first.document == again.document
    other = api.post("/v1/searches", body | {"max_candidates": 1}, Idempotency_Key="7d8f6c1e-aaaa")
    assert (other.status, other.code) == (422, "IDEMPOTENCY_KEY_REUSED")


def test_a_search_can_be_read_back_by_its_agency_and_by_nobody_else(house: House, order: str) -> None:
    made = house.api().post("/v1/searches", house.search_body(instrument=order)).document
    read = house.api().get(f"/v1/searches/{made['id']}")
    assert read.document["answer"]["candidates"] == made["candidates"]
    foreign = house.api("trial").get(f"/v1/searches/{made['id']}")
    assert (foreign.status, foreign.code) == (404, "NOT_FOUND")
    listed = house.api().get("/v1/searches?limit=200").document["items"]
    assert made["id"] in {item["id"] for item in listed}


def test_a_token_bound_to_another_case_does_not_cover_the_request(house: House, order: str) -> None:
    api = house.api("lakeport", case_number="2026-9999")
    answer = api.post("/v1/searches", house.search_body(instrument=order))
    assert (answer.status, answer.code) == (403, "TOKEN_DOES_NOT_COVER")


def test_a_bound_token_fills_in_what_the_request_leaves_out(house: House, order: str) -> None:
    api = house.api("lakeport", case_number=CASE, instrument=order, purpose="locate_missing_person")
    body = house.search_body()
    for name in ("purpose", "case_number"):
        del body[name]
    assert api.post("/v1/searches", body).status == 200


def test_a_comparison_above_the_floor_gives_the_similarity(house: House, order: str) -> None:
    body = house.search_body(instrument=order, reference=house.image("person_a_1.jpg"))
    del body["gallery"]
    answer = house.api().post("/v1/comparisons", body)
    assert answer.status == 200, answer.document
    assert answer.document["above_floor"] is True
    assert answer.document["similarity"] > 90


def test_a_comparison_of_two_people_shows_no_number(house: House, order: str) -> None:
    body = house.search_body(instrument=order, reference=house.image("person_b_1.jpg"))
    del body["gallery"]
    answer = house.api().post("/v1/comparisons", body)
    assert answer.status == 200, answer.document
    assert answer.document["above_floor"] is False
    assert answer.document["similarity"] is None


def test_a_dry_run_searches_nothing_and_is_on_the_log(house: House) -> None:
    answer = house.api().post(
        "/v1/decisions",
        {
            "operation": "watchlist_live",
            "mode": "live",
            "purpose": "investigate_named_offence",
            "case_number": "2026-0777",
            "justification": "the robber of the pharmacy on Main Street faces the camera at 21:14",
            "gallery": "missing-persons",
        },
    )
    assert answer.status == 200
    assert answer.document["permit"] is False
    assert "WARRANT_REQUIRED_REALTIME" in answer.codes
    assert answer.document["executable"] is False


def test_receipts_are_signed_by_the_log(house: House, order: str) -> None:
    from gateway.audit.receipts import ReceiptSigner  # noqa: PLC0415 - only this test looks at the key

    signer = ReceiptSigner.load(house.settings.keys, origin=house.settings.log_origin)
    made = house.api().post("/v1/searches", house.search_body(instrument=order)).document
    receipt = verify_receipt(made["receipt"], signer.public_jwk())
    assert receipt.origin == house.settings.log_origin
    assert receipt.merge_delay == 60
