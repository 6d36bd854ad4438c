"""An authority of time for tests: `openssl ts` behind a small HTTP server, with a root of its own."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CONFIGURATION = """
[tsa]
serial = {folder}/serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
ordering = no
tsa_name = no
{certificates}
"""
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey


@dataclass(slots=True)
class Authority:
    folder: Path
    root: x509.Certificate
    _issuer: x509.Name
    _issuer_key: PrivateKey
    _key: PrivateKey
    url: str = ""
    down: bool = False

    def certificate(self, usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.TIME_STAMPING) -> x509.Certificate:
        """Its own, under the root or what is between; another each time, for the same key, name and number."""
        own = _certificate("an authority of time", self._key.public_key(), issuer=self._issuer)
        return own.add_extension(x509.ExtendedKeyUsage([usage]), critical=True).sign(self._issuer_key, hashes.SHA256())

    def stamp(self, query: bytes) -> bytes:
        (self.folder / "query.tsq").write_bytes(query)
        arguments = ["openssl", "ts", "-reply", "-config", "tsa.cnf", "-section", "tsa", "-queryfile", "query.tsq"]
        done = subprocess.run(
            [*arguments, "-signer", "tsa.pem", "-inkey", "tsa.key", "-out", "reply.tsr"],
            cwd=self.folder,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return (self.folder / "reply.tsr").read_bytes()

    def root_file(self) -> Path:
        path = self.folder / "root.pem"
        path.write_bytes(self.root.public_bytes(serialization.Encoding.PEM))
        return path


def make_authority(folder: Path, *, kind: str = "ec", between: tuple[str, ...] = ()) -> Authority:
    """With keys of a kind, `ec` or `rsa`, and authorities of those names between its root and itself, root first."""
    assert shutil.which("openssl"), "openssl is needed to be an authority of time"
    folder.mkdir(parents=True, exist_ok=True)
    key, root_key = _new_key(kind), _new_key(kind)
    root = _authority("a root", root_key.public_key(), _name("a root"), root_key)
    above, above_key, chain = root, root_key, []
    for name in between:
        own_key = _new_key(kind)
        above, above_key = _authority(name, own_key.public_key(), above.subject, above_key), own_key
        chain.append(above)
    authority = Authority(folder, root, above.subject, above_key, key)
    (folder / "chain.pem").write_bytes(b"".join(one.public_bytes(serialization.Encoding.PEM) for one in chain))
    (folder / "tsa.pem").write_bytes(authority.certificate().public_bytes(serialization.Encoding.PEM))
    (folder / "tsa.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (folder / "serial").write_text("01\n")
    certificates = f"certs = {folder}/chain.pem" if chain else ""
    (folder / "tsa.cnf").write_text(_CONFIGURATION.format(folder=folder, certificates=certificates))
    return authority


def _new_key(kind: str) -> PrivateKey:
    return rsa.generate_private_key(65537, 2048) if kind == "rsa" else ec.generate_private_key(ec.SECP256R1())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _authority(subject: str, public: PublicKey, issuer: x509.Name, key: PrivateKey) -> x509.Certificate:
    made = _certificate(subject, public, issuer=issuer)
    return made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(
        key, hashes.SHA256()
    )


def _certificate(subject: str, public: PublicKey, *, issuer: x509.Name) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(1 if subject == "a root" else 2)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
    )


@contextmanager
def serving_authority(folder: Path, *, kind: str = "ec", between: tuple[str, ...] = ()) -> Iterator[Authority]:
    """The authority at `url`, until the block ends; while `down` it answers 503."""
    authority = make_authority(folder, kind=kind, between=between)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            body = b"" if authority.down else authority.stamp(query)
            self.send_response(503 if authority.down else 200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    authority.url = f"http://127.0.0.1:{server.server_address[1]}/"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield authority
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
