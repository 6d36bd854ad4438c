"""Whatever stands in any parameter of a search, comparison or enrolment, it is answered, and by no error of ours."""

from __future__ import annotations

import base64
import copy
import json
import re
from typing import TYPE_CHECKING, Any, Final

import pytest
from engine_house import find_photographs
from gate_house import PURPOSE, WHY, Copies, GateHouse, gate_house
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.cli.demo.seed import GALLERY, LAKEPORT
from gateway.web.api.bodies import ComparisonBody, EnrolBody, SearchBody

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from flask.testing import FlaskClient
    from pydantic import BaseModel

Place = tuple[str, ...]

STORY: Final = {"purpose": PURPOSE, "case_number": "2026-0400", "justification": WHY}
ROUTES: Final[dict[str, tuple[str, type[BaseModel]]]] = {
    "search": ("/v1/searches", SearchBody),
    "compare": ("/v1/comparisons", ComparisonBody),
    "enrol": (f"/v1/galleries/{GALLERY}/faces", EnrolBody),
}
EXAMPLES: Final = 12


def parameters(model: type[BaseModel]) -> Iterator[Place]:
    """Every field that the body may have, those of its parts too."""
    schema = model.model_json_schema()

    def places(part: Mapping[str, Any], before: Place) -> Iterator[Place]:
        for name, field in part["properties"].items():
            yield (*before, name)
            for kind in field.get("anyOf", [field]):
                inner = schema["$defs"][kind["$ref"].rpartition("/")[2]] if "$ref" in kind else kind
                if "properties" in inner:
                    yield from places(inner, (*before, name))

    yield from places(schema, ())


EVERY: Final = [(route, place) for route, (_, model) in ROUTES.items() for place in parameters(model)]

_TEXTS: Final = st.one_of(
    st.text(max_size=40),
    st.text(st.characters(categories=("Cs", "Cc", "Co")), max_size=8),
    st.sampled_from((
        "", "\0", "\ud800", "\u202e", "x" * 5000, "\uff11", "NaN", "true", "null", "../..", "%00", "{{7*7}}",
        "' OR 1=1--", "2026-11-12T14:10:00Z", "9999-12-31T23:59:59.999999999Z", "-1-01-01", PURPOSE, "cctv_still",
    )),
)  # fmt: skip
_NUMBERS: Final = st.one_of(
    st.integers(), st.floats(), st.sampled_from((0, -1, 100, 101, 2**31, 2**63, 2**64, 10**400, 1e308, -0.0, 1e-320))
)
_SCALARS: Final = st.none() | st.booleans() | _TEXTS | _NUMBERS
VALUES: Final = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXTS, inner, max_size=4), max_leaves=6
)


@pytest.fixture(scope="module")
def house(copies: Copies, cluster_home: Path) -> Iterator[GateHouse]:
    with gate_house(copies, cluster_home, with_engine=True) as house:
        house.services.galleries.create(house.caller("lakeport", LAKEPORT, None), name=GALLERY, keep_crops=False)
        yield house


@pytest.fixture(scope="module")
def sender(house: GateHouse) -> Sender:
    return Sender(house.browser(), {"Authorization": f"Bearer {house.token('lakeport')}"})


class Sender:
    def __init__(self, browser: FlaskClient, headers: dict[str, str]) -> None:
        self._browser = browser
        self._headers = headers

    def __call__(self, route: str, body: Any, **headers: str) -> tuple[int, dict[str, Any]]:
        """Status and document; a refusal is a problem document, and none is an internal error."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self._browser.post(
            ROUTES[route][0], data=json.dumps(body), content_type="application/json", headers=self._headers | given
        )
        document = json.loads(answer.data)
        assert answer.status_code < 500, document
        if answer.status_code >= 400:
            assert answer.mimetype == "application/problem+json"
            assert document.keys() >= {"type", "title", "status", "code", "detail", "remedy", "decision_id", "reasons"}
            assert document["status"] == answer.status_code
            assert re.fullmatch(r"[A-Z][A-Z0-9_]+", document["code"])
        else:
            assert document["status"] in {"completed", "awaiting_approval", "awaiting_review"}
        return answer.status_code, document


def sound(route: str) -> dict[str, Any]:
    image = base64.b64encode(find_photographs()["person_d_1.jpg"]).decode()
    probe = {"image": image, "source": "cctv_still"}
    match route:
        case "search":
            return STORY | {"gallery": GALLERY, "probe": probe}
        case "compare":
            return STORY | {"probe": probe, "reference": image}
    return STORY | {"image": image, "external_id": "person_d", "source": "family"}


def changed(body: dict[str, Any], place: Place, value: Any) -> dict[str, Any]:
    part = body = copy.deepcopy(body)
    for name in place[:-1]:
        if not isinstance(part.get(name), dict):
            part[name] = {}
        part = part[name]
    part[place[-1]] = value
    return body


def test_what_is_sent_unchanged_is_well_formed(sender: Sender) -> None:
    for route in ROUTES:
        assert sender(route, sound(route))[1].get("code") != "BODY_INVALID"


@pytest.mark.parametrize(
    ("route", "place"), EVERY, ids=lambda value: value if isinstance(value, str) else ".".join(value)
)
@settings(max_examples=EXAMPLES)
@given(value=VALUES)
def test_any_value_of_any_parameter_is_answered(sender: Sender, route: str, place: Place, value: Any) -> None:
    sender(route, changed(sound(route), place, value))


@pytest.mark.parametrize("route", ROUTES)
@settings(max_examples=5 * EXAMPLES)
@given(data=st.data())
def test_any_values_of_several_parameters_are_answered(sender: Sender, route: str, data: st.DataObject) -> None:
    body = sound(route)
    places = [place for of, place in EVERY if of == route]
    for place in data.draw(st.lists(st.sampled_from(places), min_size=2, max_size=6)):
        body = changed(body, place, data.draw(VALUES))
    sender(route, body)


@pytest.mark.parametrize("route", ROUTES)
@settings(max_examples=2 * EXAMPLES)
@given(body=VALUES)
def test_any_body_is_answered(sender: Sender, route: str, body: Any) -> None:
    status, _ = sender(route, body)
    assert status in {400, 422}


@pytest.mark.parametrize("route", ROUTES)
@settings(max_examples=2 * EXAMPLES)
@given(key=st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=300))
def test_any_idempotency_key_is_answered(sender: Sender, route: str, key: str) -> None:
    sender(route, changed(sound(route), ("purpose",), "curiosity"), Idempotency_Key=key)
