"""How far an import is: a bar where a person looks on, a line now and then where it runs by itself."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, Literal, Self

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from types import TracebackType

EVERY_SECONDS: Final = 10.0


class Shown:
    """On standard error, so that what is printed stays what was asked for."""

    def __init__(self, total: int | None) -> None:
        self._total = total
        self._done = 0
        self._told_at = time.monotonic()
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns, console=console, transient=True) if console.is_terminal else None
        self._task = self._bar.add_task("enrolling", total=total) if self._bar else None

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Literal[False]:
        if self._bar:
            self._bar.stop()
        return False

    def advance(self) -> None:
        self._done += 1
        if self._bar and self._task is not None:
            self._bar.advance(self._task)
        elif time.monotonic() > self._told_at + EVERY_SECONDS:
            self._told_at = time.monotonic()
            click.echo(f"{self._done} of {self._total or 'an unknown number of'} files", err=True)
