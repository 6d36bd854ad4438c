"""What the commands make of an answer: a refusal is one too, and one that breaks off is as none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from server_house import say, serving

from gateway.cli.http import Api

if TYPE_CHECKING:
    import http.server


def answer(request: http.server.BaseHTTPRequestHandler) -> None:
    if request.path.startswith("/broken"):
        request.send_response(403 if request.path.endswith("refusal") else 200)
        request.send_header("Content-Length", "1256")
        request.end_headers()
        return
    say(request, b'{"code": "NOT_FOUND"}', status=404 if request.path == "/absent" else 200)


def test_a_refusal_is_an_answer() -> None:
    with serving(answer) as (port, _):
        api = Api(f"http://127.0.0.1:{port}")
        assert (api.get("/there").status, api.get("/absent").status) == (200, 404)
        assert api.get("/absent").code == "NOT_FOUND"


@pytest.mark.parametrize("path", ["/broken", "/broken/refusal"])
def test_an_answer_that_breaks_off_is_as_none(path: str) -> None:
    with serving(answer) as (port, _), pytest.raises(OSError, match="broke off"):
        Api(f"http://127.0.0.1:{port}").get(path)
