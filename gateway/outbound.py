"""Every call that leaves this machine: issuers, event streams, webhooks, witnesses, time stamps, mail.

Invariants: nothing is sent to an origin that the operator did not list; a name is resolved once and the connection goes
to an address that was judged, so a second answer of the name server changes nothing; an address that is not public is
refused unless the list holds it; plain http goes to this machine only; no redirect is followed, no proxy of the
environment is used, no cookie is kept; the whole call, from name to last byte, ends by its deadline, and no more bytes
are read than its limit. Failures never quote the address, the query or what was answered: they may hold secrets.

The list holds origins (`https://idp.example`, `https://idp.example:8443`) and, for what is not public, addresses or
networks (`10.1.0.0/16`). An origin whose host is an address names that address as well.
"""

from __future__ import annotations

import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

LARGEST_ANSWER: Final = 256 * 1024  # bytes
SECONDS: Final = 5.0
_URL: Final = re.compile(r"https?://[!-~]+")
_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9.-]{0,252}[a-z0-9])?|\[[0-9a-f:.]+\]")
_PORTS: Final = {"http": 80, "https": 443}
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class OutboundError(Exception):
    """A call that was not made, or that gave no answer; `code` says which of the rules ended it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class OutboundRefused(OutboundError):  # noqa: N818 - names the condition
    """Nothing was sent. Codes: URL_MALFORMED, NOT_ALLOWED, NOT_SECURE, ADDRESS_NOT_ALLOWED."""


class OutboundFailed(OutboundError):  # noqa: N818 - as above
    """No answer that may be used. Codes: UNRESOLVED, UNREACHABLE, UNTRUSTED, TIMEOUT, REDIRECT,
    TOO_LARGE, ENCODED, MALFORMED.
    """


@dataclass(frozen=True, slots=True)
class Reply:
    """Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class _Question:
    method: str
    url: str
    body: bytes | None
    headers: Mapping[str, str]
    largest: int


@dataclass(frozen=True, slots=True)
class _Target:
    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        return self.host if self.port == _PORTS[self.scheme] else f"{self.host}:{self.port}"


class Outbound:
    """Safe to share between threads."""

    def __init__(self, allowed: Iterable[str], *, authorities: Path | None = None) -> None:
        """`allowed` is the operator's list; `authorities` a PEM file of certificate authorities beside the system's.

        Raises:
            ValueError: an element of the list is neither an origin nor an address or network.
        """
        self._origins: set[tuple[str, str, int]] = set()
        self._networks: list[Network] = []
        for element in allowed:
            self._allow(element)
        self._tls = ssl.create_default_context()
        self._tls.minimum_version = ssl.TLSVersion.TLSv1_2
        if authorities is not None:
            self._tls.load_verify_locations(cafile=authorities)

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        largest: int = LARGEST_ANSWER,
        seconds: float = SECONDS,
    ) -> Reply:
        """Raises OutboundRefused or OutboundFailed."""
        return self._call(_Question("GET", url, None, headers or {}, largest), seconds)

    def post(
        self,
        url: str,
        body: bytes,
        *,
        headers: Mapping[str, str] | None = None,
        largest: int = LARGEST_ANSWER,
        seconds: float = SECONDS,
    ) -> Reply:
        """Raises OutboundRefused or OutboundFailed."""
        return self._call(_Question("POST", url, body, headers or {}, largest), seconds)

    def require_allowed(self, url: str) -> None:
        """Raises OutboundRefused where a call to `url` would be refused before its name is resolved."""
        self._target(url)

    def _allow(self, element: str) -> None:
        if "://" not in element:
            self._networks.append(ipaddress.ip_network(element))
            return
        target = _parse(element)
        if target is None or target.path != "/":
            raise ValueError("An element of the outbound list is an origin such as https://idp.example, or a network.")
        self._origins.add(target.origin)
        if (literal := _literal(target.host)) is not None:
            self._networks.append(ipaddress.ip_network(literal))

    def _target(self, url: str) -> _Target:
        target = _parse(url)
        if target is None:
            raise OutboundRefused("URL_MALFORMED")
        if target.origin not in self._origins:
            raise OutboundRefused("NOT_ALLOWED")
        literal = _literal(target.host)
        if target.scheme == "http" and not (literal is not None and literal.is_loopback):
            raise OutboundRefused("NOT_SECURE")
        return target

    def _call(self, question: _Question, seconds: float) -> Reply:
        target = self._target(question.url)
        deadline = time.monotonic() + seconds
        addresses = _resolve(target, deadline)
        if not addresses or not all(self._may_reach(address) for address in addresses):
            raise OutboundRefused("ADDRESS_NOT_ALLOWED")
        plain = _connect(addresses, target.port, deadline)
        # Timeouts of a socket begin anew with each byte that trickles in; this does not.
        same = plain.dup()
        cut = threading.Timer(max(0.0, deadline - time.monotonic()), _cut, (same,))
        cut.daemon = True
        cut.start()
        try:
            with self._secured(plain, target) as connected:
                reply = _exchange(connected, target, question)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise OutboundFailed(_why(error, deadline)) from None
        finally:
            cut.cancel()
            same.close()
            plain.close()
        if time.monotonic() >= deadline:  # what was cut off may look like the whole
            raise OutboundFailed("TIMEOUT")
        return reply

    def _secured(self, plain: socket.socket, target: _Target) -> socket.socket:
        if target.scheme == "http":
            return plain
        return self._tls.wrap_socket(plain, server_hostname=target.host.strip("[]"), suppress_ragged_eofs=False)

    def _may_reach(self, address: Address) -> bool:
        return is_public(address) or any(address in network for network in self._networks)


def is_public(address: Address) -> bool:
    """Whether the address is of the public internet, and so is every address that is written inside it."""
    if address.is_multicast or not address.is_global:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return True
    inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return all(found.is_global for found in inner if found is not None)


def _parse(url: str) -> _Target | None:
    """None where the URL has anything but a scheme, a host, a port, a path and a query, in plain ASCII."""
    if not _URL.fullmatch(url) or "\\" in url or "#" in url:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        return None
    host = parts.netloc.rpartition(":")[0] if parts.port is not None else parts.netloc
    if not _HOST.fullmatch(host):
        return None
    return _Target(parts.scheme, host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


def _resolve(target: _Target, deadline: float) -> list[Address]:
    """Every address of the name, asked for once. The system's resolver has no deadline, so it gets a thread."""
    if (literal := _literal(target.host)) is not None:
        return [literal]
    found: list[Address] = []

    def ask() -> None:
        try:
            answers = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return
        found.extend(ipaddress.ip_address(str(address[0]).partition("%")[0]) for *_, address in answers)

    asking = threading.Thread(target=ask, daemon=True, name="resolver")
    asking.start()
    asking.join(max(0.0, deadline - time.monotonic()))
    if asking.is_alive():
        raise OutboundFailed("TIMEOUT")
    if not found:
        raise OutboundFailed("UNRESOLVED")
    return list(found)


def _connect(addresses: list[Address], port: int, deadline: float) -> socket.socket:
    for address in addresses:
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            raise OutboundFailed("TIMEOUT")
        try:
            return socket.create_connection((str(address), port), timeout=remaining)
        except OSError:
            continue
    raise OutboundFailed("TIMEOUT" if time.monotonic() >= deadline else "UNREACHABLE")


def _why(error: Exception, deadline: float) -> str:
    if time.monotonic() >= deadline or isinstance(error, TimeoutError):
        return "TIMEOUT"
    if isinstance(error, ssl.SSLCertVerificationError):
        return "UNTRUSTED"
    return "UNREACHABLE" if isinstance(error, OSError) else "MALFORMED"


def _cut(connected: socket.socket) -> None:
    try:
        connected.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _exchange(connected: socket.socket, target: _Target, question: _Question) -> Reply:
    connection = http.client.HTTPConnection(target.host.strip("[]"), target.port)
    connection.sock = connected
    given = {"Host": target.authority, "Accept-Encoding": "identity", "Connection": "close", "User-Agent": "writgate"}
    connection.request(question.method, target.path, body=question.body, headers=given | dict(question.headers))
    answer = connection.getresponse()
    received = answer.read(question.largest + 1)
    if len(received) > question.largest:
        raise OutboundFailed("TOO_LARGE")
    if answer.length:  # fewer bytes than announced: the other side, or the deadline, ended it
        raise http.client.IncompleteRead(received)
    if 300 <= answer.status < 400:  # noqa: PLR2004 - HTTP
        raise OutboundFailed("REDIRECT")
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise OutboundFailed("ENCODED")
    return Reply(answer.status, {name.lower(): value for name, value in answer.headers.items()}, received)
