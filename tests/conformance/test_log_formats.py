"""What the log publishes is accepted by code that shares nothing with ours, and every corruption of it is refused.

The judges are the Go project's own `golang.org/x/mod/sumdb` (`note`, `tlog` and its tile reader), sigstore-python's
Merkle routine and checkpoint parser, and pymerkle's tree.
"""

from __future__ import annotations

import base64
import itertools
import json
import subprocess
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pymerkle
import pytest

from gateway.audit import queries
from gateway.audit.notes import Checkpoint
from gateway.audit.proofs import Proof, consistency_proof
from gateway.audit.published import published_tile
from gateway.audit.tile_paths import WIDTH, tile_path
from gateway.audit.tiles import TileReader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from audit_house import LogUnderTest

    from gateway.database import Connection

INDEXES = (0, 1, 255, 256, 511, 512, 599, 600, 699)
STEPS = (1, 255, 257, 87, 100)


@pytest.fixture
def published(audit: LogUnderTest, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """What the log publishes of 700 entries under five checkpoints, as the judge reads it."""
    leaves: list[str] = []
    for count in STEPS:
        leaves += [item.leaf for item in audit.write(count)]
        audit.publish()
    with audit.auditor.transaction() as connection:
        queries.see(connection, None)
        write_tiles(connection, tmp_path, len(leaves))
        checkpoints = queries.checkpoints(connection)
        yield {
            "VerifierKey": audit.verifier_key,
            "Inclusions": [
                {"Index": index, "Leaf": leaves[index], "Proof": queries.proof(connection, index)} for index in INDEXES
            ],
            "Consistencies": [
                {"Old": old, "New": new, "Proof": consistency(connection, old, new)}
                for place, old in enumerate(checkpoints)
                for new in checkpoints[place:]
            ],
            "TileFolder": str(tmp_path),
            "Checkpoint": checkpoints[-1],
        }


def consistency(connection: Connection, old: str, new: str) -> list[str]:
    proof = consistency_proof(
        TileReader(connection), old_size=queries.published_size(old), size=queries.published_size(new)
    )
    return [base64.b64encode(item).decode() for item in proof]


def write_tiles(connection: Connection, folder: Path, size: int) -> None:
    level = 0
    while size:
        for index in range(-(-size // WIDTH)):
            width = min(WIDTH, size - index * WIDTH)
            content = published_tile(connection, level=level, index=index, width=width)
            assert content is not None
            name = tile_path(index) + (f".p/{width}" if width < WIDTH else "")
            path = folder / "tile" / str(level) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        size //= WIDTH
        level += 1


def judged(judge: Path, document: dict[str, Any]) -> str:
    done = subprocess.run([str(judge)], input=json.dumps(document), capture_output=True, text=True, check=False)
    assert done.returncode == (0 if done.stdout == "ok\n" else 1), done.stderr
    return done.stdout.strip()


def test_go_accepts_what_is_published_and_refuses_every_corruption_of_it(
    judge: Path, published: dict[str, Any]
) -> None:
    assert judged(judge, published) == "ok"

    def leaf(document: dict[str, Any]) -> None:
        entry = document["Inclusions"][3]
        entry["Leaf"] = entry["Leaf"].replace("search.decision", "search.release")

    def index(document: dict[str, Any]) -> None:
        entry = document["Inclusions"][1]
        entry["Index"], entry["Proof"] = 2, entry["Proof"].replace("index 1\n", "index 2\n")

    def root(document: dict[str, Any]) -> None:
        entry = document["Inclusions"][0]
        head, _, checkpoint = entry["Proof"].partition("\n\n")
        entry["Proof"] = f"{head}\n\n{checkpoint.replace(chr(10) + '700' + chr(10), chr(10) + '701' + chr(10))}"

    def proof(document: dict[str, Any]) -> None:
        document["Consistencies"][1]["Proof"] = document["Consistencies"][2]["Proof"]

    def order(document: dict[str, Any]) -> None:
        pair = document["Consistencies"][1]
        pair["Old"], pair["New"] = pair["New"], pair["Old"]

    def key(document: dict[str, Any]) -> None:
        document["VerifierKey"] = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"

    for corrupt in (leaf, index, root, proof, order, key):
        document = deepcopy(published)
        corrupt(document)
        assert document != published
        assert judged(judge, document) not in {"", "ok"}, corrupt.__name__
    tile = Path(published["TileFolder"]) / "tile" / "0" / "001"
    content = tile.read_bytes()
    tile.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    assert judged(judge, published).startswith("tiles: ")


def test_gos_tile_reader_refuses_each_tile_and_checkpoint_of_which_one_byte_was_changed(
    judge: Path, audit: LogUnderTest, tmp_path: Path
) -> None:
    """Two tiles of leaves, one of them partial, and one above them: 260 entries."""
    audit.write(260)
    audit.publish()
    with audit.auditor.transaction() as connection:
        queries.see(connection, None)
        write_tiles(connection, tmp_path, 260)
        (checkpoint,) = queries.checkpoints(connection)
    document = {
        "VerifierKey": audit.verifier_key, "TileFolder": str(tmp_path), "Checkpoint": checkpoint, "Flipped": True,
    }  # fmt: skip
    assert judged(judge, document) == "ok"
    lenient = checkpoint.replace("\n260\n", "\n0260\n")
    assert judged(judge, document | {"Checkpoint": lenient}) != "ok"


def asked(sigstore: Path, document: dict[str, Any]) -> str:
    script = Path(__file__).parent / "sigstore_judge.py"
    done = subprocess.run(
        [str(sigstore), str(script)], input=json.dumps(document), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_sigstore_accepts_what_is_published_and_refuses_every_corruption_of_it(
    sigstore: Path, published: dict[str, Any]
) -> None:
    origin = published["VerifierKey"].partition("+")[0]
    documents = []
    for item in published["Inclusions"]:
        proof = Proof.parse(item["Proof"])
        size, root = proof.checkpoint.split("\n")[1:3]
        documents.append(
            {
                "leaf": item["Leaf"],
                "index": item["Index"],
                "size": int(size),
                "root": base64.b64decode(root).hex(),
                "hashes": [one.hex() for one in proof.hashes],
                "checkpoint": proof.checkpoint,
            }
        )
    for document in documents[::3]:
        assert asked(sigstore, document) == f"ok {origin} 1"
    sound = documents[3]
    for change in (
        {"leaf": sound["leaf"].replace("search.decision", "search.release")},
        {"index": sound["index"] + 1},
        {"hashes": sound["hashes"][1:]},
        {"hashes": [*sound["hashes"][:-1], bytes(32).hex()]},
        {"root": bytes(32).hex()},
        {"checkpoint": sound["checkpoint"].replace("\n700\n", "\n701\n")},
        {"checkpoint": sound["checkpoint"].partition("\n\n")[0]},
    ):
        assert asked(sigstore, sound | change).startswith("refused"), change.keys()


def test_pymerkle_makes_each_signed_root_of_the_entries_and_of_none_that_were_changed(audit: LogUnderTest) -> None:
    leaves: list[bytes] = []
    for count in STEPS:
        leaves += [item.leaf.encode() for item in audit.write(count)]
        audit.publish()
    with audit.auditor.transaction() as connection:
        signed = [Checkpoint.parse(note.partition("\n\n")[0] + "\n") for note in queries.checkpoints(connection)]
    assert [checkpoint.size for checkpoint in signed] == list(itertools.accumulate(STEPS))
    for checkpoint in signed:
        assert root_of(leaves[: checkpoint.size]) == checkpoint.root
    last = signed[-1].root
    for place in (0, 256, 699):
        assert root_of([*leaves[:place], leaves[place] + b" ", *leaves[place + 1 :]]) != last, "edited"
        assert root_of([*leaves[:place], *leaves[place + 1 :]]) != last, "left out"
        assert root_of([*leaves[:place], b"{}", *leaves[place:]]) != last, "added"
    assert root_of([leaves[1], leaves[0], *leaves[2:]]) != last, "in another order"


def root_of(leaves: list[bytes]) -> bytes:
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    for leaf in leaves:
        tree.append_entry(leaf)
    return bytes(tree.get_root())
