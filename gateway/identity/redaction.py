"""No token, assertion or secret in any log, at any level.

The OAuth library writes whole tokens to its log at DEBUG. Its loggers are therefore held at INFO, whatever the root
says, and anything that looks like a JWT is cut out of every record that passes a filter or processor of this module.
The program's logging set-up attaches `Redaction` to its handlers and `redact_tokens` to structlog.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import MutableMapping

# The header of every JOSE object is a JSON object, and `{"` in base64url begins with eyJ.
_JOSE: Final = re.compile(r"eyJ[A-Za-z0-9_-]{8,}(\.[A-Za-z0-9_-]*)*")
# Values of the parameters and headers that carry secrets, in forms, JSON, headers and reprs.
_NAMED: Final = re.compile(
    r"(?i)((?:client_assertion|client_secret|access_token|refresh_token|secret_?access_?key)[\"']?\s*[=:]\s*[\"']?"
    r"|(?:bearer|basic|dpop)\s+)"
    r"[A-Za-z0-9._~+/%=-]{8,}"
)
REPLACEMENT: Final = "[redacted]"
LIBRARY: Final = "authlib"


def redact(text: str) -> str:
    """`text` without tokens, assertions and secrets."""
    return _NAMED.sub(rf"\1{REPLACEMENT}", _JOSE.sub(REPLACEMENT, text))


class Redaction(logging.Filter):
    """Rewrites a record before any handler formats it; put it on handlers, which see every logger's records."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        clean = redact(message)
        if clean != message:
            record.msg, record.args = clean, None
        if (
            record.exc_info
            and record.exc_info[1] is not None
            and redact(str(record.exc_info[1])) != str(record.exc_info[1])
        ):
            record.exc_info, record.exc_text = None, REPLACEMENT
        return True


def redact_tokens(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor; it goes last before the renderer."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = redact(value)
    return event


def quiet_authlib() -> None:
    """Holds the library and each of its loggers at INFO or above, and puts the filter on each. Idempotent."""
    names = [name for name in logging.root.manager.loggerDict if name == LIBRARY or name.startswith(LIBRARY + ".")]
    for name in {LIBRARY, *names}:
        logger = logging.getLogger(name)
        if name == LIBRARY or logger.level != logging.NOTSET:
            logger.setLevel(max(logger.level, logging.INFO))
        if not any(isinstance(existing, Redaction) for existing in logger.filters):
            logger.addFilter(Redaction())
