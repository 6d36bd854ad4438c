"""A witness cosigns what continues the last that it cosigned, answers everything else by the number that C2SP gives it,
and takes nothing back.
"""

from __future__ import annotations

import base64
import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit.merkle import CompactRange
from gateway.audit.notes import Checkpoint, NoteSigner, Verifier, cosigned_at, open_signed
from gateway.audit.witness import SIZE, WitnessKey, WitnessServer

if TYPE_CHECKING:
    from pathlib import Path

ORIGIN = "log.example/a"
LOG = NoteSigner(ORIGIN, Ed25519PrivateKey.from_private_bytes(bytes([1]) * 32))
THIEF = NoteSigner(ORIGIN, Ed25519PrivateKey.from_private_bytes(bytes([2]) * 32))


def leaf(number: int) -> bytes:
    return hashlib.sha256(b"\0%d" % number).digest()


def tree(size: int, fork: bytes = b"") -> CompactRange:
    found = CompactRange()
    found.extend([leaf(number) for number in range(size - bool(fork))])
    if fork:
        found.append(hashlib.sha256(fork).digest())
    return found


def proof(old: int, new: int) -> list[bytes]:
    """By the RFC's recursion, from all leaves."""

    def part(m: int, start: int, end: int, *, whole: bool) -> list[bytes]:
        if m == end - start:
            return [] if whole else [root(start, end)]
        k = 1 << ((end - start - 1).bit_length() - 1)
        if m <= k:
            return [*part(m, start, start + k, whole=whole), root(start + k, end)]
        return [*part(m - k, start + k, end, whole=False), root(start, start + k)]

    def root(start: int, end: int) -> bytes:
        found = CompactRange()
        found.extend([leaf(number) for number in range(start, end)])
        return found.root()

    return part(old, 0, new, whole=True) if 0 < old < new else []


def note(size: int, *, signer: NoteSigner = LOG, fork: bytes = b"", origin: str = ORIGIN) -> str:
    return signer.sign(str(Checkpoint(origin, size, tree(size, fork).root())))


def request(old: int, checkpoint: str, hashes: list[bytes] | None = None, size: int | None = None) -> bytes:
    given = proof(old, size or 0) if hashes is None and size else hashes or []
    return "\n".join([f"old {old}", *(base64.b64encode(item).decode() for item in given), "", checkpoint]).encode()


@pytest.fixture
def witness(tmp_path: Path) -> WitnessServer:
    return WitnessServer(tmp_path, WitnessKey.of(tmp_path, "w.example/1"), [LOG.verifier], clock=lambda: 1790000000.9)


def advance(witness: WitnessServer, old: int, new: int) -> int:
    return witness.add_checkpoint(request(old, note(new), size=new)).status


def test_it_follows_a_log_that_grows_and_signs_the_time(witness: WitnessServer, tmp_path: Path) -> None:
    assert advance(witness, 0, 3) == 200
    answer = witness.add_checkpoint(request(3, note(7), size=7))
    key = WitnessKey.of(tmp_path, "w.example/1").verifier
    opened = open_signed(note(7) + answer.body, [key, LOG.verifier])
    assert set(opened.signatures) == {key, LOG.verifier}
    assert cosigned_at(opened.signatures[key]) == 1790000000
    latest = witness.latest(hashlib.sha256(ORIGIN.encode()).hexdigest())
    assert latest.status == 200
    assert set(open_signed(latest.body, [key, LOG.verifier]).signatures) == {key, LOG.verifier}


def test_the_same_tree_again_is_cosigned_again(witness: WitnessServer) -> None:
    assert [advance(witness, 0, 3), advance(witness, 3, 3)] == [200, 200]


def test_an_unknown_log_is_404_and_an_unknown_key_403(witness: WitnessServer) -> None:
    other = NoteSigner("log.example/b", Ed25519PrivateKey.from_private_bytes(bytes([1]) * 32))
    assert witness.add_checkpoint(request(0, note(3, signer=other, origin="log.example/b"))).status == 404
    assert witness.add_checkpoint(request(0, note(3, signer=THIEF))).status == 403
    broken = note(3).replace("\n3\n", "\n4\n")
    assert witness.add_checkpoint(request(0, broken)).status == 403
    assert witness.latest(hashlib.sha256(b"log.example/b").hexdigest()).status == 404
    assert witness.latest(hashlib.sha256(ORIGIN.encode()).hexdigest()).status == 404, "nothing was cosigned"


def test_an_old_size_that_is_not_its_own_is_409_with_its_own(witness: WitnessServer) -> None:
    advance(witness, 0, 5)
    for old, new in ((0, 7), (3, 7), (6, 7)):
        answer = witness.add_checkpoint(request(old, note(new), size=new))
        assert (answer.status, answer.body, answer.media_type) == (409, "5\n", SIZE)


def test_an_old_size_larger_than_the_checkpoint_is_400(witness: WitnessServer) -> None:
    advance(witness, 0, 5)
    assert witness.add_checkpoint(request(5, note(4))).status == 400


def test_what_does_not_continue_is_422(witness: WitnessServer) -> None:
    advance(witness, 0, 5)
    for body in (
        request(5, note(8), []),
        request(5, note(8), [*proof(5, 8), bytes(32)]),
        request(5, note(8), proof(5, 8)[:-1]),
        request(5, note(8, fork=b"x"), proof(5, 8)),
        request(5, note(5, fork=b"x")),
        request(5, note(5), [bytes(32)]),
    ):
        assert witness.add_checkpoint(body).status == 422
    assert advance(witness, 5, 8) == 200, "nothing of that was remembered"


def test_a_first_checkpoint_needs_no_proof_and_takes_none(witness: WitnessServer) -> None:
    assert witness.add_checkpoint(request(0, note(3), [bytes(32)])).status == 422
    empty = LOG.sign(str(Checkpoint(ORIGIN, 0, bytes(32))))
    assert witness.add_checkpoint(request(0, empty)).status == 422
    assert advance(witness, 0, 0) == 200
    assert advance(witness, 0, 3) == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 0\n",
        b"old 0",
        b"old 00\n\n" + note(3).encode(),
        b"old -1\n\n" + note(3).encode(),
        b"old x\n\n" + note(3).encode(),
        b"new 0\n\n" + note(3).encode(),
        b"old 0\nAAAA\n\n" + note(3).encode(),
        b"old 0\n!\n\n" + note(3).encode(),
        request(0, note(3), [bytes(32)] * 64),
        b"old 0\n\n" + note(3).encode()[:-1],
        b"old 0\n\n" + note(3).encode() + b"\xff",
        b"old 0\n\n" + note(3).encode() + b"x" * 20000,
        b"old 0\n\n" + LOG.sign(f"{ORIGIN}\nthree\nAAAA\n").encode(),
    ],
)
def test_what_is_no_request_is_400(witness: WitnessServer, body: bytes) -> None:
    assert witness.add_checkpoint(body).status == 400


def test_of_two_forks_at_once_one_is_cosigned(tmp_path: Path) -> None:
    """In the same folder, as two processes would: the lock is the file's, not the object's."""
    first, second = (WitnessServer(tmp_path, WitnessKey.of(tmp_path, "w.example/1"), [LOG.verifier]) for _ in range(2))
    for size in range(1, 40):
        previous = size - 1
        bodies = request(previous, note(size), size=size), request(previous, note(size, fork=b"x"), size=size)
        with ThreadPoolExecutor(2) as threads:
            answers = list(threads.map(lambda server, body: server.add_checkpoint(body), (first, second), bodies))
        statuses = [answer.status for answer in answers]
        assert sorted(statuses) in ([200, 409], [200, 422]), statuses
        if advance(first, size, size) != 200:  # the fork was first: this log is lost to the witness
            return


def test_a_witness_is_not_a_log(tmp_path: Path) -> None:
    key = WitnessKey.of(tmp_path, "w.example/1")
    assert Verifier.parse(str(key.verifier)) == key.verifier
    with pytest.raises(Exception, match="not a log's"):
        WitnessServer(tmp_path, key, [key.verifier])
