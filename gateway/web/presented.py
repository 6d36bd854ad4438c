"""Reads from the request what it shows of who sends it; who sent a DPoP proof is told the nonce for the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import structlog
from flask import Response, after_this_request, request

from gateway.identity.certificates import SECRET_HEADER
from gateway.identity.presented import Presented
from gateway.identity.sigv4 import ALGORITHM, SignedRequest

if TYPE_CHECKING:
    from gateway.identity.certificates import Certificates
    from gateway.identity.senders import Senders

log = structlog.get_logger()


def presented(senders: Senders) -> Presented:
    proof = request.headers.get("DPoP")
    if proof is not None:

        @after_this_request
        def _name_nonce(response: Response) -> Response:
            response.headers["DPoP-Nonce"] = senders.nonces.current()
            return response

    authorization = request.headers.get("Authorization")
    return Presented(
        method=request.method,
        url=senders.issuer + quote(request.path),
        authorization=authorization,
        dpop=proof,
        certificate=_certificate(senders.certificates),
        signed=_signed(senders.issuer) if authorization is not None and authorization.startswith(ALGORITHM) else None,
    )


def _certificate(certificates: Certificates) -> bytes | None:
    if certificates.header is None:
        return None
    value, secret = request.headers.get(certificates.header), request.headers.get(SECRET_HEADER)
    found = certificates.read(value, secret=secret)
    if value is not None and found is None:
        log.warning("certificate.not_believed")  # a proxy that does not show its secret, or somebody who tries
    return found


def _signed(issuer: str) -> SignedRequest:
    """The client signs the host that it asked, which is that of the public URL; a proxy may have put another in."""
    public = urlsplit(issuer)
    default_port = {"http": ":80", "https": ":443"}[public.scheme]
    headers = {name.lower(): value for name, value in request.headers.items()}
    headers["host"] = public.netloc.removesuffix(default_port)
    return SignedRequest(
        method=request.method,
        path=quote(public.path + request.path),
        query=request.query_string.decode("latin-1"),
        headers=headers,
        body=request.get_data,
    )
