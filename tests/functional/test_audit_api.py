"""The log over HTTP and on the command line, on a running gateway: entries, proofs, receipts, tiles, verification."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, Any

import click
import psycopg
import pytest
from click.testing import CliRunner
from patience import PATIENCE_SECONDS, until

from gateway.audit.merkle import CompactRange
from gateway.audit.notes import Verifier, open_checkpoint
from gateway.audit.promises import verify_receipt
from gateway.audit.proofs import verify_proof
from gateway.audit.tile_paths import tile_path
from gateway.audit.tiles import split_hashes
from gateway.cli.audit import audit
from gateway.cli.init import verifier_key
from gateway.postgres.deployment import DatabaseRole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway_house import House

pytestmark = pytest.mark.photographs


def fetch(house: House, path: str) -> tuple[int, bytes, dict[str, str]]:
    """A GET as anybody may make it."""
    try:
        with urllib.request.urlopen(house.url + path, timeout=PATIENCE_SECONDS) as answer:
            return answer.status, answer.read(), {name.title(): value for name, value in answer.headers.items()}
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), {}


def redeemed(house: House, leaf: str) -> str:
    """The proof that a receipt's leaf is redeemed for; it is promised within a minute and comes in a second or two."""

    def proof() -> str | None:
        status, body, _ = fetch(house, f"/v1/audit/receipts/{leaf}")
        assert status in {200, 202}
        return body.decode() if status == 200 else None

    return until(proof, "the receipt is honoured")


def entries(house: House, client: str = "auditor", query: str = "") -> dict[str, Any]:
    answer = house.api(client).get(f"/v1/audit/entries{query}")
    assert answer.status == 200, answer.document
    return answer.document


def test_a_receipt_is_redeemed_for_a_proof_that_verifies(house: House) -> None:
    answer = house.api().post("/v1/searches", house.search_body(instrument=house.order()))
    assert answer.status == 200, answer.document
    _, key, _ = fetch(house, "/log/receipt_key")
    receipt = verify_receipt(answer.document["receipt"], json.loads(key))
    proof = redeemed(house, receipt.leaf_hash.hex())
    proven = verify_proof(proof, receipt.leaf_hash, verifier_key(house.settings))
    shown = house.api("auditor").get(f"/v1/audit/entries/{proven.index}").document
    assert shown["leaf_hash"] == receipt.leaf_hash.hex()
    verify_proof(proof, shown["leaf"], verifier_key(house.settings))


def test_an_unknown_receipt_and_a_malformed_one_are_told_apart(house: House) -> None:
    assert fetch(house, f"/v1/audit/receipts/{'0' * 64}")[0] == 404
    assert fetch(house, "/v1/audit/receipts/abc")[0] == 422


def test_an_agency_sees_its_own_entries_and_reading_them_is_an_entry(house: House) -> None:
    newest = entries(house, query="?order=newest&limit=1")["items"][0]["index"]
    page = entries(house, query="?kind=search.decision&agency=lakeport-pd&limit=1")
    assert [item["entry"]["agency"] for item in page["items"]] == ["lakeport-pd"]

    def two() -> list[dict[str, Any]] | None:
        read = entries(house, query=f"?kind=audit.read&cursor={newest}")["items"]
        ours = [item for item in read if item["entry"].get("client") == "auditor"]
        return ours if len(ours) > 1 else None

    reads = until(two, "both reads are entries")
    assert all("question" in item["disclosed"] for item in reads)


def test_pages_follow_each_other(house: House) -> None:
    seen: list[int] = []
    query = "?limit=7&to=" + str(time.time_ns())
    cursor: str | None = ""
    while cursor is not None:
        page = entries(house, query=query + (f"&cursor={cursor}" if cursor else ""))
        seen += [item["index"] for item in page["items"]]
        cursor = page["next_cursor"] if len(seen) < 30 else None
    assert seen == list(range(len(seen)))


@pytest.mark.parametrize(
    "query",
    [
        "?unknown=1",
        "?permit=maybe",
        "?from=yesterday",
        "?from=2026-11-23T10:00:00",
        "?cursor=x",
        "?order=up",
        "?case=7",
    ],
)
def test_a_malformed_question_is_refused(house: House, query: str) -> None:
    answer = house.api("auditor").get(f"/v1/audit/entries{query}")
    assert (answer.status, answer.document["code"]) == (422, "FILTER_INVALID")


def test_without_the_scope_nothing_is_read(house: House) -> None:
    assert house.api("lakeport").get("/v1/audit/entries").status == 403
    assert fetch(house, "/v1/audit/entries")[0] == 401


def test_the_published_tiles_make_the_signed_root(house: House) -> None:
    _, note, _ = fetch(house, "/log/checkpoint")
    checkpoint = open_checkpoint(note.decode(), Verifier.parse(verifier_key(house.settings)))
    tree = CompactRange()
    for index in range(-(-checkpoint.size // 256)):
        width = min(256, checkpoint.size - index * 256)
        status, tile, headers = fetch(house, f"/log/tile/0/{tile_path(index)}" + (f".p/{width}" if width < 256 else ""))
        assert status == 200
        assert "immutable" in headers["Cache-Control"]
        tree.extend(split_hashes(tile))
    assert tree.root() == checkpoint.root
    for path in ("0/999", "0/000.p/0", "0/000.p/256", "0/0", "64/000", "0/x000/000"):
        assert fetch(house, f"/log/tile/{path}")[0] == 404


def test_the_command_line_verifies_and_proves(house: House) -> None:
    home = ["--home", str(house.settings.home), "--json"]
    verified = CliRunner().invoke(audit, ["verify", "--open", *home])
    assert verified.exit_code == 0, verified.output
    assert json.loads(verified.stdout)["ok"]
    proved = CliRunner().invoke(audit, ["prove", "0", *home])
    assert proved.exit_code == 0, proved.output
    document = json.loads(proved.stdout)
    verify_proof(document["proof"], document["leaf"], verifier_key(house.settings))
    assert CliRunner().invoke(audit, ["prove", "999999999", *home]).exit_code == 1


def test_the_log_is_asked_in_words_and_paged_in_both_directions(house: House) -> None:
    text = urllib.parse.quote("kind:client.written,user.written -agency:hillview-so")
    whole = entries(house, query=f"?q={text}&limit=200")["items"]
    assert len(whole) > 4
    assert {item["entry"]["kind"] for item in whole} == {"client.written", "user.written"}
    assert all(item["entry"]["agency"] != "hillview-so" for item in whole)
    first = entries(house, query=f"?q={text}&limit=2")
    assert first["previous_cursor"] is None
    second = entries(house, query=f"?q={text}&limit=2&cursor={first['next_cursor']}")
    assert [item["index"] for item in second["items"]] == [item["index"] for item in whole[2:4]]
    back = entries(house, query=f"?q={text}&limit=2&cursor={second['previous_cursor']}")
    assert back == first


def test_entries_are_counted_told_apart_and_laid_out_in_time(house: House) -> None:
    now = time.time_ns()
    api = house.api("auditor")
    asked = "q=kind:client.written,agency.written"

    def agree() -> bool:
        """Where nothing is integrated between the three, of what was written before."""
        everything = api.get(f"/v1/audit/counts?{asked}").document["count"]
        groups = api.get(f"/v1/audit/counts?{asked}&by=kind").document["groups"]
        laid = api.get(f"/v1/audit/histogram?{asked}&from={now - 10**14}&to={now}&buckets=6").document["buckets"]
        assert set(groups) == {"client.written", "agency.written"}
        assert len(laid) == 6
        return bool(everything == sum(groups.values()) == sum(bucket["count"] for bucket in laid))

    until(agree, "all three agree")


def test_who_searched_a_face_is_told_without_opening_anything(house: House) -> None:
    """By the digest of the file, which is of this test alone: other agencies search the photographs as they are."""
    picture = house.photographs["person_a_2.jpg"].read_bytes() + b"\0"
    probe = hashlib.sha256(picture).hexdigest()
    asked = {"image": base64.b64encode(picture).decode(), "source": "cctv_still"}
    answer = house.api().post("/v1/searches", house.search_body(instrument=house.order(), probe=asked))
    assert answer.status == 200, answer.document

    def groups() -> dict[str, int]:
        found = house.api("auditor").get(f"/v1/audit/counts?probe={probe}&by=agency")
        assert found.status == 200
        return dict(found.document["groups"])

    assert set(until(groups, "the search is counted")) == {"lakeport-pd"}


@pytest.mark.parametrize(
    "path",
    [
        "counts?by=colour",
        "counts?q=colour:red",
        "counts?cursor=1",
        "counts?q=%22",
        "histogram",
        "histogram?from=2&to=1",
        "histogram?from=1&to=1000&buckets=0",
        "histogram?from=1&to=1000&buckets=401",
    ],
)
def test_a_malformed_count_is_refused(house: House, path: str) -> None:
    answer = house.api("auditor").get(f"/v1/audit/{path}")
    assert (answer.status, answer.document["code"]) == (422, "FILTER_INVALID")


def test_an_export_runs_in_the_background(house: House) -> None:
    body = {"name": "functional", "format": "ocsf", "destination": "file:functional.ocsf", "q": "kind:client.written"}
    made = house.api("admin-1").post("/v1/audit/exports", body)
    assert made.status == 201, made.document
    assert house.api("admin-1").post("/v1/audit/exports", body).code == "EXPORT_INVALID"
    assert house.api("auditor").get("/v1/audit/exports").status == 403

    def delivered() -> int:
        found = house.api("admin-1").get("/v1/audit/exports").document["items"]
        (export,) = [item for item in found if item["name"] == "functional"]
        return int(export["delivered"])

    number = until(delivered, "something is delivered")
    written = (house.settings.home / "exports" / "functional.ocsf").read_text().splitlines()
    assert len(written) == number
    assert {json.loads(line)["class_uid"] for line in written} == {3004}
    assert house.api("admin-1").delete("/v1/audit/exports/functional").document == {"status": "ended"}
    assert house.api("admin-1").delete("/v1/audit/exports/functional").status == 404


def test_the_public_sees_who_asks_by_which_rules_and_the_head_of_the_log(house: House) -> None:
    status, body, _ = fetch(house, "/transparency")
    assert status == 200
    shown = json.loads(body)
    assert "lakeport-pd" in {agency["id"] for agency in shown["agencies"]}
    assert shown["engines"][0]["vendor"]
    assert {"base", "contract", "us_wa"} <= shown["policy"]["packs"].keys()
    assert all(rule["citation"] for rules in shown["policy"]["packs"].values() for rule in rules)
    assert open_checkpoint(shown["log"]["checkpoint"], Verifier.parse(verifier_key(house.settings))).size > 0
    assert "ruiz" not in body.decode()


def test_a_browser_sees_the_same_facts_without_a_script(house: House) -> None:
    facts = json.loads(fetch(house, "/transparency")[1])
    request = urllib.request.Request(
        house.url + "/transparency", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    )
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["Content-Type"].startswith("text/html")
        assert answer.headers["Vary"] == "Accept"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        page = html.unescape(answer.read().decode())
    lasting = {name: facts[name] for name in ("agencies", "engines", "policy")}
    assert [fact for fact in scalars(lasting) if fact not in page] == []
    assert facts["log"]["origin"] in page
    assert "<script" not in page
    assert "<h1>" in page
    assert page.count("<dt>") == page.count("<dd>") > 20


def scalars(value: Any) -> Iterator[str]:
    """Each fact of a document, as text."""
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from scalars(item)
    elif value is not None:
        yield str(value)


# Each command that opens sealed values, and how; the others, which open none.
OPENING = {
    "verify": ["verify", "--open", "--json"],
    "export": ["export", "{folder}/bundle", "--open", "--json"],
    "disclose": ["disclose", "{index}", "case_number", "--to", "the defence", "--purpose", "discovery"],
    "hold list": ["hold", "list", "--json"],
    "erase list": ["erase", "list", "--json"],
    "prove": ["prove", "0", "--json"],
    "stream list": ["stream", "list"],
}
OPENING_NOTHING = {
    "check-disclosure": "a document that was handed over",
    "hold place": "its own entry",
    "hold lift": "its own entry",
    "erase order": "its own entry",
    "erase approve": "its own entry",
    "erase refuse": "its own entry",
    "generation advance": "its own entry; keys are unwrapped, no value is opened",
    "generation destroy": "its own entry",
    "stream add": "its own entry",
    "stream end": "its own entry",
    "verifier": "a program's text",
    "rotate-key": "its own entry",
    "recover prepare": "hashes",
    "recover approve": "hashes",
    "recover apply": "its own entry",
    "monitor": "hashes, over HTTP",
}


def commands(group: click.Group, above: str = "") -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{above}{name} ")
        else:
            yield above + name


def readings(house: House) -> int:
    with psycopg.connect(house.deployment.conninfo(DatabaseRole.ADMIN)) as connection:
        row = connection.execute(
            "SELECT count(*) FROM (SELECT leaf FROM audit.entries UNION ALL SELECT leaf FROM audit.staging) AS held"
            " WHERE leaf::json ->> 'kind' IN ('audit.read', 'audit.disclosed')"
        ).fetchone()
    assert row is not None
    return int(row[0])


def test_every_command_that_opens_what_is_sealed_leaves_an_entry(house: House, tmp_path: Path) -> None:
    """The commands are walked, so a new one fails here until it says what it opens."""
    assert set(commands(audit)) == OPENING.keys() | OPENING_NOTHING.keys()
    answer = house.api().post("/v1/searches", house.search_body(instrument=house.order()))
    assert answer.status == 200, answer.document
    receipt = answer.document["receipt"].split(".")[1]
    leaf = json.loads(base64.urlsafe_b64decode(receipt + "=" * (-len(receipt) % 4)))["leaf"]
    redeemed(house, leaf)
    decision = entries(house, query=f"?q=decision:{answer.document['decision_id']}%20kind:search.decision")["items"][0]
    for name, arguments in OPENING.items():
        before = readings(house)
        words = [word.format(folder=tmp_path, index=decision["index"]) for word in arguments]
        done = CliRunner().invoke(audit, [*words, "--home", str(house.settings.home)])
        assert done.exit_code == 0, (name, done.output)
        assert readings(house) == before + 1, name
