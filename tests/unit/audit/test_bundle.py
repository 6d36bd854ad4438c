"""A bundle is verified offline, by the package and by one file alike; whatever is changed in it has its verdict."""

from __future__ import annotations

import ast
import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from bundle_house import export, receipts_of, verify, verify_alone
from witness_house import WitnessHouse, witness_house

from gateway.audit.bundle import join_entries, split_entries
from gateway.audit.bundle_export import Wanted
from gateway.audit.entries import Entry
from gateway.audit.errors import BundleMalformed
from gateway.audit.report import Check
from gateway.audit.rotation import rotate
from gateway.audit.signer import Signer
from gateway.audit.single_file import verifier_source
from gateway.audit.witnesses import Witnesses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from audit_house import LogUnderTest

    from gateway.audit.report import Report


@pytest.fixture
def house(audit: LogUnderTest, tmp_path: Path) -> Iterator[WitnessHouse]:
    with witness_house(tmp_path / "witnesses", audit.verifier_key) as witnesses:
        yield witnesses


@pytest.fixture
def published(audit: LogUnderTest, house: WitnessHouse) -> LogUnderTest:
    """Checkpoints of 300 and 600 entries, seen by three witnesses."""
    witnesses = Witnesses(
        house.policy(), database=audit.sequencer_database, outbound=house.outbound(), alarm_seconds=600
    )
    signer = Signer.load(audit.sequencer_database, audit.settings, witnesses=witnesses)
    for _ in range(2):
        audit.write(300)
        while audit.sequencer.run_once():
            pass
        signer.run_once()
    return audit


def failed(report: Report) -> dict[Check, int | None]:
    return {verdict.check: verdict.first_bad for verdict in report.verdicts if verdict.ok is False}


def holds(report: Report) -> set[Check]:
    return {verdict.check for verdict in report.verdicts if verdict.ok}


RANGE = {Check.SIGNATURE, Check.INCLUSION, Check.CONSISTENCY, Check.COMPLETENESS, Check.WITNESSES, Check.TIME}


@pytest.mark.parametrize("name", ["bundle", "bundle.zip"])
@pytest.mark.parametrize("wanted", [Wanted(), Wanted(first=300), Wanted(size=300)])
def test_a_range_holds_for_both_verifiers(
    published: LogUnderTest, house: WitnessHouse, tmp_path: Path, name: str, wanted: Wanted
) -> None:
    path = export(published, tmp_path / name, wanted, policy=house.policy(), opened=True)
    report = verify(path, published.verifier_key, policy=house.policy())
    assert failed(report) == {}
    assert holds(report) == RANGE | {Check.CONTENT}
    assert report.size == (wanted.size or 600)
    (tmp_path / "mine").write_text(str(house.policy()))
    status, document = verify_alone(path, published.verifier_key, "--policy", str(tmp_path / "mine"))
    assert (status, document) == (0, json.loads(json.dumps(report.document())))


def test_single_entries_hold_and_claim_no_more(published: LogUnderTest, house: WitnessHouse, tmp_path: Path) -> None:
    path = export(published, tmp_path / "bundle", Wanted(indexes=(0, 299, 599)), policy=house.policy(), opened=True)
    report = verify(path, published.verifier_key)
    assert failed(report) == {}
    assert holds(report) == {Check.SIGNATURE, Check.INCLUSION, Check.WITNESSES, Check.TIME, Check.CONTENT}
    assert report.verdict(Check.COMPLETENESS).ok is None


def test_what_nobody_vouches_for_is_not_judged(audit: LogUnderTest, tmp_path: Path) -> None:
    audit.write(10)
    audit.publish()
    report = verify(export(audit, tmp_path / "bundle"), audit.verifier_key)
    assert report.ok
    assert {verdict.check for verdict in report.verdicts if verdict.ok is None} == {
        Check.CONTENT,
        Check.WITNESSES,
        Check.TIME,
    }


def edit_entry(path: Path) -> None:
    tile = path / "tile" / "entries" / "001"
    leaves = split_entries(tile.read_bytes())
    leaves[45] = leaves[45].replace(b"false", b"true")
    tile.write_bytes(join_entries(leaves))


def drop_entry(path: Path) -> None:
    tile = path / "tile" / "entries" / "001"
    tile.write_bytes(join_entries(split_entries(tile.read_bytes())[1:]))


def drop_tile(path: Path) -> None:
    (path / "tile" / "entries" / "001").unlink()


def cut_size(path: Path) -> None:
    document = json.loads((path / "log.json").read_text())
    (path / "tile" / "entries" / "002.p" / "88").unlink()
    (path / "log.json").write_text(json.dumps(document | {"size": 512}))


def drop_last_checkpoint(path: Path) -> None:
    (path / "checkpoints" / "600").unlink()


def drop_cosignatures(path: Path) -> None:
    note = path / "checkpoints" / "600"
    text, _, lines = note.read_text().rpartition("\n\n")
    note.write_text(f"{text}\n\n{lines.splitlines()[0]}\n")


def spoil_cosignature(path: Path) -> None:
    note = path / "checkpoints" / "600"
    text = note.read_text()
    note.write_text(text[:-30] + ("A" if text[-30] != "A" else "B") + text[-29:])


def spoil_signature(path: Path) -> None:
    note = path / "checkpoints" / "600"
    note.write_text(note.read_text().replace("\n600\n", "\n601\n"))


def spoil_disclosure(path: Path) -> None:
    file = path / "disclosures.jsonl"
    lines = file.read_text().splitlines()
    lines[7] = json.dumps(json.loads(lines[7]) | {"disclosures": json.loads(lines[8])["disclosures"]})
    file.write_text("\n".join(lines))


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (edit_entry, {Check.CONSISTENCY, Check.INCLUSION}),
        (drop_entry, {Check.COMPLETENESS, Check.CONSISTENCY}),
        (drop_tile, {Check.COMPLETENESS, Check.CONSISTENCY}),
        (cut_size, {Check.COMPLETENESS, Check.CONSISTENCY}),
        (drop_last_checkpoint, {Check.COMPLETENESS}),
        (drop_cosignatures, {Check.WITNESSES}),
        (spoil_cosignature, {Check.WITNESSES}),
        (spoil_signature, {Check.SIGNATURE, Check.COMPLETENESS}),
        (spoil_disclosure, {Check.CONTENT}),
    ],
)
def test_each_change_has_its_verdict(
    published: LogUnderTest, house: WitnessHouse, tmp_path: Path, change: Callable[[Path], None], found: set[Check]
) -> None:
    path = export(published, tmp_path / "bundle", policy=house.policy(), opened=True)
    change(path)
    report = verify(path, published.verifier_key, policy=house.policy())
    assert found <= failed(report).keys()
    assert Check.WITNESSES not in failed(report).keys() - found
    status, document = verify_alone(path, published.verifier_key)
    assert status == 1
    assert {name for name, verdict in document["verdicts"].items() if verdict["ok"] is False} >= set(found)


@pytest.mark.parametrize(
    "line",
    [
        '{"index": 1e999, "disclosures": []}',
        '{"index": 1, "disclosures": [], "unreadable": -1}',
        '{"index": 1, "disclosures": [], "unreadable": 1e999}',
        '{"index": 1}',
        "[]",
    ],
)
def test_a_line_of_disclosures_that_cannot_be_meant_makes_the_bundle_malformed(
    published: LogUnderTest, tmp_path: Path, line: str
) -> None:
    path = export(published, tmp_path / "bundle")
    (path / "disclosures.jsonl").write_text(line)
    with pytest.raises(BundleMalformed, match=r"disclosures\.jsonl"):
        verify(path, published.verifier_key)


def test_a_size_without_end_makes_the_bundle_malformed(published: LogUnderTest, tmp_path: Path) -> None:
    path = export(published, tmp_path / "bundle")
    document = path / "log.json"
    document.write_text(re.sub(r'"size": *\d+', '"size": 1e999', document.read_text()))
    with pytest.raises(BundleMalformed):
        verify(path, published.verifier_key)


def test_another_key_believes_nothing(published: LogUnderTest, tmp_path: Path) -> None:
    other = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    assert Check.SIGNATURE in failed(verify(export(published, tmp_path / "bundle"), other))


def test_each_receipt_has_its_own_verdict(published: LogUnderTest, house: WitnessHouse, tmp_path: Path) -> None:
    receipts = receipts_of(published)
    with published.administrator() as connection:
        row = connection.execute("SELECT leaf_hash, time_ns FROM audit.entries WHERE index = 17").fetchone()
    assert row is not None
    given = {
        "kept": receipts.sign(bytes(row[0]), time_ns=row[1]),
        "dropped": receipts.sign(bytes(32), time_ns=row[1] - 400 * 10**9),
        "early": receipts.sign(bytes(32), time_ns=row[1] + 10**9),
        "false": "e30.e30.e30",
    }
    path = export(published, tmp_path / "bundle", policy=house.policy(), receipts=given)
    report = verify(path, published.verifier_key)
    assert {receipt.name: receipt.ok for receipt in report.receipts} == {
        "kept": True,
        "dropped": False,
        "early": None,
        "false": False,
    }
    assert failed(report) == {Check.RECEIPTS: 0}
    assert verify_alone(path, published.verifier_key)[1] == json.loads(json.dumps(report.document()))


def test_the_keys_of_a_log_that_handed_over_are_followed(audit: LogUnderTest, tmp_path: Path) -> None:
    audit.write(5)
    audit.publish()
    new = str(rotate(audit.signer, actor="operator"))
    audit.write(5)
    audit.publish()
    path = export(audit, tmp_path / "bundle")
    for key in (audit.verifier_key, new):
        assert verify(path, key).ok
        assert verify_alone(path, key)[0] == 0


def test_a_backdated_entry_is_older_than_the_cosignature_that_does_not_cover_it(
    published: LogUnderTest, house: WitnessHouse, tmp_path: Path
) -> None:
    with published.web.transaction() as connection:
        published.log.record(connection, Entry("search.decision", {"agency": "a"}), now_ns=1)
    published.publish()
    path = export(published, tmp_path / "bundle", policy=house.policy())
    report = verify(path, published.verifier_key)
    assert report.verdict(Check.TIME).first_bad == 600
    assert "older than the cosignature" in report.verdict(Check.TIME).sentence


def test_what_is_no_bundle_is_refused(published: LogUnderTest, tmp_path: Path) -> None:
    path = export(published, tmp_path / "bundle")
    with pytest.raises(BundleMalformed):
        verify(tmp_path / "nothing", published.verifier_key)
    for content in ("", "[]", "{}", "not json", '{"format": "writgate-bundle/2"}'):
        (path / "log.json").write_text(content)
        with pytest.raises(BundleMalformed):
            verify(path, published.verifier_key)
    shutil.rmtree(path)
    path.write_bytes(b"no zip")
    with pytest.raises(BundleMalformed):
        verify(path, published.verifier_key)


def test_only_what_lies_under_a_checkpoint_is_exported(published: LogUnderTest, tmp_path: Path) -> None:
    for number, wanted in enumerate(
        (Wanted(first=1), Wanted(size=299), Wanted(first=600), Wanted(indexes=(600,)), Wanted(first=300, size=300))
    ):
        with pytest.raises(BundleMalformed):
            export(published, tmp_path / str(number), wanted)


def test_the_one_file_needs_nothing_but_python_and_cryptography() -> None:
    tree = ast.parse(verifier_source())
    wanted: set[Any] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            wanted |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            wanted.add((node.module or "").partition(".")[0])
    assert wanted == {
        "__future__", "argparse", "base64", "binascii", "cryptography", "dataclasses", "datetime", "enum",
        "hashlib", "json", "operator", "os", "pathlib", "re", "stat", "struct", "sys",
        "time", "typing", "zipfile", "zlib",
    }  # fmt: skip
