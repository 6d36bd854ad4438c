"""What a monitor shouts about."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Alarm(StrEnum):
    """The first four are proof, or the want of it, against the log itself."""

    SPLIT_VIEW = "SPLIT_VIEW"
    SHRANK = "SHRANK"
    BAD_SIGNATURE = "BAD_SIGNATURE"
    RECEIPT_BROKEN = "RECEIPT_BROKEN"
    STALE = "STALE"
    NO_QUORUM = "NO_QUORUM"
    UNREACHABLE = "UNREACHABLE"


@dataclass(frozen=True, slots=True)
class Shout:
    alarm: Alarm
    sentence: str

    def document(self) -> dict[str, str]:
        return {"alarm": self.alarm.value, "sentence": self.sentence}
