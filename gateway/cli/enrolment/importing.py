"""The import itself: files one after the other, a few on their way at once, each answer in the journal."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import click

from gateway.cli.caller import api_for
from gateway.cli.enrolment.refusals import REFUSALS
from gateway.cli.http import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from gateway.cli.enrolment.files import File
    from gateway.cli.enrolment.journal import Journal
    from gateway.cli.http import Api

AT_ONCE: Final = 6
# Between tries of what the gateway could not answer now: together longer than a lost request blocks its key.
PAUSES: Final = (0.5, 1, 2, 4, 8, 15, 30, 60, 60)
# An engine that had no time says so as a refusal, which is the answer of its key for good.
BUSY: Final = frozenset({"ENGINE_BUSY", "ENGINE_STALE"})
# What a request says of its own file; anything else that is wrong with a request is wrong with all of them.
_OF_THE_FILE: Final = frozenset({"image", "external_id"})


class Stopped(Exception):  # noqa: N818 - it states what is so
    """The gateway said no to the import as a whole, or nothing at all; the next file would hear the same."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.code)
        self.answer = answer


class Caller:
    """Asks for a new token when the old one has ended: a long import takes longer than a token lives."""

    def __init__(self, home: Path | None, client: str | None) -> None:
        self._home = home
        self._client = client
        self._lock = threading.Lock()
        self._api = api_for(home, client)

    def post(self, path: str, body: dict[str, Any], **headers: str) -> Answer:
        used = self._api
        answer = used.post(path, body, **headers)
        return answer if answer.status != 401 else self._renewed(used).post(path, body, **headers)  # noqa: PLR2004 - HTTP

    def _renewed(self, used: Api) -> Api:
        with self._lock:
            if self._api is used:
                self._api = api_for(self._home, self._client)
            return self._api


class Import:
    """`story` is what every request says beside its file: purpose, case, justification and so on."""

    def __init__(self, caller: Caller, *, gallery: str, story: Mapping[str, Any], journal: Journal) -> None:
        self._caller = caller
        self._path = f"/v1/galleries/{gallery}/faces"
        self._story = dict(story)
        self._journal = journal
        self._seen: set[str] = set()
        self._going: dict[Future[Answer], tuple[str, File]] = {}
        self._ending = threading.Event()

    def run(self, files: Iterable[File], advance: Callable[[], None]) -> None:
        """Every file is in the journal afterwards.

        Raises: Stopped, when those that were on their way are in it.
        """
        with ThreadPoolExecutor(AT_ONCE) as pool:
            try:
                for file in files:
                    key, refused = self._looked_at(file)
                    if self._journal.knows(key):
                        advance()
                    elif refused:
                        self._note(key, file, _unsent(refused))
                        advance()
                    else:
                        self._going[pool.submit(self._send, file)] = (key, file)
                    if len(self._going) == 2 * AT_ONCE:
                        self._take(advance)
                while self._going:
                    self._take(advance)
            except BaseException:
                self._give_up(advance)
                raise

    def _looked_at(self, file: File) -> tuple[str, str | None]:
        """Names the file and what is done with it; and says why it is not sent, if it is not."""
        refused, picture = file.refused, _digest(file.external_id, file.image)
        if refused is None:
            refused = "FILE_DUPLICATE" if picture in self._seen else None
            self._seen.add(picture)
        return _digest(file.external_id, file.image, file.name, refused or ""), refused

    def _note(self, key: str, file: File, became: Mapping[str, Any]) -> None:
        self._journal.add(key, {"file": file.name, "external_id": file.external_id, **became})

    def _give_up(self, advance: Callable[[], None]) -> None:
        """Nothing more is sent, and what is on its way is still written down."""
        self._ending.set()
        for waiting in [one for one in self._going if one.cancel()]:
            del self._going[waiting]
        while self._going:
            with suppress(Stopped):
                self._take(advance)

    def _take(self, advance: Callable[[], None]) -> None:
        """Waits for an answer, and writes down what came. Raises Stopped."""
        stopped = None
        for done in wait(self._going, return_when=FIRST_COMPLETED).done:
            key, file = self._going.pop(done)
            answer = done.result()
            if _of_all(answer, file):
                self._journal.stop(answer.code or str(answer.status))
                stopped = Stopped(answer)
            else:
                self._note(key, file, _became(answer))
                advance()
        if stopped is not None:
            raise stopped

    def _send(self, file: File) -> Answer:
        image = base64.b64encode(file.image).decode("ascii")
        body = {**self._story, **file.said, "image": image, "external_id": file.external_id}
        said = json.dumps({**body, "image": ""}, sort_keys=True)
        busy = 0
        for pause in (*PAUSES, None):
            key = _digest(said, file.image, self._journal.name, str(self._journal.stops), str(busy))
            answer = self._asked(body, key)
            busy += answer.code in BUSY
            if pause is None or not _passes(answer) or self._ending.wait(pause):
                return answer
        raise AssertionError("the last pause is none")

    def _asked(self, body: dict[str, Any], key: str) -> Answer:
        try:
            return self._caller.post(self._path, body, Idempotency_Key=key)
        except OSError:
            return Answer(503, {"code": "GATEWAY_UNREACHABLE", "detail": "The gateway does not answer."})
        except click.ClickException as error:  # no new token
            return Answer(503, {"code": "GATEWAY_UNREACHABLE", "detail": error.message})


def _passes(answer: Answer) -> bool:
    """Whether the same question may be answered in a while."""
    return answer.status in {429, 503} or answer.code in BUSY | {"IDEMPOTENCY_IN_FLIGHT"}


def _of_all(answer: Answer, file: File) -> bool:
    """Whether the answer is about the import, not about this file. A denial is: it would be the next file's, too."""
    if answer.code == "BODY_INVALID":
        wrong = {str(error["field"]).partition(".")[0] for error in answer.document.get("errors", ())}
        return not wrong <= _OF_THE_FILE | file.said.keys()
    again = answer.status >= 500 or _passes(answer) or answer.code == "IDEMPOTENCY_KEY_REUSED"  # noqa: PLR2004 - HTTP
    return again or answer.status in {401, 403, 404}


def _became(answer: Answer) -> dict[str, Any]:
    document = answer.document
    told = {name: document[name] for name in ("face_id", "decision_id") if document.get(name)}
    if answer.status == 200:  # noqa: PLR2004 - HTTP
        return {"status": "enrolled", **told, "quality": document["quality"]}
    if answer.status == 202:  # noqa: PLR2004 - HTTP
        why: dict[str, Any] = next(iter(document.get("reasons", ())), {})
        return {"status": "waiting", "code": document["status"].upper(), "sentence": why.get("sentence", ""), **told}
    status = "duplicate" if answer.code == "FACE_ENROLLED" else "refused"
    words = {"code": answer.code or str(answer.status), "sentence": document.get("detail", "")}
    return {"status": status, **words, "remedy": document.get("remedy", ""), **told}


def _unsent(code: str) -> dict[str, Any]:
    sentence, remedy = REFUSALS[code]
    status = "duplicate" if code == "FILE_DUPLICATE" else "refused"
    return {"status": status, "code": code, "sentence": sentence, "remedy": remedy}


def _digest(said: str, image: bytes, *more: str) -> str:
    """The parts cannot run into each other."""
    parts = (image, *(part.encode(errors="surrogateescape") for part in (said, *more)))
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()[:32]
