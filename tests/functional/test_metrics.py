"""What an operator's monitoring sees: counts over all processes, and nobody's name."""

from __future__ import annotations

import urllib.request
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

if TYPE_CHECKING:
    from gateway_house import House

pytestmark = pytest.mark.photographs


def counts(house: House) -> dict[tuple[str, ...], float]:
    with urllib.request.urlopen(f"{house.url}/metrics") as answer:
        text = answer.read().decode()
    assert "lakeport" not in text
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_requests_and_decisions_are_counted_over_all_workers(house: House) -> None:
    before = counts(house)
    for _ in range(20):
        assert house.api().post("/v1/decisions", {"purpose": "immigration_enforcement"}).status == 422
    assert house.api().post("/v1/searches", house.search_body()).status == 403
    after = counts(house)

    def grown(*name: str) -> float:
        return after[name] - before.get(name, 0)

    assert grown("writgate_requests_total", "POST", "/v1/decisions", "422") == 20
    assert grown("writgate_requests_total", "POST", "/v1/searches", "403") == 1
    assert grown("writgate_decisions_total", "wasm", "denial") == 1
