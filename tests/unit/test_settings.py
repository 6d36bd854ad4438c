"""Settings come from the environment, are documented, and folders of secrets are private."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from pydantic import ValidationError

from gateway.cli.context import settings_for
from gateway.cli.serve import environment
from gateway.settings import LONGEST_SOCKET_FOLDER, OwnSettings, Settings, SettingsError

TESTS: Final = Path(__file__).parents[1]


def test_every_setting_is_documented() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name


def test_settings_are_read_from_the_environment_and_do_not_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WRITGATE_PORT", "9000")
    settings = Settings()
    assert settings.port == 9000
    with pytest.raises(ValidationError):
        settings.port = 1


def test_whatever_weakens_is_off() -> None:
    settings = Settings()
    weakening = {name: field for name, field in Settings.model_fields.items() if "Weakens." in str(field.description)}
    assert weakening
    assert not any(getattr(settings, name) for name in weakening)


def test_secrets_are_not_shown() -> None:
    shown = repr(Settings(database_url="postgresql://a:hunter2@h/d", opa_token="hunter2"))
    assert "hunter2" not in shown


def test_the_issuer_is_the_public_url_without_its_last_slash() -> None:
    assert Settings(public_url="https://faces.example/").issuer == "https://faces.example"
    assert Settings(port=1234).issuer == "http://127.0.0.1:1234"


def test_folders_are_private_and_the_name_of_the_log_is_made_once(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    with pytest.raises(SettingsError, match="writgate init"):
        _ = settings.log_origin
    settings.create_folders()
    origin = settings.log_origin
    settings.create_folders()
    assert settings.log_origin == origin
    for folder in (settings.keys, settings.clients, settings.state, settings.runtime):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_of_secrets_that_others_may_enter_is_refused(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    (tmp_path / "keys").mkdir(mode=0o755)
    with pytest.raises(SettingsError, match="chmod 700"):
        settings.create_folders()


def test_a_folder_of_secrets_that_is_a_link_is_refused(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "keys").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SettingsError, match="not a folder of this user"):
        settings.create_folders()


def test_sockets_fit_however_long_the_home(tmp_path: Path) -> None:
    home = tmp_path / ("long" * 30)
    assert len(os.fsencode(Settings(home=home).runtime)) <= LONGEST_SOCKET_FOLDER


def test_a_process_that_is_started_sees_the_same_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(
        home=tmp_path,
        outbound=("https://login.example", "10.1.0.0/16"),
        outbound_authorities=tmp_path / "authorities.pem",
        allow_bearer_tokens=True,
    )
    for name, value in environment(settings).items():
        if name.startswith("WRITGATE_"):
            monkeypatch.setenv(name, value)
    assert Settings() == settings


def test_a_process_that_is_started_sees_no_setting_that_the_shell_names_in_another_case(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("writgate_database_url", "postgresql://postgres@production/writgate")
    assert "writgate_database_url" not in environment(OwnSettings(home=tmp_path))


@pytest.fixture
def _the_shell_names_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WRITGATE_DATABASE_URL", "postgresql://postgres@production/writgate")
    monkeypatch.setenv("writgate_public_url", "https://faces.example")
    monkeypatch.setenv("WRITGATE_OUTBOUND", "no list at all")
    monkeypatch.setenv("WRITGATE_NO_SETTING", "1")


@pytest.mark.usefixtures("_the_shell_names_production")
def test_a_home_of_its_own_has_nothing_of_the_environment(tmp_path: Path) -> None:
    own = OwnSettings(home=tmp_path, port=1234)
    named = {"home": tmp_path, "port": 1234}
    assert own.model_dump() == {name: field.get_default() for name, field in Settings.model_fields.items()} | named


def test_whatever_is_asked_of_a_demonstrations_home_later_has_nothing_of_the_environment_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WRITGATE_DATABASE_URL", "postgresql://postgres@production/writgate")
    monkeypatch.setenv("WRITGATE_HOME", str(tmp_path))
    assert settings_for(None).database_url is not None
    assert settings_for(tmp_path).database_url is not None
    Settings(home=tmp_path).create_folders()
    Settings(home=tmp_path).demonstration.touch()
    assert settings_for(None).database_url is None
    assert settings_for(tmp_path).database_url is None


@pytest.mark.usefixtures("_the_shell_names_production")
def test_no_setting_of_the_shell_reaches_a_test() -> None:
    look = "import conftest; from gateway.settings import Settings; print(Settings().database_url)"
    done = subprocess.run([sys.executable, "-c", look], cwd=TESTS, capture_output=True, text=True, check=True)
    assert done.stdout == "None\n"


@pytest.mark.parametrize(
    ("given", "engine"),
    [
        ({}, "wasm"),
        ({"WRITGATE_OPA_URL": "https://opa.example"}, "opa"),
        ({"WRITGATE_OPA_URL": "https://opa.example", "WRITGATE_SHADOW_SHARE": "0"}, "opa"),
        ({"WRITGATE_OPA_URL": "https://opa.example", "WRITGATE_SHADOW_SHARE": "0.1"}, "wasm"),
        ({"WRITGATE_OPA_URL": "https://opa.example", "WRITGATE_POLICY_ENGINE": "wasm"}, "wasm"),
    ],
)
def test_who_names_an_opa_of_their_own_means_that_it_decides_unless_it_is_the_shadow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, str], engine: str
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert Settings(home=tmp_path).policy_engine == engine
