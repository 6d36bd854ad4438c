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
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import urlsplit

from gateway.audit.errors import AuditError
from gateway.outbound import OutboundError

if TYPE_CHECKING:
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


class Destination(Protocol):
    def deliver(self, lines: list[str], *, name: str, first: int) -> None:
        """`name` is the export's, `first` the index of the first entry. Raises NotDelivered."""


class File:
    """Lines are appended, and on the disk when `deliver` returns."""

    def __init__(self, path: Path, *, header: str | None) -> None:
        self._path = path
        self._header = header

    def deliver(self, lines: list[str], *, name: str, first: int) -> None:  # noqa: ARG002 - the protocol's
        try:
            self._path.parent.mkdir(mode=0o700, exist_ok=True)
            file = os.open(self._path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise NotDelivered("the file cannot be written") from error
        try:
            head = [self._header] if self._header and os.fstat(file).st_size == 0 else []
            content = "".join(f"{line}\n" for line in [*head, *lines]).encode()
            while content:
                content = content[os.write(file, content) :]
            os.fsync(file)
        except OSError as error:
            raise NotDelivered("the file cannot be written") from error
        finally:
            os.close(file)


class Syslog:
    """RFC 5424 messages: in datagrams (RFC 5426), or framed by octet counting in TCP (RFC 6587) and TLS (RFC 5425)."""

    def __init__(self, scheme: str, host: str, port: int, *, authorities: Path | None) -> None:
        self._scheme = scheme
        self._address = (host, port)
        self._authorities = authorities

    def deliver(self, lines: list[str], *, name: str, first: int) -> None:  # noqa: ARG002 - the protocol's
        messages = [self._message(line, name=name) for line in lines]
        try:
            if self._scheme == "syslog+udp":
                with socket.socket(_family(self._address), socket.SOCK_DGRAM) as sender:
                    for message in messages:
                        sender.sendto(message, self._address)
                return
            with socket.create_connection(self._address, timeout=SECONDS) as plain:
                stream = plain
                if self._scheme == "syslog+tls":
                    context = ssl.create_default_context(cafile=self._authorities)
                    stream = context.wrap_socket(plain, server_hostname=self._address[0])
                stream.sendall(b"".join(str(len(message)).encode() + b" " + message for message in messages))
                # A server that was gone before it read is told apart from one that closed in its time.
                stream.shutdown(socket.SHUT_WR)
                while stream.recv(4096):
                    pass
        except OSError as error:
            raise NotDelivered("the syslog server did not take it") from error

    @staticmethod
    def _message(line: str, *, name: str) -> bytes:
        stamp = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return f"<{_PRIORITY}>1 {stamp} {socket.gethostname()} writgate {os.getpid()} {name} - {line}".encode()


class Webhook:
    """A POST of the lines, signed as Standard Webhooks has it (`v1a`, Ed25519): `{id}.{timestamp}.{body}`."""

    def __init__(self, url: str, *, outbound: Outbound, key: Ed25519PrivateKey, media_type: str) -> None:
        self._url = url
        self._outbound = outbound
        self._key = key
        self._media_type = media_type

    def deliver(self, lines: list[str], *, name: str, first: int) -> None:
        body = "".join(f"{line}\n" for line in lines).encode()
        # The same for a repeat, so that the receiver may pass it over.
        identity, stamp = f"{name}.{first}.{len(lines)}", str(int(time.time()))
        signature = base64.b64encode(self._key.sign(f"{identity}.{stamp}.".encode() + body)).decode()
        headers = {
            "Content-Type": self._media_type,
            "webhook-id": identity,
            "webhook-timestamp": stamp,
            "webhook-signature": f"v1a,{signature}",
        }
        try:
            reply = self._outbound.post(self._url, body, headers=headers, seconds=SECONDS)
        except OutboundError as error:
            raise NotDelivered(f"the webhook was not reached: {error.code}") from error
        if not HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
            raise NotDelivered(f"the webhook answered with status {reply.status}")


class S3:
    """One object for each delivery, named by its first index, so that a repeat replaces it.

    Credentials, region and endpoint are those of boto3's own chain (`AWS_…`); the endpoint must be on the operator's
    list of what may be called.
    """

    def __init__(self, bucket: str, prefix: str, *, suffix: str, outbound: Outbound) -> None:
        try:
            import boto3  # noqa: PLC0415 - an extra that few need
        except ImportError as error:
            raise NotDelivered("this destination needs boto3; install writgate[s3]") from error
        self._client: Any = boto3.client("s3")
        _require_allowed(outbound, str(self._client.meta.endpoint_url))
        self._bucket, self._prefix, self._suffix = bucket, prefix, suffix

    def deliver(self, lines: list[str], *, name: str, first: int) -> None:
        key = f"{self._prefix}{name}/{first:020d}.{self._suffix}"
        body = "".join(f"{line}\n" for line in lines).encode()
        try:
            self._client.put_object(Bucket=self._bucket, Key=key, Body=body)
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
    if parts.scheme == "file" and not parts.netloc and _FILE.fullmatch(parts.path):
        return File(folder / parts.path, header=header)
    if parts.scheme in _SYSLOG_PORTS and parts.hostname:
        port = port or _SYSLOG_PORTS[parts.scheme]
        _require_allowed(outbound, *(f"{scheme}://{parts.hostname}:{port}" for scheme in ("https", "http")))
        return Syslog(parts.scheme, parts.hostname, port, authorities=authorities)
    if parts.scheme in {"https", "http"} and parts.hostname:
        _require_allowed(outbound, url)
        return Webhook(url, outbound=outbound, key=key, media_type=_media_type(form))
    if parts.scheme == "s3" and parts.netloc:
        return S3(parts.netloc, parts.path.lstrip("/"), suffix=form, outbound=outbound)
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
