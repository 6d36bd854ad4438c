"""Where a test's messages arrive: a mail server that speaks SMTP (RFC 5321), with STARTTLS (RFC 3207), TLS from the
beginning (RFC 8314) or neither, and somebody's webhook.
"""

from __future__ import annotations

import base64
import ipaddress
import socketserver
import ssl
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_string
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, BinaryIO

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator
    from pathlib import Path


@dataclass
class PostOffice:
    """`letters` are who each went to and its text; `logins` what was said at AUTH PLAIN, and whether under TLS.

    While `taking` is not set, whoever offers a letter waits; while `answering` is not set, a letter is taken and no
    answer given.
    """

    port: int = 0
    offered: int = 0
    taking: threading.Event = field(default_factory=threading.Event)
    letters: list[tuple[str, str]] = field(default_factory=list)
    answering: threading.Event = field(default_factory=threading.Event)
    logins: list[tuple[str, str, bool]] = field(default_factory=list)

    def ids(self) -> list[str]:
        """Of each letter, without what belongs to mail."""
        named = [str(message_from_string(text)["Message-ID"]) for _, text in self.letters]
        return [name.removeprefix("<").removesuffix("@writgate>") for name in named]


@dataclass
class Hook:
    """`came` are the headers, their names in lower case, and the body; `answers` the next statuses, 204 after them.

    While `answering` is not set, what comes is taken and no answer given.
    """

    origin: str = ""
    answers: list[int] = field(default_factory=list)
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answering: threading.Event = field(default_factory=threading.Event)

    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.came]


@dataclass
class _Talk:
    """One connection to the mail server."""

    office: PostOffice
    tls: ssl.SSLContext | None
    socket: socket.socket
    secure: bool

    def run(self) -> None:
        stream = self._open()
        self._say(stream, b"220 post")
        to = ""
        while line := stream.readline():
            word, _, rest = line.strip().partition(b" ")
            match word.upper():
                case b"EHLO" if self.tls and not self.secure:
                    self._say(stream, b"250-post\r\n250 STARTTLS")
                case b"EHLO":
                    self._say(stream, b"250-post\r\n250 AUTH PLAIN")
                case b"STARTTLS" if self.tls and not self.secure:
                    self._say(stream, b"220 go on")
                    self.begin_tls()
                    stream = self._open()
                case b"AUTH":
                    _, user, password = base64.b64decode(rest.split(b" ")[-1]).decode().split("\0")
                    self.office.logins.append((user, password, self.secure))
                    self._say(stream, b"235 welcome")
                case b"RCPT":
                    to = rest.decode().partition("<")[2].partition(">")[0]
                    self._say(stream, b"250 ok")
                case b"DATA":
                    self.office.offered += 1
                    self.office.taking.wait()
                    self._say(stream, b"354 go on")
                    if (text := _letter(stream)) is None:
                        return
                    self.office.letters.append((to, text))
                    self.office.answering.wait()
                    self._say(stream, b"250 ok")
                case b"QUIT":
                    self._say(stream, b"221 bye")
                    return
                case _:
                    self._say(stream, b"250 ok")

    def begin_tls(self) -> None:
        if self.tls is not None:
            self.socket, self.secure = self.tls.wrap_socket(self.socket, server_side=True), True

    def _open(self) -> BinaryIO:
        return self.socket.makefile("rwb")  # type: ignore[return-value]  # a BufferedRWPair, which reads and writes

    @staticmethod
    def _say(stream: BinaryIO, line: bytes) -> None:
        stream.write(line + b"\r\n")
        stream.flush()


def _letter(stream: BinaryIO) -> str | None:
    """What comes before the line with the dot; None where the sender died before that."""
    lines: list[bytes] = []
    while line := stream.readline():
        if line == b".\r\n":
            return b"".join(lines).decode()
        lines.append(line)
    return None


@contextmanager
def post_office(*, certificate: tuple[Path, Path] | None = None, implicit: bool = False) -> Iterator[PostOffice]:
    """A mail server on this machine; with a certificate it offers STARTTLS, or is `implicit` and speaks TLS only."""
    made, tls = PostOffice(), None
    made.taking.set()
    made.answering.set()
    if certificate is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*certificate)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            talk = _Talk(made, tls, self.request, secure=False)
            with suppress(OSError):  # whoever called did not like the certificate, or died
                if implicit:
                    talk.begin_tls()
                talk.run()
            talk.socket.close()

    with _serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)) as made.port:
        yield made


@contextmanager
def webhook() -> Iterator[Hook]:
    made = Hook()
    made.answering.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            body = self.rfile.read(length)
            if len(body) < length:  # whoever called is dead
                return
            made.came.append(({name.lower(): value for name, value in self.headers.items()}, body))
            made.answering.wait()
            with suppress(OSError):  # whoever called is dead
                self.send_response(made.answers.pop(0) if made.answers else 204)
                self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with _serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        made.origin = f"http://127.0.0.1:{port}"
        yield made


@contextmanager
def _serving(server: socketserver.BaseServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield int(server.server_address[1])  # type: ignore[index]  # of an internet socket
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def authority(folder: Path, *, of: str = "127.0.0.1") -> tuple[Path, tuple[Path, Path]]:
    """The certificate of an authority of one's own, and the certificate and key that it gave a server at `of`."""
    folder.mkdir(parents=True, exist_ok=True)
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    name = _name("an authority of one's own")
    root = (
        _certificate(name, name, root_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    leaf = (
        _certificate(_name("a mail server"), name, key.public_key())
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(of))]), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    paths = folder / "authority.pem", folder / "server.pem", folder / "server.key"
    paths[0].write_bytes(root.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(leaf.public_bytes(serialization.Encoding.PEM))
    paths[2].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths[0], paths[1:]


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _certificate(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
    )
