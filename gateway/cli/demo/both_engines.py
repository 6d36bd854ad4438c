"""Where OPA is installed: the server decides the same questions as the WebAssembly in process did, and must agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.cli.demo.log_acts import inputs_of_decisions
from gateway.database import Database
from gateway.policy import opa_program, revisions
from gateway.policy.engine import PATIENCE_SECONDS, EngineUnavailableError
from gateway.policy.wasm_engine import WasmEngine
from gateway.postgres.deployment import DatabaseRole

if TYPE_CHECKING:
    from gateway.cli.demo.narrator import Narrator
    from gateway.postgres.deployment import Deployment
    from gateway.settings import Settings


def compare_engines(settings: Settings, deployment: Deployment, narrator: Narrator) -> None:
    narrator.title("11. Two engines, one answer")
    if opa_program.find(settings.home) is None:
        narrator.say("not shown: no opa program was found; `writgate opa install` gets it")
        return
    from gateway.policy.opa_engine import opa_engine  # noqa: PLC0415 - its client takes a second to import

    documents = inputs_of_decisions(settings, deployment)
    web = deployment.conninfo(DatabaseRole.WEB)
    with Database(web, name="demo policy", max_size=1) as database, database.transaction() as connection:
        live = revisions.live(connection)
        revision = revisions.load(connection, live[0] if live else 0, keys=settings.keys)
    in_process = WasmEngine(revision, instances=1, deadline_seconds=PATIENCE_SECONDS)
    try:
        server = opa_engine(revision, settings, timeout=PATIENCE_SECONDS)
    except EngineUnavailableError as error:
        narrator.expect(f"the OPA server decides ({error})", held=False)
        return
    try:
        same = sum(in_process.decide(asked) == server.decide(asked) for asked in documents)
    finally:
        server.close()
        in_process.close()
    narrator.expect(
        f"an OPA server decided the {len(documents)} questions of this story again: {same} answers are the same",
        same == len(documents) > 0,
    )
