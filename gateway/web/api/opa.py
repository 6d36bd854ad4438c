"""OPA's own conventions."""

from __future__ import annotations

from flask import Blueprint


def opa_routes() -> Blueprint:
    return Blueprint("opa", __name__)
