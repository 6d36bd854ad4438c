"""The offline verifier as one file, put together from the modules of this package that verify.

The same lines run in both, so they cannot drift apart: each module's text is taken as it is, without what joins the
modules. The file needs Python and `cryptography` and can be read from top to bottom by whoever must trust it.
"""

from __future__ import annotations

import ast
import inspect
import re
from typing import TYPE_CHECKING, Final

from gateway.audit import (
    bundle,
    errors,
    keyring,
    merkle,
    notes,
    offline,
    offline_main,
    offline_receipts,
    offline_report,
    offline_tiles,
    offline_time,
    promises,
    proofs,
    receipt_keys,
    report,
    tile_paths,
    timestamps,
    witness_policy,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

# In the order in which each finds what it needs above it.
MODULES: Final = (
    errors,
    merkle,
    notes,
    keyring,
    witness_policy,
    tile_paths,
    proofs,
    promises,
    receipt_keys,
    timestamps,
    report,
    bundle,
    offline_time,
    offline_tiles,
    offline_receipts,
    offline_report,
    offline,
    offline_main,
)
_PACKAGE: Final = "gateway."


def verifier_source() -> str:
    """The file's text.

    Raises:
        ValueError: two modules give one name to different things, so that one would hide the other.
    """
    imports: set[str] = set()
    bodies: list[str] = []
    named: dict[str, str] = {}
    for module in MODULES:
        text = inspect.getsource(module)
        tree = ast.parse(text)
        for name in _defined(tree):
            if named.setdefault(name, module.__name__) != module.__name__:
                raise ValueError(f"{name} is defined in {named[name]} and in {module.__name__}")
        lines = text.splitlines()
        for node in tree.body:
            if _joins(node):
                if isinstance(node, ast.Import | ast.ImportFrom) and not _is_ours(node):
                    imports.add("\n".join(lines[node.lineno - 1 : node.end_lineno]))
                for number in range(node.lineno - 1, node.end_lineno or node.lineno):
                    lines[number] = ""
        title = module.__name__.rpartition(".")[2]
        body = re.sub(r"\n{4,}", "\n\n\n", "\n".join(lines).strip())
        bodies.append(f"# {title}\n\n{body}")
    imports.discard("from __future__ import annotations")
    head = f'#!/usr/bin/env python3\n"""{inspect.getdoc(offline_main)}\n"""\n\nfrom __future__ import annotations\n\n'
    tail = '\n\nif __name__ == "__main__":\n    sys.exit(main())\n'
    return head + "\n".join(sorted(imports)) + "\n\n\n" + "\n\n\n".join(bodies) + tail


def _joins(node: ast.stmt) -> bool:
    """Whether a statement only says where names come from."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return True
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _is_ours(node: ast.Import | ast.ImportFrom) -> bool:
    return isinstance(node, ast.ImportFrom) and (node.module or "").startswith(_PACKAGE)


def _defined(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Assign(targets=targets):
                yield from (name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name
