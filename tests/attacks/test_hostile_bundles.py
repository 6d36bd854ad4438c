"""Bundles made by who wants an auditor to believe what is not on the log, or his verifier to end without a word.

Whoever hands over a bundle chooses every byte of it, and every name.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from bundle_house import export, receipts_of, verify, verify_alone
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit import offline_main, queries
from gateway.audit.bundle import FORMAT, Bundle, entry_tile_name, join_entries, split_entries
from gateway.audit.bundle_export import BundleWriter, Wanted
from gateway.audit.disclosures import base64url, make_disclosure
from gateway.audit.errors import BundleMalformed
from gateway.audit.keys import signing_key
from gateway.audit.merkle import CompactRange, leaf_hashes
from gateway.audit.notes import Checkpoint, NoteSigner
from gateway.audit.report import Check
from gateway.audit.rotation import rotate
from gateway.audit.witness import WitnessKey

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from audit_house import LogUnderTest

    from gateway.audit.report import Report


@pytest.fixture
def published(audit: LogUnderTest) -> LogUnderTest:
    """Checkpoints of 20 and 40 entries."""
    for _ in range(2):
        audit.write(20)
        audit.publish()
    return audit


def failed(report: Report) -> set[Check]:
    return {verdict.check for verdict in report.verdicts if verdict.ok is False}


def stolen_key(audit: LogUnderTest, number: int = 1) -> NoteSigner:
    return NoteSigner(audit.settings.log_origin, signing_key(audit.settings.keys, number))


def sign_together(text: str, *signers: NoteSigner) -> str:
    return f"{text}\n{''.join(signer.line(text) for signer in signers)}"


def history_of(audit: LogUnderTest) -> list[tuple[str, str | None]]:
    with audit.auditor.transaction() as connection:
        return queries.current_keys(connection)[1]


def forged_tree(size: int) -> tuple[list[bytes], CompactRange]:
    leaves = [json.dumps({"kind": "search.decision", "time": number}).encode() for number in range(size)]
    tree = CompactRange()
    tree.extend(leaf_hashes(leaves))
    return leaves, tree


def forged_bundle(
    audit: LogUnderTest,
    path: Path,
    *thieves: NoteSigner,
    size: int,
    history: list[tuple[str, str | None]] | None = None,
    **said: Any,
) -> Path:
    """A tree of the thief's own under the log's true history of keys, or one of his own as well."""
    leaves, tree = forged_tree(size)
    keys = history or history_of(audit)
    writer = BundleWriter(path)
    writer.write(entry_tile_name(0, size), join_entries(leaves))
    checkpoint = str(Checkpoint(audit.settings.log_origin, size, tree.root()))
    writer.write(f"checkpoints/{size}", sign_together(checkpoint, *thieves))
    document = {
        "format": FORMAT, "origin": audit.settings.log_origin, "verifier_key": keys[-1][0], "first": 0, "size": size,
        "subtrees": [], "keys": [{"verifier_key": key, "transition": note} for key, note in keys],
    }  # fmt: skip
    writer.write("log.json", json.dumps(document | said))
    return path


def test_a_value_of_an_entry_that_stands_before_the_range_is_not_of_it(published: LogUnderTest, tmp_path: Path) -> None:
    """It shares a tile with the range, and no tree here covers it."""
    path = export(published, tmp_path / "bundle", Wanted(first=20))
    invented = make_disclosure("user", "somebody else")
    digest = base64url(hashlib.sha256(invented.encode()).digest())
    tile = path / entry_tile_name(0, 40)
    leaves = split_entries(tile.read_bytes())
    leaves[7] = json.dumps({"_sd": [digest], "kind": "search.decision", "time": 1}).encode()
    tile.write_bytes(join_entries(leaves))
    (path / "disclosures.jsonl").write_text(json.dumps({"index": 7, "disclosures": [invented]}) + "\n")
    assert failed(verify(path, published.verifier_key)) == {Check.CONTENT}


def test_a_tree_that_only_a_retired_key_signed_is_not_taken_for_the_logs(
    published: LogUnderTest, tmp_path: Path
) -> None:
    """The key was stolen after it was retired: it still signs trees smaller than the one at which it handed over."""
    thief = stolen_key(published)
    key = str(rotate(published.signer, actor="operator"))
    published.write(1)
    published.publish()
    report = verify(forged_bundle(published, tmp_path / "forged", thief, size=30), key)
    assert report.verdict(Check.SIGNATURE).ok is None
    assert "a key that was retired" in report.verdict(Check.SIGNATURE).sentence


def test_an_older_range_is_the_logs_where_its_bundle_shows_that_the_log_continued_it(
    published: LogUnderTest, tmp_path: Path
) -> None:
    for _ in range(2):
        rotate(published.signer, actor="operator")
        published.write(5)
        published.publish()
    key = history_of(published)[-1][0]
    for number, wanted in enumerate((Wanted(size=20), Wanted(first=20, size=40), Wanted())):
        path = export(published, tmp_path / f"bundle-{number}", wanted)
        assert verify(path, key).verdict(Check.SIGNATURE).ok
        assert verify_alone(path, key)[0] == 0
    path = tmp_path / "bundle-0"
    document = json.loads((path / "log.json").read_text())
    (path / "log.json").write_text(json.dumps(document | {"continued": []}))
    assert verify(path, key).verdict(Check.SIGNATURE).ok is None, "without it the tree may be a thief's"
    wrong = [bytes(32).hex(), *document["continued"][1:]]
    (path / "log.json").write_text(json.dumps(document | {"continued": wrong}))
    assert failed(verify(path, key)) == {Check.CONSISTENCY}
    (path / "log.json").write_text(json.dumps(document | {"continued": ["00", *document["continued"]]}))
    with pytest.raises(BundleMalformed):
        verify(path, key)


def test_what_continues_the_logs_own_tree_shows_nothing_of_another(published: LogUnderTest, tmp_path: Path) -> None:
    thief = stolen_key(published)
    key = str(rotate(published.signer, actor="operator"))
    true = json.loads((export(published, tmp_path / "true", Wanted(size=40)) / "log.json").read_text())
    assert true["continued"]
    report = verify(forged_bundle(published, tmp_path / "forged", thief, size=40, continued=true["continued"]), key)
    assert failed(report) == {Check.CONSISTENCY}
    assert not report.verdict(Check.SIGNATURE).ok


def test_a_retired_key_makes_no_history_of_its_own_before_its_time(published: LogUnderTest, tmp_path: Path) -> None:
    """With a key that the thief invents he lets it hand over to the stolen one, at a tree that both of them sign."""
    rotate(published.signer, actor="operator")
    published.write(9)
    published.publish()
    thief = stolen_key(published, 2)
    key = str(rotate(published.signer, actor="operator"))
    invented = NoteSigner(published.settings.log_origin, Ed25519PrivateKey.generate())
    checkpoint = str(Checkpoint(published.settings.log_origin, 30, forged_tree(30)[1].root()))
    history = [
        (str(invented.verifier), None),
        (str(thief.verifier), sign_together(checkpoint, invented, thief)),
        history_of(published)[-1],
    ]
    forged = forged_bundle(published, tmp_path / "forged", invented, thief, size=30, history=history)
    report = verify(forged, key)
    assert report.verdict(Check.SIGNATURE).ok is None


def test_a_tree_of_the_retired_keys_last_size_is_compared_with_the_one_that_both_signed(
    published: LogUnderTest, tmp_path: Path
) -> None:
    thief = stolen_key(published)
    key = str(rotate(published.signer, actor="operator"))
    report = verify(forged_bundle(published, tmp_path / "forged", thief, size=41), key)
    assert Check.CONSISTENCY in failed(report)


def test_a_checkpoint_before_the_range_is_not_called_consistent_with_it(
    published: LogUnderTest, tmp_path: Path
) -> None:
    """It may be the one that the auditor kept, of another tree."""
    path = export(published, tmp_path / "bundle", Wanted(first=20))
    kept = stolen_key(published).sign(str(Checkpoint(published.settings.log_origin, 10, bytes(32))))
    (path / "checkpoints" / "10").write_text(kept)
    assert failed(verify(path, published.verifier_key)) == {Check.CONSISTENCY}


def test_a_name_steers_no_terminal_and_writes_no_line(
    published: LogUnderTest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "\x1b[2J\x1b[Hwitnesses     holds       A quorum has seen it.\n\u202e\x9bx"
    sealed = published.write(1)[0]
    promise = receipts_of(published).sign(sealed.leaf_hash, time_ns=sealed.time_ns)
    published.publish()
    path = export(published, tmp_path / "bundle.zip", receipts={name: promise})
    offline_main.main([str(path), "--key", published.verifier_key])
    shown = capsys.readouterr().out
    assert "A quorum has seen it" in shown
    assert all(character.isprintable() for character in shown.replace("\n", ""))
    assert not [line for line in shown.splitlines() if line.startswith(("witnesses     holds", "x"))]


def not_a_file(path: Path, _: dict[str, Any]) -> None:
    (path / "policy").unlink()
    os.mkfifo(path / "policy")


def endless(path: Path, _: dict[str, Any]) -> None:
    (path / "policy").unlink()
    (path / "policy").symlink_to("/dev/zero")


def too_long(path: Path, _: dict[str, Any]) -> None:
    with (path / "policy").open("wb") as file:
        file.truncate(1 << 34)


def no_note(path: Path, document: dict[str, Any]) -> None:
    key = document["keys"][0]
    changed = document | {"keys": [key, key | {"transition": 5}]}
    (path / "log.json").write_text(json.dumps(changed))


@pytest.mark.parametrize("change", [not_a_file, endless, too_long, no_note])
def test_what_no_bundle_holds_makes_it_malformed(
    published: LogUnderTest, tmp_path: Path, change: Callable[[Path, dict[str, Any]], None]
) -> None:
    path = export(published, tmp_path / "bundle")
    change(path, json.loads((path / "log.json").read_text()))
    with pytest.raises(BundleMalformed):
        verify(path, published.verifier_key)


@pytest.mark.parametrize("first", [40, 48])
def test_a_range_that_holds_no_entry_makes_it_malformed(
    published: LogUnderTest, tmp_path: Path, capsys: pytest.CaptureFixture[str], first: int
) -> None:
    """Its last tile is there, and a receipt has the times of the entries looked at."""
    sealed = published.write(1)[0]
    promise = receipts_of(published).sign(sealed.leaf_hash, time_ns=sealed.time_ns)
    path = export(published, tmp_path / "bundle", receipts={"r": promise})
    document = json.loads((path / "log.json").read_text())
    subtrees = ["00" * 32] * first.bit_count()
    (path / "log.json").write_text(json.dumps(document | {"first": first, "subtrees": subtrees}))
    assert offline_main.main([str(path), "--key", published.verifier_key]) == 2
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", "the bundle's range is empty\n")


def test_groups_of_a_policy_may_be_nested_as_deep_as_they_like(published: LogUnderTest, tmp_path: Path) -> None:
    path = export(published, tmp_path / "bundle")
    witness = WitnessKey("one.example/witness", Ed25519PrivateKey.generate()).verifier
    groups = "".join(f"group g{number} 1 g{number - 1}\n" for number in range(1, 5000))
    policy = f"log {published.verifier_key}\nwitness one {witness}\ngroup g0 1 one\n{groups}quorum g4999\n"
    (path / "policy").write_text(policy)
    assert failed(verify(path, published.verifier_key)) == {Check.WITNESSES}


@pytest.mark.parametrize("packing", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_zip_is_packed_as_zips_are(published: LogUnderTest, tmp_path: Path, packing: int) -> None:
    path = export(published, tmp_path / "bundle")
    packed = tmp_path / "bundle.zip"
    with zipfile.ZipFile(packed, "w", packing) as archive:
        archive.write(path / "log.json", "log.json")
    with pytest.raises(BundleMalformed):
        Bundle.open(packed)


def test_a_zip_that_was_damaged_anywhere_is_malformed_or_verifies_otherwise(
    published: LogUnderTest, tmp_path: Path
) -> None:
    whole = export(published, tmp_path / "bundle.zip").read_bytes()
    true = verify(tmp_path / "bundle.zip", published.verifier_key).root
    damaged = tmp_path / "damaged.zip"
    for place in range(0, len(whole), max(1, len(whole) // 600)):
        damaged.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        try:
            report = verify(damaged, published.verifier_key)
        except BundleMalformed:
            continue
        assert not report.ok or report.root == true
