"""Client certificates (RFC 8705): believed from the proxy alone, and tokens bound to them."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from identity_house import PATH, House, open_house
from pydantic import ValidationError

from gateway.identity.caller import Binding
from gateway.identity.certificates import SECRET_HEADER, Certificates, thumbprint
from gateway.identity.errors import AuthenticationError
from gateway.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import DatabaseFactory
    from werkzeug.test import TestResponse

HEADER, PROXY = "Client-Cert", "the-secret-of-the-proxy-in-front-of-it"
SUBJECT = "CN=client.lakeport.example,O=Lakeport Police Department"


def name(text: str, organisation: str | None = None) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation)] if organisation else []
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Authority:
    """An authority of certificates; `ca` false is somebody who only calls itself one."""

    def __init__(self, text: str = "Test authority", *, ca: bool = True) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = name(text)
        self.certificate = self._sign(self.name, self.key, ca=ca)

    def issue(self, subject: x509.Name, *, days: int = 30) -> x509.Certificate:
        return self._sign(subject, ec.generate_private_key(ec.SECP256R1()), ca=False, days=days)

    def _sign(self, subject: x509.Name, key: Any, *, ca: bool, days: int = 30) -> x509.Certificate:
        now = datetime.now(UTC)
        end = now + timedelta(days=days)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(min(now, end) - timedelta(days=1))
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .sign(self.key, hashes.SHA256())
        )


AUTHORITY = Authority()
OWN = Authority("a client's own").certificate
VOUCHED = AUTHORITY.issue(name("client.lakeport.example", "Lakeport Police Department"))


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def header(certificate: x509.Certificate) -> str:
    """RFC 9440."""
    return ":" + base64.b64encode(der(certificate)).decode() + ":"


def as_nginx(certificate: x509.Certificate) -> str:
    return quote(certificate.public_bytes(Encoding.PEM))


@pytest.fixture
def behind_a_proxy(settings: Settings, tmp_path: Path) -> Settings:
    file = tmp_path / "authorities.pem"
    file.write_bytes(AUTHORITY.certificate.public_bytes(Encoding.PEM))
    changes = {"client_certificate_header": HEADER, "proxy_secret": PROXY, "client_certificate_authorities": file}
    return settings.model_copy(update=changes)


@pytest.fixture
def house(behind_a_proxy: Settings, database: DatabaseFactory) -> Iterator[House]:
    with open_house(behind_a_proxy, database) as opened:
        opened.add_client("own-app", agency="lakeport-pd", jwks={"keys": []}, certificates=[thumbprint(der(OWN))])
        opened.add_client("vouched-app", agency="lakeport-pd", jwks={"keys": []}, certificate_subject=SUBJECT)
        yield opened


def ask(house: House, client: str, certificate: x509.Certificate | None, **headers: str) -> TestResponse:
    sent = {} if certificate is None else {HEADER: header(certificate), SECRET_HEADER: PROXY}
    form = {"grant_type": "client_credentials", "client_id": client}
    return house.app.test_client().post("/oauth/token", data=form, headers=sent | headers)


@pytest.mark.parametrize(("client", "certificate"), [("own-app", OWN), ("vouched-app", VOUCHED)])
def test_a_client_shows_who_it_is_by_certificate_and_its_token_is_bound_to_it(
    house: House, client: str, certificate: x509.Certificate
) -> None:
    answer = ask(house, client, certificate)
    assert answer.status_code == 200, answer.json
    assert answer.json is not None
    assert answer.json["token_type"] == "Bearer"
    sent = house.bearer(answer.json["access_token"])
    caller = house.verifier.verify(replace(sent, certificate=der(certificate)))
    assert caller.client == client
    assert caller.binding == Binding("x5t#S256", thumbprint(der(certificate)))
    for other in (None, der(AUTHORITY.certificate), b"no certificate"):
        with pytest.raises(AuthenticationError) as refused:
            house.verifier.verify(replace(sent, certificate=other))
        assert refused.value.code == "TOKEN_BOUND"
    proven = house.presented(house.proof("GET", PATH, token=answer.json["access_token"]))
    with pytest.raises(AuthenticationError) as refused:
        house.verifier.verify(replace(proven, certificate=der(certificate)))
    assert refused.value.code == "TOKEN_NOT_BOUND"


def test_another_certificate_another_client_or_none_is_refused_alike(house: House) -> None:
    subject = name("client.lakeport.example", "Lakeport Police Department")
    impostor = Authority("Test authority").issue(subject)
    for refused in (
        ask(house, "own-app", VOUCHED),
        ask(house, "own-app", None),
        ask(house, "vouched-app", OWN),
        ask(house, "vouched-app", impostor),
        ask(house, "vouched-app", AUTHORITY.issue(name("other.example"))),
        ask(
            house,
            "vouched-app",
            AUTHORITY.issue(subject, days=-1),
        ),
        ask(house, "lakeport-app", VOUCHED),
        ask(house, "nobody", OWN),
    ):
        assert refused.json is not None
        assert refused.json["error"] == "invalid_client"
        assert refused.status_code in {400, 401}


def test_a_header_from_anybody_but_the_proxy_is_nothing(house: House) -> None:
    for secret in ("", "wrong", PROXY + "x", PROXY[:-1], f"{PROXY},{PROXY}"):
        assert ask(house, "own-app", OWN, **{SECRET_HEADER: secret}).json == ask(house, "own-app", None).json
    without = {HEADER: header(OWN)}
    form = {"grant_type": "client_credentials", "client_id": "own-app"}
    assert house.app.test_client().post("/oauth/token", data=form, headers=without).status_code != 200


def test_both_spellings_of_the_header_are_read_and_nothing_else(behind_a_proxy: Settings) -> None:
    certificates = Certificates(behind_a_proxy)
    assert certificates.read(header(OWN), secret=PROXY) == certificates.read(as_nginx(OWN), secret=PROXY) == der(OWN)
    for value in ("", "x", ":x:", ":" + "A" * 20_000 + ":", header(OWN) + "," + header(OWN), "%00", "\u00e9"):
        assert certificates.read(value, secret=PROXY) is None, value
    assert certificates.read(header(OWN), secret=None) is None
    assert certificates.read(header(OWN), secret="\u00e9") is None


def test_who_is_no_authority_vouches_for_nobody(settings: Settings, tmp_path: Path) -> None:
    pretender = Authority("Pretender", ca=False)
    file = tmp_path / "authorities.pem"
    file.write_bytes(pretender.certificate.public_bytes(Encoding.PEM))
    certificates = Certificates(settings.model_copy(update={"client_certificate_authorities": file}))
    assert certificates.subject(der(pretender.issue(name("x")))) is None
    assert certificates.subject(b"no certificate") is None


def test_without_the_setting_no_header_counts_and_no_method_is_offered(
    settings: Settings, database: DatabaseFactory
) -> None:
    with open_house(settings, database) as house:
        house.add_client("own-app", agency="lakeport-pd", jwks={"keys": []}, certificates=[thumbprint(der(OWN))])
        assert ask(house, "own-app", OWN).status_code != 200
        assert house.server.methods == ["private_key_jwt"]
    with pytest.raises(ValidationError, match="proxy_secret"):
        Settings(client_certificate_header="Client-Cert")


def test_metadata_names_the_methods_and_the_bound_tokens(house: House) -> None:
    document = house.app.test_client().get("/.well-known/oauth-authorization-server").json
    assert document is not None
    methods = document["token_endpoint_auth_methods_supported"]
    assert methods == ["private_key_jwt", "self_signed_tls_client_auth", "tls_client_auth"]
    assert document["tls_client_certificate_bound_access_tokens"] is True


def test_a_change_of_certificates_kills_the_tokens_of_the_old_ones(house: House) -> None:
    answer = ask(house, "own-app", OWN).json
    assert answer is not None
    house.add_client("own-app", agency="lakeport-pd", jwks={"keys": []}, certificates=[thumbprint(der(VOUCHED))])
    house.view.poll()
    with pytest.raises(AuthenticationError) as refused:
        house.verifier.verify(replace(house.bearer(answer["access_token"]), certificate=der(OWN)))
    assert refused.value.code == "TOKEN_REVOKED"
