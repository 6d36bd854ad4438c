"""A time stamp is believed only of what it is of, and only where a root that is trusted stands behind it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate
from cryptography.x509.oid import ExtendedKeyUsageOID
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder, VerifierBuilder, decode_timestamp_response
from tsa_house import Authority, make_authority

from gateway.audit.errors import TimestampInvalid
from gateway.audit.timestamps import in_order, verify_timestamp

if TYPE_CHECKING:
    from pathlib import Path

MESSAGE = b"log.example/a\n3\nroot\n"


def response(authority: Authority, algorithm: HashAlgorithm = HashAlgorithm.SHA256) -> bytes:
    return authority.stamp(TimestampRequestBuilder().data(MESSAGE).hash_algorithm(algorithm).build().as_bytes())


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("tsa"))


@pytest.fixture(scope="module")
def stamped(authority: Authority) -> bytes:
    return response(authority)


@pytest.mark.parametrize("algorithm", list(HashAlgorithm))
def test_the_time_is_the_authoritys_and_the_library_agrees(authority: Authority, algorithm: HashAlgorithm) -> None:
    stamped = response(authority, algorithm)
    time = verify_timestamp(stamped, MESSAGE, [authority.root])
    assert abs(datetime.now(UTC) - time) < timedelta(minutes=5)
    read = decode_timestamp_response(stamped)
    assert read.tst_info.gen_time == time
    assert VerifierBuilder().add_root_certificate(authority.root).build().verify_message(read, MESSAGE)


def test_of_something_else_it_says_nothing(authority: Authority, stamped: bytes) -> None:
    with pytest.raises(TimestampInvalid, match="of something else"):
        verify_timestamp(stamped, MESSAGE + b"x", [authority.root])


def test_behind_another_root_it_is_not_believed(stamped: bytes, tmp_path: Path) -> None:
    """Also where that root has the same name."""
    with pytest.raises(TimestampInvalid, match="none of the roots"):
        verify_timestamp(stamped, MESSAGE, [make_authority(tmp_path).root])
    with pytest.raises(TimestampInvalid):
        verify_timestamp(stamped, MESSAGE, [])


def test_a_certificate_for_something_else_does_not_stamp(authority: Authority, stamped: bytes) -> None:
    """One for the same key, name and number, put in the place of the right one."""
    right = load_pem_x509_certificate((authority.folder / "tsa.pem").read_bytes()).public_bytes(Encoding.DER)
    wrong = b""
    while len(wrong) != len(right):
        wrong = authority.certificate(ExtendedKeyUsageOID.CODE_SIGNING).public_bytes(Encoding.DER)
    assert right in stamped
    with pytest.raises(TimestampInvalid, match="not for time stamping"):
        verify_timestamp(stamped.replace(right, wrong), MESSAGE, [authority.root])


def test_whichever_byte_is_changed_it_never_says_another_time(authority: Authority, stamped: bytes) -> None:
    """Most changes are refused; what a message says of itself, such as its version, is not what was signed."""
    time, refused = verify_timestamp(stamped, MESSAGE, [authority.root]), 0
    for place in range(len(stamped)):
        changed = stamped[:place] + bytes([stamped[place] ^ 0x01]) + stamped[place + 1 :]
        try:
            assert verify_timestamp(changed, MESSAGE, [authority.root]) == time
        except TimestampInvalid:
            refused += 1
    assert refused > len(stamped) * 0.9


def test_without_those_between_it_and_its_root_it_is_not_believed(tmp_path: Path) -> None:
    """An authority of the same names does not stand in for the one that is missing."""
    chained = make_authority(tmp_path / "chained", kind="rsa", between=("an authority between",))
    stamped = response(chained)
    verify_timestamp(stamped, MESSAGE, [chained.root])
    other = make_authority(tmp_path / "other", kind="rsa", between=("an authority between",))
    (chained.folder / "chain.pem").write_bytes((other.folder / "chain.pem").read_bytes())
    with pytest.raises(TimestampInvalid, match="none of the roots"):
        verify_timestamp(response(chained), MESSAGE, [chained.root])
    (chained.folder / "tsa.cnf").write_text((chained.folder / "tsa.cnf").read_text().replace("certs = ", "# "))
    with pytest.raises(TimestampInvalid, match="none of the roots"):
        verify_timestamp(response(chained), MESSAGE, [chained.root])


@pytest.mark.parametrize("cut", [0, 2, 10, 100])
def test_what_cannot_be_read_is_not_put_in_order(stamped: bytes, cut: int) -> None:
    assert in_order(in_order(stamped)) == in_order(stamped)
    with pytest.raises(TimestampInvalid):
        in_order(stamped[:cut])


@pytest.mark.parametrize("cut", [0, 1, 2, 10, 100, 500, -1])
def test_what_is_cut_off_cannot_be_read(authority: Authority, stamped: bytes, cut: int) -> None:
    with pytest.raises(TimestampInvalid):
        verify_timestamp(stamped[:cut], MESSAGE, [authority.root])
