"""Access tokens of a real foreign provider: what is taken, what is not, and what happens when it changes or is away."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from identity_house import House, open_house
from issuer_house import a_minute_later, age, cool_down, forge, link, profile, refusal, register, settle, verify
from patience import until
from provider_house import DESK, OTHER_DESK, RELYING, Provider, provider
from psycopg.types.json import Jsonb

from gateway.identity.issuers.our_client import key_file
from gateway.identity.keys import new_key
from gateway.identity.revocation import kill_tokens
from gateway.postgres.deployment import DatabaseRole
from gateway.registry.errors import Invalid
from gateway.registry.models import Actor, IssuerWrite
from gateway.vocabulary import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import DatabaseFactory

    from gateway.settings import Settings

pytestmark = pytest.mark.node

OPERATOR = Actor(kind="operator", id="test", agency=None)


class In(int):
    """So many seconds from when the test runs."""


@pytest.fixture(scope="module")
def county() -> Iterator[Provider]:
    with provider("http://127.0.0.1:8400") as running:
        yield running


@pytest.fixture
def house(settings: Settings, database: DatabaseFactory, county: Provider) -> Iterator[House]:
    allowed = settings.model_copy(update={"outbound": (county.issuer,), "allow_bearer_tokens": True})
    with open_house(allowed, database) as opened:
        assert opened.issuer == county.gateway
        register(opened, county)
        yield opened


def test_a_person_who_signed_in_there_is_a_user_here(house: House, county: Provider) -> None:
    caller = verify(house, county.user_token())
    assert (caller.issuer, caller.client, caller.agency) == ("county", "lakeport-app", "lakeport-pd")
    assert (caller.user, caller.user_strength) == ("lakeport-pd/ruiz", "authenticated")
    assert caller.sign_in is not None
    assert (caller.sign_in.acr, caller.sign_in.amr) == ("mfa", ("pwd", "otp"))
    assert abs(caller.sign_in.auth_time - time.time()) < 300
    assert caller.scopes == {Scope.SEARCHES_WRITE, Scope.SEARCHES_READ, Scope.GALLERIES_READ}
    assert caller.rev is None
    assert caller.token_id.startswith("county/")


def test_a_program_alone_acts_for_nobody(house: House, county: Provider) -> None:
    caller = verify(house, county.program_token())
    assert (caller.client, caller.user, caller.user_strength, caller.sign_in) == ("lakeport-app", None, None, None)


def test_a_bound_token_is_taken_from_whoever_holds_its_key_and_from_nobody_else(house: House, county: Provider) -> None:
    key = new_key()
    token = county.program_token(bound_to=key)
    assert verify(house, token, sender=key).binding is not None
    assert refusal(house, token, sender=new_key()) == "DPOP_PROOF_INVALID"
    assert refusal(house, token) == "TOKEN_BOUND"


def test_what_its_client_may_not_the_token_may_not_either(house: House, county: Provider) -> None:
    house.add_client("lakeport-app", agency="lakeport-pd", scopes=["galleries:read"])
    a_minute_later(house)
    assert verify(house, forge(house, county)).scopes == {Scope.GALLERIES_READ}


def test_the_agency_that_it_may_not_speak_for(house: House, county: Provider) -> None:
    """Neither by registering it so, nor by a client that was moved there, nor by a person of another agency."""
    with pytest.raises(Invalid):
        register(house, county, access_tokens={"clients": {DESK: "harbour-app"}})
    with pytest.raises(Invalid):
        register(house, county, access_tokens={"clients": {DESK: "operator-app"}})
    with pytest.raises(Invalid):
        link(house, "harbour-pd/okafor")
    with house.open_pool(DatabaseRole.ADMIN).transaction() as connection:
        connection.execute("UPDATE registry.user_links SET user_id = 'harbour-pd/okafor'")
    assert refusal(house, county.user_token()) == "USER_UNKNOWN"
    with house.open_pool(DatabaseRole.ADMIN).transaction() as connection:
        moved = Jsonb({DESK: "harbour-app"})
        connection.execute(
            "UPDATE registry.issuers SET profile = jsonb_set(profile, '{access_tokens,clients}', %s)", (moved,)
        )
    settle(house)
    assert refusal(house, county.program_token()) == "AGENCY_NOT_OF_ISSUER"


def test_a_token_for_another_service_is_not_for_us(house: House, county: Provider) -> None:
    assert refusal(house, county.program_token(resource="https://another-service.example")) == "TOKEN_AUDIENCE"
    for audience in ("", [], ["https://another-service.example"], {"a": 1}, 5, ...):
        assert refusal(house, county.forge(aud=audience)) == "TOKEN_AUDIENCE"
    assert refusal(house, county.forge(aud=["https://another-service.example", house.issuer])) == ""


def test_a_client_that_is_not_mapped_is_nobody(house: House, county: Provider) -> None:
    assert refusal(house, county.program_token(OTHER_DESK)) == "CLIENT_UNKNOWN"
    assert refusal(house, county.forge(client_id="lakeport-app")) == "CLIENT_UNKNOWN"


def test_a_subject_that_is_not_linked_is_nobody_and_a_link_taken_away_ends_its_tokens(
    house: House, county: Provider
) -> None:
    assert refusal(house, county.forge(sub="subject-2")) == "USER_UNKNOWN"
    token = county.user_token()
    assert refusal(house, token) == ""
    link(house, None)
    settle(house)
    assert refusal(house, token) == "TOKEN_REVOKED"
    house.verifier._cache.clear()
    assert refusal(house, token) == "USER_UNKNOWN"


def test_users_by_a_claim_are_users_of_the_one_agency_named(house: House, county: Provider) -> None:
    by_claim = {"users": "claim", "user_prefix": "lakeport-pd/", "claims": {"user": "preferred_username"}}
    register(house, county, access_tokens=by_claim)
    a_minute_later(house)
    assert verify(house, forge(house, county, preferred_username="Chen")).user == "lakeport-pd/chen"
    for name in ("../harbour-pd/okafor", "okafor", "\x00", 5, "", ...):
        token = forge(house, county, preferred_username=name)
        assert refusal(house, token) in {"USER_UNKNOWN", "TOKEN_MALFORMED"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"typ": "JWT"}, "TOKEN_TYPE"),
        ({"typ": "dpop+jwt"}, "TOKEN_TYPE"),
        ({"typ": "logout+jwt"}, "TOKEN_TYPE"),
        ({"exp": 0}, "TOKEN_MALFORMED"),
        ({"exp": 10**400}, "TOKEN_MALFORMED"),
        ({"exp": In(50_000)}, "TOKEN_MALFORMED"),
        ({"iat": ...}, "TOKEN_MALFORMED"),
        ({"iat": In(200), "exp": In(400)}, "TOKEN_NOT_YET_VALID"),
        ({"nbf": In(200)}, "TOKEN_NOT_YET_VALID"),
        ({"iat": In(-400), "exp": In(-100)}, "TOKEN_EXPIRED"),
        ({"sub": ...}, "TOKEN_MALFORMED"),
        ({"client_id": 5}, "TOKEN_MALFORMED"),
        ({"scope": 5}, "TOKEN_MALFORMED"),
        ({"scope": [5]}, "TOKEN_MALFORMED"),
        ({"cnf": {}}, "TOKEN_MALFORMED"),
        ({"cnf": {"kid": "x"}}, "TOKEN_MALFORMED"),
        ({"act": {"sub": "somebody"}}, "TOKEN_CLAIMS"),
        ({"authorization_details": [{"type": "face_search", "searches": 5, "counter": "x"}]}, "TOKEN_MALFORMED"),
        ({"jti": 5}, "TOKEN_MALFORMED"),
    ],
)
def test_a_claim_that_is_wrong_is_refused_and_never_an_error(
    house: House, county: Provider, change: dict[str, Any], code: str
) -> None:
    now = int(time.time())
    claims: dict[str, Any] = {n: now + value if isinstance(value, In) else value for n, value in change.items()}
    assert refusal(house, county.forge(**claims)) == code


def test_words_of_its_own_are_mapped_and_unknown_ones_mean_nothing(house: House, county: Provider) -> None:
    register(house, county, access_tokens={"scopes": {"api://search": ["searches:write"]}, "claims": {"scope": "scp"}})
    a_minute_later(house)
    for words in (["api://search", "admin"], "api://search root registry:write"):
        assert verify(house, forge(house, county, scp=words)).scopes == {Scope.SEARCHES_WRITE}
    assert verify(house, forge(house, county)).scopes == frozenset()


def test_a_tenant_that_the_profile_requires(house: House, county: Provider) -> None:
    register(house, county, access_tokens={"require": {"tid": "tenant-1"}})
    assert refusal(house, county.forge()) == "TOKEN_CLAIMS"
    assert refusal(house, county.forge(tid="tenant-2")) == "TOKEN_CLAIMS"
    a_minute_later(house)
    assert refusal(house, forge(house, county, tid="tenant-1")) == ""


def test_issuer_mix_up(house: House, county: Provider) -> None:
    """A key that one provider publishes proves nothing about tokens that name another."""
    with provider(county.gateway) as other:
        house.verifier._foreign._providers._outbound._allow(other.issuer)
        other_profile = {"id": "other", "issuer": other.issuer, "profile": profile(house)}
        house.registry.put_issuer(IssuerWrite.model_validate(other_profile), actor=OPERATOR)
        settle(house)
        assert refusal(house, other.forge(sub=DESK)) == ""
        assert refusal(house, other.forge(iss=county.issuer)) == "TOKEN_KEY"
        assert refusal(house, county.forge(iss=other.issuer)) == "TOKEN_KEY"
        assert refusal(house, other.forge(iss=house.issuer)) == "TOKEN_KEY"
        assert refusal(house, county.forge(iss=county.issuer + "/")) == "TOKEN_KEY"
        assert refusal(house, county.forge(iss=[county.issuer])) in {"TOKEN_MALFORMED", "TOKEN_KEY"}
        # A subject of the other is not linked, although one of the same name is at the first.
        assert refusal(house, other.forge()) == "USER_UNKNOWN"


def test_metadata_that_names_another_issuer_is_not_believed(house: House, county: Provider) -> None:
    """The registered name leads to a provider that calls itself something else."""
    house.registry.put_issuer(
        IssuerWrite.model_validate({"id": "alias", "issuer": county.issuer + "/x", "profile": profile(house)}),
        actor=OPERATOR,
    )
    settle(house)
    assert refusal(house, county.forge(iss=county.issuer + "/x")) == "ISSUER_UNAVAILABLE"


def test_a_key_in_the_header_is_never_used(house: House, county: Provider) -> None:
    foreign = new_key()
    claims = {"iss": county.issuer, "aud": house.issuer}
    for member in (
        {"jwk": foreign.as_dict(private=False)},
        {"jku": "https://evil.example/jwks"},
        {"x5u": "https://evil.example/c"},
    ):
        assert refusal(house, county.sign(claims, typ="at+jwt", key=foreign, **member)) == "TOKEN_MALFORMED"


def test_the_keys_rotate(house: House, county: Provider) -> None:
    old = county.program_token()
    assert refusal(house, old) == ""
    county.rotate()
    new = county.program_token()
    assert refusal(house, new) == "TOKEN_KEY"  # its key was looked for a moment ago
    cool_down(house)
    assert refusal(house, new) == ""
    assert refusal(house, old) == "TOKEN_KEY"  # also out of the cache: the key is published no more


def test_a_storm_of_unknown_keys_costs_one_fetch_for_each_cooldown(house: House, county: Provider) -> None:
    refusal(house, county.program_token())
    before = county.counts()["/jwks"]
    storm = [county.forge(key=new_key()) for _ in range(40)]
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda token: refusal(house, token), storm)) == {"TOKEN_KEY"}
    assert county.counts()["/jwks"] == before
    cool_down(house)
    with ThreadPoolExecutor(8) as pool:
        told = set(pool.map(lambda token: refusal(house, token), storm))
    assert "TOKEN_KEY" in told
    assert told <= {"TOKEN_KEY", "ISSUER_UNAVAILABLE"}  # only so many wait for the one fetch
    assert county.counts()["/jwks"] == before + 1
    assert refusal(house, county.program_token()) == ""


def test_while_it_is_away_its_tokens_are_good_until_its_keys_are_stale(house: House, county: Provider) -> None:
    token, unseen = county.program_token(), county.program_token()
    assert refusal(house, token) == ""
    county.stop()
    try:
        assert refusal(house, token) == refusal(house, unseen) == ""
        assert refusal(house, county.forge(key=new_key())) == "TOKEN_KEY"
        age(house, 3601)
        assert refusal(house, token) == refusal(house, unseen) == "ISSUER_UNAVAILABLE"
    finally:
        county.start()
    cool_down(house)
    assert refusal(house, token) == ""


def test_away_from_the_beginning_it_proves_nothing(house: House, county: Provider) -> None:
    token = county.program_token()
    county.stop()
    try:
        assert refusal(house, token) == "ISSUER_UNAVAILABLE"
    finally:
        county.start()
    assert refusal(house, token) == "ISSUER_UNAVAILABLE"  # asked again when the cooldown is over, and not before
    cool_down(house)
    assert refusal(house, token) == ""


def test_keys_are_fetched_anew_beside_use_before_they_are_stale(house: House, county: Provider) -> None:
    token = county.program_token()
    assert refusal(house, token) == ""
    before = county.counts()["/jwks"]
    age(house, 301)
    assert refusal(house, token) == ""
    until(lambda: county.counts()["/jwks"] != before, "they are fetched")


def test_a_kill_ends_what_it_issued_and_its_own_tokens_after_the_margin_live(house: House, county: Provider) -> None:
    token = county.program_token()
    assert refusal(house, token) == ""
    with house.web.transaction() as connection:
        kill_tokens(connection, kind="issuer", identifier="county")
    settle(house)
    assert refusal(house, token) == "TOKEN_REVOKED"
    assert refusal(house, county.program_token()) == "TOKEN_REVOKED"  # within the margin for its clock
    a_minute_later(house)
    assert refusal(house, forge(house, county, sub=DESK)) == ""
    assert house.refusal(house.token()) == ""


def test_suspended_its_word_is_taken_for_nothing(house: House, county: Provider) -> None:
    token = county.program_token()
    assert refusal(house, token) == ""
    house.set_status("issuer", "county", "suspended")
    settle(house)
    assert refusal(house, token) == "ISSUER_SUSPENDED"
    assert house.refusal(house.token()) == ""


def test_a_change_of_the_profile_ends_what_was_judged_by_the_old_one(house: House, county: Provider) -> None:
    token = county.program_token()
    assert refusal(house, token) == ""
    register(house, county, clock_margin=20)
    assert refusal(house, token) == "TOKEN_REVOKED"


def test_a_provider_that_does_not_answer_about_a_token_is_one_that_says_no(house: House, county: Provider) -> None:
    """This one does not introspect signed tokens; what is said where one does is in the unit tests."""
    register(house, county, access_tokens={"introspection": True}, client={"client_id": RELYING})
    a_minute_later(house)
    forged = forge(house, county, sub=DESK)
    assert refusal(house, forged) == "ISSUER_UNAVAILABLE"  # we have no key to ask with
    key = json.dumps(county.client_keys[RELYING].as_dict(private=True))
    key_file(house.settings.keys, "county").write_text(key)
    assert refusal(house, forged) == "ISSUER_UNAVAILABLE"
