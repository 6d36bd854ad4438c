"""What the tests of recognition share: photographs, permits as a decision would leave them, an engine in process."""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import psycopg
import pytest
from patience import PATIENCE_SECONDS, until
from PIL import Image

from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.keys import create_keys
from gateway.audit.log import AuditLog
from gateway.cli import photographs as source
from gateway.clock import uuid7
from gateway.database import Database
from gateway.postgres.deployment import DatabaseRole, Deployment
from gateway.recognition import galleries, sealing
from gateway.recognition.calibration import SHIPPED_CALIBRATION
from gateway.recognition.engine import Engine
from gateway.recognition.feed import Galleries
from gateway.recognition.matching import LocalMatcher
from gateway.recognition.models import face_digest
from gateway.recognition.runtime import PROCESSOR, Runtime
from gateway.vocabulary import Operation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

    from gateway.recognition.calibration import Calibration
    from gateway.recognition.matching import Matcher
    from gateway.recognition.models import Outcome
    from gateway.recognition.workers import Workers
    from gateway.settings import Settings

AGENCY = "lakeport-pd"


def find_photographs() -> dict[str, bytes]:
    """Every photograph by neutral name. Where CI is set a missing one fails; elsewhere the test is skipped."""
    found = source.photographs(source.default_cache())
    if missing := source.shortfall(found):
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(f"photographs: {missing}")
    return {name: Path(path).read_bytes() for name, path in found.items()}


def runtime(folder: Path, encoder: Literal["onnxruntime", "dlib"] = "onnxruntime") -> Runtime:
    """A runtime that keeps its converted network in the folder, prepared."""
    runtime = Runtime(encoder=encoder, provider=PROCESSOR, folder=folder)
    runtime.prepare()
    return runtime


def side_by_side(*photographs: bytes) -> bytes:
    """One picture of several people, the first the largest; JPEG."""
    parts = []
    for place, photograph in enumerate(photographs):
        part = Image.open(io.BytesIO(photograph)).convert("RGB")
        side = 600 - 90 * place
        parts.append(part.resize((round(part.width * side / part.height), side)))
    whole = Image.new("RGB", (sum(part.width for part in parts), 600), "white")
    left = 0
    for part in parts:
        whole.paste(part, (left, 0))
        left += part.width
    file = io.BytesIO()
    whole.save(file, "JPEG", quality=95)
    return file.getvalue()


@dataclass
class EngineHouse:
    """One engine on a database of its own, and the permits that it works for."""

    deployment: Deployment
    web: Database
    own: Database  # as the engine's role
    log: AuditLog
    master: bytes
    loaded: Galleries
    engine: Engine

    def gallery(self, name: str = "missing-persons", *, keep_crops: bool = False, agency: str = AGENCY) -> UUID:
        with self.web.transaction() as connection:
            gallery = galleries.create_gallery(connection, agency=agency, name=name, keep_crops=keep_crops)
        assert gallery is not None
        return gallery

    def permit(
        self,
        operation: Operation,
        *images: bytes,
        gallery: UUID | None = None,
        min_similarity: float = 80.0,
        max_candidates: int = 10,
        max_false_candidate_ppm: int | None = None,
    ) -> UUID:
        return add_permit(
            self.deployment,
            operation,
            images,
            gallery=gallery,
            min_similarity=min_similarity,
            max_candidates=max_candidates,
            max_false_candidate_ppm=max_false_candidate_ppm,
        )

    def enrol(self, gallery: UUID, image: bytes, external_id: str, *, largest: bool = False) -> Outcome:
        permit = self.permit(Operation.ENROL_GALLERY, image, gallery=gallery)
        return self.engine.enrol(permit, image, external_id=external_id, largest=largest)

    def search(
        self,
        gallery: UUID,
        image: bytes,
        *,
        min_similarity: float = 80.0,
        max_candidates: int = 10,
        max_false_candidate_ppm: int | None = None,
    ) -> Outcome:
        permit = self.permit(
            Operation.IDENTIFY_1_TO_N,
            image,
            gallery=gallery,
            min_similarity=min_similarity,
            max_candidates=max_candidates,
            max_false_candidate_ppm=max_false_candidate_ppm,
        )
        return self.engine.search(permit, image)

    def search_face(
        self,
        gallery: UUID,
        face: UUID,
        *,
        permitted: UUID | None = None,
        min_similarity: float = 80.0,
        max_candidates: int = 10,
    ) -> Outcome:
        permit = add_permit(
            self.deployment,
            Operation.IDENTIFY_1_TO_N,
            (),
            digests=[face_digest(permitted or face)],
            gallery=gallery,
            min_similarity=min_similarity,
            max_candidates=max_candidates,
        )
        return self.engine.search_face(permit, face)

    def rows(self, query: str, *parameters: object) -> list[tuple[object, ...]]:
        """What the administrator sees."""
        with psycopg.connect(self.deployment.conninfo(DatabaseRole.ADMIN)) as connection:
            return connection.execute(query, parameters).fetchall()


def add_permit(
    deployment: Deployment,
    operation: Operation,
    images: tuple[bytes, ...],
    *,
    gallery: UUID | None,
    digests: Sequence[bytes] = (),
    min_similarity: float = 80.0,
    max_candidates: int = 10,
    max_false_candidate_ppm: int | None = None,
) -> UUID:
    """A committed permit as a decision leaves it, without limits to count. `digests` are of what is no picture."""
    decision = uuid7()
    with psycopg.connect(deployment.conninfo(DatabaseRole.ADMIN)) as connection:
        connection.execute(
            """INSERT INTO enforcement.decisions
               (decision_id, agency, client, operation, permit, dry_run, decided_ns, key_id, document)
               VALUES (%s, %s, 'a client', %s, true, false, ops.now_ns(), %s, '')""",
            (decision, AGENCY, operation.value, uuid7()),
        )
        connection.execute(
            """INSERT INTO enforcement.permits
               (decision_id, operation, gallery, probe_sha256, min_similarity, max_candidates, scope, clear,
                counter_kinds, counter_ids, counter_periods, expires_ns)
               VALUES (%s, %s, %s, %s, %s, %s, 'case:test', %s, '{}', '{}', '{}', ops.now_ns() + 60000000000)""",
            (
                decision,
                operation.value,
                gallery,
                [*digests, *(hashlib.sha256(image).digest() for image in images)],
                min_similarity,
                max_candidates,
                json.dumps({"agency": "lakeport-pd", "max_false_candidate_ppm": max_false_candidate_ppm}),
            ),
        )
    return decision


@contextmanager
def engine_house(
    settings: Settings,
    deployment: Deployment,
    workers: Workers,
    *,
    calibration: Calibration = SHIPPED_CALIBRATION,
    matcher: Matcher | None = None,
) -> Iterator[EngineHouse]:
    """An engine in this process, with real workers and the test's own database."""
    create_keys(settings.keys)
    with ExitStack() as stack:
        web = stack.enter_context(Database(deployment.conninfo(DatabaseRole.WEB), name="test web"))
        own = stack.enter_context(Database(deployment.conninfo(DatabaseRole.ENGINE), name="test engine"))
        log = AuditLog(keys=DisclosureKeys.load(settings.keys))
        master, pipeline = sealing.engine_key(settings.keys), workers.pipeline()
        matcher = matcher or LocalMatcher(calibration=calibration, pipeline=pipeline)
        loaded = Galleries(own, master=master, pipeline=matcher.facts.pipeline)
        loaded.start()
        stack.callback(loaded.stop)
        engine = Engine(
            database=own,
            log=log,
            workers=workers,
            galleries=loaded,
            master=master,
            pipeline=pipeline,
            matcher=matcher,
        )
        yield EngineHouse(deployment, web, own, log, master, loaded, engine)


@contextmanager
def engine_process(
    settings: Settings, *, encoder: str = "onnxruntime", workers: int = 2
) -> Iterator[subprocess.Popen[bytes]]:
    """The engine as it is run in production, ready to answer; it must end in order and take its socket along."""
    create_keys(settings.keys)
    environment = {
        **os.environ,
        "WRITGATE_HOME": str(settings.home),
        "WRITGATE_DATABASE_URL": str(settings.database_url),
        "WRITGATE_ALLOW_INJECTED_CLOCK": "true",
        "WRITGATE_ENCODER_WORKERS": str(workers),
        "WRITGATE_ENCODER": encoder,
    }
    command = [sys.executable, "-m", "gateway.recognition.engine_process"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as running:
        socket_file = str(settings.runtime / "engine.sock")
        until(lambda: running.poll() is not None or _listens(socket_file), "the engine listens")
        if running.poll() is not None:
            pytest.fail((running.stderr.read() if running.stderr else b"").decode())
        try:
            yield running
            running.send_signal(signal.SIGTERM)
            assert running.wait(timeout=PATIENCE_SECONDS) == 0
        finally:
            running.kill()
    assert not (settings.runtime / "engine.sock").exists()


def _listens(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as stream:
        try:
            stream.connect(path)
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        return True
