"""A court's warrant is believed for its signature by a pinned key, for this gateway, agency and time, and once."""

from __future__ import annotations

import base64
import hmac
import json
from typing import TYPE_CHECKING, Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey
from psycopg.errors import DatabaseError

from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.keys import create_keys
from gateway.audit.log import AuditLog
from gateway.postgres.deployment import DatabaseRole
from gateway.registry import queries
from gateway.registry.errors import Conflict, RegistryError, WarrantRefused
from gateway.registry.instruments import LONGEST_WARRANT
from gateway.registry.models import Actor, AgencyWrite, CourtKeyWrite, InstrumentWrite
from gateway.registry.service import Registry

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.database import Database
    from gateway.settings import Settings

ISSUER = "https://gate.example"
COURT = "lake-superior-court"
OPERATOR = Actor(kind="operator", id="root")
LAKEPORT = Actor(kind="client", id="lakeport-clerk", agency="lakeport-pd")
HILLVIEW = Actor(kind="client", id="hillview-clerk", agency="hillview-so")
DAY = 86_400

PrivateKey = ECKey | RSAKey | OKPKey
ES256, PS256, EDDSA = ECKey.generate_key("P-256"), RSAKey.generate_key(2048), OKPKey.generate_key("Ed25519")
KEYS: dict[str, PrivateKey] = {"ES256": ES256, "PS256": PS256, "EdDSA": EDDSA}


class Court:
    """Signs warrants, and shows them to the gateway as a client of lakeport-pd would."""

    def __init__(self, registry: Registry, now: int) -> None:
        self.registry = registry
        self.now = now

    def claims(self, **changes: Any) -> dict[str, Any]:
        # Taken out, because `detail` changes the one authorization detail and is no claim itself.
        detail = {
            "type": "biometric_search",
            "operations": ["identify_1_to_n"],
            "modes": ["still_image"],
            "galleries": ["missing*"],
            "purposes": ["locate_missing_person"],
            "probe_sha256": ["ab" * 32],
            "max_searches": 3,
        } | changes.pop("detail", {})
        claims: dict[str, Any] = {
            "iss": COURT,
            "jti": "26-2-00117",
            "iat": self.now - 60,
            "nbf": self.now - 60,
            "exp": self.now + DAY,
            "aud": ISSUER,
            "agency": "lakeport-pd",
            "instrument_type": "court_order",
            "case": "26-2-00117",
            "judge": "Hon. A. Moreau",
            "authorization_details": [detail],
            "documents": [{"sha256": "cd" * 32, "media_type": "application/pdf"}],
        }
        return {name: value for name, value in (claims | changes).items() if value is not ...}

    def sign(
        self, claims: Any = None, *, key: PrivateKey | None = None, header: dict[str, Any] | None = None, **changes: Any
    ) -> str:
        payload = claims if isinstance(claims, bytes) else json.dumps(claims or self.claims(**changes)).encode()
        header = {"alg": "ES256", "typ": "warrant+jwt", "kid": "ES256"} | (header or {})
        header = {name: value for name, value in header.items() if value is not ...}
        first = _encode(json.dumps(header).encode()) + "." + _encode(payload)
        algorithm = jws.JWSRegistry.algorithms[name if (name := str(header.get("alg"))) in KEYS else "ES256"]
        return first + "." + _encode(algorithm.sign(first.encode(), key or KEYS.get(str(header.get("alg")), ES256)))

    def present(self, compact: str, actor: Actor = LAKEPORT) -> Any:
        return self.registry.import_warrant(compact, actor=actor, issuer=ISSUER)

    def refusal(self, compact: str, actor: Actor = LAKEPORT) -> str:
        with pytest.raises(WarrantRefused) as refused:
            self.present(compact, actor)
        return refused.value.code


def _encode(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


@pytest.fixture
def court(database: Callable[[DatabaseRole], Database], settings: Settings) -> Court:
    create_keys(settings.keys)
    web = database(DatabaseRole.WEB)
    registry = Registry(database=web, log=AuditLog(keys=DisclosureKeys.load(settings.keys)))
    with web.transaction() as connection:
        row = connection.execute("SELECT ops.now_ns() / 1000000000").fetchone()
    assert row is not None
    now = int(row[0])
    for agency in ("lakeport-pd", "hillview-so"):
        registry.put_agency(
            AgencyWrite(id=agency, name=agency, type="law_enforcement", jurisdiction="US-WA"), actor=OPERATOR
        )
    for kid, key in KEYS.items():
        registry.put_court_key(_pinned(kid, key, now), actor=OPERATOR)
    return Court(registry, now)


def _pinned(
    kid: str, key: PrivateKey, now: int, *, court: str = COURT, changes: dict[str, int] | None = None
) -> CourtKeyWrite:
    document: dict[str, Any] = {
        "court": court,
        "kid": kid,
        "jwk": key.as_dict(private=False),
        "not_before_ns": (now - 30 * DAY) * 10**9,
        "not_after_ns": (now + 30 * DAY) * 10**9,
    }
    return CourtKeyWrite.model_validate(document | (changes or {}))


@pytest.mark.parametrize("algorithm", KEYS)
def test_a_courts_warrant_becomes_an_instrument_that_the_court_verified(court: Court, algorithm: str) -> None:
    made = court.present(court.sign(header={"alg": algorithm, "kid": algorithm}))
    assert (made.origin, made.verified, made.verified_by) == ("court_verified", True, f"court:{COURT}")
    assert (made.agency, made.type, made.status) == ("lakeport-pd", "court_order", "granted")
    assert (made.galleries, made.searches_allowed, made.probe_sha256) == (("missing*",), 3, ("ab" * 32,))
    assert made.expires_at_ns == (court.now + DAY) * 10**9
    assert made.document_sha256 == "cd" * 32
    assert made.id.startswith("lakeport-pd/warrant-")


def test_a_key_that_nobody_pinned_is_unknown(court: Court) -> None:
    assert court.refusal(court.sign(header={"kid": "other"})) == "WARRANT_KEY_UNKNOWN"
    assert court.refusal(court.sign(iss="another-court")) == "WARRANT_KEY_UNKNOWN"
    assert court.refusal(court.sign(iss=7)) == "WARRANT_KEY_UNKNOWN"


def test_one_courts_key_does_not_speak_for_another(court: Court) -> None:
    own = ECKey.generate_key("P-256")
    court.registry.put_court_key(_pinned("theirs", own, court.now, court="hill-county"), actor=OPERATOR)
    forged = court.sign(key=own, header={"kid": "theirs"})
    assert court.refusal(forged) == "WARRANT_KEY_UNKNOWN"
    assert court.refusal(court.sign(key=own)) == "WARRANT_SIGNATURE_INVALID"


def test_a_changed_document_does_not_carry_the_courts_signature(court: Court) -> None:
    header, payload, signature = court.sign().split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    more = _encode(json.dumps(claims | {"exp": court.now + 300 * DAY}).encode())
    for changed in (f"{header}.{more}.{signature}", f"{header}.{payload}.{_encode(b'0' * 64)}"):
        assert court.refusal(changed) == "WARRANT_SIGNATURE_INVALID"


HEADERS: list[Any] = [
    {"alg": "none"},
    {"alg": "HS256"},
    {"alg": "RS256"},
    {"alg": ["ES256"]},
    {"alg": "PS256", "kid": "ES256"},
    {"typ": "JWT"},
    {"typ": "at+jwt"},
    {"typ": ...},
    {"kid": ...},
    {"kid": 1},
    {"kid": "ES256\x00"},
    {"jwk": ES256.as_dict(private=False)},
    {"jku": "https://court.example/keys"},
    {"x5u": "https://court.example/key"},
    {"x5c": ["AA"]},
    {"crit": ["exp"]},
    {"b64": False},
]


def test_no_header_brings_a_key_another_algorithm_or_another_reading(court: Court) -> None:
    for header in HEADERS:
        assert court.refusal(court.sign(header=header)) == "WARRANT_MALFORMED", header


def test_the_public_key_is_no_secret_to_sign_with(court: Court) -> None:
    """The oldest confusion: HS256 keyed with the court's public key."""
    first = _encode(b'{"alg":"HS256","typ":"warrant+jwt","kid":"ES256"}') + "." + _encode(b"{}")
    tag = hmac.digest(ES256.as_pem(private=False), first.encode(), "sha256")
    assert court.refusal(first + "." + _encode(tag)) == "WARRANT_MALFORMED"


TEXTS: list[Any] = [
    "",
    "a.b",
    "a.b.c",
    "....",
    "{}",
    "e30.e30.e30",
    "é.e30.e30",
    "e30.e30.e30\n",
    "W10.W10.AA",
    "e30.e30.e30.AA",
]


def test_what_is_not_a_jws_is_malformed(court: Court) -> None:
    for text in TEXTS:
        assert court.refusal(text) == "WARRANT_MALFORMED", text


def test_a_huge_document_is_not_read(court: Court) -> None:
    assert court.refusal("a" * (LONGEST_WARRANT + 1)) == "WARRANT_TOO_LARGE"
    assert court.refusal(court.sign(b"[" * 20_000)) == "WARRANT_MALFORMED"


def test_a_repeated_member_is_not_read_in_two_ways(court: Court) -> None:
    text = json.dumps(court.claims())
    assert court.refusal(court.sign((text[:-1] + ', "agency": "hillview-so"}').encode())) == "WARRANT_MALFORMED"
    assert court.refusal(court.sign((text[:-1] + ', "sealed": NaN}').encode())) == "WARRANT_MALFORMED"


CLAIMS: list[Any] = [
    {"iat": "now"},
    {"iat": 1.5},
    {"iat": True},
    {"exp": 10**400},
    {"exp": -1},
    {"exp": ...},
    {"iat": ...},
    {"jti": ...},
    {"jti": ""},
    {"jti": "a b"},
    {"aud": ...},
    {"aud": []},
    {"aud": {"a": 1}},
    {"agency": ["lakeport-pd"]},
    {"agency": "../x"},
    {"instrument_type": "exigency"},
    {"case": ""},
    {"case": "a\x00b"},
    {"sealed": "no"},
    {"authorization_details": []},
    {"authorization_details": [{"type": "face_search"}]},
    {"detail": {"type": "anything"}},
    {"detail": {"operations": []}},
    {"detail": {"operations": ["everything"]}},
    {"detail": {"galleries": []}},
    {"detail": {"purposes": ["personal"]}},
    {"detail": {"probe_sha256": ["xyz"]}},
    {"detail": {"max_searches": 0}},
    {"detail": {"max_searches": "3"}},
    {"documents": [{"sha256": "cd"}]},
]


def test_a_claim_of_the_wrong_type_or_beyond_its_bounds_is_malformed(court: Court) -> None:
    for changes in CLAIMS:
        assert court.refusal(court.sign(**changes)) == "WARRANT_MALFORMED", changes


RESTRICTIONS: list[Any] = [{"client_id": "desk"}, {"cnf": {}}, {"detail": {"time_window": ["09:00", "17:00"]}}]


def test_a_restriction_that_would_not_be_kept_refuses_the_warrant(court: Court) -> None:
    for changes in RESTRICTIONS:
        assert court.refusal(court.sign(**changes)) == "WARRANT_MALFORMED", changes


def test_a_warrant_for_another_gateway_is_refused(court: Court) -> None:
    for audience in ("https://other.example", ISSUER + "/", ["https://other.example"]):
        assert court.refusal(court.sign(aud=audience)) == "WARRANT_AUDIENCE"
    assert court.present(court.sign(aud=["https://other.example", ISSUER])).verified


def test_a_warrant_for_another_agency_is_refused_and_says_no_more(court: Court) -> None:
    """Also where it was registered already: that would be told by another code."""
    compact = court.sign()
    assert court.refusal(compact, HILLVIEW) == "WARRANT_NOT_FOR_AGENCY"
    court.present(compact)
    assert court.refusal(compact, HILLVIEW) == "WARRANT_NOT_FOR_AGENCY"
    assert court.refusal(court.sign(agency="nowhere"), OPERATOR) == "WARRANT_NOT_FOR_AGENCY"


def test_a_warrant_outside_its_time_is_refused(court: Court) -> None:
    now = court.now
    assert court.refusal(court.sign(iat=now - 9, nbf=now - 9, exp=now - 1)) == "WARRANT_EXPIRED"
    assert court.refusal(court.sign(iat=now + 3600)) == "WARRANT_NOT_YET_ISSUED"
    for name, value in (("nbf", now + 2 * DAY), ("exp", now + 500 * DAY)):
        assert court.refusal(court.sign(court.claims(**{name: value}))) == "WARRANT_MALFORMED"


def test_a_warrant_may_begin_later_and_then_does(court: Court) -> None:
    assert court.present(court.sign(nbf=court.now + 600)).valid_from_ns == (court.now + 600) * 10**9


def test_a_key_vouches_only_for_what_was_issued_while_it_was_valid(court: Court) -> None:
    key = ECKey.generate_key("P-256")
    late = {"not_before_ns": (court.now - 10) * 10**9}
    court.registry.put_court_key(_pinned("new", key, court.now, changes=late), actor=OPERATOR)
    assert court.refusal(court.sign(key=key, header={"kid": "new"})) == "WARRANT_KEY_NOT_VALID"
    assert court.present(court.sign(key=key, header={"kid": "new"}, iat=court.now - 5)).verified


def test_a_revoked_key_vouches_for_nothing_whatever_date_is_written(court: Court) -> None:
    revoked = {"revoked_at_ns": court.now * 10**9}
    court.registry.put_court_key(_pinned("ES256", ES256, court.now, changes=revoked), actor=OPERATOR)
    assert court.refusal(court.sign(iat=court.now - 10 * DAY)) == "WARRANT_KEY_REVOKED"


def test_a_pinned_key_is_never_exchanged_for_another(court: Court) -> None:
    with pytest.raises(Conflict) as refused:
        court.registry.put_court_key(_pinned("ES256", ECKey.generate_key("P-256"), court.now), actor=OPERATOR)
    assert refused.value.code == "FIELD_FIXED"


def test_an_agency_pins_no_court(court: Court) -> None:
    with pytest.raises(RegistryError) as refused:
        court.registry.put_court_key(_pinned("own", ECKey.generate_key("P-256"), court.now), actor=LAKEPORT)
    assert refused.value.code == "ADMINISTRATOR_REQUIRED"


def test_a_warrant_is_registered_once(court: Court) -> None:
    """Again as it was, or with more searches under the same number."""
    court.present(court.sign())
    assert court.refusal(court.sign()) == "WARRANT_REPLAYED"
    assert court.refusal(court.sign(detail={"max_searches": 900})) == "WARRANT_REPLAYED"
    assert court.refusal(court.sign(), OPERATOR) == "WARRANT_REPLAYED"


def test_what_a_court_signed_is_not_edited_by_anybody(
    court: Court, database: Callable[[DatabaseRole], Database]
) -> None:
    made = court.present(court.sign())
    edit = InstrumentWrite(
        id=made.id,
        agency="lakeport-pd",
        type="court_order",
        court=COURT,
        docket_number="26-2-00117",
        galleries=["*"],
        modes=["live"],
        operations=["track_person"],
        purposes=["locate_missing_person"],
        valid_from_ns=made.valid_from_ns,
        expires_at_ns=made.expires_at_ns + 10**18,
    )
    for actor in (LAKEPORT, OPERATOR):
        with pytest.raises(Conflict) as refused:
            court.registry.put_instrument(edit, actor=actor)
        assert refused.value.code == "INSTRUMENT_SIGNED_BY_COURT"
    for role in (DatabaseRole.WEB, DatabaseRole.ADMIN):
        with pytest.raises(DatabaseError, match="cannot be edited"), database(role).transaction() as connection:
            connection.execute("UPDATE registry.instruments SET searches_allowed = 900")
    court.registry.set_status("instrument", made.id, "revoked", actor=LAKEPORT)
    for actor in (LAKEPORT, OPERATOR):
        with pytest.raises(Conflict):
            court.registry.set_status("instrument", made.id, "granted", actor=actor)


def test_a_refused_warrant_leaves_nothing_behind(court: Court, database: Callable[[DatabaseRole], Database]) -> None:
    court.refusal(court.sign(aud="https://other.example"))
    with database(DatabaseRole.ADMIN).transaction() as connection:
        kinds = connection.execute("SELECT DISTINCT leaf::jsonb ->> 'kind' FROM audit.staging").fetchall()
        assert queries.instrument(connection, "lakeport-pd", "any") is None
    assert ("instrument.written",) not in kinds


def test_no_refusal_quotes_the_warrant(court: Court) -> None:
    for compact in (
        court.sign(judge=""),
        court.sign(agency="x", judge="Hon. A. Moreau"),
        court.sign(surprise="Moreau"),
    ):
        with pytest.raises(WarrantRefused) as refused:
            court.present(compact)
        assert "Moreau" not in refused.value.sentence + refused.value.remedy + str(refused.value)
