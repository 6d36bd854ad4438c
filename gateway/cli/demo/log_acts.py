"""The acts about the log: it verifies; a superuser edits one row in a copy and verification names the index."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from gateway.audit import queries, search
from gateway.audit.copies import copied_log
from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.notes import Verifier, open_checkpoint
from gateway.audit.query_language import asking
from gateway.audit.report import Check
from gateway.audit.verify import verify_online
from gateway.cli.init import verifier_key
from gateway.database import Database
from gateway.postgres.deployment import DatabaseRole
from gateway.vocabulary import EntryKind

if TYPE_CHECKING:
    from gateway.cli.demo.narrator import Narrator
    from gateway.postgres.deployment import Deployment
    from gateway.settings import Settings

SIGNED_WITHIN_SECONDS = 10.0
# What only others can say of a log. This gateway lives for a minute and asked nobody, so nothing is claimed of these.
FROM_OUTSIDE = {Check.WITNESSES, Check.TIME}


def verify_the_log(settings: Settings, deployment: Deployment, narrator: Narrator) -> None:
    narrator.title("9. The log verifies")
    keys = DisclosureKeys.load(settings.keys)
    key = verifier_key(settings)
    with Database(deployment.conninfo(DatabaseRole.AUDITOR), name="demo auditor", max_size=1) as database:
        _wait_until_signed(database, key)
        with database.snapshot() as connection:
            report = verify_online(connection, key, keys=keys)
    for verdict in report.verdicts:
        claim = f"{verdict.check}: {verdict.sentence}"
        if verdict.ok is None and verdict.check in FROM_OUTSIDE:
            narrator.say(f"--   {claim}")
        else:
            narrator.expect(claim, verdict.ok)


def tamper_with_a_copy(settings: Settings, deployment: Deployment, narrator: Narrator) -> None:
    narrator.title("10. A superuser rewrites one denial into a permit, in a copy of the database")
    key = verifier_key(settings)
    with copied_log(deployment) as copy, Database(copy.auditor, name="demo copy", max_size=1) as database:
        with database.transaction() as connection:
            queries.see(connection, None)
            denials = search.page(
                connection, asking(kind=EntryKind.DECISION, permit="false"), after=None, limit=1, newest_first=False
            )
        index = denials[0].index
        copy.edit_as_superuser(index, old='"permit":false', new='"permit":true')
        with database.snapshot() as connection:
            report = verify_online(connection, key)
    failed = [verdict for verdict in report.verdicts if verdict.ok is False]
    named = {verdict.first_bad for verdict in failed}
    for verdict in failed:
        narrator.say(f"     {verdict.check}: {verdict.sentence}")
    narrator.expect(f"verification refuses the copy and names index {index}", index in named)


def _wait_until_signed(database: Database, key: str) -> None:
    """Until the newest checkpoint covers the whole tree, so that the verdict is about everything that happened."""
    deadline = time.monotonic() + SIGNED_WITHIN_SECONDS
    while time.monotonic() < deadline:
        with database.transaction() as connection:
            note = queries.latest_checkpoint(connection)
            row = connection.execute("SELECT size FROM audit.head").fetchone()
        if note and row and open_checkpoint(note, Verifier.parse(key)).size == row[0]:
            return
        time.sleep(0.1)


def inputs_of_decisions(settings: Settings, deployment: Deployment) -> list[dict[str, object]]:
    """Every input document that policy was asked with, opened from the log's disclosures with the home's own keys."""
    keys = DisclosureKeys.load(settings.keys)
    documents: list[dict[str, object]] = []
    with Database(deployment.conninfo(DatabaseRole.AUDITOR), name="demo replay", max_size=1) as database:
        for kind in (EntryKind.DECISION, EntryKind.DRY_RUN):
            with database.transaction() as connection:
                queries.see(connection, None)
                for entry in search.page(connection, asking(kind=kind), after=None, limit=500, newest_first=False):
                    if entry.key_id is None:
                        continue
                    for name, sealed in zip(entry.disclosed, entry.ciphertexts, strict=True):
                        if name == "input":
                            documents.append(json.loads(str(keys.open(connection, entry.key_id, sealed).value)))
    return documents
