"""Nothing personal stands in clear outside the registry: not in a table, not in a log file, not in an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql

from gateway.postgres.deployment import DatabaseRole

if TYPE_CHECKING:
    from gateway_house import House

pytestmark = pytest.mark.photographs

CASE = "PRIVATE-CASE-7741"
WORDS = "the red scooter of the pharmacist was seen beside the canal at 14:10"


@pytest.fixture(scope="module")
def searched(own_house: House) -> House:
    """A released search, a denial, and a refused picture, all with values that occur nowhere else."""
    order = own_house.order(CASE)
    body = own_house.search_body(instrument=order, case_number=CASE, justification=WORDS)
    assert own_house.api(case_number=CASE).post("/v1/searches", body).status == 200
    broken = body | {"probe": {"image": "AAAA", "source": "cctv_still"}}
    assert own_house.api().post("/v1/searches", broken).status == 422
    assert own_house.api().post("/v1/searches", body | {"purpose": "identify_event_participants"}).status == 403
    return own_house


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
