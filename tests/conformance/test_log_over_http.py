"""A running gateway, witnessed by somebody else's witness and by ours, read over HTTP by somebody else's code."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from patience import PATIENCE_SECONDS, until

from gateway.audit import agreed_witnesses, queries
from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.keyring import Keyring
from gateway.audit.keys import signing_key
from gateway.audit.log import AuditLog
from gateway.audit.notes import Checkpoint, NoteSigner, Verifier, open_signed
from gateway.audit.proofs import consistency_proof
from gateway.audit.tiles import TileReader
from gateway.audit.witness_policy import WitnessPolicy
from gateway.cli.demo.seed import seed, token_for
from gateway.cli.init import create_keys, verifier_key
from gateway.cli.serve import serving
from gateway.database import Database
from gateway.postgres.deployment import DatabaseRole
from gateway.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Served:
    settings: Settings
    url: str
    key: str
    policy: WitnessPolicy
    ours: str
    foreign: Path
    auditor: Database

    @property
    def token(self) -> str:
        return token_for(self.settings, self.url, "auditor")

    def get(self, path: str, token: str | None = None) -> bytes:
        request = urllib.request.Request(
            f"{self.url}{path}", headers={"Authorization": f"Bearer {token}"} if token else {}
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return bytes(answer.read())

    def checkpoint(self, *, beyond: int) -> str:
        """The checkpoint that is shown, once it is larger and has all cosignatures."""

        def cosigned() -> str | None:
            note = self.get("/log/checkpoint").decode()
            found = Keyring.of(self.key).open(note)
            signed = open_signed(note, self.policy.verifiers).signatures
            return note if found.size > beyond and len(signed) == 2 else None

        return until(cosigned, "both witnesses saw it")


@pytest.fixture(scope="module")
def served(foreign_witness: Path) -> Iterator[Served]:
    """300 entries and more, under checkpoints that two witnesses saw."""
    home = Path(tempfile.mkdtemp(prefix="wg-"))
    settings = Settings(home=home, port=0)
    create_keys(settings)
    key = verifier_key(settings)
    foreign = subprocess.Popen(
        [str(foreign_witness), "serve", key], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    command = [sys.executable, "-m", "gateway.cli", "witness", "serve", "--state", str(home / "witness")]
    ours = subprocess.Popen(
        [*command, "--name", "court.example/ours", "--log", key, "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert foreign.stdout
        assert ours.stdout
        url, foreign_key = foreign.stdout.readline().split()
        line = ours.stdout.readline()
        policy = f"witness foreign {foreign_key} {url}\n{line}"
        settings = settings.model_copy(
            update={
                "outbound": (url, line.split()[3]),
                "allow_bearer_tokens": True,
            }
        )
        with serving(settings) as (running, supervisor, deployment):
            seed(running, deployment)
            with Database(deployment.conninfo(DatabaseRole.WEB), name="test agreement") as web:
                log = AuditLog(keys=DisclosureKeys.load(running.keys))
                with web.transaction() as connection:
                    agreed_witnesses.change(connection, log, policy)
            base = f"http://{running.host}:{running.port}"
            with Database(deployment.conninfo(DatabaseRole.AUDITOR), name="test auditor") as auditor:
                house = Served(
                    running, base, key, WitnessPolicy.parse(policy), line.split()[3], foreign_witness, auditor
                )
                for _ in range(140):  # each is an entry, and so is its token
                    house.get("/v1/audit/entries?limit=1", house.token)
                house.checkpoint(beyond=300)
                yield house
            supervisor.end()
            deployment.destroy()
    finally:
        for process in (foreign, ours):
            process.terminate()
            process.communicate()
        shutil.rmtree(home, ignore_errors=True)


def judged(judge: Path, document: dict[str, Any]) -> str:
    done = subprocess.run([str(judge)], input=json.dumps(document), capture_output=True, text=True, check=False)
    assert done.returncode == (0 if done.stdout == "ok\n" else 1), done.stderr
    return done.stdout.strip()


def test_gos_tile_reader_follows_the_log_over_http_to_every_entry(judge: Path, served: Served) -> None:
    document = {"VerifierKey": served.key, "URL": f"{served.url}/log", "Token": served.token}
    assert judged(judge, document) == "ok"
    assert judged(judge, document | {"Token": ""}).startswith("served: "), "entry tiles need the audit scope"
    other = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    assert judged(judge, document | {"VerifierKey": other}).startswith("served: ")


def cosigned(served: Served, note: str, keys: list[str]) -> tuple[int, list[str]]:
    """What somebody else's code finds on a checkpoint: its status, and the names of the cosigners."""
    command = [str(served.foreign), "cosigned", *keys]
    done = subprocess.run(command, input=note, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.split()


def test_both_witnesses_cosign_and_somebody_elses_code_says_so(served: Served) -> None:
    note = served.checkpoint(beyond=0)
    keys = [str(verifier) for verifier in served.policy.verifiers]
    status, names = cosigned(served, note, keys)
    assert (status, sorted(names)) == (0, ["court.example/ours", "foreign.example/witness"])
    text, _, lines = note.rpartition("\n\n")
    swapped = f"{text}\n\n" + "".join(f"{line}\n" for line in lines.splitlines()).replace("ours ", "ours x", 1)
    for broken in (note.replace("\n" + text.split("\n")[1] + "\n", "\n1\n"), swapped):
        assert cosigned(served, broken, keys)[0] == 1
    assert served.policy.is_met(open_signed(note, served.policy.verifiers).signatures)


def test_a_proof_over_http_carries_the_cosignatures(served: Served) -> None:
    served.checkpoint(beyond=0)
    proof = served.get("/v1/audit/entries/7/proof", served.token).decode()
    signed = open_signed(proof.partition("\n\n")[2], served.policy.verifiers).signatures
    assert served.policy.is_met(signed)


def feed(served: Served, old: int, note: str, proof: list[bytes]) -> str:
    document = {"Checkpoint": note, "Proof": [base64.b64encode(item).decode() for item in proof]}
    done = subprocess.run(
        [str(served.foreign), "feed", served.ours, str(old)],
        input=json.dumps(document),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip()


def test_somebody_elses_client_is_answered_by_our_witness_as_c2sp_says(served: Served) -> None:
    """The client tells the answers apart by their numbers alone."""
    note = served.checkpoint(beyond=0)
    size = Keyring.of(served.key).open(note).size
    thief = NoteSigner(served.settings.log_origin, signing_key(served.settings.keys))
    stranger = NoteSigner("elsewhere.example/log", signing_key(served.settings.keys))
    forged = thief.sign(str(Checkpoint(served.settings.log_origin, size, bytes(32))))
    assert "old size != current" in feed(served, 1, note, []), "409, with its own size"
    assert "old size > current" in feed(served, size + 1, note, []), "400"
    assert "unknown log" in feed(served, 0, stranger.sign(str(Checkpoint("elsewhere.example/log", 1, bytes(32)))), [])
    assert "no valid signatures" in feed(
        served, size, note.partition("\n\n")[0] + "\n\n\u2014 x.example AAAAAAAA\n", []
    )
    # The log goes on meanwhile: whatever our witness has seen last, a fork of that size is refused.
    answer = feed(served, size, forged, [])
    assert "invalid" in answer or "old size" in answer
    larger = served.checkpoint(beyond=size)
    with served.auditor.transaction() as connection:
        queries.see(connection, None)
        grown = Keyring.of(served.key).open(larger).size
        proof = consistency_proof(TileReader(connection), old_size=size, size=grown)
    assert "old size != current" in feed(served, size, larger, proof), "it was asked by the log already"


def test_keys_policy_and_recoveries_are_public(served: Served) -> None:
    keys = json.loads(served.get("/log/keys"))
    assert keys["keys"] == [{"verifier_key": served.key, "transition": None}]
    policy = WitnessPolicy.parse(served.get("/log/policy").decode())
    assert policy.logs == (Verifier.parse(served.key),)
    assert set(policy.verifiers) == set(served.policy.verifiers)
    assert json.loads(served.get("/log/recoveries")) == {"items": []}
    assert json.loads(served.get("/readyz")) == {"status": "ready", "notes": []}
    assert b"writgate_log_witnessed_time_seconds 1" in served.get("/metrics")


@pytest.mark.parametrize("path", ["tile/0/000.p/1", "tile/0/999", "tile/64/000", "tile/0/1", "tile/entries/999"])
def test_what_was_not_signed_is_not_shown(served: Served, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        served.get(f"/log/{path}", served.token)


def test_full_tiles_may_be_kept_for_ever(served: Served) -> None:
    for path, cached in (("tile/0/000", "public"), ("tile/entries/000", "private")):
        request = urllib.request.Request(
            f"{served.url}/log/{path}", headers={"Authorization": f"Bearer {served.token}"}
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            assert answer.headers["Cache-Control"] == f"{cached}, max-age=31536000, immutable"
            assert answer.headers["Content-Type"] == "application/octet-stream"
