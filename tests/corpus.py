"""Inputs that reach every rule of every pack there is, the same in every run; it grows with the packs by itself.

First come the scenario rows, each with up to four facts changed: to values that other rows have in the same place, to
null, or left out, and sometimes said to be declared. Whatever rule no such input reached is then looked for: the
engine is asked about changes of the facts that the rule's own pack names, to the words and dates that stand in it,
from inputs to which the pack applies; an input that comes nearer is the next one to start from. What is found joins the
corpus, so that a new pack needs rows, and not a list here.
"""

from __future__ import annotations

import copy
import random
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.policy.input_document import from_scenario
from gateway.policy.scenarios import read_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.policy.decision import Decision
    from gateway.policy.engine import PolicyEngine
    from gateway.policy.revisions import Revision

    Rule = tuple[str, str]
    Place = tuple[str, ...]

SEED = 20261123
DECLARED_SHARE = 0.05
TRIES = 4000
WITHIN_SHARE = 0.5
DAY_NS = 86_400 * 10**9
ROWS = [
    row
    for path in sorted((Path(__file__).parent / "scenarios").glob("*.json"))
    for row in read_rows(path)
]  # fmt: skip
_ABSENT = object()
_NAMED = re.compile(r"input((?:\.[a-z_0-9]+)+)|object\.get\(input, (?:\[([^\]]+)\]|\"(\w+)\")")
_WORD = re.compile(r'"([a-z][a-z0-9_\-]*)"')


@dataclass
class Corpus:
    """Documents, and which rules they reach."""

    documents: list[dict[str, Any]] = field(default_factory=list)
    reached: set[Rule] = field(default_factory=set)
    permits: int = 0

    def add(self, document: dict[str, Any], decision: Decision) -> None:
        self.documents.append(document)
        self.reached |= spoken(decision)
        self.permits += decision.permit


def spoken(decision: Decision) -> set[Rule]:
    duties = {(one.pack, one.rule) for one in decision.obligations}
    return duties | {(one.pack, one.rule) for one in decision.reasons}


def rules_of(revision: Revision) -> dict[Rule, dict[str, Any]]:
    return {(pack, rule): words for pack, rules in revision.annotations.items() for rule, words in rules.items()}


def grown(engine: PolicyEngine, revision: Revision, size: int, *, unreachable: frozenset[Rule]) -> Corpus:
    """`size` changed rows, and then what reaches the rules that they left out."""
    found = Corpus()
    for document in changed_rows(size):
        found.add(document, engine.decide(document))
    for document in list(found.documents[: len(ROWS)]):  # a term of contracts that no row has
        examined = copy.deepcopy(document)
        change(examined, ("contract", "second_examiner"), True)
        found.add(examined, engine.decide(examined))
    search = _Search(revision)
    for rule in sorted(rules_of(revision).keys() - found.reached - unreachable):
        if rule not in found.reached:
            reaching = search.reach(engine, rule, found.documents)
            if reaching is not None:
                found.add(reaching, engine.decide(reaching))
    return found


def changed_rows(size: int) -> Iterator[dict[str, Any]]:
    chance = random.Random(SEED)  # noqa: S311 - variety, not secrecy
    documents = [from_scenario(row) for row in ROWS]
    values = _values(documents)
    for number in range(size):
        document = copy.deepcopy(documents[number % len(documents)])
        # The rows themselves first, as they are.
        for place in chance.sample(sorted(values), chance.randint(0, 4) if number >= len(documents) else 0):
            change(document, place, chance.choice([*values[place], None, _ABSENT]))
        if number >= len(documents) and chance.random() < DECLARED_SHARE:
            document["origins"] = {
                **(document.get("origins") or {}), ".".join(chance.choice(sorted(values))): "declared",
            }  # fmt: skip
        yield document


def change(document: dict[str, Any], place: Place, value: Any) -> None:
    """Puts a value at a place; where the way there ends, nothing happens."""
    *parents, name = place
    at: Any = document
    for parent in parents:
        at = at.get(parent)
        if not isinstance(at, dict):
            return
    if value is _ABSENT:
        at.pop(name, None)
    else:
        at[name] = copy.deepcopy(value)


def facts(document: dict[str, Any], place: Place = ()) -> Iterator[tuple[Place, Any]]:
    for name, value in document.items():
        yield (*place, name), value
        if isinstance(value, dict):
            yield from facts(value, (*place, name))


def _values(documents: list[dict[str, Any]]) -> dict[Place, list[Any]]:
    values: dict[Place, list[Any]] = {}
    for document in documents:
        for place, value in facts(document):
            seen = values.setdefault(place, [])
            if value not in seen:
                seen.append(value)
    return values


class _Search:
    """Looks for an input that makes one rule speak, by asking about inputs like those that almost do."""

    def __init__(self, revision: Revision) -> None:
        self._revision = revision
        self._values = _values([from_scenario(row) for row in ROWS])

    def reach(self, engine: PolicyEngine, rule: Rule, documents: list[dict[str, Any]]) -> dict[str, Any] | None:
        pack, _ = rule
        chance = random.Random(f"{SEED} {rule}")  # noqa: S311 - variety, not secrecy
        rows = [*documents[: len(ROWS)], *self._moved(pack, documents[: len(ROWS)])]
        asked = [(one, engine.decide(one)) for one in rows]
        for one, decision in asked:
            if rule in spoken(decision):
                return one
        applying = [(one, decision) for one, decision in asked if pack in decision.packs] or asked
        # Only a permit shows what grants it and what it obliges to.
        permitted = [one for one, decision in applying if decision.permit]
        denies = rules_of(self._revision)[rule]["kind"] == "denial"
        start = permitted if permitted and not denies else [one for one, _ in applying]
        places, words, times = self._named(pack, rule)
        for number in range(TRIES):
            document = copy.deepcopy(start[number % len(start)] if number % 3 else chance.choice(start))
            for place in chance.sample(places, min(len(places), chance.randint(1, 3))):
                if isinstance(_at(document, place), dict) and chance.random() < WITHIN_SHARE:
                    place = (*place, chance.choice(words or ["x"]))  # noqa: PLW2901 - a field that a list of words names
                self._fill(document, place)
                known = self._values.get(place, [])
                change(document, place, chance.choice([*known, *known, *words, True, False, None, 0, 1, [], _ABSENT]))
            if chance.random() < 0.5 and times:
                change(document, ("now",), chance.choice(times))
            if number % 4:
                self._widen(document)
            decision = engine.decide(document)
            if rule in spoken(decision):
                return document
        return None

    def _moved(self, pack: str, rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """The same requests, made where this pack applies."""
        when = self._revision.data["packs"].get(pack, {})
        for row in rows:
            if when.get("jurisdictions"):
                yield {**row, "jurisdiction": when["jurisdictions"][:1]}
            elif when.get("vendors") and isinstance(row.get("engine"), dict):
                yield {**row, "engine": {**row["engine"], "vendor": when["vendors"][0]}}

    def _widen(self, document: dict[str, Any]) -> None:
        """A contract that allows what is asked, as scenario rows have; or nothing new would ever be permitted."""
        contract = document.get("contract")
        if isinstance(contract, dict):
            contract["operations"] = [document.get("operation")]
            contract["purposes"] = [document.get("purpose")]

    def _named(self, pack: str, rule: Rule) -> tuple[list[Place], list[str], list[int]]:
        """Facts that the pack and the library name, the words in the pack, and the times around the rule's dates."""
        texts = {
            name: content.decode()
            for name, content in self._revision.rego.items()
            if name.startswith((f"packs/{pack}/", "lib/"))
        }
        places: set[Place] = set()
        for text in texts.values():
            for dotted, listed, single in _NAMED.findall(text):
                steps = dotted.strip(".").split(".") if dotted else re.findall(r'"(\w+)"', listed) or [single]
                places.add(tuple(steps))
        words = {word for name, text in texts.items() if name.startswith("packs/") for word in _WORD.findall(text)}
        dates = self._revision.data["rules"].get(pack, {}).get(rule[1], {})
        times = [dates[name] for name in ("effective_from", "effective_to") if dates.get(name)]
        return sorted(places), sorted(words), [one + days * DAY_NS for one in times for days in (-1, 0, 1, 200)]

    @staticmethod
    def _fill(document: dict[str, Any], place: Place) -> None:
        """Makes the way to a place, where it ends at nothing."""
        at: Any = document
        for step in place[:-1]:
            if at.get(step) is None:
                at[step] = {}
            at = at[step]
            if not isinstance(at, dict):
                return


def _at(document: Any, place: Place) -> Any:
    for step in place:
        document = document.get(step) if isinstance(document, dict) else None
    return document
