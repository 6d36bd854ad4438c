"""The key that signs access tokens is replaced while two workers serve and mint: nobody is refused."""

from __future__ import annotations

import json
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import structlog
from click.testing import CliRunner
from homes import new_home
from patience import until

from gateway.cli import main
from gateway.cli.demo.seed import api_for, seed
from gateway.cli.http import Api
from gateway.cli.serve import serving
from gateway.identity.client_credentials import TokenRequestError
from gateway.identity.jose import read_unverified
from gateway.postgres.deployment import DatabaseRole, Deployment
from gateway.settings import Settings
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ENOUGH = 10  # answers of each caller, before and after


@dataclass(slots=True)
class Gateway:
    settings: Settings
    deployment: Deployment

    @property
    def url(self) -> str:
        return f"http://{self.settings.host}:{self.settings.port}"

    def api(self) -> Api:
        return api_for(self.settings, self.url, "lakeport")

    def kids(self) -> list[str]:
        return [key["kid"] for key in Api(self.url).get("/oauth/jwks").document["keys"]]

    def rotate(self) -> str:
        result = CliRunner().invoke(main, ["keys", "rotate", "--home", str(self.settings.home), "--json"])
        structlog.reset_defaults()
        assert result.exit_code == 0, result.output
        return str(json.loads(result.stdout)["kid"])

    def rotations(self) -> list[dict[str, Any]]:
        with psycopg.connect(self.deployment.conninfo(DatabaseRole.ADMIN)) as connection:
            rows = connection.execute("SELECT leaf FROM audit.entries UNION ALL SELECT leaf FROM audit.staging")
            leaves = [json.loads(row[0]) for row in rows.fetchall()]
        of = ("key", "kid", "actor")
        return [{name: leaf[name] for name in of} for leaf in leaves if leaf["kind"] == EntryKind.KEY_ROTATED]


@dataclass(slots=True)
class Callers:
    """Threads that each repeat an act until they are told to stop, and everything that they were answered."""

    answers: list[list[tuple[int, str | None]]] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def repeat(self, act: Callable[[], tuple[int, str | None]]) -> None:
        mine: list[tuple[int, str | None]] = []
        self.answers.append(mine)
        while not self.stop.is_set():
            mine.append(act())

    def good(self) -> list[int]:
        return [sum(status == HTTPStatus.OK for status, _ in mine) for mine in list(self.answers)]

    def refusals(self) -> set[tuple[int, str | None]]:
        """What was answered beside 200. 503 is of a machine that is out of breath, and says nothing of a key."""
        return {answer for mine in self.answers for answer in mine} - {
            (HTTPStatus.OK, None),
            (HTTPStatus.SERVICE_UNAVAILABLE, "REVOCATIONS_STALE"),
            (HTTPStatus.SERVICE_UNAVAILABLE, None),
        }


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    home = new_home()
    try:
        with serving(Settings(home=home, port=0, web_workers=2, requests_per_minute=1_000_000)) as (
            running,
            supervisor,
            deployment,
        ):
            try:
                seed(running, deployment)
                yield Gateway(running, deployment)
            finally:
                supervisor.end()
                deployment.destroy()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def test_while_the_key_is_replaced_old_tokens_and_new_ones_are_good_everywhere(gateway: Gateway) -> None:
    old = gateway.api()
    (before,) = gateway.kids()
    assert _kid(old) == before
    with _calling(gateway, old) as callers:
        until(lambda: min(callers.good()) >= ENOUGH, "everybody was answered")
        after = gateway.rotate()
        so_far = callers.good()
        until(
            lambda: all(now - then >= ENOUGH for now, then in zip(callers.good(), so_far, strict=True)),
            "everybody was answered after the rotation too",
        )
    assert callers.refusals() == set()
    assert after != before
    assert {tuple(gateway.kids()) for _ in range(10)} == {(after, before)}
    assert {_kid(gateway.api()) for _ in range(10)} == {after}
    assert old.get("/v1/galleries").status == HTTPStatus.OK
    assert gateway.rotations() == [{"key": "token.jwk", "kid": after, "actor": "operator"}]


@contextmanager
def _calling(gateway: Gateway, old: Api) -> Iterator[Callers]:
    """Two use the old token, each with a connection of its own at each request; two ask for tokens and use them."""
    callers = Callers()

    def use() -> tuple[int, str | None]:
        answer = old.get("/v1/galleries")
        return answer.status, answer.code

    def mint_and_use() -> tuple[int, str | None]:
        try:
            answer = gateway.api().get("/v1/galleries")
        except TokenRequestError as error:
            return error.status, error.document.get("code")
        return answer.status, answer.code

    acts = (use, use, mint_and_use, mint_and_use)
    with ThreadPoolExecutor(len(acts)) as pool:
        running = [pool.submit(callers.repeat, act) for act in acts]
        try:
            until(lambda: len(callers.answers) == len(acts), "all have begun")
            yield callers
        finally:
            callers.stop.set()
    for each in running:
        each.result()


def _kid(api: Api) -> str:
    return str(read_unverified(str(api.token)).header["kid"])
