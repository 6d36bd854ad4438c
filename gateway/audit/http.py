"""One HTTP request to a witness, an authority of time or a log: no redirect, no proxy, limits on time and size."""

from __future__ import annotations

import http.client
import ssl
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered; `media_type` without parameters."""

    status: int
    media_type: str
    body: bytes


class Send(Protocol):
    """Sends one request. Raises OSError where no whole answer came within the limits."""

    def __call__(
        self, method: str, url: str, *, seconds: float, largest: int, body: bytes | None = None, media_type: str = ""
    ) -> Reply: ...


def send(
    method: str, url: str, *, seconds: float, largest: int, body: bytes | None = None, media_type: str = ""
) -> Reply:
    """As `Send` says. `seconds` is the limit on each wait for the server."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            parts.netloc, timeout=seconds, context=ssl.create_default_context()
        )
    elif parts.scheme == "http":
        connection = http.client.HTTPConnection(parts.netloc, timeout=seconds)
    else:
        raise OSError("an address begins with https:// or http://")
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    try:
        connection.request(method, path, body=body, headers={"Content-Type": media_type} if media_type else {})
        answer = connection.getresponse()
        content = answer.read(largest + 1)
        if len(content) > largest:
            raise OSError("the answer is too large")
        return Reply(answer.status, answer.headers.get_content_type(), content)
    except (http.client.HTTPException, ValueError) as error:
        raise OSError(f"no answer that can be read: {type(error).__name__}") from None
    finally:
        connection.close()
