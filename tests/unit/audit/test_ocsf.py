"""Events in the form of OCSF are valid by its own schema, of the version that they name, for every kind of entry."""

from __future__ import annotations

import functools
import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

from gateway.audit.export_formats import OCSF_VERSION, ocsf
from gateway.audit.queries import StoredEntry
from gateway.vocabulary import EntryKind

TIME = 1_795_000_000 * 10**9
SAID = {
    "agency": "lakeport-pd",
    "client": "lakeport",
    "decision_id": "01a2280e-fda4-740f-84e1-07a42c10a3c8",
    "operation": "identify_1_to_n",
    "revision": 3,
    "id": "lakeport-pd/contract-1",
}
LEAVES: dict[str, dict[str, Any]] = {
    "says nothing else": {},
    "permitted": SAID | {"permit": True, "reasons": ["WARRANT_SATISFIED"]},
    "denied": SAID | {"permit": False, "reasons": ["WARRANT_REQUIRED"]},
    "refused at the door": {"permit": False, "reasons": ["AGENCY_SUSPENDED"], "client": "lakeport"},
    "refused": SAID | {"refused": "FACE_TOO_SMALL"},
    "of nobody": {"agency": None, "client": None, "decision_id": None},
}


@functools.cache
def schema() -> Any:
    return OcsfJsonSchemaEmbedded(get_ocsf_schema(version=OCSF_VERSION))


@functools.cache
def of_class(class_uid: int) -> Draft202012Validator:
    name = schema().lookup_class_name_from_uid(class_uid=class_uid)
    return Draft202012Validator(schema().get_class_schema(class_name=name, profiles=[]))


def faults(event: dict[str, Any]) -> list[str]:
    return [f"{fault.json_path}: {fault.message}" for fault in of_class(event["class_uid"]).iter_errors(event)]


def event_of(kind: str, said: dict[str, Any]) -> dict[str, Any]:
    leaf = json.dumps({"kind": kind, "time": TIME, "_sd": ["x"], "_disclosed": 1} | said)
    return dict(ocsf(StoredEntry(7, leaf, bytes(32), None, (), ()), "log.example/main"))


@pytest.mark.parametrize("said", LEAVES.values(), ids=LEAVES)
def test_the_event_of_every_kind_is_valid(said: dict[str, Any]) -> None:
    found = {kind: faults(event_of(kind.value, said)) for kind in EntryKind}
    assert {kind: one for kind, one in found.items() if one} == {}


def test_the_schema_refuses_what_is_none() -> None:
    event = event_of("search.decision", SAID)
    assert faults(event) == []
    assert faults(event | {"invented": 1})
    assert faults({name: value for name, value in event.items() if name != "actor"})
    assert faults(event | {"type_uid": 600_377})


def test_a_denial_and_a_permit_are_told_apart() -> None:
    denied, permitted = (event_of("search.decision", LEAVES[name]) for name in ("denied", "permitted"))
    assert (denied["status_id"], permitted["status_id"]) == (2, 1)
    assert denied["actor"]["authorizations"] == [{"decision": "deny", "policy": {"uid": "3"}}]
