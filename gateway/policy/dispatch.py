"""How the decision finds the packs that are asked, so that a pack that is not asked costs next to nothing.

`data.writgate.packs[pack]`, with a pack known only at evaluation, makes OPA build the rules of every pack, whichever is
meant; a pack that is written by its name does not. So the names, which are those of the folders, are written into
`decision/dispatch.rego`. And `data.applies` is `data.packs` the other way round: from place and vendor to packs. A pack
that is in neither is asked nothing; where it applies, it grants nothing, and so nothing is permitted.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from gateway.policy.annotations import KINDS
from gateway.policy.decision import REQUIRED_PACKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DISPATCH: Final = "decision/dispatch.rego"
_PACKAGE: Final = re.compile(r"^package writgate\.packs\.(\w+)$", re.MULTILINE)
_RULE: Final = re.compile(rf"^({'|'.join(KINDS)})\b", re.MULTILINE)
_HEAD: Final = """\
# METADATA
# title: Dispatch
# description: Generated from the folders of packs, never edited. The rules of a pack, by its name.
package writgate.dispatch
"""


def dispatch(modules: Iterable[str]) -> bytes:
    """The module, formatted as `opa fmt` does, from the texts of the packs' modules; others among them do no harm."""
    found: dict[str, set[str]] = {kind: set() for kind in KINDS}
    for text in modules:
        package = _PACKAGE.search(text)
        if package is not None:
            for kind in _RULE.findall(text):
                found[kind].add(package[1])
    return "\n".join([_HEAD, *(_kind(kind, packs) for kind, packs in found.items() if packs)]).encode()


def applies(packs: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """`data.applies`: {always: [pack], jurisdictions: {place: [pack]}, vendors: {vendor: [pack]}}."""
    return {
        "always": sorted(pack for pack, when in packs.items() if when.get("always") is True),
        "jurisdictions": _turned(packs, "jurisdictions"),
        "vendors": _turned(packs, "vendors"),
    }


def _turned(packs: Mapping[str, Mapping[str, Any]], what: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for pack, when in sorted(packs.items()):
        for name in when.get(what) or ():
            found.setdefault(name, []).append(pack)
    return found


def _kind(kind: str, packs: Iterable[str]) -> str:
    asked = (f'data.writgate.packs.{pack}.{kind} if {{\n\tpack == "{pack}"\n}}' for pack in _first(packs))
    return f"# METADATA\n# description: The {kind} of a pack.\n{kind}(pack) := " + " else := ".join(asked) + "\n"


def _first(packs: Iterable[str]) -> list[str]:
    """In the order in which they are looked at: the two that are always asked, then the others."""
    return sorted(packs, key=lambda pack: (pack not in REQUIRED_PACKS, pack))
