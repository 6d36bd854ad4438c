"""What a request shows of who sends it, in one value: all that the checks of a token or a client may look at.

Built by the edge alone. `url` is the public URL that the settings name, with the request's path and without its query;
the Host header has no part in it. A header that came twice arrives here as one value joined by a comma, which no token
and no proof contains, so that "exactly one" is a question of form. `certificate` is the
client's in DER, where a proxy that showed that it is ours says so. `signed` is the whole request, where it is signed in
the manner of AWS.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.identity.sigv4 import SignedRequest


@dataclass(frozen=True, slots=True)
class Presented:
    method: str
    url: str
    authorization: str | None = field(default=None, repr=False)
    dpop: str | None = field(default=None, repr=False)
    certificate: bytes | None = field(default=None, repr=False)
    signed: SignedRequest | None = field(default=None, repr=False)
