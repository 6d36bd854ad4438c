"""A court's later word, a filing in XML, and what two people must agree on: each refused with a code of its own."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from gate_house import OPERATOR, GateHouse, asking, gate_house
from joserfc import jws
from joserfc.jwk import ECKey

from gateway.registry import queries
from gateway.registry.court_filing import FilingScope, read_filing
from gateway.registry.court_jws import hold_court
from gateway.registry.errors import Invalid, RegistryError, WarrantRefused
from gateway.registry.models import Actor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gate_house import Copies

    from gateway.registry.models import InstrumentWrite

COURT, DAY = "hill-county", 86_400
VENDOR, OUTSIDE = Actor(kind="client", id="admin-1"), Actor(kind="client", id="admin-2")
KEY = ECKey.generate_key("P-256", {"kid": "hill-1"})


@pytest.fixture(scope="module")
def house(copies: Copies, cluster_home: Path) -> Iterator[GateHouse]:
    with gate_house(copies, cluster_home, with_engine=True) as house:
        now = house.now()
        public = {"court": COURT, "kid": "hill-1", "jwk": KEY.as_dict(private=False)}
        window = {"not_before_ns": now - DAY * 10**9, "not_after_ns": now + DAY * 10**9}
        made = house.services.proposals.propose("court_key.add", public | window, why="new court", actor=VENDOR)
        assert queries_key(house) is None
        house.services.proposals.decide(UUID(made["id"]), approve=True, reason="compared", actor=OUTSIDE)
        yield house


def queries_key(house: GateHouse) -> Any:
    with house.services.database.transaction() as connection:
        return queries.court_key(connection, COURT, "hill-1")


def sign(house: GateHouse, claims: dict[str, Any], *, typ: str, key: ECKey = KEY) -> str:
    now = house.now() // 10**9
    whole = {"iss": COURT, "iat": now - 5, "aud": house.settings.issuer} | claims
    return jws.serialize_compact({"alg": "ES256", "typ": typ, "kid": "hill-1"}, json.dumps(whole).encode(), key)


def warrant(house: GateHouse, number: str, agency: str, *, detail: dict[str, Any] | None = None, **claims: Any) -> str:
    scope = {
        "type": "biometric_search",
        "operations": ["identify_1_to_n"],
        "modes": ["still_image"],
        "galleries": ["*"],
        "purposes": ["locate_missing_person"],
    }
    named = {"jti": number, "agency": agency, "instrument_type": "court_order", "case": "26-1"}
    lasting = {"exp": house.now() // 10**9 + DAY, "authorization_details": [scope | (detail or {})]}
    return sign(house, named | lasting | claims, typ="warrant+jwt")


def present(house: GateHouse, compact: str) -> Any:
    return house.services.registry.import_warrant(compact, actor=OPERATOR, issuer=house.settings.issuer)


def state(house: GateHouse, number: str, status: str = "revoked", **more: Any) -> dict[str, Any]:
    claims = {"jti": f"statement-{number}-{status}", "warrants": [{"jti": number, "status": status}]} | more
    compact = sign(house, claims, typ="warrant-status+jwt")
    return house.services.court_statements.take(compact, actor=OPERATOR, issuer=house.settings.issuer)


def test_a_warrant_that_was_revoked_a_moment_ago_authorises_nothing(house: GateHouse) -> None:
    force = house.force()
    made = present(house, warrant(house, "w-1", force.agency))
    assert house.admit(force, asking(force, instrument=made.id)).decision.permit
    assert state(house, "w-1")["instruments"] == [made.id]
    refused = house.admit(force, asking(force, instrument=made.id))
    assert "AUTHORISATION_REJECTED" in refused.decision.codes
    assert state(house, "w-1")["warrants"] == 0, "said before"


def test_a_warrant_that_was_revoked_before_it_was_shown_is_refused(house: GateHouse) -> None:
    force = house.force()
    state(house, "w-2", "quashed")
    with pytest.raises(WarrantRefused) as refused:
        present(house, warrant(house, "w-2", force.agency))
    assert refused.value.code == "WARRANT_REVOKED"


def test_a_modified_warrant_takes_the_place_of_the_one_before(house: GateHouse) -> None:
    force = house.force()
    first = present(house, warrant(house, "w-3", force.agency))
    second = present(house, warrant(house, "w-4", force.agency, replaces="w-3"))
    with house.services.database.transaction() as connection:
        before = queries.instrument(connection, force.agency, first.id)
    assert before is not None
    assert (second.status, before.status, before.replaced_by) == ("modified", "revoked", second.id)


def refused_warrant(house: GateHouse, compact: str) -> str:
    with pytest.raises(WarrantRefused) as refused:
        present(house, compact)
    return refused.value.code


def test_a_warrant_that_was_replaced_before_it_was_shown_is_refused(house: GateHouse) -> None:
    force = house.force()
    present(house, warrant(house, "w-11", force.agency, replaces="w-10"))
    assert refused_warrant(house, warrant(house, "w-10", force.agency)) == "WARRANT_REPLACED"
    other = house.force()
    assert refused_warrant(house, warrant(house, "w-10", other.agency)) == "WARRANT_REPLACED"


def test_a_warrant_takes_the_place_of_a_chain_of_which_some_were_never_shown(house: GateHouse) -> None:
    force = house.force()
    first = present(house, warrant(house, "w-20", force.agency))
    last = present(house, warrant(house, "w-22", force.agency, replaces=["w-21", "w-20"]))
    with house.services.database.transaction() as connection:
        before = queries.instrument(connection, force.agency, first.id)
    assert before is not None
    assert (last.status, before.status, before.replaced_by) == ("modified", "revoked", last.id)
    assert house.admit(force, asking(force, instrument=last.id)).decision.permit
    refused = house.admit(force, asking(force, instrument=first.id))
    assert "AUTHORISATION_REJECTED" in refused.decision.codes
    assert refused_warrant(house, warrant(house, "w-21", force.agency, replaces="w-20")) == "WARRANT_REPLACED"


@pytest.mark.parametrize(
    "replaced", [[], ["w-30"], ["w-29", "w-30"], [""], [f"w-{number}" for number in range(40, 57)]]
)
def test_a_warrant_that_replaces_itself_nothing_or_too_many_is_malformed(house: GateHouse, replaced: list[str]) -> None:
    compact = warrant(house, "w-30", house.force().agency, replaces=replaced)
    assert refused_warrant(house, compact) == "WARRANT_MALFORMED"


def test_a_warrant_and_the_word_that_ends_it_come_one_after_the_other(house: GateHouse) -> None:
    """Handed in at the same moment, on two nodes: the court's word is not missed by the warrant beside it."""
    force = house.force()
    with ThreadPoolExecutor(1) as other_node:
        with house.services.database.transaction() as connection:
            hold_court(connection, COURT)
            coming = other_node.submit(refused_warrant, house, warrant(house, "w-12", force.agency))
            while house.one("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") == (0,):
                assert not coming.done(), "it did not wait"
            connection.execute(
                "INSERT INTO registry.warrant_status VALUES (%s, 'w-12', 'revoked', 's', 'd', ops.now_ns())", (COURT,)
            )
        assert coming.result() == "WARRANT_REVOKED"


@pytest.mark.parametrize(
    ("detail", "code"),
    [
        ({"galleries": [f"g{number}" for number in range(65)]}, "WARRANT_SCOPE_TOO_LARGE"),
        ({"galleries": [f"g{number}" for number in range(10_000)]}, "WARRANT_TOO_LARGE"),
        ({"time_window": {"from": "2026-11-29T09:00:00", "to": "2026-11-29T17:00:00Z"}}, "WARRANT_TIME_WITHOUT_ZONE"),
        ({"time_window": {"from": "2026-11-29T09:00:00Z"}}, "WARRANT_MALFORMED"),
    ],
)
def test_a_scope_that_cannot_be_is_refused_by_name(house: GateHouse, detail: dict[str, Any], code: str) -> None:
    force = house.force()
    with pytest.raises(WarrantRefused) as refused:
        present(house, warrant(house, f"bad-{code}", force.agency, detail=detail))
    assert refused.value.code == code


def test_a_time_window_narrows_the_validity_to_the_second(house: GateHouse) -> None:
    force, now = house.force(), house.now() // 10**9
    opens, closes = (datetime.fromtimestamp(now + hours * 3600, UTC).isoformat() for hours in (1, 5))
    made = present(house, warrant(house, "w-5", force.agency, detail={"time_window": {"from": opens, "to": closes}}))
    assert (made.valid_from_ns, made.expires_at_ns) == ((now + 3600) * 10**9, (now + 5 * 3600) * 10**9)


@pytest.mark.parametrize("changes", [{"warrants": []}, {"warrants": [{"jti": "x", "status": "granted"}]}, {"more": 1}])
def test_a_statement_says_only_less(house: GateHouse, changes: dict[str, Any]) -> None:
    with pytest.raises(WarrantRefused) as refused:
        state(house, "w-9", **changes)
    assert refused.value.code == "WARRANT_MALFORMED"


def test_a_statement_by_another_key_is_none(house: GateHouse) -> None:
    forged = sign(house, {"jti": "s", "warrants": [{"jti": "w", "status": "revoked"}]}, typ="warrant-status+jwt",
                  key=ECKey.generate_key("P-256"))  # fmt: skip
    with pytest.raises(WarrantRefused) as refused:
        house.services.court_statements.take(forged, actor=OPERATOR, issuer=house.settings.issuer)
    assert refused.value.code == "WARRANT_SIGNATURE_INVALID"


def refused_proposal(house: GateHouse, proposal: str, actor: Actor) -> str:
    with pytest.raises(RegistryError) as refused:
        house.services.proposals.decide(UUID(proposal), approve=True, reason="yes", actor=actor)
    return refused.value.code


def test_two_people_agree_one_of_them_from_outside_the_vendor(house: GateHouse) -> None:
    proposals = house.services.proposals
    named = {"court": COURT, "kid": "hill-1"}
    mine = proposals.propose("court_key.revoke", named, why="stolen", actor=OUTSIDE)["id"]
    assert refused_proposal(house, mine, OUTSIDE) == "SAME_PERSON"
    vendors = proposals.propose("court_key.revoke", named, why="stolen", actor=OPERATOR)["id"]
    assert refused_proposal(house, vendors, VENDOR) == "TWO_PERSONS_REQUIRED"
    assert (
        refused_proposal(house, vendors, Actor(kind="client", id="x", agency="lakeport-pd")) == "ADMINISTRATOR_REQUIRED"
    )
    proposals.decide(UUID(vendors), approve=False, reason="it was not", actor=OUTSIDE)
    assert refused_proposal(house, vendors, OUTSIDE) == "PROPOSAL_DECIDED"
    auditor = {"id": "board", "agency": None, "name": "Board", "scopes": ["audit:read"]}
    made = proposals.propose("auditor.add", auditor, why="the oversight board", actor=VENDOR)["id"]
    assert proposals.decide(UUID(made), approve=True, reason="they asked", actor=OUTSIDE)["state"] == "approved"
    with house.services.database.transaction() as connection:
        assert queries.client(connection, "board") is not None


@pytest.mark.parametrize(
    ("filing", "code"),
    [
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", "FILING_UNSAFE"),
        (b"<!DOCTYPE x SYSTEM 'file:///etc/passwd'><x/>", "FILING_UNSAFE"),
        (b"<x", "FILING_MALFORMED"),
        (b"<x/>", "FILING_MALFORMED"),
        (b"<x>" + b" " * 1_048_577 + b"</x>", "FILING_TOO_LARGE"),
    ],
)
def test_a_filing_that_could_do_harm_is_not_read(filing: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_filing(filing, SCOPE, agency="lakeport-pd", paper_id="lakeport-pd/x")
    assert refused.value.code == code


SCOPE = FilingScope(
    operations=["identify_1_to_n"], modes=["still_image"], galleries=["missing*"], purposes=["locate_missing_person"]
)
FILING = """<f:FilingMessage xmlns:f="urn:example:filing" xmlns:nc="http://release.niem.gov/niem/niem-core/4.0/"
  xmlns:j="http://release.niem.gov/niem/domains/jxdm/6.1/">
  <nc:CaseDocketID>26-MP-0417</nc:CaseDocketID>
  <j:Warrant>
    <nc:ActivityIdentification><nc:IdentificationID>W-77</nc:IdentificationID></nc:ActivityIdentification>
    <nc:ActivityDateRange>
      <nc:StartDate><nc:DateTime>{start}</nc:DateTime></nc:StartDate>
      <nc:EndDate><nc:DateTime>2026-12-29T09:00:00-08:00</nc:DateTime></nc:EndDate>
    </nc:ActivityDateRange>
    <j:CourtOrderIssuingCourt>
      <nc:OrganizationName>Lake County Superior Court</nc:OrganizationName>
    </j:CourtOrderIssuingCourt>
    <j:CourtOrderIssuingJudicialOfficial>
      <nc:PersonFullName>E. Tran</nc:PersonFullName>
    </j:CourtOrderIssuingJudicialOfficial>
  </j:Warrant>
  <nc:Base64BinaryObject>JVBERi0=</nc:Base64BinaryObject>
</f:FilingMessage>"""


def test_a_courts_filing_becomes_a_paper_that_nobody_has_confirmed() -> None:
    start = FILING.format(start="2026-11-29T09:00:00-08:00").encode()
    write = read_filing(start, SCOPE, agency="lakeport-pd", paper_id="lakeport-pd/x")
    assert (write.type, write.court, write.docket_number) == (
        "search_warrant",
        "Lake County Superior Court",
        "26-MP-0417, W-77",
    )
    assert (write.judge, write.valid_from_ns) == ("E. Tran", 1_795_971_600 * 10**9)
    assert write.document_sha256 is not None


def test_a_time_in_a_filing_without_its_zone_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        read_filing(FILING.format(start="2026-11-29T09:00:00").encode(), SCOPE, agency="a", paper_id="a/x")
    assert refused.value.code == "FILING_TIME_WITHOUT_ZONE"


def read(order: str, **scope: Any) -> InstrumentWrite:
    """A filing with `order` inside its warrant."""
    text = FILING.format(start="2026-11-29T09:00:00-08:00").replace("</j:Warrant>", f"{order}</j:Warrant>")
    whole = SCOPE.model_dump(exclude_unset=True) | scope
    return read_filing(text.encode(), FilingScope(**whole), agency="lakeport-pd", paper_id="lakeport-pd/x")


def refused_filing(order: str, **scope: Any) -> str:
    with pytest.raises(Invalid) as refused:
        read(order, **scope)
    return refused.value.code


NAME = (
    "<nc:PersonName><nc:PersonGivenName>A.</nc:PersonGivenName><nc:PersonSurName>Person</nc:PersonSurName>"
    "</nc:PersonName>"
)


def test_whom_it_is_about_who_asked_and_where_it_stands_are_read_out_of_a_filing() -> None:
    made = read(
        f"<j:CourtOrderDesignatedSubject><nc:RoleOfPerson>{NAME}</nc:RoleOfPerson></j:CourtOrderDesignatedSubject>"
        "<j:CourtOrderRequestEntity><nc:EntityPerson><nc:PersonFullName>Det. R. Ruiz</nc:PersonFullName>"
        "</nc:EntityPerson></j:CourtOrderRequestEntity>"
        "<nc:ActivityStatus><nc:StatusText>Granted</nc:StatusText></nc:ActivityStatus>"
    )
    assert (made.subject, made.applicant, made.status) == ("A. Person", "Det. R. Ruiz", "granted")


def test_what_a_filing_says_and_nobody_read_refuses_it_until_the_clerk_says_that_they_did() -> None:
    limit = "<j:WarrantExtraditionLimitationDescriptionText>this county</j:WarrantExtraditionLimitationDescriptionText>"
    assert refused_filing(limit) == "FILING_NOT_UNDERSTOOD"
    unknown = '<x:Limits xmlns:x="urn:example:court"><x:Hours>nights only</x:Hours></x:Limits>'
    assert refused_filing(unknown) == "FILING_NOT_UNDERSTOOD"
    second_court = "<nc:ActivityStatus><nc:StatusText>stayed</nc:StatusText></nc:ActivityStatus>"
    assert refused_filing(second_court) == "FILING_NOT_UNDERSTOOD"
    read_by_hand = ["WarrantExtraditionLimitationDescriptionText"]
    assert read(limit, place="this county", by_hand=read_by_hand).place == "this county"


def test_what_the_clerk_enters_beside_a_filing_is_kept_and_may_not_contradict_it() -> None:
    assert refused_filing("", judge="Another") == "FILING_CONTRADICTED"
    beside: dict[str, Any] = {
        "application_authorised_by": "Lt. B. Chen", "sworn": True, "statute": "RCW 9A.40.020", "sealed": True,
        "probe_sha256": ["ab" * 32], "place": "Pier 3", "public_spaces": "station halls", "extensions": 1,
        "extended_days": 30, "searches_allowed": 3, "minimisation": "Delete faces of others.", "limits": ["night"],
        "delete_by_ns": 1_800_000_000 * 10**9, "notice_due_ns": 1_800_000_001 * 10**9,
        "return_due_ns": 1_800_000_002 * 10**9, "officer_certification": True,
    }  # fmt: skip
    made = read("", **beside)
    assert {name: getattr(made, name) for name in beside} == beside


def test_of_several_documents_in_a_filing_the_clerk_names_the_signed_one() -> None:
    other = "<nc:Base64BinaryObject>b3RoZXI=</nc:Base64BinaryObject>"
    assert refused_filing(other) == "FILING_CONTRADICTED"
    digest = hashlib.sha256(b"other").hexdigest()
    assert read(other, document_sha256=digest).document_sha256 == digest
