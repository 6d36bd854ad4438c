"""A multipart search is one `request` and one `image`: nothing that was sent is passed over in silence."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.datastructures import MultiDict

from gateway.app import Built, application
from gateway.enforcement.answers import Released
from gateway.enforcement.gate import Gate

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from gate_house import GateHouse
    from werkzeug.test import TestResponse

    from gateway.enforcement.request import GovernedRequest

REQUEST = {"gallery": "missing-persons", "purpose": "locate_missing_person", "probe": {"source": "cctv_still"}}
PICTURE = b"\xff\xd8 a picture that nobody looks at"


def a_file(content: bytes = PICTURE) -> tuple[io.BytesIO, str]:
    return io.BytesIO(content), "probe.jpg"


def send(house: GateHouse, browser: FlaskClient, *parts: tuple[str, Any]) -> TestResponse:
    return browser.post(
        "/v1/searches",
        data=MultiDict(parts),
        content_type="multipart/form-data",
        headers={"Authorization": f"Bearer {house.token('lakeport')}"},
    )


def said(**changes: Any) -> str:
    return json.dumps(REQUEST | changes)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[GovernedRequest]:
    """What the gate was asked; it answers at once."""
    asked: list[GovernedRequest] = []

    def perform(_gate: Gate, _caller: object, request: GovernedRequest, **_: object) -> Released:
        asked.append(request)
        return Released(document={"status": "completed"})

    monkeypatch.setattr(Gate, "perform", perform)
    return asked


def test_the_two_parts_are_one_request(house: GateHouse, app: Flask, asked: list[GovernedRequest]) -> None:
    answer = send(house, app.test_client(), ("request", said()), ("image", a_file()))
    assert answer.status_code == 200, answer.json
    (request,) = asked
    assert request.gallery == "missing-persons"
    assert request.probe is not None
    assert (request.probe.images, request.probe.source) == ((PICTURE,), "cctv_still")


@pytest.mark.parametrize(
    "parts",
    [
        [("image", a_file)],
        [("request", said())],
        [("request", said()), ("image", "bytes that are no file")],
        [("request", lambda: a_file(said().encode())), ("image", a_file)],
        [("request", said()), ("image", a_file), ("image", lambda: a_file(b"another face"))],
        [("request", said()), ("request", said(gallery="another")), ("image", a_file)],
        [("request", said()), ("image", a_file), ("max_candidates", "1")],
        [("request", said()), ("image", a_file), ("reference", a_file)],
        [("request", said()), ("image", a_file), ("image", "a second one, as text")],
        [("request", said(probe={"source": "cctv_still", "image": "AAAA"})), ("image", a_file)],
        [("request", said(probe={"image": None})), ("image", a_file)],
    ],
    ids=[
        "no request",
        "no image",
        "an image that is no file",
        "a request that is a file",
        "two images",
        "two requests",
        "an unknown field",
        "an unknown file",
        "an image twice, as file and as text",
        "an image in the JSON as well",
        "an empty image in the JSON as well",
    ],
)
def test_other_parts_are_refused(
    house: GateHouse, app: Flask, asked: list[GovernedRequest], parts: list[tuple[str, Any]]
) -> None:
    sent = [(name, value() if callable(value) else value) for name, value in parts]
    answer = send(house, app.test_client(), *sent)
    document = answer.json
    assert document is not None
    assert (answer.status_code, document.get("code")) == (422, "MULTIPART_PARTS")
    assert document["detail"].endswith(".")
    assert document["remedy"].endswith(".")
    assert asked == []


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("{", (400, "JSON_MALFORMED")),
        ("[" * 100_000, (400, "JSON_MALFORMED")),
        ("[]", (422, "BODY_INVALID")),
        (said(probe=None), (422, "BODY_INVALID")),
    ],
)
def test_the_part_with_the_json_is_judged_like_a_body(
    house: GateHouse, app: Flask, asked: list[GovernedRequest], text: str, refusal: tuple[int, str]
) -> None:
    answer = send(house, app.test_client(), ("request", text), ("image", a_file()))
    assert answer.json is not None
    assert (answer.status_code, answer.json["code"]) == refusal
    assert asked == []


def test_while_searches_wait_for_the_engine_other_bodies_are_read(
    house: GateHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One body may be read at a time here, and that of a search that was read no longer counts."""
    services = replace(house.services, settings=house.settings.model_copy(update={"web_threads": 4}))
    narrow = application(Built(services, lambda: None))
    meanwhile: list[int] = []

    def perform(*_: object, **__: object) -> Released:
        header = {"Authorization": f"Bearer {house.token('lakeport')}"}
        meanwhile.append(narrow.test_client().post("/v1/decisions", json={}, headers=header).status_code)
        return Released(document={"status": "completed"})

    monkeypatch.setattr(Gate, "perform", perform)
    assert send(house, narrow.test_client(), ("request", said()), ("image", a_file())).status_code == 200
    assert meanwhile == [422]
