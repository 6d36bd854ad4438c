"""`writgate test`: every check and every test, one line for each, and an honest end.

Needs the test dependencies, which the launcher installs. Without `opa` the checks of Rego and the tests that need it
are left out, without Chromium those of the pages in a browser, without Node those with clients that others wrote, and
the last line says how many; with CI=true in the environment whatever is missing is a failure.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from gateway.cli import checks
from gateway.policy import opa_program, regal_program

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Tests wait for processes more than they compute. Those of a file share what it starts, so they stay together.
_PARALLEL: Final = ("--numprocesses=auto", "--maxprocesses=4", "--dist=loadfile", "--no-loadscope-reorder")
# Status of pytest: all passed; some failed; anything else means that it could not do its work.
_PYTEST_PASSED: Final = 0


@dataclass(frozen=True, slots=True)
class Tests:
    """What pytest reported."""

    passed: int
    failed: int
    without_opa: int
    without_photographs: int
    without_browser: int
    otherwise_skipped: int

    @classmethod
    def read(cls, report: Path) -> Tests:
        """Read a JUnit report that pytest of this process's child has just written."""
        cases = list(ET.parse(report).getroot().iter("testcase"))  # noqa: S314  our own file
        failed = sum(1 for case in cases if case.find("failure") is not None or case.find("error") is not None)
        reasons = [skip.get("message", "") for case in cases if (skip := case.find("skipped")) is not None]
        opa = sum("opa" in reason for reason in reasons)
        photographs = sum("photograph" in reason for reason in reasons)
        browser = sum("Chromium" in reason for reason in reasons)
        otherwise = len(reasons) - opa - photographs - browser
        return cls(len(cases) - failed - len(reasons), failed, opa, photographs, browser, otherwise)


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("pytest_arguments", nargs=-1, type=click.UNPROCESSED)
def test_command(pytest_arguments: tuple[str, ...]) -> None:
    """Run every check and test of this checkout. Arguments are passed to pytest."""
    strict = os.environ.get("CI") == "true"
    cache = opa_program.cache()
    failures: list[str] = []
    opa = _opa(cache)
    environment = dict(os.environ)
    if opa is not None:
        environment["PATH"] = os.pathsep.join([str(opa.parent), environment.get("PATH", os.defpath)])
    for check in checks.code_checks():
        failures += _run(check, environment)
    if opa is not None:
        for check in checks.opa_checks(opa):
            failures += _run(check, environment)
        regal = regal_program.find(cache) or regal_program.build(cache)
        if regal is not None:
            environment["PATH"] = os.pathsep.join([str(regal.parent), environment["PATH"]])
            failures += [name for check in checks.regal_checks(regal) for name in _run(check, environment)]
        else:
            failures += _missing("regal", strict=strict)
    else:
        failures += _missing("opa", strict=strict)
    tests = _pytest(pytest_arguments, environment)
    if tests is None or tests.failed:
        failures.append("pytest")
    _conclude(failures, tests)
    sys.exit(1 if failures else 0)


def _run(check: checks.Check, environment: Mapping[str, str]) -> Sequence[str]:
    """Run a check and print its line; return its name if it failed."""
    started = time.monotonic()
    done = subprocess.run(
        check.command, cwd=checks.ROOT, env=environment, capture_output=True, text=True, check=False, errors="replace"
    )
    passed = done.returncode == 0 and not (check.silent and done.stdout.strip())
    verdict = click.style("ok", fg="green") if passed else click.style("failed", fg="red")
    figure = re.search(check.figure, done.stdout) if passed and check.figure else None
    shown = f"  {float(figure[1]):.1f} %" if figure else ""
    click.echo(f"{check.name:<14} {verdict}  {time.monotonic() - started:.1f} s{shown}")
    if passed:
        return []
    click.echo(f"{done.stdout}{done.stderr}".rstrip())
    return [check.name]


def _missing(program: str, *, strict: bool) -> Sequence[str]:
    click.echo(f"{program:<14} {'failed' if strict else 'not run'}: {program} is not installed")
    return [program] if strict else []


def _pytest(arguments: Sequence[str], environment: Mapping[str, str]) -> Tests | None:
    """Run the tests with their output shown; None if pytest itself could not do its work."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *_PARALLEL, f"--junitxml={report}", *arguments],
            cwd=checks.ROOT,
            env=environment,
            check=False,
        )
        if not report.exists():
            return None
        tests = Tests.read(report)
    return tests if tests.failed or done.returncode == _PYTEST_PASSED else None


def _conclude(failures: Sequence[str], tests: Tests | None) -> None:
    """Print what was not run and, last, the verdict."""
    if tests is not None:
        left_out = [
            f"{number} {'test was' if number == 1 else 'tests were'} not run: {reason}"
            for number, reason in (
                (tests.otherwise_skipped, "see the reasons above"),
                (tests.without_photographs, "the photographs could not be fetched"),
                (tests.without_browser, "Chromium is not installed"),
                (tests.without_opa, "opa is not installed (`writgate opa install`)"),
            )
            if number
        ]
    else:
        left_out = []
    verdict = f"FAILED: {', '.join(failures)}" if failures else "All checks and tests passed"
    counted = f", {tests.passed} tests" if tests is not None and not failures else ""
    click.echo("; ".join([f"{verdict}{counted}", *left_out]) + ".")


def _opa(cache: Path) -> Path | None:
    """The `opa` program, got where Go is installed."""
    try:
        return opa_program.install(cache)
    except opa_program.OpaMissingError:
        return None
