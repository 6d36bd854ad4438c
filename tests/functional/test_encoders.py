"""Real photographs and both encoders: the right person stands first, before and after a restart, and after a change."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import psycopg
import pytest
from engine_house import AGENCY, add_permit, engine_process, find_photographs
from PIL import Image, ImageOps

from gateway.postgres.deployment import DatabaseRole, Deployment
from gateway.recognition import galleries
from gateway.recognition.client import EngineClient
from gateway.vocabulary import Operation

if TYPE_CHECKING:
    from uuid import UUID

    from gateway.recognition.models import Outcome
    from gateway.settings import Settings

pytestmark = pytest.mark.photographs

ENROLLED = ("person_a_1.jpg", "person_b_1.jpg", "person_c_1.png", "person_d_1.jpg")
OTHER = {"onnxruntime": "dlib", "dlib": "onnxruntime"}


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
