"""The live revision: followed within a second, never answered for by an older one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from patience import PATIENCE_SECONDS

from gateway.policy.bundle import pack
from gateway.policy.decision import Decision
from gateway.policy.keys import create_keys, signing_key
from gateway.policy.live import LivePolicy
from gateway.policy.revisions import Revision, build
from gateway.postgres.deployment import DatabaseRole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gateway.database import Database
    from gateway.settings import Settings


@pytest.fixture
def web(database: Callable[[DatabaseRole], Database], settings: Settings) -> Database:
    create_keys(settings.keys)
    return database(DatabaseRole.WEB)


@pytest.fixture
def live(web: Database, settings: Settings) -> Iterator[LivePolicy]:
    policy = LivePolicy(web, settings)
    yield policy
    policy.close()


@pytest.fixture
def make(settings: Settings, tiny_folder: Path, web: Database) -> Callable[[int], Revision]:
    return lambda number: build(number, policies=tiny_folder, key=signing_key(settings.keys))


def publish(web: Database, number: int, revision: Revision) -> None:
    with web.transaction() as connection:
        connection.execute(
            "SELECT policy.publish(%s, %s, %s, 'test')", (number, bytes.fromhex(revision.sha256), revision.tar)
        )


def test_before_the_first_publication_everything_is_an_engine_error(live: LivePolicy) -> None:
    assert live.current().decide({}) == Decision.error(0)
    live.start()
    assert live.current().decide({}) == Decision.error(0)
    assert not live.ready


def test_a_published_revision_takes_over_by_itself(
    live: LivePolicy, web: Database, make: Callable[[int], Revision], permitted: dict[str, Any]
) -> None:
    publish(web, 1, make(1))
    live.start()
    assert live.ready
    first = live.current()
    assert first.decide(permitted).permit
    publish(web, 2, make(2))
    with live._looked:
        assert live._looked.wait_for(lambda: live.current().revision == 2, timeout=PATIENCE_SECONDS)
    assert live.current().decide(permitted).revision == 2
    assert first.decide(permitted).revision == 1, "a decision under way with the old revision ends with it"


def test_a_live_revision_that_cannot_be_loaded_is_not_answered_for_by_an_older_one(
    live: LivePolicy, web: Database, make: Callable[[int], Revision], permitted: dict[str, Any], settings: Settings
) -> None:
    publish(web, 1, make(1))
    live.start()
    assert live.current().decide(permitted).permit
    broken = pack({**make(2).files, "policy.wasm": b"\0asm"}, key=signing_key(settings.keys))
    publish(web, 2, Revision(number=2, tar=broken, files={}))
    assert live.refresh().decide(permitted) == Decision.error(2)
    assert not live.ready
    publish(web, 3, make(3))
    assert live.refresh().decide(permitted).permit


def test_a_revision_that_another_key_signed_is_not_used(
    live: LivePolicy, web: Database, tiny_folder: Path, permitted: dict[str, Any], tmp_path: Path
) -> None:
    create_keys(tmp_path)
    publish(web, 1, build(1, policies=tiny_folder, key=signing_key(tmp_path)))
    live.start()
    assert live.current().decide(permitted) == Decision.error(1)


def test_without_the_database_the_last_revision_goes_on(
    live: LivePolicy, web: Database, make: Callable[[int], Revision], permitted: dict[str, Any]
) -> None:
    publish(web, 1, make(1))
    live.start()
    web.close()
    assert live.refresh(timeout=10).decide(permitted).permit
