"""Drafts over a real database: who may do what with them, and what PostgreSQL itself refuses."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import psycopg
import pytest

from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.keys import create_keys as create_audit_keys
from gateway.audit.log import AuditLog
from gateway.policy import canary, draft_rows, holds, revisions, upgrade
from gateway.policy.bundle import canonical
from gateway.policy.draft_checks import DraftChecks
from gateway.policy.draft_impacts import DraftImpacts
from gateway.policy.drafts import Drafts
from gateway.policy.engine import EngineUnavailableError
from gateway.policy.holds import Holds
from gateway.policy.keys import create_keys, signing_key
from gateway.policy.publication import Publications
from gateway.policy.refusal import PolicyRefused
from gateway.policy.reviews import Reviews
from gateway.policy.revisions import Revision, assemble, build_shipped, publish_shipped, renumbered
from gateway.policy.tree import Tree, of_revision, pretty, shipped
from gateway.policy.wasm_engine import WasmEngine
from gateway.postgres.deployment import DatabaseRole
from gateway.registry.models import Actor

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.database import Database
    from gateway.settings import Settings

OPERATOR = Actor(kind="operator", id="test")
ONE = Actor(kind="client", id="admin-1")
TWO = Actor(kind="client", id="admin-2")
FILE = "data/justification/data.json"
HOUR_NS = 3600 * 10**9
ROLLBACK = {"passed": True, "steps": []}


@dataclass(slots=True)
class Room:
    settings: Settings
    web: Database
    admin: Database
    drafts: Drafts
    checks: DraftChecks
    impacts: DraftImpacts
    reviews: Reviews
    publications: Publications
    holds: Holds

    def revision(self, number: int) -> Revision:
        with self.web.transaction() as connection:
            return revisions.load(connection, number, keys=self.settings.keys)

    def live(self) -> int:
        with self.web.transaction() as connection:
            found = revisions.live(connection)
        assert found is not None
        return found[0]

    def draft(self, actor: Actor = ONE, word: str = "vaguely") -> UUID:
        """A draft that changes one document."""
        made = self.drafts.create(actor, title="t", why="w")
        data = json.loads(self.drafts.file(made.id, FILE))
        data["fillers"][word] = True
        self.drafts.write(actor, made.id, FILE, pretty(data))
        return made.id

    def submitted(self, actor: Actor = ONE, word: str = "vaguely", **data: Any) -> UUID:
        """As if its checks had passed: they are tested elsewhere, and take half a minute."""
        draft = self.draft(actor, word)
        opened = self.drafts.open(draft)
        base = opened.base
        candidate = assemble(
            0, rego=base.rego | opened.tree.rego, wasm=base.wasm, annotations=pretty(base.annotations),
            sources=opened.tree.sources,
            data={**{k: v for k, v in base.data.items() if k != "revision"}, **opened.tree.data, **data},
            key=signing_key(self.settings.keys),
        )  # fmt: skip
        self.checks._keep(actor, opened, ROLLBACK, candidate)
        assert self.reviews.submit(actor, draft).state == "submitted"
        return draft

    def approved(self, word: str = "vaguely", **data: Any) -> UUID:
        draft = self.submitted(word=word, **data)
        impact = self.impacts.run(TWO, draft, last=10)
        approved = self.reviews.review(
            TWO, draft, verdict="approve", reason="r", impact_sha256=impact.digest, newly_permitted=0
        )
        assert approved.state == "approved"
        return draft

    def leaves(self) -> list[dict[str, Any]]:
        with self.admin.transaction() as connection:
            return [json.loads(row[0]) for row in connection.execute("SELECT leaf FROM audit.staging").fetchall()]


@pytest.fixture
def room(database: Callable[[DatabaseRole], Database], settings: Settings) -> Room:
    create_keys(settings.keys)
    create_audit_keys(settings.keys)
    web = database(DatabaseRole.WEB)
    log = AuditLog(keys=DisclosureKeys.load(settings.keys))
    drafts = Drafts(database=web, log=log, keys=settings.keys)
    checks = DraftChecks(database=web, drafts=drafts, keys=settings.keys, home=settings.home)
    with web.transaction() as connection:
        publish_shipped(connection, settings.keys, log, OPERATOR)
        assert upgrade.bring(connection, drafts, keys=settings.keys, version="1") is None
    return Room(
        settings, web, database(DatabaseRole.ADMIN), drafts, checks,
        DraftImpacts(
            database=web, replayer=database(DatabaseRole.REPLAYER), drafts=drafts, checks=checks, keys=settings.keys
        ),
        Reviews(database=web, drafts=drafts, checks=checks),
        Publications(database=web, log=log, settings=settings, drafts=drafts, checks=checks),
        Holds(database=web, log=log, keys=settings.keys),
    )  # fmt: skip


def code(refused: pytest.ExceptionInfo[PolicyRefused]) -> str:
    assert refused.value.sentence.endswith(".")
    assert refused.value.remedy
    return refused.value.code


def test_an_edit_is_an_entry_and_makes_an_author(room: Room) -> None:
    draft = room.draft(ONE)
    room.drafts.write(TWO, draft, "packs/us_wa/more.rego", b"package writgate.packs.us_wa\n")
    assert [author["client"] for author in room.drafts.authors(draft)] == ["client:admin-1", "client:admin-2"]
    written = [leaf for leaf in room.leaves() if leaf["kind"] == "draft.file_written"]
    assert [(leaf["path"], leaf["client"]) for leaf in written] == [
        (FILE, "admin-1"),
        ("packs/us_wa/more.rego", "admin-2"),
    ]
    assert written[1]["before"] is None
    assert len(written[1]["after"]) == 64
    changes = {item["path"]: item["change"] for item in room.drafts.files(draft) if item["change"] != "unchanged"}
    assert changes == {FILE: "changed", "packs/us_wa/more.rego": "added"}


def test_a_file_put_back_is_no_change(room: Room) -> None:
    draft = room.draft()
    before = room.drafts.open(draft).before.files[FILE]
    room.drafts.write(ONE, draft, FILE, before)
    assert all(item["change"] == "unchanged" for item in room.drafts.files(draft))
    with pytest.raises(PolicyRefused) as refused:
        room.reviews.submit(ONE, draft)
    assert code(refused) == "DRAFT_EMPTY"


def test_the_same_person_through_another_client_is_the_same_author(room: Room) -> None:
    draft = room.submitted(Actor(kind="client", id="desk-a", user="account:ada"))
    for reviewer in (
        Actor(kind="client", id="desk-b", user="account:ada"),
        Actor(kind="client", id="desk-a", user="x"),
    ):
        with pytest.raises(PolicyRefused) as refused:
            room.reviews.review(reviewer, draft, verdict="reject", reason="r")
        assert code(refused) == "SELF_REVIEW"
    other = Actor(kind="client", id="desk-b", user="account:bo")
    assert room.reviews.review(other, draft, verdict="reject", reason="r").state == "rejected"


def test_whoever_submits_anothers_draft_is_an_author_too(room: Room) -> None:
    draft = room.submitted(ONE)
    room.drafts.reopen(TWO, draft)
    with pytest.raises(PolicyRefused) as refused:
        room.reviews.review(TWO, draft, verdict="reject", reason="r")
    assert code(refused) == "DRAFT_STATE"
    assert len(room.drafts.authors(draft)) == 2


def test_approval_needs_the_impact_of_these_files(room: Room) -> None:
    draft = room.submitted()
    first = room.impacts.run(TWO, draft, last=10)
    room.drafts.reopen(ONE, draft)
    room.drafts.write(ONE, draft, FILE, pretty({"fillers": {}}))
    opened = room.drafts.open(draft)
    candidate = renumbered(room.revision(1), 0, holds={}, key=signing_key(room.settings.keys))
    room.checks._keep(ONE, opened, ROLLBACK, candidate)
    room.reviews.submit(ONE, draft)
    with pytest.raises(PolicyRefused) as refused:
        room.reviews.review(TWO, draft, verdict="approve", reason="r", impact_sha256=first.digest, newly_permitted=0)
    assert code(refused) == "IMPACT_OUTDATED"


def test_an_approved_draft_is_published_once_and_its_entry_says_by_whom_and_on_what(room: Room) -> None:
    draft = room.approved()
    done = room.publications.publish(ONE, draft)
    assert (done.state, done.revision) == ("published", 2)
    assert room.revision(2).data["justification"]["fillers"]["vaguely"] is True
    assert room.live() == 2
    (entry,) = [leaf for leaf in room.leaves() if leaf["kind"] == "revision.published" and leaf["revision"] == 2]
    assert (entry["draft"], entry["reviewed_by"], entry["from"]) == (str(draft), "client:admin-2", "draft")
    assert len(entry["impact"]) == 64
    with pytest.raises(PolicyRefused) as refused:
        room.publications.publish(ONE, draft)
    assert code(refused) == "DRAFT_STATE"


def test_a_draft_over_another_policy_than_the_live_one_is_not_published_until_it_is_carried_over(room: Room) -> None:
    first, second = room.approved("one"), room.approved("two")
    room.publications.publish(TWO, first)
    with pytest.raises(PolicyRefused) as refused:
        room.publications.publish(TWO, second)
    assert code(refused) == "DRAFT_OUTDATED"
    assert room.drafts.reopen(ONE, second).base == 2


def test_a_hold_in_between_outdates_nothing_and_is_carried_over(room: Room) -> None:
    draft = room.approved()
    hold = room.holds.place(ONE, what={"agency": "x"}, reason="r", seconds=60)
    assert hold["revision"] == 2
    assert room.publications.publish(TWO, draft).revision == 3
    assert set(room.revision(3).data["holds"]) == {hold["id"]}
    assert room.revision(2).wasm == room.revision(1).wasm
    room.holds.lift(TWO, UUID(hold["id"]), reason="over")
    assert room.revision(4).data["holds"] == {}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"packs": {"contract": {"always": True}}}, "drops the pack base"),
        ({"packs": {"base": {"always": True}, "contract": {"always": False}}}, "drops the pack contract"),
    ],
)
def test_without_its_base_nothing_is_published_even_if_the_checks_had_passed(
    room: Room, data: dict[str, Any], said: str
) -> None:
    draft = room.approved(**data)
    with pytest.raises(PolicyRefused) as refused:
        room.publications.publish(TWO, draft)
    assert code(refused) == "NOT_PUBLISHABLE"
    assert said in refused.value.sentence
    assert room.live() == 1


def test_what_cannot_be_published_at_its_time_is_marked_and_the_old_revision_goes_on(room: Room) -> None:
    first, second = room.approved("one"), room.approved("two")
    room.publications.schedule(TWO, second, at_ns=_now(room) + HOUR_NS)
    room.publications.publish(TWO, first)
    an_hour_later(room)
    assert room.publications.publish_due() == 0
    shown = room.drafts.open(second).draft
    assert shown.state == "approved"
    assert "DRAFT_OUTDATED" in str(shown.publish_fault)
    assert room.live() == 2
    assert "publication.failed" in {leaf["kind"] for leaf in room.leaves()}


def test_two_nodes_publish_a_due_draft_once(room: Room) -> None:
    draft = room.approved()
    room.publications.schedule(TWO, draft, at_ns=_now(room) + HOUR_NS)
    an_hour_later(room)
    assert room.publications.publish_due() + room.publications.publish_due() == 1
    assert room.live() == 2


def meanwhile(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, act: Callable[[], object]) -> None:
    """Once, before the next call of what is named so, `act` happens."""
    called, acts = getattr(owner, name), [act]

    def and_then_called(*values: Any, **named: Any) -> Any:
        while acts:
            acts.pop()()
        return called(*values, **named)

    monkeypatch.setattr(owner, name, and_then_called)


@pytest.mark.parametrize("when", ["_publishable", "_vet"])
def test_a_draft_that_is_given_a_later_time_while_it_is_prepared_waits_for_that_time(
    room: Room, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    draft = room.approved()
    room.publications.schedule(TWO, draft, at_ns=_now(room) + HOUR_NS)
    an_hour_later(room)
    later = _now(room) + HOUR_NS

    def rescheduled() -> None:
        assert room.publications.schedule(TWO, draft, at_ns=later).publish_at_ns == later

    meanwhile(monkeypatch, room.publications, when, rescheduled)
    assert room.publications.publish_due() == 0
    shown = room.drafts.open(draft).draft
    assert (shown.state, shown.publish_at_ns, shown.publish_fault) == ("approved", later, None)
    assert room.live() == 1


def test_a_due_draft_that_others_kept_from_being_published_is_tried_again(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Holds that come and go as fast as it is prepared; by the next round they have stopped."""
    draft = room.approved()
    room.publications.schedule(TWO, draft, at_ns=_now(room) + HOUR_NS)
    an_hour_later(room)
    count = itertools.count()
    with monkeypatch.context() as others:
        others.setattr(holds, "active", lambda *_: {str(next(count)): {}})
        others.setattr(room.publications, "_vet", lambda _: None)
        assert room.publications.publish_due() == 0
    shown = room.drafts.open(draft).draft
    assert (shown.state, shown.publish_fault) == ("approved", None)
    assert room.publications.publish_due() == 1
    assert room.live() == 2


@pytest.mark.parametrize("meant", ["rescheduled", "reopened", "withdrawn"])
def test_a_failure_marks_no_schedule_but_its_own(room: Room, monkeypatch: pytest.MonkeyPatch, meant: str) -> None:
    """A mark on another schedule would keep that one from ever being tried."""
    draft = room.approved(packs={"contract": {"always": True}})  # no engine is asked: it drops the pack base
    room.publications.schedule(TWO, draft, at_ns=_now(room) + HOUR_NS)
    an_hour_later(room)
    acts: dict[str, Callable[[], object]] = {
        "rescheduled": lambda: room.publications.schedule(TWO, draft, at_ns=_now(room) + HOUR_NS),
        "reopened": lambda: room.drafts.reopen(ONE, draft),
        "withdrawn": lambda: room.drafts.withdraw(ONE, draft, reason="r"),
    }
    meanwhile(monkeypatch, room.publications, "_failed", acts[meant])
    assert room.publications.publish_due() == 0
    assert room.drafts.open(draft).draft.publish_fault is None
    assert "publication.failed" not in {leaf["kind"] for leaf in room.leaves()}


def test_a_rollback_that_is_withdrawn_before_it_is_submitted_stays_withdrawn(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.publications.publish(TWO, room.approved())

    def withdrawn() -> None:
        (draft,) = room.drafts.newest(state="draft", limit=9)
        room.drafts.withdraw(TWO, draft.id, reason="r")

    meanwhile(monkeypatch, room.checks, "keep_rollback", withdrawn)
    with pytest.raises(PolicyRefused) as refused:
        room.publications.roll_back(ONE, 1, reason="r")
    assert code(refused) == "DRAFT_STATE"
    assert [draft.origin for draft in room.drafts.newest(state="withdrawn", limit=9)] == ["rollback"]


def test_a_rollback_brings_the_older_policy_back_under_a_new_number(room: Room) -> None:
    room.publications.publish(TWO, room.approved())
    draft = room.publications.roll_back(ONE, 1, reason="r").id
    with pytest.raises(PolicyRefused) as refused:
        room.reviews.review(ONE, draft, verdict="approve", reason="r")
    assert code(refused) == "SELF_REVIEW"
    impact = room.impacts.run(TWO, draft, last=10)
    room.reviews.review(TWO, draft, verdict="approve", reason="r", impact_sha256=impact.digest, newly_permitted=0)
    assert room.publications.publish(TWO, draft).revision == 3
    assert of_revision(room.revision(3)).sha256 == of_revision(room.revision(1)).sha256
    with pytest.raises(PolicyRefused) as refused:
        room.publications.roll_back(ONE, 1, reason="r")
    assert code(refused) == "DRAFT_EMPTY"


def an_hour_later(room: Room) -> None:
    """The clock of this database is moved; nobody waits."""
    with room.admin.transaction() as connection:
        connection.execute("UPDATE ops.clock_offset SET nanoseconds = %s", (HOUR_NS + 1,))


def _now(room: Room) -> int:
    with room.web.transaction() as connection:
        row = connection.execute("SELECT ops.now_ns()").fetchone()
    assert row is not None
    return int(row[0])


# What the database refuses to the web role itself, whatever its code says.


def refused_by_the_database(room: Room, statement: str, *values: Any) -> None:
    refused = (psycopg.errors.RestrictViolation, psycopg.errors.CheckViolation)
    with pytest.raises(refused), room.web.transaction() as connection:
        connection.execute(statement, values)


def test_the_database_refuses_a_review_by_an_author(room: Room) -> None:
    draft = room.submitted()
    digest = room.drafts.open(draft).draft.files_sha256
    statement = (
        "INSERT INTO policy.draft_reviews (id, draft, files_sha256, client, person, verdict, reason, impact_sha256,"
        " newly_permitted, reviewed_ns) VALUES (%s, %s, %s, %s, '', 'approve', 'r', sha256('x'), 0, 1)"
    )
    refused_by_the_database(room, statement, uuid4(), draft, digest, "client:admin-1")
    refused_by_the_database(room, statement, uuid4(), draft, b"x" * 32, "client:admin-2")


def test_the_database_refuses_an_approval_without_a_review(room: Room) -> None:
    draft = room.submitted()
    refused_by_the_database(room, "UPDATE policy.drafts SET state = 'approved' WHERE id = %s", draft)


def test_the_database_refuses_edits_of_what_was_submitted(room: Room) -> None:
    draft = room.submitted()
    refused_by_the_database(room, "UPDATE policy.draft_files SET content = 'x' WHERE draft = %s", draft)
    refused_by_the_database(room, "DELETE FROM policy.draft_files WHERE draft = %s", draft)
    refused_by_the_database(room, "UPDATE policy.drafts SET files_sha256 = sha256('x') WHERE id = %s", draft)


@pytest.mark.parametrize("state", ["draft", "submitted", "approved"])
def test_the_database_keeps_what_ended_as_it_ended(room: Room, state: str) -> None:
    draft = room.submitted()
    room.reviews.review(TWO, draft, verdict="reject", reason="r")
    refused_by_the_database(room, "UPDATE policy.drafts SET state = %s WHERE id = %s", state, draft)


def test_the_database_refuses_a_hold_of_more_than_a_day_and_its_lifting_by_who_placed_it(room: Room) -> None:
    refused_by_the_database(
        room,
        "INSERT INTO policy.holds (id, what, reason, client, person, placed_ns, expires_ns, revision)"
        " VALUES (%s, '{}', 'r', 'c', '', 1, 86400000000002, 1)",
        uuid4(),
    )
    hold = room.holds.place(ONE, what={}, reason="r", seconds=60)
    refused_by_the_database(
        room,
        "UPDATE policy.holds SET lifted_client = client, lifted_person = '', lifted_ns = 2, lift_reason = 'r'"
        " WHERE id = %s",
        UUID(hold["id"]),
    )
    with pytest.raises(PolicyRefused) as refused:
        room.holds.lift(ONE, UUID(hold["id"]), reason="r")
    assert code(refused) == "SAME_DECIDER"


# Upgrades.


def test_an_upgrade_brings_what_the_product_changed_as_a_draft_and_changes_nothing_live(room: Room) -> None:
    ours = shipped()
    newer = ours.with_changes(
        {FILE: pretty({"fillers": {}}), "packs/us_wa/more.rego": b"package writgate.packs.us_wa\n"}
    )
    with room.web.transaction() as connection:
        made = upgrade.bring(connection, room.drafts, keys=room.settings.keys, version="2", ours=newer)
        assert made is not None
        assert upgrade.bring(connection, room.drafts, keys=room.settings.keys, version="2", ours=newer) is None
    assert (made.origin, made.state, made.created_by) == ("product", "draft", "operator:upgrade")
    changed = {item["path"] for item in room.drafts.files(made.id) if item["change"] != "unchanged"}
    assert changed == {FILE, "packs/us_wa/more.rego"}
    assert room.live() == 1


def test_an_upgrade_leaves_alone_what_only_the_board_changed(room: Room) -> None:
    room.publications.publish(TWO, room.approved())
    newer = shipped().with_changes({"packs/us_wa/more.rego": b"package writgate.packs.us_wa\n"})
    with room.web.transaction() as connection:
        made = upgrade.bring(connection, room.drafts, keys=room.settings.keys, version="2", ours=newer)
    assert made is not None
    changed = {item["path"] for item in room.drafts.files(made.id) if item["change"] != "unchanged"}
    assert changed == {"packs/us_wa/more.rego"}


# Canaries.


def test_an_engine_that_answers_a_canary_otherwise_does_not_decide(room: Room) -> None:
    key = signing_key(room.settings.keys)
    revision = build_shipped(room.settings.keys)
    canaries = [{"input": {"now": 1}, "permit": True, "codes": ["WARRANT_SATISFIED"]}]
    files = {**revision.files, "canaries.json": canonical(canaries)}
    odd = renumbered(Revision(revision.number, revision.tar, files), 1, holds={}, key=key)
    engine = WasmEngine(odd, instances=1)
    with pytest.raises(EngineUnavailableError, match="canary 0"):
        canary.ask(engine)
    engine.close()


def test_a_hold_does_not_make_a_canary_die(room: Room) -> None:
    key = signing_key(room.settings.keys)
    revision = build_shipped(room.settings.keys)
    files = {**revision.files, "canaries.json": canonical([{"input": {"now": 1}, "permit": True, "codes": []}])}
    everything = {"h": {"match": {}, "expires_at": 1 << 60}}
    engine = WasmEngine(renumbered(Revision(1, revision.tar, files), 1, holds=everything, key=key), instances=1)
    canary.ask(engine)
    engine.close()


def test_a_draft_is_named_by_its_files_and_base() -> None:
    assert draft_rows.digest(1, {"a": b"x"}) != draft_rows.digest(2, {"a": b"x"})
    assert draft_rows.digest(1, {"a": b"x"}) != draft_rows.digest(1, {"a": None})
    assert draft_rows.digest(1, {}) == draft_rows.digest(1, {})
    assert Tree({}).sha256 == Tree({}).sha256
