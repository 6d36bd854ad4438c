"""The question that every engine must answer before it may decide: a request that shows nothing.

Nothing shown is nothing permitted. A revision that permits it, or that gives no well-formed answer, is not loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.policy.engine import EngineUnavailableError

if TYPE_CHECKING:
    from gateway.policy.engine import PolicyEngine

EMPTY_REQUEST: Final = {"now": 1_790_000_000_000_000_000}


def probe(engine: PolicyEngine) -> None:
    """Raises EngineUnavailableError: the engine failed on the empty request, or permitted it."""
    decision = engine.decide(EMPTY_REQUEST)
    if decision.permit or decision.is_error:
        said = "permits" if decision.permit else "gives no answer to"
        raise EngineUnavailableError(f"revision {engine.revision} {said} a request that shows nothing")
