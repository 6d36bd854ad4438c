"""A worker process: pictures in, templates or refusals out, one at a time, over the socket it was started with.

Hostile pictures are decoded here and nowhere else. The process holds no key and no database, may not write a file,
leaves no core, cannot be traced by its neighbours, and has a bounded address space (but for accelerators, whose drivers
reserve many times the memory that there is); how long it may take is the parent's business, which kills it.
"""

from __future__ import annotations

import ctypes
import os
import resource
import socket
import sys
from typing import TYPE_CHECKING, Any, Final

from gateway.recognition import frames, quality, weights
from gateway.recognition.images import MAX_BYTES
from gateway.recognition.models import DETECTION
from gateway.recognition.pipeline import Pipeline
from gateway.recognition.refusals import Refused, refusal
from gateway.recognition.runtime import Runtime
from gateway.recognition.weights import NetworkUnusable, WeightsMissing

if TYPE_CHECKING:
    from collections.abc import Mapping

ADDRESS_SPACE: Final = 1024 * 1024 * 1024
GATES: Final = {"probe": quality.PROBE, "enrolment": quality.ENROLMENT}
PR_SET_DUMPABLE: Final = 4
PR_SET_NO_NEW_PRIVS: Final = 38


def confine(*, address_space: bool = True) -> None:
    """Gives up what a worker does not need. Only ever tightens."""
    if address_space:
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def answer(pipeline: Pipeline, header: Mapping[str, Any], data: bytes) -> tuple[dict[str, object], list[bytes]]:
    """Header and payloads of the reply to one task."""
    try:
        if header["gate"] == DETECTION:
            found = [face.document() for face in pipeline.detect(data)]
            return {"refusal": None, "quality": None, "found": found}, []
        reading = pipeline.read(data, GATES[header["gate"]], crop=header["crop"], largest=header["largest"])
    except Refused as refused:
        reason = refused.reason
        return {
            "refusal": [reason.code, reason.sentence, reason.remedy],
            "quality": None if refused.quality is None else refused.quality.document(),
        }, []
    except MemoryError:
        reason = refusal("IMAGE_UNPROCESSABLE")
        return {"refusal": [reason.code, reason.sentence, reason.remedy], "quality": None}, []
    template = reading.template.tobytes()
    return {"refusal": None, "quality": reading.quality.document()}, [template, reading.crop or b""]


def main() -> None:
    stream, runtime = socket.socket(fileno=int(sys.argv[1])), Runtime.parse(sys.argv[2:])
    confine(address_space=runtime.on_processor)
    try:
        found = weights.find()
        pipeline = Pipeline(found, runtime.network(found))
    except (WeightsMissing, NetworkUnusable) as reason:
        frames.send(stream, {"unusable": str(reason)})
        return
    frames.send(stream, {"pipeline": pipeline.name, "pid": os.getpid()})
    while (task := frames.receive(stream, max_payload=MAX_BYTES + 1)) is not None:
        header, payloads = task
        reply, results = answer(pipeline, header, payloads[0])
        frames.send(stream, reply, results)


if __name__ == "__main__":
    main()
