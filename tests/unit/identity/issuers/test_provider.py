"""Which of the keys that an issuer publishes are taken as its keys."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from server_house import say, serving

from gateway.identity.issuers.directory import KnownIssuer
from gateway.identity.issuers.provider import Providers
from gateway.outbound import Outbound
from gateway.registry.issuers import IssuerProfile

if TYPE_CHECKING:
    import http.server
    from collections.abc import Callable, Iterator

    from joserfc.jwk import Key

PROFILE = IssuerProfile.model_validate({"algorithms": ["ES256", "PS256"], "agencies": ["lakeport-pd"]})


def named(key: Key, name: str, **members: str) -> dict[str, Any]:
    return {**key.as_dict(private=False), "kid": name, **members}


@contextmanager
def publishing(*keys: dict[str, Any]) -> Iterator[Callable[[str, str], Any]]:
    """What the gateway finds, by name and kind, where an issuer publishes `keys`."""

    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        found = {"keys": keys} if request.path == "/keys" else {"issuer": url, "jwks_uri": f"{url}/keys"}
        say(request, json.dumps(found).encode())

    with serving(answer) as (port, _):
        url = f"http://127.0.0.1:{port}"
        providers, known = Providers(Outbound([url])), KnownIssuer("county", url, PROFILE, 1, active=True)
        yield lambda name, kind: providers.key(known, name, kind)


def test_two_keys_under_one_name_are_nobodys_and_two_of_different_kinds_are_told_apart() -> None:
    first, second, other = ECKey.generate_key("P-256"), ECKey.generate_key("P-256"), RSAKey.generate_key(2048)
    with publishing(named(first, "a"), named(second, "a"), named(first, "b"), named(other, "b")) as find:
        assert find("a", "EC") is None
        assert find("b", "EC").thumbprint() == first.thumbprint()
        assert find("b", "RSA").thumbprint() == other.thumbprint()


def test_a_key_for_another_use_takes_no_name_away_from_the_one_for_signatures() -> None:
    signing = ECKey.generate_key("P-256")
    with publishing(named(signing, "a"), named(ECKey.generate_key("P-256"), "a", use="enc")) as find:
        assert find("a", "EC").thumbprint() == signing.thumbprint()


@pytest.mark.filterwarnings("ignore:Key size should be")
def test_a_key_that_is_too_weak_or_no_public_one_is_none() -> None:
    weak = RSAKey.generate_key(1024)
    shared = {"kty": "oct", "k": OctKey.generate_key(256).as_dict()["k"], "kid": "b"}
    curves = [named(ECKey.generate_key("P-384"), "c"), named(OKPKey.generate_key("X25519"), "d")]
    with publishing(named(weak, "a"), shared, *curves) as find:
        for name, kind in (("a", "RSA"), ("b", "oct"), ("c", "EC"), ("d", "OKP")):
            assert find(name, kind) is None
