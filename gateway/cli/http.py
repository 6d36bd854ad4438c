"""The command line as a client of its own gateway: JSON over loopback with a token, like any other program."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any, Final

TIMEOUT_SECONDS: Final = 90


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    document: dict[str, Any]

    @property
    def code(self) -> str | None:
        return self.document.get("code")

    @property
    def codes(self) -> set[str]:
        """The reason codes of a decision, or the problem's own where it has no reasons."""
        reasons = {reason["code"] for reason in self.document.get("reasons", [])}
        return reasons or ({self.code} if self.code else set())


@dataclass(frozen=True, slots=True)
class Api:
    """One caller at one gateway. Refusals are answers, not exceptions; OSError where nothing answers."""

    url: str
    token: str | None = None

    def get(self, path: str) -> Answer:
        return self._send("GET", path, None)

    def post(self, path: str, body: dict[str, Any], **headers: str) -> Answer:
        return self._send("POST", path, body, headers)

    def put(self, path: str, body: dict[str, Any]) -> Answer:
        return self._send("PUT", path, body)

    def patch(self, path: str, body: dict[str, Any]) -> Answer:
        return self._send("PATCH", path, body)

    def delete(self, path: str) -> Answer:
        return self._send("DELETE", path, None)

    def content(self, path: str) -> bytes:
        with urllib.request.urlopen(self._request("GET", path, None, {}), timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
            return bytes(answer.read())

    def text(self, path: str) -> str:
        with urllib.request.urlopen(self._request("GET", path, None, {}), timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
            return str(answer.read().decode())

    def _request(
        self, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str]
    ) -> urllib.request.Request:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            given["Authorization"] = f"Bearer {self.token}"
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            given["Content-Type"] = "application/json"
        return urllib.request.Request(self.url + path, data=data, headers=given, method=method)  # noqa: S310

    def _send(
        self, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str] | None = None
    ) -> Answer:
        request = self._request(method, path, body, headers or {})
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - the gateway's URL
                return Answer(answer.status, _document(answer.read()))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, _document(error.read()))


def _document(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {"items": found}
