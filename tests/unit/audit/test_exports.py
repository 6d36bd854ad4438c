"""Exports arrive at least once, in their form, tied to the tree, and with nothing that is sealed."""

from __future__ import annotations

import base64
import csv
import hashlib
import http.server
import json
import re
import socket
import socketserver
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from patience import PATIENCE_SECONDS

from gateway.audit import export_parquet, queries
from gateway.audit.entries import Entry
from gateway.audit.export_formats import CSV_HEADER, FORMATS, lines
from gateway.audit.exports import ExportRefused, Exports
from gateway.audit.query_language import QuestionError
from gateway.outbound import Outbound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from audit_house import LogUnderTest

    from gateway.audit.queries import StoredEntry

SECRET = "ruiz"


@pytest.fixture
def filled(audit: LogUnderTest) -> LogUnderTest:
    kinds: tuple[tuple[str, dict[str, Any]], ...] = (
        ("search.decision", {"permit": False, "reasons": ["WARRANT_REQUIRED"], "revision": 3, "decision_id": "d1"}),
        ("search.decision", {"permit": True, "reasons": ["WARRANT_SATISFIED"], "revision": 3, "decision_id": "d2"}),
        ("token.issued", {"scopes": ["audit:read"]}),
        ("agency.written", {"id": "=cmd|x", "version": 2}),
        ("audit.read", {"read": "entries", "count": 5}),
    )
    with audit.web.transaction() as connection:
        for kind, clear in kinds:
            said = {"agency": "lakeport-pd", "client": "lake|port=\\", **clear}
            audit.log.record(connection, Entry(kind, said, {"user": SECRET, "candidates": [SECRET]}))
    audit.publish()
    audit.enlist("admin-1")
    audit.enlist("c", agency="lakeport-pd")
    return audit


def exports(audit: LogUnderTest, *allowed: str, **changes: Any) -> Exports:
    settings = audit.settings.model_copy(update=changes)
    authorities = changes.get("outbound_authorities")
    return Exports(
        database=audit.web,
        auditor=audit.auditor,
        log=audit.log,
        settings=settings,
        outbound=Outbound(allowed, authorities=authorities),
    )


def made(
    running: Exports, url: str, *, name: str = "one", form: str = "jsonl", asked: str = "-kind:audit.exported"
) -> None:
    running.make(name=name, form=form, url=url, asked=asked, by="admin-1", agency=None)


def leaves(audit: LogUnderTest, kind: str) -> list[dict[str, Any]]:
    audit.publish()
    with audit.administrator() as connection:
        found = connection.execute("SELECT leaf FROM audit.entries WHERE kind = %s ORDER BY index", (kind,)).fetchall()
    return [json.loads(row[0]) for row in found]


def told(audit: LogUnderTest) -> list[tuple[str, int, int, int]]:
    """What the log says was given out: export, first and last index, how many."""
    found = leaves(audit, "audit.exported")
    return [(leaf["export"], leaf["first"], leaf["last"], leaf["count"]) for leaf in found]


def written(audit: LogUnderTest, form: str) -> list[str]:
    running = exports(audit)
    asked = "kind:search.decision,token.issued,agency.written,audit.read"
    made(running, f"file:{form}.out", name=form, form=form, asked=asked)
    while running.run_once():
        pass
    return (audit.settings.home / "exports" / f"{form}.out").read_text().splitlines()


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_every_event_carries_index_and_leaf_hash_and_nothing_sealed(filled: LogUnderTest, form: str) -> None:
    found = written(filled, form)
    expected = {"opa": 2, "csv": 6}.get(form, 5)
    assert len(found) == expected
    with filled.administrator() as connection:
        hashes = [bytes(row[0]).hex() for row in connection.execute("SELECT leaf_hash FROM audit.entries ORDER BY 1")]
    shown = [line for line in found if line != CSV_HEADER]
    assert all(any(digest in line for digest in hashes) for line in shown)
    assert SECRET not in "".join(found)
    assert "_sd" not in "".join(shown) or form == "jsonl"


def test_json_lines_prove_themselves(filled: LogUnderTest) -> None:
    for place, line in enumerate(map(json.loads, written(filled, "jsonl"))):
        assert line["index"] == place
        assert hashlib.sha256(b"\0" + line["leaf"].encode()).hexdigest() == line["leaf_hash"]


def test_cloud_events_have_what_the_specification_requires(filled: LogUnderTest) -> None:
    for place, event in enumerate(map(json.loads, written(filled, "cloudevents"))):
        assert event["specversion"] == "1.0"
        assert (event["id"], event["logindex"]) == (str(place), str(place))
        assert event["source"].startswith("//")
        assert event["type"].startswith("writgate.")
        assert all(re.fullmatch(r"[a-z0-9]{1,20}", name) for name in event)


def test_cef_is_escaped(filled: LogUnderTest) -> None:
    first = written(filled, "cef")[0]
    assert first.startswith("CEF:0|Writgate|Writgate|")
    assert first.split("|", 7)[4:7] == ["search.decision", "search.decision", "6"]
    assert "suser=lake|port\\=\\\\ " in first


def test_csv_is_read_back_and_has_no_formula(filled: LogUnderTest) -> None:
    rows = list(csv.DictReader(written(filled, "csv")))
    assert [row["permit"] for row in rows] == ["false", "true", "", "", ""]
    assert rows[0]["index"] == "0"
    assert not any(value.startswith(("=", "+", "-", "@")) for row in rows for value in row.values())


def test_the_cursor_moves_after_the_delivery_and_never_back(filled: LogUnderTest) -> None:
    """A receiver that fails after it took the lines gets them again: at least once."""
    with receiver(fail_first=1) as (url, got):
        running = exports(filled, url)
        made(running, url, asked="kind:search.decision")
        assert running.run_once() == 0
        (export,) = running.all(agency=None)
        assert (export.next_index, export.failures, export.failure) == (0, 1, "the webhook answered with status 500")
        assert running.run_once() == 2
        assert running.run_once() == 0
        assert [len(body.splitlines()) for _, body in got] == [2, 2]
        assert got[0][0]["webhook-id"] == got[1][0]["webhook-id"]
        (export,) = running.all(agency=None)
        assert (export.delivered, export.failure) == (2, None)
    with pytest.raises(psycopg.DatabaseError, match="forward"), filled.web.transaction() as connection:
        connection.execute("UPDATE audit.exports SET next_index = 0")


def test_a_webhook_is_signed_so_that_the_receiver_can_tell(filled: LogUnderTest) -> None:
    with receiver() as (url, got):
        running = exports(filled, url)
        made(running, url, form="cloudevents")
        assert running.run_once() > 0
    headers, body = got[0]
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(running.public_key().removeprefix("whpk_")))
    version, _, signature = headers["webhook-signature"].partition(",")
    assert version == "v1a"
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key.verify(base64.b64decode(signature), signed)


def test_what_tells_of_deliveries_does_not_make_more_of_them(filled: LogUnderTest) -> None:
    running = exports(filled)
    made(running, "file:all.jsonl", asked="")
    rounds = 0
    while running.run_once():
        filled.publish()
        rounds += 1
        assert rounds < 10


def test_each_delivery_is_an_entry_that_names_what_went(filled: LogUnderTest) -> None:
    running = exports(filled)
    made(running, "file:all.jsonl", asked="kind:search.decision")
    assert running.run_once() == 2
    assert told(filled) == [("one", 0, 1, 2)]


def test_an_export_of_an_agency_sends_its_own_entries_alone(filled: LogUnderTest) -> None:
    running = exports(filled)
    filled.enlist("h", agency="hillview-so")
    running.make(name="theirs", form="jsonl", url="file:theirs", asked="", by="h", agency="hillview-so")
    assert running.run_once() == 0
    assert running.all(agency="lakeport-pd") == []
    assert not running.end(name="theirs", by="h", agency="lakeport-pd")
    assert running.end(name="theirs", by="h", agency="hillview-so")
    assert not running.end(name="theirs", by="h", agency="hillview-so")


def test_who_belongs_to_no_agency_ends_any_export_and_the_agency_sees_that(filled: LogUnderTest) -> None:
    running = exports(filled)
    running.make(name="theirs", form="jsonl", url="file:theirs", asked="", by="c", agency="lakeport-pd")
    made(running, "file:ours")
    assert not running.end(name="one", by="c", agency="lakeport-pd")
    assert running.end(name="theirs", by="admin-1", agency=None)
    assert not running.end(name="theirs", by="admin-1", agency=None)
    assert [export.ended_ns is None for export in running.all(agency=None)] == [True, False]
    (ended,) = leaves(filled, "export.ended")
    assert (ended["export"], ended["agency"], ended["client"]) == ("theirs", "lakeport-pd", "admin-1")


@pytest.mark.parametrize(("table", "who"), [("clients", "c"), ("agencies", "lakeport-pd")])
def test_while_who_made_it_or_the_agency_is_suspended_nothing_leaves_and_afterwards_it_goes_on(
    filled: LogUnderTest, table: str, who: str
) -> None:
    def become(status: str) -> None:
        with filled.administrator() as connection:
            connection.execute(f"UPDATE registry.{table} SET status = %s WHERE id = %s", (status, who))

    running = exports(filled)
    asked = "kind:search.decision"
    running.make(name="theirs", form="jsonl", url="file:theirs", asked=asked, by="c", agency="lakeport-pd")
    become("suspended")
    assert running.run_once() == 0
    (export,) = running.all(agency=None)
    assert (export.next_index, export.failure) == (0, "whoever made it, or the agency, is suspended")
    assert not (filled.settings.home / "exports").exists()
    assert leaves(filled, "audit.exported") == []
    become("active")
    assert running.run_once() == 2
    (export,) = running.all(agency=None)
    assert (export.delivered, export.failure) == (2, None)


def test_of_a_maker_whom_nobody_knows_nothing_leaves(filled: LogUnderTest) -> None:
    running = exports(filled)
    running.make(name="theirs", form="jsonl", url="file:theirs", asked="", by="nobody", agency="lakeport-pd")
    assert running.run_once() == 0
    assert not (filled.settings.home / "exports").exists()


@pytest.mark.parametrize("fail_first", [0, 1])
def test_what_left_while_the_export_was_ended_is_on_the_log_and_the_others_go_on(
    filled: LogUnderTest, fail_first: int
) -> None:
    """Whether the receiver took it or said that it did not."""
    ended: list[bool] = []

    def end() -> None:
        ended.append(running.end(name="a", by="admin-1", agency=None))

    with receiver(fail_first=fail_first, meanwhile=end) as (url, got):
        running = exports(filled, url)
        made(running, url, name="a", asked="kind:search.decision")
        made(running, "file:b", name="b", asked="kind:token.issued")
        assert running.run_once() == (1 if fail_first else 3)
        assert running.run_once() == 0
    assert ended == [True]
    assert [len(body.splitlines()) for _, body in got] == [2]
    assert told(filled) == [("a", 0, 1, 2), ("b", 2, 2, 1)]


def test_an_export_that_is_ended_before_its_entries_leave_sends_none(
    filled: LogUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = exports(filled)
    made(running, "file:a", asked="kind:search.decision")

    def ended_meanwhile(entry: StoredEntry, origin: str) -> Any:
        running.end(name="one", by="admin-1", agency=None)
        return line(entry, origin)

    line = FORMATS["jsonl"]
    monkeypatch.setitem(FORMATS, "jsonl", ended_meanwhile)
    assert running.run_once() == 0
    assert not (filled.settings.home / "exports").exists()
    assert told(filled) == []


def test_what_is_tried_again_is_told_once_and_again_with_what_came_to_it(filled: LogUnderTest) -> None:
    with receiver(fail_first=4) as (url, _):
        running = exports(filled, url)
        made(running, url, asked="kind:search.decision,audit.exported")
        for _ in range(3):
            assert running.run_once() == 0
            filled.publish()
        assert told(filled) == [("one", 0, 1, 2)]
        filled.write(1)
        filled.publish()
        assert running.run_once() == 0
        assert running.run_once() == 4
    assert [(name, first) for name, first, *_ in told(filled)] == [("one", 0)] * 2
    with pytest.raises(psycopg.DatabaseError, match="forward"), filled.web.transaction() as connection:
        connection.execute("UPDATE audit.exports SET announced = 1")


@pytest.mark.parametrize(
    ("url", "form", "name"),
    [
        ("file:../keys/log.key", "jsonl", "a"),
        ("file:///etc/passwd", "jsonl", "a"),
        ("file:a/b", "jsonl", "a"),
        ("ftp://127.0.0.1/x", "jsonl", "a"),
        ("https://127.0.0.1:1/x", "jsonl", "a"),
        ("syslog+tcp://127.0.0.1:1", "jsonl", "a"),
        ("http://[", "jsonl", "a"),
        ("file:a", "xml", "a"),
        ("file:a", "jsonl", "A B"),
    ],
)
def test_what_may_not_be_sent_to_is_refused_when_it_is_made(
    filled: LogUnderTest, url: str, form: str, name: str
) -> None:
    with pytest.raises(ExportRefused):
        made(exports(filled), url, form=form, name=name)
    with pytest.raises(QuestionError):
        made(exports(filled), "file:a", asked="colour:red")


HOSTILE = '{"_disclosed":0,"_sd":["x"],"client":[1],"kind":"a.b","permit":true,"reasons":[{}],"revision":{},"time":1}'


def test_a_leaf_that_the_gateway_never_wrote_is_sent_in_every_form(filled: LogUnderTest) -> None:
    """A web process under an attacker's control writes what it likes; exports go on all the same."""
    running = exports(filled)
    for form in sorted(FORMATS):
        made(running, f"file:{form}", name=form, form=form)
    with filled.web.transaction() as connection:
        connection.execute("SELECT audit.append(%s, NULL, '{}', '{}', NULL, NULL, NULL)", (HOSTILE,))
    filled.publish()
    assert running.run_once() > 0
    assert {export.name: export.failure for export in running.all(agency=None)} == dict.fromkeys(FORMATS)
    assert min(export.next_index for export in running.all(agency=None)) >= 6


def test_an_export_that_cannot_be_made_says_so_and_the_others_go_on(
    filled: LogUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = exports(filled)
    made(running, "file:broken", name="broken", form="ecs")
    made(running, "file:sound", name="sound")

    def unmakeable(_entry: object, origin: str) -> str:
        raise KeyError(origin)

    monkeypatch.setitem(FORMATS, "ecs", unmakeable)
    assert running.run_once() == 5
    found = {export.name: (export.failure, export.next_index) for export in running.all(agency=None)}
    assert found["broken"] == ("it could not be made: KeyError", 0)
    assert found["sound"][0] is None
    monkeypatch.undo()
    assert running.run_once() == 5
    assert [export.failure for export in running.all(agency=None)] == [None, None]


def test_a_question_that_is_none_any_more_fails_its_own_export_alone(filled: LogUnderTest) -> None:
    running = exports(filled)
    made(running, "file:broken", name="broken")
    made(running, "file:sound", name="sound")
    with filled.superuser() as connection:
        connection.execute("UPDATE audit.exports SET question = 'colour:red' WHERE name = 'broken'")
    assert running.run_once() == 5
    broken, sound = running.all(agency=None)
    assert (broken.failure, sound.failure) == ("it could not be made: QuestionError", None)


def test_what_nobody_foresaw_does_not_end_the_runner(filled: LogUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    running, stop, rounds = exports(filled), threading.Event(), iter([1, 2])

    def once() -> int:
        if next(rounds) == 2:
            stop.set()
            return 0
        raise RuntimeError("unforeseen")

    monkeypatch.setattr(running, "run_once", once)
    monkeypatch.setattr("gateway.audit.exports.PAUSE_SECONDS", 0.0)
    running.run(stop)
    assert stop.is_set()


def test_a_store_that_is_not_set_up_is_a_failure_of_its_export(
    filled: LogUnderTest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(ExportRefused, match="boto3 is not set up for a store: ProfileNotFound"):
        made(exports(filled), "s3://bucket/logs/")


def test_a_file_that_is_a_link_is_not_written_through(filled: LogUnderTest, tmp_path: Path) -> None:
    folder = filled.settings.home / "exports"
    folder.mkdir()
    (folder / "a").symlink_to(tmp_path / "elsewhere")
    running = exports(filled)
    made(running, "file:a")
    assert running.run_once() == 0
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("scheme", ["syslog+tcp", "syslog+udp"])
def test_syslog_gets_one_message_for_each_entry(filled: LogUnderTest, scheme: str) -> None:
    with syslog(udp=scheme.endswith("udp")) as (port, got, arrived):
        running = exports(filled, f"http://127.0.0.1:{port}")
        made(running, f"{scheme}://127.0.0.1:{port}", form="cef", asked="kind:search.decision")
        assert running.run_once() == 2
        assert arrived.acquire(timeout=PATIENCE_SECONDS)
        if scheme.endswith("udp"):
            assert arrived.acquire(timeout=PATIENCE_SECONDS)
    messages = got if scheme.endswith("udp") else unframed(b"".join(got))
    assert len(messages) == 2
    for message in messages:
        assert re.match(rb"<109>1 \d{4}-\d\d-\d\dT[\d:.]+Z \S+ writgate \d+ one - CEF:0\|", message)


TABLES = (export_parquet.FORMAT,)
PLACES = ("file", "syslog+udp", "syslog+tcp", "webhook", "s3")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("form", [*sorted(FORMATS), *TABLES])
def test_each_form_arrives_whole_at_each_place_that_takes_it(
    filled: LogUnderTest, monkeypatch: pytest.MonkeyPatch, form: str, place: str
) -> None:
    """What arrives is what the form makes of the two decisions; a table goes only where files go."""
    with filled.auditor.transaction() as connection:
        queries.see(connection, None)
        decisions = [entry for entry in queries.entries(connection) if "search.decision" in entry.leaf]
    origin = filled.settings.log_origin
    expected = [] if form in TABLES else lines(decisions, form=form, origin=origin)
    with ExitStack() as running:
        url, allowed, arrived = _place(place, filled, running, monkeypatch, form)
        sending = exports(filled, allowed)
        if form in TABLES and place not in {"file", "s3"}:
            with pytest.raises(ExportRefused, match="Parquet"):
                made(sending, url, form=form)
            return
        made(sending, url, form=form, asked="kind:search.decision")
        assert sending.run_once() == len(decisions) == 2
        got = arrived()
    if form in TABLES:
        assert got == [export_parquet.parquet(decisions, origin=origin)]
    elif place.startswith("syslog"):
        assert [message.partition(b" one - ")[2].decode() for message in got] == expected
    else:
        header = [CSV_HEADER] if form == "csv" else []
        assert b"".join(got).decode() == "".join(f"{line}\n" for line in header + expected)


def _place(
    place: str, audit: LogUnderTest, running: ExitStack, monkeypatch: pytest.MonkeyPatch, form: str
) -> tuple[str, str, Callable[[], list[bytes]]]:
    """A destination of that kind: its address, what must be allowed for it, and what arrived there."""
    if place == "file":
        folder = audit.settings.home / "exports"
        names = ("00000000000000000000.parquet",) if form in TABLES else ()
        return "file:all", "http://127.0.0.1:1", lambda: [(folder.joinpath("all", *names)).read_bytes()]
    if place.startswith("syslog"):
        port, messages, semaphore = running.enter_context(syslog(udp=place.endswith("udp")))

        def arrived() -> list[bytes]:
            for _ in range(2 if place.endswith("udp") else 1):
                assert semaphore.acquire(timeout=PATIENCE_SECONDS)
            return messages if place.endswith("udp") else unframed(b"".join(messages))

        return f"{place}://127.0.0.1:{port}", f"http://127.0.0.1:{port}", arrived
    url, got = running.enter_context(receiver())
    if place == "s3":
        as_a_store(monkeypatch, url)
    return ("s3://bucket/logs/" if place == "s3" else url), url.rstrip("/"), lambda: [body for _, body in got]


def as_a_store(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """boto3 takes the receiver for a store; it signs each body and does not send it in pieces."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL_S3": url.rstrip("/"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
    }.items():
        monkeypatch.setenv(name, value)


def unframed(stream: bytes) -> list[bytes]:
    """RFC 6587: the length in digits, a space, the message."""
    found = []
    while stream:
        length, _, rest = stream.partition(b" ")
        found.append(rest[: int(length)])
        stream = rest[int(length) :]
    return found


def test_a_syslog_server_that_is_away_leaves_the_cursor(filled: LogUnderTest) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        running = exports(filled, f"http://127.0.0.1:{port}")
        made(running, f"syslog+tcp://127.0.0.1:{port}")
        assert running.run_once() == 0
    assert running.all(agency=None)[0].next_index == 0


def test_a_syslog_server_that_answers_without_end_fails_its_own_export_alone(
    filled: LogUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However little at a time, so that no single wait for it is long."""
    monkeypatch.setattr("gateway.audit.export_destinations.SECONDS", 0.5)
    with endless() as port:
        running = exports(filled, f"http://127.0.0.1:{port}")
        made(running, f"syslog+tcp://127.0.0.1:{port}", name="a")
        made(running, "file:b", name="b")
        assert running.run_once() == 5
    endless_one, other = running.all(agency=None)
    assert (endless_one.next_index, endless_one.failure) == (0, "the syslog server did not take it")
    assert other.failure is None


def test_a_store_gets_an_object_named_by_its_first_index(filled: LogUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as (url, got):
        as_a_store(monkeypatch, url)
        running = exports(filled, url.rstrip("/"))
        made(running, "s3://bucket/logs/", asked="kind:token.issued")
        assert running.run_once() == 1
    headers, body = got[0]
    assert headers["path"].endswith("/bucket/logs/one/00000000000000000002.jsonl")
    assert headers["authorization"].startswith("AWS4-HMAC-SHA256 ")
    assert b'"kind\\":\\"token.issued' in body


@contextmanager
def receiver(
    *, fail_first: int = 0, meanwhile: Callable[[], None] = lambda: None
) -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    """An HTTP server on loopback that keeps what it gets, and answers the first requests with 500."""
    got: list[tuple[dict[str, str], bytes]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def _take(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            got.append(({name.lower(): value for name, value in self.headers.items()} | {"path": self.path}, body))
            meanwhile()
            self.send_response(500 if len(got) <= fail_first else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_PUT = _take  # noqa: N815 - the names that http.server calls

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", got
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def endless() -> Iterator[int]:
    """A server that answers one connection until the other side is gone, a little at a time: it is never done."""

    def answer(listening: socket.socket) -> None:
        with suppress(OSError), listening.accept()[0] as connected:
            while True:
                connected.sendall(b".")
                time.sleep(0.01)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=answer, args=(listening,))
        thread.start()
        yield int(listening.getsockname()[1])
        thread.join()


@contextmanager
def syslog(*, udp: bool) -> Iterator[tuple[int, list[bytes], threading.Semaphore]]:
    got: list[bytes] = []
    arrived = threading.Semaphore(0)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            if udp:
                got.append(self.request[0])
            else:
                while block := self.request.recv(65536):
                    got.append(block)
            arrived.release()

    kind = socketserver.UDPServer if udp else socketserver.TCPServer
    with kind(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1], got, arrived
        finally:
            server.shutdown()
            thread.join()
