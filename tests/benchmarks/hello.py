"""The reference of every web benchmark: a bare Flask application that says hello."""

from __future__ import annotations

from flask import Flask


def app() -> Flask:
    made = Flask("hello", static_folder=None)

    @made.get("/")
    def hello() -> dict[str, str]:
        return {"hello": "world"}

    return made
