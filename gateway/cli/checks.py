"""What `writgate test` runs before the tests: each check is a program, its arguments, and when it is left out."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import gateway
from gateway.policy.check_runs import COVERAGE

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT: Final = Path(gateway.__path__[0]).parent
_PROGRAMS: Final = Path(sys.executable).parent

# `policies` holds each of these; `data` is a root of its own, so that its folders are the top of OPA's `data`.
_POLICY_FOLDERS: Final = ("policies/decision", "policies/lib", "policies/packs", "policies/data")

_SQUAWK_LEFT_OUT: Final = {
    "require-lock-timeout": "the runner sets it for every migration",
    "require-statement-timeout": "as above",
    "prefer-robust-stmts": "the runner makes each file one transaction, so none is half applied",
    "require-concurrent-index-creation": "indexes are made with their tables, inside that transaction",
    "prefer-bigint-over-int": "a small closed range, such as an HTTP status or a tile's level, is not a row counter",
    "prefer-bigint-over-smallint": "as above",
    "require-concurrent-index-deletion": "as above",
    "ban-drop-function": "a gateway and its database are of one version: what was replaced is gone",
    "ban-create-domain-with-constraint": "the one form of all identifiers is said once, and never changes",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One program that must end with status 0; with `silent`, it must also print nothing.

    `figure` finds in what a passing check printed the one number worth showing.
    """

    name: str
    command: Sequence[str]
    silent: bool = False
    figure: str | None = None


def code_checks() -> Sequence[Check]:
    """Checks of Python and SQL; their programs come with the test dependencies."""
    return (
        Check("ruff check", [_program("ruff"), "check", "gateway", "tests"]),
        Check("ruff format", [_program("ruff"), "format", "--check", "gateway", "tests"]),
        Check("mypy", [_program("mypy")]),
        Check("import-linter", [_program("lint-imports")]),
        Check(
            "squawk",
            [
                _program("squawk"),
                "--assume-in-transaction",
                "--pg-version=15.0",
                f"--exclude={','.join(_SQUAWK_LEFT_OUT)}",
                *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "migrations").glob("*.sql")),
            ],
        ),
    )


def opa_checks(opa: Path) -> Sequence[Check]:
    """Checks and tests of the Rego, by OPA itself."""
    capabilities = "--capabilities=policies/capabilities.json"
    schemas = [f"--schema={folder}" for folder in ("policies/schema",) if (ROOT / folder).is_dir()]
    return (
        Check("opa fmt", [str(opa), "fmt", "--list", *_POLICY_FOLDERS], silent=True),
        Check("opa check", [str(opa), "check", "--strict", capabilities, *schemas, *_POLICY_FOLDERS]),
        # With coverage it names a test that failed, if not its line; a second run for that would take minutes.
        Check(
            "opa test",
            [str(opa), "test", "--timeout=300s", "--coverage", f"--threshold={COVERAGE:g}", *_POLICY_FOLDERS],
            figure=r'"coverage": ([\d.]+)\s*}\s*$',
        ),
    )


def regal_checks(regal: Path) -> Sequence[Check]:
    return (Check("regal", [str(regal), "lint", "policies"]),)


def _program(name: str) -> str:
    return str(_PROGRAMS / name)
