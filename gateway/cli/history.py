"""`writgate policy replay | explain | rules | diff | impact`: decisions that were made, and what changes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.caller import accepted, api_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.cli.http import Api

_home = click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="The gateway's folder.")
_client = click.option("--client", default="admin-1", show_default=True, help="Who asks.")
_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
_revision = click.option("--revision", type=click.IntRange(min=1), default=None, help="Another than the live one.")
_last = click.option("--last", type=click.IntRange(min=1), default=10_000, show_default=True, help="Decisions.")


@click.command("replay")
@click.argument("decision_id")
@click.option("--revision", type=click.IntRange(min=1), default=None, help="Another than the one that decided.")
@_client
@_home
@_json
@click.pass_context
def replay(
    context: click.Context, *, decision_id: str, revision: int | None, client: str, home: Path | None, as_json: bool
) -> None:
    """Make a recorded decision again from the log; exit 1 if the answer is another one."""
    body = {"decision_id": decision_id} | ({"revision": revision} if revision else {})
    found = accepted(api_for(home, client).post("/v1/policies/replays", body))
    if as_json:
        click.echo(json.dumps(found))
    else:
        number, sha256 = found["revision"]["number"], found["revision"]["sha256"]
        click.echo(f"Decision {found['decision_id']}, entry {found['index']}, under revision {number} ({sha256[:12]})")
        click.echo(f"then  {_spoken(found['recorded'])}")
        click.echo(f"now   {_spoken(found['replayed'])}")
        click.echo("The same answer." if found["same"] else "ANOTHER ANSWER.")
    context.exit(0 if found["same"] else 1)


@click.command("explain")
@click.argument("decision_id", required=False)
@click.option("--request", "asked", type=click.File("rb"), help="A hypothetical request: an input document in JSON.")
@click.option("--pack", help="Only this pack.")
@_revision
@_client
@_home
@_json
def explain(
    *,
    decision_id: str | None,
    asked: Any,
    pack: str | None,
    revision: int | None,
    client: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Say why policy answers a recorded decision, or a request in a file, as it does."""
    if (decision_id is None) == (asked is None):
        raise click.UsageError("Give a decision id or --request FILE.")
    api = api_for(home, client)
    body = {"decision_id": decision_id} if decision_id else {"request": json.loads(asked.read())}
    if pack:
        body["pack"] = pack
    path = f"/v1/policies/revisions/{revision or _live(api)}/explain"
    found = accepted(api.post(path, body))
    if as_json:
        click.echo(json.dumps(found))
        return
    click.echo(f"{'PERMITTED' if found['permit'] else 'DENIED'} under revision {found['revision']['number']}")
    for one in found["packs"]:
        _show_pack(one)
    _show_lawful(found["lawful"])


@click.command("rules")
@_last
@_revision
@_client
@_home
@_json
def rules(*, last: int, revision: int | None, client: str, home: Path | None, as_json: bool) -> None:
    """Show how often each rule spoke in the last decisions, and when last."""
    api = api_for(home, client)
    found = accepted(api.get(f"/v1/policies/revisions/{revision or _live(api)}/rules?last={last}"))
    if as_json:
        click.echo(json.dumps(found))
        return
    for one in sorted(found["rules"], key=lambda one: (-int(one["hits"]), one["pack"], one["rule"])):
        when = one["last"]["at"][:19] if one["last"] else "never"
        click.echo(f"{one['hits']:>8}  {when:<20} {one['kind']:<11}{one['pack']}.{one['rule']}  {one['code']}")
    click.echo(
        f"{found['decisions']} decisions; {len(found['never'])} of {len(found['rules'])} rules never spoke;"
        f" {found['erased']['decisions']} decisions are erased and counted by code only"
    )


@click.command("diff")
@click.argument("number", type=click.IntRange(min=1))
@click.argument("other", type=click.IntRange(min=1))
@click.option("--text", is_flag=True, help="Line by line, too.")
@_client
@_home
@_json
def diff(*, number: int, other: int, text: bool, client: str, home: Path | None, as_json: bool) -> None:
    """Show what changed from one revision to another: rules, dates, thresholds."""
    found = accepted(api_for(home, client).get(f"/v1/policies/revisions/{number}/diff/{other}"))
    if as_json:
        click.echo(json.dumps(found))
        return
    click.echo("\n".join(diff_lines(found)) or "No rule, date or value differs.")
    if text:
        click.echo(found["text"])


@click.command("impact")
@click.option("--draft", help="The draft whose impact is found; kept for its review.")
@click.option("--revision", type=click.IntRange(min=1), default=None, help="A published revision: before a rollback.")
@click.option("--list", "listed", is_flag=True, help="Name each decision that changes.")
@_last
@_client
@_home
@_json
def impact(
    *,
    draft: str | None,
    revision: int | None,
    listed: bool,
    last: int,
    client: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Replay the last decisions against a draft or an older revision, and show what it would have changed."""
    if (draft is None) == (revision is None):
        raise click.UsageError("Give --draft or --revision.")
    place = f"drafts/{draft}" if draft else f"revisions/{revision}"
    answer = accepted(api_for(home, client).post(f"/v1/policies/{place}/impact", {"last": last}))
    if as_json:
        click.echo(json.dumps(answer))
        return
    click.echo("\n".join(impact_lines(answer["impact"], listed=listed)))
    click.echo(f"digest {answer['digest']}")


COMMANDS = (replay, explain, rules, diff, impact)


def impact_lines(found: Mapping[str, Any], *, listed: bool) -> Iterable[str]:
    """An impact as a person reads it."""
    speed = found["speed"]
    yield f"Beside revision {found['base']['number']}: {found['replayed']} of {found['found']} decisions replayed"
    yield f"  not replayable, erased: {len(found['not_replayable'])}"
    yield f"  refused before policy was asked: {found['refused_before_policy']}"
    if found["unfaithful"]:
        yield f"  ANOTHER ANSWER THAN RECORDED under the same revision: {len(found['unfaithful'])}"
    for change, count in found["counts"].items():
        yield f"{count:>8}  {change.replace('_', ' ')}"
    yield f"{len(speed['slower']):>8}  slower, of {speed['sampled']} that were timed"
    yield (
        f"one decision: {speed['base_microseconds']} us before, {speed['candidate_microseconds']} us after;"
        f" {speed['decisions_per_second']} decisions a second on {speed['processes']} processors"
    )
    for group, names in found["by"].items():
        for name, counts in names.items():
            changes = ", ".join(
                f"{key.replace('_', ' ')} {value}" for key, value in counts.items() if key != "replayed"
            )
            if changes:
                yield f"  {group} {name}: {changes} (of {counts.get('replayed', 0)})"
    if listed:
        for row in found["decisions"]:
            gone = [f"-{one['pack']}.{one['rule']}" for one in row["reasons"]["gone"]]
            new = [f"+{one['pack']}.{one['rule']}" for one in row["reasons"]["new"]]
            yield "  ".join((row["decision_id"], row["agency"], *row["changes"], *gone, *new))


def diff_lines(found: Mapping[str, Any]) -> Iterable[str]:
    """A semantic diff as a person reads it."""
    for sign, listed in (("+", found["rules"]["added"]), ("-", found["rules"]["removed"])):
        for one in listed:
            yield f"{sign} {one['kind']} {one['pack']}.{one['rule']}  {one['code']}  [{one['citation']}]"
    for one in found["rules"]["changed"]:
        yield f"~ {one['pack']}.{one['rule']}  [{one['citation']}]"
        for name in ("kind", "code", "numbers"):
            if name in one:
                yield f"    {name}: {one[name]['from']} -> {one[name]['to']}"
        for name, change in (*one.get("dates", {}).items(), *one.get("words", {}).items()):
            yield f"    {name}: {change['from']} -> {change['to']}"
        if "conditions" in one:
            yield "    its conditions changed"
    for one in found["data"]:
        yield f"~ data.{one['path']}: {json.dumps(one['from'])} -> {json.dumps(one['to'])}"
    for one in found["modules"]:
        yield f"  {one['change']} {one['file']}"


def _live(api: Api) -> int:
    return int(accepted(api.get("/v1/policies/revisions/live"))["number"])


def _spoken(document: Mapping[str, Any]) -> str:
    codes = ", ".join(sorted({reason["code"] for reason in document["reasons"]}))
    duties = ", ".join(sorted({duty["code"] for duty in document["obligations"]}))
    return f"{'permit' if document['permit'] else 'denial'}: {codes}; obligations: {duties or 'none'}"


def _show_pack(one: Mapping[str, Any]) -> None:
    if not one["applies"]:
        return
    click.echo(f"\n{one['pack']}")
    for rule in one.get("rules", []):
        if not rule["spoke"]:
            continue
        click.echo(f"  {rule['kind']} {rule['rule']}  {rule['code']}  [{rule['citation']}]")
        click.echo(f"    {rule['sentence']}")
        for way in rule["ways"]:
            for condition in way["conditions"] if way["holds"] else ():
                looked = ", ".join(
                    f"{item['path']} = {json.dumps(item['value']) if 'value' in item else 'withheld'}"
                    for item in condition["looked_at"]
                )
                click.echo(f"      holds: {condition['text']}" + (f"   ({looked})" if looked else ""))


def _show_lawful(lawful: Mapping[str, Any]) -> None:
    if lawful["already"]:
        return
    click.echo("\nWhat would make it lawful")
    for one in lawful["remedies"]:
        click.echo(f"  {one['code']} [{one['citation']}]: {one['remedy']}")
    if lawful["verified"]:
        click.echo("  Tried, and permitted with these facts instead:")
        for change in lawful["changes"]:
            click.echo(f"    {change['path']}: {json.dumps(change['from'])} -> {json.dumps(change['to'])}")
    else:
        click.echo("  No set of facts that was tried is permitted.")
