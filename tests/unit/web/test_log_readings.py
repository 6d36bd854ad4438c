"""Who reads the log is on the log, and an entry tile is shown whole to whoever may see all of it, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.audit import queries
from gateway.audit.bundle import split_entries
from gateway.audit.entries import Entry
from gateway.audit.merkle import leaf_hash
from gateway.audit.signer import Signer
from gateway.audit.tiles import split_hashes
from gateway.cli.demo.seed import LAKEPORT
from gateway.cli.init import register_client
from gateway.postgres.deployment import DatabaseRole
from gateway.registry.models import Actor
from gateway.vocabulary import EntryKind, Scope

if TYPE_CHECKING:
    from flask import Flask
    from gate_house import GateHouse
    from werkzeug.test import TestResponse

    from gateway.database import Connection

# Each route by which something of the log is read that is not public, how it is asked, and by whom.
READS = {
    "/v1/audit/entries": ("/v1/audit/entries?limit=1", "auditor"),
    "/v1/audit/entries/<int:index>": ("/v1/audit/entries/0", "auditor"),
    "/v1/audit/entries/<int:index>/proof": ("/v1/audit/entries/0/proof", "auditor"),
    "/v1/audit/counts": ("/v1/audit/counts?by=kind", "auditor"),
    "/v1/audit/histogram": ("/v1/audit/histogram?from=2026-11-01&to=2026-12-01", "auditor"),
    "/v1/audit/holds": ("/v1/audit/holds", "admin-1"),
    "/v1/audit/erasures": ("/v1/audit/erasures", "admin-1"),
    "/v1/audit/exports": ("/v1/audit/exports", "admin-1"),
    "/v1/opa/decisions": ("/v1/opa/decisions", "auditor"),
    "/log/tile/entries/<path:place>": ("/log/tile/entries/000", "auditor"),
}
# Public: hashes, for whoever holds a hash.
NOTHING_CLOSED = {"/v1/audit/receipts/<leaf>"}
IMMUTABLE = "max-age=31536000, immutable"


@pytest.fixture(scope="module")
def size(house: GateHouse) -> int:
    """A log of a full tile and a part of one, under a checkpoint; its size."""

    def grow(entries: int) -> int:
        with house.services.database.transaction() as connection:
            for number in range(entries):
                agency = LAKEPORT if number % 2 else "another-pd"
                house.services.log.record(connection, Entry(EntryKind.DRY_RUN, {"agency": agency}))
        return publish(house)

    size = grow(300)
    return size if size % 256 else grow(1)


def publish(house: GateHouse) -> int:
    house.integrate()
    made = Signer.load(house.pool(DatabaseRole.SEQUENCER), house.settings).run_once()
    assert made is not None
    return made.size


def ask(house: GateHouse, path: str, client: str) -> TestResponse:
    return house.browser().get(path, headers={"Authorization": f"Bearer {house.token(client)}"})


def test_every_reading_of_what_is_not_public_is_an_entry(house: GateHouse, app: Flask, size: int) -> None:
    """The URL map is walked, so a new route fails here until it says how it is read, and then wrote that it was."""
    walked = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or set())
        and rule.rule.startswith(("/v1/audit", "/log/tile/entries", "/v1/opa/decis"))
    }
    assert walked == READS.keys() | NOTHING_CLOSED
    assert size > 256
    for path, client in READS.values():
        before = len(house.leaves(kind=EntryKind.ENTRIES_READ, client=client))
        assert ask(house, path, client).status_code == 200, path
        assert len(house.leaves(kind=EntryKind.ENTRIES_READ, client=client)) == before + 1, path


def test_a_decision_that_the_gateway_never_wrote_keeps_no_page_from_being_read(house: GateHouse) -> None:
    lie = '{"_disclosed":0,"_sd":["x"],"kind":"search.decision","time":1}'
    with house.pool(DatabaseRole.WEB).transaction() as connection:
        connection.execute("SELECT audit.append(%s, NULL, '{}', '{}', NULL, NULL, NULL)", (lie,))
    publish(house)
    assert ask(house, "/v1/audit/entries?kind=search.decision", "auditor").status_code == 200
    answer = ask(house, "/v1/opa/decisions", "auditor")
    assert answer.status_code == 200
    assert answer.json is not None
    (shown,) = [item for item in answer.json["items"] if item["decision_id"] is None]
    assert (shown["decision_id"], shown["bundles"], shown["result"]["permit"]) == (None, {}, None)


def test_a_leaf_that_is_integrated_while_it_is_looked_for_is_not_unknown(
    house: GateHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look among the entries and the look at what is staged."""
    with house.services.database.transaction() as connection:
        sealed = house.services.log.record(connection, Entry(EntryKind.DRY_RUN, {"agency": LAKEPORT}))
    among_entries = queries.find_leaf

    def and_then_integrated(connection: Connection, leaf: bytes) -> int | None:
        found = among_entries(connection, leaf)
        house.integrate()
        return found

    monkeypatch.setattr(queries, "find_leaf", and_then_integrated)
    assert house.browser().get(f"/v1/audit/receipts/{sealed.leaf_hash.hex()}").status_code == 202


def bounded(house: GateHouse) -> str:
    """An auditor's client of one agency."""
    name = "lakeport-auditor"
    if not (house.settings.clients / f"{name}.json").exists():
        register_client(
            house.services.registry,
            house.settings,
            name=name,
            agency=LAKEPORT,
            scopes=(Scope.AUDIT_READ,),
            actor=Actor(kind="operator", id="test"),
        )
    return name


def test_an_entry_tile_is_whole_and_may_be_kept_for_ever_by_its_reader_alone(house: GateHouse, size: int) -> None:
    full, width = divmod(size, 256)
    whole = ask(house, "/log/tile/entries/000", "auditor")
    partial = ask(house, f"/log/tile/entries/{full:03}.p/{width}", "auditor")
    assert (whole.status_code, partial.status_code) == (200, 200)
    assert whole.headers["Cache-Control"] == partial.headers["Cache-Control"] == f"private, {IMMUTABLE}"
    leaves = [split_entries(tile.data) for tile in (whole, partial)]
    assert [len(one) for one in leaves] == [256, width]
    for place, held in (("000", leaves[0]), (f"{full:03}.p/{width}", leaves[1])):
        tile = house.browser().get(f"/log/tile/0/{place}")
        assert tile.headers["Cache-Control"] == f"public, {IMMUTABLE}"
        assert split_hashes(tile.data) == [leaf_hash(leaf) for leaf in held]


def test_a_partial_tile_has_only_widths_that_were_signed(house: GateHouse, size: int) -> None:
    with house.services.database.transaction() as connection:
        for _ in range(2):  # so that the width before is that of no checkpoint
            house.services.log.record(connection, Entry(EntryKind.DRY_RUN, {"agency": LAKEPORT}))
    grown = publish(house)
    assert grown > size
    full, width = divmod(grown, 256)
    others = [f"{full:03}.p/{other}" for other in (width - 1, width + 1) if 0 < other < 256]
    for place in (*others, f"{full:03}", "000.p/0", "000.p/256", "0", "-1", "000.p/x"):
        answer = ask(house, f"/log/tile/entries/{place}", "auditor")
        assert answer.status_code == 404, place
        assert "immutable" not in answer.headers.get("Cache-Control", ""), place
        assert house.browser().get(f"/log/tile/0/{place}").status_code == 404, place


def test_an_entry_tile_needs_the_audit_scope(house: GateHouse, size: int) -> None:
    assert size > 256
    assert house.browser().get("/log/tile/entries/000").status_code == 401
    assert ask(house, "/log/tile/entries/000", "clerk").status_code == 403


def test_an_auditor_of_one_agency_is_refused_a_tile_with_entries_of_others(house: GateHouse, size: int) -> None:
    assert size > 256
    refused = ask(house, "/log/tile/entries/000", bounded(house))
    assert refused.status_code == 403
    assert refused.json is not None
    assert refused.json["code"] == "ENTRIES_WITHHELD"
    assert "immutable" not in refused.headers.get("Cache-Control", "")


def test_a_tile_of_nothing_but_the_auditors_own_agency_is_shown(house: GateHouse) -> None:
    start = fill_the_tile(house)
    with house.services.database.transaction() as connection:
        for _ in range(256):
            house.services.log.record(connection, Entry(EntryKind.DRY_RUN, {"agency": LAKEPORT}))
    publish(house)
    shown = ask(house, f"/log/tile/entries/{start // 256:03d}", bounded(house))
    assert shown.status_code == 200
    assert len(split_entries(shown.data)) == 256


def fill_the_tile(house: GateHouse) -> int:
    """The size of the log, filled up to the end of a tile."""
    bounded(house)
    missing = -house.integrate() % 256 or 256
    with house.services.database.transaction() as connection:
        for _ in range(missing):
            house.services.log.record(connection, Entry(EntryKind.DRY_RUN, {"agency": LAKEPORT}))
    return publish(house)
