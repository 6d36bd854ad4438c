"""A gateway of its own for scenario rows: in a folder that is gone afterwards, at a time that the rows name.

Its revision is the shipped one, whose register of offences also holds those of the rows. Who operates the engine is a
setting, so rows about other operators are asked of web processes beside the first that have it.
"""

from __future__ import annotations

import json
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, get_args

from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.log import AuditLog
from gateway.cli.context import temporary_home
from gateway.cli.http import Answer, Api
from gateway.cli.init import create_keys
from gateway.cli.over_http.rows import NotAsked
from gateway.cli.serve import environment, free_port, serving, wait_until_ready
from gateway.cli.supervisor import Supervisor
from gateway.database import Database
from gateway.identity.client_credentials import TokenRequestError, public_part, request_token
from gateway.identity.client_sender import Sender
from gateway.identity.keys import new_key
from gateway.policy.keys import signing_key
from gateway.policy.revisions import build_shipped, publish, with_offences
from gateway.postgres.deployment import DatabaseRole, Deployment
from gateway.registry.models import Actor
from gateway.settings import OwnSettings, Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# Every process knows a new clock, and a suspension, within a second.
FOLLOWED_SECONDS: Final = 1.3
_PATIENCE: Final = 5
ITSELF: Final = "requesting_agency"
_OPERATORS: Final = frozenset(get_args(Settings.model_fields["engine_operated_by"].annotation))


class PatientApi(Api):
    """Asks again while a process has not yet seen the clock move, or is not sure of its revocations."""

    __slots__ = ()

    def _send(
        self, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str] | None = None
    ) -> Answer:
        answer = super()._send(method, path, body, headers)
        for _ in range(_PATIENCE):
            if answer.status not in {401, 503}:
                break
            time.sleep(FOLLOWED_SECONDS)
            answer = super()._send(method, path, body, headers)
        return answer


@dataclass(slots=True)
class Home:
    """`webs` are the addresses of its web processes, by who operates the engine; all name themselves by one issuer."""

    settings: Settings
    deployment: Deployment
    webs: dict[str, str]
    offset_ns: int
    key: dict[str, Any] = field(default_factory=lambda: new_key().as_dict(private=True), repr=False)

    @property
    def jwks(self) -> dict[str, Any]:
        """The one key of all clients that are registered for rows."""
        return {"keys": [public_part(self.key)]}

    def now_ns(self) -> int:
        return time.time_ns() + self.offset_ns

    def move(self, to_ns: int) -> None:
        """Moves the clock. It never runs back: what is over already is now."""
        self.offset_ns += max(0, to_ns - self.now_ns())
        self.deployment.inject_clock(self.offset_ns)

    def administrator(self) -> Api:
        held = json.loads((self.settings.clients / "admin-1.json").read_text(encoding="utf-8"))
        return self._api(held["client_id"], held["private_jwk"], self.settings.issuer)

    def api(self, client: str, *, operator: str = ITSELF, **asked: Any) -> Api:
        """A client of a row, with a token asked for over HTTP.

        Raises:
            NotAsked: no token is given, or nobody operates the engine so; the sentence says why.
        """
        if operator not in self.webs:
            raise NotAsked(f"no setting says that the engine is operated by {operator}")
        try:
            return self._api(client, self.key, self.webs[operator], **asked)
        except TokenRequestError as refused:
            raise NotAsked(f"no token was given: {refused}") from refused

    def _api(self, client: str, key: Mapping[str, Any], web: str, **asked: Any) -> Api:
        sender = Sender(self.settings.issuer)
        answer = request_token(web, client, key, sender=sender, **asked)
        return PatientApi(web, str(answer["access_token"]), sender)


@contextmanager
def home_for(*, starts_ns: int, offences: Mapping[str, Mapping[str, Any]], operators: Iterable[str]) -> Iterator[Home]:
    """A gateway that runs while the block does, its clock at `starts_ns`.

    Raises: as `serving`.
    """
    with ExitStack() as stack:
        settings = OwnSettings(
            home=stack.enter_context(temporary_home()),
            port=0,
            allow_injected_clock=True,
            requests_per_minute=1_000_000,
        )
        create_keys(settings)
        offset_ns = starts_ns - time.time_ns()
        with Deployment.open(settings) as first:  # before any process of the gateway reads a clock or a policy
            first.inject_clock(offset_ns)
            _publish(settings, first, offences)
            running, supervisor, deployment = stack.enter_context(serving(settings))
        stack.callback(deployment.destroy)
        stack.callback(supervisor.end)
        webs = {ITSELF: running.issuer}
        for operator in sorted(set(operators) & _OPERATORS - {ITSELF}):
            webs[operator] = stack.enter_context(_another_web(running, operator))
        for web in webs.values():
            wait_until_ready(web, running.home / "gateway.log")
        yield Home(running, deployment, webs, offset_ns)


def _publish(settings: Settings, deployment: Deployment, offences: Mapping[str, Mapping[str, Any]]) -> None:
    """The first revision of this home: every rule as it is shipped, and a register that knows the rows' offences."""
    revision = with_offences(build_shipped(settings.keys), offences, key=signing_key(settings.keys))
    log = AuditLog(keys=DisclosureKeys.load(settings.keys))
    with (
        Database(deployment.conninfo(DatabaseRole.WEB), name="scenarios") as database,
        database.transaction() as connection,
    ):
        publish(connection, revision, log, Actor(kind="operator", id="scenarios"))


@contextmanager
def _another_web(settings: Settings, operator: str) -> Iterator[str]:
    """A web process beside the first, as behind one proxy: the same issuer, another setting. Not waited for."""
    beside = settings.model_copy(
        update={
            "port": free_port(settings.host),
            "public_url": settings.issuer,
            "engine_operated_by": operator,
            "web_workers": 1,
        }
    )
    supervisor = Supervisor(environment=environment(beside), kinds=("web",), log_file=settings.home / "gateway.log")
    try:
        supervisor.start()
        yield f"http://{beside.host}:{beside.port}"
    finally:
        supervisor.end()
