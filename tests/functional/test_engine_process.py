"""The engine as its own process: who can reach it, what it answers, and what survives its workers' deaths."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from engine_house import AGENCY, add_permit, engine_process, find_photographs
from patience import until
from psycopg.conninfo import conninfo_to_dict

from gateway.clock import uuid7
from gateway.postgres.deployment import DatabaseRole, Deployment
from gateway.recognition import frames, galleries
from gateway.recognition.client import EngineClient, EngineUnavailable
from gateway.vocabulary import Operation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.settings import Settings

pytestmark = pytest.mark.photographs


@pytest.fixture(scope="module")
def photographs() -> dict[str, bytes]:
    return find_photographs()


@pytest.fixture
def process(settings: Settings, deployment: Deployment) -> Iterator[subprocess.Popen[bytes]]:
    """The engine as it is run in production, ready to answer."""
    with engine_process(settings) as running:
        yield running


@pytest.fixture
def client(process: subprocess.Popen[bytes], settings: Settings) -> EngineClient:
    return EngineClient(settings.runtime / "engine.sock")


def test_what_it_logs_is_a_json_object_a_line_where_its_supervisor_keeps_it(
    process: subprocess.Popen[bytes],
) -> None:
    assert process.stderr is not None
    line = json.loads(process.stderr.readline())
    assert line.keys() >= {"event", "level", "timestamp"}
    assert line["event"].startswith("recognition.")


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_it_enrols_searches_and_compares_for_committed_permits_only(
    client: EngineClient,
    process: subprocess.Popen[bytes],
    settings: Settings,
    deployment: Deployment,
    photographs: dict[str, bytes],
) -> None:
    with psycopg.connect(deployment.conninfo(DatabaseRole.WEB)) as web:
        gallery = galleries.create_gallery(web, agency=AGENCY, name="missing", keep_crops=False)
    assert gallery is not None

    def enrol(name: str) -> object:
        image = photographs[name]
        decision = add_permit(deployment, Operation.ENROL_GALLERY, (image,), gallery=gallery)
        return client.enrol(decision, image, external_id=name).face_id

    with ThreadPoolExecutor(4) as pool:
        people = ["person_a_1.jpg", "person_b_1.jpg", "person_c_1.png", "person_d_1.jpg"]
        faces = dict(zip(people, pool.map(enrol, people), strict=True))

    probe = photographs["person_a_2.jpg"]
    decision = add_permit(deployment, Operation.IDENTIFY_1_TO_N, (probe,), gallery=gallery)
    outcome = client.search(decision, probe)
    assert [candidate.external_id for candidate in outcome.candidates] == ["person_a_1.jpg"]
    assert outcome.candidates[0].face_id == faces["person_a_1.jpg"]

    with pytest.raises(EngineUnavailable, match="ENGINE_CLAIM_REFUSED"):
        client.search(decision, probe)
    with pytest.raises(EngineUnavailable, match="ENGINE_CLAIM_REFUSED"):
        client.search(uuid7(), probe)

    pair = (photographs["person_a_1.jpg"], photographs["person_a_3.jpg"])
    compared = client.compare(add_permit(deployment, Operation.VERIFY_1_TO_1, pair, gallery=None), *pair)
    assert compared.similarity is not None
    assert compared.similarity > 97

    # A face is gone from the first search that begins after its deletion.
    with psycopg.connect(deployment.conninfo(DatabaseRole.WEB)) as web:
        assert galleries.delete_face(web, gallery, outcome.candidates[0].face_id)
    again = client.search(add_permit(deployment, Operation.IDENTIFY_1_TO_N, (probe,), gallery=gallery), probe)
    assert (again.candidates, again.faces_searched) == ((), 3)

    # Both workers die; the next pictures are answered by their successors, but for those a dying one was given.
    for worker in children(process.pid):
        with suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)
    answers = [
        client.search(add_permit(deployment, Operation.IDENTIFY_1_TO_N, (probe,), gallery=gallery), probe)
        for _ in range(4)
    ]
    refusals = [answer.refusal.code for answer in answers if answer.refusal]
    assert set(refusals) <= {"IMAGE_UNPROCESSABLE"}
    assert len(refusals) <= 2
    assert not answers[-1].refused

    facts = client.facts()
    assert (facts.vendor, facts.name) == ("dlib", "face_recognition")
    assert stat.S_IMODE((settings.runtime / "engine.sock").stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.runtime.stat().st_mode) == 0o700


def test_nonsense_on_the_socket_is_answered_or_dropped_and_the_engine_lives(
    client: EngineClient, settings: Settings
) -> None:
    path = str(settings.runtime / "engine.sock")
    for nonsense in (b"\xff" * 8, b"\0\0\0\x02{}", b"", b"\0\0\0\x05hello"):
        with socket.socket(socket.AF_UNIX) as stream:
            stream.settimeout(20)
            stream.connect(path)
            stream.sendall(nonsense)
            stream.shutdown(socket.SHUT_WR)
            with suppress(ConnectionResetError):  # closed with our bytes unread
                assert stream.recv(1) == b""
    for header in ({}, {"operation": "search"}, {"operation": "rm", "decision_id": str(uuid7())}, {"operation": 7}):
        with socket.socket(socket.AF_UNIX) as stream:
            stream.settimeout(20)
            stream.connect(path)
            frames.send(stream, header)
            assert frames.receive(stream, max_payload=0) == ({"error": "ENGINE_FAILED"}, [])
    assert client.facts().vendor == "dlib"


def test_workers_do_not_outlive_a_killed_engine(
    process: subprocess.Popen[bytes], client: EngineClient, settings: Settings
) -> None:
    client.facts()
    workers = children(process.pid)
    assert len(workers) == 2
    process.kill()
    process.wait()
    until(lambda: not any(_alive(worker) for worker in workers), "its workers are dead")
    with pytest.raises(EngineUnavailable, match="ENGINE_UNREACHABLE"):
        EngineClient(settings.runtime / "engine.sock").facts()
    # What the fixture checks at its end belongs to an engine that ended in order.
    process.returncode = 0
    (settings.runtime / "engine.sock").unlink()


def test_it_works_as_its_own_role_and_alone_in_its_home(
    client: EngineClient, settings: Settings, deployment: Deployment
) -> None:
    with psycopg.connect(deployment.conninfo(DatabaseRole.ADMIN)) as admin:
        roles = admin.execute(
            """SELECT DISTINCT usename FROM pg_stat_activity
               WHERE datname = %s AND application_name = 'writgate engine'""",
            (conninfo_to_dict(deployment.conninfo(DatabaseRole.ADMIN))["dbname"],),
        ).fetchall()
    assert roles == [("writgate_engine",)]
    command = [sys.executable, "-m", "gateway.recognition.engine_process"]
    environment = {
        **os.environ,
        "WRITGATE_HOME": str(settings.home),
        "WRITGATE_DATABASE_URL": str(settings.database_url),
        "WRITGATE_ALLOW_INJECTED_CLOCK": "true",
        "WRITGATE_ENCODER_WORKERS": "1",
    }
    second = subprocess.run(command, env=environment, check=False, capture_output=True, timeout=120)
    assert second.returncode != 0
    assert b"another engine is running" in second.stderr
    assert client.facts().vendor == "dlib"


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
