"""Every form of export takes every leaf that the log can hold, also those that only a stranger would write."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.audit import export_parquet
from gateway.audit.export_formats import CSV_HEADER, FORMATS, lines
from gateway.audit.queries import StoredEntry
from gateway.vocabulary import EntryKind

TIME = 1_795_000_000 * 10**9
ORIGIN = "log.example/main"
LEAVES: dict[str, dict[str, Any]] = {
    "says nothing else": {},
    # As `access.refused` is written, and `result.used`: a permit or a denial by no revision.
    "refused at the door": {"permit": False, "reasons": ["AGENCY_SUSPENDED"], "operation": "POST /v1/x", "client": "c"},
    "used": {"permit": True, "use": "lead", "decision_id": "d1", "agency": "lakeport-pd", "client": "c"},
    "decided": {"permit": True, "revision": 3, "reasons": ["WARRANT_SATISFIED"], "decision_id": "d1", "client": "c"},
    "of nobody": {"agency": None, "client": None, "decision_id": None, "reasons": None, "revision": None},
}
DIGITS = "9" * 5000
# What the database lets pass: it looks at few of the fields.
HOSTILE = {
    "reasons that are none": '{"kind":"a.b","time":1,"_sd":["x"],"_disclosed":0,"permit":true,"reasons":[1,{"a":[]}]}',
    "a reason that is an object": '{"kind":"a.b","time":1,"_sd":["x"],"permit":false,"reasons":{"0":"a"}}',
    "lists for texts": '{"kind":"a.b","time":1,"client":["a"],"revision":["b"],"id":{},"sanction":[]}',
    "numbers for texts": '{"kind":"search.decision","time":1,"client":5,"revision":18446744073709551616}',
    "a kind over two lines": '{"kind":"a.b\\nCEF:0|x","time":1}',
    "the first time": '{"kind":"a.b","time":-9223372036854775808,"client":"a\\nb"}',
    "the last time": '{"kind":"a.b","time":9223372036854775807}',
    "a number beyond numbers": '{"kind":"a.b","time":1,"x":1e400}',
    "a number too long to read": f'{{"kind":"a.b","time":1,"x":{DIGITS}}}',
    "deeper than a stack": '{"kind":"a.b","time":1,"x":' + "[" * 990 + "]" * 990 + "}",
    "no object": "[]",
}


def entry(leaf: str) -> StoredEntry:
    return StoredEntry(7, leaf, bytes(range(32)), None, (), ())


def event(form: str, leaf: str) -> str | None:
    """The line that the form makes of the leaf, or the table; None where it has no place for it."""
    if form == export_parquet.FORMAT:
        return str(export_parquet.parquet([entry(leaf)], origin=ORIGIN)[:4])
    made = lines([entry(leaf)], form=form, origin=ORIGIN)
    return made[0] if made else None


def assert_taken(form: str, leaf: str) -> None:
    made = event(form, leaf)
    if made is None:
        assert form == "opa"
        return
    assert "\r" not in made or form == "csv"
    if form == "csv":
        rows = list(csv.reader(io.StringIO(made, newline="")))
        assert [(row[0], len(row)) for row in rows] == [("7", CSV_HEADER.count(",") + 1)]
    elif form == "cef":
        assert made.startswith("CEF:0|Writgate|Writgate|")
        assert "\n" not in made
    elif form != export_parquet.FORMAT:
        assert "\n" not in made
        json.loads(made, parse_constant=refuse)


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


@pytest.mark.parametrize("form", [*sorted(FORMATS), export_parquet.FORMAT])
@pytest.mark.parametrize("said", LEAVES.values(), ids=LEAVES)
def test_every_form_takes_every_kind(form: str, said: dict[str, Any]) -> None:
    for kind in EntryKind:
        assert_taken(form, json.dumps({"kind": kind.value, "time": TIME, "_sd": ["x"], "_disclosed": 0} | said))


@pytest.mark.parametrize("form", [*sorted(FORMATS), export_parquet.FORMAT])
@pytest.mark.parametrize("leaf", HOSTILE.values(), ids=HOSTILE)
def test_every_form_takes_what_the_gateway_never_wrote(form: str, leaf: str) -> None:
    assert_taken(form, leaf)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3)
    ),
    max_leaves=6,
)
NAMES = ("permit", "agency", "client", "operation", "purpose", "decision_id", "reasons", "revision", "id", "refused")


@example(kind="search.decision", time=0, said={"agency": "one\n8,forged", "client": "two\r9,forged"})
@given(
    kind=st.sampled_from([kind.value for kind in EntryKind]) | st.text(st.characters(codec="utf-8")),
    time=st.integers(-(1 << 63), (1 << 63) - 1),
    said=st.dictionaries(st.sampled_from(NAMES), VALUES),
)
def test_every_form_takes_fields_of_any_type(kind: str, time: int, said: dict[str, Any]) -> None:
    for form in FORMATS:
        assert_taken(form, json.dumps({"kind": kind, "time": time} | said))


def test_what_a_leaf_says_in_another_type_is_not_said_by_the_event() -> None:
    made = json.loads(event("ocsf", HOSTILE["numbers for texts"]) or "")
    assert made["src_endpoint"] == {"name": "writgate"}
    assert json.loads(event("opa", HOSTILE["numbers for texts"]) or "")["requested_by"] == ""


def test_a_denial_by_no_revision_names_none() -> None:
    leaf = json.dumps({"kind": "access.refused", "time": TIME} | LEAVES["refused at the door"])
    assert json.loads(event("ocsf", leaf) or "")["actor"]["authorizations"] == [{"decision": "deny"}]
