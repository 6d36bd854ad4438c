"""`writgate doctor`: what is weak about a gateway, each with what to do about it.

Weak is what the gateway allows and somebody should know of: it works, and protects less than it could. What must not be
is refused elsewhere.
"""

from __future__ import annotations

import json
import stat
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from gateway.audit import agreed_witnesses, standing
from gateway.audit.clock import ClockNotTrusted, sound_now
from gateway.cli.records import HOME, JSON, services
from gateway.postgres.deployment import DatabaseRole
from gateway.settings import LOOPBACK, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.cli.context import LocalServices

# What the search's kernels have a fast form for.
_FAST: Final = "avx2"
_SECONDS: Final = 10
_LOG_KEYS: Final = "log*.key"
# What proves to the client that the server is the one that was meant (PostgreSQL, libpq-ssl).
_PROVEN: Final = frozenset({"verify-ca", "verify-full"})


@dataclass(frozen=True, slots=True)
class Weakness:
    """`remedy` says what to do, or where to read about it."""

    code: str
    sentence: str
    remedy: str


@click.command()
@HOME
@JSON
def doctor(*, home: Path | None, as_json: bool) -> None:
    """Say what is weak about this gateway. Ends with 1 where something is."""
    with services(home) as local:
        found = [
            *settings_left_on(local.settings),
            *keys(local.settings.keys),
            *database(local),
            *clock(local),
            *log(local),
            *processor(Path("/proc/cpuinfo")),
        ]
    if as_json:
        click.echo(json.dumps({"weak": [asdict(weakness) for weakness in found]}))
    else:
        for weakness in found:
            click.echo(f"{weakness.code}\n  {weakness.sentence}\n  {weakness.remedy}")
        click.echo(f"{len(found)} weak." if found else "Nothing is weak that this command knows of.")
    if found:
        raise SystemExit(1)


def settings_left_on(settings: Settings) -> Iterator[Weakness]:
    """Settings that are for a trial, and those without which nobody hears of what happens."""
    for name, field in Settings.model_fields.items():
        word, _, says = (field.description or "").partition(" ")
        if word == "Weakens." and getattr(settings, name):
            variable = f"WRITGATE_{name.upper()}"
            yield Weakness("SETTING_WEAKENS", f"{variable} is on. It does this: {says}", f"Leave {variable} out.")
    if settings.smtp_host is None:
        yield Weakness(
            "NOBODY_IS_MAILED",
            "Duties that fall due, approvals and incidents are told to nobody by mail.",
            "Name a server with WRITGATE_SMTP_HOST.",
        )
    if settings.timestamp_authority is None:
        yield Weakness(
            "NO_TIME_STAMPS",
            "Nobody outside says when the log was signed.",
            "Name an authority (RFC 3161) with WRITGATE_TIMESTAMP_AUTHORITY.",
        )


def keys(folder: Path) -> Iterator[Weakness]:
    """Keys that more accounts can read than need them."""
    files = [path for path in sorted(folder.iterdir()) if path.is_file() and path.suffix != ".pem"]
    if open_to_all := [path.name for path in files if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)]:
        yield Weakness(
            "KEYS_READABLE",
            f"Other accounts of this machine can read or change {', '.join(open_to_all)}.",
            "chmod 600 them, and replace them where somebody may have read them (docs/keys.md).",
        )
    owners = {path.stat().st_uid for path in files}
    if len(owners) == 1 and any(folder.glob(_LOG_KEYS)) and (folder / "token.jwk").exists():
        yield Weakness(
            "ONE_ACCOUNT",
            "One account of this machine holds all keys: who breaks into the web process can sign the log.",
            "Let witnesses keep what it signed (docs/log.md), or run the signer on another machine (docs/keys.md).",
        )


def database(local: LocalServices) -> Iterator[Weakness]:
    """Of a server that is the operator's own: whether it asks for passwords, and how it is reached."""
    if local.settings.database_url is None:
        return
    reached = conninfo_to_dict(local.settings.database_url)
    # Who shows a certificate is let in by that.
    if "sslcert" not in reached and any(_lets_in(local.deployment.conninfo(role)) for role in DatabaseRole):
        yield Weakness(
            "DATABASE_TRUSTS",
            "The database lets in whoever names a role, whatever the password.",
            "Ask for scram-sha-256 in pg_hba.conf.",
        )
    host = str(reached.get("host") or "")
    if host and host not in LOOPBACK and not host.startswith("/") and reached.get("sslmode") not in _PROVEN:
        yield Weakness(
            "DATABASE_UNPROVEN",
            "The database is on another machine, and nothing proves that it is the one that was meant.",
            "Add sslmode=verify-full and sslrootcert to WRITGATE_DATABASE_URL.",
        )


def clock(local: LocalServices) -> Iterator[Weakness]:
    with local.database.transaction() as connection:
        try:
            sound_now(connection, like_host=not local.settings.allow_injected_clock)
        except ClockNotTrusted as refused:
            yield Weakness(refused.code, refused.sentence, refused.remedy)


def log(local: LocalServices) -> Iterator[Weakness]:
    """Whether anybody outside keeps it, and what is late."""
    with local.auditor.transaction() as connection:
        agreed = agreed_witnesses.current(connection)
        if agreed is None or not agreed.witnesses:
            yield Weakness(
                "NO_WITNESSES",
                "Nobody outside keeps what the log signed, so whoever holds its key can write it anew.",
                "Agree on witnesses with `writgate witness propose` (docs/log.md).",
            )
        for note in standing.notes(
            connection,
            witness_seconds=60 * local.settings.witness_alarm_minutes if agreed and agreed.witnesses else None,
            stamped=local.settings.timestamp_authority is not None,
        ):
            yield Weakness("LOG_LATE", note, "See whether the gateway runs, and what its log lines say.")


def processor(about: Path) -> Iterator[Weakness]:
    """`about` is /proc/cpuinfo; where it tells of no flags, as on other architectures, nothing is said."""
    words = about.read_text(encoding="utf-8").split() if about.exists() else []
    if "flags" in words and _FAST not in words:
        yield Weakness(
            "PROCESSOR_SLOW",
            "This processor has no AVX2, for which what encodes and searches faces is made.",
            "Run the engine on one that has.",
        )


def _lets_in(conninfo: str) -> bool:
    try:
        psycopg.connect(make_conninfo(conninfo, password="no password", connect_timeout=_SECONDS)).close()  # noqa: S106 - wrong on purpose
    except psycopg.OperationalError:
        return False
    return True
