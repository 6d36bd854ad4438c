"""Each field that law asks of an instrument's record goes in, comes out again, and reaches policy.

The fields are those of the neutral vocabulary that the packs were written from: what Washington (RCW 43.386.070(3)) and
Colorado (C.R.S. 24-18-308(2)) make reportable is among them.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from gate_house import GateHouse, asking, gate_house
from joserfc import jws

from gateway.cli.demo.seed import COURT, COURT_KEY, DAY_NS
from gateway.registry.models import Actor, InstrumentWrite
from gateway.registry.words import parse_rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gate_house import Copies, Force

ENTERED, CONFIRMED = Actor(kind="operator", id="clerk"), Actor(kind="operator", id="second")
SIGNED = b"%PDF-1.7 the order"
STATED: dict[str, Any] = {
    "type": "court_order",
    "docket_number": "26-MP-0417",
    "judge": "Hon. E. Tran (fictional)",
    "applicant": "Det. R. Ruiz, Lakeport (fictional)",
    "application_authorised_by": "Lt. B. Chen (fictional)",
    "sworn": True,
    "officer_certification": True,
    "standard": "probable cause",
    "statute": "RCW 9A.40.020",
    "subject": "A. Person (fictional)",
    "place": "Ferry terminal",
    "public_spaces": "station halls",
    "extensions": 2,
    "extended_days": 45,
    "searches_allowed": 3,
    "minimisation": "Faces of others are deleted.",
    "sealed": True,
    "document_sha256": hashlib.sha256(SIGNED).hexdigest(),
}
SCOPE: dict[str, Any] = {
    "operations": ["identify_1_to_n"],
    "modes": ["still_image"],
    "galleries": ["missing*"],
    "purposes": ["locate_missing_person"],
    "probe_sha256": ["ab" * 32],
}
# Days from now.
TIMES = {"valid_from": -1, "expires_at": 20, "delete_by": 30, "notice_due": 40, "return_due": 50}


@pytest.fixture(scope="module")
def house(copies: Copies, cluster_home: Path) -> Iterator[GateHouse]:
    with gate_house(copies, cluster_home, with_engine=True) as house:
        yield house


@pytest.fixture
def force(house: GateHouse) -> Force:
    return house.force()


def typed_in(house: GateHouse, force: Force, times: dict[str, int]) -> str:
    fields = STATED | SCOPE | {f"{name}_ns": at for name, at in times.items()} | {"limits": ["place"]}
    paper = f"{force.agency}/typed"
    write = InstrumentWrite.model_validate({"id": paper, "agency": force.agency, "court": COURT, **fields})
    house.services.registry.put_instrument(write, actor=ENTERED)
    house.services.confirmations.instrument(paper, actor=CONFIRMED, file=SIGNED)
    return paper


def signed_by_the_court(house: GateHouse, force: Force, times: dict[str, int]) -> str:
    beside = {"type", "docket_number", "place", "public_spaces", "extensions", "extended_days", "searches_allowed"}
    seconds = {name: at // 10**9 for name, at in times.items()}
    claims = {name: value for name, value in STATED.items() if name not in beside | {"document_sha256"}} | {
        "iss": COURT,
        "jti": "w-1",
        "iat": seconds["valid_from"],
        "nbf": seconds["valid_from"],
        "exp": seconds["expires_at"],
        "aud": house.settings.issuer,
        "agency": force.agency,
        "instrument_type": STATED["type"],
        "case": STATED["docket_number"],
        "delete_by": seconds["delete_by"],
        "notice_after": seconds["notice_due"],
        "return_by": seconds["return_due"],
        "extensions": {"number": STATED["extensions"], "days": STATED["extended_days"]},
        "authorization_details": [
            {"type": "biometric_search", "max_searches": STATED["searches_allowed"], **SCOPE}
            | {name: STATED[name] for name in ("place", "public_spaces")}
        ],
        "documents": [{"sha256": STATED["document_sha256"], "media_type": "application/pdf"}],
    }
    header = {"alg": "ES256", "typ": "warrant+jwt", "kid": COURT_KEY}
    compact = jws.serialize_compact(header, json.dumps(claims).encode(), house.seeded.court_key)
    return house.services.registry.import_warrant(compact, actor=ENTERED, issuer=house.settings.issuer).id


@pytest.mark.parametrize("enter", [typed_in, signed_by_the_court])
def test_each_field_comes_out_as_it_went_in_and_reaches_policy(house: GateHouse, force: Force, enter: Any) -> None:
    now = house.now() // 10**9 * 10**9
    times = {name: now + days * DAY_NS for name, days in TIMES.items()}
    paper = enter(house, force, times)

    found = browse(house, force, paper)
    assert {name: found[name] for name in STATED} == STATED
    assert {name: found[name] for name in SCOPE} == SCOPE
    assert {name: parse_rfc3339(found[name]) for name in times} == times
    assert (found["court"], found["status"], found["limits"]) == (COURT, "granted", ["place"])
    by_court = enter is signed_by_the_court
    assert found["verified_by"] == (f"court:{COURT}" if by_court else "operator:second")
    assert found["document_checked"] is not by_court
    assert parse_rfc3339(found["verified_at"]) >= now - DAY_NS

    seen = house.admit(force, asking(force, instrument=paper)).document["legal_instrument"]
    outside_scope = {name: value for name, value in STATED.items() if name != "standard"}
    assert {name: seen[name] for name in outside_scope} == outside_scope
    assert {name: seen["scope"][name] for name in SCOPE} == SCOPE
    assert {name: seen[name] for name in times} == times
    assert (seen["court"], seen["finding"], seen["scope"]["limits"]) == (COURT, STATED["standard"], ["place"])
    for name in ("verified_by", "document_checked", "status", "origin"):
        assert seen[name] == found[name]
    assert seen["verified_at"] == parse_rfc3339(found["verified_at"])


def browse(house: GateHouse, force: Force, paper: str) -> dict[str, Any]:
    """What an administrator from outside the vendor is shown of it over HTTP."""
    answer = house.browser().get(
        f"/v1/instruments/{paper}", headers={"Authorization": f"Bearer {house.token('admin-2')}"}
    )
    assert answer.status_code == 200, answer.data
    found: dict[str, Any] = answer.json or {}
    assert found["agency"] == force.agency
    return found
