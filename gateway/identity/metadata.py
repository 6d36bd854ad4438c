"""What the gateway says about itself: RFC 8414 (authorization server) and RFC 9728 (protected resource).

Written from the settings, never from the request's Host header, so nobody can make it point elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.identity.authorization_details import TYPE
from gateway.identity.clients import ASSERTION_ALGORITHMS, CLIENT_CREDENTIALS
from gateway.vocabulary import Scope

if TYPE_CHECKING:
    from collections.abc import Sequence


def authorization_server(issuer: str, *, methods: Sequence[str]) -> dict[str, Any]:
    """RFC 8414 section 2; `methods` are the ways in which clients may authenticate."""
    return {
        "issuer": issuer,
        "token_endpoint": f"{issuer}/oauth/token",
        "token_endpoint_auth_methods_supported": list(methods),
        "token_endpoint_auth_signing_alg_values_supported": list(ASSERTION_ALGORITHMS),
        "revocation_endpoint": f"{issuer}/oauth/revoke",
        "revocation_endpoint_auth_methods_supported": list(methods),
        "revocation_endpoint_auth_signing_alg_values_supported": list(ASSERTION_ALGORITHMS),
        "jwks_uri": f"{issuer}/oauth/jwks",
        "grant_types_supported": [CLIENT_CREDENTIALS],
        "response_types_supported": [],
        "scopes_supported": [scope.value for scope in Scope],
        "authorization_details_types_supported": [TYPE],
        "dpop_signing_alg_values_supported": list(ASSERTION_ALGORITHMS),
        "protected_resources": [issuer],
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
