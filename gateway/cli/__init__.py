"""The `writgate` command: thin, calls the same services as the edge. Faces are reached over HTTP with a token only.

Each command lives in a module of its own and is loaded when it is called, because some load engines and some do not.
"""

from __future__ import annotations

import importlib
import logging
import sys
from typing import Final

import click
import structlog

from gateway import __version__

# Name: module and attribute under gateway.cli.
_COMMANDS: Final = {
    "agency": "registry:agency",
    "approvals": "approvals:approvals",
    "audit": "audit:audit",
    "bench": "bench:bench",
    "client": "registry:client",
    "contract": "registry:contract",
    "court": "court:court",
    "court-key": "registry:court_key",
    "demo": "demo:demo",
    "docket": "docket:docket",
    "doctor": "doctor:doctor",
    "exigency": "registry:exigency",
    "gallery": "gallery:gallery",
    "init": "init:init",
    "instrument": "registry:instrument",
    "issuer": "issuers:issuer",
    "keys": "keys:keys",
    "login": "login:login",
    "logout": "login:logout",
    "opa": "opa:opa",
    "policy": "policy:policy",
    "proposal": "docket:proposal",
    "revoke": "revoke:revoke",
    "reviews": "reviews:reviews",
    "run": "run:run",
    "sanction": "sanctions:sanction",
    "scenarios": "scenarios:scenarios",
    "search": "search:search",
    "serve": "serve:serve",
    "test": "test:test_command",
    "token": "token:token",
    "user": "registry:user",
    "user-link": "issuers:user_link",
    "witness": "witness:witness",
}


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        place = _COMMANDS.get(name)
        if place is None:
            return None
        module, _, attribute = place.partition(":")
        command: click.Command = getattr(importlib.import_module(f"gateway.cli.{module}"), attribute)
        return command


@click.group(cls=_Lazy)
@click.version_option(__version__, prog_name="writgate")
def main() -> None:
    """Writgate: a governance gateway in front of face recognition."""
    # Commands speak to people; what a process logs is switched on by `run`.
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
