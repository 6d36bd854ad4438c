"""A registry on a real database and a real log, and the documents that most of its tests start from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.keys import create_keys
from gateway.audit.log import AuditLog
from gateway.postgres.deployment import DatabaseRole
from gateway.registry.models import (
    Actor,
    AgencyWrite,
    ClientWrite,
    ContractWrite,
    ExigencyWrite,
    InstrumentWrite,
    UserWrite,
)
from gateway.registry.service import Registry

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.database import Database
    from gateway.settings import Settings

OPERATOR = Actor(kind="operator", id="root")
CLERK = Actor(kind="client", id="lakeport-clerk", agency="lakeport-pd")
SECOND = 1_000_000_000

Written = list[dict[str, Any]]


class Papers:
    """Documents that can be written; `fields` replace those of the example."""

    operator = OPERATOR
    clerk = CLERK

    @staticmethod
    def agency(**fields: Any) -> AgencyWrite:
        return AgencyWrite.model_validate(
            {
                "id": "lakeport-pd",
                "name": "Lakeport Police Department",
                "type": "law_enforcement",
                "jurisdiction": "US-WA",
                "controls": {"use_policy_published": True},
            }
            | fields
        )

    @staticmethod
    def user(**fields: Any) -> UserWrite:
        return UserWrite.model_validate(
            {
                "id": "lakeport-pd/ruiz",
                "agency": "lakeport-pd",
                "name": "Dana Ruiz",
                "roles": ["investigator"],
                "person": f"badge {fields.get('id', 'lakeport-pd/ruiz')}",
            }
            | fields
        )

    @staticmethod
    def client(**fields: Any) -> ClientWrite:
        return ClientWrite.model_validate(
            {"id": "lakeport-clerk", "agency": "lakeport-pd", "name": "Clerk's desk", "scopes": ["registry:write"]}
            | fields
        )

    @staticmethod
    def terms(**fields: Any) -> dict[str, Any]:
        return {
            "purposes": ["locate_missing_person", "investigate_named_offence"],
            "operations": ["identify_1_to_n", "verify_1_to_1"],
            "galleries": ["missing*", "arrest_photos"],
        } | fields

    @staticmethod
    def contract(**fields: Any) -> ContractWrite:
        return ContractWrite.model_validate(
            {
                "id": "lakeport-2026",
                "agency": "lakeport-pd",
                "valid_from": "2026-01-01T00:00:00Z",
                "valid_to": "2027-01-01T00:00:00Z",
                "terms": Papers.terms(),
            }
            | fields
        )

    @staticmethod
    def instrument(**fields: Any) -> InstrumentWrite:
        return InstrumentWrite.model_validate(
            {
                "id": "lakeport-pd/order-117",
                "agency": "lakeport-pd",
                "type": "court_order",
                "court": "Superior Court, Lake County",
                "docket_number": "26-2-00117",
                "judge": "Hon. A. Moreau",
                "galleries": ["missing*"],
                "modes": ["still_image"],
                "operations": ["identify_1_to_n"],
                "purposes": ["locate_missing_person"],
                "valid_from": "2026-11-01T00:00:00Z",
                "expires_at": "2026-12-01T00:00:00Z",
                "searches_allowed": 10,
                "document_sha256": "cd" * 32,
            }
            | fields
        )

    @staticmethod
    def exigency(**fields: Any) -> ExigencyWrite:
        return ExigencyWrite.model_validate(
            {
                "id": "lakeport-pd/emergency-1",
                "agency": "lakeport-pd",
                "certified_by": "lakeport-pd/ruiz",
                "rank": "sergeant",
                "facts": "A child was taken from the ferry terminal.",
                "harm": "Serious harm to the child.",
                "risk": "Every hour counts.",
                "started_at": "2026-11-23T10:00:00Z",
                "why_no_order": "No judge could be reached.",
                "deadline": "2026-11-25T10:00:00Z",
            }
            | fields
        )


@pytest.fixture
def papers() -> type[Papers]:
    return Papers


@pytest.fixture
def web(database: Callable[[DatabaseRole], Database]) -> Database:
    return database(DatabaseRole.WEB)


@pytest.fixture
def log(settings: Settings) -> AuditLog:
    create_keys(settings.keys)
    return AuditLog(keys=DisclosureKeys.load(settings.keys))


@pytest.fixture
def registry(web: Database, log: AuditLog) -> Registry:
    return Registry(database=web, log=log)


@pytest.fixture
def staged(database: Callable[[DatabaseRole], Database]) -> Callable[[], Written]:
    """The leaves that were staged so far, oldest first."""
    admin = database(DatabaseRole.ADMIN)

    def leaves() -> Written:
        with admin.transaction() as connection:
            rows = connection.execute("SELECT leaf FROM audit.staging ORDER BY id").fetchall()
        return [json.loads(row[0]) for row in rows]

    return leaves


@pytest.fixture
def lakeport(registry: Registry) -> Registry:
    """A registry with the agencies lakeport-pd and hillview-so, people, a clerk's client and a searching client."""
    for name in ("lakeport-pd", "hillview-so"):
        registry.put_agency(Papers.agency(id=name), actor=OPERATOR)
    registry.put_user(Papers.user(), actor=OPERATOR)
    registry.put_user(Papers.user(id="lakeport-pd/okafor", roles=["court_clerk"]), actor=OPERATOR)
    registry.put_client(Papers.client(), actor=OPERATOR)
    registry.put_client(
        Papers.client(id="lakeport-desk", scopes=["searches:write", "registry:write"], default_user="lakeport-pd/ruiz"),
        actor=OPERATOR,
    )
    return registry
