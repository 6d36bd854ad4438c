"""What looks like a token leaves every record, and nothing else does."""

from __future__ import annotations

import io
import logging

import pytest

from gateway.identity.redaction import LIBRARY, REPLACEMENT, Redaction, quiet_authlib, redact, redact_tokens

TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "text",
    [
        f"Issue token {{'access_token': '{TOKEN}'}} to <client x>",
        f"Authorization: Bearer {TOKEN}",
        "Authorization: Basic c2VjcmV0LWFwcDphLXNlY3JldA==",
        f"client_assertion={TOKEN}&client_assertion_type=urn",
        'client_secret="c2lnbmF0dXJlc2VjcmV0"',
        TOKEN.rpartition(".")[0] + ".",
        '"SecretAccessKey": "c2lnbmF0dXJlc2VjcmV0"',
        "aws_secret_access_key = c2lnbmF0dXJlc2VjcmV0",
    ],
)
def test_tokens_and_secrets_are_cut_out(text: str) -> None:
    clean = redact(text)
    assert REPLACEMENT in clean
    for secret in (*TOKEN.split("."), "c2VjcmV0LWFwcDphLXNlY3JldA", "c2lnbmF0dXJlc2VjcmV0"):
        assert secret not in clean


def test_ordinary_text_is_left_alone() -> None:
    for text in ("token.issued client=lakeport-app", "the bearer was ill", "eyJ", "basic"):
        assert redact(text) == text


def test_a_handler_with_the_filter_writes_no_token_nor_an_exceptions_text() -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(Redaction())
    logger = logging.Logger("test")  # noqa: LOG001 - one that no other test shares
    logger.addHandler(handler)
    logger.warning("got %s", TOKEN)
    try:
        int(TOKEN)
    except ValueError:
        logger.exception("failed")
    assert written.getvalue() == f"got {REPLACEMENT}\nfailed\n{REPLACEMENT}\n"


def test_the_structlog_processor_cleans_values() -> None:
    event = redact_tokens(None, "info", {"event": "x", "header": f"Bearer {TOKEN}", "n": 1})
    assert event == {"event": "x", "header": f"Bearer {REPLACEMENT}", "n": 1}


def test_the_librarys_loggers_are_held_at_info_whoever_asked_for_more() -> None:
    child = logging.getLogger(f"{LIBRARY}.oauth2.something")
    child.setLevel(logging.DEBUG)
    quiet_authlib()
    quiet_authlib()
    assert not child.isEnabledFor(logging.DEBUG)
    assert not logging.getLogger(LIBRARY).isEnabledFor(logging.DEBUG)
    assert len([one for one in child.filters if isinstance(one, Redaction)]) == 1
