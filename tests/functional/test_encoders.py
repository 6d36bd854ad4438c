"""Real photographs and both encoders: the right person stands first, before and after a restart, and after a change."""

from __future__ import annotations

import base64
import io
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from engine_house import AGENCY, add_permit, engine_process, find_photographs
from gateway_house import Callers
from homes import new_home
from PIL import Image, ImageOps
from rekognition_house import TRIAL_CASE

from gateway.cli.demo.seed import STANDING_ORDER, seed
from gateway.cli.serve import free_port, serving
from gateway.postgres.deployment import DatabaseRole, Deployment
from gateway.recognition import galleries
from gateway.recognition.client import EngineClient
from gateway.settings import Settings
from gateway.vocabulary import Operation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from uuid import UUID

    from gateway.recognition.models import Outcome

pytestmark = pytest.mark.photographs

ENROLLED = ("person_a_1.jpg", "person_b_1.jpg", "person_c_1.png", "person_d_1.jpg")
OTHER = {"onnxruntime": "dlib", "dlib": "onnxruntime"}
PEOPLE = "trial-people"


@pytest.fixture(scope="module")
def photographs() -> dict[str, bytes]:
    return find_photographs()


def person(name: str) -> str:
    return name[: len("person_x")]


def mirrored(data: bytes) -> bytes:
    file = io.BytesIO()
    ImageOps.mirror(Image.open(io.BytesIO(data)).convert("RGB")).save(file, "JPEG", quality=75)
    return file.getvalue()


def probes(photographs: dict[str, bytes]) -> list[tuple[str, bytes]]:
    """Every photograph of a person, and those that are enrolled as other pictures: mirrored, and saved with losses."""
    of_people = [(person(name), data) for name, data in sorted(photographs.items()) if name.startswith("person")]
    return of_people + [(person(name), mirrored(photographs[name])) for name in ENROLLED]


class Engine:
    """A client, and the permits that it needs."""

    def __init__(self, settings: Settings, deployment: Deployment) -> None:
        self._client = EngineClient(settings.runtime / "engine.sock")
        self._deployment = deployment

    def enrol(self, gallery: UUID, name: str, image: bytes) -> Outcome:
        decision = add_permit(self._deployment, Operation.ENROL_GALLERY, (image,), gallery=gallery)
        return self._client.enrol(decision, image, external_id=name)

    def search(self, gallery: UUID, image: bytes) -> Outcome:
        decision = add_permit(self._deployment, Operation.IDENTIFY_1_TO_N, (image,), gallery=gallery, min_similarity=0)
        return self._client.search(decision, image)


@pytest.mark.parametrize("encoder", OTHER)
def test_the_right_person_stands_first_for_every_probe_before_and_after_a_restart_with_either_encoder(
    encoder: str, settings: Settings, deployment: Deployment, photographs: dict[str, bytes]
) -> None:
    with psycopg.connect(deployment.conninfo(DatabaseRole.WEB)) as web:
        gallery = galleries.create_gallery(web, agency=AGENCY, name="missing", keep_crops=False)
    assert gallery is not None
    distances: list[list[int]] = []
    for start, chosen in enumerate((encoder, encoder, OTHER[encoder])):
        with engine_process(settings, encoder=chosen, workers=1):
            engine = Engine(settings, deployment)
            if start == 0:
                for name in ENROLLED:
                    assert not engine.enrol(gallery, person(name), photographs[name]).refused
            answers = [(who, engine.search(gallery, probe)) for who, probe in probes(photographs)]
        assert [answer.candidates[0].external_id for _, answer in answers] == [who for who, _ in answers]
        # Nobody was left out, whoever encoded them.
        assert {(answer.faces_searched, answer.faces_not_searched) for _, answer in answers} == {(len(ENROLLED), 0)}
        distances.append([one.distance_micro or 0 for _, answer in answers for one in answer.candidates])
    before, after, with_the_other = distances
    assert after == before
    assert max(abs(one - other) for one, other in zip(before, with_the_other, strict=True)) <= 10


@pytest.mark.timeout(600)
@pytest.mark.parametrize("encoder", OTHER)
def test_over_http_the_right_person_stands_first_for_every_probe_before_and_after_the_gateway_restarts(
    encoder: str, photographs: dict[str, bytes], pictures: dict[str, Path]
) -> None:
    asked = probes(photographs)
    with home_of_a_gateway(encoder) as settings:
        with serving(settings) as (running, _, deployment):
            house = Callers(running, seed(running, deployment), pictures)
            assert house.api("trial").post("/v1/galleries", {"name": PEOPLE}).status == 201
            order = {"case_number": TRIAL_CASE, "instrument": STANDING_ORDER}
            for name in ENROLLED:
                answer = house.enrol(name, gallery=PEOPLE, client="trial", external_id=person(name), **order)
                assert answer.status == 200, answer.document
            before = [found(house, probe) for _, probe in asked]
        with serving(settings):
            after = [found(house, probe) for _, probe in asked]
    assert [candidates[0]["external_id"] for candidates in before] == [who for who, _ in asked]
    assert after == before


@contextmanager
def home_of_a_gateway(encoder: str) -> Iterator[Settings]:
    """Settings of a gateway that is at one address whenever it is started, removed with all its data afterwards."""
    home = new_home()
    try:
        settings = Settings(
            home=home, port=free_port("127.0.0.1"), encoder_workers=1, requests_per_minute=1_000_000
        ).model_copy(update={"encoder": encoder})
        yield settings
        with Deployment.open(settings) as deployment:
            deployment.destroy()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def found(house: Callers, probe: bytes) -> list[dict[str, Any]]:
    """The candidates of a search for a missing person, the best first."""
    body = house.search_body(
        gallery=PEOPLE,
        probe={"image": base64.b64encode(probe).decode(), "source": "cctv_still"},
        case_number=TRIAL_CASE,
        instrument=STANDING_ORDER,
        min_similarity=0,
    )
    answer = house.api("trial").post("/v1/searches", body)
    assert answer.status == 200, answer.document
    candidates: list[dict[str, Any]] = answer.document["candidates"]
    return candidates
