"""Run by a Python that has `sigstore`, which is not one of ours: judges a proof with sigstore-python's own routines.

Reads {leaf, index, size, root, hashes, checkpoint} from standard input, binary values in hexadecimal, and prints "ok"
or the refusal.
"""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace

from sigstore._internal.merkle import verify_merkle_inclusion
from sigstore._internal.rekor.checkpoint import SignedCheckpoint
from sigstore.errors import VerificationError

given = json.load(sys.stdin)
proof = SimpleNamespace(
    log_index=given["index"],
    tree_size=given["size"],
    root_hash=bytes.fromhex(given["root"]),
    hashes=[bytes.fromhex(item) for item in given["hashes"]],
)
entry = SimpleNamespace(
    _inner=SimpleNamespace(inclusion_proof=proof, canonicalized_body=given["leaf"].encode()),
)
try:
    read = SignedCheckpoint.from_text(given["checkpoint"])
    if (read.checkpoint.log_size, read.checkpoint.log_hash) != (given["size"], given["root"]):
        raise VerificationError("the checkpoint says another size or root")  # noqa: TRY301  the judge's own refusal
    verify_merkle_inclusion(entry)
except (VerificationError, ValueError) as error:
    sys.stdout.write(f"refused: {str(error)[:80]}\n")
else:
    sys.stdout.write(f"ok {read.checkpoint.origin} {len(read.signed_note.signatures)}\n")
