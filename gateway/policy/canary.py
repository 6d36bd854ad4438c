"""The last look at a revision before it may decide: what it must have, and questions whose answers are known.

A revision carries its canaries (`canaries.json`): for each set of packs that is ever asked, a permit and a denial, with
the answers that its checks saw. Every engine of every node must repeat them before it decides. A hold that is in force
may turn a permit into a denial, and nothing else may differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.policy.engine import EngineUnavailableError

if TYPE_CHECKING:
    from gateway.policy.engine import PolicyEngine
    from gateway.policy.revisions import Revision

REQUIRED_PACKS: Final = ("base", "contract")
HOLD: Final = "POLICY_HOLD"


class NotPublishableError(Exception):
    """The revision may not become live. The sentence says why."""


def require_base(revision: Revision) -> None:
    """Raises NotPublishableError: the base packs are not asked always, or holds have lost their force."""
    when = revision.data.get("packs", {})
    for pack in REQUIRED_PACKS:
        if when.get(pack, {}).get("always") is not True or not revision.annotations.get(pack):
            raise NotPublishableError(f"The revision drops the pack {pack}, which is asked always.")
    if revision.annotations["base"].get("policy_hold", {}).get("kind") != "denial":
        raise NotPublishableError("The revision drops the denial `policy_hold`, by which emergency holds hold.")


def ask(engine: PolicyEngine) -> None:
    """Raises EngineUnavailableError: a canary is answered otherwise than when the revision was checked."""
    revision = engine.source
    for number, canary in enumerate(revision.canaries if revision else []):
        decision = engine.decide(canary["input"])
        if HOLD in decision.codes and not decision.permit:
            continue
        if decision.permit != canary["permit"] or sorted(set(decision.codes)) != canary["codes"]:
            raise EngineUnavailableError(
                f"revision {engine.revision} answers canary {number} otherwise than when it was checked"
            )
