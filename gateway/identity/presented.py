"""What a request shows of who sends it, in one value: all that the checks of a token or a client may look at.

Built by the edge alone. `url` is the public URL that the settings name, with the request's path and without its query;
the Host header has no part in it. A header that came twice arrives here as one value joined by a comma, which no token
and no proof contains, so that "exactly one" is a question of form.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Presented:
    method: str
    url: str
    authorization: str | None = field(default=None, repr=False)
    dpop: str | None = field(default=None, repr=False)
