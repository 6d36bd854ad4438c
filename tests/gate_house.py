"""The governed operation in the test's own process: database, policy, engine and edge, as `gateway.app` builds them.

One house serves a whole folder of tests. A test that needs facts of its own makes an agency of its own (`force`), so
that no test sees another's denials, counters or suspensions.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import shutil
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from homes import new_home

from gateway.app import Built, application, build
from gateway.audit.entries import Entry
from gateway.audit.log import database_now
from gateway.audit.sequencer import Sequencer
from gateway.cli.demo.seed import CONTROLS, DAY_NS, Seeded, seed
from gateway.cli.init import create_keys, initialise
from gateway.clock import uuid7
from gateway.database import Database
from gateway.enforcement.answers import Released
from gateway.enforcement.request import GovernedRequest, Probe
from gateway.identity.caller import Caller
from gateway.identity.client_credentials import ASSERTION_TYPE, make_assertion
from gateway.identity.revocation import current_rev
from gateway.postgres.credentials import credentials_file
from gateway.postgres.deployment import DatabaseRole, Deployment
from gateway.recognition import claims
from gateway.recognition.client import EngineClient
from gateway.recognition.engine_process import EngineServer
from gateway.registry.models import (
    Actor,
    AgencyWrite,
    ClientWrite,
    ContractWrite,
    ExigencyWrite,
    InstrumentWrite,
    UserWrite,
)
from gateway.settings import Settings
from gateway.vocabulary import EntryKind, Operation, Scope

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from uuid import UUID

    import psycopg
    from flask.testing import FlaskClient

    from gateway.enforcement.admission import Admissions
    from gateway.enforcement.admitted import Admission
    from gateway.web.services import Services

OPERATOR = Actor(kind="operator", id="test")
# Whoever confirms what the operator entered.
SECOND = Actor(kind="operator", id="second")
HOUR_NS = 3600 * 10**9
PURPOSE = "locate_missing_person"
WHY = "missing since 12 November; seen on the ferry terminal camera at 14:10"
_numbers = itertools.count(1)


class Copies(Protocol):
    """The fixture `copies`: databases ready for use."""

    def take(self) -> str: ...

    def give_back(self, url: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Force:
    """An agency of a test's own. `gallery` is the name of its one gallery, `gallery_id` its row."""

    agency: str
    contract: str
    caller: Caller
    gallery: str
    gallery_id: UUID


@dataclass(slots=True)
class GateHouse:
    settings: Settings
    deployment: Deployment
    built: Built
    seeded: Seeded
    admin: Database
    sequencer: Sequencer
    pools: dict[DatabaseRole, Database] = field(default_factory=dict)

    @property
    def services(self) -> Services:
        return self.built.services

    @property
    def admissions(self) -> Admissions:
        return self.services.gate._admissions

    @property
    def engine(self) -> EngineClient:
        return EngineClient(self.settings.runtime / "engine.sock")

    def claim(self, decision_id: UUID, operation: str = "identify_1_to_n") -> None:
        """As the engine. Raises ClaimRefused."""
        with self.pool(DatabaseRole.ENGINE).statement() as connection:
            claims.claim(connection, decision_id, operation)

    def complete(self, decision_id: UUID, outcome: str = "CANDIDATES", *, refused: bool = False) -> None:
        """As the engine, with an entry that says little. Raises ClaimRefused."""
        with self.admin.transaction() as connection:
            row = connection.execute(
                "SELECT scope FROM enforcement.permits WHERE decision_id = %s", (decision_id,)
            ).fetchone()
        scope = row[0] if row else "general"  # an attacker may name what is no permit
        clear = {"decision_id": str(decision_id), "outcome": outcome}
        entry = Entry(kind=EntryKind.OUTCOME, clear=clear, disclosed={"candidates": []}, scope=scope)
        with self.pool(DatabaseRole.ENGINE).transaction() as connection:
            sealed = self.services.log.seal(connection, entry, now_ns=database_now(connection))
            ending = claims.Ending(decision_id=decision_id, outcome=outcome, refused=refused, entry=sealed)
            claims.complete(connection, ending)

    def browser(self) -> FlaskClient:
        return application(self.built).test_client()

    def token(self, client: str, *, scope: str | None = None, user: str | None = None, **detail: Any) -> str:
        """A real access token, from the token endpoint, for a client whose key is in the home."""
        held = json.loads((self.settings.clients / f"{client}.json").read_text(encoding="utf-8"))
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": make_assertion(
                client_id=client, private_jwk=held["private_jwk"], issuer=self.settings.issuer
            ),
        }
        named = user or held.get("user")
        form |= {"user": named} if named else {}
        form |= {"scope": scope} if scope else {}
        form |= {"authorization_details": json.dumps([{"type": "face_search", **detail}])} if detail else {}
        answer = self.browser().post("/oauth/token", data=form)
        assert answer.status_code == 200, answer.data
        assert answer.json is not None
        return str(answer.json["access_token"])

    def force(
        self, *, jurisdiction: str = "US-TX", keep_crops: bool = False, searches: int | None = None, **terms: Any
    ) -> Force:
        """A new agency with contract, examiner, client and an empty gallery."""
        number = next(_numbers)
        agency, registry = f"force-{number}", self.services.registry
        registry.put_agency(
            AgencyWrite.model_validate(
                {
                    "id": agency,
                    "name": "A Police Department (fictional)",
                    "type": "law_enforcement",
                    "jurisdiction": jurisdiction,
                    "controls": CONTROLS,
                }
            ),
            actor=OPERATOR,
        )
        now = self.now()
        given: dict[str, Any] = {
            "purposes": [PURPOSE, "investigate_named_offence"],
            "operations": ["identify_1_to_n", "verify_1_to_1", "enrol_gallery", "watchlist_live"],
            "galleries": ["*"],
            "min_similarity": 85,
            "max_candidates": 7,
            "keep_crops": keep_crops,
            "quotas": [] if searches is None else [{"period": "total", "limit": searches}],
        }
        registry.put_contract(
            ContractWrite.model_validate(
                {
                    "id": f"{agency}/contract",
                    "agency": agency,
                    "valid_from_ns": now - 30 * DAY_NS,
                    "valid_to_ns": now + 30 * DAY_NS,
                    "terms": given | terms,
                }
            ),
            actor=OPERATOR,
        )
        registry.put_user(
            UserWrite.model_validate(
                {
                    "id": f"{agency}/examiner",
                    "agency": agency,
                    "name": "An Examiner (fictional)",
                    "roles": ["investigator"],
                    "person": f"badge {agency} 1",
                    "training_valid_to_ns": now + 30 * DAY_NS,
                }
            ),
            actor=OPERATOR,
        )
        registry.put_client(
            ClientWrite.model_validate(
                {
                    "id": f"client-{number}",
                    "agency": agency,
                    "name": "desk",
                    "scopes": [str(Scope.SEARCHES_WRITE)],
                    "jwks": {"keys": []},
                    "grant_types": ["client_credentials"],
                    "default_user": f"{agency}/examiner",
                }
            ),
            actor=OPERATOR,
        )
        caller = self.caller(f"client-{number}", agency, f"{agency}/examiner")
        self.services.galleries.create(caller, name="missing", keep_crops=keep_crops)
        row = self.one("SELECT id FROM recognition.galleries WHERE agency = %s", agency)
        return Force(agency, f"{agency}/contract", caller, "missing", row[0])

    def caller(self, client: str, agency: str | None, user: str | None, **fields: Any) -> Caller:
        """What a token minted now says of its bearer."""
        with self.services.database.transaction() as connection:
            rev = current_rev(connection)
        now = self.now() // 10**9
        values: dict[str, Any] = {
            "client": client,
            "agency": agency,
            "user": user,
            "user_strength": "asserted" if user else None,
            "scopes": frozenset(Scope),
            "authorization_details": (),
            "token_id": str(uuid7()),
            "issued_at": now,
            "expires_at": now + 300,
            "rev": rev,
        }
        return Caller(**(values | fields))

    def order(self, force: Force, *, searches: int | None = None, confirmed: bool = True, **fields: Any) -> str:
        """A paper entered in the agency's name and, unless said otherwise, confirmed by another; its id."""
        instrument = f"{force.agency}/order-{next(_numbers)}"
        now = self.now()
        self.services.registry.put_instrument(
            InstrumentWrite.model_validate(
                {
                    "id": instrument,
                    "agency": force.agency,
                    "type": "court_order",
                    "court": "Superior Court",
                    "docket_number": "26-1",
                    "judge": "Hon. A. Moreau (fictional)",
                    "galleries": ["*"],
                    "modes": ["still_image"],
                    "operations": ["identify_1_to_n", "verify_1_to_1"],
                    "purposes": [PURPOSE],
                    "valid_from_ns": now - DAY_NS,
                    "expires_at_ns": now + DAY_NS,
                    "searches_allowed": searches,
                    "document_sha256": "cd" * 32,
                }
                | fields
            ),
            actor=OPERATOR,
        )
        if confirmed:
            self.services.confirmations.instrument(instrument, actor=SECOND)
        return instrument

    def emergency(self, force: Force, *, confirmed: bool = True, **fields: Any) -> str:
        """An emergency that an examiner certified and, unless said otherwise, a supervisor confirmed; its id."""
        exigency, now = f"{force.agency}/emergency-{next(_numbers)}", self.now()
        self.services.registry.put_user(
            UserWrite.model_validate(
                {
                    "id": f"{force.agency}/sergeant",
                    "agency": force.agency,
                    "name": "A Sergeant (fictional)",
                    "roles": ["supervisor_approver"],
                    "person": f"badge {force.agency} 2",
                }
            ),
            actor=OPERATOR,
        )
        self.services.registry.put_exigency(
            ExigencyWrite.model_validate(
                {
                    "id": exigency,
                    "agency": force.agency,
                    "certified_by": f"{force.agency}/examiner",
                    "rank": "detective",
                    "facts": "A child was taken from the ferry terminal at 14:10.",
                    "harm": "Serious harm to the child.",
                    "risk": "imminent_threat_to_individual",
                    "narrowly_tailored": True,
                    "started_at_ns": now - HOUR_NS,
                    "why_no_order": "No judge could be reached.",
                    "deadline_ns": now + 48 * HOUR_NS,
                }
                | fields
            ),
            actor=OPERATOR,
        )
        if confirmed:
            self.services.confirmations.exigency(exigency, actor=SECOND, by=f"{force.agency}/sergeant")
        return exigency

    def admit(self, force: Force, request: GovernedRequest, **caller: Any) -> Admission:
        who = (
            force.caller if not caller else self.caller(force.caller.client, force.agency, force.caller.user, **caller)
        )
        return self.admissions.admit(who, request, decision_id=uuid7())

    def permit(self, force: Force, **fields: Any) -> UUID:
        """The decision id of a committed permit."""
        admission = self.admit(force, asking(force, **fields))
        assert admission.decision.permit, admission.decision.codes
        return admission.decision_id

    def enrol(self, force: Force, image: bytes, external_id: str) -> None:
        request = asking(
            force,
            operation=Operation.ENROL_GALLERY,
            probe=Probe(images=(image,), source="family"),
            external_id=external_id,
            instrument=self.order(force, operations=["enrol_gallery"]),
        )
        answer = self.services.gate.perform(force.caller, request, decision_id=uuid7())
        assert isinstance(answer, Released), answer

    def count(self, table: str, decision_id: UUID) -> int:
        """How many rows of a table of the gate are about this decision."""
        return int(self.one(f"SELECT count(*) FROM enforcement.{table} WHERE decision_id = %s", decision_id)[0])

    def pool(self, role: DatabaseRole) -> Database:
        if role not in self.pools:
            self.pools[role] = Database(self.deployment.conninfo(role), name=f"test {role.value}", max_size=24)
        return self.pools[role]

    def one(self, query: str, *parameters: Any) -> tuple[Any, ...]:
        """The one row that the administrator sees."""
        with self.admin.transaction() as connection:
            row = connection.execute(query.encode(), parameters).fetchone()
        assert row is not None
        return row

    def write(self, query: str, *parameters: Any) -> None:
        """What the owner of the tables does behind everybody's back."""
        with self.admin.transaction() as connection:
            connection.execute(query.encode(), parameters)

    def now(self) -> int:
        return int(self.one("SELECT ops.now_ns()")[0])

    def used(self, kind: str, identifier: str) -> int:
        """What a counter says; zero where it was never taken."""
        return int(
            self.one("SELECT coalesce(sum(used), 0) FROM registry.usage WHERE kind = %s AND id = %s", kind, identifier)[
                0
            ]
        )

    def leaves(self, **clear: Any) -> list[dict[str, Any]]:
        """Entries, integrated or still staged, whose clear part holds these values; oldest first."""
        with self.admin.transaction() as connection:
            rows = connection.execute(
                "SELECT leaf FROM audit.entries UNION ALL SELECT leaf FROM audit.staging"
            ).fetchall()
        leaves = [json.loads(row[0]) for row in rows]
        found = [leaf for leaf in leaves if all(leaf.get(name) == value for name, value in clear.items())]
        return sorted(found, key=lambda leaf: int(leaf["time"]))

    def integrate(self) -> int:
        """Puts everything staged on the log; its size."""
        while self.sequencer.run_once():
            pass
        return int(self.one("SELECT size FROM audit.head")[0])


def asking(force: Force, **fields: Any) -> GovernedRequest:
    """A search that policy permits, with a picture that nobody sent before."""
    values: dict[str, Any] = {
        "operation": Operation.IDENTIFY_1_TO_N,
        "purpose": PURPOSE,
        "case_number": f"case-{next(_numbers)}",
        "justification": WHY,
        "suspicion": "none",
        "gallery": force.gallery,
        "probe": Probe(images=(a_picture(),), source="cctv_still"),
        "declared": {"subject": {"intended_target": True}, "written_request": False},
    }
    return GovernedRequest(**(values | fields))


def a_picture() -> bytes:
    """Bytes that the gate cannot tell from a picture: it never looks inside."""
    return hashlib.sha256(str(uuid7()).encode()).digest()


def sqlstate(error: psycopg.Error) -> str:
    return error.sqlstate or ""


@contextmanager
def gate_house(copies: Copies, cluster_home: Path, *, with_engine: bool = False, **changes: Any) -> Iterator[GateHouse]:
    url = copies.take()
    home = new_home()
    # Bearer tokens: what is tested here lies behind the door, and the door has tests of its own.
    usual = {"allow_injected_clock": True, "allow_bearer_tokens": True, "encoder_workers": 1}
    settings = Settings(home=home, database_url=url, **(usual | changes))
    settings.create_folders()
    shutil.copy2(credentials_file(cluster_home / "keys"), credentials_file(settings.keys))
    create_keys(settings)
    with ExitStack() as stack:
        stack.callback(copies.give_back, url)
        stack.callback(shutil.rmtree, home)
        deployment = stack.enter_context(Deployment.open(settings))
        initialise(settings, deployment)
        seeded = seed(settings, deployment)
        if with_engine:
            stack.enter_context(EngineServer(settings).start())
        built = build(settings, deployment)
        stack.callback(built.close)
        admin = stack.enter_context(Database(deployment.conninfo(DatabaseRole.ADMIN), name="test administrator"))
        log = stack.enter_context(Database(deployment.conninfo(DatabaseRole.SEQUENCER), name="test sequencer"))
        house = GateHouse(settings, deployment, built, seeded, admin, Sequencer(log))
        yield house
        for pool in house.pools.values():
            pool.close()
