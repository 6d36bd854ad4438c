"""The one small interface behind which every policy engine stands.

`decide` never raises and never waits for ever: an error, an undefined result, a timeout or an answer of another
revision is the denial `ENGINE_ERROR` (`gateway.policy.decision`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

import structlog

from gateway.policy.decision import Decision, MalformedDecisionError
from gateway.policy.sandbox import SandboxError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.policy.revisions import Revision

# A live decision that comes too late is a denial; one that is made again on a busy machine is only late.
PATIENCE_SECONDS: Final = 5.0

logger = structlog.get_logger()


class EngineUnavailableError(Exception):
    """An engine cannot hold this revision: it does not load, or its probe is not answered. The sentence says which."""


class PolicyEngine(Protocol):
    """One revision, ready to decide; safe to share between threads."""

    @property
    def name(self) -> str:
        """`wasm` or `opa`."""

    @property
    def revision(self) -> int:
        """The number of the revision that decides."""

    @property
    def source(self) -> Revision | None:
        """The revision itself: its data and annotations; None when it could not be loaded."""

    def decide(self, document: Mapping[str, Any]) -> Decision:
        """The decision on one input document (`policies/schema/input.json`)."""

    def close(self) -> None:
        """Gives back threads, processes and memory. Later questions are answered `ENGINE_ERROR`."""


class UndefinedDecisionError(Exception):
    """The engine has no decision: the entrypoint is undefined, or its bundle is not active."""


# What these say is ours, and names a field or a phase; what any other exception says may quote the request.
_OURS: Final = (MalformedDecisionError, SandboxError, UndefinedDecisionError)


def failed(engine: PolicyEngine, error: Exception) -> Decision:
    """The denial for an error inside an engine, which is logged without a word of the request."""
    fault = str(error) if isinstance(error, _OURS) else type(error).__name__
    logger.error("policy.engine_error", engine=engine.name, revision=engine.revision, fault=fault)
    return Decision.error(engine.revision)
