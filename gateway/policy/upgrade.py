"""A new version of the product brings its policy as a draft, and never changes what is live.

The draft holds the files that the product changed since it last brought any and that differ from what is live: a pack
that the board edited and the product did not is left as the board has it. The draft waits like any other; nothing
happens until somebody submits it and somebody else reviews it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from gateway.audit.log import database_now
from gateway.policy import revisions
from gateway.policy.tree import of_revision, shipped
from gateway.registry.models import Actor

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.database import Connection
    from gateway.policy.draft_rows import Draft
    from gateway.policy.drafts import Drafts
    from gateway.policy.tree import Tree

PRODUCT: Final = Actor(kind="operator", id="upgrade")


def bring(
    connection: Connection, drafts: Drafts, *, keys: Path, version: str, ours: Tree | None = None
) -> Draft | None:
    """Makes the draft where this version's policy (`ours`) was not brought yet and differs from the live one.

    Raises:
        RevisionError: what is live cannot be read.
    """
    found = revisions.live(connection)
    if found is None:
        return None
    ours = ours or shipped()
    digests = ours.digests
    known = connection.execute("SELECT files FROM policy.brought ORDER BY brought_ns DESC LIMIT 1").fetchone()
    taken = connection.execute(
        "INSERT INTO policy.brought (policy_sha256, files, brought_ns) VALUES (%s, %s, %s)"
        " ON CONFLICT DO NOTHING RETURNING 1",
        (bytes.fromhex(ours.sha256), json.dumps(digests), database_now(connection)),
    ).fetchone()
    if taken is None:
        return None
    last = known[0] if known else of_revision(revisions.load(connection, revisions.SHIPPED_NUMBER, keys=keys)).digests
    live = of_revision(revisions.load(connection, found[0], keys=keys))
    changes = {path: content for path, content in live.changes_to(ours).items() if last.get(path) != digests.get(path)}
    if not changes:
        return None
    return drafts.create(
        PRODUCT,
        title=f"The policy of version {version}",
        why="This version of the product came with these files. Policy stays as it is until the draft is published.",
        origin="product",
        changes=changes,
        connection=connection,
    )
