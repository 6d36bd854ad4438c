"""A refusal with its words: what every room raises when an act cannot be, and what the edge answers.

`code` is stable, `sentence` says what is so, `remedy` what to do next, `status` is the HTTP status. None of them quotes
a personal value, a key or what was sent; they may name a field, and an identifier that the caller itself sent.
"""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818 - a refusal is no failure of the program
    """`on_record` once the refused attempt is an entry of the log."""

    status: int = 422
    on_record: bool = False

    def __init__(self, *, code: str, sentence: str, remedy: str, status: int | None = None) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence
        self.remedy = remedy
        if status is not None:
            self.status = status
