"""One field is proven to be of one entry; nothing else is told, and no other value passes for it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gateway.audit import queries
from gateway.audit.disclosing import DisclosedField, disclose, verify_disclosed
from gateway.audit.disclosures import make_disclosure
from gateway.audit.errors import AuditError, ProofInvalid

if TYPE_CHECKING:
    from audit_house import LogUnderTest


@pytest.fixture
def handed(audit: LogUnderTest) -> DisclosedField:
    audit.write(7)
    audit.publish()
    made = disclosed(audit, 3, "number")
    assert made is not None
    return made


def disclosed(audit: LogUnderTest, index: int, field: str, agency: str | None = None) -> DisclosedField | None:
    with audit.auditor.snapshot() as connection:
        queries.see(connection, agency)
        return disclose(connection, audit.keys, index=index, field=field, recipient="the defence", purpose="discovery")


def test_a_field_is_proven_offline(audit: LogUnderTest, handed: DisclosedField) -> None:
    proven = verify_disclosed(handed.model_dump_json(), audit.verifier_key)
    assert (proven.position, proven.name, proven.value) == (3, "number", 3)
    assert proven.entry["kind"] == "search.decision"
    assert "ruiz" not in handed.model_dump_json()


def test_nothing_else_passes_for_it(audit: LogUnderTest, handed: DisclosedField) -> None:
    other = disclosed(audit, 4, "number")
    assert other is not None
    changes: list[dict[str, Any]] = [
        {"disclosure": make_disclosure("number", 4)},
        {"disclosure": other.disclosure},
        {"disclosure": "x"},
        {"index": 4},
        {"leaf": other.leaf},
        {"leaf": handed.leaf.replace("false", "true")},
        {"leaf": "{}"},
        {"proof": other.proof},
        {"format": "writgate-disclosure/v2"},
        {"more": 1},
    ]
    for change in changes:
        document = json.dumps(handed.model_dump() | change)
        with pytest.raises(AuditError):
            verify_disclosed(document, audit.verifier_key)
    with pytest.raises(ProofInvalid):
        verify_disclosed(b"\xff", audit.verifier_key)


def test_who_may_not_see_the_entry_gets_nothing(audit: LogUnderTest, handed: DisclosedField) -> None:
    assert handed.index == 3
    assert disclosed(audit, 3, "number", agency="hillview-so") is None
    assert disclosed(audit, 3, "nothing") is None
    assert disclosed(audit, 99, "number") is None
    audit.write(1)
    audit.sequencer.run_once()
    assert disclosed(audit, 7 + 1, "number") is None, "no checkpoint covers it yet"
