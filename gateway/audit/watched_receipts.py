"""Promises that a monitor watches over until they are kept.

Each is kept in two files: the receipt, and the public key that signed it, for which the log's own key vouched when the
receipt was given. So what the log shows later cannot make a broken promise unreadable.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from gateway import private_files
from gateway.audit.alarms import Alarm, Shout
from gateway.audit.errors import AuditError, SignatureInvalid
from gateway.audit.promises import verify_receipt
from gateway.audit.receipt_keys import verify_promise
from gateway.outbound import OutboundError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from gateway.audit.followed import FollowedLog, Shown
    from gateway.audit.promises import Receipt


class WatchedReceipts:
    """Those in a folder, of one log."""

    def __init__(self, followed: FollowedLog, folder: Path) -> None:
        self._log = followed
        self._folder = folder

    def add(self, text: str, *, key: Mapping[str, Any] | None = None) -> None:
        """Remembers a promise until it is kept; `key` is the JWK that signed it, where its holder has that from
        elsewhere than the log.

        Raises:
            SignatureInvalid: it is not this log's, or signed by a key that the log's key does not vouch for.
            NoteMalformed, OutboundError: the log does not give its keys.
        """
        name = hashlib.sha256(text.strip().encode()).hexdigest()[:32]
        if not (self._folder / f"{name}.key").exists():
            keys = self._log.receipt_keys() if key is None else [key]
            receipt, signed_by = verify_promise(text.strip(), keys)
            self._require_ours(receipt)
            private_files.replace(self._folder / f"{name}.key", json.dumps(dict(signed_by)).encode())
        private_files.replace(self._folder / f"{name}.receipt", text.strip().encode())

    def look(self, now: float, compare: Callable[[Shown], list[Shout] | None]) -> list[Shout]:
        """One look at each that is not kept yet; `now` in seconds since the epoch.

        A leaf counts as kept in a tree that `compare` has nothing to shout about; None from it means not yet known.
        """
        shouts: list[Shout] = []
        for path in sorted(self._folder.glob("*.receipt")):
            try:
                receipt = self._read(path)
            except (OSError, AuditError, ValueError) as error:
                shouts.append(Shout(Alarm.UNREACHABLE, f"{path.name} cannot be read: {type(error).__name__}."))
                continue
            trouble = ""
            try:
                shown = self._log.shown_with(receipt.leaf_hash)
                if shown is not None:
                    contradictions = compare(shown)
                    if contradictions is None:
                        # In a tree signed since the log was looked at, perhaps: neither kept nor broken yet.
                        continue
                    if not contradictions:
                        path.rename(path.with_suffix(".kept"))
                        continue
                    shouts += contradictions
            except (OutboundError, AuditError, ValueError) as error:
                trouble = type(error).__name__
            # A log that answers with nonsense, or not at all, has not kept its promise either.
            if now * 10**9 > receipt.due_ns:
                sentence = f"Leaf {receipt.leaf_hash.hex()} was promised and is not shown to be in the tree"
                shouts.append(Shout(Alarm.RECEIPT_BROKEN, f"{sentence}; {path.name} proves it. {trouble}".strip()))
            elif trouble:
                shouts.append(Shout(Alarm.UNREACHABLE, f"A receipt cannot be redeemed: {trouble}."))
        return shouts

    def _read(self, path: Path) -> Receipt:
        key = json.loads(path.with_suffix(".key").read_text(encoding="utf-8"))
        receipt = verify_receipt(path.read_text(encoding="utf-8"), key)
        self._require_ours(receipt)
        return receipt

    def _require_ours(self, receipt: Receipt) -> None:
        if receipt.origin != self._log.keys.origin:
            raise SignatureInvalid("the receipt is of another log")
