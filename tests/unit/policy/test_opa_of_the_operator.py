"""An OPA server that is the operator's is asked over mutual TLS, as the settings say, and in no lesser way."""

from __future__ import annotations

import gzip
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from patience import until
from post_house import authority
from pydantic import ValidationError

from gateway.cli.serve import free_port
from gateway.policy import opa_program
from gateway.policy.engine import EngineUnavailableError
from gateway.policy.keys import ALGORITHM, KEY_ID, PUBLIC_FILE, create_keys, signing_key
from gateway.policy.live import make_engine
from gateway.policy.opa_connection import connect
from gateway.policy.revisions import Revision, build
from gateway.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

TINY = Path(__file__).parent / "tiny"


@dataclass(frozen=True, slots=True)
class Operator:
    """A server that holds `revision`, and shows and demands certificates of two authorities of its own."""

    revision: Revision
    given: dict[str, Any]
    stranger: tuple[Path, Path]


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    folder = tmp_path_factory.mktemp("operator")
    keys = folder / "keys"
    keys.mkdir(mode=0o700)
    create_keys(keys)
    revision = build(3, policies=TINY, key=signing_key(keys))
    server_ca, server = authority(folder / "server")
    client_ca, client = authority(folder / "clients")
    _, stranger = authority(folder / "strangers")
    (folder / "bundle.tar.gz").write_bytes(gzip.compress(revision.tar))
    config = {
        "keys": {KEY_ID: {"algorithm": ALGORITHM, "key": (keys / PUBLIC_FILE).read_text()}},
        "bundles": {"writgate": {"resource": (folder / "bundle.tar.gz").as_uri(), "signing": {"keyid": KEY_ID}}},
    }
    (folder / "config.json").write_text(json.dumps(config))
    port = free_port("127.0.0.1")
    url = f"https://127.0.0.1:{port}"
    with subprocess.Popen(
        [
            str(opa_program.require()), "run", "--server", "--addr", f"127.0.0.1:{port}",
            "--authentication", "tls", "--tls-ca-cert-file", str(client_ca),
            "--tls-cert-file", str(server[0]), "--tls-private-key-file", str(server[1]),
            "--config-file", str(folder / "config.json"), "--log-level", "error", "--disable-telemetry",
        ],
    ) as running:  # fmt: skip
        ours = connect(url, token=None, connections=1, ca=server_ca, certificate=client)
        try:
            until(lambda: ours.check_health({"bundles": True}), "the operator's server is ready")
            given = {"opa_url": url, "opa_ca": server_ca, "opa_certificate": client[0], "opa_key": client[1]}
            yield Operator(revision, given, stranger)
        finally:
            ours.close_connection()
            running.terminate()


@pytest.mark.opa
def test_it_decides_where_each_shows_the_other_who_it_is(operator: Operator, tmp_path: Path) -> None:
    engine = make_engine(operator.revision, Settings(home=tmp_path, **operator.given))
    assert (engine.name, engine.revision) == ("opa", 3)
    engine.close()


@pytest.mark.opa
@pytest.mark.parametrize(
    "wrong", ["no authority", "another authority", "no certificate", "another certificate", "no TLS"]
)
def test_it_is_not_used_where_one_of_them_does_not(operator: Operator, tmp_path: Path, wrong: str) -> None:
    certificate, key = operator.stranger
    changes: dict[str, dict[str, Any]] = {
        "no authority": {"opa_ca": None},
        "another authority": {"opa_ca": certificate},
        "no certificate": {"opa_certificate": None, "opa_key": None},
        "another certificate": {"opa_certificate": certificate, "opa_key": key},
        "no TLS": {"opa_url": operator.given["opa_url"].replace("https", "http")},
    }
    settings = Settings(home=tmp_path, **(operator.given | changes[wrong]))
    with pytest.raises(EngineUnavailableError):
        make_engine(operator.revision, settings)


@pytest.mark.opa
def test_plain_http_to_another_machine_is_refused(operator: Operator, tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailableError, match="https"):
        make_engine(operator.revision, Settings(home=tmp_path, opa_url="http://opa.example:8181"))


def test_who_names_the_server_means_it_unless_another_engine_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().policy_engine == "wasm"
    monkeypatch.setenv("WRITGATE_OPA_URL", "")
    assert Settings().policy_engine == "wasm"
    monkeypatch.setenv("WRITGATE_OPA_URL", "https://opa.example")
    assert Settings().policy_engine == "opa"
    monkeypatch.setenv("WRITGATE_POLICY_ENGINE", "wasm")
    assert Settings().policy_engine == "wasm", "whose shadow the server is then"


@pytest.mark.parametrize("alone", ["opa_certificate", "opa_key"])
def test_a_certificate_without_its_key_is_no_setting(tmp_path: Path, alone: str) -> None:
    with pytest.raises(ValidationError, match="need each other"):
        Settings.model_validate({"home": tmp_path, alone: tmp_path / "file.pem"})
