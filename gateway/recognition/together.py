"""What several threads ask for at the same time, done for all of them at once by one of them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Asked = TypeVar("Asked")
Found = TypeVar("Found")


class Together(Generic[Asked, Found]):
    """At most `at_once` threads work at a time. Whoever comes while they all do waits, and is served with the others.

    Whoever comes before is served at once and alone; nobody waits for company.
    """

    def __init__(self, *, at_once: int, most: int) -> None:
        """No more than `most` are served together."""
        self._most: Final = most
        self._lock = threading.Lock()
        self._free = at_once
        self._waiting: list[_Wish[Asked, Found]] = []

    def ask(self, asked: Asked, work: Callable[[Sequence[Asked]], Sequence[Found]]) -> Found:
        """What the work found for this; it is given all that it is to be done for. The same for all who ask.

        Raises:
            Exception: whatever the work raised, for everybody for whom it was done.
        """
        mine: _Wish[Asked, Found] = _Wish(asked)
        with self._lock:
            if self._free:
                self._free -= 1
                mine.company = [mine]
            else:
                self._waiting.append(mine)
        if not mine.company:
            mine.served.wait()  # or has become the one who serves
        if mine.company:
            self._serve(mine.company, work)
        if mine.failed is not None:
            raise mine.failed
        return mine.found

    def _serve(self, company: list[_Wish[Asked, Found]], work: Callable[[Sequence[Asked]], Sequence[Found]]) -> None:
        try:
            for wish, found in zip(company, work([wish.asked for wish in company]), strict=True):
                wish.found = found
        except BaseException as error:
            for wish in company:
                wish.failed = error
            raise
        finally:
            with self._lock:
                following, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                self._free += not following
            for wish in company[1:]:
                wish.served.set()
            if following:
                following[0].company = following
                following[0].served.set()


@dataclass(slots=True, eq=False)
class _Wish(Generic[Asked, Found]):
    asked: Asked
    found: Found = field(init=False)
    failed: BaseException | None = None
    company: list[_Wish[Asked, Found]] = field(default_factory=list)  # whom this one serves, itself first
    served: threading.Event = field(default_factory=threading.Event)
