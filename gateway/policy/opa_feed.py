"""The live revision as OPA's own services give it: bundles with ETag and long polling, discovery, status.

An agency may point an OPA of its own here and gets the same decisions. The bundle is the published, signed tar, only
compressed; OPA verifies it with the gateway's public key (`policy.pem`), which the agency gets by another way.
(https://www.openpolicyagent.org/docs/latest/management-bundles, -status, -discovery.)
"""

from __future__ import annotations

import gzip
import threading
from typing import TYPE_CHECKING, Any, Final

from gateway.policy import bundle
from gateway.policy.keys import ALGORITHM, KEY_ID, signing_key

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gateway.database import Database
    from gateway.policy.live import LivePolicy
    from gateway.policy.revisions import Revision

BUNDLE: Final = "writgate"
DISCOVERY: Final = "discovery"
LONGEST_WAIT: Final = 30.0
_LEVEL: Final = 6
_LONGEST_WORD: Final = 500


class OpaFeed:
    """`waiters` requests may wait for a new revision at once; more are answered at once, as OPA expects anyway."""

    def __init__(self, *, database: Database, policy: LivePolicy, keys: Path, waiters: int) -> None:
        self._database = database
        self._policy = policy
        self._keys = keys
        self._places = threading.BoundedSemaphore(max(1, waiters))
        self._lock = threading.Lock()
        self._compressed: tuple[str, bytes] = ("", b"")

    def bundle(self, *, known: str | None, wait: float) -> tuple[str, bytes] | None:
        """(entity tag, tar.gz) of the live revision; None where `known` is still its tag after `wait` seconds.

        Raises: LookupError: no revision is live here.
        """
        source = self._live()
        if source.sha256 == known and wait > 0 and self._places.acquire(blocking=False):
            try:
                self._policy.wait_for_change(source.number, timeout=min(wait, LONGEST_WAIT))
            finally:
                self._places.release()
            source = self._live()
        if source.sha256 == known:
            return None
        return source.sha256, self._gzipped(source)

    def discovery(self, *, url: str, labels: Mapping[str, str]) -> tuple[str, bytes]:
        """(entity tag, tar.gz) of a signed bundle whose data is the configuration of an OPA that joins."""
        config = {
            "bundles": {
                BUNDLE: {
                    "service": BUNDLE,
                    "resource": f"bundles/{BUNDLE}",
                    "signing": {"keyid": KEY_ID},
                    "polling": {"min_delay_seconds": 1, "max_delay_seconds": 2, "long_polling_timeout_seconds": 20},
                }
            },
            "default_decision": "/writgate/decision",
            "status": {"service": BUNDLE},
            "labels": dict(labels),
        }
        files = {
            bundle.DATA: bundle.canonical({DISCOVERY: config}),
            bundle.MANIFEST: bundle.canonical({"revision": url, "roots": [DISCOVERY]}),
        }
        tar = bundle.pack(files, key=signing_key(self._keys))
        packed = gzip.compress(tar, _LEVEL, mtime=0)
        return bundle.digest(tar), packed

    def keep_status(self, client: str, report: Mapping[str, Any]) -> None:
        """The last that an OPA said of itself: which revision it holds, and what it could not do."""
        labels = report.get("labels") if isinstance(report.get("labels"), dict) else {}
        bundles = report.get("bundles") if isinstance(report.get("bundles"), dict) else {}
        ours = bundles.get(BUNDLE) if isinstance(bundles, dict) else None
        ours = ours if isinstance(ours, dict) else {}
        labels = labels if isinstance(labels, dict) else {}
        with self._database.transaction() as connection:
            connection.execute(
                """
                INSERT INTO policy.opa_status (client, instance, revision, fault, opa_version, reported_ns)
                VALUES (%s, %s, %s, %s, %s, ops.now_ns())
                ON CONFLICT (client, instance) DO UPDATE SET revision = excluded.revision, fault = excluded.fault,
                    opa_version = excluded.opa_version, reported_ns = excluded.reported_ns
                """,
                (
                    client, _word(labels.get("id")) or "unnamed", _word(ours.get("active_revision")),
                    _word(ours.get("message")), _word(labels.get("version")),
                ),
            )  # fmt: skip

    def statuses(self, client: str | None) -> list[dict[str, Any]]:
        """What OPAs reported last, of one client or of all, the newest first."""
        with self._database.transaction() as connection:
            rows = connection.execute(
                "SELECT client, instance, revision, fault, opa_version, reported_ns FROM policy.opa_status"
                " WHERE %(client)s::text IS NULL OR client = %(client)s ORDER BY reported_ns DESC LIMIT 200",
                {"client": client},
            ).fetchall()
        return [
            {
                "client": row[0], "instance": row[1], "revision": row[2], "fault": row[3], "opa_version": row[4],
                "reported_ns": row[5],
            }
            for row in rows
        ]  # fmt: skip

    def boot(self, url: str) -> dict[str, Any]:
        """The configuration with which an OPA begins; the token and the key are its operator's to add."""
        return {
            "services": {BUNDLE: {"url": f"{url}/v1/opa", "response_header_timeout_seconds": 60}},
            "keys": {KEY_ID: {"algorithm": ALGORITHM}},
            "discovery": {
                "service": BUNDLE, "resource": f"bundles/{DISCOVERY}", "decision": DISCOVERY,
                "signing": {"keyid": KEY_ID},
            },
        }  # fmt: skip

    def _live(self) -> Revision:
        source = self._policy.current().source
        if source is None:
            raise LookupError("no revision is live")
        return source

    def _gzipped(self, source: Revision) -> bytes:
        with self._lock:
            if self._compressed[0] != source.sha256:
                self._compressed = (source.sha256, gzip.compress(source.tar, _LEVEL, mtime=0))
            return self._compressed[1]


def _word(value: Any) -> str | None:
    return value.replace("\0", "")[:_LONGEST_WORD] if isinstance(value, str) else None
