"""How often each rule spoke in the decisions of the log, which never did, and when each last did.

Counted from the reasons and obligations that the entries hold. A decision whose reasons were erased is still counted by
its codes, which stand in the clear, and is told apart: a code may be of several rules.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from gateway.clock import rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.policy.recorded import Recorded
    from gateway.policy.revisions import Revision


def rule_report(decisions: Iterable[Recorded], revision: Revision) -> dict[str, Any]:
    """{decisions, erased, rules: [...], never: [...], gone: [...]}.

    Args:
        decisions: what to count, in any order.
        revision: whose rules are listed. Rules that only older revisions had are listed as `gone`.
    """
    hits: Counter[tuple[str, str]] = Counter()
    last: dict[tuple[str, str], tuple[int, str]] = {}
    counted = erased = 0
    by_code: Counter[str] = Counter()
    for one in decisions:
        counted += 1
        if one.reasons is None or one.obligations is None:
            erased += 1
            by_code.update([*one.clear["reasons"], *one.clear["obligations"]])
            continue
        document = one.document()
        for given in (*document["reasons"], *document["obligations"]):
            key = given["pack"], given["rule"]
            hits[key] += 1
            last[key] = max(last.get(key, (0, "")), (one.clear["time"], one.decision_id))
    known = {(pack, rule): words for pack, rules in revision.annotations.items() for rule, words in rules.items()}
    return {
        "revision": {"number": revision.number, "sha256": revision.sha256},
        "decisions": counted,
        "erased": {"decisions": erased, "by_code": dict(sorted(by_code.items()))},
        "rules": [
            {
                "pack": pack,
                "rule": rule,
                "kind": words["kind"],
                "code": words["code"],
                "title": words["title"],
                "hits": hits[pack, rule],
                "last": _last(last.get((pack, rule))),
            }
            for (pack, rule), words in sorted(known.items())
        ],
        "never": [{"pack": pack, "rule": rule} for pack, rule in sorted(known.keys() - hits.keys())],
        "gone": [
            {"pack": pack, "rule": rule, "hits": hits[pack, rule], "last": _last(last[pack, rule])}
            for pack, rule in sorted(hits.keys() - known.keys())
        ],
    }


def _last(found: tuple[int, str] | None) -> dict[str, str] | None:
    return None if found is None else {"at": rfc3339(found[0]), "decision_id": found[1]}
