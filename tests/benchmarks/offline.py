"""Verifying a bundle of a million entries beside the bare hashing of its tree.

The reference hashes the same leaves and nodes, all in memory, and does nothing else. Both are measured in time of the
processor, because on a machine that does other things the clock on the wall measures those.
"""

from __future__ import annotations

import gc
import hashlib
import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit.bundle import FORMAT, Bundle, entry_tile_name, join_entries
from gateway.audit.bundle_export import BundleWriter
from gateway.audit.merkle import CompactRange, leaf_hashes
from gateway.audit.notes import Checkpoint, NoteSigner
from gateway.audit.offline import verify_bundle
from gateway.audit.tile_paths import WIDTH
from gateway.audit.witness import WitnessKey

if TYPE_CHECKING:
    from collections.abc import Iterator

ENTRIES: Final = 1_000_000
ORIGIN: Final = "bench.example/log"
# In nanoseconds; entries come each millisecond.
BEGIN: Final = 1_790_000_000 * 10**9


def measure(*, rounds: int, entries: int = ENTRIES) -> list[dict[str, float]]:
    """Seconds of the processor in each round; the verification is of everything, a witness's cosignature included."""
    with tempfile.TemporaryDirectory() as folder:
        bundle, key = _bundle(Path(folder) / "bundle", entries)
        leaves = [leaf for start in range(0, entries, WIDTH) for leaf in bundle.entries(start)]
        # The collector need not look at what only the reference holds.
        gc.freeze()
        found = []
        for _ in range(rounds):
            started = time.process_time()
            root = _bare(leaves)
            hashed = time.process_time()
            report = verify_bundle(bundle, key)
            verified = time.process_time()
            if not report.ok or report.root != root or report.size != entries:
                raise RuntimeError("the bundle of the benchmark does not verify")
            found.append({"bare_hashing_s": hashed - started, "offline_verify_s": verified - hashed})
        gc.unfreeze()
    return found


def _bare(leaves: list[bytes]) -> bytes:
    """The root, by the shortest loops there are."""
    sha256 = hashlib.sha256
    level = [sha256(b"\x00" + leaf).digest() for leaf in leaves]
    while len(level) > 1:
        pairs = iter(level)
        above = [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=False)]
        level = above if len(level) % 2 == 0 else [*above, level[-1]]
    return level[0]


def _bundle(path: Path, entries: int) -> tuple[Bundle, str]:
    """A bundle of so many entries under one checkpoint, and its log's verifier key."""
    log, witness = (Ed25519PrivateKey.generate() for _ in range(2))
    signer, cosigner = NoteSigner(ORIGIN, log), WitnessKey("bench.example/witness", witness)
    writer, tree = BundleWriter(path), CompactRange()
    for start in range(0, entries, WIDTH):
        leaves = list(_leaves(start, min(entries, start + WIDTH)))
        tree.extend(leaf_hashes(leaves))
        writer.write(entry_tile_name(start // WIDTH, entries), join_entries(leaves))
    text = str(Checkpoint(ORIGIN, entries, tree.root()))
    now = BEGIN // 10**9 + entries // 1000 + 1
    writer.write(f"checkpoints/{entries}", signer.sign(text) + cosigner.cosign(text, now=now))
    writer.write("policy", f"log {signer.verifier}\nwitness one {cosigner.verifier}\nquorum one\n")
    key = str(signer.verifier)
    document = {
        "format": FORMAT, "origin": ORIGIN, "verifier_key": key, "first": 0, "size": entries, "subtrees": [],
        "keys": [{"verifier_key": key, "transition": None}], "receipt_keys": [],
    }  # fmt: skip
    writer.write("log.json", json.dumps(document))
    return Bundle.open(path), key


def _leaves(start: int, end: int) -> Iterator[bytes]:
    """Leaves of the form and length of a decision's."""
    for index in range(start, end):
        digest = hashlib.sha256(b"%d" % index).hexdigest()[:43]
        yield (
            f'{{"_disclosed":2,"_sd":["{digest}","{digest[::-1]}"],"agency":"bench-1",'
            f'"decision_id":"01a20ab0-7c00-7e5f-aa44-{index:012d}","kind":"search.decision",'
            '"operation":"identify_1_to_n","permit":true,"purpose":"locate_missing_person",'
            f'"time":{BEGIN + index * 10**6}}}'
        ).encode()
