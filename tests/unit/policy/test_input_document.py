"""The input document has one shape for every question, and times in it are instants."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.policy.folder import POLICIES
from gateway.policy.input_document import FIELDS, InputError, document, from_scenario, nanoseconds
from gateway.policy.scenarios import read_rows

SCENARIOS = Path(__file__).parents[2] / "scenarios"
ROWS: list[dict[str, Any]] = [row for path in sorted(SCENARIOS.glob("*.json")) for row in read_rows(path)]
SCHEMA: dict[str, Any] = json.loads((POLICIES / "schema" / "input.json").read_bytes())


def test_what_nobody_gave_is_there_and_empty() -> None:
    empty = document(now=5)
    assert set(empty) == set(FIELDS)
    assert (empty["now"], empty["purpose"], empty["jurisdiction"], empty["prior_denials"]) == (5, None, [], 0)


def test_document_and_schema_have_the_same_fields() -> None:
    assert set(SCHEMA["properties"]) == set(FIELDS)
    assert SCHEMA["additionalProperties"] is False


@pytest.mark.parametrize(
    "sections",
    [
        {"now": 5, "porpoise": "x"},
        {"now": None},
        {"now": "2025-03-10T12:00:00Z"},
        {"now": True},
        {"now": 5.0},
        {"now": 5, "max_candidates": 2.5},
        {"now": 5, "similarity_threshold": float("nan")},
        {"now": 5, "similarity_threshold": float("inf")},
        {"now": 5, "contract": {"valid_to": "2025-03-10T12:00:00"}},
        {"now": 5, "contract": {"valid_to": "2025-02-30T12:00:00Z"}},
        {"now": 5, "subject": ...},
        {"now": 5, "subject": {"picture": b"x"}},
    ],
    ids=str,
)
def test_what_the_document_cannot_hold_is_refused(sections: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        document(**sections)


def test_a_similarity_may_have_a_fraction_and_a_whole_one_is_a_whole_number() -> None:
    assert document(now=5, similarity_threshold=99.5)["similarity_threshold"] == 99.5
    whole = document(now=5, similarity_threshold=99.0)["similarity_threshold"]
    assert (whole, type(whole)) == (99, int)


def test_times_become_instants_and_texts_that_look_like_times_do_not() -> None:
    made = document(
        now=5,
        justification="2025-03-10T12:00:00Z",
        contract={"valid_to": "2025-03-10T12:00:00Z"},
        approvals=[{"approved_at": "1970-01-01T00:00:01+01:00"}],
    )
    assert made["justification"] == "2025-03-10T12:00:00Z"
    assert made["contract"]["valid_to"] == 1_741_608_000_000_000_000
    assert made["approvals"][0]["approved_at"] == -3_599_000_000_000


@given(
    st.datetimes(min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 29)),  # noqa: DTZ001 - the zone is the next
    st.integers(-14 * 60, 14 * 60),
)
def test_an_instant_is_the_same_in_every_zone(moment: datetime, minutes: int) -> None:
    moment = moment.replace(tzinfo=UTC)
    elsewhere = moment.astimezone(timezone(timedelta(minutes=minutes)))
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert nanoseconds(elsewhere.isoformat()) == (moment - epoch) // timedelta(microseconds=1) * 1000


def test_all_nine_digits_of_a_second_are_kept() -> None:
    assert nanoseconds("1970-01-01T00:00:00.123456789Z") == 123_456_789
    assert nanoseconds("1970-01-01T00:00:00.5Z") == 500_000_000


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_every_scenario_fits_the_schema(row: dict[str, Any]) -> None:
    assert list(_misfits(from_scenario(row), SCHEMA, row["id"])) == []


def test_a_clean_row_has_a_contract_that_permits_what_it_asks() -> None:
    row = ROWS[0]
    made = from_scenario(row)
    assert made["contract"]["operations"] == [row["request"]["operation"]]
    assert made["contract"]["valid_from"] < made["now"] < made["contract"]["valid_to"]


def test_an_expired_contract_has_ended_and_any_place_is_a_permissive_one() -> None:
    request = ROWS[0]["request"] | {"agency": {"status": "active", "contract_status": "expired"}}
    made = from_scenario(ROWS[0] | {"request": request, "jurisdiction": "ANY"})
    assert made["contract"]["valid_to"] < made["now"]
    assert made["jurisdiction"] == ["US-TX"]


def _misfits(value: Any, schema: dict[str, Any], where: str) -> list[str]:
    """Where a value breaks the few keywords of JSON Schema that our schema uses."""
    known = {"$schema", "title", "description", "type", "properties", "additionalProperties", "items"}
    assert set(schema) <= known, f"{where}: the test knows no {set(schema) - known}"
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    found = [] if not types or any(_is(value, name) for name in types) else [f"{where}: not {types}"]
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        more = schema.get("additionalProperties", True)
        for name, item in value.items():
            if name in properties:
                found += _misfits(item, properties[name], f"{where}.{name}")
            elif more is False:
                found.append(f"{where}.{name}: unknown")
            elif isinstance(more, dict):
                found += _misfits(item, more, f"{where}.{name}")
    if isinstance(value, list):
        for position, item in enumerate(value):
            found += _misfits(item, schema.get("items", {}), f"{where}[{position}]")
    return found


def _is(value: Any, name: str) -> bool:
    kinds: dict[str, tuple[type, ...]] = {
        "object": (dict,), "array": (list,), "string": (str,), "boolean": (bool,), "null": (type(None),),
        "integer": (int,), "number": (int, float),
    }  # fmt: skip
    return isinstance(value, kinds[name]) and (name == "boolean" or not isinstance(value, bool))
