"""The log's side of c2sp.org/tlog-witness: asks every witness to cosign a checkpoint, and says whether a quorum did.

Invariants: a witness is sent nothing but checkpoints and consistency proofs; what it answers is used only where it is a
cosignature by its own key on this very checkpoint. A witness that is down delays nobody for longer than the deadline,
and is then left alone for a while; that there is no quorum is an alarm. A witness that has seen another or a larger
tree than ours is an alarm at once: the log was cut back, or somebody else signs in its name.
"""

from __future__ import annotations

import base64
import re
import time
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Final

import structlog

from gateway import metrics
from gateway.audit.errors import NoteMalformed, SignatureInvalid
from gateway.audit.notes import open_signed, signature_line
from gateway.audit.proofs import consistency_proof
from gateway.audit.tiles import TileReader
from gateway.outbound import OutboundError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import Future

    from gateway.audit.notes import Checkpoint, Verifier
    from gateway.audit.witness_policy import Witness, WitnessPolicy
    from gateway.database import Database
    from gateway.outbound import Outbound, Reply

DEADLINE_SECONDS: Final = 2.0
LONGEST_PAUSE_SECONDS: Final = 60.0
MEDIA_TYPE: Final = "text/plain; charset=utf-8"
SIZE_TYPE: Final = "text/x.tlog.size"
_LARGEST_ANSWER: Final = 16_384
_SIZE: Final = re.compile(r"(0|[1-9][0-9]{0,18})\n", re.ASCII)

log = structlog.get_logger()


class Witnesses:
    """The witnesses of one log, as its policy names them. One thread asks at a time."""

    def __init__(self, policy: WitnessPolicy, *, database: Database, outbound: Outbound, alarm_seconds: float) -> None:
        """Raises OutboundRefused where the operator's list of what may be called lacks a witness."""
        self._policy = policy
        self._alarm_seconds = alarm_seconds
        self._asked = [_Asked(witness, database, outbound) for witness in policy.witnesses.values() if witness.url]
        for witness in policy.witnesses.values():
            if witness.url:
                outbound.require_allowed(f"{witness.url.rstrip('/')}/add-checkpoint")
        self._threads = ThreadPoolExecutor(max(1, len(self._asked)), thread_name_prefix="witness")
        self._met_at = time.monotonic()
        self._alarmed_at: float | None = None

    def cosign(self, note: str, checkpoint: Checkpoint) -> tuple[str, bool]:
        """The note with whatever cosignatures came in time, and whether they are a quorum."""
        asked = [one.ask(self._threads, note, checkpoint) for one in self._asked if one.is_due]
        done, _ = wait(asked, timeout=DEADLINE_SECONDS)
        signatures = {verifier: one for future in done for verifier, one in future.result().items()}
        witnessed = self._policy.is_met(signatures)
        self._watch(witnessed=witnessed)
        return note + "".join(signature_line(verifier, one) for verifier, one in signatures.items()), witnessed

    def close(self) -> None:
        """Asks nobody any more; who was asked and has not answered is not waited for."""
        self._threads.shutdown(wait=False)

    def _watch(self, *, witnessed: bool) -> None:
        now = time.monotonic()
        if witnessed:
            self._met_at, self._alarmed_at = now, None
            metrics.WITNESSED.set_to_current_time()
        elif now - self._met_at > self._alarm_seconds and (self._alarmed_at or 0) + self._alarm_seconds < now:
            self._alarmed_at = now
            log.critical("audit.witnesses.no_quorum", seconds=round(now - self._met_at), quorum=self._policy.quorum)


class _Asked:
    """One witness, the size that it cosigned last, and how long to leave it alone."""

    def __init__(self, witness: Witness, database: Database, outbound: Outbound) -> None:
        self._witness = witness
        self._database = database
        self._outbound = outbound
        self._size = 0
        self._failures = 0
        self._again_at = 0.0
        self._running: Future[Mapping[Verifier, bytes]] | None = None

    @property
    def is_due(self) -> bool:
        return time.monotonic() >= self._again_at and (self._running is None or self._running.done())

    def ask(self, threads: ThreadPoolExecutor, note: str, checkpoint: Checkpoint) -> Future[Mapping[Verifier, bytes]]:
        """Its cosignature, or nothing."""
        self._running = threads.submit(self._cosign, note, checkpoint)
        return self._running

    def _cosign(self, note: str, checkpoint: Checkpoint) -> Mapping[Verifier, bytes]:
        try:
            reply = self._send(note, checkpoint)
            if reply.status == 409 and _media_type(reply) == SIZE_TYPE:  # noqa: PLR2004  HTTP
                reply = self._send_from(_size(reply.body), note, checkpoint)
            found = self._read(reply, note, checkpoint)
        except (OutboundError, NoteMalformed, SignatureInvalid) as error:
            log.warning("audit.witness.failed", witness=self._witness.name, error=str(error))
            found = {}
        except Exception as error:  # noqa: BLE001  the checkpoint must go out whatever befalls one witness
            log.error("audit.witness.failed", witness=self._witness.name, error=type(error).__name__)  # noqa: TRY400
            found = {}
        self._failures = 0 if found else self._failures + 1
        pause = min(LONGEST_PAUSE_SECONDS, 2.0**self._failures) if self._failures else 0.0
        self._again_at = time.monotonic() + pause
        return found

    def _send_from(self, size: int, note: str, checkpoint: Checkpoint) -> Reply:
        if size > checkpoint.size:
            log.critical("audit.witness.ahead", witness=self._witness.name, seen=size, ours=checkpoint.size)
            raise SignatureInvalid("a witness has seen a larger tree of this name")
        self._size = size
        return self._send(note, checkpoint)

    def _send(self, note: str, checkpoint: Checkpoint) -> Reply:
        old = min(self._size, checkpoint.size)
        with self._database.snapshot() as connection:
            proof = consistency_proof(TileReader(connection), old_size=old, size=checkpoint.size)
        lines = [f"old {old}", *(base64.b64encode(item).decode() for item in proof), "", note]
        return self._outbound.post(
            f"{(self._witness.url or '').rstrip('/')}/add-checkpoint",
            "\n".join(lines).encode(),
            headers={"Content-Type": MEDIA_TYPE},
            seconds=DEADLINE_SECONDS,
            largest=_LARGEST_ANSWER,
        )

    def _read(self, reply: Reply, note: str, checkpoint: Checkpoint) -> Mapping[Verifier, bytes]:
        if reply.status != 200:  # noqa: PLR2004  HTTP
            # 409 by now, and 422, say that the tree it has seen is not the beginning of ours.
            tell = log.critical if reply.status in {409, 422} else log.warning
            tell("audit.witness.refused", witness=self._witness.name, status=reply.status, size=checkpoint.size)
            return {}
        text = note.rpartition("\n\n")[0]
        opened = open_signed(f"{text}\n\n{reply.body.decode()}", [self._witness.verifier])
        if opened.signatures:
            self._size = checkpoint.size
        return opened.signatures


def _media_type(reply: Reply) -> str:
    return reply.headers.get("content-type", "").partition(";")[0].strip().lower()


def _size(body: bytes) -> int:
    match = _SIZE.fullmatch(body.decode("ascii", "replace"))
    if match is None:
        raise NoteMalformed("the witness did not say a size")
    return int(match[1])
