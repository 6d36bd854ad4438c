"""`writgate witness serve`: a witness of somebody else's log, as a small process with its own key and memory."""

from __future__ import annotations

import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import click

from gateway.audit.errors import AuditError
from gateway.audit.notes import Verifier
from gateway.audit.witness import LARGEST_REQUEST, Answer, WitnessKey, WitnessServer
from gateway.cli.records import HOME, JSON, PATH, read_text, services
from gateway.cli.registry import propose
from gateway.settings import LOOPBACK
from gateway.signals import when_told_to_end

_MONITORING: Final = re.compile(r"/([0-9a-f]{64})/checkpoint")
_SECONDS: Final = 10.0


@click.group()
def witness() -> None:
    """Witness logs: cosign their checkpoints, so that nobody is shown another."""


@witness.command("propose")
@click.argument("policy", type=PATH)
@HOME
@JSON
def propose_witnesses(*, policy: Path, home: Path | None, as_json: bool) -> None:
    """Propose the witnesses of this home's log: POLICY is a tlog-policy, of the lines that witnesses print."""
    text = read_text(policy)
    with services(home) as local:
        propose(local, "witnesses.change", {"policy": text}, as_json=as_json)


@witness.command()
@click.option("--state", required=True, type=click.Path(path_type=Path, file_okay=False), help="Its key and memory.")
@click.option("--name", required=True, help="The witness's name, such as court.example/witness.")
@click.option("--log", "logs", required=True, multiple=True, metavar="VKEY", help="A log's verifier key; repeatable.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=int, default=8410, show_default=True, help="The port to listen on; 0 for a free one.")
@click.option("--behind-tls", is_flag=True, help="A proxy that does TLS stands in front.")
def serve(*, state: Path, name: str, logs: tuple[str, ...], host: str, port: int, behind_tls: bool) -> None:
    """Start a witness and stay until it is ended. Its verifier key is printed, for the logs' policies.

    A log whose key was rotated is witnessed again when its new key is named beside the old one.
    """
    if host not in LOOPBACK and not behind_tls:
        raise click.ClickException(f"{host} is not loopback. Put a TLS proxy in front and say --behind-tls.")
    try:
        key = WitnessKey.of(state, name)
        server = WitnessServer(state, key, [Verifier.parse(log) for log in logs])
    except AuditError as error:
        raise click.ClickException(str(error)) from None
    with ThreadingHTTPServer((host, port), handler(server)) as listening:
        listening.daemon_threads = True
        when_told_to_end(listening.shutdown)
        address = f"http://{host}:{listening.server_address[1]}"
        click.echo(f"witness {name.rpartition('/')[2]} {key.verifier} {address}")
        listening.serve_forever()


def handler(server: WitnessServer) -> type[BaseHTTPRequestHandler]:
    """The HTTP of a witness."""

    class Handler(BaseHTTPRequestHandler):
        timeout = _SECONDS
        protocol_version = "HTTP/1.1"
        server_version, sys_version = "writgate-witness", ""

        def do_POST(self) -> None:
            given = self.headers.get("Content-Length", "")
            length = int(given) if given.isascii() and given.isdecimal() and len(given) < 9 else -1  # noqa: PLR2004
            if not 0 <= length <= LARGEST_REQUEST:
                self.close_connection = True
                self._send(Answer(413 if length > 0 else 411, "say the length of a request of at most 16 KiB\n"))
                return
            body = self.rfile.read(length)
            found = self.path == "/add-checkpoint"
            self._send(server.add_checkpoint(body) if found else Answer(404, "POST /add-checkpoint\n"))

        def do_GET(self) -> None:
            match = _MONITORING.fullmatch(self.path)
            self._send(server.latest(match[1]) if match else Answer(404, "there is nothing here\n"))

        def _send(self, answer: Answer) -> None:
            body = answer.body.encode()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Says nothing: what was cosigned is in the folder, and an address is a personal value."""

    return Handler
