"""The gateway as it is, over an engine that sees at once.

The engine is the product's own, with its claim, its entry and its end of the permit as the engine's database role; only
its eyes and its memory are replaced: no picture is looked at, and every gallery holds one face. The product has no door
by which an engine like this could be put in; it is built here, in the benchmark's own web workers.
"""

from __future__ import annotations

import atexit
import hashlib
import uuid
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from gateway.app import application, build
from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.log import AuditLog
from gateway.database import Database
from gateway.log_lines import configure_logging
from gateway.postgres.deployment import DatabaseRole, Deployment
from gateway.recognition.engine import LocalEngine
from gateway.recognition.feed import Galleries, LoadedGallery
from gateway.recognition.index import Answer, ExactIndex, Hit, Proof
from gateway.recognition.models import DIMENSIONS, Quality
from gateway.recognition.workers import Encoding, Workers
from gateway.settings import Settings

if TYPE_CHECKING:
    from flask import Flask

    from gateway.recognition.index import Template

_QUALITY: Final = Quality(
    detector_score_thousandths=1500,
    inter_eye_px=80,
    sharpness=400,
    brightness=120,
    clipped_permille=0,
    roll_degrees=0,
    yaw_permille=10,
    inside=True,
    faces=1,
    box=(10, 10, 150, 150),
    width=200,
    height=200,
)
_HIT: Final = Hit(uuid.UUID(int=1), "somebody", 310_000)


class _Eyes(Workers):
    """The workers without their processes: each picture shows a person of its own."""

    def __init__(self) -> None:
        """Starts nothing."""

    def read(
        self, data: bytes, *, gate: Literal["probe", "enrolment"], crop: bool = False, largest: bool = False
    ) -> Encoding:
        del gate, crop, largest
        numbers = np.frombuffer(hashlib.shake_256(data).digest(DIMENSIONS), dtype=np.uint8)
        return Encoding(numbers.astype(np.float32) / np.float32(255), _QUALITY, None)


class _OneFace(ExactIndex):
    """An index that finds the same face for everybody."""

    def __len__(self) -> int:
        return 1

    def nearest(self, probe: Template, *, limit: int, furthest_micro: int | None) -> Answer:
        del probe, limit, furthest_micro
        return Answer([_HIT], Proof.FULL)


class _Memory(Galleries):
    """The loaded galleries without their feed: each is the same."""

    def __init__(self) -> None:
        self._gallery = LoadedGallery(keep_crops=False, index=_OneFace())

    def check_fresh(self) -> None:
        """Always fresh."""

    def as_of(self, newest: int, gallery: uuid.UUID) -> LoadedGallery:
        del newest, gallery
        return self._gallery


def app() -> Flask:
    settings = Settings()
    configure_logging()
    deployment = Deployment.open(settings)
    database = Database(
        deployment.conninfo(DatabaseRole.ENGINE),
        name="instant engine",
        max_size=settings.web_threads + 2,
        generic_plans=True,
    )
    engine = LocalEngine(
        database=database,
        log=AuditLog(keys=DisclosureKeys.load(settings.keys)),
        workers=_Eyes(),
        galleries=_Memory(),
        master=bytes(32),
        pipeline="instant",
    )
    built = build(settings, deployment, engine=engine)
    for close in (deployment.close, database.close, built.close):
        atexit.register(close)
    return application(built)
