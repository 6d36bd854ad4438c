"""`writgate audit monitor`: follow a log from outside, on a machine that is not its operator's."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.audit.alarms import Alarm
from gateway.audit.errors import AuditError
from gateway.audit.monitor import Monitor
from gateway.audit.offline_main import receipt_key_of
from gateway.audit.witness_policy import WitnessPolicy
from gateway.cli.records import read_text
from gateway.outbound import Outbound, OutboundError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.audit.alarms import Shout

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
# After these there is nothing to wait for: what was seen is proof.
_FINAL = frozenset({Alarm.SPLIT_VIEW, Alarm.SHRANK, Alarm.RECEIPT_BROKEN})
_ANY_ADDRESS = ("0.0.0.0/0", "::/0")


@click.command("monitor")
@click.argument("url")
@click.option("--key", required=True, metavar="VKEY", help="The log's verifier key, as it was given to you.")
@click.option("--state", required=True, type=click.Path(path_type=Path, file_okay=False), help="What it remembers.")
@click.option("--policy", type=_FILE, help="Your policy on witnesses (tlog-policy).")
@click.option(
    "--also", multiple=True, metavar="URL", help="Where somebody else shows the log's checkpoint; repeatable."
)
@click.option("--receipt", "receipts", type=_FILE, multiple=True, help="A receipt to watch over; may be repeated.")
@click.option("--receipt-key", type=_FILE, help="The key of these receipts (JWK), if not one the log vouches for.")
@click.option("--stale", type=click.FloatRange(1), default=180, show_default=True, help="Seconds without growth.")
@click.option("--interval", type=click.FloatRange(0.1), default=10, show_default=True, help="Seconds between looks.")
@click.option("--once", is_flag=True, help="Look once; exit 1 where there is an alarm.")
def monitor(
    *,
    url: str,
    key: str,
    state: Path,
    policy: Path | None,
    also: tuple[str, ...],
    receipts: tuple[Path, ...],
    receipt_key: Path | None,
    stale: float,
    interval: float,
    once: bool,
) -> None:
    """Follow the log at URL, such as https://gateway.example/log. Each alarm is a line of JSON.

    Ends with status 1 on a split view, a log that shrank, or a broken receipt: these are proof, and kept in the state.
    """
    try:
        followed = Monitor(
            url,
            key,
            folder=state,
            outbound=Outbound([*_origins([url, *also]), *_ANY_ADDRESS]),
            policy=WitnessPolicy.load(policy) if policy else None,
            others=also,
            stale_seconds=stale,
        )
        for receipt in receipts:
            followed.add_receipt(read_text(receipt), key=receipt_key_of(receipt_key))
    except (AuditError, OutboundError, ValueError) as error:
        raise click.ClickException(str(error)) from None
    while True:
        shouts = followed.look()
        for shout in shouts:
            click.echo(json.dumps({"time": int(time.time()), **shout.document()}))
        if _ends(shouts, once=once):
            sys.exit(1 if shouts else 0)
        time.sleep(interval)


def _ends(shouts: Sequence[Shout], *, once: bool) -> bool:
    return once or any(shout.alarm in _FINAL for shout in shouts)


def _origins(urls: list[str]) -> set[str]:
    return {"/".join(url.split("/", 3)[:3]) for url in urls}
