"""The stylesheet: legible in light and in dark, and nothing from elsewhere."""

from __future__ import annotations

import re
from itertools import product

import pytest

from gateway.web.console.pages import STATIC

CSS = (STATIC / "console.css").read_text()
# What is written on what: WCAG 2.2 asks for 4.5 to 1 (1.4.3), and for 3 to 1 around a field (1.4.11).
TEXT = [
    *product(("ink", "soft", "accent"), ("paper", "card", "good-paper")),
    ("accent-ink", "accent"),
    ("bad", "bad-paper"),
    ("ink", "bad-paper"),
]
EDGES = [("edge", "card"), ("edge", "paper"), ("accent", "card")]


def tokens(dark: bool) -> dict[str, str]:  # noqa: FBT001 - which of two schemes
    blocks = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
    assert len(blocks) == 2
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", blocks[0] + (blocks[1] if dark else "")))


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_measured_as_wcag_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("dark", [False, True])
def test_everything_can_be_read(dark: bool) -> None:  # noqa: FBT001 - as above
    colours = tokens(dark)
    for written, on in TEXT:
        assert contrast(colours[written], colours[on]) >= 4.5, (written, on)
    for edge, around in EDGES:
        assert contrast(colours[edge], colours[around]) >= 3, (edge, around)


def test_nothing_comes_from_elsewhere_and_still_is_wanted_by_who_wants_it() -> None:
    assert not re.search(r"url\(|@import|@font-face|!important", CSS)
    assert "prefers-reduced-motion" in CSS
    assert ":focus-visible" in CSS
