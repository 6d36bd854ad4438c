"""Revocations by an administrator: what ends, what does not, and the entry of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from gate_house import OPERATOR, Force, GateHouse

from gateway.identity.caller import digest_of
from gateway.identity.revocation import Kind, hold_caller
from gateway.registry.errors import TwoPersonsRequired, Unknown
from gateway.vocabulary import AccountRole

if TYPE_CHECKING:
    from gateway.identity.caller import Caller

WHY = "the device was lost"


def stands_against(house: GateHouse, caller: Caller) -> str | None:
    with house.services.database.transaction() as connection:
        return hold_caller(connection, caller)


def revoke(house: GateHouse, kind: Kind, subject: str) -> dict[str, Any]:
    return house.services.revocations.revoke(actor=OPERATOR, kind=kind, subject=subject, statement=WHY).document()


@pytest.mark.parametrize("kind", ["issuer", "agency", "client", "user", "session", "token"])
def test_what_was_issued_ends_what_comes_after_lives_and_the_act_is_an_entry(
    house: GateHouse, force: Force, kind: Kind
) -> None:
    def caller(token_id: str, session: str) -> Caller:
        named = {"token_id": token_id, "session": session}
        return house.caller(force.caller.client, force.agency, force.caller.user, **named)

    before = caller(f"{kind}-1", f"{force.agency}-1")
    subjects = {
        "issuer": "self",
        "agency": force.agency,
        "client": force.caller.client,
        "user": str(force.caller.user),
        "session": f"{force.agency}-1",
        "token": digest_of(f"{kind}-1"),
    }
    made = revoke(house, kind, subjects[kind])
    assert made["subject"] == {"kind": kind, "id": subjects[kind]}
    assert made["revoked_by"] == "operator:test"
    assert stands_against(house, before) == "TOKEN_REVOKED"
    assert stands_against(house, caller(f"{kind}-2", f"{force.agency}-2")) is None
    entry = house.leaves(kind="access.revoked", subject_kind=kind)[-1]
    assert entry["decider"] == "operator:test"
    assert entry["token_sha256"] == (subjects[kind] if kind == "token" else None)
    assert entry["agency"] == (force.agency if kind == "agency" else None)
    assert str(force.caller.user) not in str(entry)


@pytest.mark.parametrize("kind", ["issuer", "agency", "client", "user"])
def test_nobody_of_that_name_is_revoked_and_nothing_is_written(house: GateHouse, kind: Kind) -> None:
    before = len(house.leaves(kind="access.revoked"))
    with pytest.raises(Unknown):
        revoke(house, kind, "nobody-at-all")
    assert len(house.leaves(kind="access.revoked")) == before


@pytest.mark.parametrize(
    ("kind", "subject"), [("client", "auditor"), ("client", "admin-2"), ("user", "account:watcher")]
)
def test_nobody_alone_ends_what_somebody_holds_who_watches(house: GateHouse, kind: Kind, subject: str) -> None:
    """An auditor's client and account, and the client of somebody outside the vendor; of others it is one person's to
    end.
    """
    for account, role in (("watcher", AccountRole.AUDITOR), ("chief", AccountRole.ADMINISTRATOR)):
        house.services.enrolment.invite(account, role=role, name=None, by="operator:test")
    with pytest.raises(TwoPersonsRequired):
        revoke(house, kind, subject)
    assert revoke(house, "client", "admin-1")["subject"]["id"] == "admin-1"
    assert revoke(house, "user", "account:chief")["subject"]["id"] == "account:chief"
