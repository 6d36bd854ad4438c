"""What the demonstration starts from: two fictional agencies, their contracts, people, clients, a court, and galleries.

All through the registry's own services, so every row has its entry on the log. No real person is given a crime: the
photographs are told of as missing persons.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from joserfc import jwt
from joserfc.jwk import ECKey

from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.log import AuditLog
from gateway.cli.http import Api
from gateway.cli.init import register_client
from gateway.cli.log_parts import outbound
from gateway.database import Database
from gateway.identity.client_credentials import request_token
from gateway.identity.client_sender import Sender
from gateway.postgres.deployment import DatabaseRole
from gateway.registry.confirmations import Confirmations
from gateway.registry.models import Actor, AgencyWrite, ContractWrite, InstrumentWrite, UserWrite
from gateway.registry.proposals import Proposals
from gateway.registry.service import Registry
from gateway.registry.two_persons import handlers
from gateway.vocabulary import Scope

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.postgres.deployment import Deployment
    from gateway.settings import Settings

LAKEPORT: Final = "lakeport-pd"
HARLAN: Final = "harlan-so"
COURT: Final = "lake-county-superior-court"
COURT_KEY: Final = "lake-2026"
CASE: Final = "2026-0417"
GALLERY: Final = "missing-persons"
STANDING_ORDER: Final = f"{HARLAN}/standing-order"
DAY_NS: Final = 86_400 * 10**9

AGENCY_SCOPES: Final = (
    Scope.SEARCHES_WRITE,
    Scope.SEARCHES_READ,
    Scope.COMPARISONS_WRITE,
    Scope.DECISIONS_WRITE,
    Scope.DECISIONS_REPLAY,
    Scope.GALLERIES_READ,
    Scope.GALLERIES_WRITE,
    Scope.POLICIES_READ,
    Scope.POLICIES_BUNDLE,
    Scope.REGISTRY_READ,
    Scope.DOCKET_READ,
)
CLERK_SCOPES: Final = (
    Scope.REGISTRY_READ,
    Scope.REGISTRY_WRITE,
    Scope.COURTS_WRITE,
    Scope.DOCKET_READ,
    Scope.DOCKET_WRITE,
)
CONTROLS: Final = {
    "accountability_report_adopted": True,
    "use_policy_published": True,
    "conforms_to_state_model_policy": True,
    "algorithm_on_approved_list": True,
}


@dataclass(frozen=True, slots=True)
class Seeded:
    """`clients` and `users` as the description file lists them; `court_key` is the demo court's private key."""

    clients: dict[str, dict[str, Any]]
    users: dict[str, dict[str, Any]]
    court_key: ECKey


def seed(settings: Settings, deployment: Deployment) -> Seeded:
    with Database(deployment.conninfo(DatabaseRole.WEB), name="demo") as database:
        log = AuditLog(keys=DisclosureKeys.load(settings.keys))
        registry = Registry(database, log)
        operator = Actor(kind="operator", id="demo")
        now = time.time_ns()
        _agencies(registry, operator, now)
        users = _users(registry, operator, now)
        clients = _clients(registry, settings, operator, users)
        by_two = handlers(registry, log=log, outbound=outbound(settings))
        court_key = _court(Proposals(database=database, log=log, handlers=by_two), settings, operator, now)
        _standing_order(registry, Confirmations(database=database, registry=registry), operator, now)
    return Seeded(clients=clients, users=users, court_key=court_key)


def _agencies(registry: Registry, operator: Actor, now: int) -> None:
    for agency, name, jurisdiction in (
        (LAKEPORT, "Lakeport Police Department (fictional)", "US-WA"),
        (HARLAN, "Harlan County Sheriff's Office (fictional)", "US-TX"),
    ):
        registry.put_agency(
            AgencyWrite.model_validate(
                {
                    "id": agency,
                    "name": name,
                    "type": "law_enforcement",
                    "jurisdiction": jurisdiction,
                    "controls": CONTROLS,
                }
            ),
            actor=operator,
        )
    base: dict[str, Any] = {
        "operations": ["identify_1_to_n", "verify_1_to_1", "enrol_gallery", "use_result", "watchlist_live"],
        "min_similarity": 90,
        "max_candidates": 10,
    }
    lakeport = base | {
        "purposes": ["locate_missing_person", "investigate_named_offence", "identify_deceased"],
        "galleries": ["missing-*"],
        "quotas": [{"period": "day", "limit": 500}],
        "demands": [
            {
                "clause": "4.2",
                "operations": ["identify_1_to_n"],
                "purposes": ["locate_missing_person"],
                "instruments": ["court_order", "search_warrant"],
            }
        ],
    }
    # Wide, so that an outside program can fill galleries of its own and look at every score.
    harlan = base | {
        "min_similarity": 0,
        "max_candidates": 100,
        "purposes": ["locate_missing_person", "investigate_named_offence"],
        "galleries": ["trial*"],
        "quotas": [{"period": "day", "limit": 1_000_000}],
    }
    for agency, terms in ((LAKEPORT, lakeport), (HARLAN, harlan)):
        registry.put_contract(
            ContractWrite.model_validate(
                {
                    "id": f"{agency}/contract-1",
                    "agency": agency,
                    "valid_from_ns": now - 30 * DAY_NS,
                    "valid_to_ns": now + 365 * DAY_NS,
                    "terms": terms,
                }
            ),
            actor=operator,
        )


def _users(registry: Registry, operator: Actor, now: int) -> dict[str, dict[str, Any]]:
    users = {
        f"{LAKEPORT}/ruiz": ("Det. R. Ruiz (fictional)", ["investigator"]),
        f"{LAKEPORT}/okafor": ("Sgt. A. Okafor (fictional)", ["supervisor_approver"]),
        f"{LAKEPORT}/clerk": ("M. Lind, court clerk (fictional)", ["court_clerk"]),
        f"{LAKEPORT}/hale": ("B. Hale, examiner (fictional)", ["trained_examiner"]),
        f"{LAKEPORT}/imai": ("K. Imai, examiner (fictional)", ["trained_examiner"]),
        f"{HARLAN}/boone": ("Dep. T. Boone (fictional)", ["investigator"]),
    }
    for user, (name, roles) in users.items():
        registry.put_user(
            UserWrite.model_validate(
                {
                    "id": user,
                    "agency": user.partition("/")[0],
                    "name": name,
                    "roles": roles,
                    "person": f"badge {user}",
                    "training_valid_to_ns": now + 300 * DAY_NS,
                }
            ),
            actor=operator,
        )
    return {user: {"agency": user.partition("/")[0], "roles": roles} for user, (_, roles) in users.items()}


def _clients(
    registry: Registry, settings: Settings, operator: Actor, users: dict[str, dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    auditor = (Scope.AUDIT_READ, Scope.INCIDENTS_READ, Scope.POLICIES_READ, Scope.DECISIONS_REPLAY)
    clients: dict[str, tuple[str | None, tuple[Scope, ...], str | None]] = {
        "lakeport": (LAKEPORT, AGENCY_SCOPES, f"{LAKEPORT}/ruiz"),
        "supervisor": (LAKEPORT, (Scope.APPROVALS_READ, Scope.APPROVALS_WRITE), f"{LAKEPORT}/okafor"),
        "examiner-1": (LAKEPORT, (Scope.REVIEWS_READ, Scope.REVIEWS_WRITE), f"{LAKEPORT}/hale"),
        "examiner-2": (LAKEPORT, (Scope.REVIEWS_READ, Scope.REVIEWS_WRITE), f"{LAKEPORT}/imai"),
        "clerk": (LAKEPORT, CLERK_SCOPES, f"{LAKEPORT}/clerk"),
        "trial": (HARLAN, AGENCY_SCOPES, f"{HARLAN}/boone"),
        "auditor": (None, auditor, None),
    }
    for name, (agency, scopes, user) in clients.items():
        register_client(registry, settings, name=name, agency=agency, scopes=scopes, actor=operator, user=user)
    described: dict[str, dict[str, Any]] = {
        name: {
            "client_id": name,
            "agency": agency,
            "roles": users[user]["roles"] if user else ["external_auditor"],
            "scopes": [str(scope) for scope in scopes],
            "user": user,
        }
        for name, (agency, scopes, user) in clients.items()
    }
    for name in ("admin-1", "admin-2"):
        held = json.loads((settings.clients / f"{name}.json").read_text(encoding="utf-8"))
        described[name] = {
            "client_id": name,
            "agency": None,
            "roles": ["vendor_admin"],
            "scopes": held["scopes"],
            "user": None,
        }
    return described


def _court(proposals: Proposals, settings: Settings, operator: Actor, now: int) -> ECKey:
    """The demo plays the court: its key is made here, and two people pin the public half."""
    kept = settings.state / "demo-court.jwk"
    if kept.exists():
        key = ECKey.import_key(json.loads(kept.read_text(encoding="utf-8")))
    else:
        key = ECKey.generate_key("P-256", {"kid": COURT_KEY, "use": "sig", "alg": "ES256"})
        kept.touch(mode=0o600)
        kept.write_text(json.dumps(key.as_dict(private=True)), encoding="utf-8")
        public = {
            "court": COURT,
            "kid": COURT_KEY,
            "jwk": key.as_dict(private=False),
            "not_before_ns": now - 30 * DAY_NS,
            "not_after_ns": now + 365 * DAY_NS,
        }
        proposed = proposals.propose("court_key.add", public, why="the demonstration's court", actor=operator)
        outside = Actor(kind="client", id="admin-2")
        proposals.decide(UUID(proposed["id"]), approve=True, reason="compared with the court's", actor=outside)
    return key


def _standing_order(registry: Registry, confirmations: Confirmations, operator: Actor, now: int) -> None:
    """Entered by one, confirmed by another. It stands in for a paper, so the digest is that of its number."""
    entered = registry.put_instrument(
        InstrumentWrite.model_validate(
            {
                "id": STANDING_ORDER,
                "agency": HARLAN,
                "type": "court_order",
                "court": "Harlan County District Court (fictional)",
                "docket_number": "26-MP-0001",
                "judge": "Hon. P. Vance (fictional)",
                "standard": "missing person",
                "galleries": ["trial*"],
                "modes": ["still_image"],
                "operations": ["identify_1_to_n", "verify_1_to_1", "enrol_gallery"],
                "purposes": ["locate_missing_person"],
                "valid_from_ns": now - 30 * DAY_NS,
                "expires_at_ns": now + 365 * DAY_NS,
                "status": "granted",
                "document_sha256": hashlib.sha256(b"26-MP-0001").hexdigest(),
            }
        ),
        actor=operator,
    )
    if not entered.verified:
        confirmations.instrument(entered.id, actor=Actor(kind="operator", id="demo-clerk"))


def warrant(key: ECKey, *, issuer: str, case: str) -> str:
    """A court order as the court signs it: `warrant+jwt`, for one gallery, one purpose, ten searches, a fortnight."""
    now = int(time.time())
    claims = {
        "iss": COURT,
        "jti": f"MP-{case}-{secrets.token_hex(4)}",
        "iat": now - 60,
        "nbf": now - 60,
        "exp": now + 14 * 86_400,
        "aud": issuer,
        "agency": LAKEPORT,
        "instrument_type": "court_order",
        "case": case,
        "judge": "Hon. E. Tran (fictional)",
        "standard": "missing person",
        "officer_certification": True,
        "authorization_details": [
            {
                "type": "biometric_search",
                "operations": ["identify_1_to_n", "verify_1_to_1"],
                "modes": ["still_image"],
                "galleries": [GALLERY],
                "purposes": ["locate_missing_person"],
                "max_searches": 10,
            }
        ],
        "documents": [],
    }
    header = {"alg": "ES256", "typ": "warrant+jwt", "kid": COURT_KEY}
    return jwt.encode(header, claims, key, algorithms=["ES256"])


def api_for(settings: Settings, url: str, name: str, **bound: str) -> Api:
    """The gateway as the client calls it: with a token asked for over HTTP, bound to a key made here."""
    sender = Sender(settings.issuer)
    return Api(url, token_for(settings, url, name, sender, **bound), sender)


def token_for(settings: Settings, url: str, name: str, sender: Sender | None = None, **bound: str) -> str:
    """An access token, asked for over HTTP with the client's key; without a sender, one that is bound to no key."""
    client = json.loads((settings.clients / f"{name}.json").read_text(encoding="utf-8"))
    details = [{"type": "face_search", **bound}] if bound else None
    response = request_token(
        url,
        client["client_id"],
        client["private_jwk"],
        user=client.get("user"),
        authorization_details=details,
        sender=sender,
    )
    return str(response["access_token"])


def picture(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode("ascii")
