"""What input is refused before it reaches the database, and how times may be given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from pydantic import ValidationError

from gateway.registry.documents import _time
from gateway.registry.models import CourtKeyWrite
from gateway.registry.words import LATEST_NS, parse_rfc3339

if TYPE_CHECKING:
    from collections.abc import Callable

YEAR = {"not_before": "2026-01-01T00:00:00Z", "not_after": "2027-01-01T00:00:00Z"}


@given(st.integers(min_value=0, max_value=LATEST_NS))
def test_a_time_shown_is_the_time_read_back_to_the_nanosecond(nanoseconds: int) -> None:
    assert parse_rfc3339(_time(nanoseconds)) == nanoseconds


@pytest.mark.parametrize(
    "text", ["2026-11-23", "2026-11-23T00:00:00", "2026-13-01T00:00:00Z", "2026-11-23T00:00:00.0123456789Z", "now", ""]
)
def test_a_time_without_zone_or_beyond_nanoseconds_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  the sentence differs, the refusal does not
        parse_rfc3339(text)


def test_a_time_may_be_nanoseconds_or_text_but_not_both(papers: Any) -> None:
    assert papers.contract(valid_from="2026-01-01T01:00:00+01:00").valid_from_ns == 1_767_225_600_000_000_000
    with pytest.raises(ValidationError):
        papers.contract(valid_from_ns=5)


@pytest.mark.parametrize(
    "fields",
    [
        {"id": "Lakeport"},
        {"id": "../agencies"},
        {"id": "x" * 129},
        {"id": ""},
        {"id": "lakeport\n"},
        {"agency": "lakeport-pd/x"},
        {"valid_to": "2025-01-01T00:00:00Z"},
        {"valid_from": 1.5},
        {"valid_from": True},
        {"valid_from": -1},
        {"status": "expired"},
        {"version": 3},
        {"surprise": 1},
    ],
)
def test_a_contract_that_cannot_be_is_refused(papers: Any, fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        papers.contract(**fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"purposes": []},
        {"purposes": ["general_surveillance"]},
        {"purposes": ["locate_missing_person", "locate_missing_person"]},
        {"operations": ["search"]},
        {"galleries": ["Missing"]},
        {"galleries": ["a**"]},
        {"galleries": ["*a*b*"]},
        {"galleries": ["[a-z]"]},
        {"galleries": ["a/b"]},
        {"galleries": []},
        {"min_similarity": 101},
        {"min_similarity": 99.5},
        {"max_candidates": 0},
        {"quotas": [{"period": "week", "limit": 1}]},
        {"quotas": [{"period": "day", "limit": 0}]},
        {"quotas": [{"period": "day", "limit": 1}, {"period": "day", "limit": 2}]},
        {"demands": [{"clause": "7.2", "instruments": []}]},
        {"demands": [{"clause": "7.2", "instruments": ["promise"]}]},
        {"packs": ["US_WA"]},
        {"user_strength": "certain"},
    ],
)
def test_terms_that_cannot_be_are_refused(papers: Any, fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        papers.contract(terms=papers.terms(**fields))


def test_a_demand_that_names_no_operation_is_for_all_that_the_contract_permits(lakeport: Any, papers: Any) -> None:
    demands = [{"clause": "7.2", "purposes": ["locate_missing_person"], "instruments": ["court_order"]}]
    stored = lakeport.put_contract(papers.contract(terms=papers.terms(demands=demands)), actor=papers.operator)
    (demand,) = stored.terms.demands
    assert demand.operations == ("identify_1_to_n", "verify_1_to_1")
    assert demand.purposes == ("locate_missing_person",)


@pytest.mark.parametrize(
    "fields",
    [
        {"galleries": []},
        {"modes": []},
        {"operations": []},
        {"purposes": []},
        {"probe_sha256": ["A" * 64]},
        {"searches_allowed": 0},
        {"expires_at": "2026-10-01T00:00:00Z"},
        {"type": "exigency_certification"},
        {"judge": "A\x00B"},
        {"judge": "  "},
    ],
)
def test_an_instrument_that_cannot_be_is_refused(papers: Any, fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        papers.instrument(**fields)


@pytest.mark.parametrize("fields", [{"deadline": "2026-11-23T09:00:00Z"}, {"deadline": "2027-11-23T10:00:00Z"}])
def test_an_exigency_ends_within_days(papers: Any, fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        papers.exigency(**fields)


@pytest.mark.parametrize(
    "jwk",
    [
        lambda: ECKey.generate_key("P-256").as_dict(private=True),
        lambda: ECKey.generate_key("P-384").as_dict(private=False),
        lambda: OKPKey.generate_key("X25519").as_dict(private=False),
        lambda: OctKey.generate_key(256).as_dict(),
        lambda: ECKey.generate_key("P-256").as_dict(private=False) | {"x5u": "https://court.example/key"},
        lambda: ECKey.generate_key("P-256").as_dict(private=False) | {"alg": "HS256"},
        lambda: ECKey.generate_key("P-256").as_dict(private=False) | {"alg": "Ed25519"},
        lambda: ECKey.generate_key("P-256").as_dict(private=False) | {"alg": None},
        lambda: OKPKey.generate_key("Ed25519").as_dict(private=False) | {"alg": "Ed448"},
        lambda: ECKey.generate_key("P-256").as_dict(private=False) | {"x": "AA"},
        lambda: ECKey.generate_key("P-256").as_dict(private=False) | {"kid": "another"},
        dict,
    ],
)
def test_only_public_signature_keys_are_pinned(jwk: Callable[[], dict[str, Any]]) -> None:
    with pytest.raises(ValidationError) as refused:
        CourtKeyWrite.model_validate({"court": "lake-superior", "kid": "2026", "jwk": jwk()} | YEAR)
    assert "input_value" not in str(refused.value)


@pytest.mark.parametrize("algorithm", ["EdDSA", "Ed25519"])
def test_an_ed25519_key_may_say_either_name_of_its_algorithm(papers: Any, algorithm: str) -> None:
    """RFC 9864 gives EdDSA with this curve a name of its own."""
    jwk = OKPKey.generate_key("Ed25519").as_dict(private=False) | {"alg": algorithm}
    CourtKeyWrite.model_validate({"court": "lake-superior", "kid": "2026", "jwk": jwk} | YEAR)
    assert papers.client(jwks={"keys": [jwk | {"kid": "a"}]}).jwks["keys"][0]["alg"] == algorithm


def test_a_short_rsa_key_is_not_pinned_and_is_no_clients(papers: Any) -> None:
    with pytest.warns(match="2048"):
        jwk = RSAKey.generate_key(1024).as_dict(private=False)
    with pytest.raises(ValidationError):
        CourtKeyWrite.model_validate({"court": "lake-superior", "kid": "2026", "jwk": jwk} | YEAR)
    with pytest.raises(ValidationError):
        papers.client(jwks={"keys": [jwk | {"kid": "a"}]})


def test_a_clients_keys_are_a_set_with_names(papers: Any) -> None:
    key = ECKey.generate_key("P-256").as_dict(private=False)
    assert papers.client(jwks={"keys": [key | {"kid": "a"}]}).jwks["keys"][0]["kid"] == "a"
    for jwks in ({}, {"keys": [key | {"kid": ""}]}, {"keys": [key | {"kid": "a"}] * 2}, {"keys": ["a"]}, {"keys": 1}):
        with pytest.raises(ValidationError):
            papers.client(jwks=jwks)
