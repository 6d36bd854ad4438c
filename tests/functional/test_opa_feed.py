"""An agency's own OPA, pointed at the gateway by OPA's own conventions, decides the same by the live revision."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import threading
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from patience import PATIENCE_SECONDS, until

from gateway.cli.serve import free_port
from gateway.policy.input_document import from_scenario
from gateway.policy.keys import verification_key
from gateway.policy.revisions import Revision
from gateway.policy.tree import shipped
from gateway.policy.wasm_engine import WasmEngine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message
    from pathlib import Path

    from gateway_house import House

pytestmark = pytest.mark.photographs
PATH = "/v1/opa/bundles/writgate"


def fetch(house: House, path: str, **headers: str) -> tuple[int, bytes, Message]:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    given["Authorization"] = f"Bearer {house.bearer('lakeport')}"
    request = urllib.request.Request(house.url + path, headers=given)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), error.headers


def test_the_bundle_is_the_signed_tar_and_is_not_sent_twice(house: House) -> None:
    status, content, headers = fetch(house, PATH)
    assert status == 200
    revision = Revision.open(gzip.decompress(content), key=verification_key(house.settings.keys))
    live = house.api("lakeport").get("/v1/policies/revisions/live").document
    assert (revision.number, revision.sha256) == (live["number"], live["sha256"])
    tag = headers["ETag"]
    assert fetch(house, PATH, If_None_Match=tag)[0] == 304
    assert fetch(house, PATH + ".tar.gz", If_None_Match='"another"')[0] == 200
    assert fetch(house, "/v1/opa/bundles/nothing")[0] == 404


def test_long_polling_answers_when_the_policy_changes(house: House) -> None:
    _, _, headers = fetch(house, PATH)
    found: list[int] = []
    waiting = threading.Thread(
        target=lambda: found.append(
            fetch(house, PATH, If_None_Match=headers["ETag"], Prefer="modes=snapshot;wait=25")[0]
        )
    )
    waiting.start()
    time.sleep(0.5)
    held = house.api("admin-1").post("/v1/policies/holds", {"vendor": "nobody", "reason": "to be seen", "hours": 1})
    assert held.status == 201, held.document
    waiting.join()
    assert found == [200], "304 is said when nothing changed"

    def waited_in_vain() -> float | None:
        _, _, headers = fetch(house, PATH)
        began = time.monotonic()
        status = fetch(house, PATH, If_None_Match=headers["ETag"], Prefer="wait=1")[0]
        return time.monotonic() - began if status == 304 else None

    assert until(waited_in_vain, "the other worker follows") >= 0.9


def test_each_needs_its_scope(house: House) -> None:
    for path in (PATH, "/v1/opa/bundles/discovery", "/v1/opa/config"):
        refused = house.api("clerk").get(path)
        assert (refused.status, refused.code) == (403, "SCOPE_MISSING")
    assert house.api("clerk").post("/v1/opa/status", {}).code == "SCOPE_MISSING"


def test_decisions_are_given_in_the_shape_of_opas_log_without_their_input(house: House) -> None:
    answer = house.api("auditor").get("/v1/opa/decisions?limit=5&order=newest")
    assert answer.status == 200
    items = answer.document["items"]
    assert items
    for item in items:
        assert set(item) == {
            "labels", "decision_id", "bundles", "path", "result", "requested_by", "timestamp", "erased",
        }  # fmt: skip
        assert item["bundles"]["writgate"]["revision"].isdigit()
        assert item["erased"] == ["/input"]
    assert house.api("lakeport").get("/v1/opa/decisions").code == "SCOPE_MISSING"


def test_a_report_that_is_no_object_is_refused(house: House) -> None:
    api = house.api("lakeport")
    assert api.post("/v1/opa/status", {"labels": 7, "bundles": []}).status == 200
    request = urllib.request.Request(
        f"{house.url}/v1/opa/status", data=b"[1]", method="POST",
        headers={"Authorization": f"Bearer {house.bearer('lakeport')}", "Content-Type": "application/json"},
    )  # fmt: skip
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=PATIENCE_SECONDS)
    assert refused.value.code == 422
    refused.value.close()


@pytest.fixture
def their_opa(house: House, tmp_path: Path) -> Iterator[str]:
    """An OPA with nothing but the gateway's boot configuration, the public key, and a token."""
    program = shutil.which("opa")
    if program is None:
        pytest.skip("needs the opa program")
    api = house.api("lakeport")
    config = api.get("/v1/opa/config").document
    (tmp_path / "token").write_text(house.bearer("lakeport"))
    config["services"]["writgate"]["credentials"] = {"bearer": {"token_path": str(tmp_path / "token")}}
    config["keys"]["policy"]["key"] = (house.settings.keys / "policy.pem").read_text()
    (tmp_path / "config.json").write_text(json.dumps(config))
    port = free_port("127.0.0.1")
    with (tmp_path / "opa.log").open("wb") as log:
        process = subprocess.Popen(
            [program, "run", "--server", "--addr", f"127.0.0.1:{port}", "--config-file", "config.json",
             "--disable-telemetry"],
            cwd=tmp_path, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}"
        until(lambda: process.poll() is not None or _ready(url), "their opa is ready")
        assert process.poll() is None, (tmp_path / "opa.log").read_text()[-3000:]
        yield url
    finally:
        process.terminate()
        process.wait()


def _ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health?bundles=true&plugins=true", timeout=2) as answer:
            return answer.status == 200 and "permit" in _ask(url, {"now": 1})
    except OSError:
        return False


def _ask(url: str, document: dict[str, Any]) -> dict[str, Any]:
    request = urllib.request.Request(
        f"{url}/v1/data/writgate/decision", data=json.dumps({"input": document}).encode(), method="POST"
    )
    with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
        found: dict[str, Any] = json.loads(answer.read()).get("result", {})
    return found


@pytest.mark.opa
def test_an_opa_that_joins_by_discovery_decides_the_same_and_reports(house: House, their_opa: str) -> None:
    _, content, _ = fetch(house, PATH)
    revision = Revision.open(gzip.decompress(content), key=verification_key(house.settings.keys))
    engine = WasmEngine(revision, instances=1)
    rows = json.loads(shipped().files["scenarios/us_wa.json"])["scenarios"][::12]
    for row in rows:
        document = from_scenario(row)
        theirs, ours = _ask(their_opa, document), engine.decide(document)
        assert theirs["permit"] == ours.permit, row["id"]
        assert {reason["code"] for reason in theirs["reasons"]} == set(ours.codes), row["id"]
        assert theirs["revision"] == revision.number
    engine.close()

    def reported() -> list[dict[str, Any]]:
        items = house.api("lakeport").get("/v1/opa/status").document["items"]
        return [item for item in items if item["revision"]]

    items = until(reported, "it reports")
    assert items[0]["client"] == "lakeport"
    assert items[0]["revision"] == str(revision.number)
    assert items[0]["opa_version"]
