"""One way to an OPA server: `opa-python-client`, with what it leaves open closed.

* Proxies, CA bundles and credentials of the environment are not used (`trust_env` off).
* The CA that signs the server is named, and verified; there is no way to turn verification off.
* No redirect is followed and nothing is sent twice: a decision that failed is a denial, and the caller may ask again.
* As many connections as threads, and no more; a thread waits for one instead of opening an extra one.
* A Unix socket is an address like any other.

The client's `query_rule` returns a body without `result` where the decision is undefined; `gateway.policy.opa_engine`
turns that into a denial.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from opa_client import OpaClient
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection
from urllib3.exceptions import NewConnectionError

if TYPE_CHECKING:
    from pathlib import Path

    import requests

TIMEOUT_SECONDS: Final = 1.0
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


class OpaAddressError(ValueError):
    """The address of the OPA server is not http://, https:// or unix://."""


def connect(
    url: str,
    *,
    token: str | None,
    connections: int,
    timeout: float = TIMEOUT_SECONDS,
    ca: Path | None = None,
    certificate: tuple[Path, Path] | None = None,
) -> OpaClient:
    """A client for `http://host:port`, `https://host:port` or `unix:///path/of/socket`; safe to share between threads.

    Args:
        url: where the server listens. Plain http is for loopback only.
        token: bearer token that the server asks for.
        connections: how many threads use it at once.
        timeout: seconds for the connection, and for each wait for a byte.
        ca: certificates (PEM) that may sign the server's; the system's where none is given.
        certificate: our own certificate and key (PEM), for mutual TLS.

    Raises:
        OpaAddressError: another kind of address, or plain http to another machine.
    """
    parts = urlsplit(url)
    client = OpaClient(
        host=parts.hostname or "opa",
        port=parts.port or _DEFAULT_PORTS.get(parts.scheme, 0),
        ssl=parts.scheme == "https",
        cert=tuple(str(path) for path in certificate) if certificate else None,
        token=token,
        retries=0,
        timeout=timeout,
    )
    session: requests.Session = client._session  # noqa: SLF001 - the client has no other way to name a CA or a pool
    session.trust_env = False
    session.max_redirects = 0
    session.verify = str(ca) if ca else True
    session.mount("http://", _adapter(parts.scheme, parts.hostname, parts.path, connections))
    session.mount("https://", HTTPAdapter(pool_connections=1, pool_maxsize=connections, pool_block=True, max_retries=0))
    return client


def _adapter(scheme: str, host: str | None, path: str, connections: int) -> HTTPAdapter:
    if scheme == "unix" and path:
        return _UnixAdapter(path, connections)
    if scheme == "https" or (scheme == "http" and host in {"127.0.0.1", "::1", "localhost"}):
        return HTTPAdapter(pool_connections=1, pool_maxsize=connections, pool_block=True, max_retries=0)
    raise OpaAddressError("an OPA server is reached by https://, by unix://, or by http:// on this machine")


class _UnixConnection(HTTPConnection):
    """HTTP over a Unix socket."""

    socket_path: str

    def _new_conn(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(self.timeout)
            connection.connect(self.socket_path)
        except OSError as error:
            connection.close()
            raise NewConnectionError(self, "the OPA server's socket does not answer") from error
        return connection


class _UnixPool(HTTPConnectionPool):
    def __init__(self, path: str, connections: int) -> None:
        super().__init__("opa", maxsize=connections, block=True)
        self.ConnectionCls = type("_UnixConnectionTo", (_UnixConnection,), {"socket_path": path})


class _UnixAdapter(HTTPAdapter):
    """Sends every request to one Unix socket, whatever host its address names."""

    def __init__(self, path: str, connections: int) -> None:
        self._pool = _UnixPool(path, connections)
        super().__init__(max_retries=0)

    def get_connection_with_tls_context(self, *_: Any, **__: Any) -> HTTPConnectionPool:
        return self._pool

    def close(self) -> None:
        self._pool.close()
        super().close()
