"""Keys are wrapped by generation, in files or by a key-management service, and a destroyed generation opens nothing."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING, Any

import pytest
from vault_house import Vault, vault

from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.entries import Entry
from gateway.audit.errors import DisclosureUnreadable, KeyMissing
from gateway.audit.generations import advance
from gateway.audit.keys import create_keys
from gateway.audit.log import AuditLog
from gateway.audit.transit import KMS_FILE, VaultTransit, wrapping_of
from gateway.audit.wrapping import KeyFiles

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from audit_house import LogUnderTest

    from gateway.audit.wrapping import Wrapping

KEY = bytes(range(32))


@pytest.fixture
def service() -> Iterator[Vault]:
    with vault() as running:
        yield running


def configured(folder: Path, service: Vault, **changes: Any) -> Wrapping:
    (folder / "vault.token").write_text(f"{service.token}\n")
    config = {"url": service.url, "key": "writgate", "token_file": str(folder / "vault.token")}
    (folder / KMS_FILE).write_text(json.dumps(config | changes))
    return wrapping_of(folder)


@pytest.fixture(params=["files", "service"])
def wrapping(request: pytest.FixtureRequest, tmp_path: Path, service: Vault) -> Wrapping:
    if request.param == "files":
        create_keys(tmp_path)
        made = wrapping_of(tmp_path)
        assert isinstance(made, KeyFiles)
        return made
    made = configured(tmp_path, service)
    assert isinstance(made, VaultTransit)
    made.make(1)
    return made


def test_what_is_wrapped_opens_for_its_context_and_generation_alone(wrapping: Wrapping) -> None:
    wrapping.make(2)
    wrapped = wrapping.wrap(2, KEY, b"context")
    assert wrapping.unwrap(2, wrapped, b"context") == KEY
    for generation, content, context in (
        (2, wrapped, b"other"),
        (1, wrapped, b"context"),
        (2, wrapped[:-4], b"context"),
    ):
        with pytest.raises(DisclosureUnreadable):
            wrapping.unwrap(generation, content, context)


def test_a_destroyed_generation_opens_nothing_and_comes_not_back(wrapping: Wrapping) -> None:
    old = wrapping.wrap(1, KEY, b"c")
    wrapping.make(2)
    new = wrapping.wrap(2, KEY, b"c")
    wrapping.destroy(1)
    wrapping.make(2)
    with pytest.raises(DisclosureUnreadable):
        wrapping.unwrap(1, old, b"c")
    assert wrapping.unwrap(2, new, b"c") == KEY
    with pytest.raises((KeyMissing, DisclosureUnreadable)):
        wrapping.wrap(1, KEY, b"c")


def test_a_new_key_file_is_private_and_made_once(tmp_path: Path) -> None:
    files = KeyFiles(tmp_path)
    files.make(3)
    before = (tmp_path / "disclosure.3.key").read_bytes()
    files.make(3)
    assert (tmp_path / "disclosure.3.key").read_bytes() == before
    assert stat.S_IMODE((tmp_path / "disclosure.3.key").stat().st_mode) == 0o600


def test_a_service_that_refuses_or_is_away_is_not_an_erasure(tmp_path: Path, service: Vault) -> None:
    """Nothing may be taken for destroyed because it could not be asked for."""
    wrapping = configured(tmp_path, service)
    wrapping.make(1)
    wrapped = wrapping.wrap(1, KEY, b"c")
    service.token = "s.other"
    with pytest.raises(KeyMissing, match="403"):
        wrapping.unwrap(1, wrapped, b"c")
    away = configured(tmp_path, service, url="http://127.0.0.1:9")
    with pytest.raises(KeyMissing, match="cannot be reached"):
        away.unwrap(1, wrapped, b"c")


@pytest.mark.parametrize(
    "content", ["", "{}", '{"url": "x"}', '{"url": "http://h", "key": "k", "token_file": "t", "a": 1}']
)
def test_a_configuration_that_cannot_be_used_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / KMS_FILE).write_text(content)
    with pytest.raises(KeyMissing, match=r"kms\.json"):
        wrapping_of(tmp_path)


def test_without_any_key_the_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyMissing, match="writgate init"):
        wrapping_of(tmp_path)


def test_a_whole_log_stands_under_the_service_and_its_generations(audit: LogUnderTest, service: Vault) -> None:
    configured(audit.settings.keys, service).make(1)
    keys = DisclosureKeys.load(audit.settings.keys)
    log = AuditLog(keys=keys)
    with audit.web.transaction() as connection:
        log.record(connection, Entry("search.decision", {"agency": "a"}, {"user": "ruiz"}, scope="case:1"))
    audit.publish()
    with audit.administrator() as connection:
        assert advance(connection, keys=keys, log=log, operator="test").rewrapped == 1
        (wrapped,) = connection.execute("SELECT wrapped FROM audit.disclosure_keys WHERE generation = 2").fetchall()[0]
        assert bytes(wrapped).startswith(b"vault:v2:")
    keys.wrapping.destroy(1)
    audit.publish()
    assert audit.verify(keys=DisclosureKeys.load(audit.settings.keys)).ok
    assert list(service.versions["writgate"]) == [2]
