"""The public page in a real browser: for people without an account, a mouse, a script, or a large screen."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.browser


def test_everybody_reads_who_may_search_by_which_rules(another_desk: Callable[..., Any]) -> None:
    with another_desk(java_script_enabled=False, viewport={"width": 320, "height": 640}) as desk:
        desk.go("/transparency")
        page = desk.page
        assert desk.heading == "Who may search, by which rules"
        assert page.get_by_role("main").count() == 1
        for name in ("Agencies with a contract in force", "The engine that answers", "The rules in force"):
            assert page.get_by_role("region", name=name).count() == 1, name
        assert page.get_by_role("heading", name="Lakeport Police Department (fictional)").is_visible()
        rules = page.get_by_role("region", name="The rules in force")
        citation = rules.get_by_text("RCW 43.386").first
        assert not citation.is_visible()
        pack = rules.locator("summary", has_text="us_wa:")
        pack.focus()
        page.keyboard.press("Enter")
        assert citation.is_visible()
        if "SCREENSHOT" in os.environ:
            page.screenshot(path=os.environ["SCREENSHOT"], full_page=True)
        assert desk.complaints == []


def test_the_page_fits_a_small_screen_with_every_rule_shown(another_desk: Callable[..., Any]) -> None:
    with another_desk(viewport={"width": 320, "height": 640}) as desk:
        desk.go("/transparency")
        desk.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        assert desk.page.evaluate("document.documentElement.scrollWidth") <= 320
        for term in desk.page.locator("dt").all()[:20]:
            assert term.evaluate("term => term.nextElementSibling.tagName") == "DD"
