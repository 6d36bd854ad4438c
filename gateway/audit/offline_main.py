"""Verify a bundle of an audit log offline. Needs Python 3.11 or later and the package `cryptography`, nothing else.

    python verify.py BUNDLE --key VKEY [--policy FILE] [--roots FILE] [--receipt-key FILE] [--json]

The verifier key must come from somebody other than whoever handed over the bundle; so must the policy on witnesses and
the root certificates of the authorities of time, where you have them. Exit 0: nothing failed; 1: a verdict fails; 2:
the bundle cannot be read. A verdict that is "not judged" proves nothing: read why.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cryptography import x509

from gateway.audit.bundle import Bundle
from gateway.audit.errors import AuditError, BundleMalformed
from gateway.audit.offline import verify_bundle
from gateway.audit.witness_policy import WitnessPolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.audit.report import Report

MARKS: Final = {True: "holds", False: "FAILS", None: "not judged"}
_UNUSABLE: Final = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(prog="verify.py", description="Verify a bundle of an audit log offline.")
    parser.add_argument("bundle", type=Path, help="the folder or zip that was handed over")
    parser.add_argument("--key", required=True, metavar="VKEY", help="the log's verifier key, as it was given to you")
    parser.add_argument("--policy", type=Path, help="your own policy on witnesses (tlog-policy)")
    parser.add_argument("--roots", type=Path, help="root certificates of authorities of time that you trust (PEM)")
    parser.add_argument("--receipt-key", type=Path, help="the key of receipts (JWK), if the log vouches for none")
    parser.add_argument("--json", action="store_true", help="print the verdicts as JSON")
    given = parser.parse_args(arguments)
    try:
        report = verify_files(
            given.bundle,
            given.key,
            policy=given.policy,
            roots=given.roots,
            receipt_key=given.receipt_key,
            progress=_progress(sys.stderr.isatty()),
        )
    except (AuditError, OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"{printable(str(error))}\n")
        return _UNUSABLE
    sys.stdout.write(json.dumps(report.document()) + "\n" if given.json else as_text(report))
    return 0 if report.ok else 1


def verify_files(
    path: Path,
    key: str,
    *,
    policy: Path | None,
    roots: Path | None,
    receipt_key: Path | None,
    progress: Callable[[int, int], None],
) -> Report:
    """As `verify_bundle`, from the files that a reader has. Raises AuditError, OSError."""
    return verify_bundle(
        Bundle.open(path),
        key,
        policy=WitnessPolicy.load(policy) if policy else None,
        roots=root_certificates(roots),
        receipt_key=receipt_key_of(receipt_key),
        progress=progress,
    )


def root_certificates(path: Path | None) -> list[x509.Certificate]:
    """Those of a file in PEM; none where there is no file. Raises BundleMalformed, OSError."""
    try:
        return x509.load_pem_x509_certificates(path.read_bytes()) if path else []
    except ValueError:
        raise BundleMalformed("the file of root certificates holds none") from None


def receipt_key_of(path: Path | None) -> dict[str, Any] | None:
    """The JWK in a file, None where there is no file. Raises BundleMalformed, OSError."""
    try:
        found = json.loads(path.read_bytes()) if path else None
    except ValueError:
        found = ()
    if found is not None and not isinstance(found, dict):
        raise BundleMalformed("the file of the receipt key is not a JWK")
    return found


def as_text(report: Report) -> str:
    lines = [f"{verdict.check.value:<13} {MARKS[verdict.ok]:<11} {verdict.sentence}" for verdict in report.verdicts]
    lines += [f"  {receipt.name:<26} {MARKS[receipt.ok]:<11} {receipt.sentence}" for receipt in report.receipts]
    return "\n".join([*map(printable, lines), f"{report.size} entries; root {report.root.hex()}", ""])


def printable(text: str) -> str:
    """What a bundle says in its names can break no line and steer no terminal."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def _progress(shown: bool) -> Callable[[int, int], None]:  # noqa: FBT001  whether a person looks on
    told = [time.monotonic()]

    def tell(done: int, total: int) -> None:
        now = time.monotonic()
        if shown and (now - told[0] > 0.2 or done == total):  # noqa: PLR2004  five times a second
            told[0] = now
            sys.stderr.write(f"\r{done} of {total} entries" + ("\n" if done == total else ""))

    return tell
