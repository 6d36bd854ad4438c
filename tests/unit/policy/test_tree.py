"""What policy is written as: equal trees are equal policies, and a draft's paths lead nowhere else."""

from __future__ import annotations

import pytest

from gateway.policy.check_runs import covered
from gateway.policy.findings import Finding, Report, Step, first_difference, line_of, of_opa
from gateway.policy.keys import create_keys
from gateway.policy.revisions import build_shipped
from gateway.policy.tree import Tree, fault_of_content, fault_of_path, of_revision, shipped


def test_a_revision_gives_back_the_tree_that_it_was_made_from(tmp_path_factory: pytest.TempPathFactory) -> None:
    keys = tmp_path_factory.mktemp("keys")
    create_keys(keys)
    tree = of_revision(build_shipped(keys))
    assert tree.sha256 == shipped().sha256
    assert tree.changes_to(shipped()) == {}
    assert any(path.endswith("_test.rego") for path in tree.files)
    assert any(path.startswith("scenarios/") for path in tree.files)
    assert not {"data/rules/data.json", "data/vocabulary/data.json", "data/holds/data.json"} & tree.files.keys()


def test_spaces_in_json_are_no_change_and_in_rego_they_are() -> None:
    tree = Tree({"data/x/data.json": b'{"a": 1}', "packs/p/r.rego": b"package p"})
    assert tree.with_changes({"data/x/data.json": b'{"a":1}'}).sha256 == tree.sha256
    assert tree.with_changes({"packs/p/r.rego": b"package p\n"}).sha256 != tree.sha256


def test_changes_lead_from_one_tree_to_the_other() -> None:
    one = Tree({"data/a/data.json": b"{}", "packs/p/r.rego": b"x"})
    other = Tree({"packs/p/r.rego": b"y", "packs/q/r.rego": b"z"})
    assert one.with_changes(one.changes_to(other)).files == other.files


@pytest.mark.parametrize(
    "path",
    [
        "", ".", "..", "/etc/passwd", "packs", "packs/x", "packs/../x.rego", "packs/x/../y.rego", "packs/X/r.rego",
        "packs/x/r.json", "packs/x/y/r.rego", "data/x/other.json", "data/data.json", "data/rules/data.json",
        "data/vocabulary/data.json", "data/holds/data.json", "data/revision/data.json", "scenarios/../x.json",
        "scenarios/x.rego", ".regal/config.yaml", "capabilities.json", "schema/input.json", "decision/decision.rego",
        "lib/facts/facts.rego", "shipped/policy.wasm", "packs/x/r.rego\n", "packs/x\0/r.rego", "packs/é/r.rego",
    ],
)  # fmt: skip
def test_paths_that_are_not_a_drafts(path: str) -> None:
    assert fault_of_path(path)


@pytest.mark.parametrize(
    "path", ["packs/us_xx/a.rego", "packs/us_xx/a_test.rego", "data/x/data.json", "scenarios/x.json"]
)
def test_paths_that_are(path: str) -> None:
    assert fault_of_path(path) is None


def test_only_what_the_product_brings_may_change_how_packs_are_put_together() -> None:
    for path in ("decision/decision.rego", "lib/facts/facts.rego"):
        assert fault_of_path(path)
        assert fault_of_path(path, product=True) is None


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("packs/x/r.rego", b"\xff\xfe"),
        ("packs/x/r.rego", b"a\0b"),
        ("packs/x/r.rego", b"x" * (4 * 1024 * 1024 + 1)),
        ("data/x/data.json", b"{"),
        ("data/x/data.json", b'{"a": NaN}'),
        ("data/x/data.json", b"7"),
        ("data/x/data.json", b"[" * 100_000),
    ],
)
def test_contents_that_cannot_be(path: str, content: bytes) -> None:
    assert fault_of_content(path, content)


def test_the_errors_of_opa_become_findings_with_what_was_meant() -> None:
    words = (
        '{"errors": [{"message": "undefined ref: input.agncy", "code": "rego_type_error",'
        ' "location": {"file": "a.rego", "row": 3},'
        ' "details": {"ref": [{"value": "input"}, {"value": "agncy"}], "pos": 1, "oneOf": ["agency"]}}]}'
    )
    (found,) = of_opa("check", words, otherwise="x")
    assert (found.file, found.line, found.code) == ("a.rego", 3, "REGO_TYPE_ERROR")
    assert "did you mean `agency`" in found.sentence
    (other,) = of_opa("check", "fatal: something\nmore", otherwise="opa check refuses the draft")
    assert other.sentence == "opa check refuses the draft: fatal: something"


def test_a_step_that_was_left_out_is_not_passed() -> None:
    passed, skipped = Step("a", "passed"), Step("b", "skipped")
    assert Report((passed,)).passed
    assert not Report((passed, skipped)).passed
    assert not Report(()).passed
    assert Finding("a", "C", "s").place == "the draft"


def test_lines_are_counted_from_one() -> None:
    assert line_of("a\nb\nc", "c") == 3
    assert line_of("a", "z") is None
    assert first_difference("a\nb", "a\nc") == 2
    assert first_difference("a\n", "a\nb\n") == 2


def test_a_pack_without_tests_is_not_hidden_by_the_others() -> None:
    def span(start: int, end: int) -> dict[str, dict[str, int]]:
        return {"start": {"row": start}, "end": {"row": end}}

    files = {
        "packs/a/r.rego": {"covered": [span(1, 1000)]},
        "packs/b/r.rego": {"covered": [span(1, 9)], "not_covered": [span(10, 10)]},
        "packs/b/r_test.rego": {"covered": [span(1, 500)]},
    }
    found, figures = covered({"files": files})
    (finding,) = found
    assert (finding.file, finding.line) == ("packs/b/r.rego", 10)
    assert "90.0 %" in finding.sentence
    assert figures["packs"] == {"packs/a": 100.0, "packs/b": 90.0}
