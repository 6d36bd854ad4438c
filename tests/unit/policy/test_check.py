"""The checks of a draft that need no half minute: what is said of files, packs and data."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from gateway.policy.annotations import AnnotationError, collect
from gateway.policy.check import STEPS, check
from gateway.policy.check_data import misspelt
from gateway.policy.keys import create_keys, signing_key
from gateway.policy.opa_program import OpaMissingError
from gateway.policy.revisions import build_shipped
from gateway.policy.tree import Tree, of_revision, pretty
from gateway.policy.workbench import workbench

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.policy.findings import Finding
    from gateway.policy.revisions import Revision

needs_opa = pytest.mark.skipif(shutil.which("opa") is None, reason="needs the opa program")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    create_keys(folder)
    return folder


@pytest.fixture(scope="module")
def base(keys: Path) -> Revision:
    return build_shipped(keys)


def findings(base: Revision, keys: Path, changes: dict[str, bytes | None]) -> list[Finding]:
    checked = check(of_revision(base).with_changes(changes), base=base, key=signing_key(keys))
    assert checked.candidate is None
    assert [step.name for step in checked.report.steps] == list(STEPS)
    return checked.report.findings


def packs(base: Revision, **changes: object) -> bytes:
    return pretty({**base.data["packs"], **changes})


def test_a_pack_that_nobody_asks_and_one_without_rules_are_found(base: Revision, keys: Path) -> None:
    (unlisted,) = findings(base, keys, {"packs/us_xx/a.rego": b"package writgate.packs.us_xx\n"})
    assert unlisted.code == "PACK_NOT_LISTED"
    (empty,) = findings(base, keys, {"data/packs/data.json": packs(base, us_xx={"always": False})})
    assert (empty.code, empty.file) == ("PACK_WITHOUT_RULES", "data/packs/data.json")


def test_base_and_contract_and_the_entrypoint_must_be_there(base: Revision, keys: Path) -> None:
    without = {path: None for path in of_revision(base).files if path.startswith("packs/base/")}
    assert "BASE_PACK_DROPPED" in {finding.code for finding in findings(base, keys, dict(without))}
    never = {"data/packs/data.json": packs(base, contract={"always": False})}
    assert [finding.code for finding in findings(base, keys, dict(never))] == ["BASE_PACK_DROPPED"]
    assert findings(base, keys, {"data/packs/data.json": None})[0].code == "PACKS_MISSING"
    (gone,) = findings(base, keys, {"decision/decision.rego": None})
    assert gone.code == "ENTRYPOINT_UNDEFINED"


def test_without_opa_the_way_to_get_it_is_told(
    base: Revision, keys: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("PATH", "GOBIN", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    with pytest.raises(OpaMissingError, match="writgate opa install"):
        check(of_revision(base), base=base, key=signing_key(keys), home=tmp_path)


@pytest.mark.opa
@needs_opa
@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("_x if data.vendors[input.engine.vendor].pak == null", "did you mean `pack`"),
        ('_x if data.jurisdictions["US-XX"].banned', "no row has `US-XX`"),
        ("_x if data.jurisdictons[input.operation]", "did you mean `jurisdictions`"),
        ('_x if "x" in data.vocabulary.purposs', "did you mean `purposes`"),
    ],
)
def test_a_reference_into_the_data_that_leads_nowhere_is_found(base: Revision, rule: str, said: str) -> None:
    before = of_revision(base)
    path = "packs/us_wa/more.rego"
    tree = before.with_changes({path: f"package writgate.packs.us_wa\n\n{rule}\n".encode()})
    with workbench(tree, home=None) as bench:
        (found,) = misspelt(bench, tree, before)
    assert (found.file, found.line) == (path, 3)
    assert said in found.sentence


@pytest.mark.opa
@needs_opa
def test_a_field_of_a_row_is_one_that_rows_had_or_a_rule_names(base: Revision) -> None:
    before = of_revision(base)
    row = {"always": False, "jurisdictions": ["US-XX"], "vendors": None}
    misspelt_row = {**row, "jurisdictons": ["US-XX"]}
    for wanted, found_codes in ((row, []), (misspelt_row, ["DATA_FIELD_UNKNOWN"])):
        tree = Tree({"data/packs/data.json": packs(base, us_wa=wanted), "packs/us_wa/a.rego": b"package x\n"})
        with workbench(tree, home=None) as bench:
            assert [finding.code for finding in misspelt(bench, tree, before)] == found_codes
    named = Tree(
        {
            "data/packs/data.json": packs(base, us_wa={**row, "counties": []}),
            "packs/us_wa/a.rego": b"package x\n\ny := data.packs.us_wa.counties\n",
        }
    )
    with workbench(named, home=None) as bench:
        assert misspelt(bench, named, before) == []


def test_faults_of_annotations_say_where_and_which() -> None:
    inspected = {
        "path": [{"value": part} for part in ("data", "writgate", "packs", "p", "denials", "r")],
        "location": {"file": "packs/p/a.rego", "row": 7},
        "annotations": {"title": "t", "description": "d", "custom": {"code": "NOBODY_KNOWS"}},
    }
    with pytest.raises(AnnotationError) as error:
        collect([inspected])
    codes = {fault.code for fault in error.value.faults}
    assert codes == {"CODE_UNKNOWN", "ANNOTATION_INCOMPLETE"}
    assert all((fault.file, fault.line) == ("packs/p/a.rego", 7) for fault in error.value.faults)
    assert any("citation is missing" in fault.sentence for fault in error.value.faults)
    assert json.dumps([fault.sentence for fault in error.value.faults])
