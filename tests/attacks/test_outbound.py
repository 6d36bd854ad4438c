"""What a hostile server, name server or URL can make the gateway call: nothing but what was listed."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
import threading
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from server_house import say, serving

from gateway.outbound import Outbound, OutboundError, is_public

if TYPE_CHECKING:
    import http.server
    from pathlib import Path


def hello(request: http.server.BaseHTTPRequestHandler) -> None:
    say(request, b'{"hello": "world"}')


def refusal(outbound: Outbound, url: str, **limits: Any) -> str:
    try:
        outbound.get(url, **limits)
    except OutboundError as error:
        return error.code
    return ""


def test_what_is_listed_is_called_with_its_own_name_and_nothing_of_ours() -> None:
    seen: dict[str, str] = {}

    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        seen.update({name.lower(): value for name, value in request.headers.items()})
        hello(request)

    with serving(answer) as (port, asked):
        outbound = Outbound([f"http://127.0.0.1:{port}"])
        reply = outbound.get(f"http://127.0.0.1:{port}/keys?x=1")
        assert (reply.status, reply.body) == (200, b'{"hello": "world"}')
        assert outbound.post(f"http://127.0.0.1:{port}/t", b"a=b").status == 200
    assert asked == ["/keys?x=1", "/t"]
    assert seen["host"] == f"127.0.0.1:{port}"
    assert set(seen) <= {"host", "accept-encoding", "connection", "user-agent", "content-length"}


def test_what_is_not_listed_is_not_called() -> None:
    with serving(hello) as (port, asked), serving(hello) as (other, asked_other):
        outbound = Outbound([f"http://127.0.0.1:{port}", "https://idp.example"])
        for url in (
            f"http://127.0.0.1:{other}/",
            f"http://localhost:{port}/",
            f"https://127.0.0.1:{port}/",
            "https://idp.example.evil.example/",
            "https://idp.example:8443/",
            "http://idp.example/",
            "ftp://idp.example/",
        ):
            assert refusal(outbound, url) in {"NOT_ALLOWED", "URL_MALFORMED"}, url
        assert Outbound([])._origins == set()
        assert refusal(Outbound([]), f"http://127.0.0.1:{port}/") == "NOT_ALLOWED"
    assert asked == asked_other == []


def test_a_url_that_two_parsers_could_read_differently_is_refused() -> None:
    outbound = Outbound(["https://idp.example"])
    for url in (
        "https://evil.example@idp.example/",
        "https://idp.example@evil.example/",
        "https://idp.example\\@evil.example/",
        "https://idp.example#@evil.example/",
        "https://idp.example/\r\nX: y",
        "https://IDP.example/",
        "https://idp.example:/",
        "https://idp.example:443443/",
        "https://ïdp.example/",
        "https:///idp.example/",
        "//idp.example/",
        "",
    ):
        assert refusal(outbound, url) == "URL_MALFORMED", url


def test_plain_http_goes_nowhere_but_to_this_machine() -> None:
    outbound = Outbound(["http://idp.example", "http://10.0.0.1", "http://localhost:8080"])
    for url in ("http://idp.example/", "http://10.0.0.1/", "http://localhost:8080/"):
        assert refusal(outbound, url) == "NOT_SECURE"


@pytest.mark.parametrize(
    "answers",
    [
        ["127.0.0.1"],
        ["10.0.0.7"],
        ["169.254.169.254"],
        ["100.64.0.1"],
        ["0.0.0.0"],  # noqa: S104 - an answer of a name server, not a bind
        ["::1"],
        ["fd00::1"],
        ["fe80::1%lo"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["2002:7f00:1::"],
        ["8.8.8.8", "127.0.0.1"],
        ["224.0.0.1"],
    ],
)
def test_a_listed_name_that_resolves_to_what_is_not_public_is_not_called(
    monkeypatch: pytest.MonkeyPatch, answers: list[str]
) -> None:
    """The name server is somebody else's. One bad address among good ones is a bad answer."""
    _names(monkeypatch, [answers])
    with serving(hello) as (port, asked):
        assert refusal(Outbound([f"https://idp.example:{port}"]), f"https://idp.example:{port}/") == (
            "ADDRESS_NOT_ALLOWED"
        )
    assert asked == []


def test_a_name_is_resolved_once_and_a_second_answer_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Rebinding: the first answer passes the judge, the second would lead elsewhere."""
    tls, authority = _certificate(tmp_path, "idp.example")
    asked_names = _names(monkeypatch, [["127.0.0.1"], ["127.0.0.2"], ["10.0.0.1"]])
    with serving(hello, tls=tls) as (port, asked):
        outbound = Outbound([f"https://idp.example:{port}", "127.0.0.1/32"], authorities=authority)
        assert outbound.get(f"https://idp.example:{port}/").status == 200
        assert asked_names == ["idp.example"]
        assert refusal(outbound, f"https://idp.example:{port}/") == "ADDRESS_NOT_ALLOWED"
    assert asked == ["/"]


def test_another_server_at_the_address_is_found_out_by_its_certificate(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tls, authority = _certificate(tmp_path, "evil.example")
    _names(monkeypatch, [["127.0.0.1"]] * 2)
    with serving(hello, tls=tls) as (port, asked):
        listed = [f"https://idp.example:{port}", "127.0.0.1/32"]
        assert refusal(Outbound(listed, authorities=authority), f"https://idp.example:{port}/") == "UNTRUSTED"
        assert refusal(Outbound(listed), f"https://idp.example:{port}/") == "UNTRUSTED"
    assert asked == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_even_to_what_is_listed(status: int) -> None:
    def away(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Location", "/elsewhere")
        request.send_header("Content-Length", "0")
        request.end_headers()

    with serving(away) as (port, asked):
        assert refusal(Outbound([f"http://127.0.0.1:{port}"]), f"http://127.0.0.1:{port}/") == "REDIRECT"
    assert asked == ["/"]


def test_a_body_that_trickles_ends_at_the_deadline_of_the_whole_call() -> None:
    """Each byte comes in time; only the sum is too slow. Without a length, what was cut could pass for the whole."""
    stop = threading.Event()

    def trickle(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        while not stop.wait(0.02):
            request.wfile.write(b" ")
            request.wfile.flush()

    with serving(trickle) as (port, _):
        code = refusal(Outbound([f"http://127.0.0.1:{port}"]), f"http://127.0.0.1:{port}/", seconds=0.5)
        stop.set()
    assert code == "TIMEOUT"


def test_headers_that_trickle_and_a_server_that_says_nothing_end_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        code = refusal(Outbound([f"http://127.0.0.1:{port}"]), f"http://127.0.0.1:{port}/", seconds=0.3)
    assert code == "TIMEOUT"
    stop = threading.Event()

    def headers(request: http.server.BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not stop.wait(0.02):
            request.wfile.write(b"X: y\r\n")
            request.wfile.flush()

    with serving(headers) as (port, _):
        code = refusal(Outbound([f"http://127.0.0.1:{port}"]), f"http://127.0.0.1:{port}/", seconds=0.5)
        stop.set()
    assert code in {"TIMEOUT", "MALFORMED"}  # the library counts headers too


def test_a_name_server_that_says_nothing_does_not_hold_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: released.wait(30) and [])
    assert refusal(Outbound(["https://idp.example"]), "https://idp.example/", seconds=0.2) == "TIMEOUT"
    released.set()


@pytest.mark.parametrize("announced", ["none", "true", "huge"])
def test_a_huge_body_is_not_read(announced: str) -> None:
    def huge(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        if announced != "none":
            request.send_header("Content-Length", {"true": "5000000", "huge": "9" * 30}[announced])
        request.end_headers()
        for _ in range(50):
            request.wfile.write(b"x" * 100_000)

    with serving(huge) as (port, _):
        outbound = Outbound([f"http://127.0.0.1:{port}"])
        assert refusal(outbound, f"http://127.0.0.1:{port}/", largest=100_000) == "TOO_LARGE"


def test_a_body_that_ends_early_or_is_packed_or_no_http_is_no_answer() -> None:
    def short(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "100")
        request.end_headers()
        request.wfile.write(b"{}")
        request.close_connection = True

    def packed(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Encoding", "gzip")
        request.send_header("Content-Length", "2")
        request.end_headers()
        request.wfile.write(b"{}")

    def garbage(request: http.server.BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"SSH-2.0-OpenSSH\r\n\r\n")
        request.close_connection = True

    for answer, code in ((short, "MALFORMED"), (packed, "ENCODED"), (garbage, "MALFORMED")):
        with serving(answer) as (port, _):
            assert refusal(Outbound([f"http://127.0.0.1:{port}"]), f"http://127.0.0.1:{port}/") == code


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with serving(hello) as (port, asked):
        assert refusal(Outbound([f"http://127.0.0.1:{port}"]), f"http://127.0.0.1:{port}/") == ""
    assert asked == ["/"]


def test_a_list_that_is_not_one_is_refused_at_the_start() -> None:
    for element in ("idp.example", "https://idp.example/path", "https://*.example", "10.0.0.1/8", "https://a@b", ""):
        with pytest.raises(ValueError, match=r".+"):
            Outbound([element])


def test_addresses_of_the_public_internet_are_public() -> None:
    for address in ("8.8.8.8", "2606:4700::1111", "2002:808:808::"):
        assert is_public(ipaddress.ip_address(address)), address


def _names(monkeypatch: pytest.MonkeyPatch, answers: list[list[str]]) -> list[str]:
    """The name server says these, one answer after the other; the names it was asked for."""
    asked: list[str] = []
    real, left = socket.getaddrinfo, list(answers)

    def resolve(host: str, port: int, *rest: Any, **more: Any) -> Any:
        if host != "idp.example":
            return real(host, port, *rest, **more)
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in left.pop(0)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


def _certificate(folder: Path, host: str) -> tuple[ssl.SSLContext, Path]:
    """A server's side of TLS for `host`, and the file by which a client trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "cert.pem", folder / "key.pem"
    public.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return context, public
