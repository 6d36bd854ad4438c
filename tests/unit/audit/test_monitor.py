"""A monitor believes what continues what it saw, and shouts about everything else."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from bundle_house import receipts_of
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from served_log import served_log

from gateway.audit.alarms import Alarm
from gateway.audit.errors import SignatureInvalid
from gateway.audit.keys import signing_key
from gateway.audit.merkle import node_hash
from gateway.audit.monitor import Monitor
from gateway.audit.notes import Checkpoint, NoteSigner
from gateway.audit.proofs import Proof
from gateway.audit.rotation import rotate
from gateway.outbound import Outbound

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from audit_house import LogUnderTest


@pytest.fixture
def url(audit: LogUnderTest) -> Iterator[str]:
    audit.write(300)
    audit.publish()
    with served_log(audit) as served:
        yield served


class Clock:
    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


def monitor(audit: LogUnderTest, url: str, folder: Path, clock: Clock | None = None) -> Monitor:
    return Monitor(
        url, audit.verifier_key, folder=folder, outbound=Outbound([url.removesuffix("/log")]), clock=clock or Clock()
    )


def alarms(followed: Monitor) -> list[Alarm]:
    return [shout.alarm for shout in followed.look()]


def test_a_log_that_grows_is_followed_also_by_one_that_begins_anew(
    audit: LogUnderTest, url: str, tmp_path: Path
) -> None:
    for count in (1, 255, 400, 1):
        assert alarms(monitor(audit, url, tmp_path)) == []
        audit.write(count)
        audit.publish()
    assert alarms(monitor(audit, url, tmp_path)) == []


def test_silence_is_stale_and_growth_ends_it(audit: LogUnderTest, url: str, tmp_path: Path) -> None:
    clock = Clock()
    followed = monitor(audit, url, tmp_path, clock)
    assert alarms(followed) == []
    clock.ahead = 200.0
    assert alarms(followed) == [Alarm.STALE]
    audit.write(1)
    audit.publish()
    assert alarms(followed) == []


def test_a_receipt_is_watched_over_until_it_is_kept(audit: LogUnderTest, url: str, tmp_path: Path) -> None:
    clock, receipts = Clock(), receipts_of(audit)
    followed = monitor(audit, url, tmp_path, clock)
    (sealed,) = audit.write(1)
    followed.add_receipt(receipts.sign(sealed.leaf_hash, time_ns=sealed.time_ns))
    followed.add_receipt(receipts.sign(bytes(32), time_ns=sealed.time_ns))
    assert alarms(followed) == [], "neither is due"
    audit.publish()
    clock.ahead = 61.0
    assert alarms(followed) == [Alarm.RECEIPT_BROKEN], "one was kept"
    with pytest.raises(SignatureInvalid):
        followed.add_receipt("e30.e30.e30")


def test_a_new_key_is_followed_from_the_old_one(audit: LogUnderTest, url: str, tmp_path: Path) -> None:
    followed = monitor(audit, url, tmp_path)
    assert alarms(followed) == []
    rotate(audit.signer, actor="operator")
    audit.write(1)
    audit.publish()
    assert alarms(followed) == []


def test_a_log_that_does_not_answer_is_told_of(audit: LogUnderTest, tmp_path: Path) -> None:
    with served_log(audit) as url:
        assert alarms(monitor(audit, url, tmp_path)) == [Alarm.UNREACHABLE], "nothing was signed yet"
    assert alarms(monitor(audit, url, tmp_path)) == [Alarm.UNREACHABLE]


@contextmanager
def answering(answers: Mapping[str, str | bytes | int], behind: str = "") -> Iterator[str]:
    """Another server: by the end of the path a body or a status; the rest comes from the log `behind` it."""
    outbound = Outbound([behind.removesuffix("/log")] if behind else [])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            said = next((said for end, said in answers.items() if end in self.path), None)
            if said is None and behind:
                reply = outbound.get(behind.removesuffix("/log") + self.path, seconds=10.0, largest=1 << 20)
                status, body = reply.status, reply.body
            else:
                said = said.encode() if isinstance(said, str) else said
                status, body = (200, said) if isinstance(said, bytes) else (said or 404, b"")
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/log"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def forked(audit: LogUnderTest, size: int, root: bytes = b"f" * 32) -> str:
    """A checkpoint of another tree, signed by the log's key."""
    signer = NoteSigner(audit.settings.log_origin, signing_key(audit.settings.keys))
    return signer.sign(str(Checkpoint(audit.settings.log_origin, size, root)))


def comparing(audit: LogUnderTest, url: str, other: str, folder: Path, clock: Clock | None = None) -> Monitor:
    allowed = [one.removesuffix("/log") for one in (url, other)]
    return Monitor(
        url, audit.verifier_key, folder=folder, outbound=Outbound(allowed), others=(f"{other}/checkpoint",),
        stale_seconds=10**6, clock=clock or Clock(),
    )  # fmt: skip


def evidence(folder: Path) -> list[str]:
    return [path.read_text() for path in folder.glob("evidence-*")]


def kept(folder: Path) -> int:
    return len(list(folder.glob("*.kept")))


def shown(url: str) -> str:
    """The log's checkpoint."""
    return Outbound([url.removesuffix("/log")]).get(f"{url}/checkpoint").body.decode()


def test_a_fork_that_is_smaller_is_a_split_view(audit: LogUnderTest, url: str, tmp_path: Path) -> None:
    with answering({"checkpoint": forked(audit, 295)}) as other:
        assert alarms(comparing(audit, url, other, tmp_path)) == [Alarm.SPLIT_VIEW]
    assert evidence(tmp_path) == [forked(audit, 295)]


def test_a_fork_that_is_larger_is_a_split_view_once_its_size_is_reached(
    audit: LogUnderTest, url: str, tmp_path: Path
) -> None:
    with answering({"checkpoint": forked(audit, 305)}) as other:
        assert alarms(comparing(audit, url, other, tmp_path)) == []
        audit.write(10)
        audit.publish()
        assert Alarm.SPLIT_VIEW in alarms(comparing(audit, url, other, tmp_path))
    assert evidence(tmp_path) == [forked(audit, 305)]


def test_a_larger_view_that_is_never_reached_is_a_split_view(audit: LogUnderTest, url: str, tmp_path: Path) -> None:
    clock = Clock()
    with answering({"checkpoint": forked(audit, 305)}) as other:
        assert alarms(comparing(audit, url, other, tmp_path, clock)) == []
        clock.ahead = 61.0
        assert alarms(comparing(audit, url, other, tmp_path, clock)) == [Alarm.SPLIT_VIEW]


def test_another_view_that_answers_otherwise_is_told_of(audit: LogUnderTest, url: str, tmp_path: Path) -> None:
    with answering({}) as other:
        assert alarms(comparing(audit, url, other, tmp_path)) == [Alarm.UNREACHABLE]


@pytest.mark.parametrize("said", [404, "cut off"], ids=["withheld", "cut off"])
def test_a_view_whose_tiles_do_not_come_whole_is_kept(
    audit: LogUnderTest, url: str, tmp_path: Path, said: str | int
) -> None:
    with answering({"checkpoint": forked(audit, 295)}) as other, answering({"tile": said}, url) as withholding:
        assert alarms(comparing(audit, withholding, other, tmp_path)) == [Alarm.UNREACHABLE]
    assert evidence(tmp_path) == [forked(audit, 295)]


@pytest.mark.parametrize("said", ["no proof", 404, 500], ids=["bad proof", "404", "500"])
def test_after_its_time_anything_but_a_proof_breaks_a_receipt(
    audit: LogUnderTest, url: str, tmp_path: Path, said: str | int
) -> None:
    clock, (sealed,) = Clock(), audit.write(1)
    with answering({"receipts": said}, url) as lying:
        followed = monitor(audit, lying, tmp_path, clock)
        followed.add_receipt(receipts_of(audit).sign(sealed.leaf_hash, time_ns=sealed.time_ns))
        assert Alarm.RECEIPT_BROKEN not in alarms(followed)
        clock.ahead = 61.0
        assert alarms(followed) == [Alarm.RECEIPT_BROKEN]


def test_neither_a_dead_connection_nor_another_key_silences_a_receipt(
    audit: LogUnderTest, url: str, tmp_path: Path
) -> None:
    clock, (sealed,) = Clock(), audit.write(1)
    answers: dict[str, str | int] = {"receipts": 404}
    with answering(answers, url) as lying:
        followed = monitor(audit, lying, tmp_path, clock)
        followed.add_receipt(receipts_of(audit).sign(sealed.leaf_hash, time_ns=sealed.time_ns))
        assert alarms(followed) == []
        clock.ahead = 61.0
        answers["keys"] = '{"keys": [], "receipt_keys": []}'
        assert alarms(followed) == [Alarm.RECEIPT_BROKEN]
    assert alarms(followed) == [Alarm.UNREACHABLE, Alarm.RECEIPT_BROKEN]


def test_a_receipt_is_not_kept_in_a_fork(audit: LogUnderTest, url: str, tmp_path: Path) -> None:
    clock, (sealed,) = Clock(), audit.write(1)
    fork = forked(audit, 1, sealed.leaf_hash)
    with answering({"receipts": str(Proof(0, (), fork))}, url) as lying:
        followed = monitor(audit, lying, tmp_path, clock)
        followed.add_receipt(receipts_of(audit).sign(sealed.leaf_hash, time_ns=sealed.time_ns))
        assert alarms(followed) == [Alarm.SPLIT_VIEW]
        clock.ahead = 61.0
        assert alarms(followed) == [Alarm.SPLIT_VIEW, Alarm.RECEIPT_BROKEN]
    assert evidence(tmp_path) == [fork]
    assert kept(tmp_path) == 0


@pytest.fixture
def larger_fork(audit: LogUnderTest) -> tuple[str, Proof]:
    """A receipt, and its proof in a fork of 600 entries."""
    (sealed,) = audit.write(1)
    root = sealed.leaf_hash
    for _ in range(10):
        root = node_hash(root, bytes(32))
    receipt = receipts_of(audit).sign(sealed.leaf_hash, time_ns=sealed.time_ns)
    return receipt, Proof(0, (bytes(32),) * 10, forked(audit, 600, root))


def test_a_larger_fork_that_holds_a_receipt_is_a_split_view_once_its_size_is_reached(
    audit: LogUnderTest, url: str, tmp_path: Path, larger_fork: tuple[str, Proof]
) -> None:
    receipt, proof = larger_fork
    answers: dict[str, str | int] = {"receipts": str(proof)}
    with answering(answers, url) as lying:
        followed = monitor(audit, lying, tmp_path)
        followed.add_receipt(receipt)
        assert alarms(followed) == []
        audit.write(723)
        audit.publish()
        # A tree of 1024 entries is proven to continue one of 300 without this tile, one of 600 with it.
        answers |= {"receipts": 404, "tile/0/002": 404}
        assert alarms(followed) == [Alarm.UNREACHABLE]
        del answers["tile/0/002"]
        assert alarms(followed) == [Alarm.SPLIT_VIEW], "it was not forgotten meanwhile"
    assert evidence(tmp_path) == [proof.checkpoint]
    assert kept(tmp_path) == 0


def test_a_larger_fork_that_holds_a_receipt_and_is_never_reached_is_a_split_view(
    audit: LogUnderTest, url: str, tmp_path: Path, larger_fork: tuple[str, Proof]
) -> None:
    clock, (receipt, proof) = Clock(), larger_fork
    with answering({"receipts": str(proof)}, url) as lying:
        followed = monitor(audit, lying, tmp_path, clock)
        followed.add_receipt(receipt)
        assert alarms(followed) == []
        clock.ahead = 61.0
        assert alarms(followed) == [Alarm.SPLIT_VIEW]
    assert evidence(tmp_path) == [proof.checkpoint]
    assert kept(tmp_path) == 0


def test_a_receipt_in_a_tree_signed_since_the_look_is_kept_at_the_next(
    audit: LogUnderTest, url: str, tmp_path: Path
) -> None:
    clock, (sealed,) = Clock(), audit.write(1)
    answers = {"log/checkpoint": shown(url)}
    audit.publish()
    with answering(answers, url) as served:
        followed = monitor(audit, served, tmp_path, clock)
        followed.add_receipt(receipts_of(audit).sign(sealed.leaf_hash, time_ns=sealed.time_ns))
        clock.ahead = 61.0
        assert alarms(followed) == []
        assert kept(tmp_path) == 0, "the tree that holds it was not seen yet"
        answers.clear()
        assert alarms(followed) == []
        assert kept(tmp_path) == 1


def test_a_checkpoint_that_is_not_utf_8_is_told_of(audit: LogUnderTest, url: str, tmp_path: Path) -> None:
    with answering({"log/checkpoint": b"\xff"}, url) as lying:
        assert alarms(monitor(audit, lying, tmp_path)) == [Alarm.BAD_SIGNATURE]


@pytest.mark.parametrize("transition", [5, [], {}, True, "5", None])
def test_keys_that_no_note_joins_are_told_of(audit: LogUnderTest, url: str, tmp_path: Path, transition: object) -> None:
    other = NoteSigner(audit.settings.log_origin, Ed25519PrivateKey.generate())
    keys = [
        {"verifier_key": audit.verifier_key},
        {"verifier_key": str(other.verifier), "transition": transition},
    ]
    checkpoint = other.sign(str(Checkpoint(audit.settings.log_origin, 300, bytes(32))))
    with answering({"log/checkpoint": checkpoint, "log/keys": json.dumps({"keys": keys})}, url) as lying:
        assert alarms(monitor(audit, lying, tmp_path)) == [Alarm.BAD_SIGNATURE]


def test_a_log_that_denies_its_newer_key_does_not_undo_what_was_seen(
    audit: LogUnderTest, url: str, tmp_path: Path
) -> None:
    before = shown(url)
    rotate(audit.signer, actor="operator")
    audit.write(1)
    audit.publish()
    assert alarms(monitor(audit, url, tmp_path)) == []
    with answering({"log/checkpoint": before, "log/keys": '{"keys": []}'}, url) as lying:
        assert alarms(monitor(audit, lying, tmp_path)) == [Alarm.SHRANK]


def test_a_log_first_seen_in_a_tree_that_only_a_retired_key_signed_is_told_of(
    audit: LogUnderTest, url: str, tmp_path: Path
) -> None:
    """Whoever stole that key can sign it, and nothing was seen before that it would contradict."""
    fork = forked(audit, 295)
    key = str(rotate(audit.signer, actor="operator"))
    with answering({"log/checkpoint": fork}, url) as lying:
        followed = Monitor(lying, key, folder=tmp_path, outbound=Outbound([lying.removesuffix("/log")]))
        assert alarms(followed) == [Alarm.SHRANK]
    assert evidence(tmp_path) == [fork]


def test_a_receipt_is_kept_also_where_a_new_key_took_over_since_the_look(
    audit: LogUnderTest, url: str, tmp_path: Path
) -> None:
    clock, (sealed,) = Clock(), audit.write(1)
    answers = {"log/checkpoint": shown(url)}
    rotate(audit.signer, actor="operator")
    audit.write(1)
    audit.publish()
    with answering(answers, url) as served:
        followed = monitor(audit, served, tmp_path, clock)
        followed.add_receipt(
            receipts_of(audit).sign(sealed.leaf_hash, time_ns=sealed.time_ns),
            key=receipts_of(audit).public_jwk(),
        )
        clock.ahead = 61.0
        assert alarms(followed) == []
        answers.clear()
        assert alarms(followed) == []
        assert kept(tmp_path) == 1


def test_what_was_seen_of_one_log_is_not_compared_with_another(audit: LogUnderTest, url: str, tmp_path: Path) -> None:
    assert alarms(monitor(audit, url, tmp_path)) == []
    other = str(NoteSigner("other.example/log", Ed25519PrivateKey.generate()).verifier)
    with pytest.raises(SignatureInvalid):
        Monitor(url, other, folder=tmp_path, outbound=Outbound([]))
