"""The command line against a running gateway: tokens, a second `init`, an open bind, a folder with bad files."""

from __future__ import annotations

import base64
import json
import shutil
import socket
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from click.testing import CliRunner, Result

from gateway.cli import caller as cli_caller
from gateway.cli import main
from gateway.cli.demo.seed import GALLERY
from gateway.cli.enrolment import importing
from gateway.cli.http import Api
from gateway.cli.init import create_keys, initialise
from gateway.postgres.deployment import DatabaseRole, Deployment

if TYPE_CHECKING:
    from pathlib import Path

    from gateway_house import House

    from gateway.settings import Settings

STORY = (
    "--purpose", "locate_missing_person", "--case", "2026-0500", "--source", "family",
    "--justification", "photograph handed in by the family of the missing person on 12 November",
)  # fmt: skip


def writgate(*arguments: object) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    # The command logs to the stream that it was run with, which is closed now.
    structlog.reset_defaults()
    return result


def claims(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return found


@pytest.mark.photographs
class TestToken:
    def test_the_token_and_nothing_else_is_printed_and_it_works(self, house: House) -> None:
        result = writgate("token", "--home", house.settings.home, "--client", "lakeport")
        assert result.exit_code == 0, result.output
        token = result.stdout.removesuffix("\n")
        assert token.count(".") == 2
        assert not set(token) & set(" \n\t")
        assert Api(house.url, token).get("/v1/galleries").status == 200

    def test_it_is_bound_to_what_was_named(self, house: House) -> None:
        order = house.order()
        result = writgate(
            "token", "--home", house.settings.home, "--client", "lakeport", "--purpose", "locate_missing_person",
            "--case", "2026-0417", "--instrument", order, "--gallery", GALLERY,
            "--scope", "searches:write", "--json",
        )  # fmt: skip
        response = json.loads(result.stdout)
        said = claims(response["access_token"])
        (detail,) = said["authorization_details"]
        assert detail["type"] == "face_search"
        assert (detail["purpose"], detail["case_number"], detail["instrument"]) == (
            "locate_missing_person",
            "2026-0417",
            order,
        )
        assert detail["galleries"] == [GALLERY]
        assert (said["scope"], said["user_strength"]) == ("searches:write", "asserted")
        assert 0 < response["expires_in"] <= 300

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (("--client", "nobody"), "There is no client nobody"),
            (("--client", "../admin-1"), "letters, digits"),
            (("--client", "lakeport", "--scope", "registry:write"), "no token"),
            (("--client", "lakeport", "--user", "harlan-so/boone"), "no token"),
            (("--client", "lakeport", "--purpose", "immigration_enforcement"), "Policy permits no search"),
            (("--client", "lakeport", "--gallery", "everybody"), "Policy permits no search"),
            (("--client", "lakeport", "--url", "http://127.0.0.1:9"), "cannot be reached"),
        ],
    )
    def test_a_refusal_is_a_sentence_and_no_token(
        self, house: House, arguments: tuple[str, ...], sentence: str
    ) -> None:
        result = writgate("token", "--home", house.settings.home, *arguments)
        assert result.exit_code != 0
        assert result.stdout == ""
        assert sentence in result.stderr
        assert "Traceback" not in result.stderr

    def test_without_a_running_gateway_it_says_what_to_start(self, tmp_path: Path) -> None:
        (tmp_path / "clients").mkdir()
        key = {"client_id": "x", "private_jwk": {}}
        (tmp_path / "clients" / "x.json").write_text(json.dumps(key), encoding="utf-8")
        result = writgate("token", "--home", tmp_path, "--client", "x")
        assert result.exit_code != 0
        assert "writgate serve" in result.stderr


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_init_again_changes_no_key_no_client_and_adds_no_entry(settings: Settings, deployment: Deployment) -> None:
    def leaves() -> list[str]:
        import psycopg  # noqa: PLC0415 - only this test looks at the log itself

        with psycopg.connect(deployment.conninfo(DatabaseRole.ADMIN)) as connection:
            return [row[0] for row in connection.execute("SELECT leaf FROM audit.staging ORDER BY id").fetchall()]

    def begin() -> dict[str, Any]:
        create_keys(settings)
        return initialise(settings, deployment)

    first = begin()
    kept, logged = files(settings.keys) | files(settings.clients), leaves()
    kinds = [json.loads(leaf)["kind"] for leaf in logged]
    assert sorted(kinds) == ["client.written", "client.written", "revision.published"]
    assert begin() == first
    assert files(settings.keys) | files(settings.clients) == kept
    assert leaves() == logged
    assert set(first["administrators"]) == {"admin-1", "admin-2"}
    for path in (*settings.keys.rglob("*"), *settings.clients.rglob("*")):
        if path.is_file() and path.suffix in {".jwk", ".json", ".key"}:
            assert path.stat().st_mode & 0o077 == 0, path.name


@pytest.mark.photographs
def test_init_prints_the_verifier_key_of_the_home(house: House) -> None:
    """Over a home that is in use: the running gateway is not disturbed."""
    result = writgate("init", "--home", house.settings.home, "--json")
    assert result.exit_code == 0, result.output
    made = json.loads(result.stdout)
    origin = made["log"]["origin"]
    assert origin == house.settings.log_origin
    assert made["log"]["verifier_key"].startswith(f"{origin}+")
    assert house.api().get("/v1/galleries").status == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "gateway.example"])  # noqa: S104 - must be refused
@pytest.mark.parametrize("public_url", [None, "http://gateway.example"])
def test_serve_listens_on_loopback_only_where_there_is_no_tls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, public_url: str | None
) -> None:
    if public_url:
        monkeypatch.setenv("WRITGATE_PUBLIC_URL", public_url)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    result = writgate("serve", "--home", tmp_path / "home", "--host", host, "--port", port)
    assert result.exit_code == 1
    assert "TLS" in result.stderr
    assert not (tmp_path / "home").exists()


@pytest.mark.photographs
class TestGalleryImport:
    @pytest.fixture
    def gallery(self, house: House) -> str:
        name = "missing-imported"
        result = writgate("gallery", "create", name, "--client", "lakeport", "--home", house.settings.home)
        assert result.exit_code == 0 or "GALLERY_EXISTS" in result.stderr
        return name

    def run(self, house: House, gallery: str, folder: Path) -> Result:
        return writgate(
            "gallery",
            "import",
            gallery,
            folder,
            *STORY,
            "--client",
            "lakeport",
            "--home",
            house.settings.home,
            "--report",
            house.settings.home / "import.csv",
            "--json",
        )

    def test_a_token_that_ends_on_the_way_is_renewed(
        self, house: House, gallery: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A large folder takes longer than the five minutes of a token; here the first is dead from the start."""
        given = []

        def api_for(home: Path | None, client: str) -> Api:
            fresh = cli_caller.api_for(home, client)
            given.append(fresh)
            return Api(fresh.url, "no-longer-good", fresh.sender) if len(given) == 1 else fresh

        shutil.copy(house.photographs["person_a_1.jpg"], tmp_path)
        monkeypatch.setattr(importing, "api_for", api_for)
        done = self.run(house, gallery, tmp_path)
        assert done.exit_code == 0, done.stderr
        told = json.loads(done.stdout)
        assert told["enrolled"] == 1
        assert len(given) == 2

    def test_a_folder_without_pictures_is_a_sentence(self, house: House, gallery: str, tmp_path: Path) -> None:
        result = self.run(house, gallery, tmp_path)
        assert result.exit_code == 1
        assert "There is nothing to enrol" in result.stderr

    def test_a_gallery_that_the_contract_does_not_allow_is_refused(self, house: House) -> None:
        result = writgate("gallery", "create", "everybody", "--client", "lakeport", "--home", house.settings.home)
        assert result.exit_code == 1
        assert "GALLERY_NOT_IN_CONTRACT" in result.stderr
        assert "What to do:" in result.stderr
