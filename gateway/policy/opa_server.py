"""A local OPA server that holds one revision and does nothing but decide by it.

Hardened as follows. It listens on a Unix socket in a folder that only its owner may enter. Every request needs a
bearer token made for this one server, of which only the SHA-256 is written down; with it, exactly two things are
answered: a POST to `/v1/data/writgate/decision` and a GET of `/health`. Policy enters as the signed tar alone, verified
by OPA with the home's public key: a tar that was altered does not become active, and the server is not used. It starts
with an empty environment, no plugins, no telemetry, no persistence; before it starts, the revision's Rego is checked
against `policies/capabilities.json`, in which there is no builtin that reaches the network, the environment or a clock.
It ends when closed and when this process dies, however it dies.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from gateway.policy import opa_guard
from gateway.policy.engine import EngineUnavailableError
from gateway.policy.folder import CAPABILITIES
from gateway.policy.keys import ALGORITHM, KEY_ID, PUBLIC_FILE
from gateway.policy.opa_connection import connect

if TYPE_CHECKING:
    from types import TracebackType

    from gateway.policy.revisions import Revision
    from gateway.settings import Settings

_READY_SECONDS: Final = 15.0
_POLL_SECONDS: Final = 0.02
_END_SECONDS: Final = 5.0

_AUTHORISATION: Final = """
package system.authz

default allow := false

allow if {{
    known
    input.method == "POST"
    input.path == ["v1", "data", "writgate", "decision"]
    count(object.get(input, "params", {{}})) == 0
}}

allow if {{
    known
    input.method == "GET"
    input.path == ["health"]
}}

known if crypto.sha256(input.identity) == "{digest}"
"""


class OpaServer:
    """One running server; a context manager. `url` and `token` are what `opa_connection.connect` needs."""

    def __init__(self, revision: Revision, settings: Settings, *, program: Path) -> None:
        """Starts the server and waits until the revision is active.

        Raises:
            EngineUnavailableError: it does not start, the Rego uses a builtin it may not use, or the tar's signature
                is not that of the home's key.
        """
        settings.runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = Path(tempfile.mkdtemp(prefix="opa-", dir=settings.runtime))
        self.url = f"unix://{self._folder / 'socket'}"
        self.token = secrets.token_urlsafe(32)
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._check(revision, program)
            self._write(revision, settings.keys / PUBLIC_FILE)
            self._process = self._start(program)
            self._wait_until_ready()
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """Of the guard that owns the server; for tests that kill it."""
        if self._process is None:
            raise EngineUnavailableError("the OPA server does not run")
        return self._process.pid

    def close(self) -> None:
        """Ends the server and removes its folder; more than once is no harm."""
        process, self._process = self._process, None
        if process is not None:
            if process.stdin is not None:
                process.stdin.close()
            try:
                process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _check(self, revision: Revision, program: Path) -> None:
        for name, content in revision.rego.items():
            path = self._folder / "rego" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        done = subprocess.run(
            [str(program), "check", "--strict", "--capabilities", str(CAPABILITIES), "rego"],
            cwd=self._folder, env={}, capture_output=True, check=False, timeout=60,
        )  # fmt: skip
        if done.returncode:
            raise EngineUnavailableError(f"opa check refuses the Rego of revision {revision.number}")

    def _write(self, revision: Revision, public_key: Path) -> None:
        bundle = self._folder / "bundle.tar.gz"
        bundle.write_bytes(gzip.compress(revision.tar, compresslevel=1, mtime=0))
        digest = hashlib.sha256(self.token.encode()).hexdigest()
        (self._folder / "authz.rego").write_text(_AUTHORISATION.format(digest=digest))
        config = {
            "keys": {KEY_ID: {"algorithm": ALGORITHM, "key": public_key.read_text()}},
            "bundles": {"writgate": {"resource": bundle.as_uri(), "signing": {"keyid": KEY_ID}, "persist": False}},
        }
        (self._folder / "config.json").write_text(json.dumps(config))

    def _start(self, program: Path) -> subprocess.Popen[bytes]:
        with (self._folder / "opa.log").open("wb") as log:
            return subprocess.Popen(
                [
                    sys.executable, "-I", "-S", opa_guard.__file__,
                    str(program), "run", "--server",
                    "--addr", self.url, "--unix-socket-perm", "600",
                    "--authentication", "token", "--authorization", "basic",
                    "--config-file", "config.json", "--log-level", "error",
                    "--disable-telemetry", "--shutdown-grace-period", "1",
                    "authz.rego",
                ],
                cwd=self._folder, env={}, stdin=subprocess.PIPE, stdout=log, stderr=log,
            )  # fmt: skip

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        client = connect(self.url, token=self.token, connections=1)
        try:
            while time.monotonic() < deadline:
                if self._process is None or self._process.poll() is not None:
                    raise EngineUnavailableError("the OPA server ended instead of starting")
                if client.check_health({"bundles": True}):
                    return
                if self._refused():
                    raise EngineUnavailableError("OPA does not take the revision: its signature or content is wrong")
                time.sleep(_POLL_SECONDS)
            raise EngineUnavailableError("the OPA server was not ready in time")
        finally:
            client.close_connection()

    def _refused(self) -> bool:
        """OPA goes on trying a bundle that it could not activate; for us the first error is the answer."""
        return b"Bundle load failed" in (self._folder / "opa.log").read_bytes()
