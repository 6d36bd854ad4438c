"""One POST to a webhook: only to hosts that the operator named, over TLS or on this machine, without redirects.

The name is resolved once and the connection goes to that address, so that a name cannot mean one host when it is
checked and another when it is called.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import SplitResult, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.settings import Settings

SECONDS: Final = 10.0
LARGEST_ANSWER: Final = 4096
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_TAKEN: Final = range(200, 300)


class WebhookPoster:
    """`hosts` are `host` or `host:port`, as `WRITGATE_WEBHOOK_HOSTS` lists them."""

    def __init__(self, hosts: frozenset[str]) -> None:
        self._hosts = hosts

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(frozenset(host.strip() for host in settings.webhook_hosts.split(",") if host.strip()))

    def allows(self, url: str) -> bool:
        """Whether the URL is one that would be called."""
        return self._target(url) is not None

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> str:
        """`delivered`, or a word for what did not work. Never raises."""
        target = self._target(url)
        if target is None:
            return "refused: not an allowed host"
        try:
            return _post(target, body, headers)
        except (OSError, http.client.HTTPException) as error:
            return type(error).__name__

    def _target(self, url: str) -> SplitResult | None:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            return None
        host = parts.hostname or ""
        named = {host, f"{host}:{port}"} & self._hosts
        safe = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
        plain = parts.username is None and parts.password is None and not parts.fragment
        return parts if named and safe and plain else None


def _post(target: SplitResult, body: bytes, headers: Mapping[str, str]) -> str:
    host = target.hostname or ""
    secure = target.scheme == "https"
    port = target.port or (443 if secure else 80)
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as plain:
        plain.settimeout(SECONDS)
        plain.connect(address)
        wrapped = ssl.create_default_context().wrap_socket(plain, server_hostname=host) if secure else plain
        connection = http.client.HTTPConnection(host, port, timeout=SECONDS)
        connection.sock = wrapped
        path = (target.path or "/") + (f"?{target.query}" if target.query else "")
        connection.request("POST", path, body=body, headers={"User-Agent": "writgate", **headers})
        answer = connection.getresponse()
        answer.read(LARGEST_ANSWER)
        wrapped.close()
    return "delivered" if answer.status in _TAKEN else f"HTTP {answer.status}"
