"""What the gateway says about itself: RFC 8414 and OpenID Connect Discovery (authorization server), and RFC 9728
(protected resource).

Written from the settings, never from the request's Host header, so nobody can make it point elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gateway.identity.authorization_details import TYPE
from gateway.identity.clients import (
    ASSERTION_ALGORITHMS,
    AUTHORIZATION_CODE,
    CLIENT_CREDENTIALS,
    DEVICE_CODE,
    REFRESH_TOKEN,
    SELF_SIGNED_TLS,
    TOKEN_EXCHANGE,
)
from gateway.identity.issuance import OPENID
from gateway.identity.keys import ALGORITHM
from gateway.vocabulary import Assurance, Scope

if TYPE_CHECKING:
    from collections.abc import Sequence

# Where clients prove who they are: the name of each in the metadata, and its path.
_AUTHENTICATED: Final = {
    "token_endpoint": "/oauth/token",
    "introspection_endpoint": "/oauth/introspect",
    "revocation_endpoint": "/oauth/revoke",
}
_OTHERS: Final = {
    "pushed_authorization_request_endpoint": "/oauth/par",
    "authorization_endpoint": "/oauth/authorize",
    "device_authorization_endpoint": "/oauth/device_authorization",
    "registration_endpoint": "/oauth/register",
    "jwks_uri": "/oauth/jwks",
}


def authorization_server(issuer: str, *, methods: Sequence[str]) -> dict[str, Any]:
    """RFC 8414 section 2; `methods` are the ways in which clients may authenticate."""
    document: dict[str, Any] = {"issuer": issuer}
    for name, path in _AUTHENTICATED.items():
        document[name] = issuer + path
        document[f"{name}_auth_methods_supported"] = list(methods)
        document[f"{name}_auth_signing_alg_values_supported"] = list(ASSERTION_ALGORITHMS)
    document |= {name: issuer + path for name, path in _OTHERS.items()}
    return document | {
        "require_pushed_authorization_requests": True,
        "grant_types_supported": [CLIENT_CREDENTIALS, AUTHORIZATION_CODE, REFRESH_TOKEN, DEVICE_CODE, TOKEN_EXCHANGE],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "scopes_supported": [OPENID, *(scope.value for scope in Scope)],
        "authorization_details_types_supported": [TYPE],
        "dpop_signing_alg_values_supported": list(ASSERTION_ALGORITHMS),
        "tls_client_certificate_bound_access_tokens": SELF_SIGNED_TLS in methods,
        "protected_resources": [issuer],
    }


def openid_provider(issuer: str, *, methods: Sequence[str]) -> dict[str, Any]:
    """OpenID Connect Discovery 1.0 section 3: the same, and what it says of people."""
    return authorization_server(issuer, methods=methods) | {
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid"],
        "acr_values_supported": [assurance.value for assurance in Assurance],
        "prompt_values_supported": ["none", "login", "consent"],
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "claims_parameter_supported": False,
    }


def protected_resource(issuer: str, *, bound_only: bool) -> dict[str, Any]:
    """RFC 9728 section 2: the gateway is one resource, named by its own URL, and its own authorization server.

    `bound_only`: every token must be bound to a key of DPoP.
    """
    return {
        "resource": issuer,
        "authorization_servers": [issuer],
        "scopes_supported": [scope.value for scope in Scope],
        "bearer_methods_supported": ["header"],
        "authorization_details_types_supported": [TYPE],
        "dpop_signing_alg_values_supported": list(ASSERTION_ALGORITHMS),
        "dpop_bound_access_tokens_required": bound_only,
        "resource_name": "Writgate",
    }
