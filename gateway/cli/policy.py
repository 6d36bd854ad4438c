"""`writgate policy`: the life of a revision, over the gateway's own HTTP interface.

`draft pull` writes a draft's files into a folder, where any editor and `opa` itself work on them; `draft push` sends
what differs. Every other command is one request.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import click

from gateway.cli import history
from gateway.cli.caller import accepted, api_for

if TYPE_CHECKING:
    from gateway.cli.http import Answer, Api

_DRAFTS: Final = "/v1/policies/drafts"
_PAUSE_SECONDS: Final = 2.0
_LONGEST_CHECK_SECONDS: Final = 900.0

_home = click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="The gateway's folder.")
_client = click.option("--client", default="admin-1", show_default=True, help="Which administrator acts.")
_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
_folder = click.argument("folder", type=click.Path(path_type=Path, file_okay=False))


@click.group()
def policy() -> None:
    """Drafts, reviews, publications, holds: how policy changes."""


for _command in history.COMMANDS:
    policy.add_command(_command)


@policy.command("offences")
@click.option("--jurisdiction", help="Such as US-WA.")
@_client
@_home
@_json
def offences(*, jurisdiction: str | None, client: str, home: Path | None, as_json: bool) -> None:
    """The offences that policy knows, by the statute that a request names."""
    narrowed = "" if jurisdiction is None else "?" + urlencode({"jurisdiction": jurisdiction})
    found = accepted(api_for(home, client).get("/v1/policies/offences" + narrowed))
    if as_json:
        click.echo(json.dumps(found))
        return
    for item in found["items"]:
        click.echo(f"{item['statute']}  {item['jurisdiction']}  {item['label']}")


@policy.group()
def draft() -> None:
    """Make and edit drafts."""


@draft.command("new")
@click.argument("title")
@click.option("--why", required=True, help="What the change is for, in a sentence.")
@_client
@_home
@_json
def new(*, title: str, why: str, client: str, home: Path | None, as_json: bool) -> None:
    """Begin a draft over the live revision."""
    _show(accepted(api_for(home, client).post(_DRAFTS, {"title": title, "why": why})), as_json=as_json)


@draft.command("list")
@click.option("--state", default=None, help="Only drafts in this state, such as submitted.")
@_client
@_home
@_json
def list_drafts(*, state: str | None, client: str, home: Path | None, as_json: bool) -> None:
    """Drafts, the newest first."""
    found = accepted(api_for(home, client).get(_DRAFTS + (f"?state={state}" if state else "")))
    if as_json:
        click.echo(json.dumps(found))
        return
    for item in found["items"]:
        _show(item, as_json=False)


@draft.command("show")
@click.argument("draft_id")
@_client
@_home
@_json
def show(*, draft_id: str, client: str, home: Path | None, as_json: bool) -> None:
    """A draft with its authors and reviews."""
    found = accepted(api_for(home, client).get(f"{_DRAFTS}/{draft_id}"))
    _show(found, as_json=as_json)
    if not as_json:
        click.echo(f"  why: {found['why']}")
        for review in found["reviews"]:
            click.echo(f"  {review['verdict']} by {review['reviewer']}: {review['reason']}")


@draft.command("pull")
@click.argument("draft_id")
@_folder
@_client
@_home
def pull(*, draft_id: str, folder: Path, client: str, home: Path | None) -> None:
    """Write the draft's files into FOLDER, which must be empty or not there."""
    if folder.exists() and any(folder.iterdir()):
        raise click.ClickException(f"{folder} is not empty.")
    api = api_for(home, client)
    files = _files(api, draft_id)
    for path in files:
        content = accepted(api.get(f"{_DRAFTS}/{draft_id}/files/{path}"))["content"]
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode())
    click.echo(f"{len(files)} files in {folder}. Edit them, then: writgate policy draft push {draft_id} {folder}")


@draft.command("push")
@click.argument("draft_id")
@_folder
@_client
@_home
def push(*, draft_id: str, folder: Path, client: str, home: Path | None) -> None:
    """Send the files of FOLDER that differ from the draft's; what is not in FOLDER is removed from the draft."""
    import hashlib  # noqa: PLC0415 - only this command compares files

    api = api_for(home, client)
    known = _files(api, draft_id)
    here = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix in {".rego", ".json"}
    }
    if not here:
        raise click.ClickException(f"There are no policy files in {folder}.")
    changed = [path for path, content in here.items() if known.get(path) != hashlib.sha256(content).hexdigest()]
    for path in changed:
        accepted(api.put(f"{_DRAFTS}/{draft_id}/files/{path}", {"content": here[path].decode()}))
        click.echo(f"wrote   {path}")
    for path in sorted(known.keys() - here.keys()):
        accepted(api.delete(f"{_DRAFTS}/{draft_id}/files/{path}"))
        click.echo(f"removed {path}")


@draft.command("diff")
@click.argument("draft_id")
@_client
@_home
def diff(*, draft_id: str, client: str, home: Path | None) -> None:
    """What the draft changes, as text."""
    for file in accepted(api_for(home, client).get(f"{_DRAFTS}/{draft_id}/diff"))["files"]:
        click.echo(file["diff"], nl=False)


@draft.command("withdraw")
@click.argument("draft_id")
@click.option("--reason", required=True, help="Why it is given up.")
@_client
@_home
@_json
def withdraw(*, draft_id: str, reason: str, client: str, home: Path | None, as_json: bool) -> None:
    """Give a draft up; it stays on record."""
    _act(home, client, draft_id, "withdraw", {"reason": reason}, as_json=as_json)


@draft.command("reopen")
@click.argument("draft_id")
@_client
@_home
@_json
def reopen(*, draft_id: str, client: str, home: Path | None, as_json: bool) -> None:
    """Carry a draft over to the live revision and make it editable again; its review is void."""
    _act(home, client, draft_id, "reopen", {}, as_json=as_json)


@policy.command()
@click.argument("draft_id")
@_client
@_home
@_json
@click.pass_context
def check(context: click.Context, *, draft_id: str, client: str, home: Path | None, as_json: bool) -> None:
    """Run every check over a draft; exit 1 if it does not pass."""
    found = accepted(_checked(home, client, draft_id))
    if as_json:
        click.echo(json.dumps(found))
    else:
        for step in found["steps"]:
            figures = ", ".join(f"{name} {value}" for name, value in step["figures"].items() if name != "packs")
            click.echo(f"{step['name']:<12}{step['outcome']:<9}{step['milliseconds'] / 1000:>6.1f} s  {figures}")
            for finding in step["findings"]:
                place = f"{finding['file'] or 'the draft'}" + (f":{finding['line']}" if finding["line"] else "")
                click.echo(f"  {place}: {finding['sentence']} [{finding['code']}]")
    context.exit(0 if found["passed"] else 1)


@policy.command()
@click.argument("draft_id")
@_client
@_home
@_json
def submit(*, draft_id: str, client: str, home: Path | None, as_json: bool) -> None:
    """Close a draft's files and ask for its review. Nothing that fails a check is submitted."""
    answer = api_for(home, client).post(f"{_DRAFTS}/{draft_id}/submit", {})
    if answer.code == "CHECK_RUNNING":
        _checked(home, client, draft_id)
        answer = api_for(home, client).post(f"{_DRAFTS}/{draft_id}/submit", {})
    _show(accepted(answer), as_json=as_json)


@policy.command()
@click.argument("draft_id")
@click.option("--approve/--reject", default=None, required=True, help="The verdict.")
@click.option("--reason", required=True, help="Why, in a sentence.")
@click.option("--impact", "digest", default=None, help="The digest of the impact that you read.")
@click.option("--newly-permitted", type=int, default=None, help="How many newly permitted decisions you sign off.")
@click.option("--client", default="admin-2", show_default=True, help="Which administrator reviews; no author does.")
@_home
@_json
def review(
    *,
    draft_id: str,
    approve: bool,
    reason: str,
    digest: str | None,
    newly_permitted: int | None,
    client: str,
    home: Path | None,
    as_json: bool,
) -> None:
    """Approve or reject what somebody else submitted."""
    body: dict[str, Any] = {"verdict": "approve" if approve else "reject", "reason": reason}
    body |= {
        name: value
        for name, value in {"impact": digest, "newly_permitted": newly_permitted}.items()
        if value is not None
    }
    _act(home, client, draft_id, "review", body, as_json=as_json)


@policy.command()
@click.argument("draft_id")
@click.option("--at", default=None, help="When, as in 2026-12-01T08:00:00Z; at once where it is left out.")
@click.option("--client", default="admin-2", show_default=True, help="Which administrator publishes.")
@_home
@_json
def publish(*, draft_id: str, at: str | None, client: str, home: Path | None, as_json: bool) -> None:
    """Make an approved draft the live revision."""
    _act(home, client, draft_id, "publish", {"at": at} if at else {}, as_json=as_json)


@policy.command()
@click.argument("revision", type=int)
@click.option("--reason", required=True, help="Why, in a sentence.")
@_client
@_home
@_json
def rollback(*, revision: int, reason: str, client: str, home: Path | None, as_json: bool) -> None:
    """Propose that an older REVISION be published again; somebody else reviews it."""
    body = {"revision": revision, "reason": reason}
    _show(accepted(api_for(home, client).post("/v1/policies/rollback", body)), as_json=as_json)


@policy.command()
@_client
@_home
@_json
def revisions(*, client: str, home: Path | None, as_json: bool) -> None:
    """What was published, the newest first."""
    found = accepted(api_for(home, client).get("/v1/policies/revisions?limit=200"))
    if as_json:
        click.echo(json.dumps(found))
        return
    for item in found["items"]:
        mark = "live" if item["live"] else ""
        click.echo(
            f"{item['number']:>5}  {item['sha256'][:16]}  {item['published_at'][:19]}  {item['from']:<12}"
            f"{item['published_by']:<20}{mark}"
        )


@policy.command()
@click.argument("revision", type=int)
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@_client
@_home
def bundle(*, revision: int, target: Path, client: str, home: Path | None) -> None:
    """Write the signed tar of a REVISION, an OPA bundle, to TARGET."""
    api = api_for(home, client)
    sha256 = accepted(api.get(f"/v1/policies/revisions/{revision}"))["sha256"]
    target.write_bytes(api.content(f"/v1/policies/archives/{sha256}"))
    click.echo(f"revision {revision}, sha256 {sha256}, in {target}")


@policy.group()
def hold() -> None:
    """Emergency holds: deny at once, for a day at most."""


@hold.command("place")
@click.option("--reason", required=True, help="Why, in a sentence.")
@click.option("--hours", type=float, default=24.0, show_default=True, help="How long; at most 24.")
@click.option("--agency", default=None, help="Of this agency.")
@click.option("--gallery", default=None, help="In this gallery.")
@click.option("--operation", default=None, help="This operation.")
@click.option("--purpose", default=None, help="For this purpose.")
@click.option("--jurisdiction", default=None, help="In this place.")
@click.option("--vendor", default=None, help="With this vendor's engine.")
@click.option("--everything", is_flag=True, help="Everything.")
@_client
@_home
@_json
def place(
    *, reason: str, hours: float, everything: bool, client: str, home: Path | None, as_json: bool, **what: str | None
) -> None:
    """Deny what agrees with all that is named."""
    body: dict[str, Any] = {name: value for name, value in what.items() if value is not None}
    body |= {"reason": reason, "hours": hours} | ({"everything": True} if everything else {})
    _show_hold(accepted(api_for(home, client).post("/v1/policies/holds", body)), as_json=as_json)


@hold.command("lift")
@click.argument("hold_id")
@click.option("--reason", required=True, help="Why, in a sentence.")
@click.option("--client", default="admin-2", show_default=True, help="Which administrator; not the one who placed it.")
@_home
@_json
def lift(*, hold_id: str, reason: str, client: str, home: Path | None, as_json: bool) -> None:
    """End a hold before its time; not by whoever placed it."""
    answer = api_for(home, client).post(f"/v1/policies/holds/{hold_id}/lift", {"reason": reason})
    _show_hold(accepted(answer), as_json=as_json)


@hold.command("list")
@_client
@_home
@_json
def list_holds(*, client: str, home: Path | None, as_json: bool) -> None:
    """Holds, the newest first."""
    found = accepted(api_for(home, client).get("/v1/policies/holds?limit=200"))
    if as_json:
        click.echo(json.dumps(found))
        return
    for item in found["items"]:
        _show_hold(item, as_json=False)


def _act(home: Path | None, client: str, draft_id: str, name: str, body: dict[str, Any], *, as_json: bool) -> None:
    _show(accepted(api_for(home, client).post(f"{_DRAFTS}/{draft_id}/{name}", body)), as_json=as_json)


def _checked(home: Path | None, client: str, draft_id: str) -> Answer:
    """The answer of a finished check; a check that takes longer than one request is waited for."""
    deadline = time.monotonic() + _LONGEST_CHECK_SECONDS
    while True:
        answer = api_for(home, client).post(f"{_DRAFTS}/{draft_id}/check", {})
        if answer.code != "CHECK_RUNNING" or time.monotonic() > deadline:
            return answer
        time.sleep(_PAUSE_SECONDS)


def _files(api: Api, draft_id: str) -> dict[str, str]:
    """Path to sha256 of the draft's files."""
    items = accepted(api.get(f"{_DRAFTS}/{draft_id}/files"))["items"]
    return {item["path"]: item["sha256"] for item in items if item["sha256"]}


def _show(item: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(item))
        return
    state = f"{item['state']} as revision {item['revision']}" if item["revision"] else str(item["state"])
    if item["publish_at"] and not item["revision"]:
        state += f", to be published at {item['publish_at']}"
    if item["publish_fault"]:
        state += f", not published: {item['publish_fault']}"
    click.echo(f"{item['id']}  {state}  over revision {item['base']}  by {item['created_by']}  {item['title']}")


def _show_hold(item: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(item))
        return
    what = ", ".join(f"{name} {value}" for name, value in item["what"].items()) or "everything"
    state = "in force" if item["in_force"] else f"lifted by {item['lifted_by']}" if item["lifted_by"] else "ended"
    click.echo(f"{item['id']}  {what}  until {item['expires_at']}  by {item['placed_by']}  {state}  {item['reason']}")
