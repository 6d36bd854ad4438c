"""The life of a revision over HTTP, on a running gateway: what is refused, and what a second person makes live."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result
from gateway_house import House, gateway_house
from patience import until

from gateway.cli.demo.seed import GALLERY
from gateway.cli.policy import policy
from gateway.cli.serve import environment, free_port, wait_until_ready
from gateway.cli.supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.cli.http import Answer, Api

pytestmark = [
    pytest.mark.opa,
    pytest.mark.photographs,
    pytest.mark.timeout(1500),
    pytest.mark.skipif(shutil.which("opa") is None, reason="needs the opa program"),
    pytest.mark.skipif(shutil.which("regal") is None, reason="needs the regal program"),
]

RULES = "packs/us_wa/limits.rego"
CASES = "packs/us_wa/limits_test.rego"
PACK_TESTS = "packs/us_wa/pack_test.rego"
ROWS = "scenarios/us_wa.json"
ANNOTATION = """
# METADATA
# title: "A rule of the test"
# description: >-
#   It denies what nobody asks.
# custom:
#   code: {code}
{citation}#   source: "product"
#   confidence: P
#   counsel_review: none
#   sentence: >-
#     Nothing.
#   remedy: >-
#     Ask the policy board.
#   effective_from: "2021-07-01"
#   effective_to: null
denials["of_the_test"] := {{}} if input.operation == "sell_templates"
"""


@pytest.fixture(scope="module")
def house(pictures: dict[str, Path]) -> Iterator[House]:
    """A gateway of its own: these tests change what is live."""
    with gateway_house(pictures) as running:
        assert running.api().post("/v1/galleries", {"name": GALLERY}).status == 201
        assert running.enrol("person_a_1.jpg").status == 200
        yield running


@dataclass(slots=True)
class Written:
    """A draft in the hands of `client`. Each request has a token of its own, for a check may outlast one."""

    house: House
    client: str
    id: str

    @property
    def api(self) -> Api:
        return self.house.api(self.client)

    @property
    def path(self) -> str:
        return f"/v1/policies/drafts/{self.id}"

    def read(self, path: str) -> str:
        return str(self.api.get(f"{self.path}/files/{path}").document["content"])

    def put(self, path: str, content: str) -> Answer:
        return self.api.put(f"{self.path}/files/{path}", {"content": content})

    def append(self, path: str, text: str) -> None:
        assert self.put(path, self.read(path) + text).status == 200

    def replace(self, path: str, pattern: str, by: str) -> None:
        text, count = re.subn(pattern, by, self.read(path))
        assert count == 1, (path, pattern, count)
        assert self.put(path, text).status == 200

    def act(self, name: str, body: dict[str, Any] | None = None, api: Api | None = None) -> Answer:
        return (api or self.api).post(f"{self.path}/{name}", body or {})


def new(house: House, title: str, client: str = "admin-1") -> Written:
    made = house.api(client).post("/v1/policies/drafts", {"title": title, "why": "to be tried"})
    assert made.status == 201, made.document
    return Written(house, client, str(made.document["id"]))


def refused_as(answer: Answer, code: str, *, step: str, file: str) -> dict[str, Any]:
    """The finding, of this step and code, for which a submission was refused."""
    assert (answer.status, answer.code) == (422, "CHECK_FAILED"), answer.document
    found = [one for one in answer.document["findings"] if one["code"] == code]
    assert found, answer.document["findings"]
    assert found[0]["step"] == step
    assert found[0]["file"] == file
    assert isinstance(found[0]["line"], int)
    assert answer.document["detail"].endswith(".")
    assert answer.document["remedy"]
    assert answer.document["errors"][0]["field"]
    return dict(found[0])


def submitted(draft: Written) -> Answer:
    """Submits, and where the checks take longer than a request may, waits for them."""
    answer = draft.act("submit")
    deadline = time.monotonic() + 1200
    while answer.code == "CHECK_RUNNING" and time.monotonic() < deadline:
        time.sleep(2)
        answer = draft.act("submit")
    return answer


def test_a_misspelt_field_is_refused_with_the_field_that_was_meant(house: House) -> None:
    draft = new(house, "misspelt")
    draft.append(RULES, '\n_of_the_test if input.agncy.id == "x"\n')
    found = refused_as(submitted(draft), "REGO_TYPE_ERROR", step="check", file=RULES)
    assert "`agncy`" in found["sentence"]
    assert "did you mean `agency`" in found["sentence"]
    assert draft.api.get(draft.path).document["state"] == "draft"


def test_an_unknown_code_is_refused_by_name(house: House) -> None:
    draft = new(house, "unknown code")
    draft.append(RULES, ANNOTATION.format(code="NOT_A_CODE", citation='#   citation: "Product policy"\n'))
    found = refused_as(submitted(draft), "CODE_UNKNOWN", step="annotations", file=RULES)
    assert "NOT_A_CODE" in found["sentence"]
    assert "vocabulary" in found["sentence"]


def test_a_missing_citation_is_refused_by_name(house: House) -> None:
    draft = new(house, "no citation")
    draft.append(RULES, ANNOTATION.format(code="SALE_PROHIBITED", citation=""))
    found = refused_as(submitted(draft), "ANNOTATION_INCOMPLETE", step="annotations", file=RULES)
    assert "citation is missing" in found["sentence"]
    assert "us_wa.denials.of_the_test" in found["sentence"]


def test_a_failing_test_is_refused_by_name(house: House) -> None:
    draft = new(house, "failing test")
    draft.append(PACK_TESTS, "\ntest_that_cannot_hold if {\n\tcount(data.packs) == 0\n}\n")
    found = refused_as(submitted(draft), "TEST_FAILED", step="tests", file=PACK_TESTS)
    assert "test_that_cannot_hold" in found["sentence"]


def test_what_belongs_to_the_product_or_leads_elsewhere_is_no_file_of_a_draft(house: House) -> None:
    draft = new(house, "elsewhere")
    for path in ("decision/decision.rego", "data/rules/data.json", "data/holds/data.json", "packs/us_wa/.hidden.rego"):
        refused = draft.put(path, "package x\n")
        assert (refused.status, refused.code) == (422, "FILE_NOT_OURS"), path
    assert draft.put("packs/../decision.rego", "x").status in {404, 422}


def test_a_module_that_speaks_for_another_package_is_refused(house: House) -> None:
    draft = new(house, "another's voice")
    assert draft.put("packs/us_wa/more.rego", 'package writgate\n\npermit if input.agency.id == "x"\n').status == 200
    found = refused_as(submitted(draft), "PACKAGE_ELSEWHERE", step="annotations", file="packs/us_wa/more.rego")
    assert "writgate.packs.us_wa" in found["sentence"]


def test_the_base_pack_cannot_be_dropped(house: House) -> None:
    draft = new(house, "without base")
    packs = json.loads(draft.read("data/packs/data.json"))
    packs["base"]["always"] = False
    assert draft.put("data/packs/data.json", json.dumps(packs)).status == 200
    answer = submitted(draft)
    assert (answer.status, answer.code) == (422, "CHECK_FAILED")
    assert "pack base" in answer.document["detail"]


def test_an_empty_draft_is_not_submitted(house: House) -> None:
    answer = new(house, "empty").act("submit")
    assert (answer.status, answer.code) == (422, "DRAFT_EMPTY")


def test_policy_is_not_written_by_an_agencys_client(house: House) -> None:
    body = {"title": "x", "why": "y"}
    for client in ("lakeport", "clerk", "auditor"):
        refused = house.api(client).post("/v1/policies/drafts", body)
        assert (refused.status, refused.code) == (403, "SCOPE_MISSING")
    draft = new(house, "not theirs to read")
    for path in ("/v1/policies/drafts", draft.path, f"{draft.path}/files", f"{draft.path}/diff", f"{draft.path}/check"):
        refused = house.api("lakeport").get(path)
        assert (refused.status, refused.code) == (403, "ADMINISTRATOR_REQUIRED")
        assert house.api("auditor").get(path).status == 200
    assert house.api("auditor").post(f"{draft.path}/submit", {}).code == "SCOPE_MISSING"


@pytest.fixture(scope="module")
def order(house: House) -> str:
    return house.order()


def composite(house: House, order: str, url: str | None = None) -> Answer:
    """A search with a composite picture, which Washington's pack refuses."""
    api = house.api() if url is None else dataclasses.replace(house.api(), url=url)
    body = house.search_body(instrument=order)
    body["probe"] = {**body["probe"], "kind": "composite"}
    return api.post("/v1/searches", body)


@contextmanager
def second_gateway(house: House) -> Iterator[str]:
    """Other web processes, on another port, of the same gateway: their URL."""
    port = free_port(house.settings.host)
    settings = house.settings.model_copy(update={"port": port, "public_url": house.settings.issuer})
    supervisor = Supervisor(environment=environment(settings), kinds=("web",), log_file=settings.home / "second.log")
    supervisor.start()
    try:
        url = f"http://{settings.host}:{port}"
        wait_until_ready(url, settings.home / "second.log")
        yield url
    finally:
        supervisor.end()


def all_workers_hold(api: Api, number: int) -> None:
    """Waits until every web worker that answers says that it decides by this revision."""

    def held() -> bool:
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: api.get("/v1/policies/revisions/live"), range(8)))
        return all(answer.document.get("number") == number for answer in answers)

    until(held, f"all workers decide by revision {number}")


def loosen(draft: Written) -> None:
    """Washington's rule against pictures made by hand lets composites through; its tests and rows say so."""
    draft.replace(RULES, r'(?m)^_picture_of_person\("video_frame"\)$', '\\g<0>\n\n_picture_of_person("composite")')
    draft.replace(CASES, r'"kind": "composite"', '"kind": "sketch"')
    draft.replace(
        PACK_TESTS, r'\[false, \{"probe": \{"kind": "composite"\}\}\]', '[true, {"probe": {"kind": "composite"}}]'
    )
    rows = json.loads(draft.read(ROWS))
    (row,) = [row for row in rows["scenarios"] if row["id"] == "WAX-071"]
    row["expected"] = {"permit": True, "reason_codes": []}
    assert draft.put(ROWS, json.dumps(rows)).status == 200


def runs_beside(house: House, draft: Written, order: str) -> None:
    """Beside the live revision for a while, what the draft would have said otherwise is counted and listed."""
    other = house.api("admin-2")
    assert draft.act("shadow", {"hours": 1}, api=other).document["impact"]["replayed"] == 0
    denied = composite(house, order).document["decision_id"]
    decisions = until(
        lambda: other.get(f"{draft.path}/shadow").document["impact"]["decisions"], "it is counted beside the live one"
    )
    assert [row["decision_id"] for row in decisions] == [denied]


@dataclass(frozen=True, slots=True)
class Published:
    """What was seen while a loosened rule went live on two gateways."""

    draft: str
    revision: int
    impact: str
    answers: tuple[Answer, ...]


@pytest.fixture(scope="module")
def published(house: House, order: str) -> Published:
    """Whatever test comes first has the loosened rule published; it takes minutes, so once."""
    with second_gateway(house) as second:
        urls = (house.url, second)
        denied = [composite(house, order, url) for url in urls]
        assert [(one.status, one.codes) for one in denied] == [(403, {"PROBE_SKETCH_PROHIBITED"})] * 2
        draft = new(house, "composites in Washington")
        loosen(draft)
        done = submitted(draft)
        assert (done.status, done.document.get("state")) == (200, "submitted"), done.document
        # What was submitted stands still.
        assert draft.put(RULES, "package x\n").code == "DRAFT_STATE"
        digest = approved(house, draft, changes={one.document["decision_id"] for one in denied})

        other = house.api("admin-2")
        runs_beside(house, draft, order)
        assert "us_wa" in json.dumps(other.get(f"{draft.path}/diff").document["meaning"])

        done = draft.act("publish", api=other)
        assert (done.status, done.document["state"]) == (200, "published"), done.document
        number = done.document["revision"]
        for url in urls:
            all_workers_hold(dataclasses.replace(other, url=url), number)
        answers = tuple(composite(house, order, url) for url in urls)
    return Published(draft.id, number, digest, answers)


def approved(house: House, draft: Written, *, changes: set[str]) -> str:
    """Approved not by the author, and not without the impact of these files and its sign-off: the impact's digest."""
    approve = {"verdict": "approve", "reason": "composites are photographs pieced together"}
    own = draft.act("review", approve | {"impact": "0" * 64, "newly_permitted": 0}, api=house.api("admin-1"))
    assert (own.status, own.code) == (403, "SELF_REVIEW")
    assert "nobody reviews his own work" in own.document["detail"]
    assert own.document["remedy"]
    other = house.api("admin-2")
    assert draft.act("review", approve, api=other).code == "IMPACT_MISSING"
    assert draft.act("publish", api=other).code == "DRAFT_STATE"
    impact = draft.act("impact", {"last": 1000}, api=other)
    assert impact.status == 201, impact.document
    digest, found = impact.document["digest"], impact.document["impact"]
    newly = found["counts"]["newly_permitted"]
    assert {row["decision_id"] for row in found["decisions"]} >= changes
    assert newly >= len(changes)
    unseen = draft.act("review", approve | {"impact": "0" * 64, "newly_permitted": newly}, api=other)
    assert unseen.code == "IMPACT_NOT_SEEN"
    unsigned = draft.act("review", approve | {"impact": digest, "newly_permitted": 0}, api=other)
    assert unsigned.code == "SIGN_OFF_MISSING"
    signed = draft.act("review", approve | {"impact": digest, "newly_permitted": newly}, api=other)
    assert (signed.status, signed.document["state"]) == (200, "approved"), signed.document
    return str(digest)


def test_a_loosened_rule_goes_live_by_two_persons_on_two_gateways(house: House, published: Published) -> None:
    for answer in published.answers:
        assert answer.status == 200, answer.document
        assert answer.document["policy"]["revision"] == published.revision
    shown = house.api("admin-1").get(f"/v1/policies/revisions/{published.revision}").document
    assert (shown["from"], shown["impact"], shown["draft"]) == ("draft", published.impact, published.draft)
    entry = entries(house, "revision.published", "revision", published.revision)[0]
    assert entry["impact"] == published.impact
    assert entry["reviewed_by"] == "client:admin-2"
    assert entry["draft"] == published.draft
    for kind in ("draft.created", "draft.file_written", "draft.checked", "draft.submitted", "draft.reviewed"):
        assert entries(house, kind, "draft", published.draft)


def test_a_hold_by_one_person_denies_within_two_seconds_and_is_lifted_by_another(house: House, order: str) -> None:
    body = house.search_body(instrument=order)
    assert house.api().post("/v1/searches", body).status == 200
    one = house.api("admin-1")
    placed = one.post("/v1/policies/holds", {"agency": "lakeport-pd", "reason": "a complaint is looked into"})
    assert placed.status == 201, placed.document
    (told,) = [one for one in house.api().get("/v1/policies/holds").document["items"] if one["in_force"]]
    assert "reason" not in told
    others = house.api("trial").get("/v1/policies/holds").document["items"]
    assert placed.document["id"] not in {one["id"] for one in others}
    denied = house.api().post("/v1/searches", body)
    assert denied.status == 403
    assert "POLICY_HOLD" in denied.codes
    assert (one.post(f"/v1/policies/holds/{placed.document['id']}/lift", {"reason": "over"})).code == "SAME_DECIDER"
    lifted = house.api("admin-2").post(f"/v1/policies/holds/{placed.document['id']}/lift", {"reason": "over"})
    assert lifted.status == 200, lifted.document
    newest = one.get("/v1/policies/revisions?limit=1").document["items"][0]["number"]
    all_workers_hold(one, newest)
    assert house.api().post("/v1/searches", body).status == 200
    assert entries(house, "hold.placed", "hold", placed.document["id"])
    assert entries(house, "hold.lifted", "hold", placed.document["id"])


@pytest.mark.parametrize(
    "body",
    [{}, {"everything": True, "agency": "x"}, {"agency": "x", "hours": 25}, {"user": "x"}, {"agency": "x", "hours": 0}],
)
def test_a_hold_says_what_it_holds_and_for_how_long(house: House, body: dict[str, Any]) -> None:
    refused = house.api("admin-1").post("/v1/policies/holds", {"reason": "x", **body})
    assert (refused.status, refused.code) in {(422, "HOLD_INVALID"), (422, "BODY_INVALID")}


def entries(house: House, kind: str, name: str, value: Any) -> list[dict[str, Any]]:
    def ours() -> list[dict[str, Any]]:
        found = house.api("auditor").get(f"/v1/audit/entries?kind={kind}&order=newest&limit=200").document["items"]
        return [item["entry"] for item in found if item["entry"].get(name) == value]

    return until(ours, "there is an entry")


def rolled_back(house: House, published: Published) -> Written:
    """A draft that goes back: to revision 1 while the loosened rule is live, else to the loosened rule."""
    api = house.api("admin-1")
    made = api.post("/v1/policies/rollback", {"revision": 1, "reason": "composites did harm"})
    if made.code == "DRAFT_EMPTY":
        made = api.post("/v1/policies/rollback", {"revision": published.revision, "reason": "again"})
    assert made.status == 201, made.document
    return Written(house, "admin-1", str(made.document["id"]))


def test_a_rollback_is_reviewed_like_anything_else_and_can_be_set_for_later(
    house: House, order: str, published: Published
) -> None:
    two = house.api("admin-2")
    draft = rolled_back(house, published)
    approve = {"verdict": "approve", "reason": "agreed"}
    impact = draft.act("impact", api=two).document
    approve |= {"impact": impact["digest"], "newly_permitted": impact["impact"]["counts"]["newly_permitted"]}
    assert draft.act("review", approve).code == "SELF_REVIEW"
    assert draft.act("review", approve, api=two).status == 200
    past = draft.act("publish", {"at": "2020-01-01T00:00:00Z"}, api=two)
    assert (past.status, past.code) == (422, "TIME_PAST")
    assert draft.act("publish", {"at": "tomorrow"}, api=two).code == "TIME_MALFORMED"
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 20))
    later = draft.act("publish", {"at": at}, api=two)
    assert (later.status, later.document["state"]) == (202, "approved"), later.document
    until(lambda: two.get(draft.path).document["state"] == "published", "it is published")
    shown = two.get(draft.path).document
    all_workers_hold(two, shown["revision"])
    assert composite(house, order).codes == {"PROBE_SKETCH_PROHIBITED"}


def test_a_draft_by_commands(house: House, tmp_path: Path) -> None:
    """The folder is where one works; what is wrong is told with file, line and what was meant."""

    def run(*words: str, client: str = "admin-1") -> Result:
        return CliRunner().invoke(policy, [*words, "--client", client, "--home", str(house.settings.home)])

    made = json.loads(run("draft", "new", "By hand", "--why", "to be tried", "--json").stdout)
    folder = tmp_path / "work"
    assert run("draft", "pull", made["id"], str(folder)).exit_code == 0
    assert "is not empty" in run("draft", "pull", made["id"], str(folder)).output
    rules = folder / RULES
    rules.write_text(rules.read_text() + '\n_of_the_test if input.agncy.id == "x"\n')
    pushed = run("draft", "push", made["id"], str(folder))
    assert pushed.output.split() == ["wrote", RULES]
    assert "+_of_the_test" in run("draft", "diff", made["id"]).output
    checked = run("check", made["id"])
    assert checked.exit_code == 1
    assert f"{RULES}:" in checked.output
    assert "did you mean `agency`" in checked.output
    refused = run("submit", made["id"])
    assert refused.exit_code == 1
    assert "CHECK_FAILED" in refused.output
    reviewed = run("review", made["id"], "--reject", "--reason", "x", client="admin-2")
    assert "DRAFT_STATE" in reviewed.output
    assert made["id"] in run("draft", "list", "--state", "draft").output
    assert "withdrawn" in run("draft", "withdraw", made["id"], "--reason", "tried").output
    placed = json.loads(run("hold", "place", "--vendor", "nobody", "--reason", "x", "--hours", "1", "--json").stdout)
    assert "in force" in run("hold", "list").output
    assert "lifted by" in run("hold", "lift", placed["id"], "--reason", "x", client="admin-2").output
    assert "live" in run("revisions").output
    target = tmp_path / "revision.tar"
    assert "sha256" in run("bundle", "1", str(target)).output
    assert target.stat().st_size > 100_000


def test_every_revision_can_be_had_by_its_hash(house: House) -> None:
    api = house.api()
    for item in api.get("/v1/policies/revisions").document["items"]:
        assert api.get(f"/v1/policies/revisions/{item['number']}").document["sha256"] == item["sha256"]
    assert api.get(f"/v1/policies/archives/{'0' * 64}").status == 404


def test_a_rejected_draft_stays_on_record(house: House, published: Published) -> None:
    two = house.api("admin-2")
    draft = rolled_back(house, published)
    rejected = draft.act("review", {"verdict": "reject", "reason": "not twice"}, api=two)
    assert (rejected.status, rejected.document["state"]) == (200, "rejected")
    assert draft.act("publish", api=two).code == "DRAFT_STATE"
    assert draft.act("reopen").code == "DRAFT_STATE"
    shown = draft.api.get(draft.path).document
    assert shown["reviews"][0]["reason"] == "not twice"
