"""Photographs once for the session, workers once for the session, an engine for each test that asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from engine_house import EngineHouse, engine_house, find_photographs
from engine_house import runtime as prepared

from gateway.recognition import weights
from gateway.recognition.pipeline import Pipeline
from gateway.recognition.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.postgres.deployment import Deployment
    from gateway.recognition.runtime import Runtime
    from gateway.settings import Settings


@pytest.fixture(scope="session")
def photographs() -> dict[str, bytes]:
    return find_photographs()


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Runtime:
    return prepared(tmp_path_factory.mktemp("networks"))


@pytest.fixture(scope="session")
def pipeline(runtime: Runtime) -> Pipeline:
    found = weights.find()
    return Pipeline(found, runtime.network(found))


@pytest.fixture(scope="session")
def workers(runtime: Runtime) -> Iterator[Workers]:
    with Workers(2, runtime) as workers:
        yield workers


@pytest.fixture
def house(settings: Settings, deployment: Deployment, workers: Workers) -> Iterator[EngineHouse]:
    with engine_house(settings, deployment, workers) as house:
        yield house
