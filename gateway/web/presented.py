"""Reads from the request what it shows of who sends it; who sent a DPoP proof is told the nonce for the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Response, after_this_request, request

from gateway.identity.presented import Presented

if TYPE_CHECKING:
    from gateway.identity.nonces import Nonces


def presented(issuer: str, nonces: Nonces) -> Presented:
    proof = request.headers.get("DPoP")
    if proof is not None:

        @after_this_request
        def _name_nonce(response: Response) -> Response:
            response.headers["DPoP-Nonce"] = nonces.current()
            return response

    return Presented(
        method=request.method,
        url=issuer + quote(request.path),
        authorization=request.headers.get("Authorization"),
        dpop=proof,
    )
