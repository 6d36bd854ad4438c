"""`writgate gallery`: make, fill, list and delete galleries. Each face is one governed enrolment."""

from __future__ import annotations

import base64
import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from gateway.cli.caller import accepted, api_for, client_option, refusal
from gateway.cli.http import Answer
from gateway.web.api.bodies import MAX_IMAGE_BYTES

if TYPE_CHECKING:
    from gateway.cli.http import Api

PICTURES: Final = frozenset({".jpg", ".jpeg", ".png"})
AT_ONCE: Final = 4

_home = click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="The gateway's folder.")
_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


@click.group()
def gallery() -> None:
    """Galleries of an agency and their faces."""


@gallery.command("create")
@click.argument("name")
@click.option("--keep-crops", is_flag=True, help="Keep encrypted face crops, which reviews by a second examiner need.")
@click.option("--staff", is_flag=True, help="It holds the agency's own people: a search of one waits for a supervisor.")
@client_option
@_home
@_json
def create(*, name: str, keep_crops: bool, staff: bool, client: str | None, home: Path | None, as_json: bool) -> None:
    """Make a gallery."""
    made = accepted(
        api_for(home, client).post("/v1/galleries", {"name": name, "keep_crops": keep_crops, "staff": staff})
    )
    click.echo(json.dumps(made) if as_json else f"{made['name']}: empty")


@gallery.command("list")
@client_option
@_home
@_json
def list_galleries(*, client: str | None, home: Path | None, as_json: bool) -> None:
    """The agency's galleries."""
    found = accepted(api_for(home, client).get("/v1/galleries?limit=200"))
    if as_json:
        click.echo(json.dumps(found))
        return
    for item in found["items"]:
        click.echo(f"{item['name']}: {item['faces']} faces")


@gallery.command("delete")
@click.argument("name")
@click.option("--with-faces", is_flag=True, help="Delete its faces with it.")
@client_option
@_home
def delete(*, name: str, with_faces: bool, client: str | None, home: Path | None) -> None:
    """Delete a gallery."""
    accepted(api_for(home, client).delete(f"/v1/galleries/{name}" + ("?with_faces=true" if with_faces else "")))
    click.echo(f"{name}: deleted")


@gallery.command("import")
@click.argument("name")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--purpose", required=True, help="Why these people are enrolled.")
@click.option("--case", "case_number", required=True, help="The case under which they are.")
@click.option("--justification", required=True, help="A sentence of specific facts.")
@click.option("--instrument", default=None, help="The paper that authorises it.")
@click.option("--source", default=None, help="Where the pictures come from, such as id_document or family.")
@client_option
@_home
@_json
def import_folder(
    *, name: str, folder: Path, client: str | None, home: Path | None, as_json: bool, **asked: str | None
) -> None:
    """Enrol every JPEG and PNG of FOLDER; the file's name becomes the external id."""
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURES and not path.is_dir())
    if not files:
        raise click.ClickException(f"There is no JPEG or PNG in {folder}.")
    caller = _Caller(home, client)
    story = {key: value for key, value in asked.items() if value is not None}
    refused: list[dict[str, Any]] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with (
        Progress(*columns, console=Console(stderr=True)) as progress,
        ThreadPoolExecutor(AT_ONCE) as pool,
    ):
        task = progress.add_task("enrolling", total=len(files))
        for path, answer in pool.map(lambda path: (path, _enrol(caller, name, path, story)), files):
            if answer.status >= 400:  # noqa: PLR2004 - HTTP
                refused.append({"file": path.name, "code": answer.code, "sentence": answer.document.get("detail")})
                progress.console.print(f"{path.name}: {refusal(answer).splitlines()[0]}", markup=False)
            progress.advance(task)
    enrolled = len(files) - len(refused)
    result = {"gallery": name, "files": len(files), "enrolled": enrolled, "refused": refused}
    click.echo(json.dumps(result) if as_json else f"{name}: {enrolled} of {len(files)} enrolled")
    if refused:
        raise SystemExit(1)


class _Caller:
    """Asks for a new token when the old one has ended: a large folder takes longer than a token lives."""

    def __init__(self, home: Path | None, client: str | None) -> None:
        self._home = home
        self._client = client
        self._lock = threading.Lock()
        self._api = api_for(home, client)

    def post(self, path: str, body: dict[str, Any]) -> Answer:
        used = self._api
        answer = used.post(path, body)
        return answer if answer.status != 401 else self._renewed(used).post(path, body)  # noqa: PLR2004 - HTTP

    def _renewed(self, used: Api) -> Api:
        with self._lock:
            if self._api is used:
                self._api = api_for(self._home, self._client)
            return self._api


def _enrol(caller: _Caller, name: str, path: Path, story: dict[str, str]) -> Answer:
    """One file; what cannot be read or sent is refused like what the gateway refuses, and the rest goes on."""
    try:
        if path.stat().st_size > MAX_IMAGE_BYTES:
            return _unsent(413, "IMAGE_TOO_LARGE", "The picture is larger than 5 MiB.")
        image = base64.b64encode(path.read_bytes()).decode("ascii")
    except OSError:
        return _unsent(400, "FILE_UNREADABLE", "The file cannot be read.")
    external_id = re.sub(r"[^A-Za-z0-9_.\-:]", "_", path.stem)[:255]
    return caller.post(f"/v1/galleries/{name}/faces", {"image": image, "external_id": external_id, **story})


def _unsent(status: int, code: str, sentence: str) -> Answer:
    return Answer(status, {"code": code, "detail": sentence})
