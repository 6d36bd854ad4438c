"""How long a page is: `?limit=`, 1 to 200, 50 where nothing is said."""

from __future__ import annotations

import re

from flask import request

from gateway.web.problems import Problem


def limit() -> int:
    given = request.args.get("limit", "50")
    if not re.fullmatch(r"[0-9]{1,3}", given, re.ASCII) or not 1 <= int(given) <= 200:  # noqa: PLR2004 - documented
        raise Problem(
            status=422,
            code="LIMIT_INVALID",
            detail="The limit is not a whole number from 1 to 200.",
            remedy="Leave it out for 50.",
        )
    return int(given)
