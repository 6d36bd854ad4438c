"""Processor time by part, from the scheduler's own counters: nanoseconds on a core, waiting not counted.

A part is a set of process trees. Threads are counted one by one, so that a pool of many short-running server processes
is not rounded to the hundredth of a second. A thread that ends between two readings takes its last share with it.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

Reading = dict[tuple[int, int], int]


class Processor:
    """Reads the parts named in `roots`: name to the process at the head of its tree.

    `apart` names programs that are a part of their own wherever they run, such as an OPA server under a web worker.
    """

    def __init__(self, roots: Mapping[str, int], *, apart: Mapping[str, str] | None = None) -> None:
        self._roots = dict(roots)
        self._apart = dict(apart or {})

    def read(self) -> dict[str, Reading]:
        children: dict[int, list[int]] = {}
        names: dict[int, str] = {}
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                with suppress(OSError):
                    stat = (folder / "stat").read_text()
                    name, _, rest = stat.partition("(")[2].rpartition(")")
                    children.setdefault(int(rest.split()[1]), []).append(int(folder.name))
                    names[int(folder.name)] = name
        readings: dict[str, Reading] = {part: {} for part in (*self._roots, *self._apart.values())}
        for part, root in self._roots.items():
            waiting = [(root, part)]
            while waiting:
                process, of = waiting.pop()
                of = self._apart.get(names.get(process, ""), of)
                readings[of].update(_threads(process))
                waiting += [(child, of) for child in children.get(process, [])]
        return readings


def spent(before: Mapping[str, Reading], after: Mapping[str, Reading]) -> dict[str, float]:
    """Seconds of processor time by part between two readings."""
    return {
        part: sum(nanoseconds - before[part].get(thread, 0) for thread, nanoseconds in reading.items()) / 1e9
        for part, reading in after.items()
    }


def _threads(process: int) -> Reading:
    found: Reading = {}
    with suppress(OSError):
        for task in (Path("/proc") / str(process) / "task").iterdir():
            with suppress(OSError):
                found[process, int(task.name)] = int((task / "schedstat").read_text().split()[0])
    return found
