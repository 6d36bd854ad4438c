"""One log for each test that asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from audit_house import LogUnderTest, open_log

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.database import Database
    from gateway.postgres.deployment import DatabaseRole, Deployment
    from gateway.settings import Settings


@pytest.fixture
def audit(settings: Settings, deployment: Deployment, database: Callable[[DatabaseRole], Database]) -> LogUnderTest:
    return open_log(settings, deployment, database)
