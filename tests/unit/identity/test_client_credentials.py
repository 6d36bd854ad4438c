"""The client's side, over real HTTP against a real server; and `writgate token` on top of it."""

from __future__ import annotations

import json
import socket
import stat
import threading
from typing import TYPE_CHECKING

import flask
import pytest
from click.testing import CliRunner
from identity_house import POLICE_SCOPES, House, open_house
from werkzeug.serving import make_server

from gateway.cli.token import token as token_command
from gateway.identity.client_credentials import TokenRequestError, make_client_key, request_token

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import DatabaseFactory

    from gateway.settings import Settings


@pytest.fixture
def house(settings: Settings, database: DatabaseFactory) -> Iterator[House]:
    """The house behind a listening server; its client `lakeport-app` has its file in the home."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with open_house(settings.model_copy(update={"port": port, "allow_bearer_tokens": True}), database) as opened:
        server = make_server("127.0.0.1", port, opened.app, threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield opened
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def _register(house: House) -> Path:
    """The client makes its key, and the operator registers the public half."""
    path = house.settings.clients / "app.json"
    public = make_client_key(path, client_id="lakeport-app", scopes=[scope.value for scope in POLICE_SCOPES])
    house.add_client("lakeport-app", agency="lakeport-pd", jwks={"keys": [public]})
    return path


def test_a_client_file_is_private_and_made_once(tmp_path: Path) -> None:
    path = tmp_path / "clients" / "app.json"
    public = make_client_key(path, client_id="app", scopes=["searches:read"], user="a/b")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert set(public) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    written = json.loads(path.read_text())
    assert (written["client_id"], written["scopes"], written["user"]) == ("app", ["searches:read"], "a/b")
    assert "d" in written["private_jwk"]
    assert make_client_key(path, client_id="app") == public


def test_a_token_is_asked_for_over_http_and_a_refusal_carries_its_sentence(house: House) -> None:
    document = json.loads(_register(house).read_text())
    answer = request_token(
        house.issuer, document["client_id"], document["private_jwk"], user="lakeport-pd/ruiz", sender=house.sender
    )
    house.view.poll()
    assert answer["token_type"] == "DPoP"
    assert house.verify(answer["access_token"]).user == "lakeport-pd/ruiz"
    with pytest.raises(TokenRequestError, match="no user of that id") as refused:
        request_token(house.issuer, document["client_id"], document["private_jwk"], user="lakeport-pd/nobody")
    assert (refused.value.status, refused.value.document["code"]) == (400, "USER_UNKNOWN")


def test_a_redirect_is_not_followed_with_an_assertion(house: House) -> None:
    document = json.loads(_register(house).read_text())
    (rule,) = [rule for rule in house.app.url_map.iter_rules() if rule.rule == "/oauth/token"]
    house.app.view_functions[rule.endpoint] = lambda: flask.redirect("http://127.0.0.1:9/", 307)
    with pytest.raises(TokenRequestError) as refused:
        request_token(house.issuer, document["client_id"], document["private_jwk"])
    assert refused.value.status == 307


def test_the_command_prints_a_token_and_nothing_else(house: House) -> None:
    _register(house)
    (house.settings.state / "server.json").write_text(json.dumps({"url": house.issuer}))
    home = ["--home", str(house.settings.home), "--client", "app"]
    limits = ["--purpose", "locate_missing_person", "--case", "26-7", "--gallery", "missing", "--gallery", "county"]
    result = CliRunner().invoke(token_command, [*home, *limits, "--user", "lakeport-pd/ruiz"])
    assert result.exit_code == 0, result.output
    caller = house.verifier.verify(house.bearer(result.output.strip()))
    assert caller.user == "lakeport-pd/ruiz"
    (detail,) = caller.authorization_details
    assert (detail.purpose, detail.case_number, detail.galleries) == (
        "locate_missing_person",
        "26-7",
        ("missing", "county"),
    )
    as_json = CliRunner().invoke(token_command, [*home, "--scope", "searches:read", "--json"])
    assert json.loads(as_json.output)["scope"] == "searches:read"


def test_the_command_says_what_to_do_when_it_cannot(house: House) -> None:
    home = ["--home", str(house.settings.home)]
    path = _register(house)
    run = CliRunner().invoke
    missing = run(token_command, [*home, "--client", "other"])
    assert missing.exit_code == 1
    assert "Known: app" in missing.output
    stopped = run(token_command, [*home, "--client", "app"])
    assert stopped.exit_code == 1
    assert "writgate serve" in stopped.output
    escaping = run(token_command, [*home, "--client", "../keys/token"])
    assert escaping.exit_code == 2
    refused = run(token_command, [*home, "--client", "app", "--url", house.issuer, "--scope", "audit:read"])
    assert refused.exit_code == 1
    assert "scope" in refused.output
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        unreachable = run(token_command, [*home, "--client", "app", "--url", url])
    assert unreachable.exit_code == 1
    assert "cannot be reached" in unreachable.output
    for result in (missing, stopped, refused, unreachable):
        assert json.loads(path.read_text())["private_jwk"]["d"] not in result.output
