"""`writgate scenarios --over-http`: rows asked of a running gateway whose registers hold their facts.

Each row has an agency of its own. The clock of the gateway is moved from one moment of the rows to the next, as time
goes: facts are entered before, courts are asked when the rows say, and each question is asked at its `as_of`.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from gateway.cli.over_http import asking, facts
from gateway.cli.over_http.home import FOLLOWED_SECONDS, Home, home_for
from gateway.cli.over_http.rows import HOUR_NS, Asked, NotAsked, check, offences_of, registered
from gateway.policy.input_document import InputError, from_scenario
from gateway.policy.scenarios import ScenarioFileError, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gateway.cli.http import Api
    from gateway.policy.decision import Decision
    from gateway.policy.engine import PolicyEngine

_AT_ONCE: Final = 4
_MOMENT_NS: Final = 1_000_000
_PATIENCE_SECONDS: Final = 30
# Tokens live for ten minutes; they are asked for this long before the question.
_TOKENS_BEFORE_NS: Final = 240 * 10**9


@dataclass(frozen=True, slots=True)
class Answers:
    """`verdicts` of the rows that were asked; `not_asked` says of each other row why not."""

    verdicts: list[Verdict]
    not_asked: dict[str, str]


def judge_over_http(rows: Sequence[Mapping[str, Any]], decider: PolicyEngine) -> Answers:
    """What a gateway of its own says to the rows. `decider` is asked in process which of them hang on an instant.

    Raises: NotReady, DeploymentError, SettingsError where no gateway comes up; ScenarioFileError as `judge`.
    """
    named = offences_of(rows)
    everyone = [
        Asked(row=row, agency=f"row-{number}", statute=_statute(row, named)) for number, row in enumerate(rows, start=1)
    ]
    _each(everyone, lambda asked: check(asked.row))
    _each(everyone, lambda asked: _lasting(decider, asked.row))
    going = [asked for asked in everyone if asked.failure is None]
    decided: dict[str, Decision] = {}
    if going:
        with home_for(
            starts_ns=min(asked.registered_ns for asked in going) - HOUR_NS,
            offences=registered(named),
            operators={asked.operator for asked in going},
        ) as home:
            for moment, act in _timeline(going):
                act(home, moment, decided)
    verdicts = [
        Verdict(asked.row["id"], asked.row["jurisdiction"], asked.row["expected"], decided[asked.agency])
        for asked in everyone
        if asked.agency in decided
    ]
    return Answers(verdicts, {asked.row["id"]: asked.failure for asked in everyone if asked.failure is not None})


def _lasting(decider: PolicyEngine, row: Mapping[str, Any]) -> None:
    """Raises: NotAsked, where the answer at `as_of` is another a moment later, when a question arrives."""
    try:
        document = from_scenario(row)
    except (InputError, KeyError, TypeError, AttributeError) as error:
        raise ScenarioFileError(f"Row {row['id']} cannot be asked: {error}.") from error
    at, after = (decider.decide(document | {"now": document["now"] + later}) for later in (0, _MOMENT_NS))
    if (at.permit, at.codes) != (after.permit, after.codes):
        raise NotAsked("its answer holds for an instant, and a question comes a moment later")


def _statute(row: Mapping[str, Any], named: Mapping[str, str]) -> str | None:
    offence = row["request"].get("offence")
    return None if offence is None else named[json.dumps(offence, sort_keys=True)]


def _timeline(everyone: Sequence[Asked]) -> list[tuple[int, Callable[[Home, int, dict[str, Decision]], None]]]:
    """What is done when, in the order of time; at one moment: facts, beginnings, applications, questions."""
    acts: dict[tuple[int, int], list[Asked]] = defaultdict(list)
    for asked in everyone:
        acts[asked.registered_ns, 0].append(asked)
        if asked.begins_with_search and asked.began_ns is not None:
            acts[asked.began_ns, 1].append(asked)
        if asked.applied_ns is not None:
            acts[asked.applied_ns, 2].append(asked)
        acts[asked.as_of_ns, 3].append(asked)
    does = (_enter, _begin, _apply, _ask)
    return [
        (moment, partial(does[kind], rows)) for (moment, kind), rows in sorted(acts.items(), key=lambda act: act[0])
    ]


def _enter(rows: Sequence[Asked], home: Home, moment: int, _: dict[str, Decision]) -> None:
    _follow(home, moment)
    administrator = home.administrator()
    _each(rows, lambda asked: facts.enter(home, administrator, asked))


def _begin(rows: Sequence[Asked], home: Home, moment: int, _: dict[str, Decision]) -> None:
    begins: dict[str, Callable[[], None]] = {}

    def prepare(asked: Asked) -> None:
        begins[asked.agency] = asking.begin(home, asked)

    _each(rows, prepare)
    home.move(moment)
    _each(rows, lambda asked: begins[asked.agency]())


def _apply(rows: Sequence[Asked], home: Home, moment: int, _: dict[str, Decision]) -> None:
    _follow(home, moment)
    _each(rows, lambda asked: facts.apply(home, asked))


def _ask(rows: Sequence[Asked], home: Home, moment: int, decided: dict[str, Decision]) -> None:
    _follow(home, moment - _TOKENS_BEFORE_NS)
    _each(rows, lambda asked: asking.prepare(home, asked))
    administrator = home.administrator()
    _each(rows, lambda asked: facts.answered(administrator, asked))
    _each(rows, lambda asked: _lost(administrator, asked))
    time.sleep(FOLLOWED_SECONDS)  # the suspensions among them
    home.move(moment)

    def decide(asked: Asked) -> None:
        decided[asked.agency] = asking.ask(asked)

    _each(sorted(rows, key=lambda asked: asked.margin_ns), decide)


def _lost(administrator: Api, asked: Asked) -> None:
    """Waits until the docket has taken away the right that the row's agency has lost."""
    if (asked.request.get("agency") or {}).get("exigency_right") != "suspended":
        return
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not facts.right_is_lost(administrator, asked):
        if time.monotonic() > deadline:
            raise NotAsked("the docket did not take the agency's right away")
        time.sleep(0.2)


def _follow(home: Home, moment: int) -> None:
    home.move(moment)
    time.sleep(FOLLOWED_SECONDS)


def _each(rows: Sequence[Asked], act: Callable[[Asked], None]) -> None:
    """A few rows at once; one that cannot go on says why, and nothing more is done for it."""

    def run(asked: Asked) -> None:
        try:
            act(asked)
        except NotAsked as why:
            asked.failure = str(why)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(run, [asked for asked in rows if asked.failure is None]))
