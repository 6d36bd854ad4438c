"""Which entries of the log are opened to nobody: those that tell of a result which was not released, or is frozen.

Who discloses a field to a person, and the operator who opens a bundle with the home's own keys, asks here first. What
is withheld from who asked is withheld from them as well; with the release, rejected candidates can be disclosed too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.database import Connection


def closed(connection: Connection, indexes: Sequence[int]) -> frozenset[int]:
    """The closed ones of these entries; `connection` is of the role AUDITOR."""
    rows = connection.execute(
        "SELECT found.index FROM enforcement.closed_entries(%s::bigint[]) AS found", (list(indexes),)
    ).fetchall()
    return frozenset(row[0] for row in rows)
