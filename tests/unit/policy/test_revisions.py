"""A revision is what was signed under its number, and nothing else opens."""

from __future__ import annotations

import io
import json
import tarfile
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.keys import create_keys as create_audit_keys
from gateway.audit.log import AuditLog
from gateway.policy.bundle import BundleError, canonical, pack, unpack
from gateway.policy.keys import create_keys, signing_key, verification_key
from gateway.policy.revisions import Revision, RevisionError, build, live, load, publish
from gateway.postgres.deployment import DatabaseRole
from gateway.registry.models import Actor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gateway.database import Database
    from gateway.settings import Settings

OPERATOR = Actor(kind="operator", id="alice")


def test_the_same_policy_under_the_same_number_is_the_same_tar(
    tiny: Revision, policy_keys: Path, tiny_folder: Path
) -> None:
    again = build(7, policies=tiny_folder, key=signing_key(policy_keys))
    assert again.tar == tiny.tar
    assert build(8, policies=tiny_folder, key=signing_key(policy_keys)).sha256 != tiny.sha256


def test_a_revision_holds_everything_that_deciding_needs(tiny: Revision) -> None:
    assert tiny.data["revision"] == {"number": 7}
    assert set(tiny.rego) == {
        "decision/decision.rego",
        "decision/dispatch.rego",
        "packs/base/base.rego",
        "packs/contract/contract.rego",
    }
    assert tiny.wasm.startswith(b"\0asm")
    assert tiny.annotations["base"]["agency_not_active"]["code"] == "AGENCY_SUSPENDED"
    assert tiny.kinds["contract", "in_force"] == ("grant", "CONTRACT_IN_FORCE")
    assert json.loads(tiny.files[".manifest"])["roots"] == ["applies", "packs", "revision", "rules", "writgate"]


def test_every_byte_of_every_file_is_signed(tiny: Revision, policy_keys: Path) -> None:
    key = verification_key(policy_keys)
    for name in [*tiny.files, ".signatures.json"]:
        with pytest.raises(BundleError):
            unpack(_altered(tiny.tar, name), key=key)


def test_a_file_more_or_less_does_not_open(tiny: Revision, policy_keys: Path) -> None:
    key = verification_key(policy_keys)
    with pytest.raises(BundleError, match="not those that were signed"):
        unpack(_altered(tiny.tar, "packs/base/base.rego", drop=True), key=key)
    with pytest.raises(BundleError, match="not those that were signed"):
        unpack(_altered(tiny.tar, None, add={"packs/base/more.rego": b"package writgate.packs.base\n"}), key=key)


@pytest.mark.parametrize("member", [tarfile.SYMTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE])
def test_only_plain_files_are_read(tiny: Revision, policy_keys: Path, member: bytes) -> None:
    odd = tarfile.TarInfo("odd")
    odd.type = member
    target = io.BytesIO(tiny.tar)
    with tarfile.open(fileobj=target, mode="a") as archive:
        archive.addfile(odd)
    with pytest.raises(BundleError):
        unpack(target.getvalue(), key=verification_key(policy_keys))


@pytest.mark.parametrize("tar", [b"", b"\0" * 10_240, b"not a tar"])
def test_what_is_no_tar_is_refused(tar: bytes, policy_keys: Path) -> None:
    with pytest.raises(BundleError):
        unpack(tar, key=verification_key(policy_keys))


def test_another_home_s_signature_is_refused(tiny: Revision, tmp_path: Path) -> None:
    create_keys(tmp_path)
    with pytest.raises(RevisionError, match="not of this home"):
        Revision.open(tiny.tar, key=verification_key(tmp_path))


def test_a_number_in_the_manifest_that_the_data_contradicts_is_refused(tiny: Revision, policy_keys: Path) -> None:
    manifest = json.loads(tiny.files[".manifest"]) | {"revision": "8"}
    tar = pack({**tiny.files, ".manifest": canonical(manifest)}, key=signing_key(policy_keys))
    with pytest.raises(RevisionError, match="contradicts"):
        Revision.open(tar, key=verification_key(policy_keys))


def test_keys_are_made_once_and_readable_by_their_owner_only(tmp_path: Path) -> None:
    create_keys(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    create_keys(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert set(before) == {"policy.jwk", "policy.pem"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir())


@pytest.fixture
def log(settings: Settings) -> AuditLog:
    create_audit_keys(settings.keys)
    return AuditLog(keys=DisclosureKeys.load(settings.keys))


def test_publishing_stores_makes_live_and_logs(
    database: Callable[[DatabaseRole], Database], settings: Settings, log: AuditLog, tiny_folder: Path
) -> None:
    create_keys(settings.keys)
    revision = build(1, policies=tiny_folder, key=signing_key(settings.keys))
    web = database(DatabaseRole.WEB)
    with web.transaction() as connection:
        assert live(connection) is None
        publish(connection, revision, log, OPERATOR)
    with web.transaction() as connection:
        assert live(connection) == (1, revision.sha256)
        loaded = load(connection, 1, keys=settings.keys)
        assert (loaded.tar, loaded.files) == (revision.tar, revision.files)
        with pytest.raises(RevisionError, match="no revision 2"):
            load(connection, 2, keys=settings.keys)
    leaves = _staged(database(DatabaseRole.ADMIN))
    assert [leaf["kind"] for leaf in leaves] == ["revision.published"]
    assert (leaves[0]["revision"], leaves[0]["sha256"]) == (1, revision.sha256)


def test_numbers_are_taken_in_order(
    database: Callable[[DatabaseRole], Database], settings: Settings, log: AuditLog, tiny_folder: Path
) -> None:
    create_keys(settings.keys)
    for number in (2, 0):
        revision = build(number, policies=tiny_folder, key=signing_key(settings.keys))
        with (
            pytest.raises(psycopg.errors.SerializationFailure),
            database(DatabaseRole.WEB).transaction() as connection,
        ):
            publish(connection, revision, log, OPERATOR)
    assert _staged(database(DatabaseRole.ADMIN)) == []


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO policy.live (number) VALUES (1)",
        "UPDATE policy.live SET number = 1",
        "DELETE FROM policy.revisions",
        "TRUNCATE policy.revisions CASCADE",
        "UPDATE policy.revisions SET tar = ''",
        "INSERT INTO policy.revisions VALUES (1, sha256(''), '', 'x', 0)",
    ],
)
def test_nobody_writes_but_through_publish(database: Callable[[DatabaseRole], Database], statement: str) -> None:
    for role in (DatabaseRole.WEB, DatabaseRole.ENGINE, DatabaseRole.SEQUENCER, DatabaseRole.AUDITOR):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), database(role).transaction() as connection:
            connection.execute(statement)


def test_only_the_web_role_publishes(database: Callable[[DatabaseRole], Database]) -> None:
    for role in (DatabaseRole.ENGINE, DatabaseRole.SEQUENCER, DatabaseRole.AUDITOR):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), database(role).transaction() as connection:
            connection.execute("SELECT policy.publish(1, sha256('x'), 'x', 'x')")


def test_what_is_stored_under_a_number_must_be_that_revision(
    database: Callable[[DatabaseRole], Database], settings: Settings, tiny_folder: Path
) -> None:
    create_keys(settings.keys)
    revision = build(2, policies=tiny_folder, key=signing_key(settings.keys))
    with database(DatabaseRole.WEB).transaction() as connection:
        connection.execute("SELECT policy.publish(1, %s, %s, 'x')", (bytes.fromhex(revision.sha256), revision.tar))
        with pytest.raises(RevisionError, match="not that revision"):
            load(connection, 1, keys=settings.keys)


def _staged(database: Database) -> list[dict[str, Any]]:
    with database.transaction() as connection:
        return [json.loads(row[0]) for row in connection.execute("SELECT leaf FROM audit.staging").fetchall()]


def _altered(tar: bytes, name: str | None, *, drop: bool = False, add: dict[str, bytes] | None = None) -> bytes:
    """The tar with one file changed, dropped or added, and the old signature."""
    target = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(tar)) as source, tarfile.open(fileobj=target, mode="w") as archive:
        for member in source:
            content = source.extractfile(member)
            assert content is not None
            data = content.read()
            if member.name == name:
                if drop:
                    continue
                data = data[:-1] + bytes([data[-1] ^ 1])
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
        for extra, data in (add or {}).items():
            entry = tarfile.TarInfo(extra)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return target.getvalue()
