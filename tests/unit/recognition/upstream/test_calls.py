"""Calls of another vendor's engine: carried by the operator's rules, and tried again only where that helps."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest
from amazon_house import KEYS, Amazon, amazon, credentials, error
from structlog.testing import capture_logs

from gateway.outbound import Outbound
from gateway.recognition.upstream.calls import TRIES, Calls, UpstreamFailed, UpstreamUnusable
from gateway.recognition.upstream.calls import credentials as read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ID = "11111111-1111-1111-1111-111111111111"
GOOD = (200, {"FaceMatches": [{"Similarity": 99.5, "Face": {"FaceId": ID}}], "FaceModelVersion": "7.0"})


class Match(msgspec.Struct):
    Similarity: float


class Searched(msgspec.Struct):
    FaceMatches: list[Match]


@pytest.fixture
def there() -> Iterator[Amazon]:
    with amazon() as server:
        yield server


@pytest.fixture
def calls(there: Amazon, tmp_path: Path) -> Calls:
    return Calls(outbound=Outbound([there.url]), url=there.url, region="us-east-1", keys=credentials(tmp_path))


def search(calls: Calls) -> Searched:
    return calls.ask("search_faces", Searched, CollectionId="c", FaceId=ID)


def failure(calls: Calls) -> UpstreamFailed:
    with pytest.raises(UpstreamFailed) as failed:
        search(calls)
    return failed.value


def test_a_sound_answer_is_read_as_far_as_it_is_wanted(calls: Calls, there: Amazon) -> None:
    there.answers = [GOOD]
    assert search(calls).FaceMatches[0].Similarity == 99.5
    assert there.asked == [("SearchFaces", {"CollectionId": "c", "FaceId": ID})]
    assert (calls.made(), calls.made()) == (1, 0)


@pytest.mark.parametrize(
    ("answer", "code", "tries"),
    [
        (error("ThrottlingException"), "UPSTREAM_BUSY", TRIES),
        (error("ProvisionedThroughputExceededException"), "UPSTREAM_BUSY", TRIES),
        (error("LimitExceededException"), "UPSTREAM_BUSY", TRIES),
        (error("InternalServerError", 500), "UPSTREAM_UNREACHABLE", TRIES),
        ((503, b"<html>"), "UPSTREAM_UNREACHABLE", TRIES),
        (None, "UPSTREAM_UNREACHABLE", TRIES),
        (error("AccessDeniedException"), "UPSTREAM_REFUSED", 1),
        (error("UnrecognizedClientException"), "UPSTREAM_REFUSED", 1),
        ((302, b""), "UPSTREAM_MALFORMED", 1),
        ((200, b""), "UPSTREAM_MALFORMED", 1),
        ((200, b"{"), "UPSTREAM_MALFORMED", 1),
        ((200, b"[]"), "UPSTREAM_MALFORMED", 1),
        ((200, {}), "UPSTREAM_MALFORMED", 1),
        ((200, {"FaceMatches": None}), "UPSTREAM_MALFORMED", 1),
        ((200, {"FaceMatches": [{}]}), "UPSTREAM_MALFORMED", 1),
        ((200, {"FaceMatches": [{"Similarity": "99"}]}), "UPSTREAM_MALFORMED", 1),
    ],
    ids=str,
)
def test_whatever_is_no_sound_answer_is_a_failure_of_its_kind(
    calls: Calls, there: Amazon, answer: tuple[int, object] | None, code: str, tries: int
) -> None:
    there.answers = [answer]
    failed = failure(calls)
    assert failed.code == code
    assert (len(there.asked), calls.made()) == (tries, tries)
    assert "quote" not in f"{failed} {failed.error} {failed.__context__ if not failed.__suppress_context__ else ''}"


def test_what_is_busy_once_is_asked_again(calls: Calls, there: Amazon) -> None:
    there.answers = [error("ThrottlingException"), GOOD]
    assert len(search(calls).FaceMatches) == 1
    assert calls.made() == 2


def test_nobody_listening_is_unreachable(tmp_path: Path) -> None:
    with amazon() as gone:
        url = gone.url
    calls = Calls(outbound=Outbound([url]), url=url, region="us-east-1", keys=credentials(tmp_path))
    assert failure(calls).code == "UPSTREAM_UNREACHABLE"


def test_one_that_does_not_answer_in_time_is_unreachable(there: Amazon, tmp_path: Path) -> None:
    there.talking.clear()
    keys = credentials(tmp_path)
    calls = Calls(outbound=Outbound([there.url]), url=there.url, region="us-east-1", keys=keys, seconds=0.2)
    assert failure(calls).code == "UPSTREAM_UNREACHABLE"
    assert calls.made() == TRIES


def test_an_address_that_the_operator_did_not_list_is_refused_at_the_start(there: Amazon, tmp_path: Path) -> None:
    for allowed in ([], ["http://127.0.0.1:1"]):
        with pytest.raises(UpstreamUnusable, match="list"):
            Calls(outbound=Outbound(allowed), url=there.url, region="us-east-1", keys=credentials(tmp_path))
    assert there.connections == 0


def test_credentials_are_the_files_and_changed_ones_count_from_the_next_call(
    calls: Calls, there: Amazon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDFROMTHEENVIRONMENT")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not to be used")
    there.answers = [GOOD]
    search(calls)
    first = calls._client
    search(calls)
    assert calls._client is first
    credentials(tmp_path, access_key_id="AKIDANOTHER")
    search(calls)
    assert calls._client._request_signer._credentials.access_key == "AKIDANOTHER"


@pytest.mark.parametrize("content", ["", "{}", json.dumps(KEYS | {"profile": "x"}), json.dumps({"access_key_id": 1})])
def test_a_file_of_another_form_is_refused_without_a_word_of_it(tmp_path: Path, content: str) -> None:
    path = credentials(tmp_path)
    path.write_text(content)
    with pytest.raises(UpstreamUnusable) as refused:
        read(path)
    assert refused.value.__suppress_context__
    assert KEYS["secret_access_key"] not in str(refused.value)


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = credentials(tmp_path)
    path.chmod(0o640)
    with pytest.raises(UpstreamUnusable, match="chmod 600"):
        read(path)
    with pytest.raises(UpstreamUnusable, match="cannot be read"):
        read(tmp_path / "none")
    path.chmod(0o600)
    assert "AKID" not in repr(read(path))


def test_nothing_of_the_credentials_is_logged(calls: Calls, there: Amazon, caplog: pytest.LogCaptureFixture) -> None:
    there.answers = [error("AccessDeniedException")]
    with capture_logs() as lines, caplog.at_level("INFO"):
        failure(calls)
    for secret in KEYS.values():
        assert secret not in f"{lines} {caplog.text}"
