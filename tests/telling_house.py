"""A gateway whose docket tells people by mail and by webhook, and whose runner is killed while it is at work."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from crash_house import CrashHouse, crash_house
from post_house import Hook, PostOffice, post_office, webhook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Who stands behind every agency's chain of people.
BEHIND: Final = "operator@example.org"


@dataclass(frozen=True)
class Telling:
    """The gateway, and where arrives what it tells."""

    house: CrashHouse
    office: PostOffice
    hook: Hook

    def at_work(self) -> CrashHouse:
        """The gateway, once its runner runs."""
        self.house.ready()
        self.house.pid("docket")
        return self.house


@contextmanager
def telling_house(pictures: dict[str, Path]) -> Iterator[Telling]:
    with post_office() as office, webhook() as hook:
        mail = {"smtp_host": "127.0.0.1", "smtp_port": office.port, "smtp_security": "none", "docket_mail": BEHIND}
        with crash_house(pictures, outbound=(hook.origin,), **mail) as house:
            yield Telling(house, office, hook)
