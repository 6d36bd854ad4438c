"""The engine's process: a Unix socket that only its owner can reach, threads that answer, workers that look.

A client gets an outcome or one of four words (`EngineUnavailable`); never a stack trace, a path or a template.
"""

from __future__ import annotations

import os
import socket
import stat
import struct
import threading
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any, Final, Self
from uuid import UUID

import structlog

from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.log import AuditLog
from gateway.database import Database, DatabaseUnavailable
from gateway.log_lines import configure_logging
from gateway.postgres.deployment import DatabaseRole, Deployment
from gateway.recognition import calibration, frames, sealing, store, wire
from gateway.recognition.claims import ClaimRefused
from gateway.recognition.client import SOCKET_NAME
from gateway.recognition.engine import Engine
from gateway.recognition.feed import Galleries, Stale
from gateway.recognition.images import MAX_BYTES
from gateway.recognition.matching import LocalMatcher
from gateway.recognition.runtime import Runtime
from gateway.recognition.upstream.choice import elsewhere
from gateway.recognition.workers import Workers
from gateway.settings import Settings
from gateway.signals import when_told_to_end

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.recognition.matching import Matcher
    from gateway.recognition.models import Outcome, RecognitionEngine

CONNECTIONS: Final = 64
IDLE_SECONDS: Final = 75.0
# Of a picture over the limit the first byte too many is read, so that its refusal is an outcome, not a closed socket.
MAX_PAYLOAD: Final = MAX_BYTES + 1
CREDENTIALS: Final = struct.Struct("3i")

_log = structlog.get_logger()


class EngineServer:
    """The engine behind its socket. `run` blocks until a signal or `stop`; `start` and `close` are its two halves."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._path = settings.runtime / SOCKET_NAME
        self._resources = ExitStack()
        self._stopping = threading.Event()
        self._slots = threading.Semaphore(CONNECTIONS)
        self._listener: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self.workers: Workers | None = None

    @property
    def path(self) -> Path:
        return self._path

    def start(self) -> Self:
        """Loads everything, then opens the socket: whoever can connect is answered.

        Raises:
            DatabaseUnavailable, DeploymentError: PostgreSQL cannot be reached.
            WorkersUnavailable: no worker comes up.
            CalibrationUnusable: the calibration that the settings name is not one for the engine's templates.
            UpstreamUnusable: the engine is another vendor's, and the settings do not allow a call of it.
        """
        with ExitStack() as undo:
            settings = self._settings
            self.workers = undo.enter_context(Workers(settings.encoder_workers, Runtime.of(settings)))
            deployment = undo.enter_context(Deployment.open(settings))
            database = undo.enter_context(
                Database(
                    deployment.conninfo(DatabaseRole.ENGINE), name="writgate engine", max_size=16, generic_plans=True
                )
            )
            with database.transaction() as connection:
                used = store.has_gallery_keys(connection)
            master = sealing.engine_key(settings.keys, make=not used)
            pipeline = self.workers.pipeline()
            matcher = self._matcher(pipeline, database, undo)
            galleries = Galleries(database, master=master, pipeline=matcher.facts.pipeline)
            galleries.start()
            undo.callback(galleries.stop)
            engine = Engine(
                database=database,
                log=AuditLog(keys=DisclosureKeys.load(settings.keys)),
                workers=self.workers,
                galleries=galleries,
                master=master,
                pipeline=pipeline,
                matcher=matcher,
            )
            self._listener = undo.enter_context(_listen(self._path))
            self._thread = threading.Thread(target=self._accept, args=(self._listener, engine), daemon=True)
            self._thread.start()
            self._resources = undo.pop_all()
        _log.info("recognition.engine_ready", encoder=settings.encoder, **matcher.facts.document())
        return self

    def _matcher(self, pipeline: str, database: Database, undo: ExitStack) -> Matcher:
        """Who compares, as the settings say."""
        settings = self._settings
        if settings.recognition_engine == "local":
            return LocalMatcher(
                calibration=calibration.load(settings.calibration, pipeline=pipeline), pipeline=pipeline
            )
        matcher, deletions = elsewhere(settings, database=database, pipeline=pipeline)
        # Nobody measured this engine, so a calibration is one of another.
        calibration.load(settings.calibration, pipeline=matcher.facts.pipeline)
        deletions.start()
        undo.callback(deletions.stop)
        return matcher

    def run(self) -> None:
        """Serves until SIGTERM, SIGINT or `stop`."""
        if threading.current_thread() is threading.main_thread():
            when_told_to_end(self.stop)
        with self.start():
            self._stopping.wait()

    def stop(self) -> None:
        self._stopping.set()

    def close(self) -> None:
        """Takes no more requests, and gives everything up."""
        self._stopping.set()
        if self._listener is not None:
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
        if self._thread is not None:
            self._thread.join()
        self._path.unlink(missing_ok=True)
        self._resources.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _accept(self, listener: socket.socket, engine: RecognitionEngine) -> None:
        while not self._stopping.is_set():
            try:
                stream, _ = listener.accept()
            except OSError:
                if self._stopping.wait(0.1):
                    return
                continue
            self._slots.acquire()
            threading.Thread(target=self._serve, args=(stream, engine), daemon=True).start()

    def _serve(self, stream: socket.socket, engine: RecognitionEngine) -> None:
        try:
            with stream:
                stream.settimeout(IDLE_SECONDS)
                if not _is_ours(stream):
                    return
                while (frame := frames.receive(stream, max_payload=MAX_PAYLOAD)) is not None:
                    header, images = frame
                    frames.send(stream, *_answer(engine, header, images))
        except (OSError, frames.FrameError) as error:
            _log.info("recognition.connection_lost", reason=type(error).__name__)
        finally:
            self._slots.release()


def _answer(
    engine: RecognitionEngine, header: dict[str, Any], images: list[bytes]
) -> tuple[dict[str, Any], list[bytes]]:
    """One reply, whatever happens: an outcome, facts, a crop, or the word for why there is none."""
    pictures: list[bytes] = []
    try:
        match header.get("operation"):
            case "answers":
                answer = {"answers": engine.answers(), "facts": engine.facts().document()}
            case "detect":
                answer = {"detection": wire.dump_detection(engine.detect(images[0]))}
            case "crop":
                crop = engine.crop(UUID(header["decision_id"]), UUID(header["face_id"]))
                answer, pictures = {"found": crop is not None}, [crop or b""]
            case _:
                answer = {"outcome": wire.dump(_work(engine, header, images))}
    except ClaimRefused:
        return {"error": "ENGINE_CLAIM_REFUSED"}, []
    except (Stale, DatabaseUnavailable):
        return {"error": "ENGINE_STALE"}, []
    except Exception as error:  # noqa: BLE001 - the caller must hear something; the message may hold a row's value
        _log.error("recognition.failed", reason=type(error).__name__)
        return {"error": "ENGINE_FAILED"}, []
    return answer, pictures


def _work(engine: RecognitionEngine, header: dict[str, Any], images: list[bytes]) -> Outcome:
    decision_id, largest = UUID(header["decision_id"]), bool(header.get("largest"))
    match header["operation"], images:
        case "search", [image]:
            return engine.search(decision_id, image, largest=largest)
        case "search_face", []:
            return engine.search_face(decision_id, UUID(header["face_id"]))
        case "compare", [first, second]:
            return engine.compare(decision_id, first, second, largest=largest)
        case "enrol", [image]:
            return engine.enrol(decision_id, image, external_id=str(header["external_id"]), largest=largest)
    raise ValueError("no such operation")


def _listen(path: Path) -> socket.socket:
    """A socket that nobody but the owner can connect to: mode 0600 in a folder of mode 0700.

    Raises:
        RuntimeError: the folder is open to others, or another engine answers there.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if stat.S_IMODE(path.parent.stat().st_mode) & 0o077:
        raise RuntimeError("the folder of the engine's socket is open to other users")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink(missing_ok=True)  # left behind by an engine that was killed
        else:
            raise RuntimeError("another engine is running in this home")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(path))
        path.chmod(0o600)
        listener.listen(CONNECTIONS)
    except BaseException:
        listener.close()
        raise
    return listener


def _is_ours(stream: socket.socket) -> bool:
    """Whether the process at the other end runs as our own user, where the system can tell."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    _, user, _ = CREDENTIALS.unpack(stream.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size))
    return bool(user == os.geteuid())


if __name__ == "__main__":
    configure_logging()
    EngineServer(Settings()).run()
