"""`python -m gateway.policy.ship`: brings everything that is generated from the Rego up to date. Needs `opa`.

Run it after each change of a rule, an annotation or the vocabulary, and commit what it wrote:

* `policies/data/vocabulary/data.json` from `gateway/vocabulary.py`,
* `policies/decision/dispatch.rego` from the folders of packs, `policies/data/applies/data.json` from `data/packs`,
* `policies/data/rules/data.json` and `policies/shipped/annotations.json` from the METADATA blocks,
* the codes for the lint rule `code-in-vocabulary`, in `policies/.regal`,
* `policies/shipped/policy.wasm`, compiled by OPA with `policies/capabilities.json`.

With `--check` it writes nothing and fails if anything would change; a test does the same.
"""

from __future__ import annotations

import argparse
import io
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway import vocabulary
from gateway.policy import opa_program
from gateway.policy.annotations import AnnotationError, collect, inspect, rules_data
from gateway.policy.dispatch import DISPATCH, applies, dispatch
from gateway.policy.folder import CAPABILITIES, POLICIES, REGO_FOLDERS, rego_files
from gateway.policy.sandbox import ENTRYPOINT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from enum import StrEnum

_WORDS: dict[str, type[StrEnum]] = {
    "purposes": vocabulary.Purpose,
    "prohibited_uses": vocabulary.ProhibitedUse,
    "operations": vocabulary.Operation,
    "modes": vocabulary.Mode,
    "suspicion": vocabulary.Suspicion,
    "probe_kinds": vocabulary.ProbeKind,
    "probe_sources": vocabulary.ProbeSource,
    "result_uses": vocabulary.ResultUse,
    "selected_because_of": vocabulary.SelectedBecauseOf,
    "instrument_types": vocabulary.InstrumentType,
    "instrument_statuses": vocabulary.InstrumentStatus,
    "roles": vocabulary.Role,
    "agency_types": vocabulary.AgencyType,
    "origins": vocabulary.Origin,
}


_LINTED = ".regal/rules/custom/regal/vocabulary.rego"


class ShipError(Exception):
    """Something is not fit to be shipped; the message is what OPA or the annotations say about it."""


def generate(policies: Path = POLICIES, *, opa: Path) -> dict[str, bytes]:
    """Everything generated, by path below `policies`, from what is written there now.

    Raises:
        ShipError: the Rego does not pass `opa check --strict`, an annotation is incomplete, or OPA cannot compile.
    """
    modules = dispatch(path.read_text(encoding="utf-8") for path in rego_files(policies))
    packs = json.loads((policies / "data" / "packs" / "data.json").read_bytes())
    with tempfile.TemporaryDirectory() as folder:
        draft = _copy(policies, Path(folder))
        (draft / DISPATCH).write_bytes(modules)
        folders = [name for name in REGO_FOLDERS if (draft / name).is_dir()]
        try:
            annotations = collect(inspect(draft, opa=opa, paths=folders))
        except AnnotationError as error:
            raise ShipError(str(error)) from error
        check(draft, opa=opa)
        codes = {_LINTED: _linted_codes()} if (policies / ".regal").is_dir() else {}
        return codes | {
            DISPATCH: modules,
            "data/applies/data.json": _pretty(applies(packs)),
            "data/vocabulary/data.json": _pretty(vocabulary_data()),
            "data/rules/data.json": _pretty(rules_data(annotations)),
            "shipped/annotations.json": _pretty(annotations),
            "shipped/policy.wasm": compile_wasm(draft, opa=opa),
        }


def vocabulary_data() -> dict[str, Any]:
    """`data.vocabulary`: each closed list under its plural name, `suspicion` from weakest to strongest."""
    words: dict[str, Any] = {name: [word.value for word in words] for name, words in _WORDS.items()}
    words["reasons"] = sorted(vocabulary.REASONS)
    words["obligations"] = {code: effect.value for code, effect in sorted(vocabulary.OBLIGATIONS.items())}
    return words


def _linted_codes() -> bytes:
    """The codes as a module of Regal's, which reads no data."""
    words = ["# METADATA", "# description: Generated from the vocabulary, for the rule code-in-vocabulary"]
    words += ["package custom.regal.vocabulary"]
    for name, codes in (("reasons", vocabulary.REASONS), ("obligations", vocabulary.OBLIGATIONS)):
        words += ["", "# METADATA", f"# description: The codes of {name}", f"{name} := {{"]
        words += [*(f'\t"{code}",' for code in sorted(codes)), "}"]
    return ("\n".join(words) + "\n").encode()


def check(policies: Path, *, opa: Path) -> None:
    """`opa check --strict` of the decision's modules, with only the builtins that the capabilities name.

    Raises:
        ShipError: with OPA's words.
    """
    schema = policies / "schema" / "input.json"
    schemas = ["--schema", str(schema)] if schema.exists() else []
    _opa(opa, ["check", "--strict", "--capabilities", str(CAPABILITIES), *schemas, *_modules(policies)], policies)


def compile_wasm(policies: Path, *, opa: Path) -> bytes:
    """The modules, compiled by OPA to WebAssembly with the one entrypoint. The same input gives the same bytes."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "bundle.tar.gz"
        _opa(
            opa,
            ["build", "--target", "wasm", "--entrypoint", ENTRYPOINT, "--capabilities", str(CAPABILITIES),
             "--output", str(target), *_modules(policies)],
            policies,
        )  # fmt: skip
        with tarfile.open(fileobj=io.BytesIO(target.read_bytes())) as archive:
            module = archive.extractfile("/policy.wasm")
            if module is None:
                raise ShipError("opa build made no policy.wasm")
            return module.read()


def stale(generated: dict[str, bytes], policies: Path = POLICIES) -> list[str]:
    """The generated files that are not as they would be generated now."""
    paths = {name: policies / name for name in generated}
    return [name for name, path in paths.items() if not path.exists() or path.read_bytes() != generated[name]]


def write(generated: dict[str, bytes], policies: Path = POLICIES) -> None:
    for name, content in generated.items():
        (policies / name).parent.mkdir(parents=True, exist_ok=True)
        (policies / name).write_bytes(content)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m gateway.policy.ship", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if anything would change")
    only_check = parser.parse_args(arguments).check
    try:
        generated = generate(opa=opa_program.require())
    except (ShipError, opa_program.OpaMissingError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    changed = stale(generated)
    if not only_check:
        write(generated)
    for name in changed:
        sys.stdout.write(f"{'stale' if only_check else 'wrote'}: policies/{name}\n")
    return 1 if only_check and changed else 0


def _copy(policies: Path, folder: Path) -> Path:
    """What OPA reads of them, so that a module can be tried before it is written."""
    for name in (*REGO_FOLDERS, "schema"):
        if (policies / name).is_dir():
            shutil.copytree(policies / name, folder / name)
    return folder


def _modules(policies: Path) -> Iterable[str]:
    """Relative, so that no path of this machine can end in what is built."""
    return [str(path.relative_to(policies)) for path in rego_files(policies)]


def _opa(opa: Path, arguments: list[str], folder: Path) -> None:
    done = subprocess.run(
        [str(opa), *arguments], cwd=folder, env={}, capture_output=True, check=False, text=True, timeout=120
    )
    if done.returncode:
        raise ShipError(f"opa {arguments[0]}:\n{done.stderr.strip() or done.stdout.strip()}")


def _pretty(value: Any) -> bytes:
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


if __name__ == "__main__":
    raise SystemExit(main())
