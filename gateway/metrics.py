"""Counts for an operator's monitoring, in Prometheus' text format, summed over the processes of a gateway.

No label says who: no agency, client, user or case. Where `PROMETHEUS_MULTIPROC_DIR` names a folder each process counts
in a file of its own there, and whichever is asked adds them up; `folder_for` makes it, empty, when a gateway starts.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.settings import Settings

FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_registry: Final = CollectorRegistry()
REQUESTS: Final = Counter(
    "writgate_requests", "Requests answered, by route and status.", ["method", "route", "status"], registry=_registry
)
DECISIONS: Final = Counter(
    "writgate_decisions",
    "Decisions of policy: permit, denial, or error where the engine failed and the request was denied.",
    ["engine", "result"],
    registry=_registry,
)
SHADOW: Final = Counter(
    "writgate_policy_shadow",
    "Decisions asked of the other engine too: compared, differed (an alarm), unanswered, left_out.",
    ["result"],
    registry=_registry,
)
UPSTREAM_REQUESTS: Final = Counter(
    "writgate_upstream_requests",
    "Requests sent to another vendor's engine, tries that failed among them: what it is paid for.",
    registry=_registry,
)
UPSTREAM_FAILURES: Final = Counter(
    "writgate_upstream_failures",
    "Operations of another vendor's engine that gave no sound answer, by the code of the refusal.",
    ["operation", "code"],
    registry=_registry,
)
WITNESSED: Final = Gauge(
    "writgate_log_witnessed_time_seconds",
    "When a quorum of witnesses last cosigned a checkpoint of the log, in seconds since the epoch.",
    registry=_registry,
    multiprocess_mode="mostrecent",
)
TIMESTAMPED: Final = Gauge(
    "writgate_log_timestamped_time_seconds",
    "When an authority last stamped a checkpoint of the log, in seconds since the epoch.",
    registry=_registry,
    multiprocess_mode="mostrecent",
)


def folder_for(settings: Settings) -> Path:
    """An empty folder for the counts of a gateway that is about to start."""
    folder = settings.runtime / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    return folder


def text() -> bytes:
    """Every count there is."""
    if FOLDER not in os.environ:
        return generate_latest(_registry)
    everywhere = CollectorRegistry()
    MultiProcessCollector(everywhere)  # type: ignore[no-untyped-call]  # the library has no types for it
    return generate_latest(everywhere)
