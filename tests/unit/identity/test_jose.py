"""Reading untrusted JWS: every text is either read or MalformedToken, never another exception."""

from __future__ import annotations

import base64
import json
import time

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import example, given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey

from gateway.identity.clients import ASSERTION_ALGORITHMS
from gateway.identity.jose import MAX_LENGTH, MalformedToken, read_unverified, signature_is_valid, time_claim


def _segment(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@given(
    st.text(max_size=200)
    | st.lists(st.binary(max_size=40), min_size=3, max_size=3).map(
        lambda parts: ".".join(_segment(part) for part in parts)
    )
)
@example("..")
@example("a.a.a")
@example("A" * MAX_LENGTH)
@example(f"{_segment(b'5')}.{_segment(b'{}')}.AA")
@example(f"{_segment(b'[' * 3000)}.{_segment(b'{}')}.AA")
@example(f"{_segment(b'9' * 5000)}.{_segment(b'{}')}.AA")
def test_any_text_is_read_or_malformed(text: str) -> None:
    try:
        read_unverified(text)
    except MalformedToken:
        return


@given(
    st.dictionaries(st.sampled_from(["alg", "typ", "kid"]), st.none() | st.text() | st.integers() | st.lists(st.text()))
)
def test_any_header_is_read_with_strings_or_malformed(header: dict[str, object]) -> None:
    text = f"{_segment(json.dumps(header).encode())}.{_segment(b'{}')}.AA"
    try:
        token = read_unverified(text)
    except MalformedToken:
        return
    assert isinstance(token.algorithm, str)
    assert (token.type, token.key_id) == (header.get("typ"), header.get("kid"))


@given(st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers()))
def test_a_time_is_a_whole_number_in_range(value: object) -> None:
    try:
        moment = time_claim({"exp": value}, "exp")
    except MalformedToken:
        return
    assert type(moment) is int
    assert 0 <= moment < 1 << 40


@pytest.mark.parametrize("algorithm", ASSERTION_ALGORITHMS)
def test_each_offered_algorithm_verifies_and_only_with_its_own_kind_of_key(algorithm: str) -> None:
    twisted = OKPKey.generate_key("Ed25519")
    keys: dict[str, ECKey | RSAKey | OKPKey] = {
        "ES256": ECKey.generate_key("P-256"),
        "PS256": RSAKey.generate_key(2048),
        "EdDSA": twisted,
    }
    own = keys["EdDSA" if algorithm == "Ed25519" else algorithm]
    made_with = "Ed25519" if algorithm == "EdDSA" else algorithm  # one signature, two names; the old one warns
    text = jwt.encode({"alg": made_with}, {"iat": int(time.time())}, own, algorithms=[made_with])
    if algorithm == "EdDSA":
        _, payload, _ = text.split(".")
        signed = f"{_eddsa_header()}.{payload}"
        text = f"{signed}.{_segment(_sign(twisted, signed))}"
    token = read_unverified(text)
    assert signature_is_valid(token, own, algorithms=ASSERTION_ALGORITHMS)
    for other in keys.values():
        if other is not own:
            assert not signature_is_valid(token, other, algorithms=ASSERTION_ALGORITHMS)
    assert not signature_is_valid(token, own, algorithms=("ES384",))


def _eddsa_header() -> str:
    return _segment(json.dumps({"alg": "EdDSA"}).encode())


def _sign(key: OKPKey, text: str) -> bytes:
    private = key.private_key
    assert isinstance(private, Ed25519PrivateKey)
    return private.sign(text.encode())
