"""The docket's runner for tests: stepped by hand, on a house whose clock is moved."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from gate_house import OPERATOR, Force, GateHouse, asking

from gateway.enforcement.docket.acts import Acts
from gateway.enforcement.docket.runner import DocketRunner
from gateway.postgres.deployment import DatabaseRole
from gateway.registry.models import UserWrite
from gateway.registry.service import Registry

OPERATOR_MAIL = "operator@example.org"


@dataclass
class Runner:
    """The docket's runner as `writgate run docket` builds it, stepped by hand.

    The clock never runs back, so duties of earlier tests fall due as well.
    """

    house: GateHouse
    moved_ns: int = 0
    runner: DocketRunner = field(init=False)

    def __post_init__(self) -> None:
        self.runner = self.another()

    def another(self) -> DocketRunner:
        database = self.house.pool(DatabaseRole.DOCKET)
        log = self.house.services.log
        return DocketRunner(
            database=database,
            log=log,
            acts=Acts(log=log, registry=Registry(database, log)),
            injected_clock=True,
            operator=OPERATOR_MAIL,
        )

    def move(self, nanoseconds: int) -> None:
        """Moves the clock on."""
        self.moved_ns += nanoseconds
        self.house.deployment.inject_clock(self.moved_ns)

    def advance(self, nanoseconds: int) -> None:
        """Moves the clock on, and does all that is then due."""
        self.move(nanoseconds)
        self.settle()

    def settle(self) -> None:
        while self.runner.run_once():
            pass

    def duties(self, force: Force) -> dict[str, str]:
        """Code and stage, or how it ended, of an agency's duties; that of the examiner's training aside."""
        with self.house.admin.transaction() as connection:
            rows = connection.execute(
                "SELECT code, coalesce(ended_as, stage) FROM enforcement.docket"
                " WHERE agency = %s AND code <> 'RENEW_TRAINING'",
                (force.agency,),
            ).fetchall()
        return dict(rows)

    def duty(self, force: Force, code: str) -> UUID:
        row = self.house.one(
            "SELECT id FROM enforcement.docket WHERE agency = %s AND code = %s ORDER BY opened_ns DESC LIMIT 1",
            force.agency,
            code,
        )
        return UUID(str(row[0]))

    def told(self, force: Force) -> list[tuple[str, str]]:
        """Event and address of each message about the agency's duties, in order."""
        with self.house.admin.transaction() as connection:
            rows = connection.execute(
                "SELECT m.event, m.address FROM enforcement.messages AS m JOIN enforcement.docket AS d ON d.id = m.duty"
                " WHERE m.agency = %s AND d.code <> 'RENEW_TRAINING' ORDER BY m.made_ns, m.id",
                (force.agency,),
            ).fetchall()
        return [(row[0], row[1]) for row in rows]

    def kinds(self, force: Force, *prefixes: str) -> list[str]:
        """Kinds of the agency's entries that begin so, oldest first."""
        leaves = [leaf for leaf in self.house.leaves(agency=force.agency) if leaf.get("code") != "RENEW_TRAINING"]
        return [leaf["kind"] for leaf in leaves if leaf["kind"].startswith(prefixes)]


def searched(house: GateHouse, force: Force, **fields: Any) -> UUID:
    decision = house.permit(force, **fields)
    house.claim(decision)
    house.complete(decision)
    return decision


def awaiting(house: GateHouse, **terms: Any) -> tuple[Force, UUID]:
    """A request that waits for a supervisor, of an agency of its own; its users are `examiner` and `sergeant`."""
    force = house.force(approvers=1, **terms)
    write: dict[str, Any] = {"id": f"{force.agency}/sergeant", "agency": force.agency, "name": "A Sergeant (fictional)"}
    write |= {"person": f"badge {force.agency} 2", "roles": ["supervisor_approver"]}
    house.services.registry.put_user(UserWrite.model_validate(write), actor=OPERATOR)
    admission = house.admit(force, asking(force))
    assert admission.awaited is not None, admission.decision.codes
    return force, admission.decision_id
