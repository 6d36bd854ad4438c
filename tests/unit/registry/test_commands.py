"""The registry's commands write the same rows as the edge, and say in one sentence why they did not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg
import pytest
from click.testing import CliRunner, Result
from joserfc import jwt
from joserfc.jwk import ECKey

from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.keys import create_keys
from gateway.audit.log import AuditLog
from gateway.cli import main
from gateway.database import Database
from gateway.outbound import Outbound
from gateway.postgres.deployment import DatabaseRole
from gateway.registry.models import Actor, ClientWrite
from gateway.registry.proposals import Proposals
from gateway.registry.service import Registry
from gateway.registry.two_persons import handlers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gateway.postgres.deployment import Deployment
    from gateway.settings import Settings


@pytest.fixture
def run(settings: Settings, deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs `writgate` on the test's own home."""
    create_keys(settings.keys)
    monkeypatch.setenv("WRITGATE_DATABASE_URL", settings.database_url or "")

    def run_command(*arguments: str) -> Result:
        return CliRunner().invoke(main, [*arguments, "--home", str(settings.home)])

    return run_command


@pytest.fixture
def approve(settings: Settings, deployment: Deployment) -> Callable[[str], object]:
    """Somebody from outside the vendor agrees to a proposal."""

    def agree(proposal: str) -> object:
        with Database(deployment.conninfo(DatabaseRole.WEB), name="board") as database:
            log = AuditLog(keys=DisclosureKeys.load(settings.keys))
            registry = Registry(database, log)
            board = ClientWrite(id="board", agency=None, name="Board", scopes=[], affiliation="oversight")
            registry.put_client(board, actor=Actor(kind="gateway", id="test"))
            by_two = handlers(registry, log=log, outbound=Outbound([]))
            proposals = Proposals(database=database, log=log, handlers=by_two)
            outside = Actor(kind="client", id="board")
            return proposals.decide(UUID(proposal), approve=True, reason="compared", actor=outside)

    return agree


def _json(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


AGENCY = ("agency", "add", "lakeport-pd", "--name", "Lakeport", "--type", "law_enforcement", "--jurisdiction", "US-WA")
CONTRACT = (
    *("contract", "add", "c-1", "--agency", "lakeport-pd", "--from", "2026-01-01T00:00:00Z"),
    *("--to", "2027-01-01T00:00:00Z", "--purpose", "locate_missing_person", "--operation", "identify_1_to_n"),
    *("--gallery", "missing*", "--quota", "day=5", "--demand", "4.2=court_order,search_warrant", "--keep-crops"),
)


def test_an_agency_its_contract_people_clients_and_papers_are_added_shown_and_listed(
    run: Callable[..., Result], settings: Settings, tmp_path: Path
) -> None:
    assert _json(run(*AGENCY, "--control", "use_policy_published", "--json"))["controls"] == {
        "use_policy_published": True
    }
    terms = _json(run(*CONTRACT, "--json"))["terms"]
    assert terms["quotas"] == [{"period": "day", "limit": 5}]
    assert terms["demands"][0]["instruments"] == ["court_order", "search_warrant"]
    assert terms["keep_crops"] is True
    user = ("user", "add", "lakeport-pd/ruiz", "--agency", "lakeport-pd", "--name", "Dana Ruiz")
    assert _json(run(*user, "--role", "investigator", "--json"))["status"] == "active"
    client = ("client", "add", "desk", "--agency", "lakeport-pd", "--scope", "searches:write")
    made = _json(run(*client, "--user", "lakeport-pd/ruiz", "--generate", "--json"))
    kept = settings.clients / "desk.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert json.loads(kept.read_text())["private_jwk"]["d"] not in json.dumps(made)
    paper = tmp_path / "exigency.json"
    paper.write_text(
        json.dumps(
            {
                "agency": "lakeport-pd",
                "certified_by": "lakeport-pd/ruiz",
                "rank": "sergeant",
                "facts": "f",
                "harm": "h",
                "risk": "r",
                "started_at": "2026-11-23T10:00:00Z",
                "why_no_order": "w",
                "deadline": "2026-11-24T10:00:00Z",
            }
        )
    )
    assert _json(run("exigency", "add", "lakeport-pd/e-1", "--file", str(paper), "--json"))["status"] == "certified"
    assert _json(run("exigency", "status", "lakeport-pd/e-1", "withdrawn", "--json"))["status"] == "withdrawn"
    assert [record["id"] for record in _json(run("user", "list", "--json"))] == ["lakeport-pd/ruiz"]
    assert _json(run("client", "show", "desk", "--json")) == made
    shown = run("contract", "show", "c-1")
    assert "lakeport-pd" in shown.output
    assert "2026-01-01T00:00:00Z" in shown.output


def test_a_client_that_is_changed_keeps_its_keys(run: Callable[..., Result]) -> None:
    client = ("client", "add", "board", "--scope", "audit:read")
    keys = _json(run(*client, "--generate", "--json"))["jwks"]
    assert _json(run(*client, "--name", "Oversight board", "--json"))["jwks"] == keys
    assert len(keys["keys"]) == 1


def test_a_private_key_is_not_registered(run: Callable[..., Result], tmp_path: Path) -> None:
    path = tmp_path / "key.jwk"
    path.write_text(json.dumps(ECKey.generate_key("P-256").as_dict(private=True) | {"kid": "1"}))
    refused = run("client", "add", "board", "--scope", "audit:read", "--key", str(path))
    assert refused.exit_code == 2
    assert "private key" in refused.output


def test_a_courts_key_is_pinned_its_warrant_imported_and_the_key_revoked(
    run: Callable[..., Result], tmp_path: Path, approve: Callable[[str], object]
) -> None:
    run(*AGENCY)
    key = ECKey.generate_key("P-256")
    public, warrant = tmp_path / "court.jwk", tmp_path / "warrant.jws"
    public.write_text(json.dumps(key.as_dict(private=False)))
    window = ("--from", "2026-01-01T00:00:00Z", "--to", "2100-01-01T00:00:00Z")
    proposed = _json(run("court-key", "add", "lake-court", "k1", "--key", str(public), *window, "--json"))
    assert run("court-key", "show", "lake-court", "k1").exit_code == 1
    approve(proposed["id"])
    now = _json(run("court-key", "show", "lake-court", "k1", "--json"))
    assert now["revoked_at"] is None
    import time  # noqa: PLC0415  the only test that signs as of now

    issued = int(time.time()) - 60
    claims = {
        "iss": "lake-court",
        "jti": "1",
        "iat": issued,
        "exp": issued + 86_400,
        "aud": "https://gate.example",
        "agency": "lakeport-pd",
        "instrument_type": "search_warrant",
        "case": "26-1",
        "authorization_details": [
            {
                "type": "biometric_search",
                "operations": ["identify_1_to_n"],
                "modes": ["still_image"],
                "galleries": ["missing"],
                "purposes": ["locate_missing_person"],
            }
        ],
    }
    header = {"alg": "ES256", "typ": "warrant+jwt", "kid": "k1"}
    warrant.write_text(jwt.encode(header, claims, key, algorithms=["ES256"]) + "\n")
    imported = ("instrument", "import-warrant", str(warrant), "--issuer", "https://gate.example")
    assert _json(run(*imported, "--json"))["origin"] == "court_verified"
    again = run(*imported)
    assert again.exit_code == 1
    assert "registered already" in again.output
    approve(_json(run("court-key", "revoke", "lake-court", "k1", "--json"))["id"])
    assert _json(run("court-key", "show", "lake-court", "k1", "--json"))["revoked_at"] is not None


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("agency", "add", "Lakeport"), 2, "id"),
        (("agency", "show", "nowhere"), 1, "no such agency"),
        (("user", "add", "x", "--agency", "nowhere", "--name", "N", "--role", "investigator"), 1, "Add the agency"),
        (("contract", "add", "c", "--quota", "day"), 2, "PERIOD=N"),
        (("instrument", "add", "--file", "/nonexistent"), 2, "does not exist"),
        (("agency", "status", "nowhere", "gone"), 1, "Send one of these"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(
    run: Callable[..., Result], arguments: tuple[str, ...], code: int, says: str
) -> None:
    result = run(*arguments)
    assert result.exit_code == code
    assert says in result.output
    assert "Traceback" not in result.output


def test_a_provider_is_added_linked_suspended_and_given_a_key(
    run: Callable[..., Result], settings: Settings, tmp_path: Path
) -> None:
    run(*AGENCY)
    run("user", "add", "lakeport-pd/ruiz", "--agency", "lakeport-pd", "--name", "Dana Ruiz", "--role", "investigator")
    profile = {"algorithms": ["ES256"], "agencies": ["lakeport-pd"]}
    file = tmp_path / "county.json"
    file.write_text(json.dumps({"issuer": "https://login.example", "profile": profile}))
    assert _json(run("issuer", "add", "county", "--file", str(file), "--json"))["profile"]["clock_margin"] == 10
    assert "county" in run("issuer", "list").stdout
    linked = _json(run("issuer", "link", "county", "subject-1", "lakeport-pd/ruiz", "--json"))
    assert linked["user_id"] == "lakeport-pd/ruiz"
    assert _json(run("issuer", "link", "county", "subject-1", "--json"))["user_id"] is None
    assert "county/subject-1" in run("user-link", "list").stdout
    (key,) = _json(run("issuer", "key", "county"))["keys"]
    assert "d" not in key
    assert run("issuer", "key", "../county").exit_code == 1
    assert _json(run("issuer", "key", "county"))["keys"] == [key]
    assert (settings.keys / "issuer-county.jwk").stat().st_mode & 0o777 == 0o600
    assert _json(run("issuer", "status", "county", "suspended", "--json"))["status"] == "suspended"
    wrong = run("issuer", "add", "self", "--file", str(file))
    assert wrong.exit_code == 2


def test_the_operator_stops_the_gateways_own_issuing_and_each_is_an_entry(
    run: Callable[..., Result], deployment: Deployment
) -> None:
    assert "Stopped" in run("issuer", "stop-issuing").stdout
    assert _own_issuer(deployment) == (True,)
    assert "again" in run("issuer", "resume-issuing").stdout
    assert _own_issuer(deployment) == (False,)
    with psycopg.connect(deployment.conninfo(DatabaseRole.ADMIN)) as connection:
        leaves = connection.execute("SELECT leaf FROM audit.staging ORDER BY id").fetchall()
    entries = [json.loads(leaf[0]) for leaf in leaves]
    told = [(entry["id"], entry["status"]) for entry in entries if entry["kind"] == "issuer.written"]
    assert told == [("self", "suspended"), ("self", "active")]


def _own_issuer(deployment: Deployment) -> tuple[Any, ...] | None:
    with psycopg.connect(deployment.conninfo(DatabaseRole.ADMIN)) as connection:
        return connection.execute(
            "SELECT suspended FROM identity.revocations WHERE kind = 'issuer' AND id = 'self'"
        ).fetchone()


def test_once_somebody_is_outside_the_vendor_the_operator_only_proposes_auditors(
    run: Callable[..., Result], settings: Settings, approve: Callable[[str], Any]
) -> None:
    watch = ("client", "add", "watch", "--scope", "audit:read", "--generate", "--json")
    assert _json(run(*watch))["status"] == "active"
    assert _json(run("client", "status", "watch", "suspended", "--json"))["status"] == "suspended"
    assert _json(run("client", "status", "watch", "active", "--json"))["status"] == "active"
    invite = ("user", "invite", "quinn", "--auditor", "--json")
    assert _json(run(*invite))["code"]
    outside = ("client", "add", "county", "--affiliation", "oversight", "--scope", "registry:read", "--json")
    assert _json(run(*outside))["affiliation"] == "oversight"

    for word, kind in (("suspended", "auditor.remove"), ("active", "auditor.reinstate")):
        made = _json(run("client", "status", "watch", word, "--json"))
        assert (made["kind"], made["state"]) == (kind, "open")
        assert _json(run("client", "show", "watch", "--json"))["status"] != word
        assert approve(made["id"])["state"] == "approved"
        assert _json(run("client", "show", "watch", "--json"))["status"] == word
    refused = run("client", "status", "watch", "active")
    assert (refused.exit_code, "is active" in refused.output) == (1, True)
    # Nor does he get rid of whoever must agree, or take their place.
    assert _json(run("client", "status", "county", "suspended", "--json"))["kind"] == "auditor.remove"
    assert _json(run(*outside, "--generate"))["kind"] == "auditor.add"
    made = _json(run(*invite))
    assert (made["kind"], made["state"], "code" in made) == ("auditor_account.invite", "open", False)
