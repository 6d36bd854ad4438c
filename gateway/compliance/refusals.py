"""A refusal of an act about the log, with its words; what `web.refusals` answers."""

from __future__ import annotations


class ActRefused(Exception):  # noqa: N818 - a refusal with its words
    """The act cannot be: `code`, a sentence, and what to do next."""

    def __init__(self, *, status: int, code: str, sentence: str, remedy: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.sentence = sentence
        self.remedy = remedy
