"""An authorization server as the OAuth library's documentation builds one: its classes and its models, nothing mended.

Beside it the attack tests show what ours does when it is sent the same.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import flask
from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector
from authlib.integrations.sqla_oauth2 import (
    OAuth2AuthorizationCodeMixin,
    OAuth2ClientMixin,
    OAuth2TokenMixin,
    create_bearer_token_validator,
    create_query_client_func,
    create_save_token_func,
)
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, ClientCredentialsGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from sqlalchemy import Column, Integer, String, create_engine
from sqlalchemy.orm import Session, declarative_base
from sqlalchemy.pool import StaticPool

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

ORIGIN = "https://stock.example"
SECRET = "the secret of the desk"
_Base: Any = declarative_base()


class _Client(_Base, OAuth2ClientMixin):  # type: ignore[misc]  # neither library's bases are typed here
    __tablename__ = "clients"
    id = Column(Integer, primary_key=True)


class _Code(_Base, OAuth2AuthorizationCodeMixin):  # type: ignore[misc]  # as above
    __tablename__ = "codes"
    id = Column(Integer, primary_key=True)
    user_id = Column(String)


class _Token(_Base, OAuth2TokenMixin):  # type: ignore[misc]  # as above
    __tablename__ = "tokens"
    id = Column(Integer, primary_key=True)
    user_id = Column(String)


class StockHouse:
    """A client `desk` and a person `ruiz`; `/me` is the person's resource."""

    def __init__(self) -> None:
        engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
        _Base.metadata.create_all(engine)
        self._engine = engine
        self.session = Session(engine)
        client = _Client(client_id="desk", client_secret=SECRET)
        client.set_client_metadata(
            {
                "grant_types": ["authorization_code", "client_credentials"],
                "response_types": ["code"],
                "redirect_uris": ["https://desk.example/callback"],
                "scope": "profile",
                "token_endpoint_auth_method": "client_secret_basic",
            }
        )
        self.session.add(client)
        self.session.commit()
        self.server = AuthorizationServer()
        app = flask.Flask("stock")
        self.server.init_app(
            app,
            query_client=create_query_client_func(self.session, _Client),
            save_token=create_save_token_func(self.session, _Token),
        )
        self.server.register_grant(self._code_grant(), [CodeChallenge(required=True)])
        self.server.register_grant(ClientCredentialsGrant)
        self._routes(app)
        self.browser = app.test_client()

    def close(self) -> None:
        self.session.close()
        self._engine.dispose()

    def code(self, **changes: str) -> str:
        """What the person's browser is told to bring to the desk."""
        asked = {"response_type": "code", "client_id": "desk", "scope": "profile"} | changes
        answer = self.browser.post("/authorize", query_string=asked, base_url=ORIGIN)
        assert answer.status_code == 302, answer.text
        return str(answer.headers["Location"]).partition("code=")[2].partition("&")[0]

    def ask(self, grant_type: str, **form: str) -> TestResponse:
        answer: TestResponse = self.browser.post(
            "/token", data={"grant_type": grant_type} | form, auth=("desk", SECRET), base_url=ORIGIN
        )
        return answer

    def me(self, token: str | None, path: str = "/me") -> TestResponse:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        answer: TestResponse = self.browser.get(path, headers=headers, base_url=ORIGIN)
        return answer

    def grow_older(self, seconds: int) -> None:
        """As if the codes had been given so long ago."""
        for code in self.session.query(_Code):
            code.auth_time -= seconds
        self.session.commit()

    def stored(self) -> str:
        """Everything in its database."""
        tables = (_Client, _Code, _Token)
        rows = [row for table in tables for row in self.session.query(*table.__table__.columns).all()]
        return "\n".join(str(tuple(row)) for row in rows)

    def _routes(self, app: flask.Flask) -> None:
        protect = ResourceProtector()
        protect.register_token_validator(create_bearer_token_validator(self.session, _Token)())

        @app.post("/authorize")
        def authorize() -> Any:
            person = SimpleNamespace(get_user_id=lambda: "ruiz")
            return self.server.create_authorization_response(
                grant=self.server.get_consent_grant(end_user=person), grant_user=person
            )

        @app.post("/token")
        def token() -> Any:
            return self.server.create_token_response()

        @app.get("/me")
        @protect("profile")  # type: ignore[untyped-decorator]  # the library ships no types
        def me() -> str:
            return "ruiz"

        @app.get("/secret")
        @protect("another")  # type: ignore[untyped-decorator]  # as above
        def secret() -> str:
            return "secret"

    def _code_grant(self) -> Any:
        session = self.session

        class CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]  # the library ships no types
            def save_authorization_code(self, code: str, request: Any) -> None:
                given = request.payload.data
                session.add(
                    _Code(
                        code=code,
                        client_id=request.client.client_id,
                        redirect_uri=request.payload.redirect_uri,
                        scope=request.payload.scope,
                        user_id=request.user.get_user_id(),
                        code_challenge=given.get("code_challenge"),
                        code_challenge_method=given.get("code_challenge_method"),
                    )
                )
                session.commit()

            def query_authorization_code(self, code: str, client: Any) -> Any:
                found = session.query(_Code).filter_by(code=code, client_id=client.client_id).first()
                return None if found is None or found.is_expired() else found

            def delete_authorization_code(self, code: Any) -> None:
                session.delete(code)
                session.commit()

            def authenticate_user(self, code: Any) -> Any:
                return SimpleNamespace(get_user_id=lambda: code.user_id)

        return CodeGrant
