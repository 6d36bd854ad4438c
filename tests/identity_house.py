"""A gateway's identity room on a test's own database: authorization server, verifier, revocation view, registry.

Everything in it is the real thing; `open_house` builds it as `gateway.app` does.
"""

from __future__ import annotations

import json
import secrets
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import argon2
import flask
from joserfc import jwt
from joserfc.jwk import ECKey

from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.keys import create_keys as create_log_keys
from gateway.audit.log import AuditLog
from gateway.identity.authorization_server import AuthorizationServer
from gateway.identity.client_credentials import ASSERTION_TYPE, public_part
from gateway.identity.client_sender import Sender
from gateway.identity.errors import IdentityError
from gateway.identity.issuers.access_tokens import ForeignTokens
from gateway.identity.issuers.directory import IssuerDirectory
from gateway.identity.issuers.introspection import Introspection
from gateway.identity.issuers.our_client import OurClients
from gateway.identity.issuers.provider import Providers
from gateway.identity.keys import TokenKeys, create_keys, new_key
from gateway.identity.presented import Presented
from gateway.identity.rate_limits import RateLimits
from gateway.identity.revocation import RevocationView
from gateway.identity.senders import Senders
from gateway.identity.tokens import TokenVerifier
from gateway.outbound import Outbound
from gateway.postgres.deployment import DatabaseRole
from gateway.registry.models import Actor, AgencyWrite, ClientWrite, UserWrite
from gateway.registry.service import Registry
from gateway.vocabulary import Scope
from gateway.web.oauth import oauth_blueprint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from joserfc.jwk import Key
    from werkzeug.test import TestResponse

    from gateway.database import Connection, Database
    from gateway.identity.caller import Caller
    from gateway.identity.issuance import Grant
    from gateway.settings import Settings

OPERATOR = Actor(kind="operator", id="test", agency=None)
SECRET = "a-secret-for-trials-only"
PATH = "/v1/searches"
POLICE_SCOPES = (Scope.SEARCHES_WRITE, Scope.SEARCHES_READ, Scope.GALLERIES_READ)


@dataclass
class Policy:
    """What policy answers about grants here; the real one is asked in the tests of `enforcement` and of the gateway."""

    reasons: tuple[str, ...] = ()
    fails: bool = False
    asked: list[Grant] = field(default_factory=list)

    def __call__(self, connection: Connection, grant: Grant) -> tuple[str, ...]:  # noqa: ARG002 - as it is called
        self.asked.append(grant)
        if self.fails:
            raise RuntimeError("the policy engine is broken")
        return self.reasons


@dataclass
class House:
    settings: Settings
    open_pool: Callable[[DatabaseRole], Database]
    web: Database
    log: AuditLog
    registry: Registry
    keys: TokenKeys
    policy: Policy
    server: AuthorizationServer
    view: RevocationView
    verifier: TokenVerifier
    app: flask.Flask
    senders: Senders
    sender: Sender
    limits: RateLimits
    client_keys: dict[str, ECKey] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        return self.settings.issuer

    def add_client(self, client_id: str, *, agency: str | None, **fields: Any) -> None:
        key = self.client_keys.setdefault(client_id, new_key())
        values: dict[str, Any] = {
            "name": client_id,
            "scopes": [scope.value for scope in POLICE_SCOPES],
            "jwks": {"keys": [public_part(key.as_dict(private=True))]},
        }
        self.registry.put_client(ClientWrite(id=client_id, agency=agency, **(values | fields)), actor=OPERATOR)

    def set_status(self, kind: str, record_id: str, status: str) -> None:
        self.registry.set_status(kind, record_id, status, actor=OPERATOR)

    def assertion(
        self,
        client_id: str = "lakeport-app",
        *,
        key: Key | None = None,
        header: dict[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        """A good assertion, but for what is overridden; a claim given as None is left out."""
        signing = key or self.client_keys[client_id]
        now = int(time.time())
        good = {
            "iss": client_id,
            "sub": client_id,
            "aud": self.issuer,
            "jti": secrets.token_urlsafe(12),
            "iat": now,
            "exp": now + 60,
        }
        body = {name: value for name, value in (good | claims).items() if value is not None}
        algorithms = ["ES256", "PS256", "PS384", "RS256", "HS256", "none"]
        return jwt.encode({"alg": "ES256", "kid": signing.kid} | (header or {}), body, signing, algorithms=algorithms)

    def post(self, path: str = "/oauth/token", **form: Any) -> TestResponse:
        return self.app.test_client().post(path, data=form)

    def proof(self, method: str = "POST", path: str = "/oauth/token", *, token: str | None = None) -> dict[str, str]:
        """The headers of a good request by the house's own sender, which knows the nonce of the moment."""
        self.sender.learn(self.senders.nonces.current())
        return self.sender.headers(method, path, token=token)

    def ask(
        self,
        name: str = "lakeport-app",
        *,
        assertion: str | None = None,
        proof: dict[str, str] | None = None,
        **form: str,
    ) -> TestResponse:
        """A token request with a DPoP proof, authenticated as the client `name`, unless given otherwise."""
        parameters = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion or self.assertion(name),
        }
        return self.app.test_client().post(
            "/oauth/token", data=parameters | form, headers=self.proof() if proof is None else proof
        )

    def authentication(self, client_id: str = "lakeport-app") -> dict[str, str]:
        """The parameters by which a client shows who it is."""
        return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": self.assertion(client_id)}

    def token(self, client_id: str = "lakeport-app", **form: str) -> str:
        response = self.ask(client_id, assertion=None, proof=None, **form)
        assert response.status_code == 200, response.json
        return str(response.json["access_token"])  # type: ignore[index]  # 200 is always an object

    def verify(self, token: str) -> Caller:
        return self.verifier.verify(self.presented(self.proof("GET", PATH, token=token)))

    def bearer(self, token: str) -> Presented:
        return self.presented({"Authorization": f"Bearer {token}"})

    def presented(self, headers: dict[str, str], *, method: str = "GET", path: str = PATH) -> Presented:
        return Presented(method, self.issuer + path, headers.get("Authorization"), headers.get("DPoP"))

    def refusal(self, token: str) -> str:
        """The code with which the verifier refuses the token; the empty string when it does not."""
        try:
            self.verify(token)
        except IdentityError as error:
            return error.code
        return ""

    def forge(self, *, header: dict[str, Any] | None = None, key: ECKey | None = None, **claims: Any) -> str:
        """An access token signed with our own key and bound to the house's sender, but for what is overridden.

        A claim given as ... is left out.
        """
        signing = key or ECKey.import_key(json.loads((self.settings.keys / "token.jwk").read_text()))
        now = int(self.view.now()) - 1  # nobody's clock finds it in the future
        good = {
            "iss": self.issuer,
            "aud": self.issuer,
            "sub": "lakeport-app",
            "client_id": "lakeport-app",
            "agency": "lakeport-pd",
            "scope": "searches:write",
            "jti": secrets.token_urlsafe(12),
            "iat": now,
            "exp": now + 300,
            "rev": self.counter(),
            "cnf": {"jkt": self.sender.key.thumbprint()},
        }
        body = {name: value for name, value in (good | claims).items() if value is not ...}
        full_header = {"alg": "ES256", "typ": "at+jwt", "kid": signing.kid} | (header or {})
        full_header = {name: value for name, value in full_header.items() if value is not ...}
        return jwt.encode(full_header, body, signing, algorithms=["ES256", "HS256", "none"], default_type=None)

    def counter(self) -> int:
        with self.web.transaction() as connection:
            row = connection.execute("SELECT seq FROM identity.revocation_counter").fetchone()
        assert row is not None
        return int(row[0])

    def entries(self, kind: str) -> list[dict[str, Any]]:
        """Clear parts of the staged entries of a kind, oldest first."""
        with self.open_pool(DatabaseRole.SEQUENCER).transaction() as connection:
            rows = connection.execute("SELECT leaf FROM audit.staging ORDER BY 1").fetchall()
        leaves = [json.loads(row[0]) for row in rows]
        return sorted((leaf for leaf in leaves if leaf["kind"] == kind), key=lambda leaf: int(leaf["time"]))


@contextmanager
def open_house(settings: Settings, open_pool: Callable[[DatabaseRole], Database]) -> Iterator[House]:
    """Two agencies, three users, and clients: an agency's, another's, a secret's, an administrator's."""
    create_log_keys(settings.keys)
    create_keys(settings.keys)
    log = AuditLog(keys=DisclosureKeys.load(settings.keys))
    web = open_pool(DatabaseRole.WEB)
    keys = TokenKeys(settings.keys)
    view = RevocationView(open_pool(DatabaseRole.WEB))
    policy = Policy()
    senders = Senders(settings, database=web)
    limits = RateLimits(settings.runtime, default=settings.requests_per_minute)
    server = AuthorizationServer(
        settings, database=web, keys=keys, log=log, policy=policy, senders=senders, limits=limits
    )
    app = flask.Flask("test")
    app.register_blueprint(oauth_blueprint(server, settings))
    registry = Registry(web, log)
    outbound = Outbound(settings.outbound)
    directory, providers = IssuerDirectory(web), Providers(outbound)
    introspection = Introspection(providers=providers, clients=OurClients(settings.keys, outbound))
    foreign = ForeignTokens(database=web, directory=directory, providers=providers, introspection=introspection)
    verifier = TokenVerifier(settings, keys, view, senders, foreign)
    sender = Sender(settings.issuer)
    house = House(
        settings, open_pool, web, log, registry, keys, policy, server, view, verifier, app, senders, sender, limits
    )
    _populate(house)
    view.start()
    try:
        yield house
    finally:
        view.stop()


def _populate(house: House) -> None:
    for agency in ("lakeport-pd", "harbour-pd"):
        house.registry.put_agency(
            AgencyWrite(id=agency, name=agency, type="law_enforcement", jurisdiction="US-WA"), actor=OPERATOR
        )
    for user in ("lakeport-pd/ruiz", "lakeport-pd/chen", "harbour-pd/okafor"):
        house.registry.put_user(
            UserWrite(id=user, agency=user.partition("/")[0], name="A Person", roles=["investigator"]), actor=OPERATOR
        )
    house.add_client("lakeport-app", agency="lakeport-pd")
    house.add_client("harbour-app", agency="harbour-pd", default_user="harbour-pd/okafor")
    house.add_client(
        "secret-app", agency="lakeport-pd", jwks={"keys": []}, secret_hash=argon2.PasswordHasher(1, 8, 1).hash(SECRET)
    )
    house.add_client("operator-app", agency=None, scopes=[Scope.REGISTRY_WRITE.value])
