"""What administrators and clerks do: the registry, courts, sanctions, revocations, accounts, and the log's own acts."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from joserfc import jws
from joserfc.jwk import ECKey

from acts.recorder import done
from gateway.cli.demo.seed import COURT, COURT_KEY, HARLAN, LAKEPORT, warrant

if TYPE_CHECKING:
    from acts.recorder import Recorder

AGENCY = "riverton-pd"
FILING = """<f:FilingMessage xmlns:f="urn:example:filing" xmlns:nc="http://release.niem.gov/niem/niem-core/4.0/"
  xmlns:j="http://release.niem.gov/niem/domains/jxdm/6.1/">
  <nc:CaseDocketID>26-MP-0417</nc:CaseDocketID>
  <j:Warrant>
    <nc:ActivityIdentification><nc:IdentificationID>W-77</nc:IdentificationID></nc:ActivityIdentification>
    <nc:ActivityDateRange>
      <nc:StartDate><nc:DateTime>2026-11-29T09:00:00-08:00</nc:DateTime></nc:StartDate>
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


def act(recorder: Recorder) -> None:
    _registry(recorder)
    _papers(recorder)
    _courts(recorder)
    _access(recorder)
    _log(recorder)


def _rfc3339(recorder: Recorder, days: int) -> str:
    return datetime.fromtimestamp(recorder.house.now() // 10**9 + days * 86_400, UTC).isoformat()


def _registry(recorder: Recorder) -> None:
    admin = recorder.api("admin-1")
    records: dict[str, dict[str, Any]] = {
        f"/v1/agencies/{AGENCY}": {"name": "Riverton (fictional)", "type": "law_enforcement", "jurisdiction": "US-TX"},
        f"/v1/contracts/{AGENCY}/contract": {
            "agency": AGENCY,
            "valid_from": _rfc3339(recorder, -1),
            "valid_to": _rfc3339(recorder, 30),
            "terms": {
                "purposes": ["locate_missing_person"], "operations": ["identify_1_to_n"], "galleries": ["*"],
                "min_similarity": 90, "max_candidates": 5,
            },
        },
        f"/v1/users/{AGENCY}/chen": {"agency": AGENCY, "name": "L. Chen (fictional)", "roles": ["investigator"]},
        f"/v1/clients/{AGENCY}/desk": {
            "agency": AGENCY, "name": "desk", "scopes": ["searches:read"], "jwks": {"keys": []},
            "grant_types": ["client_credentials"],
        },
        "/v1/issuers/county": {
            "issuer": "https://county.example",
            "profile": {"algorithms": ["ES256"], "agencies": [AGENCY], "events": {"audience": "writgate"}},
        },
    }  # fmt: skip
    for path, body in records.items():
        done(admin.put(path, body))
    done(admin.put("/v1/user-links/county/subject-1", {"user_id": f"{AGENCY}/chen"}))
    for path in reversed(records):
        done(admin.patch(path, {"status": "terminated" if "/contracts/" in path else "suspended"}))


def _papers(recorder: Recorder) -> None:
    clerk = recorder.api("clerk")
    digest = hashlib.sha256(b"the signed document").hexdigest()
    paper = {
        "type": "court_order", "court": "Superior Court", "docket_number": "26-1", "galleries": ["missing-*"],
        "modes": ["still_image"], "operations": ["identify_1_to_n"], "purposes": ["locate_missing_person"],
        "valid_from": _rfc3339(recorder, -1), "expires_at": _rfc3339(recorder, 10), "document_sha256": digest,
    }  # fmt: skip
    path = f"/v1/instruments/{LAKEPORT}/order-7"
    done(clerk.put(path, paper))
    done(recorder.api("admin-2").post(f"{path}/confirm", {}))
    done(recorder.api("admin-1").patch(path, {"status": "quashed"}))
    presented = warrant(recorder.seeded.court_key, issuer=recorder.settings.issuer, case="2026-0417")
    done(clerk.post("/v1/instruments", {"warrant": presented}))
    scope = {name: paper[name] for name in ("operations", "modes", "galleries", "purposes")}
    done(clerk.post("/v1/instruments/filings", scope | {"filing": FILING}))
    emergency = {
        "certified_by": f"{LAKEPORT}/ruiz", "rank": "detective", "facts": "A child was taken at 14:10.",
        "harm": "Serious harm.", "risk": "imminent_threat_to_individual", "narrowly_tailored": True,
        "started_at": _rfc3339(recorder, 0), "why_no_order": "No judge could be reached.",
        "deadline": _rfc3339(recorder, 2),
    }  # fmt: skip
    done(clerk.put(f"/v1/exigencies/{LAKEPORT}/emergency-7", emergency))
    done(clerk.patch(f"/v1/exigencies/{LAKEPORT}/emergency-7", {"status": "withdrawn"}))


def _courts(recorder: Recorder) -> None:
    admin, outside = recorder.api("admin-1"), recorder.api("admin-2")
    key = ECKey.generate_key("P-256", {"kid": "hill-1"}).as_dict(private=False)
    window = {"not_before": _rfc3339(recorder, -1), "not_after": _rfc3339(recorder, 90)}
    proposed = done(admin.put("/v1/court-keys/hill-county/hill-1", {"jwk": key} | window))
    done(outside.post(f"/v1/proposals/{proposed['id']}/approve", {"reason": "Compared with the court's."}))
    named = {"court": "hill-county", "kid": "hill-1"}
    withdrawn = {"kind": "court_key.revoke", "document": named, "why": "Stolen, it was said."}
    other = done(admin.post("/v1/proposals", withdrawn))
    done(outside.post(f"/v1/proposals/{other['id']}/refuse", {"reason": "It was not."}))
    claims = {
        "iss": COURT, "jti": "statement-7", "iat": recorder.house.now() // 10**9 - 5, "aud": recorder.settings.issuer,
        "warrants": [{"jti": "MP-7", "status": "revoked"}],
    }  # fmt: skip
    header = {"alg": "ES256", "typ": "warrant-status+jwt", "kid": COURT_KEY}
    statement = jws.serialize_compact(header, json.dumps(claims).encode(), recorder.seeded.court_key)
    done(recorder.api("clerk").post("/v1/court-statements", {"statement": statement}))


def _access(recorder: Recorder) -> None:
    admin = recorder.api("admin-1")
    subject = {"kind": "client", "id": "trial"}
    why = {"rule": "contract 4.2", "statement": "Searched without an order.", "entries": [0]}
    recorder.house.integrate()
    trial = recorder.api("trial")
    done(trial.get("/v1/galleries"))
    imposed = done(admin.post("/v1/sanctions", {"subject": subject} | why))
    while (refused := trial.get("/v1/galleries")).status == 200:
        pass  # for a second at most
    assert refused.status == 403, refused.document
    lifted = {"statement": "The order was found."}
    done(recorder.api("admin-2").post(f"/v1/sanctions/{imposed['id']}/lift", lifted))
    done(admin.post("/v1/revocations", {"subject": {"kind": "user", "id": f"{HARLAN}/boone"}, "statement": "A theft."}))
    done(admin.post("/v1/invitations", {"account": "moreau", "role": "administrator", "name": "A. Moreau"}))
    done(admin.patch("/v1/accounts/moreau", {"status": "suspended"}))


def _log(recorder: Recorder) -> None:
    admin, other = recorder.api("admin-1"), recorder.api("admin-2")
    recorder.publish()
    leaf: Any = recorder.house.one(
        "SELECT index FROM audit.entries WHERE kind = 'instrument.written' ORDER BY index DESC LIMIT 1"
    )[0]
    given = {"field": "actor_id", "recipient": "The public defender", "purpose": "discovery"}
    names = recorder.house.one("SELECT names FROM audit.disclosures WHERE index = %s", leaf)[0]
    done(admin.post(f"/v1/audit/entries/{leaf}/disclosures", given | {"field": names[0]}))
    case = {"agency": LAKEPORT, "case_number": "2026-0417", "reference": "26-MP-1", "statement": "ordered"}
    hold = done(admin.post("/v1/audit/holds", case))
    done(other.post(f"/v1/audit/holds/{hold['id']}/lift", {"statement": "Over."}))
    order = case | {"basis": "court_order"}
    first, second = (done(admin.post("/v1/audit/erasures", order)) for _ in range(2))
    done(other.post(f"/v1/audit/erasures/{first['id']}/refuse", {"statement": "The wrong case."}))
    recorder.house.integrate()
    done(other.post(f"/v1/audit/erasures/{second['id']}/approve"))
    done(admin.post("/v1/audit/exports", {"name": "siem", "format": "jsonl", "destination": "file:siem.jsonl"}))
    done(admin.delete("/v1/audit/exports/siem"))
    done(admin.get("/v1/audit/entries?limit=1"))
