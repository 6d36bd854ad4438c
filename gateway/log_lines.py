"""How a process of the gateway writes its log: one JSON object a line on standard error, without tokens.

A module of its own because every kind of process needs it, and most need nothing else of what a web process loads.
"""

from __future__ import annotations

import logging
import sys

import structlog

from gateway.identity.redaction import Redaction, redact_tokens


def configure_logging() -> None:
    """For this process, whatever writes; no library may log below INFO, where tokens have been seen."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    for handler in logging.getLogger().handlers:
        handler.addFilter(Redaction())
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            redact_tokens,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
