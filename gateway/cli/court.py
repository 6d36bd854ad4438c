"""`writgate court …`: plays the court in trials: its keys, its warrants, and what it says of them afterwards.

Nothing here touches a gateway: the files that it writes go the way that a real court's would. Its private keys stand in
the folder that is named, for this user only.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, Final

import click
from joserfc import jws
from joserfc.jwk import ECKey

from gateway.private_files import write_once
from gateway.registry import court_statements, instruments
from gateway.registry.words import parse_rfc3339

_FOLDER: Final = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("court"),
    show_default=True,
    help="Where the court keeps its keys.",
)
_KID: Final = click.option("--kid", default=None, help="Which key signs; the newest where left out.")
_OUT: Final = click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=None, help="Else printed.")
_NS: Final = 10**9


@click.group()
def court() -> None:
    """Play a court, for trials: keys, warrants, revocations, status lists."""


@court.command("key")
@click.argument("court_id", metavar="COURT")
@click.argument("kid")
@click.option("--days", type=click.IntRange(1, 3660), default=365, show_default=True)
@_FOLDER
def make_key(*, court_id: str, kid: str, days: int, folder: Path) -> None:
    """Make a key, and print the document that a gateway pins (`writgate proposal make court_key.add FILE`)."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"})
    now = time.time_ns()
    # A warrant says in whole seconds when it was issued: one of this very second is not from before the key.
    begins = now // _NS * _NS
    public = {
        "court": court_id,
        "kid": kid,
        "jwk": key.as_dict(private=False),
        "not_before_ns": begins,
        "not_after_ns": begins + days * 86_400 * _NS,
    }
    private = {"court": court_id, "made_ns": now, "jwk": key.as_dict(private=True)}
    if not write_once(folder / f"{kid}.key.json", json.dumps(private).encode()):
        raise click.ClickException(f"There is a key {kid} in {folder}. Choose another name.")
    click.echo(json.dumps(public))


@court.command("issue")
@click.argument("number")
@click.option("--gateway", required=True, metavar="URL", help="Whom the warrant is addressed to.")
@click.option("--agency", required=True)
@click.option("--case", required=True, help="The court's docket number.")
@click.option("--type", "instrument_type", default="search_warrant", show_default=True)
@click.option("--gallery", "galleries", multiple=True, required=True, metavar="PATTERN")
@click.option("--purpose", "purposes", multiple=True, required=True)
@click.option("--operation", "operations", multiple=True, default=("identify_1_to_n",), show_default=True)
@click.option("--mode", "modes", multiple=True, default=("still_image",), show_default=True)
@click.option("--probe-sha256", multiple=True, metavar="HEX")
@click.option("--searches", "max_searches", type=click.IntRange(min=1), default=None)
@click.option("--place", default=None)
@click.option("--from", "opens", metavar="TIME", default=None, help="RFC 3339: when the time window opens.")
@click.option("--to", "closes", metavar="TIME", default=None)
@click.option("--days", type=click.IntRange(1, 366), default=14, show_default=True, help="How long it is valid.")
@click.option("--judge", default=None)
@click.option("--standard", default=None, help="The finding, such as probable cause.")
@click.option("--subject", default=None)
@click.option("--sealed", is_flag=True)
@click.option("--notice-after", type=int, default=None, metavar="DAYS", help="Until when the subject is not told.")
@click.option("--delete-by", type=int, default=None, metavar="DAYS", help="When what was found must be gone.")
@click.option("--replaces", multiple=True, metavar="NUMBER", help="A warrant that this one takes the place of.")
@_KID
@_FOLDER
@_OUT
def issue(
    *,
    number: str,
    gateway: str,
    opens: str | None,
    closes: str | None,
    days: int,
    notice_after: int | None,
    delete_by: int | None,
    kid: str | None,
    folder: Path,
    out: Path | None,
    **given: Any,
) -> None:
    """Sign a warrant."""
    now, day = int(time.time()), 86_400
    detail: dict[str, Any] = {"type": "biometric_search", "time_window": _window(opens, closes)}
    for name in ("operations", "modes", "galleries", "purposes", "probe_sha256", "max_searches", "place"):
        value = given.pop(name)
        detail[name] = list(value) if isinstance(value, tuple) else value
    claims = given | {
        "replaces": list(given["replaces"]),
        "jti": number,
        "iat": now,
        "exp": now + days * day,
        "aud": gateway,
        "notice_after": None if notice_after is None else now + notice_after * day,
        "delete_by": None if delete_by is None else now + delete_by * day,
        "authorization_details": [_said(detail)],
    }
    _write(_sign(folder, kid, instruments.TYP, _said(claims)), out)


@court.command("revoke")
@click.argument("number")
@click.option("--gateway", required=True, metavar="URL")
@click.option("--quash", is_flag=True, help="It was wrong from the beginning, not only over.")
@_KID
@_FOLDER
@_OUT
def revoke(*, number: str, gateway: str, quash: bool, kid: str | None, folder: Path, out: Path | None) -> None:
    """Sign that a warrant is revoked. It goes to POST /v1/court-statements."""
    _write(_state(folder, kid, gateway, [(number, "quashed" if quash else "revoked")]), out)


@court.command("status-list")
@click.argument("numbers", nargs=-1, required=True, metavar="NUMBER=STATUS…")
@click.option("--gateway", required=True, metavar="URL")
@_KID
@_FOLDER
@_OUT
def status_list(*, numbers: tuple[str, ...], gateway: str, kid: str | None, folder: Path, out: Path | None) -> None:
    """Sign a list of warrants that are revoked or quashed."""
    pairs = [(number, status) for number, _, status in (text.partition("=") for text in numbers)]
    if any(status not in ("revoked", "quashed") for _, status in pairs):
        raise click.BadParameter("write NUMBER=revoked or NUMBER=quashed", param_hint="NUMBERS")
    _write(_state(folder, kid, gateway, pairs), out)


def _state(folder: Path, kid: str | None, gateway: str, pairs: list[tuple[str, str]]) -> str:
    now = int(time.time())
    claims = {
        "jti": f"status-{time.time_ns()}",
        "iat": now,
        "aud": gateway,
        "warrants": [{"jti": number, "status": status} for number, status in pairs],
    }
    return _sign(folder, kid, court_statements.TYP, claims)


def _sign(folder: Path, kid: str | None, typ: str, claims: dict[str, Any]) -> str:
    held = _key(folder, kid)
    key = ECKey.import_key(held["jwk"])
    header = {"alg": "ES256", "typ": typ, "kid": held["jwk"]["kid"]}
    return jws.serialize_compact(header, json.dumps({"iss": held["court"]} | claims).encode(), key)


def _key(folder: Path, kid: str | None) -> dict[str, Any]:
    keys = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.key.json"))]
    found = [held for held in keys if kid in (None, held["jwk"]["kid"])]
    if not found:
        raise click.ClickException(f"There is no such key in {folder}. Make one with `writgate court key`.")
    newest: dict[str, Any] = max(found, key=lambda held: int(held["made_ns"]))
    return newest


def _window(opens: str | None, closes: str | None) -> dict[str, str] | None:
    if opens is None and closes is None:
        return None
    if opens is None or closes is None:
        raise click.UsageError("A time window has a --from and a --to.")
    for text in (opens, closes):
        try:
            parse_rfc3339(text)
        except ValueError as error:
            raise click.UsageError(f"{text} {error}.") from None
    return {"from": opens, "to": closes}


def _said(claims: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in claims.items() if value not in (None, [], False)}


def _write(compact: str, out: Path | None) -> None:
    if out is None:
        click.echo(compact)
    else:
        out.write_text(compact + "\n", encoding="ascii")
