"""The docket's runner for tests: stepped by hand, on a house whose clock is moved."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from gate_house import OPERATOR, Force, GateHouse, asking

from gateway.cli.demo.seed import DAY_NS
from gateway.clock import uuid7
from gateway.enforcement import review_rows, withheld
from gateway.enforcement.docket.acts import Acts
from gateway.enforcement.docket.runner import DocketRunner
from gateway.enforcement.judgements import Verdict
from gateway.enforcement.results import result_scope
from gateway.postgres.deployment import DatabaseRole
from gateway.recognition.models import Candidate, Outcome
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

    def sign(self, *, ahead_ns: int = 0) -> None:
        """As if the log were signed now, or by a clock that is ahead."""
        self.house.write(
            "INSERT INTO audit.checkpoints (size, root, note, signed_ns)"
            " SELECT coalesce(max(size), 0) + 1, sha256(''), 'note', ops.now_ns() + %s FROM audit.checkpoints",
            ahead_ns,
        )

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


def remembered(house: GateHouse, force: Force, **fields: Any) -> tuple[UUID, bytes]:
    """A search whose probe the engine remembers; and the sealed template."""
    decision, template = searched(house, force, **fields), os.urandom(64)
    with house.pool(DatabaseRole.ENGINE).transaction() as connection:
        connection.execute(
            "INSERT INTO recognition.probes VALUES (%s, %s, 'case:x', 'cctv_still', 'p', %b, ops.now_ns())",
            (decision, force.agency, template),
        )
    return decision, template


def released(house: GateHouse, force: Force, **fields: Any) -> UUID:
    """A search whose answer is out."""
    decision, log = searched(house, force, **fields), house.services.log
    with house.admin.transaction() as connection:
        scope = result_scope(connection, decision)
        key, kept = log.seal_value(connection, scope, {"candidates": []}, context=f"release:{decision}")
        connection.execute("INSERT INTO enforcement.releases VALUES (%s, ops.now_ns(), %s, %b)", (decision, key, kept))
    return decision


def train_examiners(house: GateHouse, force: Force) -> None:
    for name in ("eye-1", "eye-2"):
        write: dict[str, Any] = {"id": f"{force.agency}/{name}", "agency": force.agency, "name": "An Eye (fictional)"}
        write |= {"person": f"badge {force.agency} {name}", "roles": ["trained_examiner"]}
        write |= {"training_valid_to_ns": house.now() + 30 * DAY_NS}
        house.services.registry.put_user(UserWrite.model_validate(write), actor=OPERATOR)


def to_examine(house: GateHouse, force: Force, **fields: Any) -> tuple[UUID, UUID]:
    """A search whose result, one face, waits for the force's examiners `eye-1` and `eye-2`; the search and the face."""
    train_examiners(house, force)
    decision, face = house.permit(force, **fields), uuid7()
    house.claim(decision)
    house.complete(decision, "WITHHELD")
    candidate = Candidate(face, "the-child", similarity_thousandths=97_000, distance_micro=300_000, rank=1)
    found = Outcome(decision, "identify_1_to_n", house.engine.facts(), candidates=(candidate,), faces_searched=1)
    with house.services.database.transaction() as connection:
        scope = result_scope(connection, decision)
        withheld.keep(connection, house.services.log, decision, scope=scope, outcome=found)
        review_rows.open_for(connection, house.services.log, decision, caller=force.caller, now_ns=house.now())
    return decision, face


def examine(house: GateHouse, force: Force, name: str, decision: UUID, face: UUID) -> None:
    """One examiner takes the face for the person of the probe."""
    caller = house.caller(name, force.agency, f"{force.agency}/{name}")
    reviews = house.services.examiner_reviews
    reviews.take(caller, decision)
    reviews.judge(caller, decision, verdicts={str(face): Verdict.SAME_PERSON}, reason="ears and scar compared")


def awaiting(house: GateHouse, *, case_number: str = "case-1", **terms: Any) -> tuple[Force, UUID]:
    """A request that waits for a supervisor, of an agency of its own; its users are `examiner` and `sergeant`."""
    force = house.force(approvers=1, **terms)
    write: dict[str, Any] = {"id": f"{force.agency}/sergeant", "agency": force.agency, "name": "A Sergeant (fictional)"}
    write |= {"person": f"badge {force.agency} 2", "roles": ["supervisor_approver"]}
    house.services.registry.put_user(UserWrite.model_validate(write), actor=OPERATOR)
    admission = house.admit(force, asking(force, case_number=case_number))
    assert admission.awaited is not None, admission.decision.codes
    return force, admission.decision_id


def pictures(house: GateHouse, decision: UUID) -> int:
    return int(house.one("SELECT count(*) FROM enforcement.parked_images WHERE decision_id = %s", decision)[0])
