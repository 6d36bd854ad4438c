"""The live revision, held in memory by every process that decides.

A thread asks `policy.live` five times a second. A new revision is loaded beside the old one and takes over in one
assignment; the old one ends a while later, when nobody can be deciding with it. What must always hold:

* A revision that cannot be loaded is never answered for by an older one: its engine answers `ENGINE_ERROR`.
* While the database cannot be reached, the last revision goes on deciding. That is safe because the transaction that
  commits a decision compares the decision's revision with the live one, and cannot commit without the database.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Final

import structlog

from gateway.database import DatabaseUnavailable
from gateway.policy import canary, revisions
from gateway.policy.decision import Decision
from gateway.policy.engine import EngineUnavailableError
from gateway.policy.keys import PolicyKeyError
from gateway.policy.shadow import ShadowedEngine
from gateway.policy.wasm_engine import WasmEngine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.database import Database
    from gateway.policy.engine import PolicyEngine
    from gateway.policy.revisions import Revision
    from gateway.settings import Settings

POLL_SECONDS: Final = 0.2
_RETRY_SECONDS: Final = 5.0
_GRACE_SECONDS: Final = 15.0

logger = structlog.get_logger()


class NoEngine:
    """Stands where an engine should be: before the first publication, and for a revision that does not load."""

    source: Revision | None = None

    def __init__(self, revision: int, *, name: str) -> None:
        self.revision = revision
        self.name = name

    def decide(self, document: Mapping[str, Any]) -> Decision:  # noqa: ARG002 - an engine's signature
        return Decision.error(self.revision)

    def close(self) -> None:
        """Nothing to give back."""


class LivePolicy:
    """`current()` is the engine of the live revision. Start it once in each process; close it at the end."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._engine: PolicyEngine = NoEngine(0, name=settings.policy_engine)
        self._retired: list[tuple[float, PolicyEngine]] = []
        self._tried_at = 0.0
        self._wake = threading.Event()
        self._stopped = False
        self._looked = threading.Condition()
        self._looks = 0
        self._thread = threading.Thread(target=self._run, name="live-policy", daemon=True)

    def start(self) -> None:
        """Starts following `policy.live`, and waits until it was looked at once."""
        self._thread.start()
        self.refresh(timeout=30.0)

    def current(self) -> PolicyEngine:
        """The engine of the revision that was live when last looked, at most a second ago. Costs nothing."""
        return self._engine

    @property
    def ready(self) -> bool:
        """Whether decisions can be made: a revision is live and its engine holds it."""
        return self._engine.source is not None

    def refresh(self, *, timeout: float = 5.0) -> PolicyEngine:
        """Looks now instead of at the next turn, and returns what is live then: for a decision that came too late."""
        with self._looked:
            before = self._looks
            self._wake.set()
            self._looked.wait_for(lambda: self._looks > before or self._stopped, timeout)
        return self._engine

    def wait_for_change(self, number: int, *, timeout: float) -> None:
        """Until another revision than `number` is held here, or for `timeout` seconds."""
        with self._looked:
            self._looked.wait_for(lambda: self._engine.revision != number or self._stopped, timeout)

    def close(self) -> None:
        self._stopped = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)
        for _, engine in self._retired:
            engine.close()
        self._engine.close()

    def _run(self) -> None:
        while not self._stopped:
            self._wake.clear()
            self._look()
            with self._looked:
                self._looks += 1
                self._looked.notify_all()
            self._wake.wait(POLL_SECONDS)

    def _look(self) -> None:
        self._end_retired()
        try:
            with self._database.transaction() as connection:
                live = revisions.live(connection)
                number = live[0] if live else 0
                if number == self._engine.revision and not self._worth_another_try():
                    return
                revision = self._load(connection, number)
        except DatabaseUnavailable:
            logger.warning("policy.live_unknown", revision=self._engine.revision)
            return
        self._replace(self._made(revision) if revision else NoEngine(number, name=self._settings.policy_engine))

    def _worth_another_try(self) -> bool:
        broken = self._engine.source is None and self._engine.revision > 0
        return broken and time.monotonic() - self._tried_at > _RETRY_SECONDS

    def _load(self, connection: Any, number: int) -> Revision | None:
        self._tried_at = time.monotonic()
        if number == 0:
            return None
        try:
            return revisions.load(connection, number, keys=self._settings.keys)
        except (revisions.RevisionError, PolicyKeyError) as error:
            _report("policy.revision_refused", number, str(error))
            return None

    def _made(self, revision: Revision) -> PolicyEngine:
        try:
            return make_engine(revision, self._settings)
        except EngineUnavailableError as error:
            _report("policy.engine_unavailable", revision.number, str(error))
        except Exception as error:  # noqa: BLE001 - the thread that follows policy must outlive any revision
            _report("policy.engine_unavailable", revision.number, type(error).__name__)
        return NoEngine(revision.number, name=self._settings.policy_engine)

    def _replace(self, engine: PolicyEngine) -> None:
        self._retired.append((time.monotonic(), self._engine))
        self._engine = engine
        logger.info("policy.live", engine=engine.name, revision=engine.revision, loaded=engine.source is not None)

    def _end_retired(self) -> None:
        over = time.monotonic() - _GRACE_SECONDS
        for since, engine in list(self._retired):
            if since < over:
                engine.close()
                self._retired.remove((since, engine))


def _report(event: str, revision: int, fault: str) -> None:
    """An alarm: until this is mended, every decision is `ENGINE_ERROR`."""
    logger.critical(event, revision=revision, fault=fault)


def make_engine(revision: Revision, settings: Settings) -> PolicyEngine:
    """The engine that the settings ask for, holding this revision, with the other in its shadow where they say so.

    Raises:
        EngineUnavailableError: it cannot hold it, or answers a canary otherwise than when the revision was checked.
    """
    engine = _engine(revision, settings)
    try:
        canary.ask(engine)
    except EngineUnavailableError:
        engine.close()
        raise
    if not settings.shadow_share:
        return engine
    other = "wasm" if settings.policy_engine == "opa" else "opa"
    try:
        second = _engine(revision, settings.model_copy(update={"policy_engine": other, "web_threads": 1}))
    except EngineUnavailableError as error:
        # Nothing is decided by the shadow, so its lack stops nothing; but who asked for it must hear of it.
        logger.critical("policy.shadow_unavailable", engine=other, revision=revision.number, fault=str(error))
        return engine
    return ShadowedEngine(engine, second, share=settings.shadow_share)


def _engine(revision: Revision, settings: Settings) -> PolicyEngine:
    if settings.policy_engine == "opa":
        from gateway.policy.opa_engine import opa_engine  # noqa: PLC0415 - its client takes a second to import

        return opa_engine(revision, settings)
    return WasmEngine(revision, instances=settings.web_threads)
