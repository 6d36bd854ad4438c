"""The engine that asks an OPA server, over loopback, a Unix socket or TLS, through `opa-python-client`.

Without `WRITGATE_OPA_URL` it runs a server of its own for each revision (`gateway.policy.opa_server`). With it, the
server is the operator's: it must hold the live revision, which every answer names, or its answers are `ENGINE_ERROR`.
A builtin that fails makes its expression undefined, as in WebAssembly: the server's stricter mode would make the same
policy decide otherwise on one engine than on the other. Rules are written so that what is undefined never helps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gateway.policy import opa_program
from gateway.policy.decision import Decision, parse
from gateway.policy.engine import EngineUnavailableError, UndefinedDecisionError, failed
from gateway.policy.opa_connection import TIMEOUT_SECONDS, OpaAddressError, connect
from gateway.policy.opa_server import OpaServer
from gateway.policy.probe import probe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opa_client import OpaClient

    from gateway.policy.revisions import Revision
    from gateway.settings import Settings

_PACKAGE: Final = "writgate"
_RULE: Final = "decision"


class OpaEngine:
    """One revision, decided by an OPA server. Gives the server back when it is its own."""

    name: Final = "opa"

    def __init__(self, source: Revision, client: OpaClient, *, server: OpaServer | None = None) -> None:
        """Raises EngineUnavailableError: the server does not answer, or does not hold this revision."""
        self.source = source
        self.revision = source.number
        self._client = client
        self._server = server
        try:
            probe(self)
        except EngineUnavailableError:
            self.close()
            raise

    def decide(self, document: Mapping[str, Any]) -> Decision:
        """The decision on one input document; `ENGINE_ERROR` for anything that goes wrong. Never raises."""
        try:
            body = self._client.query_rule(dict(document), _PACKAGE, _RULE)
            return parse(_result(body), revision=self.revision, kinds=self.source.kinds)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong in here is a denial, never an exception
            return failed(self, error)

    def close(self) -> None:
        """Ends the connections, and the server where it is ours."""
        self._client.close_connection()
        if self._server is not None:
            self._server.close()


def opa_engine(revision: Revision, settings: Settings, *, timeout: float = TIMEOUT_SECONDS) -> OpaEngine:
    """The engine that the settings describe; a decision takes `timeout` seconds at most.

    Raises:
        EngineUnavailableError: there is no `opa`, no server, or it does not take this revision.
    """
    try:
        if settings.opa_url:
            return OpaEngine(revision, _operators(settings.opa_url, settings, timeout))
        server = OpaServer(revision, settings, program=opa_program.require(settings.home))
    except (opa_program.OpaMissingError, OpaAddressError) as error:
        raise EngineUnavailableError(str(error)) from error
    client = connect(server.url, token=server.token, connections=settings.web_threads, timeout=timeout)
    return OpaEngine(revision, client, server=server)


def _operators(url: str, settings: Settings, timeout: float) -> OpaClient:
    shown = (settings.opa_certificate, settings.opa_key) if settings.opa_certificate and settings.opa_key else None
    return connect(
        url,
        token=settings.opa_token,
        connections=settings.web_threads,
        timeout=timeout,
        ca=settings.opa_ca,
        certificate=shown,
    )


def _result(body: Any) -> Any:
    """OPA answers 200 without `result` where the decision is undefined, or its bundle is not active."""
    if not isinstance(body, dict) or "result" not in body:
        raise UndefinedDecisionError("the decision is undefined, or the server's bundle is not active")
    return body["result"]
