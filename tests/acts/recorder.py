"""The gateway in this process, which takes down of every request what it left: entries, and changed tables."""

from __future__ import annotations

import base64
import json
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from flask import g, request

from gateway.app import application
from gateway.audit.signer import Signer
from gateway.cli.http import Answer
from gateway.postgres.deployment import DatabaseRole

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from flask import Flask, Response
    from gate_house import GateHouse

    from gateway.cli.demo.seed import Seeded
    from gateway.postgres.deployment import Deployment
    from gateway.settings import Settings

Route = tuple[str, str]
# A token lives for five minutes, and a check of a draft may take as many.
FRESH_SECONDS: Final = 100.0


class Left(NamedTuple):
    """What a request left behind: `tables` that are not as they were, where they were looked at."""

    status: int
    kinds: frozenset[str]
    tables: frozenset[str]

    @property
    def succeeded(self) -> bool:
        return self.status < 400


@dataclass(slots=True)
class Recorder:
    """`watched` are the routes of which every table is compared with what it was before."""

    house: GateHouse
    photographs: dict[str, Path]
    watched: Collection[Route]
    app: Flask = field(init=False)
    left: dict[Route, list[Left]] = field(default_factory=lambda: defaultdict(list))
    _tokens: dict[str, tuple[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.app = application(self.house.built)
        self.app.before_request(self._look)
        self.app.after_request(self._take_down)

    # What `examiner_house.squad` asks of a house.
    @property
    def settings(self) -> Settings:
        return self.house.settings

    @property
    def deployment(self) -> Deployment:
        return self.house.deployment

    @property
    def seeded(self) -> Seeded:
        return self.house.seeded

    def image(self, name: str) -> str:
        return base64.b64encode(self.photographs[name].read_bytes()).decode()

    def api(self, client: str) -> Caller:
        return Caller(self, client)

    def token(self, client: str) -> str:
        """The one that was asked for last, also of a client suspended since; but none that will soon be over."""
        token, taken = self._tokens.get(client, ("", -FRESH_SECONDS))
        if time.monotonic() - taken >= FRESH_SECONDS:
            token, taken = self.house.token(client), time.monotonic()
            self._tokens[client] = token, taken
        return token

    def publish(self) -> None:
        """Integrates what is staged, and signs."""
        self.house.integrate()
        Signer.load(self.house.pool(DatabaseRole.SEQUENCER), self.settings).run_once()

    def kinds(self) -> set[str]:
        return {kind for calls in self.left.values() for call in calls for kind in call.kinds}

    def _look(self) -> None:
        g.staged = self.house.one("SELECT coalesce(max(id), 0) FROM audit.staging")[0]
        route = _route()
        g.tables = self._tables() if route in self.watched else None

    def _take_down(self, response: Response) -> Response:
        if "staged" in g:
            with self.house.admin.transaction() as connection:
                rows = connection.execute("SELECT leaf FROM audit.staging WHERE id > %s", (g.staged,)).fetchall()
            kinds = frozenset(str(json.loads(row[0])["kind"]) for row in rows)
            changed = frozenset[str]()
            if g.tables is not None:
                now = self._tables()
                changed = frozenset(name for name, digest in now.items() if digest != g.tables[name])
            self.left[_route()].append(Left(response.status_code, kinds, changed))
        return response

    def _tables(self) -> dict[str, Any]:
        """A digest of each table's rows."""
        with self.house.admin.transaction() as connection:
            names = connection.execute(
                "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
                " WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
            ).fetchall()
            whole = " UNION ALL ".join(
                f"SELECT '{name}', count(*), sum(hashtextextended(held::text, 0)) FROM {name} AS held"
                for (name,) in names
            )
            return {name: (count, digest) for name, count, digest in connection.execute(whole.encode())}


@dataclass(frozen=True, slots=True)
class Caller:
    """A client, as `gateway.cli.http.Api` is one over the network."""

    recorder: Recorder
    client: str

    def get(self, path: str) -> Answer:
        return self._send("GET", path, None)

    def post(self, path: str, body: dict[str, Any] | None = None, **headers: str) -> Answer:
        return self._send("POST", path, body, headers)

    def put(self, path: str, body: dict[str, Any]) -> Answer:
        return self._send("PUT", path, body)

    def patch(self, path: str, body: dict[str, Any]) -> Answer:
        return self._send("PATCH", path, body)

    def delete(self, path: str) -> Answer:
        return self._send("DELETE", path, None)

    def _send(
        self, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str] | None = None
    ) -> Answer:
        given = {name.replace("_", "-"): value for name, value in (headers or {}).items()}
        given["Authorization"] = f"Bearer {self.recorder.token(self.client)}"
        sent: dict[str, Any] = {} if body is None else {"json": body}
        answer = self.recorder.app.test_client().open(path, method=method, headers=given, **sent)
        document = answer.get_json(silent=True)
        return Answer(answer.status_code, document if isinstance(document, dict) else {})


def done(answer: Answer) -> dict[str, Any]:
    """What a call that succeeded answered."""
    assert answer.status < 400, answer.document
    return answer.document


def _route() -> Route:
    return request.method, "" if request.url_rule is None else request.url_rule.rule
