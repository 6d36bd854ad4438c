"""What a benchmark says: figures, ratios to its references, and the machine and settings that they hold for."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.table import Table

_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Goal:
    """A ratio or a figure that must not be below (`least`) or above (`most`) a value."""

    name: str
    least: float | None = None
    most: float | None = None

    def met(self, value: float) -> bool:
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)

    def text(self) -> str:
        return f"at least {self.least:g}" if self.least is not None else f"at most {self.most:g}"


@dataclass(frozen=True, slots=True)
class Report:
    """Every figure and ratio is the median over `rounds`, in each of which all contenders ran one after the other."""

    benchmark: str
    settings: dict[str, Any]
    figures: dict[str, Any]
    ratios: dict[str, float]
    rounds: int
    goals: Sequence[Goal] = field(default=())

    def document(self) -> dict[str, Any]:
        return {
            "benchmark": self.benchmark,
            "machine": machine(),
            "settings": self.settings,
            "figures": {name: _rounded(value) for name, value in self.figures.items()},
            "ratios": {name: _rounded(value) for name, value in self.ratios.items()},
            "rounds": self.rounds,
            "goals": {goal.name: {"goal": goal.text(), "met": goal.met(self._value(goal))} for goal in self.goals},
        }

    def table(self) -> Table:
        from rich.table import Table  # noqa: PLC0415 - only where a person reads

        table = Table(title=f"{self.benchmark} ({self.rounds} rounds, medians)")
        for column in ("what", "value", "goal", ""):
            table.add_column(column, justify="right" if column == "value" else "left", overflow="fold")
        goals = {goal.name: goal for goal in self.goals}
        for name, value in {**self.figures, **self.ratios}.items():
            goal = goals.get(name)
            verdict = "" if goal is None else ("met" if goal.met(value) else "NOT MET")
            table.add_row(name, f"{_rounded(value)}", goal.text() if goal else "", verdict)
        return table

    def _value(self, goal: Goal) -> float:
        return float({**self.figures, **self.ratios}[goal.name])


def machine() -> dict[str, Any]:
    """What the figures were measured on; `load` is the one-minute load average, which must be read with them."""
    model = next(
        (line.split(":", 1)[1].strip() for line in _lines(Path("/proc/cpuinfo")) if line.startswith("model name")),
        platform.processor(),
    )
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": model,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 1),
    }


def medians(rounds: Iterable[dict[str, float]]) -> dict[str, float]:
    """Each figure's median over the rounds that have it."""
    gathered: dict[str, list[float]] = {}
    for figures in rounds:
        for name, value in figures.items():
            gathered.setdefault(name, []).append(value)
    return {name: median(values) for name, values in gathered.items()}


def paired(rounds: Sequence[dict[str, float]], of: str, to: str) -> float:
    """The median of one figure over another, each pair taken from the same round."""
    return median(figures[of] / figures[to] for figures in rounds)


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def _rounded(value: Any) -> Any:
    if not isinstance(value, float):
        return value
    return float(f"{value:.{_DIGITS}g}")
