"""A log with decisions of a revision on it, for tests of replay and impact: real entries in a real database."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.entries import Entry, case_of
from gateway.audit.keys import create_keys as create_audit_keys
from gateway.audit.log import AuditLog
from gateway.audit.sequencer import Sequencer
from gateway.clock import uuid7
from gateway.policy import revisions
from gateway.policy.folder import POLICIES
from gateway.policy.input_document import from_scenario
from gateway.policy.keys import create_keys, signing_key
from gateway.policy.scenarios import read_rows
from gateway.policy.wasm_engine import WasmEngine
from gateway.postgres.deployment import DatabaseRole
from gateway.registry.models import Actor
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gateway.database import Database
    from gateway.policy.revisions import Revision
    from gateway.settings import Settings

OPERATOR = Actor(kind="operator", id="test")
ROWS = [row for path in sorted((Path(__file__).parent / "scenarios").glob("*.json")) for row in read_rows(path)]


@dataclass(slots=True)
class RecordedHouse:
    settings: Settings
    web: Database
    replayer: Database
    sequencer: Database
    log: AuditLog
    base: Revision

    def record(self, documents: Iterable[Mapping[str, Any]], *, agency: str = "lakeport-pd") -> list[str]:
        """Decides each under the live revision and puts the decision on the log; the decision ids."""
        engine = WasmEngine(self.base, instances=1)
        ids = []
        with self.web.transaction() as connection:
            for document in documents:
                decision = engine.decide(document)
                decision_id = str(uuid7())
                case = str(document.get("case_number"))
                clear = {
                    "decision_id": decision_id,
                    "agency": agency,
                    "client": "test",
                    "operation": str(document["operation"]),
                    "purpose": document["purpose"],
                    "permit": decision.permit,
                    "reasons": list(decision.codes),
                    "obligations": sorted({duty.code for duty in decision.obligations}),
                    "packs": list(decision.packs),
                    "revision": decision.revision,
                }
                disclosed: dict[str, Any] = {
                    "user": "lakeport-pd/ruiz",
                    "case_number": case,
                    "input": json.dumps(document, sort_keys=True, ensure_ascii=False),
                    "reasons": [reason.document() for reason in decision.reasons],
                    "obligations": [duty.document() for duty in decision.obligations],
                }
                scope = self.log.case_scope(agency, case)
                blind = {"case": case_of(agency, case)}
                self.log.record(connection, Entry(EntryKind.DECISION, clear, disclosed, scope=scope, blind=blind))
                ids.append(decision_id)
        engine.close()
        while Sequencer(self.sequencer).run_once():
            pass
        return ids

    def edited(self, edit: Callable[[Path], None], *, number: int = 2) -> Revision:
        """The shipped policy after an edit of its folder, built like a draft. Needs `opa`."""
        from gateway.policy import opa_program, ship  # noqa: PLC0415 - only some tests have it

        policies = self.settings.home / f"policies-{number}"
        shutil.rmtree(policies, ignore_errors=True)
        shutil.copytree(POLICIES, policies)
        edit(policies)
        ship.write(ship.generate(policies, opa=opa_program.require()), policies)
        return revisions.build(number, policies=policies, key=signing_key(self.settings.keys))

    def publish(self, revision: Revision) -> None:
        with self.web.transaction() as connection:
            revisions.publish(connection, revision, self.log, OPERATOR)
        self.base = revision


def recorded_house(settings: Settings, pool: Callable[[DatabaseRole], Database]) -> RecordedHouse:
    create_keys(settings.keys)
    create_audit_keys(settings.keys)
    log = AuditLog(keys=DisclosureKeys.load(settings.keys))
    base = revisions.build_shipped(settings.keys)
    house = RecordedHouse(
        settings=settings,
        web=pool(DatabaseRole.WEB),
        replayer=pool(DatabaseRole.REPLAYER),
        sequencer=pool(DatabaseRole.SEQUENCER),
        log=log,
        base=base,
    )
    house.publish(base)
    return house


def documents(count: int = len(ROWS)) -> list[dict[str, Any]]:
    """Input documents of scenario rows, each under a case of its own; repeated where more are asked for."""
    found = [from_scenario(row) for row in ROWS]
    return [{**found[number % len(found)], "case_number": f"2026-{number:06}"} for number in range(count)]
