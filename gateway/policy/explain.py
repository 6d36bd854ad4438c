"""Why a revision answers as it does: each pack, each rule, each condition, and what would make the request lawful.

A decision is explained by the engine's own answer and by OPA's word on every condition (`gateway.policy.probes`). A
denial rule speaks when all its conditions hold, so of one that spoke the conditions are what went wrong; a grant that
did not speak shows which of its conditions failed. Conditions rest on helper rules, which are listed with theirs.

No personal value is shown to who may not see it: without `may_see` only the values that the log itself holds in the
clear are (operation, purpose, place), and sentences stand with their placeholders. Of a sealed instrument nothing is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gateway.policy.engine import PATIENCE_SECONDS
from gateway.policy.probes import Probed, probe
from gateway.policy.remedies import changes_that_permit
from gateway.policy.render import fill
from gateway.policy.wasm_engine import WasmEngine

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path as FilePath

    from gateway.policy.conditions import Body, Path
    from gateway.policy.decision import Decision
    from gateway.policy.revisions import Revision

_PLACES: Final = {"denial": "denials", "grant": "grants", "obligation": "obligations"}
_WORDS: Final = ("title", "description", "code", "citation", "source", "confidence", "counsel_review")
# What a decision's entry holds in the clear, or everybody may know.
_IN_THE_CLEAR: Final = frozenset({"operation", "purpose", "jurisdiction", "now", "mode"})


def explain(
    revision: Revision,
    document: Mapping[str, Any],
    *,
    may_see: bool,
    home: FilePath | None = None,
    pack: str | None = None,
) -> dict[str, Any]:
    """The explanation of one decision.

    Args:
        revision: which decides.
        document: the input document.
        may_see: whether the values of the request may be shown.
        home: where `opa` is looked for besides the PATH.
        pack: explain only this one of the packs that apply.

    Returns:
        {revision, permit, packs: [{pack, applies, why, rules: [...]}], helpers: {rule: [...]}, lawful: {...}}.

    Raises:
        OpaMissingError, WorkbenchError, ExplanationError.
        EngineUnavailableError: the revision does not load.
    """
    engine = WasmEngine(revision, instances=1, deadline_seconds=PATIENCE_SECONDS)
    try:
        decision = engine.decide(document)
        packs = [name for name in decision.packs if pack in (None, name)]
        probed = probe(revision, document, packs, home=home)
        lawful = changes_that_permit(engine, document, decision, probed.literals)
    finally:
        engine.close()
    account = _Account(revision, document, decision, probed, may_see=may_see)
    return {
        "revision": {"number": revision.number, "sha256": revision.sha256},
        "permit": decision.permit,
        "packs": [account.of_pack(name, applies=name in decision.packs) for name in sorted(revision.data["packs"])],
        "helpers": account.helpers(),
        "lawful": account.lawful(lawful),
    }


class _Account:
    """Puts into words what one decision rests on."""

    def __init__(
        self,
        revision: Revision,
        document: Mapping[str, Any],
        decision: Decision,
        probed: Probed,
        *,
        may_see: bool,
    ) -> None:
        self._revision = revision
        self._document = document
        self._decision = decision
        self._probed = probed
        self._may_see = may_see
        self._bodies: dict[Path, list[tuple[str, int, Body]]] = {}
        for file, module in probed.modules.items():
            for number, body in enumerate(module.bodies):
                self._bodies.setdefault((*module.package, *body.rule), []).append((file, number, body))
        self._wanted: set[Path] = set()

    def of_pack(self, pack: str, *, applies: bool) -> dict[str, Any]:
        """A pack that does not apply is only named, with what it would apply to."""
        when = self._revision.data["packs"][pack]
        found: dict[str, Any] = {"pack": pack, "applies": applies, "applies_to": when}
        if applies:
            found["rules"] = [
                self._rule(pack, rule, words) for rule, words in self._revision.annotations.get(pack, {}).items()
            ]
        return found

    def helpers(self) -> dict[str, Any]:
        """The rules that conditions rest on, and those that these rest on, each with its own conditions."""
        found: dict[str, Any] = {}
        waiting = set(self._wanted)
        while waiting:
            path = waiting.pop()
            self._wanted.discard(path)
            found[_dotted(path)] = {
                "file": self._bodies[path][0][0] if path in self._bodies else None,
                "function": any(body.function for _, _, body in self._bodies.get(path, ())),
                "ways": self._ways(path),
            }
            waiting |= {other for other in self._wanted if _dotted(other) not in found}
        return dict(sorted(found.items()))

    def lawful(self, found: Mapping[str, Any] | None) -> dict[str, Any]:
        """What to do, in the words of the rules that refuse; and the fewest changes that were tried and permit."""
        if self._decision.permit:
            return {"already": True, "remedies": [], "changes": []}
        remedies = []
        for reason in self._decision.reasons:
            words = self._revision.annotations.get(reason.pack, {}).get(reason.rule, {})
            remedy = words.get("remedy", "")
            remedies.append(
                {
                    "pack": reason.pack,
                    "rule": reason.rule,
                    "code": reason.code,
                    "citation": words.get("citation", ""),
                    "remedy": fill(remedy, reason.parameters) if self._may_see else remedy,
                }
            )
        changes = [] if found is None else found["changes"]
        return {
            "already": False,
            "remedies": remedies,
            "verified": found is not None and found["permits"],
            "changes": [{"path": _dotted(path), "from": self._shown(path), "to": value} for path, value in changes],
        }

    def _rule(self, pack: str, rule: str, words: Mapping[str, Any]) -> dict[str, Any]:
        kind = words["kind"]
        decision = self._decision
        spoken = {(given.pack, given.rule): given.parameters for given in decision.reasons}
        spoken |= {(given.pack, given.rule): given.parameters for given in decision.obligations}
        path = ("writgate", "packs", pack, _PLACES[kind], rule)
        held = rule in self._values(pack).get(_PLACES[kind], {})
        found = {
            "rule": rule,
            "kind": kind,
            "held": held,
            "spoke": (pack, rule) in spoken,
            **{name: words.get(name) for name in _WORDS},
            "effective_from": words["effective_from"],
            "effective_to": words["effective_to"],
            "in_date": self._in_date(pack, rule),
            "sentence": words["sentence"],
            "remedy": words["remedy"],
            "looks_at": [_dotted(one) for one in sorted(self._looks_at(path, set()))],
            "ways": self._ways(path),
        }
        if self._may_see and (pack, rule) in spoken:
            found["sentence"] = fill(words["sentence"], spoken[pack, rule])
        return found

    def _ways(self, path: Path) -> list[dict[str, Any]]:
        return [
            {
                "file": file,
                "row": body.row,
                "holds": None
                if body.function
                else all(self._probed.holds(file, number, place) for place in range(len(body.conditions))),
                "conditions": list(self._conditions(file, number, body)),
            }
            for file, number, body in self._bodies.get(path, ())
        ]

    def _conditions(self, file: str, number: int, body: Body) -> Iterator[dict[str, Any]]:
        for place, condition in enumerate(body.conditions):
            self._wanted |= condition.rests_on
            yield {
                "text": condition.text,
                "row": condition.row,
                "held": None if body.function else self._probed.holds(file, number, place),
                "looked_at": [
                    {"path": _dotted(path), **self._value(path)} for path in sorted(condition.looks_at) if path
                ],
                "rests_on": [_dotted(path) for path in sorted(condition.rests_on)],
            }

    def _looks_at(self, path: Path, seen: set[Path]) -> set[Path]:
        """Every path of the input that a rule looks at, through the rules it rests on."""
        seen.add(path)
        found: set[Path] = set()
        for _, _, body in self._bodies.get(path, ()):
            found |= body.looks_at
            below = set(body.rests_on)
            for condition in body.conditions:
                found |= condition.looks_at
                below |= condition.rests_on
            for other in below - seen:
                found |= self._looks_at(other, seen)
        return found - {()}

    def _values(self, pack: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._probed.values.get("packs", {}).get(pack, {})
        return found

    def _in_date(self, pack: str, rule: str) -> bool | None:
        dates, now = self._revision.data["rules"].get(pack, {}).get(rule), self._document.get("now")
        if dates is None or type(now) is not int:
            return None
        ended = dates["effective_to"] is not None and now >= dates["effective_to"]
        return dates["effective_from"] <= now and not ended

    def _value(self, path: Path) -> dict[str, Any]:
        if path[0] == "legal_instrument" and _at(self._document, ("legal_instrument", "sealed")) is True:
            return {"withheld": True}
        if self._may_see or path[0] in _IN_THE_CLEAR:
            return {"value": _at(self._document, path)}
        return {"withheld": True}

    def _shown(self, path: Path) -> Any:
        return self._value(path).get("value", "withheld")


def _at(document: Any, path: Iterable[str]) -> Any:
    for step in path:
        if not isinstance(document, dict):
            return None
        document = document.get(step)
    return document


def _dotted(path: Iterable[str]) -> str:
    return ".".join(path)
