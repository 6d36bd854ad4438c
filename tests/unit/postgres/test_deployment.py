"""A gateway's database comes up, and each role finds in it what it may use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.postgres.credentials import RESTRICTED

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.database import Database
    from gateway.postgres.deployment import DatabaseRole


@pytest.mark.parametrize("role", RESTRICTED)
def test_every_role_logs_in_and_reads_the_clock(
    database: Callable[[DatabaseRole], Database], role: DatabaseRole
) -> None:
    with database(role).transaction() as connection:
        row = connection.execute("SELECT current_user, ops.now_ns(), current_setting('search_path')").fetchone()
    assert row is not None
    assert row[0] == role.value
    assert row[1] > 1_600_000_000_000_000_000
    assert row[2] in ("", '""')
