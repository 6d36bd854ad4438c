"""`python -m gateway.recognition.accuracy`: how often the engine errs on a labelled folder, and a calibration of that.

Faces are read as those of probes are, by the same workers and through the same gate, so what is measured is what
searches do. Nothing is kept and nothing said of a picture, a person or a template: rates come out, and counts of
refusals by their code. `writgate bench accuracy` runs it in a process of its own, as it does the engine.

It writes lines of JSON to its output: `{read, of}` after each picture, and at the end `{report}` or `{error}`.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import structlog

from gateway import private_files
from gateway.recognition import calibration, error_rates, fitting, labelled
from gateway.recognition.error_rates import CONFIDENCE_PERMILLE, STEP_MICRO, TooFewPeople
from gateway.recognition.images import MAX_BYTES
from gateway.recognition.labelled import LabelsUnusable
from gateway.recognition.refusals import Refused
from gateway.recognition.runtime import Runtime
from gateway.recognition.similarity import thousandths
from gateway.recognition.workers import Workers, WorkersUnavailable
from gateway.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.recognition.error_rates import ErrorRates, Interval, Templates
    from gateway.recognition.labelled import Photograph
    from gateway.recognition.similarity import Scale

FLOORS: Final = (99.9, 99.0, 97.0, 95.0, 92.0, 90.0, 85.0, 80.0, 70.0, 50.0)
METHOD: Final = (
    "Each person counts alike. The intervals are Wilson's, for as many independent trials as the people, not the pairs,"
    " are worth: for false non-matches one a person; for false matches by the jackknife over people (Korn, Graubard),"
    " and with fewer than thirty people in a false match half as many as there are people."
)


def report(
    workers: Workers,
    folder: Path,
    *,
    table: Path | None = None,
    target: Path | None = None,
    told: Callable[[int, int], None] = lambda _read, _of: None,
) -> dict[str, Any]:
    """Error rates by similarity, for all and for each group of the table; `target` is where the calibration is put.

    Raises:
        LabelsUnusable, TooFewPeople, WorkersUnavailable, OSError: as named there.
    """
    people, photographs = labelled.photographs(folder)
    groups = labelled.groups(table, people) if table else {}
    pipeline = workers.pipeline()
    templates, owners, refused = _read_all(workers, photographs, told)
    measured = error_rates.measure(templates, owners)
    content = fitting.calibrate(measured, pipeline=pipeline, photographs=len(owners)).encode()
    fitted = calibration.parse(content, pipeline=pipeline)
    if target:
        private_files.replace(target, content)
    return {
        "benchmark": "accuracy",
        "settings": {"pipeline": pipeline, "gate": "probe", "confidence": CONFIDENCE_PERMILLE / 1000},
        "method": METHOD,
        "calibration": fitted.id,
        "refused": dict(sorted(refused.items())),
        **_section(measured, fitted.scale, photographs=len(owners)),
        "groups": {name: _of_group(templates, owners, members, fitted.scale) for name, members in groups.items()},
    }


def _read_all(
    workers: Workers, photographs: Sequence[Photograph], told: Callable[[int, int], None]
) -> tuple[Templates, list[int], Counter[str]]:
    """Templates and whose they are, and how many pictures were refused, by code."""
    templates, owners, refused = [], [], Counter[str]()
    with ThreadPoolExecutor(max_workers=max(1, len(workers.pids()))) as pool:
        reading = pool.map(lambda photograph: _read(workers, photograph), photographs)
        for done, (photograph, read) in enumerate(zip(photographs, reading, strict=True), start=1):
            if isinstance(read, str):
                refused[read] += 1
            else:
                templates.append(read)
                owners.append(photograph.person)
            told(done, len(photographs))
    return np.array(templates), owners, refused


def _read(workers: Workers, photograph: Photograph) -> Any:
    """The template of a picture's face, or the code for which it is refused."""
    with photograph.path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    try:
        return workers.read(content, gate="probe").template
    except Refused as refused:
        return refused.reason.code


def _of_group(templates: Templates, owners: Sequence[int], members: set[int], scale: Scale) -> dict[str, Any]:
    """People of a group among themselves; without rates where there are too few of them."""
    places = [place for place, owner in enumerate(owners) if owner in members]
    own = [owners[place] for place in places]
    try:
        return _section(error_rates.measure(templates[places], own), scale, photographs=len(own))
    except TooFewPeople:
        return {"people": len(set(own)), "photographs": len(own), "rates": []}


def _section(measured: ErrorRates, scale: Scale, *, photographs: int) -> dict[str, Any]:
    last = len(measured.genuine) - 1
    rates = []
    for floor in FLOORS:
        distance = scale.furthest_micro(thousandths(floor)) or 0
        # Between two steps: no fewer false matches than at the next, no fewer false non-matches than at the last.
        rates.append(
            {
                "similarity": floor,
                "distance": distance / 1_000_000,
                "false_match": _at(measured.false_match, min(last, -(-distance // STEP_MICRO))),
                "false_non_match": _at(measured.false_non_match, min(last, distance // STEP_MICRO)),
            }
        )
    return {
        "people": measured.people,
        "people_of_several_photographs": measured.people_of_several,
        "photographs": photographs,
        "rates": rates,
    }


def _at(interval: Interval, place: int) -> dict[str, float]:
    return {
        "rate": float(interval.rate[place]),
        "lower": float(interval.lower[place]),
        "upper": float(interval.upper[place]),
    }


def main(arguments: Sequence[str]) -> int:
    """`FOLDER [TABLE [CALIBRATION]]`, each of the latter two empty where there is none."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # its output is the report's
    folder, table, target = (*arguments, "", "")[:3]
    settings = Settings()
    try:
        with Workers(settings.encoder_workers, Runtime.of(settings)) as workers:
            found = report(
                workers,
                Path(folder),
                table=Path(table) if table else None,
                target=Path(target) if target else None,
                told=lambda read, of: _say({"read": read, "of": of}),
            )
    except (LabelsUnusable, TooFewPeople, WorkersUnavailable) as error:
        _say({"error": str(error)})
        return 1
    except OSError as error:
        _say({"error": f"a file cannot be read or written: {error.strerror}"})
        return 1
    _say({"report": found})
    return 0


def _say(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
