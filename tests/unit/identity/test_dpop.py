"""DPoP proofs, check by check (RFC 9449 section 4.3), at the token endpoint and at a resource.

The forger signs with the right key throughout, so that only the check named by a test stands in the way.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from identity_house import PATH, House, open_house
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from gateway.identity.caller import Binding
from gateway.identity.client_sender import Sender
from gateway.identity.dpop import InvalidProof, ProofReader, access_token_hash, normalised
from gateway.identity.errors import AuthenticationError
from gateway.identity.nonces import SLOT, Nonces
from gateway.identity.presented import Presented
from gateway.identity.senders import Senders
from gateway.identity.tokens import TokenVerifier
from gateway.postgres.deployment import DatabaseRole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import DatabaseFactory
    from joserfc.jwk import Key

    from gateway.settings import Settings

URL = "https://faces.example/v1/searches"
SERVER = Nonces(secrets.token_bytes(32))
READER = ProofReader(SERVER)


@pytest.fixture
def house(settings: Settings, database: DatabaseFactory) -> Iterator[House]:
    with open_house(settings, database) as opened:
        yield opened


def forged(key: Key | None = None, *, header: dict[str, Any] | None = None, **claims: Any) -> str:
    """A good proof, but for what is overridden; a claim or a member given as ... is left out."""
    signing = key or ECKey.generate_key("P-256", private=True)
    good = {
        "jti": secrets.token_urlsafe(12),
        "htm": "POST",
        "htu": URL,
        "iat": int(time.time()),
        "nonce": SERVER.current(),
    }
    members = {"alg": "ES256", "typ": "dpop+jwt", "jwk": signing.as_dict(private=False)} | (header or {})
    return jwt.encode(
        {name: value for name, value in members.items() if value is not ...},
        {name: value for name, value in (good | claims).items() if value is not ...},
        signing,
        algorithms=["ES256", "PS256", "RS256", "EdDSA", "Ed25519", "HS256", "ES384"],
        default_type=None,
    )


def refusal(proof: str | None, *, url: str = URL, token: str | None = None) -> tuple[str, str]:
    """The error and the sentence; twice the empty string when the proof is good."""
    try:
        READER.read(Presented("POST", url, None, proof), access_token=token)
    except InvalidProof as invalid:
        return invalid.error, invalid.sentence
    return "", ""


def test_what_the_forger_makes_is_good_when_nothing_is_overridden() -> None:
    key = ECKey.generate_key("P-256", private=True)
    proof = READER.read(Presented("POST", URL, None, forged(key)))
    assert proof.thumbprint == key.thumbprint()


def test_the_thumbprint_is_that_of_rfc_7638() -> None:
    """Of the required members alone, in the order of their names, without a space."""
    key = ECKey.generate_key("P-256", private=True)
    jwk = key.as_dict(private=False)
    required = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    digest = hashlib.sha256(json.dumps(required, separators=(",", ":")).encode()).digest()
    expected = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    for shown in (required, required | {"kid": "a name", "use": "sig", "alg": "ES256"}):
        assert READER.read(Presented("POST", URL, None, forged(key, header={"jwk": shown}))).thumbprint == expected


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (ECKey.generate_key("P-256", private=True), "ES256"),
        (RSAKey.generate_key(2048, private=True), "PS256"),
        (OKPKey.generate_key("Ed25519", private=True), "EdDSA"),
        (OKPKey.generate_key("Ed25519", private=True), "Ed25519"),
    ],
)
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_each_algorithm_of_the_list_is_taken(key: Key, algorithm: str) -> None:
    assert refusal(forged(key, header={"alg": algorithm})) == ("", "")


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: forged(header={"typ": "JWT"}), "typ"),
        (lambda: forged(header={"typ": "DPOP+JWT"}), "typ"),
        (lambda: forged(header={"typ": ...}), "typ"),
        (lambda: forged(RSAKey.generate_key(2048, private=True), header={"alg": "RS256"}), "alg"),
        (lambda: forged(ECKey.generate_key("P-384", private=True), header={"alg": "ES384"}), "alg"),
        (lambda: forged(header={"jwk": ...}), "jwk"),
        (lambda: forged(header={"jwk": ECKey.generate_key("P-256", private=True).as_dict(private=False)}), "signature"),
        (lambda: forged(header={"kid": "a", "jku": "https://evil.example/jwks"}), "does not hold"),
        (lambda: forged(jti=...), "jti"),
        (lambda: forged(jti=""), "jti"),
        (lambda: forged(jti=5), "jti"),
        (lambda: forged(htm=...), "htm"),
        (lambda: forged(htm="GET"), "htm"),
        (lambda: forged(htm="post"), "htm"),
        (lambda: forged(htu=...), "htu"),
        (lambda: forged(htu=["a"]), "htu"),
        (lambda: forged(iat=...), "iat"),
        (lambda: forged(iat="now"), "iat"),
        (lambda: forged(iat=10**400), "iat"),
        (lambda: forged(iat=int(time.time()) - 120), "iat"),
        (lambda: forged(iat=int(time.time()) + 120), "iat"),
        (lambda: forged()[:-4] + "AAAA", "signature"),
        (lambda: forged() + "," + forged(), "once"),
        (lambda: "", "header DPoP"),
        (lambda: "a.b.c", "does not hold"),
        (lambda: "x" * 9000, "does not hold"),
        (lambda: None, "needs a DPoP proof"),
    ],
)
def test_what_is_wrong_is_refused_and_named(make: Callable[[], str | None], word: str) -> None:
    error, sentence = refusal(make())
    assert error == "invalid_dpop_proof"
    assert word in sentence
    assert "evil" not in sentence


def test_a_proof_that_brings_its_private_key_or_a_secret_is_refused() -> None:
    own = ECKey.generate_key("P-256", private=True)
    assert "public members only" in refusal(forged(own, header={"jwk": own.as_dict(private=True)}))[1]
    secret = OctKey.generate_key(256)
    assert refusal(forged(secret, header={"alg": "HS256", "jwk": {"kty": "oct", "k": "AAAA"}}))[0]
    assert "public key of type" in refusal(forged(own, header={"jwk": {"kty": "oct", "k": "AAAA"}}))[1]


@pytest.mark.filterwarnings("ignore:Key size should be")
def test_an_rsa_key_of_1024_bits_is_refused() -> None:
    with pytest.warns(match="2048"):
        weak = RSAKey.generate_key(1024, private=True)
    assert "not a usable public key" in refusal(forged(weak, header={"alg": "PS256"}))[1]


@pytest.mark.parametrize("exponent", [3, 1 << 32 | 1, 1 << 2047 | 1], ids=["small", "large", "whole"])
def test_a_key_that_is_dear_to_check_or_cheap_to_break_is_refused_before_it_is_used(exponent: int) -> None:
    """A proof is judged before anybody has shown who they are; a long exponent costs a hundredfold."""
    modulus = RSAKey.generate_key(2048, private=True).as_dict(private=False)["n"]
    text = base64.urlsafe_b64encode(exponent.to_bytes((exponent.bit_length() + 7) // 8)).rstrip(b"=").decode()
    proof = forged(RSAKey.generate_key(2048, private=True), header={"alg": "PS256"})
    _, claims, signature = proof.split(".")
    jwk = {"kty": "RSA", "n": modulus, "e": text}
    header = base64.urlsafe_b64encode(json.dumps({"alg": "PS256", "typ": "dpop+jwt", "jwk": jwk}).encode())
    dear = f"{header.rstrip(b'=').decode()}.{claims}.{signature}"
    assert "not a usable public key" in refusal(dear)[1]


def test_ten_seconds_ahead_is_the_skew_of_an_honest_clock_and_sixty_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """To the second, for which time stands still."""
    now = int(time.time())
    monkeypatch.setattr(time, "time", lambda: now)
    for away in (9, 10, -30):
        assert refusal(forged(iat=now + away)) == ("", "")
    for away in (61, -61):
        assert "iat" in refusal(forged(iat=now + away))[1]


@pytest.mark.parametrize(
    "same",
    [
        "HTTPS://Faces.Example/v1/searches",
        "https://faces.example:443/v1/searches",
        "https://faces.example/v1/search%65s",
        "https://faces.example/v1/searches?limit=1#top",
    ],
)
def test_the_url_is_compared_normalised_and_without_query_and_fragment(same: str) -> None:
    assert refusal(forged(htu=same)) == ("", "")


@pytest.mark.parametrize(
    "other",
    [
        "http://faces.example/v1/searches",
        "https://faces.example:8443/v1/searches",
        "https://faces.example.evil.example/v1/searches",
        "https://faces.example/v1/searches/",
        "https://faces.example/v1/Searches",
        "https://evil@faces.example/v1/searches",
        "https://faces.example",
        "/v1/searches",
        "https://faces.example:port/v1/searches",
        "https://[faces/v1/searches",
        "x",
    ],
)
def test_another_url_is_refused(other: str) -> None:
    assert "htu" in refusal(forged(htu=other))[1]


def test_a_url_without_a_path_is_one_with_the_empty_path() -> None:
    assert normalised("https://faces.example") == normalised("https://FACES.example:443/?x#y")


def test_a_proof_is_for_one_access_token() -> None:
    assert refusal(forged(ath=access_token_hash("one")), token="one") == ("", "")
    for wrong in (access_token_hash("two"), ..., 5, ""):
        assert "ath" in refusal(forged(ath=wrong), token="one")[1]


def test_a_nonce_is_good_for_its_slot_and_the_next_on_every_node_that_has_the_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key = secrets.token_bytes(32)
    one, another = Nonces(key), Nonces(key)
    made = int(time.time()) // SLOT * SLOT
    nonce = one.current()
    good = []
    for later in (-SLOT, 0, SLOT - 1, SLOT, 2 * SLOT, 3600):
        monkeypatch.setattr(time, "time", lambda later=later: made + later)
        good.append(another.is_good(nonce))
    monkeypatch.undo()
    assert good == [True, True, True, True, False, False]
    assert not Nonces(secrets.token_bytes(32)).is_good(nonce)
    for other in ("", "x", "\u00e9", nonce + "A"):
        assert not one.is_good(other)


def test_without_our_nonce_the_error_says_so() -> None:
    for nonce in (..., "of another", "", 5, None):
        assert refusal(forged(nonce=nonce))[0] == "use_dpop_nonce"


def test_the_token_endpoint_asks_for_a_nonce_names_it_and_leaves_the_assertion_good(house: House) -> None:
    newcomer = Sender(house.issuer)
    assertion = house.assertion()
    challenged = house.ask(assertion=assertion, proof=newcomer.headers("POST", "/oauth/token"))
    assert challenged.status_code == 400
    assert challenged.json is not None
    assert (challenged.json["error"], challenged.json["code"]) == ("use_dpop_nonce", "DPOP_NONCE_WANTED")
    assert newcomer.learn(challenged.headers.get("DPoP-Nonce"))
    answer = house.ask(assertion=assertion, proof=newcomer.headers("POST", "/oauth/token"))
    assert answer.json is not None
    assert (answer.status_code, answer.json["token_type"]) == (200, "DPoP")


def test_the_token_is_bound_to_the_key_of_the_proof_and_works_with_it_alone(house: House) -> None:
    token = house.token()
    caller = house.verify(token)
    assert caller.binding == Binding("jkt", house.sender.key.thumbprint())
    thief = Sender(house.issuer)
    thief.learn(house.senders.nonces.current())
    with pytest.raises(AuthenticationError) as refused:
        house.verifier.verify(house.presented(thief.headers("GET", PATH, token=token)))
    assert refused.value.code == "DPOP_PROOF_INVALID"
    assert 'DPoP realm="writgate", algs="ES256 PS256 EdDSA Ed25519", error="invalid_dpop_proof"' in str(
        refused.value.www_authenticate
    )


def test_a_proof_is_good_once_of_eight_at_once(house: House) -> None:
    token = house.token()
    sent = house.presented(house.proof("GET", PATH, token=token))

    def attempt(_: int) -> str:
        try:
            house.verifier.verify(sent)
        except AuthenticationError as error:
            return error.code
        return "good"

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(attempt, range(8))) == ["DPOP_PROOF_INVALID"] * 7 + ["good"]
    proof = house.proof()
    assert house.ask(proof=proof).status_code == 200
    again = house.ask(proof=proof)
    assert (again.status_code, again.json and again.json["error"]) == (400, "invalid_dpop_proof")


def test_a_proof_that_one_node_took_is_used_on_every_other(house: House) -> None:
    """The nodes share a database, the keys, and nothing else."""
    elsewhere = Senders(house.settings, database=house.open_pool(DatabaseRole.WEB))
    other = TokenVerifier(house.settings, house.keys, house.view, elsewhere, house.verifier._foreign)
    token = house.token()
    for first, second in ((house.verifier, other), (other, house.verifier)):
        sent = house.presented(house.proof("GET", PATH, token=token))
        first.verify(sent)
        with pytest.raises(AuthenticationError, match="used before"):
            second.verify(sent)


def test_a_proof_of_the_token_endpoint_is_none_of_a_resource(house: House) -> None:
    token = house.token()
    wrong = house.proof("POST", "/oauth/token", token=token)
    with pytest.raises(AuthenticationError) as refused:
        house.verifier.verify(house.presented(wrong, method="POST"))
    assert "htu" in refused.value.sentence


def test_the_same_jti_under_another_key_is_another_proof(house: House) -> None:
    for _ in range(2):
        key = ECKey.generate_key("P-256", private=True)
        nonce, url = house.senders.nonces.current(), f"{house.issuer}/oauth/token"
        assert house.ask(proof={"DPoP": forged(key, nonce=nonce, htu=url, jti="one")}).status_code == 200


def test_without_a_proof_no_token_is_made_or_taken(house: House) -> None:
    refused = house.ask(proof={})
    assert refused.json is not None
    assert (refused.status_code, refused.json["error"], refused.json["code"]) == (
        400,
        "invalid_dpop_proof",
        "SENDER_UNPROVEN",
    )
    unbound = house.forge(cnf=...)
    for sent, code in (
        (house.bearer(unbound), "BEARER_REFUSED"),
        (house.presented(house.proof("GET", PATH, token=unbound)), "TOKEN_NOT_BOUND"),
    ):
        with pytest.raises(AuthenticationError) as error:
            house.verifier.verify(sent)
        assert error.value.code == code


def test_with_the_setting_an_unbound_token_is_made_and_taken_and_a_bound_one_still_needs_its_proof(
    settings: Settings, database: DatabaseFactory
) -> None:
    with open_house(settings.model_copy(update={"allow_bearer_tokens": True}), database) as house:
        answer = house.ask(proof={})
        assert answer.json is not None
        assert answer.json["token_type"] == "Bearer"
        assert house.verifier.verify(house.bearer(answer.json["access_token"])).binding is None
        with pytest.raises(AuthenticationError) as refused:
            house.verifier.verify(house.bearer(house.token()))
        assert refused.value.code == "TOKEN_BOUND"
        with pytest.raises(AuthenticationError) as missing:
            house.verifier.verify(house.presented({}))
        schemes = str(missing.value.www_authenticate)
        assert schemes.startswith("DPoP realm=")
        assert ', Bearer realm="writgate"' in schemes


def test_used_proofs_are_swept_once_their_nonce_is_long_bad(house: House) -> None:
    for _ in range(3):
        house.token()
    with house.open_pool(DatabaseRole.ADMIN).transaction() as connection:
        connection.execute("UPDATE identity.used_proofs SET expires_at = expires_at - 3600")
    for _ in range(2):
        house.token()
    with house.open_pool(DatabaseRole.ADMIN).transaction() as connection:
        row = connection.execute("SELECT count(*) FROM identity.used_proofs").fetchone()
    assert row == (2,)
