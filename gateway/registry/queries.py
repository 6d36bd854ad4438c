"""Reading the registry, in whatever transaction the caller has: the facts of a decision come from its one snapshot.

A query that takes an agency finds nothing of another's, so that what is not theirs is the same as what is not there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from gateway.registry.records import (
    Agency,
    Client,
    Contract,
    CourtKey,
    Exigency,
    Instrument,
    Issuer,
    Record,
    User,
    UserLink,
)
from gateway.registry.tables import (
    AGENCIES,
    CLIENTS,
    CONTRACTS,
    COURT_KEYS,
    EXIGENCIES,
    INSTRUMENTS,
    ISSUERS,
    PROBE_DAYS,
    USER_LINKS,
    USERS,
    Table,
)

if TYPE_CHECKING:
    from gateway.database import Connection

R = TypeVar("R", bound=Record)

LONGEST_PAGE = 200


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """Records in order of key; `next_after` continues the list, None at its end."""

    items: tuple[R, ...]
    next_after: str | None


def agency(connection: Connection, agency_id: str) -> Agency | None:
    return find(connection, AGENCIES, agency_id)


def contract(connection: Connection, contract_id: str) -> Contract | None:
    return find(connection, CONTRACTS, contract_id)


def contract_in_force(connection: Connection, agency_id: str, now_ns: int) -> Contract | None:
    """The agency's latest contract that has begun, whatever its state; before the first has begun, the next to begin.

    Policy judges its dates and status. An older contract never comes back because the newer one ended.
    """
    row = connection.execute(
        CONTRACTS.select.partition(b" WHERE ")[0]
        + b" WHERE agency = %(agency)s"
        + b" ORDER BY valid_from_ns <= %(now)s DESC, abs(valid_from_ns - %(now)s), id DESC LIMIT 1",
        {"agency": agency_id, "now": now_ns},
    ).fetchone()
    return CONTRACTS.build(row) if row else None


def probe_days(connection: Connection, agency_id: str, now_ns: int) -> int:
    """How long the agency may keep a probe where no rule says less."""
    contract = contract_in_force(connection, agency_id, now_ns)
    return contract.terms.probe_days if contract else PROBE_DAYS


def user(connection: Connection, user_id: str) -> User | None:
    return find(connection, USERS, user_id)


def client(connection: Connection, client_id: str) -> Client | None:
    return find(connection, CLIENTS, client_id)


def outsiders(connection: Connection) -> bool:
    """Whether there is an active client of no agency behind which somebody from outside the vendor stands."""
    row = connection.execute(
        "SELECT EXISTS (SELECT FROM registry.clients WHERE agency IS NULL AND status = 'active'"
        " AND affiliation IN ('oversight', 'court'))"
    ).fetchone()
    return bool(row and row[0])


def instrument(connection: Connection, agency_id: str, instrument_id: str) -> Instrument | None:
    found = find(connection, INSTRUMENTS, instrument_id)
    return found if found and found.agency == agency_id else None


def exigency(connection: Connection, agency_id: str, exigency_id: str) -> Exigency | None:
    found = find(connection, EXIGENCIES, exigency_id)
    return found if found and found.agency == agency_id else None


def court_key(connection: Connection, court: str, kid: str) -> CourtKey | None:
    return find(connection, COURT_KEYS, court, kid)


def warrant_status(connection: Connection, court: str, jti: str) -> str | None:
    """What the court said of a warrant, registered or not; None where it said nothing."""
    row = connection.execute(
        "SELECT status FROM registry.warrant_status WHERE court = %s AND warrant_jti = %s", (court, jti)
    ).fetchone()
    return str(row[0]) if row else None


def warrant(connection: Connection, court: str, jti: str) -> Instrument | None:
    """The instrument that a court's warrant made, whichever agency it was issued to; held until the commit."""
    row = connection.execute(
        INSTRUMENTS.select.partition(b" WHERE ")[0]
        + b" WHERE warrant_court = %(court)s AND warrant_jti = %(jti)s FOR UPDATE",
        {"court": court, "jti": jti},
    ).fetchone()
    return INSTRUMENTS.build(row) if row else None


def issuer(connection: Connection, issuer_id: str) -> Issuer | None:
    return find(connection, ISSUERS, issuer_id)


def issuers(connection: Connection) -> tuple[Issuer, ...]:
    """Every foreign issuer; there are as many as the agencies have providers."""
    rows = connection.execute(ISSUERS.select.partition(b" WHERE ")[0] + b" ORDER BY id").fetchall()
    return tuple(ISSUERS.build(row) for row in rows)


def user_link(connection: Connection, issuer_id: str, subject: str) -> UserLink | None:
    return find(connection, USER_LINKS, issuer_id, subject)


def find(connection: Connection, table: Table[R], *key: str, lock: bool = False, wait: bool = True) -> R | None:
    """The record; with `lock`, held until the caller's transaction ends.

    Raises: psycopg.errors.LockNotAvailable where somebody else holds it and the caller does not `wait`.
    """
    held = b"" if not lock else b" FOR UPDATE" if wait else b" FOR UPDATE NOWAIT"
    row = connection.execute(table.select + held, dict(zip(table.key, key, strict=True))).fetchone()
    return table.build(row) if row else None


def page(
    connection: Connection, table: Table[R], *, agency_id: str | None, after: str | None = None, limit: int = 50
) -> Page[R]:
    """One page of a kind; `agency_id` None means of all agencies. `after` is a `next_after`, or any key."""
    limit = max(1, min(limit, LONGEST_PAGE))
    rows = connection.execute(
        table.select_page,
        {
            "agency": agency_id,
            "after": after.split("/", len(table.key) - 1) if after is not None else None,
            "limit": limit + 1,
        },
    ).fetchall()
    items = tuple(table.build(row) for row in rows[:limit])
    more = len(rows) > limit
    return Page(items, "/".join(getattr(items[-1], name) for name in table.key) if more else None)


def active_users(connection: Connection, agency_id: str) -> tuple[User, ...]:
    """The people that a client of this agency may name."""
    rows = connection.execute(
        USERS.select.partition(b" WHERE ")[0] + b" WHERE agency = %(agency)s AND status = 'active' ORDER BY id",
        {"agency": agency_id},
    ).fetchall()
    return tuple(USERS.build(row) for row in rows)


def usage(connection: Connection, kind: str, record_id: str, period: str) -> int:
    """How often a 'contract' or an 'instrument' was used in a period, as `usage.period_key` names it."""
    row = connection.execute(
        "SELECT used FROM registry.usage WHERE kind = %s AND id = %s AND period = %s", (kind, record_id, period)
    ).fetchone()
    return int(row[0]) if row else 0
