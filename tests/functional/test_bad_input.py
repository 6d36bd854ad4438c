"""Everything malformed gets a problem document with a stable code, a remedy and the decision id, and leaves nothing."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import socket
import urllib.error
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import psycopg
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from patience import PATIENCE_SECONDS
from PIL import Image
from psycopg import sql

from gateway.cli.http import Answer, Api
from gateway.postgres.deployment import DatabaseRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway_house import House

pytestmark = pytest.mark.photographs

HYPOTHESIS: Final = {"request": {"now": 1_790_000_000_000_000_000, "operation": "identify_1_to_n"}}
# What stays of a request that policy decided: for good, whatever the engine made of the picture.
DENIED: Final = ("enforcement.decisions",)
DECIDED: Final = (*DENIED, "enforcement.permits", "enforcement.claims", "enforcement.outcomes")
# Where something of a refused one could stay half done.
HALF_DONE: Final = (
    "enforcement.releases", "enforcement.withheld", "enforcement.parked", "enforcement.parked_images",
    "enforcement.approvals", "enforcement.reviews", "enforcement.idempotency", "enforcement.waiting_calls",
    "recognition.probes", "recognition.faces", "recognition.galleries",
)  # fmt: skip
UNFINISHED: Final = (
    "SELECT count(*) FROM enforcement.permits LEFT JOIN enforcement.outcomes USING (decision_id) WHERE outcomes IS NULL"
)
USED: Final = "SELECT coalesce(sum(used), 0) FROM registry.usage"


@pytest.fixture(scope="module")
def order(house: House) -> str:
    return house.order("2026-0600")


@pytest.fixture
def body(house: House, order: str) -> dict[str, Any]:
    return house.search_body(instrument=order, case_number="2026-0600")


def is_a_problem(answer: Answer, status: int, code: str) -> None:
    document = answer.document
    assert (answer.status, document.get("code")) == (status, code), document
    assert set(document) >= {"type", "title", "status", "detail", "remedy", "decision_id"}
    assert document["detail"].endswith(".")
    assert document["remedy"]
    assert "Traceback" not in json.dumps(document)


def raw(house: House, token: str | None, data: bytes, content_type: str = "application/json") -> Answer:
    headers = {"Content-Type": content_type} | ({"Authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(house.url + "/v1/searches", data=data, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return Answer(answer.status, json.loads(answer.read()))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, json.loads(error.read()))


def png(image: Image.Image) -> str:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


@contextmanager
def leaves_nothing(house: House, *, but: tuple[str, ...] = ()) -> Iterator[None]:
    """No row more, but in the tables named, and no permit that did not end."""
    tables = tuple(table for table in (*DECIDED, *HALF_DONE) if table not in but)
    before = standing(house, tables)
    yield
    assert standing(house, tables) == before


def standing(house: House, tables: tuple[str, ...]) -> dict[str, int]:
    asked = {table: sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(*table.split("."))) for table in tables}
    with psycopg.connect(house.deployment.conninfo(DatabaseRole.ADMIN)) as connection:
        rows = {name: connection.execute(query).fetchone() for name, query in asked.items()}
        rows |= {"permits that did not end": connection.execute(UNFINISHED).fetchone()}
        rows |= {"searches that were counted": connection.execute(USED).fetchone()}
    return {name: int(row[0]) for name, row in rows.items() if row is not None}


def test_malformed_json(house: House) -> None:
    is_a_problem(raw(house, house.bearer(), b'{"gallery": '), 400, "JSON_MALFORMED")


def test_another_content_type(house: House) -> None:
    is_a_problem(raw(house, house.bearer(), b"gallery=x", "text/plain"), 415, "CONTENT_TYPE")


@pytest.mark.parametrize(
    "change",
    [
        {"max_candidates": "ten"},
        {"max_candidates": 100_000},
        {"min_similarity": 101},
        {"purpose": "curiosity"},
        {"unknown_field": 1},
        {"probe": {"source": "cctv_still"}},
        {"probe": None},
        {"case_number": "\u0000"},
        {"subject": {"selected_because_of": "looks"}},
    ],
)
def test_fields_that_are_missing_unknown_or_of_the_wrong_type(
    house: House, body: dict[str, Any], change: dict[str, Any]
) -> None:
    with leaves_nothing(house):
        answer = house.api().post("/v1/searches", body | change)
    is_a_problem(answer, 422, "BODY_INVALID")
    assert answer.document["errors"][0]["field"]


def test_what_was_sent_is_not_quoted_back(house: House, body: dict[str, Any]) -> None:
    answer = house.api().post("/v1/searches", body | {"purpose": "secret-of-the-caller"})
    assert "secret-of-the-caller" not in json.dumps(answer.document)


def test_a_body_of_200_megabytes_is_refused_unread(house: House) -> None:
    """The headers announce it; the gateway answers without waiting for the body."""
    with (
        leaves_nothing(house),
        socket.create_connection((house.settings.host, house.settings.port), timeout=PATIENCE_SECONDS) as stream,
    ):
        stream.sendall(
            b"POST /v1/searches HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 209715200\r\nAuthorization: Bearer " + house.bearer().encode() + b"\r\n\r\n"
        )
        answer = b""
        with contextlib.suppress(ConnectionError):
            while block := stream.recv(65536):
                answer += block
    head, _, content = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 413")
    assert b"content-type: application/problem+json" in head.lower()
    document = json.loads(content)
    is_a_problem(Answer(413, document), 413, "BODY_TOO_LARGE")
    assert UUID(document["decision_id"]).version == 7


def test_no_token(house: House, body: dict[str, Any]) -> None:
    answer = Api(house.url).post("/v1/searches", body)
    is_a_problem(answer, 401, "TOKEN_MISSING")


def test_without_a_token_the_body_is_not_even_parsed(house: House) -> None:
    is_a_problem(raw(house, None, b"{"), 401, "TOKEN_MISSING")


def test_a_token_without_the_scope(house: House, body: dict[str, Any]) -> None:
    is_a_problem(house.api("auditor").post("/v1/searches", body), 403, "SCOPE_MISSING")


def test_a_token_for_another_audience(house: House, body: dict[str, Any]) -> None:
    """It is of our own key, and only the audience is another."""
    key = ECKey.import_key(json.loads((house.settings.keys / "token.jwk").read_text()))
    token = jwt.decode(house.bearer(), key)
    data = json.dumps(body).encode()
    again = jwt.encode(token.header, token.claims, key)
    assert raw(house, again, data).code != "TOKEN_AUDIENCE"
    with leaves_nothing(house):
        elsewhere = jwt.encode(token.header, token.claims | {"aud": "https://evil.example"}, key)
        is_a_problem(raw(house, elsewhere, data), 401, "TOKEN_AUDIENCE")


def test_an_unknown_gallery_and_that_of_another_agency_look_the_same(house: House, body: dict[str, Any]) -> None:
    house.api("trial").post("/v1/galleries", {"name": "trial-hidden"})
    with leaves_nothing(house, but=DENIED):
        unknown = house.api().post("/v1/searches", body | {"gallery": "no-such-gallery"})
        foreign = house.api().post("/v1/searches", body | {"gallery": "trial-hidden"})
    is_a_problem(unknown, 404, "NOT_FOUND")
    is_a_problem(foreign, 404, "NOT_FOUND")
    differing = {key for key in unknown.document if unknown.document[key] != foreign.document[key]}
    assert differing == {"decision_id"}


def test_a_picture_without_a_face(house: House, body: dict[str, Any]) -> None:
    body["probe"]["image"] = png(Image.new("RGB", (640, 480), (90, 120, 150)))
    with leaves_nothing(house, but=DECIDED):
        is_a_problem(house.api().post("/v1/searches", body), 422, "PROBE_NO_FACE")


def test_a_picture_with_three_faces(house: House, body: dict[str, Any]) -> None:
    faces = [Image.open(house.photographs[name]).convert("RGB").resize((600, 750)) for name in THREE]
    sheet = Image.new("RGB", (1800, 750))
    for position, face in enumerate(faces):
        sheet.paste(face, (600 * position, 0))
    body["probe"]["image"] = png(sheet)
    with leaves_nothing(house, but=DECIDED):
        is_a_problem(house.api().post("/v1/searches", body), 422, "PROBE_SEVERAL_FACES")


THREE = ("person_a_1.jpg", "person_a_2.jpg", "person_b_1.jpg")


def test_a_picture_with_a_face_of_25_pixels(house: House, body: dict[str, Any]) -> None:
    original = Image.open(house.photographs["person_a_1.jpg"]).convert("RGB")
    small = original.resize((original.width * 25 // 280, original.height * 25 // 280))
    scene = Image.new("RGB", (640, 480), (128, 128, 128))
    scene.paste(small, (250, 150))
    body["probe"]["image"] = png(scene)
    with leaves_nothing(house, but=DECIDED):
        is_a_problem(house.api().post("/v1/searches", body), 422, "PROBE_FACE_TOO_SMALL")


def test_not_base64_and_not_a_picture(house: House, body: dict[str, Any]) -> None:
    broken = json.loads(json.dumps(body))
    broken["probe"]["image"] = "not base64!"
    with leaves_nothing(house):
        is_a_problem(house.api().post("/v1/searches", broken), 422, "IMAGE_BASE64")
    broken["probe"]["image"] = base64.b64encode(b"%PDF-1.4 not a picture").decode()
    with leaves_nothing(house, but=DECIDED):
        is_a_problem(house.api().post("/v1/searches", broken), 422, "IMAGE_FORMAT")


def test_a_refused_picture_costs_no_search_of_the_order(house: House) -> None:
    order = house.order("2026-0601")
    body = house.search_body(instrument=order, case_number="2026-0601")
    for _ in range(12):  # the order allows ten searches
        refused = json.loads(json.dumps(body))
        refused["probe"]["image"] = png(Image.new("RGB", (640, 480), (90, 120, 150)))
        assert house.api().post("/v1/searches", refused).code == "PROBE_NO_FACE"
    assert house.api().post("/v1/searches", body).status == 200


def test_paths_and_methods_that_do_not_exist(house: House) -> None:
    with leaves_nothing(house):
        is_a_problem(house.api().get("/v1/nothing"), 404, "NOT_FOUND")
        is_a_problem(house.api().delete("/v1/searches"), 405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize(
    ("client", "asked", "sent", "refusal"),
    [
        ("admin-1", "GET /v1/policies/drafts?state=%00", None, (422, "STATE_UNKNOWN")),
        ("admin-1", "GET /v1/policies/drafts?state=of_siege", None, (422, "STATE_UNKNOWN")),
        ("admin-1", "DELETE /v1/audit/exports/%00", None, (404, "NOT_FOUND")),
        ("admin-1", "POST /v1/instruments/a%00b/confirm", None, (404, "NOT_FOUND")),
        ("clerk", "GET /v1/chains/%00", None, (404, "NOT_FOUND")),
        ("admin-1", f"POST /v1/policies/drafts/{UUID(int=1)}/publish", {"at": "2263-01-01T00:00:00Z"},
         (422, "TIME_MALFORMED")),
        ("lakeport", f"POST /v1/policies/revisions/{10**20 - 1}/explain", HYPOTHESIS, (404, "NOT_FOUND")),
        ("lakeport", f"POST /v1/policies/revisions/{2**62}/explain", HYPOTHESIS, (404, "NOT_FOUND")),
        ("clerk", "PUT /v1/chains/lakeport-pd", {"people": [{"name": "A", "mail": "a\0@b.example"}]},
         (422, None)),
    ],
)  # fmt: skip
def test_what_no_column_of_the_database_can_hold(
    house: House, client: str, asked: str, sent: dict[str, Any] | None, refusal: tuple[int, str | None]
) -> None:
    method, path = asked.split()
    answer = house.api(client)._send(method, path, sent)
    status, code = refusal
    is_a_problem(answer, status, code or str(answer.code))


def test_the_callers_request_id_comes_back(house: House) -> None:
    request = urllib.request.Request(house.url + "/healthz", headers={"Request-Id": "case-17.a"})
    with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
        assert answer.headers["Request-Id"] == "case-17.a"
        assert answer.headers["Decision-Id"]
