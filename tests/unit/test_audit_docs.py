"""docs/audit.md is checked, not trusted: its questions are understood, its table of keys is the language's own."""

from __future__ import annotations

import re
from pathlib import Path

import gateway
from gateway.audit.query_language import BLIND, EXACT, FIELDS, KEYS, TIMES, parse, question

PAGE = (Path(gateway.__path__[0]).parent / "docs" / "audit.md").read_text()


def test_every_question_shown_is_understood() -> None:
    (block,) = re.findall(r"^```query\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    shown = block.splitlines() + re.findall(r"'q=([^']*)'", PAGE)
    assert len(shown) > 8
    for text in shown:
        assert not question(parse(text), blind=lambda kind, value: f"{kind}{value}".encode(), agency=None).is_open


def test_every_key_is_named() -> None:
    assert f"`{' '.join(FIELDS)}`" in PAGE
    assert f"`{' '.join(BLIND)}`" in PAGE
    for key in (*EXACT, *TIMES):
        assert f"`{key}`" in PAGE
    assert {*FIELDS, *BLIND, *EXACT, *TIMES} == set(KEYS)
