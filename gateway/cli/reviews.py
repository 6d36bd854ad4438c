"""`writgate reviews`: what an examiner can take, the pictures to compare, and the judgement."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import click

from gateway.cli.caller import accepted, api_for, client_option

_home = click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="The gateway's folder.")
_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


@click.group()
def reviews() -> None:
    """Results that wait for two examiners."""


@reviews.command("list")
@client_option
@_home
@_json
def list_reviews(*, client: str | None, home: Path | None, as_json: bool) -> None:
    """What you can take or have taken, the oldest first."""
    found = accepted(api_for(home, client).get("/v1/reviews?limit=200"))
    if as_json:
        click.echo(json.dumps(found))
        return
    for item in found["items"]:
        click.echo(f"{item['id']}  {item['operation']}  until {item['expires_at']}  {'yours' if item['taken'] else ''}")


@reviews.command("take")
@click.argument("review_id")
@client_option
@_home
@_json
def take(*, review_id: str, client: str | None, home: Path | None, as_json: bool) -> None:
    """Take a place in a review."""
    taken = accepted(api_for(home, client).post(f"/v1/reviews/{review_id}/take", {}))
    click.echo(json.dumps(taken) if as_json else f"{taken['id']}  yours until it is judged")


@reviews.command("show")
@click.argument("review_id")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@client_option
@_home
@_json
def show(*, review_id: str, folder: Path, client: str | None, home: Path | None, as_json: bool) -> None:
    """Write the probe and every candidate's picture to FOLDER. Seeing them is an entry on the log."""
    seen = accepted(api_for(home, client).get(f"/v1/reviews/{review_id}"))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "probe").write_bytes(base64.b64decode(seen["probe"]))
    for one in seen["candidates"]:
        if one["picture"] is not None:
            (folder / f"{one['candidate']}.jpg").write_bytes(base64.b64decode(one["picture"]))
    if as_json:
        click.echo(json.dumps(seen))
        return
    for one in seen["candidates"]:
        click.echo(one["candidate"] if one["picture"] else f"{one['candidate']}  (its picture is gone)")


@reviews.command("decide")
@click.argument("review_id")
@click.option("--same", multiple=True, metavar="CANDIDATE", help="The same person as the probe; may be repeated.")
@click.option("--different", multiple=True, metavar="CANDIDATE", help="Another person; may be repeated.")
@click.option("--inconclusive", multiple=True, metavar="CANDIDATE", help="Cannot be said; may be repeated.")
@click.option("--reason", required=True, help="What was compared, in a sentence.")
@client_option
@_home
@_json
def decide(
    *,
    review_id: str,
    same: tuple[str, ...],
    different: tuple[str, ...],
    inconclusive: tuple[str, ...],
    reason: str,
    client: str | None,
    home: Path | None,
    as_json: bool,
) -> None:
    """Judge every candidate, once."""
    verdicts = [
        {"candidate": candidate, "verdict": verdict}
        for verdict, candidates in (
            ("same_person", same),
            ("different_person", different),
            ("inconclusive", inconclusive),
        )
        for candidate in candidates
    ]
    body = {"verdicts": verdicts, "reason": reason}
    judged = accepted(api_for(home, client).post(f"/v1/reviews/{review_id}/judgement", body))
    click.echo(json.dumps(judged) if as_json else f"{judged['id']}  judged")
