"""The default engine: OPA's compilation of the live revision, run in this process.

Measured against `opa-py-wasm` on the same module (`tests/benchmarks`): the one-shot `opa_eval` through a driver of one
parameter costs half the processor time, and leaves no host function that a policy could call. Instances are kept in a
pool that hands out the one used last; an instance that failed in any way is closed and replaced by a fresh one.
"""

from __future__ import annotations

from math import isfinite
from queue import Empty, LifoQueue
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import msgspec

from gateway.policy.bundle import canonical
from gateway.policy.decision import Decision, parse_rows
from gateway.policy.engine import EngineUnavailableError, UndefinedDecisionError, failed
from gateway.policy.probe import probe
from gateway.policy.sandbox import Instance, SandboxError, program_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.policy.revisions import Revision

DEADLINE_SECONDS: Final = 0.5
_PLAIN: Final = frozenset({str, int, bool, type(None)})
_encode: Final = msgspec.json.Encoder().encode


class WasmEngine:
    """One revision in WebAssembly. At most `instances` threads decide at once; others wait for the deadline at most."""

    name: Final = "wasm"

    def __init__(self, source: Revision, *, instances: int = 16, deadline_seconds: float = DEADLINE_SECONDS) -> None:
        """Raises EngineUnavailableError: the module does not load, or does not answer the probe with a denial."""
        self.source = source
        self.revision = source.number
        self._kinds = source.kinds
        self._deadline_seconds = deadline_seconds
        self._data = canonical(source.data)
        self._idle: LifoQueue[Instance] = LifoQueue()
        self._lock = Lock()
        self._unmade = instances
        self._closed = False
        try:
            self._program = program_of(source.wasm)
            self._idle.put(self._make())
        except SandboxError as error:
            raise EngineUnavailableError(str(error)) from error
        self._unmade -= 1
        try:
            probe(self)
        except EngineUnavailableError:
            self.close()
            raise

    def decide(self, document: Mapping[str, Any]) -> Decision:
        """The decision on one input document; `ENGINE_ERROR` for anything that goes wrong. Never raises."""
        try:
            _plain(document.values())
            return self._answer(self._evaluate(_encode(document)))
        except Exception as error:  # noqa: BLE001 - whatever goes wrong in here is a denial, never an exception
            return failed(self, error)

    def close(self) -> None:
        """Gives back memory and the clock thread; a decision under way ends first or fails."""
        self._closed = True
        self._program.close()
        while not self._idle.empty():
            try:
                self._idle.get_nowait().close()
            except Empty:
                return

    def _answer(self, text: bytes) -> Decision:
        decision = parse_rows(text, revision=self.revision, kinds=self._kinds)
        if decision is None:
            raise UndefinedDecisionError("the decision is undefined")
        return decision

    def _evaluate(self, text: bytes) -> bytes:
        instance = self._borrow()
        try:
            result = instance.evaluate(text)
        except BaseException:
            instance.close()
            with self._lock:
                self._unmade += 1
            raise
        self._idle.put(instance)
        return result

    def _borrow(self) -> Instance:
        if self._closed:
            raise SandboxError("the engine is closed")
        try:
            return self._idle.get_nowait()
        except Empty:
            pass
        with self._lock:
            make = self._unmade > 0
            self._unmade -= make
        if make:
            try:
                return self._make()
            except BaseException:
                with self._lock:
                    self._unmade += 1
                raise
        try:
            return self._idle.get(timeout=self._deadline_seconds)
        except Empty:
            raise SandboxError("no instance became free in time") from None

    def _make(self) -> Instance:
        return Instance(self._program, self._data, deadline_seconds=self._deadline_seconds)


def _plain(values: Iterable[Any]) -> None:
    """Raises TypeError or ValueError for what JSON does not have.

    The encoder writes dates, and null for a number that is none; neither may reach a rule as something else.
    """
    for value in values:
        kind = type(value)
        if kind in _PLAIN:
            continue
        if kind is dict:
            _plain(value.values())
        elif kind is list or kind is tuple:
            _plain(value)
        elif kind is not float:
            raise TypeError("of a type that JSON does not have")
        elif not isfinite(value):
            raise ValueError("a number is not finite")
