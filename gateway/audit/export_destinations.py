"""Where an export is delivered: a file, a syslog server, a webhook, an S3-compatible store.

`deliver` returns once the other side has the lines, or raises `NotDelivered`; the cursor moves only after it returned,
so lines may come twice and never be missing. Over UDP nobody says that they came, and over TCP only that they were read
to the end. Failures name no address and quote nothing that was answered.
"""

from __future__ import annotations

import base64
import os
import re
import socket
import ssl
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import urlsplit

from gateway.audit.errors import AuditError
from gateway.audit.export_parquet import FORMAT as PARQUET
from gateway.outbound import OutboundError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from gateway.outbound import Outbound

SECONDS: Final = 10.0
# Facility 13, log audit; severity 5, notice (RFC 5424).
_PRIORITY: Final = 13 * 8 + 5
_SYSLOG_PORTS: Final = {"syslog+udp": 514, "syslog+tcp": 601, "syslog+tls": 6514}
_FILE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,100}")
SCHEMES: Final = ("file", *_SYSLOG_PORTS, "https", "http", "s3")


class NotDelivered(AuditError):  # noqa: N818 - states a condition
    """The lines did not arrive, or nobody said that they did."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is sent at once: `count` events of the export `name`, from the index `first` on.

    `lines` is empty where the form is none of lines; `content` is always the whole.
    """

    name: str
    first: int
    count: int
    content: bytes
    lines: tuple[str, ...] = ()

    @classmethod
    def of_lines(cls, name: str, first: int, lines: list[str]) -> Delivery:
        return cls(name, first, len(lines), "".join(f"{line}\n" for line in lines).encode(), tuple(lines))

    def headed(self, header: str | None) -> bytes:
        """The content as a table of its own, under the header of its form where it has one."""
        return self.content if header is None else f"{header}\n".encode() + self.content


class Destination(Protocol):
    def deliver(self, delivery: Delivery) -> None:
        """Raises NotDelivered."""


class File:
    """Lines are appended, and on the disk when `deliver` returns."""

    def __init__(self, path: Path, *, header: str | None) -> None:
        self._path = path
        self._header = header

    def deliver(self, delivery: Delivery) -> None:
        with _writing(self._path, os.O_APPEND) as file:
            if self._header and os.fstat(file).st_size == 0:
                _write(file, f"{self._header}\n".encode())
            _write(file, delivery.content)


class Folder:
    """A file for each delivery, named by its first index, so that a repeat replaces it; whole, or not there."""

    def __init__(self, path: Path, *, suffix: str) -> None:
        self._path = path
        self._suffix = suffix

    def deliver(self, delivery: Delivery) -> None:
        name = f"{delivery.first:020d}.{self._suffix}"
        try:
            self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._path.is_symlink():
                raise NotDelivered("the folder is a link")
            with _writing(self._path / f".{name}", os.O_TRUNC) as file:
                _write(file, delivery.content)
            (self._path / f".{name}").replace(self._path / name)
        except OSError as error:
            raise NotDelivered("the file cannot be written") from error


@contextmanager
def _writing(path: Path, how: int) -> Iterator[int]:
    """A file that is no link, and on the disk at the end. Raises NotDelivered."""
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        file = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CREAT | how, 0o600)
        try:
            yield file
            os.fsync(file)
        finally:
            os.close(file)
    except OSError as error:
        raise NotDelivered("the file cannot be written") from error


def _write(file: int, content: bytes) -> None:
    while content:
        content = content[os.write(file, content) :]


class Syslog:
    """RFC 5424 messages: in datagrams (RFC 5426), or framed by octet counting in TCP (RFC 6587) and TLS (RFC 5425)."""

    def __init__(self, scheme: str, host: str, port: int, *, authorities: Path | None) -> None:
        self._scheme = scheme
        self._address = (host, port)
        self._authorities = authorities

    def deliver(self, delivery: Delivery) -> None:
        messages = [self._message(line, name=delivery.name) for line in delivery.lines]
        try:
            if self._scheme == "syslog+udp":
                with socket.socket(_family(self._address), socket.SOCK_DGRAM) as sender:
                    for message in messages:
                        sender.sendto(message, self._address)
                return
            framed = b"".join(str(len(message)).encode() + b" " + message for message in messages)
            with socket.create_connection(self._address, timeout=SECONDS) as plain:
                if self._scheme == "syslog+tcp":
                    plain.sendall(framed)
                    # A server that was gone before it read is told apart from one that closed in its time.
                    plain.shutdown(socket.SHUT_WR)
                    _wait_for_the_end(plain)
                    return
                context = ssl.create_default_context(cafile=self._authorities)
                with context.wrap_socket(plain, server_hostname=self._address[0]) as stream:
                    stream.sendall(framed)
                    _take_leave(stream)
        except OSError as error:
            raise NotDelivered("the syslog server did not take it") from error

    @staticmethod
    def _message(line: str, *, name: str) -> bytes:
        stamp = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return f"<{_PRIORITY}>1 {stamp} {socket.gethostname()} writgate {os.getpid()} {name} - {line}".encode()


def _wait_for_the_end(plain: socket.socket) -> None:
    """Until the other side closes, whatever it says meanwhile. Raises OSError, also where that takes too long."""
    deadline = time.monotonic() + SECONDS
    while plain.recv(4096):
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        plain.settimeout(left)


def _take_leave(stream: ssl.SSLSocket) -> None:
    """Says that this is all (RFC 5425 section 4.4) and waits for the same; OSError where the other side broke off."""
    try:
        stream.unwrap()
    except ssl.SSLEOFError:
        return  # it closed without a word, as many do, after it had read to the end
    except OSError as error:
        if error.errno != 0:  # 0 is how Python says the same
            raise


class Webhook:
    """A POST of the lines, signed as Standard Webhooks has it (`v1a`, Ed25519): `{id}.{timestamp}.{body}`."""

    def __init__(
        self, url: str, *, outbound: Outbound, key: Ed25519PrivateKey, media_type: str, header: str | None
    ) -> None:
        self._url = url
        self._header = header
        self._outbound = outbound
        self._key = key
        self._media_type = media_type

    def deliver(self, delivery: Delivery) -> None:
        # The same for a repeat, so that the receiver may pass it over.
        identity, stamp = f"{delivery.name}.{delivery.first}.{delivery.count}", str(int(time.time()))
        content = delivery.headed(self._header)
        signed = f"{identity}.{stamp}.".encode() + content
        signature = base64.b64encode(self._key.sign(signed)).decode()
        headers = {
            "Content-Type": self._media_type,
            "webhook-id": identity,
            "webhook-timestamp": stamp,
            "webhook-signature": f"v1a,{signature}",
        }
        try:
            reply = self._outbound.post(self._url, content, headers=headers, seconds=SECONDS)
        except OutboundError as error:
            raise NotDelivered(f"the webhook was not reached: {error.code}") from error
        if not HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
            raise NotDelivered(f"the webhook answered with status {reply.status}")


class S3:
    """One object for each delivery, named by its first index, so that a repeat replaces it.

    Credentials, region and endpoint are those of boto3's own chain (`AWS_…`); the endpoint must be on the operator's
    list of what may be called.
    """

    def __init__(self, bucket: str, prefix: str, *, suffix: str, outbound: Outbound, header: str | None) -> None:
        try:
            import boto3  # noqa: PLC0415 - an extra that few need
        except ImportError as error:
            raise NotDelivered("this destination needs boto3; install writgate[s3]") from error
        try:
            self._client: Any = boto3.client("s3")
        except Exception as error:
            raise NotDelivered(f"boto3 is not set up for a store: {type(error).__name__}") from error
        _require_allowed(outbound, str(self._client.meta.endpoint_url))
        self._bucket, self._prefix, self._suffix = bucket, prefix, suffix
        self._header = header

    def deliver(self, delivery: Delivery) -> None:
        key = f"{self._prefix}{delivery.name}/{delivery.first:020d}.{self._suffix}"
        try:
            self._client.put_object(Bucket=self._bucket, Key=key, Body=delivery.headed(self._header))
        except Exception as error:
            raise NotDelivered(f"the store did not take it: {type(error).__name__}") from error


def destination(
    url: str,
    *,
    form: str,
    folder: Path,
    outbound: Outbound,
    key: Ed25519PrivateKey,
    header: str | None,
    authorities: Path | None,
) -> Destination:
    """A file is named `file:NAME` and lies in `folder`: who may export may not write where he likes.

    Raises NotDelivered: the URL is none, its scheme not one of `SCHEMES`, or it may not be called.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise NotDelivered("the destination is not a URL") from error
    if form == PARQUET and parts.scheme not in {"file", "s3"}:
        raise NotDelivered("a Parquet file goes to file:NAME or to s3://…")
    if parts.scheme == "file" and not parts.netloc and _FILE.fullmatch(parts.path):
        place = folder / parts.path
        return Folder(place, suffix=form) if form == PARQUET else File(place, header=header)
    if parts.scheme in _SYSLOG_PORTS and parts.hostname:
        port = port or _SYSLOG_PORTS[parts.scheme]
        _require_allowed(outbound, *(f"{scheme}://{parts.hostname}:{port}" for scheme in ("https", "http")))
        return Syslog(parts.scheme, parts.hostname, port, authorities=authorities)
    if parts.scheme in {"https", "http"} and parts.hostname:
        _require_allowed(outbound, url)
        return Webhook(url, outbound=outbound, key=key, media_type=_media_type(form), header=header)
    if parts.scheme == "s3" and parts.netloc:
        return S3(parts.netloc, parts.path.lstrip("/"), suffix=form, outbound=outbound, header=header)
    raise NotDelivered(f"a destination is a URL of one of {', '.join(SCHEMES)}")


def _require_allowed(outbound: Outbound, *urls: str) -> None:
    """One of them must be on the operator's list; a syslog server is listed as the origin of its host and port."""
    for url in urls:
        try:
            outbound.require_allowed(url)
        except OutboundError:
            continue
        return
    raise NotDelivered("it is not on the list of what may be called (WRITGATE_OUTBOUND)")


def _media_type(form: str) -> str:
    return {"csv": "text/csv", "cef": "text/plain"}.get(form, "application/x-ndjson")


def _family(address: tuple[str, int]) -> socket.AddressFamily:
    return socket.getaddrinfo(*address, type=socket.SOCK_DGRAM)[0][0]
