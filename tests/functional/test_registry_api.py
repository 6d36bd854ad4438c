"""The registry over HTTP: who may write and see what, and that what is another agency's is the same as nothing."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from uuid import UUID

import flask
import pytest
from identity_house import House, open_house
from joserfc import jwt
from joserfc.jwk import ECKey

from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.log import AuditLog
from gateway.outbound import Outbound
from gateway.registry.models import Actor, ClientWrite
from gateway.registry.proposals import Proposals
from gateway.registry.two_persons import handlers
from gateway.web import problems, refusals, requests
from gateway.web.api.registry import registry_routes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from werkzeug.test import TestResponse

    from gateway.database import Database
    from gateway.postgres.deployment import DatabaseRole
    from gateway.settings import Settings

READ, WRITE = "registry:read", "registry:write"
INSTRUMENT: dict[str, Any] = {
    "type": "court_order",
    "court": "Superior Court",
    "docket_number": "26-2-00117",
    "galleries": ["missing*"],
    "modes": ["still_image"],
    "operations": ["identify_1_to_n"],
    "purposes": ["locate_missing_person"],
    "valid_from": "2026-11-01T00:00:00Z",
    "expires_at": "2026-12-01T00:00:00Z",
}
AGENCY = {"name": "Riverton", "type": "law_enforcement", "jurisdiction": "US-OR"}


class Edge:
    """The registry's routes over a real identity room; `as_("clerk")` sends with that client's token."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.app = flask.Flask("registry")
        # The parts of `gateway.web.services.Services` that these routes use, each the real one.
        log = AuditLog(keys=DisclosureKeys.load(house.settings.keys))
        by_two = handlers(house.registry, log=log, outbound=Outbound([]))
        self.proposals = Proposals(database=house.web, log=log, handlers=by_two)
        self.app.extensions["writgate"] = SimpleNamespace(
            verifier=house.verifier,
            limits=house.limits,
            registry=house.registry,
            proposals=self.proposals,
            database=house.web,
            settings=house.settings,
        )
        for part in (requests, problems, refusals):
            part.install(self.app)
        self.app.register_blueprint(registry_routes())
        self._tokens: dict[str, str] = {}

    def agreed_outside(self, proposal: str) -> None:
        """Somebody from outside the vendor agrees."""
        board = ClientWrite(id="board", agency=None, name="Board", scopes=[], affiliation="oversight")
        self.house.registry.put_client(board, actor=Actor(kind="gateway", id="test"))
        self.proposals.decide(UUID(proposal), approve=True, reason="compared", actor=Actor(kind="client", id="board"))

    def send(self, client: str | None, method: str, path: str, body: Any = None, **extra: Any) -> TestResponse:
        headers = {}
        if client is not None:
            if client not in self._tokens:
                self._tokens[client] = self.house.token(client)
            headers = self.house.proof(method, path.partition("?")[0], token=self._tokens[client])
        sent = {"json": body} if body is not None else extra
        return self.app.test_client().open(path, method=method, headers=headers, **sent)

    def code(self, *request: Any, **extra: Any) -> tuple[int, str]:
        answer = self.send(*request, **extra)
        assert answer.mimetype == "application/problem+json", answer.data
        assert answer.json is not None
        assert answer.json["remedy"]
        assert answer.json["decision_id"]
        return answer.status_code, answer.json["code"]

    def ok(self, *request: Any, status: int = 200) -> Any:
        answer = self.send(*request)
        assert answer.status_code == status, answer.data
        return answer.json


@pytest.fixture
def edge(settings: Settings, database: Callable[[DatabaseRole], Database]) -> Iterator[Edge]:
    with open_house(settings, database) as house:
        house.add_client("admin", agency=None, scopes=[READ, WRITE])
        made = Edge(house)
        for agency in ("riverton-pd", "hillview-so"):
            made.ok("admin", "PUT", f"/v1/agencies/{agency}", AGENCY, status=201)
            house.add_client(f"{agency}-clerk", agency=agency, scopes=[READ, WRITE])
            house.add_client(f"{agency}-reader", agency=agency, scopes=[READ])
        yield made


def test_put_creates_then_updates_and_get_shows_it(edge: Edge) -> None:
    renamed = edge.ok("admin", "PUT", "/v1/agencies/riverton-pd", AGENCY | {"name": "Riverton Police"})
    assert (renamed["name"], renamed["version"]) == ("Riverton Police", 2)
    assert edge.ok("admin", "GET", "/v1/agencies/riverton-pd") == renamed


def test_a_client_that_asks_more_than_it_may_is_told_when_to_come_again(edge: Edge) -> None:
    limited = {
        "agency": "riverton-pd",
        "name": "Riverton, slowly",
        "scopes": [READ],
        "jwks": {"keys": []},
        "requests_per_minute": 2,
    }
    shown = edge.ok("admin", "PUT", "/v1/clients/riverton-pd-slow", limited, status=201)
    assert shown["requests_per_minute"] == 2
    edge.house.add_client("riverton-pd-reader", agency="riverton-pd", scopes=[READ], requests_per_minute=2)
    answers = [edge.send("riverton-pd-reader", "GET", "/v1/agencies") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["RateLimit"].split(";")[1] for answer in answers] == ["r=1", "r=0", "r=0"]
    refused = answers[2]
    assert refused.json is not None
    assert refused.json["code"] == "RATE_LIMITED"
    assert 0 < int(refused.headers["Retry-After"]) <= 30
    assert edge.send("riverton-pd-clerk", "GET", "/v1/agencies").status_code == 200


def test_what_is_shown_can_be_sent_back(edge: Edge) -> None:
    put = ("riverton-pd-clerk", "PUT", "/v1/instruments/riverton-pd/order-1")
    shown = edge.ok(*put, INSTRUMENT, status=201)
    assert shown["valid_from"] == INSTRUMENT["valid_from"]
    of_checking = {"origin", "entered_by", "verified", "verified_by", "verified_at", "document_checked"}
    of_checking |= {"entered_through", "entered_signed_in"}
    unsaid = of_checking | {"version", "replaced_by", "warrant_court", "warrant_kid", "warrant_jti"}
    assert edge.ok(*put, {name: value for name, value in shown.items() if name not in unsaid}) == shown


def test_a_clerk_enters_a_paper_for_its_own_agency_and_an_id_is_made(edge: Edge) -> None:
    made = edge.ok("riverton-pd-clerk", "POST", "/v1/instruments", INSTRUMENT, status=201)
    assert made["id"].startswith("riverton-pd/")
    assert (made["agency"], made["origin"], made["verified"]) == ("riverton-pd", "registered", False)
    for said in ("origin", "verified", "verified_by"):
        assert edge.code("riverton-pd-clerk", "POST", "/v1/instruments", INSTRUMENT | {said: "court_verified"}) == (
            422,
            "BODY_INVALID",
        )


def test_what_is_another_agencys_is_the_same_as_nothing(edge: Edge) -> None:
    path = "/v1/instruments/riverton-pd/order-1"
    edge.ok("riverton-pd-clerk", "PUT", path, INSTRUMENT, status=201)
    stranger, nothing = "hillview-so-clerk", "/v1/instruments/riverton-pd/order-2"
    for method, body in (
        ("GET", None),
        ("PUT", INSTRUMENT | {"agency": "riverton-pd"}),
        ("PATCH", {"status": "revoked"}),
    ):
        answers = [edge.send(stranger, method, place, body) for place in (path, nothing)]
        texts = [{n: v for n, v in (a.json or {}).items() if n != "decision_id"} for a in answers]
        assert texts[0] == texts[1]
        assert texts[0]["code"] == "NOT_FOUND"
    assert edge.code(stranger, "POST", "/v1/instruments", INSTRUMENT | {"agency": "riverton-pd"}) == (404, "NOT_FOUND")
    assert edge.ok(stranger, "GET", "/v1/instruments")["items"] == []
    assert [a["id"] for a in edge.ok(stranger, "GET", "/v1/agencies")["items"]] == ["hillview-so"]
    for place in ("/v1/agencies/riverton-pd", "/v1/clients/riverton-pd-clerk", "/v1/court-keys", "/v1/court-keys/a/b"):
        assert edge.code(stranger, "GET", place) == (404, "NOT_FOUND")


def test_only_an_administrator_writes_who_may_ask(edge: Edge) -> None:
    clerk = "riverton-pd-clerk"
    client = {"name": "x", "scopes": ["audit:read"], "agency": "riverton-pd"}
    user = {"name": "N", "roles": ["agency_admin"], "agency": "riverton-pd"}
    for path, body in (
        ("/v1/agencies/riverton-pd", AGENCY),
        ("/v1/clients/new", client),
        ("/v1/users/riverton-pd/new", user),
    ):
        assert edge.code(clerk, "PUT", path, body) == (403, "ADMINISTRATOR_REQUIRED")
    assert edge.code(clerk, "PATCH", "/v1/agencies/riverton-pd", {"status": "active"}) == (
        403,
        "ADMINISTRATOR_REQUIRED",
    )


def test_a_scope_is_needed_and_a_token_before_it(edge: Edge) -> None:
    reader = "riverton-pd-reader"
    assert edge.code(reader, "POST", "/v1/instruments", INSTRUMENT) == (403, "SCOPE_MISSING")
    assert edge.code(reader, "PUT", "/v1/agencies/riverton-pd", []) == (403, "SCOPE_MISSING")
    assert edge.send(None, "GET", "/v1/agencies").status_code == 401


def test_a_secrets_hash_and_a_suspension_stay_where_they_are(edge: Edge) -> None:
    """Nothing shown holds the hash; nothing written as a record lifts what was imposed as a sanction."""
    client: dict[str, Any] = {
        "name": "x",
        "agency": None,
        "scopes": [],
        "secret_hash": "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA",
    }
    shown = edge.ok("admin", "PUT", "/v1/clients/trial", client, status=201)
    assert shown["has_secret"] is True
    assert "argon2id" not in str(shown)
    edge.ok("admin", "PATCH", "/v1/agencies/hillview-so", {"status": "suspended"})
    assert edge.ok("admin", "PUT", "/v1/agencies/hillview-so", AGENCY)["status"] == "suspended"
    lifted = edge.code("admin", "PATCH", "/v1/agencies/hillview-so", {"status": "active"})
    assert lifted == (409, "SUSPENDED")


def test_bad_input_is_a_problem_with_a_code(edge: Edge) -> None:
    put = ("admin", "PUT", "/v1/agencies/new")
    assert edge.code(*put, data=b"{", content_type="application/json") == (400, "JSON_MALFORMED")
    assert edge.code(*put, data=b"[" * 100_000, content_type="application/json") == (400, "JSON_MALFORMED")
    assert edge.code(*put, data=b"{}", content_type="text/plain") == (415, "CONTENT_TYPE")
    assert edge.code(*put, []) == (422, "BODY_INVALID")
    assert edge.code(*put, AGENCY | {"surprise": 1}) == (422, "BODY_INVALID")
    assert edge.code(*put, AGENCY | {"name": 7}) == (422, "BODY_INVALID")
    assert edge.code(*put, AGENCY | {"id": "other"}) == (422, "ID_MISMATCH")
    assert edge.code("admin", "PUT", "/v1/agencies/New%00", AGENCY) == (404, "NOT_FOUND")
    assert edge.code("admin", "GET", "/v1/users/a%00b") == (404, "NOT_FOUND")
    assert edge.code("admin", "GET", "/v1/users?cursor=AA%00") == (422, "CURSOR_INVALID")
    assert edge.code("admin", "GET", "/v1/users?limit=0") == (422, "LIMIT_INVALID")
    assert edge.code("admin", "PATCH", "/v1/agencies/riverton-pd", {"status": "gone"}) == (422, "STATUS_UNKNOWN")
    assert edge.code("admin", "PUT", "/v1/users/nowhere/x", {"agency": "nowhere", "name": "N", "roles": []}) == (
        422,
        "AGENCY_UNKNOWN",
    )


def test_pages_follow_a_cursor(edge: Edge) -> None:
    seen: list[str] = []
    path = "/v1/clients?limit=2"
    while True:
        page = edge.ok("admin", "GET", path)
        seen += [client["id"] for client in page["items"]]
        if page["next_cursor"] is None:
            break
        path = f"/v1/clients?limit=2&cursor={page['next_cursor']}"
    assert len(seen) == len(set(seen))
    assert {"admin", "riverton-pd-clerk", "hillview-so-reader"} <= set(seen)


def test_a_courts_warrant_is_presented_once(edge: Edge) -> None:
    key = ECKey.generate_key("P-256")
    pinned = {
        "jwk": key.as_dict(private=False),
        "not_before": "2026-01-01T00:00:00Z",
        "not_after": "2100-01-01T00:00:00Z",
    }
    proposed = edge.ok("admin", "PUT", "/v1/court-keys/lake-court/k1", pinned, status=202)
    assert edge.code("admin", "GET", "/v1/court-keys/lake-court/k1")[0] == 404
    edge.agreed_outside(proposed["id"])
    shown = edge.ok("admin", "GET", "/v1/court-keys/lake-court/k1")
    assert (shown["jwk"], shown["not_before"]) == (pinned["jwk"], pinned["not_before"])
    assert edge.code("riverton-pd-clerk", "PUT", "/v1/court-keys/lake-court/k2", pinned) == (
        403,
        "ADMINISTRATOR_REQUIRED",
    )
    now = int(time.time())
    scope = {name: INSTRUMENT[name] for name in ("operations", "modes", "galleries", "purposes")}
    claims = {
        "iss": "lake-court",
        "jti": "26-1",
        "iat": now - 60,
        "exp": now + 86_400,
        "aud": edge.house.issuer,
        "agency": "riverton-pd",
        "instrument_type": "court_order",
        "case": "26-1",
        "authorization_details": [{"type": "biometric_search"} | scope],
    }
    header = {"alg": "ES256", "typ": "warrant+jwt", "kid": "k1"}
    body = {"warrant": jwt.encode(header, claims, key, algorithms=["ES256"])}
    assert edge.code("hillview-so-clerk", "POST", "/v1/instruments", body) == (422, "WARRANT_NOT_FOR_AGENCY")
    made = edge.ok("riverton-pd-clerk", "POST", "/v1/instruments", body, status=201)
    assert (made["origin"], made["verified"]) == ("court_verified", True)
    assert edge.code("riverton-pd-clerk", "POST", "/v1/instruments", body) == (409, "WARRANT_REPLAYED")
    assert edge.code("riverton-pd-clerk", "POST", "/v1/instruments", {"warrant": "x"}) == (422, "WARRANT_MALFORMED")
    edit = INSTRUMENT | {"searches_allowed": 900}
    assert edge.code("riverton-pd-clerk", "PUT", f"/v1/instruments/{made['id']}", edit) == (
        409,
        "INSTRUMENT_SIGNED_BY_COURT",
    )


def test_an_administrator_does_not_make_another(edge: Edge) -> None:
    """Or one person could impose a sanction and lift it as the second, or review a draft of his own."""
    double = {"name": "x", "agency": None, "scopes": ["sanctions:write"]}
    more = ("registry:write", "policies:write", "policies:review", "policies:publish", "policies:hold")
    for body in (double, *(double | {"scopes": [scope]} for scope in more)):
        assert edge.code("admin", "PUT", "/v1/clients/admin-9", body) == (403, "OPERATOR_REQUIRED")
