"""Syslog over TLS as RFC 5425 has it, at a receiver that does real TLS and knows nothing else."""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID
from patience import PATIENCE_SECONDS

from gateway.audit.export_destinations import Delivery, NotDelivered, destination
from gateway.outbound import Outbound

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LINES = ["CEF:0|Writgate|…|first", "CEF:0|Writgate|…|sécond"]
DELIVERY = Delivery.of_lines("siem", 7, LINES)


@dataclass
class Receiver:
    """What it was sent, and what RFC 5425 section 4.3.1 makes of it."""

    port: int = 0
    version: str | None = None
    stream: bytes = b""
    ended: threading.Event = field(default_factory=threading.Event)

    def messages(self) -> list[str]:
        found, stream = [], self.stream
        while stream:
            length, space, rest = stream.partition(b" ")
            assert space
            assert re.fullmatch(rb"[1-9][0-9]*", length)
            assert len(rest) >= int(length)
            found.append(rest[: int(length)].decode())
            stream = rest[int(length) :]
        return found


def certificate(folder: Path, name: str = "127.0.0.1") -> tuple[Path, Path]:
    """A certificate that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "syslog receiver")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(name))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "receiver.pem", folder / "receiver.key"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths


@contextmanager
def receiver(pair: tuple[Path, Path], *, reads: bool = True) -> Iterator[Receiver]:
    """For one connection."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pair)
    made = Receiver()

    def receive(listening: socket.socket) -> None:
        with suppress(OSError), listening.accept()[0] as plain, context.wrap_socket(plain, server_side=True) as stream:
            made.version = stream.version()
            while reads and (block := stream.recv(65536)):
                made.stream += block
        made.ended.set()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(20)
        made.port = listening.getsockname()[1]
        thread = threading.Thread(target=receive, args=(listening,))
        thread.start()
        yield made
        thread.join()


def send(port: int, folder: Path, authorities: Path | None) -> None:
    outbound = Outbound((f"https://127.0.0.1:{port}",), authorities=authorities)
    destination(
        f"syslog+tls://127.0.0.1:{port}", form="cef", folder=folder, outbound=outbound,
        key=Ed25519PrivateKey.generate(), header=None, authorities=authorities,
    ).deliver(DELIVERY)  # fmt: skip


def test_each_entry_is_one_framed_message(tmp_path: Path) -> None:
    pair = certificate(tmp_path)
    with receiver(pair) as got:
        send(got.port, tmp_path, pair[0])
        assert got.ended.wait(PATIENCE_SECONDS)
    assert got.version in {"TLSv1.2", "TLSv1.3"}
    messages = got.messages()
    assert len(messages) == 2
    for line, message in zip(LINES, messages, strict=True):
        head = r"<109>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \S+ writgate \d+ siem - "
        assert re.fullmatch(head + re.escape(line), message)


def test_a_receiver_whom_nobody_vouches_for_gets_nothing(tmp_path: Path) -> None:
    with receiver(certificate(tmp_path)) as got, pytest.raises(NotDelivered):
        send(got.port, tmp_path, None)
    assert got.stream == b""


def test_a_receiver_of_another_name_gets_nothing(tmp_path: Path) -> None:
    pair = certificate(tmp_path, "127.0.0.2")
    with receiver(pair) as got, pytest.raises(NotDelivered):
        send(got.port, tmp_path, pair[0])
    assert got.stream == b""
