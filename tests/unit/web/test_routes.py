"""Every route declares the scope that it needs, asks for a token before anything else, and refuses in one shape."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import botocore.session
import psycopg
import pytest
from flask import Blueprint, Flask
from structlog.testing import capture_logs

from gateway.app import Built, application
from gateway.cli.init import register_client
from gateway.database import Database
from gateway.enforcement.gate import Gate
from gateway.enforcement.release import Releases
from gateway.registry.models import Actor
from gateway.vocabulary import Scope
from gateway.web import problems, requests
from gateway.web.console.pages import Audience
from gateway.web.rekognition.operations import NOT_OFFERED, OFFERED
from gateway.web.routes import BY_TARGET, PUBLIC, public_route, route

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gate_house import GateHouse
    from werkzeug.test import TestResponse

# What anybody may ask without a token, and why it may be so.
OPEN_TO_ALL = {
    ("GET", "/.well-known/oauth-authorization-server"),  # RFC 8414: read before there is a token
    ("GET", "/.well-known/oauth-protected-resource"),  # RFC 9728: as above
    ("GET", "/.well-known/openid-configuration"),  # as above
    ("GET", "/oauth/jwks"),  # public keys
    ("POST", "/oauth/par"),  # asks for the client's own proof
    ("POST", "/oauth/token"),  # as above
    ("POST", "/oauth/device_authorization"),  # as above
    ("POST", "/oauth/introspect"),  # as above
    ("GET", "/oauth/register/<path:client_id>"),  # asks for the registration access token (RFC 7592)
    ("PUT", "/oauth/register/<path:client_id>"),  # as above
    ("DELETE", "/oauth/register/<path:client_id>"),  # as above
    ("POST", "/oauth/revoke"),  # as above
    ("POST", "/oauth/issuers/<issuer_id>/logout"),  # the issuer's signature is the proof
    ("POST", "/oauth/issuers/<issuer_id>/events"),  # as above
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/openapi.json"),
    ("GET", "/transparency"),  # what the public may know: agencies, engine, rules, the log's head
    ("GET", "/log/checkpoint"),  # the log's public half: hashes, signed (C2SP tlog-tiles)
    ("GET", "/log/keys"),  # public keys, and how each was handed over
    ("GET", "/log/policy"),  # C2SP tlog-policy: public keys
    ("GET", "/log/recoveries"),  # what was said in public
    ("GET", "/log/receipt_key"),  # a public key
    ("GET", "/log/tile/<int:level>/<path:place>"),
    ("GET", "/v1/audit/receipts/<leaf>"),  # whoever holds a receipt may redeem it: hashes for a hash
}


# Pages that anybody may open, and why it may be so.
VISITORS = {
    ("GET", "/console/sign-in"),  # how one becomes somebody
    ("GET", "/console/sign-in/issuers/<issuer_id>"),  # the way to a provider, and the way back
    ("GET", "/console/sign-in/issuers/<issuer_id>/back"),
    ("POST", "/console/sign-in"),
    ("GET", "/console/sign-in/code"),
    ("POST", "/console/sign-in/code"),
    ("POST", "/console/sign-in/passkey/options"),
    ("POST", "/console/sign-in/passkey"),
    ("GET", "/console/invitation"),  # asks for a code that an administrator gave
    ("POST", "/console/invitation"),
    ("GET", "/console/enrol"),  # asks for an invitation that was opened
    ("POST", "/console/enrol/password"),
    ("POST", "/console/enrol/passkey/options"),
    ("POST", "/console/enrol/passkey"),
    ("GET", "/console/static/<version>/<name>"),  # the stylesheet and the script
    ("GET", "/oauth/authorize"),  # a program that wants no page is answered at once; everybody else must sign in
    ("POST", "/oauth/authorize"),  # as above
    ("GET", "/console/<path:place>"),  # says that there is no such page
}


def routes(app: Flask) -> Iterator[tuple[str, str, Any]]:
    """(method, path, what the view declares) of each route; None where it declares nothing."""
    for rule in app.url_map.iter_rules():
        declared = getattr(app.view_functions[rule.endpoint], "required_scope", None)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, rule.rule, declared


def filled(path: str) -> str:
    """The path with something in the place of each variable."""
    path = re.sub(r"<uuid:[^>]+>", str(uuid4()), path)
    path = re.sub(r"<int:[^>]+>", "7", path)
    return re.sub(r"<[^>]+>", "something", path)


@pytest.fixture(scope="module")
def guarded(app: Flask) -> list[tuple[str, str, Scope]]:
    found = [(method, path, scope) for method, path, scope in routes(app) if isinstance(scope, Scope)]
    assert len(found) > 20
    return found


def is_a_problem(response: TestResponse, status: int, code: str) -> None:
    where = f"{response.request.method} {response.request.path}"
    assert response.mimetype == "application/problem+json", where
    document = response.json
    assert document is not None
    assert (response.status_code, document["code"]) == (status, code), where
    assert document["status"] == status
    assert document["type"].endswith(code.lower().replace("_", "-"))
    assert document["title"]
    assert document["detail"].endswith(".")
    assert document["remedy"].strip()
    assert UUID(document["decision_id"]).version == 7
    assert response.headers["Decision-Id"] == document["decision_id"]
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def undeclared(app: Flask) -> set[tuple[str, str]]:
    return {(method, path) for method, path, declared in routes(app) if declared is None}


def test_every_route_declares_a_scope_or_that_it_is_public(app: Flask) -> None:
    assert undeclared(app) == set()


def test_the_walk_finds_a_view_that_was_registered_past_the_declaration() -> None:
    app, blueprint = Flask("x", static_folder=None), Blueprint("b", "b")
    route(blueprint, "GET", "/declared", scope=Scope.AUDIT_READ)(lambda: None)
    public_route(blueprint, "GET", "/open")(lambda: None)
    blueprint.add_url_rule("/forgotten", "forgotten", lambda: "", methods=["GET", "POST"])
    app.register_blueprint(blueprint)
    assert undeclared(app) == {("GET", "/forgotten"), ("POST", "/forgotten")}


def test_public_is_what_the_list_says_and_nothing_else(app: Flask) -> None:
    assert {(method, path) for method, path, declared in routes(app) if declared == PUBLIC} == OPEN_TO_ALL


def test_the_scope_of_a_rekognition_program_is_that_of_its_operation(app: Flask) -> None:
    assert {(method, path) for method, path, declared in routes(app) if declared == BY_TARGET} == {("POST", "/")}
    for name, offered in OFFERED.items():
        reads = name.startswith(("List", "Describe"))
        searches = name.startswith(("Search", "Compare", "Detect"))
        assert (offered.scope is Scope.GALLERIES_READ) is reads, name
        assert (offered.scope in {Scope.SEARCHES_WRITE, Scope.COMPARISONS_WRITE}) is searches, name


def test_every_operation_of_amazons_model_is_offered_or_refused_by_name() -> None:
    model = botocore.session.get_session().get_service_model("rekognition")
    assert OFFERED.keys() | NOT_OFFERED.keys() == set(model.operation_names)
    assert not OFFERED.keys() & NOT_OFFERED.keys()


def test_pages_for_people_are_in_the_console_and_visitors_open_only_those_of_the_list(app: Flask) -> None:
    pages = {(method, path, declared) for method, path, declared in routes(app) if isinstance(declared, Audience)}
    assert {path for _, path, _ in pages if not path.startswith("/console/")} == {"/oauth/authorize"}
    assert {(method, path) for method, path, declared in pages if declared is Audience.VISITOR} == VISITORS


def test_a_page_for_a_person_sends_a_visitor_to_sign_in_and_does_nothing(house: GateHouse, app: Flask) -> None:
    visitor = app.test_client()
    here = {"Origin": house.settings.issuer, "Sec-Fetch-Site": "same-origin"}
    for method, path, declared in routes(app):
        if declared is Audience.PERSON:
            response = visitor.open(filled(path), method=method, headers=here)
            assert response.status_code == 303, path
            assert response.headers["Location"].startswith("/console/sign-in?next=%2Fconsole%2F"), path


def test_every_form_that_another_site_sends_is_refused_before_it_is_read(app: Flask) -> None:
    for method, path, declared in routes(app):
        if isinstance(declared, Audience) and method != "GET":
            for headers in (
                {"Origin": "https://elsewhere.example"},
                {"Origin": "null"},
                {"Sec-Fetch-Site": "cross-site"},
                {"Sec-Fetch-Site": "same-site"},
                {"Sec-Fetch-Site": "none"},
                {},
            ):
                response = app.test_client().open(filled(path), method=method, headers=headers)
                assert (response.status_code, response.mimetype) == (403, "text/html"), (path, headers)
                assert "FOREIGN_FORM" in response.text


def test_every_page_forbids_frames_foreign_scripts_and_styles_and_the_cache(app: Flask) -> None:
    for method, path, declared in routes(app):
        if isinstance(declared, Audience) and "<name>" not in path:
            headers = app.test_client().open(filled(path), method=method).headers
            policy = headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy, path
            assert "frame-ancestors 'none'" in policy
            assert "base-uri 'none'" in policy
            assert "unsafe" not in policy
            assert headers["Cache-Control"] == "no-store"
            assert headers["X-Frame-Options"] == "DENY"
            assert "Access-Control-Allow-Origin" not in headers


def test_no_route_lets_a_script_of_another_origin_read_its_answer(app: Flask) -> None:
    browser, elsewhere = app.test_client(), {"Origin": "https://evil.example"}
    for method, path, _ in routes(app):
        for asked in (method, "OPTIONS"):
            headers = browser.open(filled(path), method=asked, headers=elsewhere).headers
            assert not [name for name, _ in headers if name.lower().startswith("access-control-")], (asked, path)


def test_every_scope_opens_something(guarded: list[tuple[str, str, Scope]]) -> None:
    assert {scope for _, _, scope in guarded} == set(Scope)


def test_what_writes_needs_more_than_to_read(guarded: list[tuple[str, str, Scope]]) -> None:
    reading = {(method, path) for method, path, scope in guarded if scope.endswith(":read")}
    assert {method for method, _ in reading} == {"GET"}


def test_without_a_token_each_route_says_401_and_nothing_of_what_is_behind_it(
    app: Flask, guarded: list[tuple[str, str, Scope]]
) -> None:
    browser = app.test_client()
    for method, path, _ in guarded:
        # A body that would be refused: the token comes first.
        response = browser.open(filled(path), method=method, data=b"{", content_type="application/json")
        is_a_problem(response, 401, "TOKEN_MISSING")
        assert response.headers["WWW-Authenticate"].startswith("DPoP ")
        assert "error=" not in response.headers["WWW-Authenticate"]  # RFC 6750 section 3.1


def test_a_token_that_proves_nothing_is_401_everywhere(app: Flask, guarded: list[tuple[str, str, Scope]]) -> None:
    browser = app.test_client()
    for method, path, _ in guarded:
        response = browser.open(filled(path), method=method, headers={"Authorization": "Bearer a.b.c"})
        is_a_problem(response, 401, "TOKEN_MALFORMED")
        assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]


def test_a_token_without_the_scope_is_403_and_the_header_names_the_scope(
    house: GateHouse, app: Flask, guarded: list[tuple[str, str, Scope]]
) -> None:
    browser = app.test_client()
    tokens = {  # two tokens with one scope each: one of them is always the wrong one
        Scope.POLICIES_READ: house.token("auditor", scope=Scope.POLICIES_READ),
        Scope.AUDIT_READ: house.token("auditor", scope=Scope.AUDIT_READ),
    }
    for method, path, scope in guarded:
        token = tokens[Scope.AUDIT_READ if scope is Scope.POLICIES_READ else Scope.POLICIES_READ]
        response = browser.open(
            filled(path),
            method=method,
            data=b"{",
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )
        is_a_problem(response, 403, "SCOPE_MISSING")
        challenge = response.headers["WWW-Authenticate"]
        assert challenge.startswith("Bearer ")
        assert 'error="insufficient_scope"' in challenge
        assert f'scope="{scope}"' in challenge


def test_what_the_database_cannot_hold_names_nothing_anywhere(house: GateHouse, app: Flask) -> None:
    operator = Actor(kind="operator", id="test")
    register_client(
        house.services.registry, house.settings, name="curious", agency=None, scopes=tuple(Scope), actor=operator
    )
    browser, headers = app.test_client(), {"Authorization": f"Bearer {house.token('curious')}"}
    asked = 0
    for method, path, declared in routes(app):
        for kind, value in ((r"<int:[^>]+>", str(1 << 63)), (r"<(?!int:|uuid:)[^>]+>", "a%00b")):
            impossible = re.sub(kind, value, path, count=1)
            if isinstance(declared, Scope) and impossible != path:
                is_a_problem(browser.open(filled(impossible), method=method, headers=headers), 404, "NOT_FOUND")
                asked += 1
    assert asked > 20


def test_a_token_in_the_query_or_the_body_is_no_token(house: GateHouse, app: Flask) -> None:
    token = house.token("auditor")
    browser = app.test_client()
    for response in (
        browser.get("/v1/audit/entries", query_string={"access_token": token}),
        browser.post("/v1/decisions", data={"access_token": token}),
    ):
        is_a_problem(response, 401, "TOKEN_MISSING")


def test_what_does_not_exist_is_a_problem_without_a_token_too(app: Flask) -> None:
    browser = app.test_client()
    is_a_problem(browser.get("/v1/nothing"), 404, "NOT_FOUND")
    is_a_problem(browser.get("/"), 405, "METHOD_NOT_ALLOWED")  # POST is for Rekognition programs
    is_a_problem(browser.get("/v1/searches/not-a-uuid"), 404, "NOT_FOUND")
    refused = browser.delete("/v1/searches")
    is_a_problem(refused, 405, "METHOD_NOT_ALLOWED")
    assert {"GET", "POST"} <= set(refused.headers["Allow"].split(", "))


def test_the_description_names_exactly_the_routes_and_their_scopes(app: Flask) -> None:
    described = app.test_client().get("/openapi.json").json
    assert described is not None
    expected: dict[tuple[str, str], list[dict[str, list[str]]]] = {}
    for method, path, declared in routes(app):
        if isinstance(declared, Audience) or declared == BY_TARGET:  # pages are for people; Amazon describes `/`
            continue
        template = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", path)
        expected[method, template] = [] if declared == PUBLIC else [{"oauth": [str(declared)]}]
    found = {
        (method.upper(), path): operation["security"]
        for path, operations in described["paths"].items()
        for method, operation in operations.items()
    }
    assert found == expected


def test_the_description_is_whole(house: GateHouse, app: Flask) -> None:
    described = app.test_client().get("/openapi.json").json
    assert described is not None
    assert described["openapi"].startswith("3.1")
    assert described["servers"] == [{"url": house.settings.issuer}]
    flow = described["components"]["securitySchemes"]["oauth"]["flows"]["clientCredentials"]
    assert flow["tokenUrl"] == f"{house.settings.issuer}/oauth/token"
    assert set(flow["scopes"]) == {str(scope) for scope in Scope}
    for path, operations in described["paths"].items():
        for operation in operations.values():
            named = [parameter["name"] for parameter in operation["parameters"]]
            assert named == re.findall(r"{([^}]+)}", path)
            assert "default" in operation["responses"]
    for reference in re.findall(r"#/components/schemas/([A-Za-z]+)", str(described)):
        assert reference in described["components"]["schemas"]


def test_the_description_says_that_every_result_names_its_calibration(app: Flask) -> None:
    described = app.test_client().get("/openapi.json").json
    assert described is not None
    for path, model in (("/v1/searches", "SearchResult"), ("/v1/comparisons", "ComparisonResult")):
        content = described["paths"][path]["post"]["responses"]["200"]["content"]["application/json"]
        assert content["schema"] == {"$ref": f"#/components/schemas/{model}"}
        assert "engine" in described["components"]["schemas"][model]["required"]
    assert {"calibration", "calibrated"} <= set(described["components"]["schemas"]["Engine"]["required"])


def test_an_error_inside_is_500_without_a_word_of_it() -> None:
    """What an exception says may quote what was sent."""
    app = Flask("x", static_folder=None)
    requests.install(app)
    problems.install(app)
    blueprint = Blueprint("b", "b")

    def broken() -> str:
        raise RuntimeError("the case number 2026-0417 of a person")

    blueprint.add_url_rule("/broken", "broken", broken)
    app.register_blueprint(blueprint)
    response = app.test_client().get("/broken")
    is_a_problem(response, 500, "INTERNAL_ERROR")
    assert "2026-0417" not in response.get_data(as_text=True)


def test_a_value_that_the_database_cannot_hold_is_the_callers_and_is_not_repeated() -> None:
    app = Flask("x", static_folder=None)
    requests.install(app)
    problems.install(app)
    blueprint = Blueprint("b", "b")

    def broken() -> str:
        raise psycopg.DataError("invalid text: the case number 2026-0417 of a person")

    blueprint.add_url_rule("/broken", "broken", broken)
    app.register_blueprint(blueprint)
    with capture_logs() as lines:
        response = app.test_client().get("/broken")
    is_a_problem(response, 422, "VALUE_INVALID")
    (told,) = [line for line in lines if line["event"] == "request.value_refused"]
    assert told["where"].startswith("test_routes.py:")
    assert "2026-0417" not in response.get_data(as_text=True) + str(lines)


def test_request_ids_come_back_only_when_they_are_harmless(app: Flask) -> None:
    browser = app.test_client()
    for given, returned in (("case-17.a", True), ("a b", False), ("x" * 129, False), ("<script>", False)):
        response = browser.get("/healthz", headers={"Request-Id": given})
        assert (response.headers["Request-Id"] == given) is returned
        if not returned:
            assert response.headers["Request-Id"] == response.headers["Decision-Id"]


def test_a_suspended_caller_is_told_so_and_the_attempt_is_on_the_log_or_it_is_503(house: GateHouse, app: Flask) -> None:
    services, operator = house.services, Actor(kind="operator", id="test")
    register_client(
        services.registry, house.settings, name="gone", agency=None, scopes=(Scope.POLICIES_READ,), actor=operator
    )
    header = {"Authorization": f"Bearer {house.token('gone')}"}
    assert app.test_client().get("/v1/policies/revisions/live", headers=header).status_code == 200
    services.registry.set_status("client", "gone", "suspended", actor=operator)
    house.built.services.verifier._revocations.poll()
    refused = app.test_client().get("/v1/policies/revisions/live", headers=header)
    is_a_problem(refused, 403, "CLIENT_SUSPENDED")
    assert refused.json is not None
    assert refused.json["receipt"]
    (leaf,) = house.leaves(kind="access.refused", decision_id=refused.json["decision_id"])
    assert (leaf["client"], leaf["operation"], leaf["reasons"]) == (
        "gone",
        "/v1/policies/revisions/live",
        ["CLIENT_SUSPENDED"],
    )
    # Nowhere to write it down: the same caller, with a gate whose database does not answer.
    with Database("host=127.0.0.1 port=1 dbname=x user=x", name="dead", checkout_seconds=0.2) as dead:
        gate = Gate(
            database=dead,
            log=services.log,
            receipts=services.receipts,
            admissions=house.admissions,
            releases=Releases(
                database=dead, log=services.log, receipts=services.receipts, incidents=services.incidents
            ),
            engine=house.engine,
        )
        built = Built(replace(services, gate=gate), lambda: None)
        unheard = application(built).test_client().get("/v1/policies/revisions/live", headers=header)
        is_a_problem(unheard, 503, "LOG_UNAVAILABLE")
        assert unheard.headers["Retry-After"]
