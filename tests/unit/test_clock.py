"""Identifiers are in the order of their making, and times read as RFC 3339 says."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.clock import host_now_ns, rfc3339, uuid7


def test_identifiers_are_strictly_increasing_within_a_process() -> None:
    made = [uuid7() for _ in range(10_000)]
    assert made == sorted(set(made))


def test_an_identifier_has_version_variant_and_time_of_rfc_9562() -> None:
    before = host_now_ns() // 1_000_000
    made = uuid7()
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    # The count may run ahead of the clock when many are made in one tick.
    assert before <= made.int >> 80 <= host_now_ns() // 1_000_000 + 10


@given(st.integers(min_value=0, max_value=4_000_000_000_000_000_000))
def test_times_read_in_order_and_in_utc(nanoseconds: int) -> None:
    text = rfc3339(nanoseconds)
    assert len(text) == 27
    assert text.endswith("Z")
    assert text <= rfc3339(nanoseconds + 1000)


def test_a_known_time() -> None:
    assert rfc3339(1_795_471_920_000_001_999) == "2026-11-23T22:12:00.000001Z"
