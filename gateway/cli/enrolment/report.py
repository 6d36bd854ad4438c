"""What became of every file, and how good what was enrolled is."""

from __future__ import annotations

import csv
import json
import os
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

COLUMNS: Final = ("file", "external_id", "status", "code", "sentence", "remedy", "face_id", "decision_id")
# Of what the gateway measured at an enrolment: what a person can do something about.
MEASURES: Final = ("inter_eye_px", "sharpness", "brightness", "detector_score_thousandths")


@dataclass(slots=True)
class Summary:
    """`quality` is of the enrolled: of each measure the least, the median and the most, and their cautions."""

    files: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    sentences: dict[str, str] = field(default_factory=dict)
    cautions: Counter[str] = field(default_factory=Counter)
    _measured: dict[str, list[int]] = field(default_factory=lambda: {name: [] for name in MEASURES})

    def add(self, line: Mapping[str, Any]) -> None:
        self.files += 1
        self.statuses[line["status"]] += 1
        if line["status"] == "refused":
            self.refused[line["code"]] += 1
            self.sentences.setdefault(line["code"], line["sentence"])
        for quality in line.get("quality", ()):
            self.cautions.update(caution["code"] for caution in quality["warnings"])
            for name in MEASURES:
                self._measured[name].append(quality[name])

    @property
    def complete(self) -> bool:
        """Every file's face is in the gallery."""
        return self.files == self.statuses["enrolled"] + self.statuses["duplicate"]

    def quality(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            name: [min(values), int(median(values)), max(values)] for name, values in self._measured.items() if values
        }
        return found | {"cautions": dict(self.cautions.most_common())} if found else {}

    def document(self) -> dict[str, Any]:
        counted = {status: self.statuses[status] for status in ("enrolled", "duplicate", "waiting")}
        return {"files": self.files, **counted, "refused": dict(self.refused.most_common()), "quality": self.quality()}

    def text(self) -> str:
        lines = [f"{self.statuses['enrolled']} of {self.files} enrolled"]
        lines += [f"{self.statuses['duplicate']} there before"] if self.statuses["duplicate"] else []
        lines += [f"{self.statuses['waiting']} wait for people"] if self.statuses["waiting"] else []
        told = [", ".join(lines)]
        told += [f"  {count} refused, {code}: {self.sentences[code]}" for code, count in self.refused.most_common()]
        for name, value in self.quality().items():
            if name == "cautions":
                told += [f"  {count} enrolled with a caution, {code}" for code, count in value.items()]
            else:
                told.append(f"  {name} of the enrolled: {value[0]} to {value[2]}, median {value[1]}")
        return "\n".join(told)


def write(path: Path, lines: Iterable[Mapping[str, Any]]) -> Summary:
    """Writes the report whole or not at all, one line a file: CSV where `path` ends so, else JSON lines."""
    summary = Summary()
    with tempfile.NamedTemporaryFile(
        "w",
        dir=path.parent,
        prefix=f".{path.name}.",
        newline="",
        errors="backslashreplace",
        encoding="utf-8",
        delete=False,
    ) as draft:
        try:
            table = csv.writer(draft) if path.suffix.lower() == ".csv" else None
            if table:
                table.writerow(COLUMNS)
            for line in lines:
                summary.add(line)
                if table:
                    table.writerow([_cell(str(line.get(name) or "")) for name in COLUMNS])
                else:
                    draft.write(json.dumps(line) + "\n")
            draft.flush()
            os.fsync(draft.fileno())
            Path(draft.name).replace(path)
        except BaseException:
            Path(draft.name).unlink()
            raise
    return summary


def _cell(value: str) -> str:
    """A text that a spreadsheet would take for a formula is marked as a text."""
    return f"'{value}" if value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value
