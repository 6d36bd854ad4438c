"""What a gateway without this one's design would do, kept as a reference.

For every request: the token is looked up in the database, OPA is asked over a new connection, and each entry of the log
is a commit of its own that holds the one row at the end of a hash chain. It reads the same facts, asks the same policy
the same question and decides alike; it seals nothing, signs nothing, counts nothing and holds nobody's rows.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import socket
from typing import TYPE_CHECKING, Any, Final

from flask import Flask, Response, request

from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.log import AuditLog
from gateway.clock import uuid7
from gateway.database import Database
from gateway.enforcement import facts as facts_of
from gateway.enforcement.question import question
from gateway.identity.caller import Caller
from gateway.policy import revisions
from gateway.postgres.deployment import DatabaseRole, Deployment
from gateway.settings import Settings
from gateway.vocabulary import Scope
from gateway.web.api.bodies import SearchBody

if TYPE_CHECKING:
    from gateway.database import Connection

SCHEMA: Final = """
CREATE SCHEMA naive;
CREATE TABLE naive.tokens (sha256 bytea PRIMARY KEY, claims jsonb NOT NULL, active boolean NOT NULL);
CREATE TABLE naive.chain (index bigint PRIMARY KEY, previous bytea NOT NULL, hash bytea NOT NULL, body text NOT NULL);
CREATE TABLE naive.head (single boolean PRIMARY KEY DEFAULT true, index bigint NOT NULL, hash bytea NOT NULL);
INSERT INTO naive.head (index, hash) VALUES (0, '');
GRANT USAGE ON SCHEMA naive TO writgate_web;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA naive TO writgate_web;
"""
ENGINE: Final = {"vendor": "dlib", "name": "face_recognition", "version": "1", "operated_by": "requesting_agency"}


class _Opa(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=10)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(self._path)


def app() -> Flask:
    settings = Settings()
    deployment = Deployment.open(settings)
    database = Database(deployment.conninfo(DatabaseRole.WEB), name="naive", max_size=settings.web_threads + 2)
    log = AuditLog(keys=DisclosureKeys.load(settings.keys))
    with database.transaction() as connection:
        offences = revisions.load(connection, 1, keys=settings.keys).data["offences"]
    made = Flask("naive", static_folder=None)

    @made.post("/v1/searches")
    def search() -> Response:
        who = _introspect(database, request.headers["Authorization"].partition(" ")[2])
        asked = SearchBody.model_validate_json(request.get_data()).request()
        with database.transaction() as connection:
            facts = facts_of.read(connection, who, asked, facts_of.blinds(log, who, asked))
        document = question(caller=who, request=asked, facts=facts, engine=ENGINE, offences=offences)
        decision, answer = _decide(document), str(uuid7())
        _chain(database, {"decision_id": answer, "kind": "decision", "input": document, "decision": decision})
        if not decision["permit"]:
            return _answer(403, {"decision_id": answer, "reasons": decision["reasons"]})
        candidates = [{"face_id": "1", "similarity": 98.0, "rank": 1}]
        _chain(database, {"decision_id": answer, "kind": "outcome", "candidates": candidates})
        released = _decide({**document, "operation": "release_result", "search": {"candidates": 1, "warnings": []}})
        _chain(database, {"decision_id": answer, "kind": "release", "decision": released})
        return _answer(200, {"decision_id": answer, "candidates": candidates, "reasons": decision["reasons"]})

    return made


def _introspect(database: Database, token: str) -> Caller:
    with database.transaction() as connection:
        row = connection.execute(
            "SELECT claims FROM naive.tokens WHERE sha256 = %s AND active", (hashlib.sha256(token.encode()).digest(),)
        ).fetchone()
    if row is None:
        raise LookupError("no such token")
    return caller(row[0])


def caller(claims: dict[str, Any]) -> Caller:
    """Who a token's claims speak of; what they say is believed."""
    return Caller(
        client=claims["client_id"],
        agency=claims["agency"],
        user=claims["user"],
        user_strength="asserted",
        scopes=frozenset(Scope),
        authorization_details=(),
        token_id=claims["jti"],
        issued_at=claims["iat"],
        expires_at=claims["exp"],
        rev=claims["rev"],
    )


def _decide(document: dict[str, Any]) -> dict[str, Any]:
    connection = _Opa(os.environ["NAIVE_OPA_URL"].removeprefix("unix://"))
    try:
        connection.request(
            "POST",
            "/v1/data/writgate/decision",
            json.dumps({"input": document}),
            {"Authorization": f"Bearer {os.environ['NAIVE_OPA_TOKEN']}", "Content-Type": "application/json"},
        )
        decision: dict[str, Any] = json.loads(connection.getresponse().read())["result"]
        return decision
    finally:
        connection.close()


def _chain(database: Database, entry: dict[str, Any]) -> None:
    body = json.dumps(entry)
    with database.transaction() as connection:
        index, previous = _head(connection)
        digest = hashlib.sha256(bytes(previous) + body.encode()).digest()
        connection.execute("INSERT INTO naive.chain VALUES (%s, %s, %s, %s)", (index + 1, previous, digest, body))
        connection.execute("UPDATE naive.head SET index = %s, hash = %s", (index + 1, digest))


def _head(connection: Connection) -> tuple[int, bytes]:
    row = connection.execute("SELECT index, hash FROM naive.head FOR UPDATE").fetchone()
    if row is None:
        raise LookupError("the chain has no head")
    return row[0], row[1]


def _answer(status: int, document: dict[str, Any]) -> Response:
    return Response(json.dumps(document), status=status, mimetype="application/json")
