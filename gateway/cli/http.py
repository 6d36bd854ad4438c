"""The command line as a client of its own gateway: JSON over loopback with a token, like any other program."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from gateway.identity.client_credentials import NONCE

if TYPE_CHECKING:
    from gateway.identity.client_sender import Sender

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
    """One caller at one gateway. Refusals are answers, not exceptions; OSError where nothing answers.

    With a `sender` the token is bound to its key, and each request carries a proof of it.
    """

    url: str
    token: str | None = field(default=None, repr=False)
    sender: Sender | None = None

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
        with self._open("GET", path, None, {}) as answer:
            return bytes(answer.read())

    def text(self, path: str) -> str:
        return self.content(path).decode()

    def _send(
        self, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str] | None = None
    ) -> Answer:
        try:
            with self._answer(method, path, body, headers or {}) as answer:
                return Answer(answer.status, _document(answer.read()))
        except http.client.HTTPException as error:
            raise ConnectionError("the answer broke off") from error

    def _answer(self, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str]) -> Any:
        """Whatever the gateway says, a refusal included."""
        try:
            return self._open(method, path, body, headers)
        except urllib.error.HTTPError as refusal:
            return refusal

    def _open(self, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str]) -> Any:
        """The answer, or the HTTPError that urllib makes of a refusal; asks again where a newer nonce was wanted."""
        for last in (False, True):
            try:
                answer = urllib.request.urlopen(self._request(method, path, body, headers), timeout=TIMEOUT_SECONDS)  # noqa: S310 - the gateway's URL
            except urllib.error.HTTPError as error:
                wanted = "use_dpop_nonce" in error.headers.get("WWW-Authenticate", "")
                if self.sender is None or not self.sender.learn(error.headers.get(NONCE)) or not wanted or last:
                    raise
                error.close()
                continue
            if self.sender is not None:
                self.sender.learn(answer.headers.get(NONCE))
            return answer
        raise AssertionError("the second answer is returned or raised")

    def _request(
        self, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str]
    ) -> urllib.request.Request:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token and self.sender is not None:
            given |= self.sender.headers(method, path, token=self.token)
        elif self.token:
            given["Authorization"] = f"Bearer {self.token}"
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            given["Content-Type"] = "application/json"
        return urllib.request.Request(self.url + path, data=data, headers=given, method=method)  # noqa: S310


def _document(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {"items": found}
