"""`writgate bench`: what the gateway costs, each part beside its references, measured on this machine.

The benchmarks live with the tests (`tests/benchmarks`), because they hold what the product must not: an engine that
answers at once, and a naive gateway to compare with. They run from a checkout. How often the engine errs is measured
on the deployment's own photographs (`accuracy`), anywhere.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import TYPE_CHECKING, Any, Final

import click

from gateway.cli.accuracy import accuracy
from gateway.cli.checks import ROOT
from gateway.settings import is_setting

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES: Final = ("decision", "audit", "query", "search", "encode", "import", "intake", "token")
# Those that drive servers for a while take its length.
_TIMED: Final = frozenset({"decision", "audit", "query"})
# What the log costs is also what it costs to ask it.
_PARTS: Final = {"audit": ("audit", "query"), "all": NAMES}

_SIZED: Final = {"query": "entries", "search": "templates", "import": "files", "intake": "pictures"}
_MODULES: Final = {"import": "bulk"}  # where the name is none of a module


@click.group()
def bench() -> None:
    """Measure the gateway beside its references, all in the same run, and the engine on known faces."""


def _benchmark(name: str) -> click.Command:
    """The command of one benchmark, or of all of them."""

    @click.command(name, help=f"Measure {'everything' if name == 'all' else name} beside its references.")
    @click.option(
        "--rounds", type=click.IntRange(1, 100), default=5, show_default=True, help="Medians are taken over them."
    )
    @click.option(
        "--seconds", type=click.FloatRange(0.2, 60), default=3.0, show_default=True, help="For each contender."
    )
    @click.option(
        "--entries",
        type=click.IntRange(1000),
        default=None,
        help="Of `query` and `audit`: how many the log has that is asked; 200,000 unless said.",
    )
    @click.option("--templates", type=click.IntRange(1000), default=None, help="Of `search`: a million unless said.")
    @click.option("--files", type=click.IntRange(20), default=None, help="Of `import`, a round: 600 unless said.")
    @click.option("--pictures", type=click.IntRange(100), default=None, help="Of `intake`: 20,000 unless said.")
    @click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
    def measure(*, rounds: int, seconds: float, as_json: bool, **sizes: int | None) -> None:
        if not (ROOT / "tests" / "benchmarks").is_dir():
            raise click.ClickException(
                "The benchmarks are not part of the installed package; run them from a checkout."
            )
        sys.path.insert(0, str(ROOT / "tests"))
        documents = [
            _run(one, rounds=rounds, seconds=seconds, sizes=sizes, as_json=as_json) for one in _PARTS.get(name, (name,))
        ]
        if as_json:
            click.echo(json.dumps(documents if len(documents) > 1 else documents[0], indent=2))

    return measure


for _name in (*NAMES, "all"):
    bench.add_command(_benchmark(_name))
bench.add_command(accuracy)


def _run(name: str, *, rounds: int, seconds: float, sizes: dict[str, int | None], as_json: bool) -> dict[str, Any]:
    # What is measured are homes of its own, and the commands that it runs on them must see no other either.
    for setting in filter(is_setting, list(os.environ)):
        del os.environ[setting]
    measure: Callable[..., Any] = importlib.import_module(f"benchmarks.{_MODULES.get(name, name)}").run
    size = {_SIZED[name]: sizes[_SIZED[name]]} if name in _SIZED and sizes[_SIZED[name]] else {}
    length = {"seconds": seconds} if name in _TIMED else {}
    report = measure(rounds=rounds, **length, **size)
    if not as_json:
        from rich.console import Console  # noqa: PLC0415 - only where a person reads

        Console().print(report.table())
    document: dict[str, Any] = report.document()
    return document
