"""A pack is found by its folder and by what `data.packs` says of it, and by nothing else."""

from __future__ import annotations

import json
from typing import Any

from gateway.policy.dispatch import DISPATCH, applies, dispatch
from gateway.policy.folder import POLICIES, rego_files

PACKS: dict[str, dict[str, Any]] = {
    "base": {"always": True, "jurisdictions": None, "vendors": None},
    "here": {"always": False, "jurisdictions": ["US-WA", "US-TX"], "vendors": None},
    "there": {"always": False, "jurisdictions": ["US-WA"], "vendors": ["one"]},
}


def test_places_and_vendors_name_every_pack_that_names_them() -> None:
    assert applies(PACKS) == {
        "always": ["base"],
        "jurisdictions": {"US-TX": ["here"], "US-WA": ["here", "there"]},
        "vendors": {"one": ["there"]},
    }


def test_what_is_shipped_applies_as_the_list_of_packs_says() -> None:
    listed = json.loads((POLICIES / "data" / "packs" / "data.json").read_bytes())
    assert json.loads((POLICIES / "data" / "applies" / "data.json").read_bytes()) == applies(listed)
    assert (POLICIES / DISPATCH).read_bytes() == dispatch(path.read_text() for path in rego_files(POLICIES))


def test_every_pack_is_asked_for_each_kind_of_rule_that_it_has() -> None:
    modules = {
        "one.rego": 'package writgate.packs.us_aa\n\ndenials["x"] := {} if input.x\n\ngrants.y := {} if input.y\n',
        "more.rego": "package writgate.packs.us_aa\n\nobligations.z := {} if input.z\n",
        "base.rego": "package writgate.packs.base\n\ndenials.x := {} if input.x\n\ndenialsofx := 1\n",
        "lib.rego": "package writgate.lib.facts\n\ndenials.x := {}\n",
    }
    text = dispatch(modules.values()).decode()
    assert text.count("data.writgate.packs.") == 4
    denials = text.partition("denials(pack) := ")[2].partition("# METADATA")[0]
    assert denials == (
        'data.writgate.packs.base.denials if {\n\tpack == "base"\n'
        '} else := data.writgate.packs.us_aa.denials if {\n\tpack == "us_aa"\n}\n\n'
    )
    assert 'grants(pack) := data.writgate.packs.us_aa.grants if {\n\tpack == "us_aa"\n}\n' in text
    assert 'obligations(pack) := data.writgate.packs.us_aa.obligations if {\n\tpack == "us_aa"\n}\n' in text
