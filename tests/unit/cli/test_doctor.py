"""`writgate doctor` names what is weak, and nothing that is not."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from click.testing import CliRunner
from patience import until

from gateway.audit.keys import create_keys
from gateway.cli import main
from gateway.cli.doctor import keys, processor, settings_left_on
from gateway.postgres.deployment import DatabaseRole
from gateway.settings import OwnSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.postgres.deployment import Deployment
    from gateway.settings import Settings

    Look = Callable[[], dict[str, dict[str, Any]]]


@pytest.fixture
def look(settings: Settings, deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> Look:
    """Runs the command on the test's own home; what it found, by code."""
    create_keys(settings.keys)
    monkeypatch.setenv("WRITGATE_DATABASE_URL", settings.database_url or "")
    monkeypatch.setenv("WRITGATE_ALLOW_INJECTED_CLOCK", "1")

    def run() -> dict[str, dict[str, Any]]:
        done = CliRunner().invoke(main, ["doctor", "--json", "--home", str(settings.home)])
        assert done.stdout, (done.stderr, done.exception)
        assert done.exit_code == 1
        return {weakness["code"]: weakness for weakness in json.loads(done.stdout)["weak"]}

    return run


@contextmanager
def trusting_everybody(deployment: Deployment) -> Iterator[None]:
    """The server, with one line for all in its pg_hba.conf, for as long as the block runs."""
    with psycopg.connect(deployment.conninfo(DatabaseRole.ADMIN), autocommit=True) as admin:
        (named,) = admin.execute("SHOW hba_file").fetchone() or ("",)
        file = Path(named)
        kept = file.read_text(encoding="utf-8")
        try:
            file.write_text("local all all trust\n", encoding="utf-8")
            admin.execute("SELECT pg_reload_conf()")
            yield
        finally:
            file.write_text(kept, encoding="utf-8")
            admin.execute("SELECT pg_reload_conf()")


def test_a_home_without_outsiders_is_told_what_they_would_be_good_for(look: Look) -> None:
    found = look()
    assert {"NO_WITNESSES", "NO_TIME_STAMPS", "NOBODY_IS_MAILED"} <= found.keys()
    assert "WRITGATE_ALLOW_INJECTED_CLOCK is on" in found["SETTING_WEAKENS"]["sentence"]
    assert all(weakness["sentence"].endswith(".") and weakness["remedy"] for weakness in found.values())


def test_a_database_that_asks_for_no_password_is_named_and_one_that_does_is_not(
    look: Look, deployment: Deployment
) -> None:
    assert "DATABASE_TRUSTS" not in look()
    with trusting_everybody(deployment):
        until(lambda: "DATABASE_TRUSTS" in look(), "the server trusts everybody, and it is said")
    until(lambda: "DATABASE_TRUSTS" not in look(), "the server asks again")


def test_settings_for_a_trial_are_named_only_where_they_are_on(tmp_path: Path) -> None:
    def weakening(settings: Settings) -> list[str]:
        return [found.sentence for found in settings_left_on(settings) if found.code == "SETTING_WEAKENS"]

    assert weakening(OwnSettings(home=tmp_path)) == []
    (said,) = weakening(OwnSettings(home=tmp_path, allow_bearer_tokens=True))
    assert said.startswith("WRITGATE_ALLOW_BEARER_TOKENS is on. It does this: Issue")


def test_a_key_that_others_can_read_is_named(tmp_path: Path) -> None:
    create_keys(tmp_path)
    assert [found.code for found in keys(tmp_path)] == []
    (tmp_path / "token.jwk").touch(mode=0o600)
    assert [found.code for found in keys(tmp_path)] == ["ONE_ACCOUNT"]
    (tmp_path / "log.key").chmod(0o640)
    told = next(found for found in keys(tmp_path) if found.code == "KEYS_READABLE")
    assert "log.key" in told.sentence
    assert "token.jwk" not in told.sentence


def test_a_processor_without_avx2_is_named_and_one_of_another_kind_is_not(tmp_path: Path) -> None:
    about = tmp_path / "cpuinfo"
    assert list(processor(about)) == []
    about.write_text("flags\t\t: fpu sse4_2 avx\n", encoding="utf-8")
    assert [found.code for found in processor(about)] == ["PROCESSOR_SLOW"]
    about.write_text("flags\t\t: fpu sse4_2 avx avx2\n", encoding="utf-8")
    assert list(processor(about)) == []
    about.write_text("Features\t: fp asimd\n", encoding="utf-8")
    assert list(processor(about)) == []
