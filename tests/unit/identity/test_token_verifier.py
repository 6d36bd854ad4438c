"""The verifier's own behaviour; what forged tokens meet is in tests/attacks/test_token_forgery.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from identity_house import PATH, House, open_house

from gateway.identity.caller import Caller, FaceSearchAuthorization
from gateway.identity.client_sender import Sender
from gateway.identity.errors import AuthenticationError
from gateway.identity.keys import rotate_keys
from gateway.identity.tokens import LIFETIME
from gateway.postgres.deployment import DatabaseRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import DatabaseFactory

    from gateway.settings import Settings


@pytest.fixture
def house(settings: Settings, database: DatabaseFactory) -> Iterator[House]:
    with open_house(settings, database) as opened:
        yield opened


def test_a_remembered_token_is_the_same_caller_and_costs_no_signature(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = house.token()
    first = house.verify(token)
    monkeypatch.setattr("gateway.identity.tokens.signature_is_valid", lambda *_, **__: pytest.fail("checked again"))
    assert house.verify(token) is first


def test_a_remembered_token_expires_by_the_databases_clock(house: House) -> None:
    token = house.token()
    assert house.refusal(token) == ""
    with house.open_pool(DatabaseRole.ADMIN).transaction() as connection:
        connection.execute("UPDATE ops.clock_offset SET nanoseconds = %s", (LIFETIME * 10**9,))
    house.view.poll()
    assert house.refusal(token) == "TOKEN_EXPIRED"
    fresh = house.token()
    assert house.refusal(fresh) == ""


def test_a_remembered_token_is_refused_once_revoked(house: House) -> None:
    token = house.token()
    house.verify(token)
    house.set_status("client", "lakeport-app", "suspended")
    house.view.poll()
    assert house.refusal(token) == "CLIENT_SUSPENDED"


def test_the_cache_outlives_neither_the_key_nor_the_sender(house: House) -> None:
    token = house.token()
    assert house.refusal(token) == ""
    thief = Sender(house.issuer)
    thief.learn(house.senders.nonces.current())
    stolen = house.presented(thief.headers("GET", PATH, token=token))
    for sent in (house.bearer(token), stolen):
        with pytest.raises(AuthenticationError):
            house.verifier.verify(sent)
    rotate_keys(house.settings.keys)
    (house.settings.keys / "token-retired.json").write_text('{"keys": []}')
    house.keys.jwks()  # looks at the files at once; without it the next look is a second away
    assert house.refusal(token) == "TOKEN_KEY"


def test_the_cache_does_not_outlive_the_revocation_of_one_token(house: House) -> None:
    token, spared = house.token(), house.token()
    assert house.refusal(token) == house.refusal(spared) == ""
    answer = house.post("/oauth/revoke", token=token, **house.authentication())
    assert answer.status_code == 200
    house.view.poll()
    assert (house.refusal(token), house.refusal(spared)) == ("TOKEN_REVOKED", "")


def test_a_request_may_narrow_its_token_and_never_widen_it() -> None:
    def covers(*details: FaceSearchAuthorization, **request: str | None) -> bool:
        caller = Caller("c", "a", None, None, frozenset(), details, "t", 0, 1, 0)
        asked = dict.fromkeys(("purpose", "case_number", "instrument", "gallery")) | request
        return caller.covers(**asked)

    bound = FaceSearchAuthorization(purpose="identify_victim", case_number="1", galleries=("g", "h"))
    good = {"purpose": "identify_victim", "case_number": "1", "gallery": "h"}
    assert covers()
    assert covers(**good)
    assert covers(bound, **good)
    assert covers(bound, **good, instrument="any")
    assert covers(FaceSearchAuthorization(case_number="2"), bound, **good)
    for field, other in (("purpose", "personal"), ("case_number", "2"), ("gallery", "i"), ("gallery", None)):
        assert not covers(bound, **(good | {field: other}))
    assert not covers(FaceSearchAuthorization(instrument="i"), **good)
    # two details are alternatives: one from each does not add up to a third
    assert not covers(
        FaceSearchAuthorization(case_number="1", galleries=("g",)),
        FaceSearchAuthorization(case_number="2", galleries=("h",)),
        case_number="1",
        gallery="h",
    )
