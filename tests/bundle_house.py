"""Bundles for tests: taken from a log of the test's own, and verified by the package and by the one file."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from gateway.audit import queries
from gateway.audit.bundle import Bundle
from gateway.audit.bundle_export import BundleWriter, Opening, Wanted, write_bundle
from gateway.audit.notes import Verifier
from gateway.audit.offline import verify_bundle
from gateway.audit.receipts import ReceiptSigner
from gateway.audit.single_file import verifier_source
from gateway.audit.witness_policy import WitnessPolicy
from gateway.enforcement.closed import closed

if TYPE_CHECKING:
    from pathlib import Path

    from audit_house import LogUnderTest

    from gateway.audit.report import Report


def receipts_of(audit: LogUnderTest) -> ReceiptSigner:
    return ReceiptSigner.load(audit.settings.keys, origin=audit.settings.log_origin)


def export(
    audit: LogUnderTest,
    path: Path,
    wanted: Wanted | None = None,
    *,
    policy: WitnessPolicy | None = None,
    receipts: dict[str, str] | None = None,
    opened: bool = False,
) -> Path:
    """The bundle at `path`."""
    writer = BundleWriter(path)
    with audit.auditor.snapshot() as connection:
        queries.see(connection, None)
        history = queries.log_keys(connection, 1)
        write_bundle(
            connection,
            writer,
            wanted or Wanted(),
            origin=audit.settings.log_origin,
            policy=(policy or WitnessPolicy()).with_logs([Verifier.parse(key) for key, _ in history]),
            receipts=receipts,
            opening=Opening(audit.keys, closed) if opened else None,
        )
    writer.close()
    return path


def verify(path: Path, key: str, **given: Any) -> Report:
    return verify_bundle(Bundle.open(path), key, **given)


def verify_alone(path: Path, key: str, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Status and verdicts of the one file, run by a Python that is told of nothing else."""
    script = path.parent / "verify_alone.py"
    script.write_text(verifier_source(), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", str(script), str(path), "--key", key, "--json", *arguments],
        cwd=path.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, document
