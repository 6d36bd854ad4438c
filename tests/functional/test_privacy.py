"""Nothing personal stands in clear outside the registry: not in a table, not in a log file, not in an error."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import psycopg
import pytest
import requests
from program_house import challenge
from psycopg import sql

from gateway.cli.context import local_services
from gateway.identity.client_credentials import ASSERTION_TYPE, make_assertion, public_part
from gateway.identity.clients import AUTHORIZATION_CODE, DEVICE_CODE
from gateway.identity.keys import new_key
from gateway.postgres.deployment import DatabaseRole
from gateway.registry.models import Actor, ClientWrite

if TYPE_CHECKING:
    from gateway_house import House

pytestmark = pytest.mark.photographs

CASE = "PRIVATE-CASE-7741"
WORDS = "the red scooter of the pharmacist was seen beside the canal at 14:10"


@pytest.fixture(scope="module")
def searched(own_house: House) -> House:
    """A released search, a denial, a refused picture, and what waits for a person, all with values of their own."""
    order = own_house.order(CASE)
    body = own_house.search_body(instrument=order, case_number=CASE, justification=WORDS)
    assert own_house.api(case_number=CASE).post("/v1/searches", body).status == 200
    broken = body | {"probe": {"image": "AAAA", "source": "cctv_still"}}
    assert own_house.api().post("/v1/searches", broken).status == 422
    assert own_house.api().post("/v1/searches", body | {"purpose": "identify_event_participants"}).status == 403
    _wait_for_a_person(own_house)
    return own_house


def _wait_for_a_person(house: House) -> None:
    """A program asks a person for the case, over a browser and from a device; nobody has answered."""
    key, client = new_key(), "lakeport-pd/desk"
    with local_services(house.settings.home) as local:
        fields = {
            "id": client,
            "agency": "lakeport-pd",
            "name": "Field Desk",
            "scopes": ["searches:write"],
            "jwks": {"keys": [public_part(key.as_dict(private=True))]},
            "grant_types": [AUTHORIZATION_CODE, DEVICE_CODE],
            "redirect_uris": ["https://desk.example/callback"],
        }
        local.registry.put_client(ClientWrite.model_validate(fields), actor=Actor(kind="operator", id="test"))
    details = json.dumps([{"type": "face_search", "purpose": "locate_missing_person", "case_number": CASE}])
    pushed = {
        "response_type": "code",
        "redirect_uri": "https://desk.example/callback",
        "code_challenge": challenge("a verifier of the program that is long enough"),
        "code_challenge_method": "S256",
        "state": WORDS,
    }
    for path, form in (("/oauth/par", pushed), ("/oauth/device_authorization", {})):
        assertion = make_assertion(
            client_id=client, private_jwk=key.as_dict(private=True), issuer=house.settings.issuer
        )
        proof = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
        asked = {"scope": "searches:write", "authorization_details": details}
        answer = requests.post(house.url + path, data=asked | form | proof, timeout=60)
        assert answer.status_code in {200, 201}, answer.text


def test_no_table_outside_the_registry_holds_a_case_a_reason_or_a_user(searched: House) -> None:
    with psycopg.connect(searched.deployment.conninfo(DatabaseRole.ADMIN)) as connection:
        tables = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'registry')"
        ).fetchall()
        assert len(tables) > 20
        found = [
            (schema, table, value)
            for schema, table in tables
            for value in (CASE, "red scooter", "person_a_1")
            if (schema, table, value) != ("recognition", "faces", "person_a_1")
            and connection.execute(
                sql.SQL("SELECT 1 FROM {} AS row WHERE row::text LIKE %s LIMIT 1").format(
                    sql.Identifier(schema, table)
                ),
                (f"%{value}%",),
            ).fetchone()
        ]
    assert found == []


def test_no_log_file_of_the_home_holds_a_case_a_token_or_a_picture(searched: House) -> None:
    token = str(searched.api().token)
    secrets = (CASE, "red scooter", token, token.split(".")[2], searched.image("person_a_2.jpg")[:64], "person_a_1")
    text = "".join(path.read_text(errors="replace") for path in searched.settings.home.rglob("*.log"))
    assert "/v1/searches" in text
    assert [secret[:12] for secret in secrets if secret in text] == []
