"""A monitor believes what continues what it saw, and shouts about everything else."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from bundle_house import receipts_of
from served_log import served_log

from gateway.audit.errors import SignatureInvalid
from gateway.audit.monitor import Alarm, Monitor
from gateway.audit.rotation import rotate
from gateway.outbound import Outbound

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from audit_house import LogUnderTest


@pytest.fixture
def url(audit: LogUnderTest) -> Iterator[str]:
    audit.write(300)
    audit.publish()
    with served_log(audit) as served:
        yield served


class Clock:
    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


def monitor(audit: LogUnderTest, url: str, folder: Path, clock: Clock | None = None) -> Monitor:
    return Monitor(
        url, audit.verifier_key, folder=folder, outbound=Outbound([url.removesuffix("/log")]), clock=clock or Clock()
    )


def alarms(followed: Monitor) -> list[Alarm]:
    return [shout.alarm for shout in followed.look()]


def test_a_log_that_grows_is_followed_also_by_one_that_begins_anew(
    audit: LogUnderTest, url: str, tmp_path: Path
) -> None:
    for count in (1, 255, 400, 1):
        assert alarms(monitor(audit, url, tmp_path)) == []
        audit.write(count)
        audit.publish()
    assert alarms(monitor(audit, url, tmp_path)) == []


def test_silence_is_stale_and_growth_ends_it(audit: LogUnderTest, url: str, tmp_path: Path) -> None:
    clock = Clock()
    followed = monitor(audit, url, tmp_path, clock)
    assert alarms(followed) == []
    clock.ahead = 200.0
    assert alarms(followed) == [Alarm.STALE]
    audit.write(1)
    audit.publish()
    assert alarms(followed) == []


def test_a_receipt_is_watched_over_until_it_is_kept(audit: LogUnderTest, url: str, tmp_path: Path) -> None:
    clock, receipts = Clock(), receipts_of(audit)
    followed = monitor(audit, url, tmp_path, clock)
    (sealed,) = audit.write(1)
    followed.add_receipt(receipts.sign(sealed.leaf_hash, time_ns=sealed.time_ns))
    followed.add_receipt(receipts.sign(bytes(32), time_ns=sealed.time_ns))
    assert alarms(followed) == [], "neither is due"
    audit.publish()
    clock.ahead = 61.0
    assert alarms(followed) == [Alarm.RECEIPT_BROKEN], "one was kept"
    with pytest.raises(SignatureInvalid):
        followed.add_receipt("e30.e30.e30")


def test_a_new_key_is_followed_from_the_old_one(audit: LogUnderTest, url: str, tmp_path: Path) -> None:
    followed = monitor(audit, url, tmp_path)
    assert alarms(followed) == []
    rotate(audit.signer, actor="operator")
    audit.write(1)
    audit.publish()
    assert alarms(followed) == []


def test_a_log_that_does_not_answer_is_told_of(audit: LogUnderTest, tmp_path: Path) -> None:
    with served_log(audit) as url:
        assert alarms(monitor(audit, url, tmp_path)) == [Alarm.UNREACHABLE], "nothing was signed yet"
    assert alarms(monitor(audit, url, tmp_path)) == [Alarm.UNREACHABLE]
