"""Reading the registry: the contract that counts, pages, and what belongs to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gateway.registry import queries
from gateway.registry.documents import view
from gateway.registry.tables import AGENCIES, COURT_KEYS, USERS
from gateway.registry.words import parse_rfc3339

if TYPE_CHECKING:
    from gateway.database import Database
    from gateway.registry.service import Registry


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2025-06-01T00:00:00Z", "first"),
        ("2026-06-01T00:00:00Z", "first"),
        ("2027-01-01T00:00:00Z", "second"),
        ("2027-06-01T00:00:00Z", "second"),
        ("2031-06-01T00:00:00Z", "second"),
    ],
)
def test_the_latest_contract_that_has_begun_counts_whatever_its_state(
    lakeport: Registry, papers: Any, web: Database, now: str, expected: str
) -> None:
    """The older one runs longer, and does not come back when the newer is terminated."""
    dates = {"first": ("2026-01-01", "2030-01-01"), "second": ("2027-01-01", "2028-01-01")}
    for name, (start, end) in dates.items():
        lakeport.put_contract(
            papers.contract(id=name, valid_from=f"{start}T00:00:00Z", valid_to=f"{end}T00:00:00Z"),
            actor=papers.operator,
        )
    lakeport.set_status("contract", "second", "terminated", actor=papers.operator)
    with web.snapshot() as connection:
        found = queries.contract_in_force(connection, "lakeport-pd", parse_rfc3339(now))
        assert queries.contract_in_force(connection, "hillview-so", parse_rfc3339(now)) is None
    assert found is not None
    assert found.id == expected


def test_pages_hold_each_record_once(lakeport: Registry, papers: Any, web: Database) -> None:
    for number in range(7):
        lakeport.put_user(papers.user(id=f"lakeport-pd/u{number}"), actor=papers.operator)
    seen: list[str] = []
    after: str | None = None
    with web.snapshot() as connection:
        while True:
            page = queries.page(connection, USERS, agency_id="lakeport-pd", after=after, limit=4)
            seen += [user.id for user in page.items]
            after = page.next_after
            if after is None:
                break
    assert len(seen) == len(set(seen)) == 9
    assert seen == sorted(seen)


def test_a_page_of_one_agency_holds_nothing_of_another(lakeport: Registry, web: Database) -> None:
    with web.snapshot() as connection:
        assert queries.page(connection, USERS, agency_id="hillview-so").items == ()
        assert [a.id for a in queries.page(connection, AGENCIES, agency_id="hillview-so").items] == ["hillview-so"]
        assert len(queries.page(connection, AGENCIES, agency_id=None).items) == 2
        assert queries.page(connection, COURT_KEYS, agency_id=None, after="court/kid").items == ()


def test_the_people_a_client_may_name_are_the_active_users_of_its_agency(
    lakeport: Registry, papers: Any, web: Database
) -> None:
    lakeport.set_status("user", "lakeport-pd/ruiz", "suspended", actor=papers.operator)
    with web.snapshot() as connection:
        assert [user.id for user in queries.active_users(connection, "lakeport-pd")] == ["lakeport-pd/okafor"]


def test_a_secrets_hash_is_neither_shown_nor_printed(lakeport: Registry, papers: Any) -> None:
    stored = lakeport.put_client(
        papers.client(secret_hash="$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA"), actor=papers.operator
    )
    assert stored.secret_hash is not None
    assert "argon2id" not in repr(stored)
    assert view(stored)["has_secret"] is True
    assert "secret_hash" not in view(stored)
