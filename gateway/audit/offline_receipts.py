"""The promises in a bundle, and what became of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.audit.errors import SignatureInvalid
from gateway.audit.receipt_keys import verify_promise, vouched
from gateway.audit.report import ReceiptVerdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from gateway.audit.bundle import Bundle
    from gateway.audit.keyring import Keyring
    from gateway.audit.promises import Receipt


@dataclass(slots=True)
class Promises:
    """Receipts that a key of the log's receipts signed, and where their leaves were met."""

    receipts: dict[str, Receipt] = field(default_factory=dict)
    verdicts: list[ReceiptVerdict] = field(default_factory=list)
    places: dict[bytes, int] = field(default_factory=dict)
    wanted: frozenset[bytes] = frozenset()

    @classmethod
    def read(cls, bundle: Bundle, keyring: Keyring, given: Mapping[str, Any] | None = None) -> Promises:
        """Those of a bundle; one that fails has its verdict already.

        They must be signed by a key that the log's key vouches for, or by the one that the reader was `given`.
        """
        found = cls()
        keys = vouched(bundle.receipt_keys, keyring) if given is None else [given]
        for name in bundle.files.names("receipts"):
            text = (bundle.files.text(f"receipts/{name}") or "").strip()
            try:
                receipt, _ = verify_promise(text, keys)
            except SignatureInvalid as error:
                found.verdicts.append(ReceiptVerdict(name, ok=False, sentence=f"{str(error).capitalize()}."))
                continue
            if receipt.origin != keyring.origin:
                found.verdicts.append(ReceiptVerdict(name, ok=False, sentence="The receipt is of another log."))
                continue
            found.receipts[name] = receipt
        found.wanted = frozenset(receipt.leaf_hash for receipt in found.receipts.values())
        return found

    def meet(self, start: int, hashes: Sequence[bytes]) -> None:
        """Leaf hashes as they stand in the tree from index `start` on."""
        if self.wanted and not self.wanted.isdisjoint(hashes):
            self.places |= {item: start + place for place, item in enumerate(hashes) if item in self.wanted}

    def redeem(self, *, covered_from_ns: int | None, covered_to_ns: int) -> list[ReceiptVerdict]:
        """A verdict on each. The entries of the bundle are all that there were between the two times, None where it
        has single entries only.
        """
        for name, receipt in self.receipts.items():
            index = self.places.get(receipt.leaf_hash)
            if index is not None:
                verdict = ReceiptVerdict(name, ok=True, sentence=f"Its leaf stands at {index}.", index=index)
            elif covered_from_ns is None or receipt.time_ns < covered_from_ns:
                verdict = ReceiptVerdict(name, ok=None, sentence="This bundle does not reach back to it.")
            elif receipt.due_ns >= covered_to_ns:
                verdict = ReceiptVerdict(name, ok=None, sentence="It was not due yet where this bundle ends.")
            else:
                verdict = ReceiptVerdict(
                    name, ok=False, sentence="It was not honoured: the log dropped the entry that it promised to keep."
                )
            self.verdicts.append(verdict)
        return self.verdicts
