"""`policies/decision/dispatch.rego`: one line for each pack and kind of rule, so that a pack that is not asked costs one look.

`data.writgate.packs[pack]` with a pack known only at evaluation makes OPA build the rules of every pack, whichever is
meant. A pack that is named does not. The names come from the folders below `packs/`; a pack that nobody dispatched is
asked nothing, grants nothing, and so permits nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateway.policy.annotations import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

DISPATCH: Final = "decision/dispatch.rego"
_PACKAGE: Final = re.compile(r"^package writgate\.packs\.(\w+)$", re.MULTILINE)
_RULE: Final = re.compile(rf"^({'|'.join(KINDS)})\b", re.MULTILINE)
_HEAD: Final = """\
# METADATA
# title: Dispatch
# description: Generated from the folders of packs, never edited. The rules of each pack that applies, by its name.
package writgate.dispatch
"""


def dispatch(modules: Iterable[Path]) -> bytes:
    """The module, formatted as `opa fmt` does, from the modules of the packs."""
    found: dict[str, set[str]] = {kind: set() for kind in KINDS}
    for module in modules:
        text = module.read_text(encoding="utf-8")
        package = _PACKAGE.search(text)
        if package is not None:
            for kind in _RULE.findall(text):
                found[kind].add(package[1])
    return "\n".join([_HEAD, *(_kind(kind, packs) for kind, packs in found.items() if packs)]).encode()


def _kind(kind: str, packs: Iterable[str]) -> str:
    title = f"# METADATA\n# description: The {kind} of each pack that applies.\n# scope: document\n"
    lines = (f"{kind}.{pack} := data.writgate.packs.{pack}.{kind} if data.writgate.applying.{pack}\n" for pack in sorted(packs))
    return title + "\n".join(lines)
