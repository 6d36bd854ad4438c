"""One instance of a compiled policy: OPA's WebAssembly called through its one-shot `opa_eval` (ABI 1.2 or later).

The module's host is itself a few lines of WebAssembly. It gives memory, and traps when the policy calls a builtin that
a host would have to answer or aborts: there is no function of ours that a policy could reach. What it may use is
bounded: memory by the memory's maximum, time by an epoch deadline that a clock thread drives. After any trap the
instance is unusable and is thrown away. One instance serves one thread at a time.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import threading
from typing import Any, Final

import wasmtime
from wasmtime import _ffi as ffi

ENTRYPOINT: Final = "writgate/decision"
PAGE: Final = 65_536
_FIRST_PAGES: Final = 64
_MOST_PAGES: Final = 1_024
_TICK_SECONDS: Final = 0.02
_LAST_TICKS: Final = 1_000  # more than any deadline
_CHUNK: Final = 4_096
_LOADING_SECONDS: Final = 10.0
_FAULTS: Final = (wasmtime.WasmtimeError, wasmtime.Trap, ValueError, TypeError, IndexError)
# wasmtime's Python binding keeps its callbacks in one unlocked list: stores come and go one at a time.
_LIFECYCLE: Final = threading.Lock()

_HOST: Final = f"""
(module
  (memory (export "memory") {_FIRST_PAGES} {_MOST_PAGES})
  (func (export "opa_abort") (param i32) unreachable)
  (func (export "opa_println") (param i32))
  (func (export "opa_builtin0") (param i32 i32) (result i32) unreachable)
  (func (export "opa_builtin1") (param i32 i32 i32) (result i32) unreachable)
  (func (export "opa_builtin2") (param i32 i32 i32 i32) (result i32) unreachable)
  (func (export "opa_builtin3") (param i32 i32 i32 i32 i32) (result i32) unreachable)
  (func (export "opa_builtin4") (param i32 i32 i32 i32 i32 i32) (result i32) unreachable))
"""

# Calling a function of seven parameters through the binding costs three times what the policy does with it (150 of 220
# microseconds); one of one parameter costs 25, and 3 through `_Call`. So the parameters that never change wait inside,
# beside the policy.
_DRIVER: Final = """
(module
  (import "policy" "opa_eval" (func $opa_eval (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (global $entrypoint (export "entrypoint") (mut i32) (i32.const 0))
  (global $data (export "data") (mut i32) (i32.const 0))
  (global $input (export "input") (mut i32) (i32.const 0))
  (func (export "decide") (param $length i32) (result i32)
    (call $opa_eval
      (i32.const 0) (global.get $entrypoint) (global.get $data) (global.get $input) (local.get $length)
      (i32.and (i32.add (i32.add (global.get $input) (local.get $length)) (i32.const 15)) (i32.const -16))
      (i32.const 0))))
"""


class SandboxError(Exception):
    """The module cannot be used, trapped, ran too long, or returned no text. The instance is not to be used again."""


class Program:
    """A compiled module and the clock that bounds its evaluations; shared by every instance made from it."""

    def __init__(self, wasm: bytes, *, machine_code: bool = False) -> None:
        """`wasm` is a module, or what `machine_code` made of one, by the same version, in this or another process.

        Raises SandboxError: it is neither.
        """
        config = wasmtime.Config()
        config.epoch_interruption = True
        config.memory_may_move = False  # addresses are looked up once
        self.engine = wasmtime.Engine(config)
        try:
            made = wasmtime.Module.deserialize if machine_code else wasmtime.Module
            self.module = made(self.engine, wasm)
            self.host = wasmtime.Module(self.engine, _HOST)
            self.driver = wasmtime.Module(self.engine, _DRIVER)
        except wasmtime.WasmtimeError as error:
            raise SandboxError("not a WebAssembly module") from error
        self._lock = threading.Lock()
        self._clock_of: int | None = None
        self._stopped = threading.Event()

    def ticks(self, seconds: float) -> int:
        """The deadline, in ticks of the clock, for this many seconds; starts the clock, once in each process."""
        if self._clock_of != os.getpid():
            with self._lock:
                if self._clock_of != os.getpid():
                    threading.Thread(target=self._run_clock, name="policy-clock", daemon=True).start()
                    self._clock_of = os.getpid()
        return max(1, round(seconds / _TICK_SECONDS)) + 1

    def machine_code(self) -> bytes:
        """The compiled module, for processes that should not compile it again."""
        return bytes(self.module.serialize())

    def close(self) -> None:
        """Stops the clock; an evaluation under way is past its deadline then."""
        self._stopped.set()

    def _run_clock(self) -> None:
        while not self._stopped.wait(_TICK_SECONDS):
            self.engine.increment_epoch()
        for _ in range(_LAST_TICKS):
            self.engine.increment_epoch()


_compiled: dict[bytes, bytes] = {}
_COMPILED_KEPT: Final = 3


def program_of(wasm: bytes) -> Program:
    """The program of a module, compiled once in this process however many revisions have the same module.

    Raises:
        SandboxError: not a module.
    """
    digest = hashlib.sha256(wasm).digest()
    known = _compiled.get(digest)
    if known is not None:
        return Program(known, machine_code=True)
    program = Program(wasm)
    _compiled[digest] = program.machine_code()
    for oldest in list(_compiled)[:-_COMPILED_KEPT]:
        _compiled.pop(oldest, None)
    return program


class _Call:
    """A function of one i32 that gives one, called with buffers made once.

    The binding asks for the function's type and makes its buffers at each call, which costs as much as an eighth of a
    decision. The checked call of C has a form without, for callers that know the type: the driver's is written above.
    """

    def __init__(self, store: wasmtime.Store, function: wasmtime.Func) -> None:
        if [*function.type(store).params, *function.type(store).results] != [wasmtime.ValType.i32()] * 2:
            raise TypeError("decide")
        self._store = store
        self._function = ctypes.byref(function._func)  # noqa: SLF001 - what the binding itself passes
        self._raw = (ffi.wasmtime_val_raw_t * 1)()
        self._trap = ctypes.POINTER(ffi.wasm_trap_t)()
        self._trap_at = ctypes.byref(self._trap)

    def __call__(self, value: int) -> int:
        """Raises Trap or WasmtimeError, as the binding does."""
        self._raw[0].i32 = value
        context = self._store._context()  # noqa: SLF001 - as above; refuses a store that is closed
        error = ffi.wasmtime_func_call_unchecked(context, self._function, self._raw, 1, self._trap_at)
        if _is_set(error):
            raise wasmtime.WasmtimeError._from_ptr(error)  # noqa: SLF001 - as above
        if _is_set(self._trap):
            self._trap, trap = ctypes.POINTER(ffi.wasm_trap_t)(), self._trap
            self._trap_at = ctypes.byref(self._trap)
            raise wasmtime.Trap._from_ptr(trap)  # noqa: SLF001 - as above
        result: int = self._raw[0].i32
        return result


def _is_set(pointer: Any) -> bool:
    """A pointer of C is false where it is null."""
    return bool(pointer)


class Instance:
    """One module in its own memory, with `data` loaded."""

    def __init__(self, program: Program, data: bytes, *, deadline_seconds: float) -> None:
        """Raises SandboxError: the module is not one of OPA's, or the data does not fit."""
        self._deadline = program.ticks(deadline_seconds)
        try:
            with _LIFECYCLE:
                self._store = wasmtime.Store(program.engine)
            self._store.set_epoch_deadline(program.ticks(_LOADING_SECONDS))
            host = wasmtime.Instance(self._store, program.host, []).exports(self._store)
            memory: Any = host["memory"]
            self._memory = memory
            self._start = ctypes.addressof(memory.data_ptr(self._store).contents)
            self._grown()
            wanted = [host[entry.name] for entry in program.module.imports if entry.module == "env" and entry.name]
            exports: Any = wasmtime.Instance(self._store, program.module, wanted).exports(self._store)
            self.host_builtins = frozenset(self._names(exports, "builtins"))
            driver: Any = wasmtime.Instance(self._store, program.driver, [exports["opa_eval"]]).exports(self._store)
            driver["entrypoint"].set_value(self._store, self._names(exports, "entrypoints")[ENTRYPOINT])
            driver["data"].set_value(self._store, self._load(exports, data))
            self._input: int = exports["opa_heap_ptr_get"](self._store)
            driver["input"].set_value(self._store, self._input)
            self._decide = _Call(self._store, driver["decide"])
        except (*_FAULTS, KeyError) as error:
            raise SandboxError(f"the module cannot be used: {type(error).__name__}") from error

    def evaluate(self, document: bytes) -> bytes:
        """The result set, as JSON text, for one input document in JSON.

        Raises:
            SandboxError: a trap, the deadline, or no result. Throw the instance away.
        """
        try:
            self._store.set_epoch_deadline(self._deadline)
            self._write(self._input, document)
            return self._read(self._decide(len(document)))
        except _FAULTS as error:
            raise SandboxError(f"the evaluation failed: {type(error).__name__}") from error

    def close(self) -> None:
        with _LIFECYCLE:
            self._store.close()

    def _names(self, exports: Any, function: str) -> dict[str, int]:
        """A {name: number} object that the module tells about itself."""
        value = exports[function](self._store)
        found = json.loads(self._read(exports["opa_json_dump"](self._store, value)))
        if not isinstance(found, dict):
            raise TypeError(function)
        return found

    def _load(self, exports: Any, data: bytes) -> int:
        address: int = exports["opa_malloc"](self._store, len(data))
        self._write(address, data)
        value: int = exports["opa_json_parse"](self._store, address, len(data))
        exports["opa_free"](self._store, address)
        if value == 0:
            raise ValueError("data")
        return value

    def _write(self, address: int, content: bytes) -> None:
        missing = address + len(content) - self._size
        if missing > 0 and (missing := address + len(content) - self._grown()) > 0:
            self._memory.grow(self._store, -(-missing // PAGE))
        ctypes.memmove(self._start + address, content, len(content))

    def _read(self, address: int) -> bytes:
        """The text that ends with a zero byte, never past the end of the memory."""
        size = self._size if 0 < address < self._size - _CHUNK else self._grown()
        if not 0 < address < size:
            raise IndexError("result")
        found = b""
        while address < size:
            chunk = ctypes.string_at(self._start + address, min(_CHUNK, size - address))
            end = chunk.find(0)
            if end >= 0:
                return found + chunk[:end]
            found += chunk
            address += len(chunk)
            size = self._grown()
        raise IndexError("result")

    def _grown(self) -> int:
        """The size of the memory now; it never shrinks, so an older size is safe and asking is only needed past it."""
        self._size = int(self._memory.data_len(self._store))
        return self._size
