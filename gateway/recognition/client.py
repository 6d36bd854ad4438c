"""How the gateway reaches the engine's process: one connection to its Unix socket for each request."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from gateway.recognition import frames, wire
from gateway.recognition.models import EngineFacts

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from gateway.recognition.models import Detection, Outcome

# Longer than the engine's own deadlines together, so that its answer, not our impatience, ends a request.
ANSWER_SECONDS: Final = 70.0
# An engine that was heard from so lately is taken to be there; one that is there says so within the other.
HEARD_SECONDS: Final = 1.0
REPLY_SECONDS: Final = 2.0
LARGEST_CROP: Final = 1024 * 1024
SOCKET_NAME: Final = "engine.sock"


class EngineUnavailable(Exception):  # noqa: N818 - it states a condition, and is named so throughout
    """The engine gave no outcome. `code`: ENGINE_UNREACHABLE, ENGINE_STALE, ENGINE_CLAIM_REFUSED, ENGINE_FAILED."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class EngineClient:
    """A `RecognitionEngine` in another process. Many threads may use one client."""

    def __init__(self, path: Path, *, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._path = path
        self._answer_seconds = answer_seconds
        self._facts: EngineFacts | None = None
        self._heard_at = float("-inf")
        self._silent_at = float("-inf")
        self._lock = threading.Lock()

    def facts(self) -> EngineFacts:
        """What the engine says of itself, as it was last heard.

        Raises:
            EngineUnavailable: it was never heard and does not answer.
        """
        if self._facts is None:
            self._greet()
        if self._facts is None:
            raise EngineUnavailable("ENGINE_UNREACHABLE")
        return self._facts

    def answers(self) -> bool:
        """Whether it is worth sending work, as of the last second; a dead engine would only use up limits."""
        return time.monotonic() - self._heard_at < HEARD_SECONDS or self._greet()

    def _greet(self) -> bool:
        """Asks whether it is ready, and who it is. One thread asks; silence counts for all of them for a second."""
        with self._lock:
            if self._facts is not None and time.monotonic() - self._heard_at < HEARD_SECONDS:
                return True
            if time.monotonic() - self._silent_at < HEARD_SECONDS:
                return False
            asked_at = time.monotonic()
            try:
                answer = self._ask({"operation": "answers"}, [], seconds=REPLY_SECONDS)
                self._facts = EngineFacts(**answer["facts"])
            except EngineUnavailable:
                # One that is not there says so at once, and may be asked again at once: it may just be starting.
                if time.monotonic() - asked_at > REPLY_SECONDS / 2:
                    self._silent_at = time.monotonic()
                return False
            if answer["answers"]:
                self._heard_at = time.monotonic()
            return bool(answer["answers"])

    def search(self, decision_id: UUID, image: bytes, *, largest: bool = False) -> Outcome:
        """Raises EngineUnavailable when there is no outcome; whether one was recorded is then unknown."""
        header = {"operation": "search", "decision_id": str(decision_id), "largest": largest}
        return self._outcome(header, [image])

    def search_face(self, decision_id: UUID, face_id: UUID) -> Outcome:
        """Raises as `search`."""
        header = {"operation": "search_face", "decision_id": str(decision_id), "face_id": str(face_id)}
        return self._outcome(header, [])

    def compare(self, decision_id: UUID, first: bytes, second: bytes, *, largest: bool = False) -> Outcome:
        """Raises as `search`."""
        header = {"operation": "compare", "decision_id": str(decision_id), "largest": largest}
        return self._outcome(header, [first, second])

    def enrol(self, decision_id: UUID, image: bytes, *, external_id: str, largest: bool = False) -> Outcome:
        """Raises as `search`."""
        header = {"operation": "enrol", "decision_id": str(decision_id), "external_id": external_id, "largest": largest}
        return self._outcome(header, [image])

    def detect(self, image: bytes) -> Detection:
        """Raises EngineUnavailable."""
        answer = self._ask({"operation": "detect"}, [image])
        try:
            return wire.load_detection(answer["detection"])
        except (KeyError, TypeError, ValueError) as error:
            raise EngineUnavailable("ENGINE_FAILED") from error

    def crop(self, decision_id: UUID, face_id: UUID) -> bytes | None:
        """The picture of a face, for those who examine the search. Raises EngineUnavailable."""
        header = {"operation": "crop", "decision_id": str(decision_id), "face_id": str(face_id)}
        answer, pictures = self._exchange(header, [], max_payload=LARGEST_CROP)
        return pictures[0] if answer.get("found") and pictures else None

    def _outcome(self, header: dict[str, Any], images: list[bytes]) -> Outcome:
        answer = self._ask(header, images)
        self._heard_at = time.monotonic()
        try:
            return wire.load(answer["outcome"])
        except (KeyError, TypeError, ValueError) as error:
            raise EngineUnavailable("ENGINE_FAILED") from error

    def _ask(self, header: dict[str, Any], images: list[bytes], *, seconds: float | None = None) -> dict[str, Any]:
        answer, _ = self._exchange(header, images, seconds=seconds)
        return answer

    def _exchange(
        self, header: dict[str, Any], images: list[bytes], *, seconds: float | None = None, max_payload: int = 0
    ) -> tuple[dict[str, Any], list[bytes]]:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stream:
                stream.settimeout(seconds or self._answer_seconds)
                stream.connect(str(self._path))
                frames.send(stream, header, images)
                frame = frames.receive(stream, max_payload=max_payload)
        except (OSError, frames.FrameError) as error:
            self._heard_at = float("-inf")
            raise EngineUnavailable("ENGINE_UNREACHABLE") from error
        if frame is None:
            self._heard_at = float("-inf")
            raise EngineUnavailable("ENGINE_UNREACHABLE")
        if "error" in frame[0]:
            raise EngineUnavailable(str(frame[0]["error"]))
        return frame
