"""A server that speaks the part of HashiCorp Vault's Transit API that wraps keys; the real program cannot run here.

Requests and answers are those of Vault's API reference: a key with versions, `encrypt` and `decrypt` with associated
data, `rotate`, `config` and `trim`. Errors are `{"errors": [...]}` with the status that Vault gives.
"""

from __future__ import annotations

import base64
import json
import os
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

if TYPE_CHECKING:
    from collections.abc import Iterator


class Vault:
    """`token` is what a caller must show."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.url = ""
        self.versions: dict[str, dict[int, bytes]] = {}
        self.least: dict[str, int] = {}

    def answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if not path.startswith("/v1/transit/"):
            return 404, {"errors": ["no handler for route"]}
        verb, _, rest = path.removeprefix("/v1/transit/").partition("/")
        name, _, act = rest.partition("/")
        if verb == "keys" and method == "POST" and not act:
            self.versions.setdefault(name, {1: os.urandom(32)})
            return 200, {"data": {"latest_version": 1}}
        if name not in self.versions:
            return (404, {"errors": []}) if method == "GET" else (400, {"errors": ["encryption key not found"]})
        versions = self.versions[name]
        if verb == "keys":
            return self._manage(name, versions, act, body)
        return self._crypt(verb, name, body)

    def _crypt(self, verb: str, name: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        versions, least = self.versions[name], self.least.get(name, 0)
        data = base64.b64decode(body.get("associated_data", ""))
        if verb == "encrypt":
            version, nonce = body.get("key_version") or max(versions), os.urandom(12)
            if version not in versions or version < least:
                return 400, {"errors": ["requested version for encryption is not available"]}
            sealed = nonce + AESGCM(versions[version]).encrypt(nonce, base64.b64decode(body["plaintext"]), data)
            return 200, {"data": {"ciphertext": f"vault:v{version}:{base64.b64encode(sealed).decode()}"}}
        _, shown, text = body["ciphertext"].split(":")
        version, sealed = int(shown[1:]), base64.b64decode(text)
        usable = {number: key for number, key in versions.items() if number >= least}
        try:
            plain = AESGCM(usable[version]).decrypt(sealed[:12], sealed[12:], data)
        except (KeyError, InvalidTag):
            return 400, {"errors": ["cipher: message authentication failed, or the version is too old"]}
        return 200, {"data": {"plaintext": base64.b64encode(plain).decode()}}

    def _manage(self, name: str, versions: dict[int, bytes], act: str, body: dict[str, Any]) -> tuple[int, Any]:
        if act == "rotate":
            versions[max(versions) + 1] = os.urandom(32)
        elif act == "config":
            self.least[name] = body["min_decryption_version"]
        elif act == "trim":
            if body["min_available_version"] > self.least.get(name, 0):
                return 400, {"errors": ["minimum available version cannot be higher than minimum decryption version"]}
            for version in [version for version in versions if version < body["min_available_version"]]:
                del versions[version]
        return 200, {"data": {"latest_version": max(versions), "type": "aes256-gcm96"}}


@contextmanager
def vault() -> Iterator[Vault]:
    served = Vault("s.test")

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, answer = 403, {"errors": ["permission denied"]}
            if self.headers.get("X-Vault-Token") == served.token:
                status, answer = served.answer(self.command, self.path, json.loads(body) if body else {})
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _serve  # noqa: N815 - the names that http.server calls

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
