"""The documents are checked, not trusted: what they name exists, and what exists is named."""

from __future__ import annotations

import itertools
import json
import re
import shlex
import subprocess
import textwrap
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import pytest
from flask import Flask

import gateway
from gateway.cli import main
from gateway.cli.demo.describe import curl_lines, steps
from gateway.cli.init import create_keys
from gateway.identity.keys import rotate_keys
from gateway.postgres.credentials import load_or_create
from gateway.recognition.sealing import engine_key
from gateway.settings import Settings
from gateway.vocabulary import Scope
from gateway.web.api.accounts import account_routes
from gateway.web.api.approvals import approval_routes
from gateway.web.api.audit import audit_routes
from gateway.web.api.bodies import DecisionBody, SearchBody
from gateway.web.api.docket import docket_routes
from gateway.web.api.drafts import draft_routes
from gateway.web.api.galleries import gallery_routes
from gateway.web.api.history import history_routes
from gateway.web.api.opa import opa_routes
from gateway.web.api.papers import paper_routes
from gateway.web.api.policies import policy_routes
from gateway.web.api.registry import registry_routes
from gateway.web.api.reviews import review_routes
from gateway.web.api.revocations import revocation_routes
from gateway.web.api.sanctions import sanction_routes
from gateway.web.api.searches import search_routes
from gateway.web.api.status import status_routes
from gateway.web.api.uses import use_routes

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(gateway.__path__[0]).parent
README: Final = ROOT / "README.md"
PAGES: Final = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "policies" / "README.md"])
BLOCK: Final = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
# Where a document may send its reader, and the first folder of every path that it may speak of.
HOSTS: Final = frozenset(
    {"127.0.0.1", "login.example", "gateway.example", "idmanagement.gov", "keepachangelog.com", "semver.org"}
)
FOLDERS: Final = frozenset(
    {
        "v1",
        "log",
        "oauth",
        ".well-known",
        "openapi.json",
        "healthz",
        "metrics",
        "readyz",
        "transparency",
        "var",
        "console",
    }
)

# The parts of the FAPI 2.0 Security Profile, and how many requirements each has.
FAPI: Final = {"AS": 14, "AZ": 14, "RS": 5, "CR": 6}

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def blocks(page: Path) -> list[str]:
    """The shell blocks of a page, with continued lines joined."""
    return [block.replace("\\\n", " ") for block in BLOCK.findall(page.read_text())]


def commands() -> Iterator[str]:
    for page in PAGES:
        for block in blocks(page):
            yield from re.findall(r"\./writgate ([^|)\n]*)", block)


def names(group: click.Group) -> list[str]:
    return group.list_commands(click.Context(group))


def test_the_configuration_table_is_that_of_the_settings() -> None:
    """Name, default and description of each, in their order, and no setting that is not one."""
    rows = re.findall(r"^\| `WRITGATE_(\w+)` \| (.*?) \| (.*) \|$", README.read_text(), re.MULTILINE)
    expected = []
    for name, field in Settings.model_fields.items():
        default = "~/.local/share/writgate" if name == "home" else field.get_default()
        shown = "none" if default is None else "off" if default is False else f"`{default}`"
        expected.append((name.upper(), shown, field.description))
    assert rows == expected


@pytest.mark.parametrize("command", names(main))
def test_every_command_is_mentioned_in_the_readme(command: str) -> None:
    assert re.search(rf"writgate {re.escape(command)}\b", README.read_text())


@pytest.mark.parametrize("line", sorted(set(commands())))
def test_every_command_line_shown_has_only_options_that_exist(line: str) -> None:
    words = shlex.split(line, comments=True)
    command: click.Command = main
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(click.Context(command), words.pop(0))
        assert found is not None, f"no such command: {line}"
        command = found
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known


@pages
def test_every_relative_link_resolves(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if not re.match(r"[a-z]+:", target):
            assert (page.parent / target.partition("#")[0]).exists(), target


@pages
def test_no_page_names_another_host_or_a_path_of_somebodys_machine(page: Path) -> None:
    text = page.read_text()
    assert set(re.findall(r"https?://([^/\s:)`\"…]+)", text)) <= HOSTS
    assert set(re.findall(r"(?<![\w.~}$\"/:>,…*)-])/([\w.-]+)", text)) <= FOLDERS


@pages
def test_every_page_is_plain(page: Path) -> None:
    """No ornament: no dash that stands for a pause, no emoji."""
    assert not re.search("[\u2013\u2014\u2190-\u21ff\u2600-\u27bf\U0001f000-\U0001ffff]", page.read_text())


def test_every_key_file_is_in_the_table_of_keys(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    create_keys(settings)
    load_or_create(settings.keys)
    engine_key(settings.keys)
    rotate_keys(settings.keys)
    table = (ROOT / "docs" / "keys.md").read_text()
    for file in settings.keys.iterdir():
        assert f"`{file.name}`" in table, file.name
    listed = set(re.findall(r"^\| `([\w.]+)` \|", table, re.MULTILINE))
    assert listed <= {file.name for file in settings.keys.iterdir()} | {"log_origin"}


def test_every_requirement_of_fapi_is_proved_by_a_test_that_exists() -> None:
    rows = re.findall(r"^\| (.+?) \| .+? \| (.+?) \|$", (ROOT / "docs" / "fapi2.md").read_text(), re.MULTILINE)
    proofs = {name: re.findall(r"`([\w/.]+)::(\w+)`", cell) for name, cell in rows if cell != "proved by"}
    wanted = {f"{part}{number}" for part, last in FAPI.items() for number in range(1, last + 1)}
    assert wanted <= {number for name in proofs for number in name.split(", ")}
    for name, tests in proofs.items():
        if name != "---":
            assert tests, name
        for file, test in tests:
            assert f"def {test}(" in (ROOT / "tests" / file).read_text(), f"{name}: {test}"


def test_every_decision_is_in_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text()
    for page in (ROOT / "docs" / "decisions").glob("*.md"):
        assert f"(decisions/{page.name})" in index
        assert all(f"\n## {part}\n" in page.read_text() for part in ("Context", "Decision", "Consequence"))


@pages
def test_every_shell_block_is_one_that_a_shell_can_read(page: Path) -> None:
    for block in BLOCK.findall(page.read_text()):
        subprocess.run(["/bin/sh", "-n"], input=block, text=True, check=True, timeout=10)


def test_the_readmes_first_search_is_the_one_that_the_demonstration_prints() -> None:
    assert textwrap.dedent(steps()).strip() in [block.strip() for block in BLOCK.findall(README.read_text())]


def test_the_requests_of_the_first_search_are_ones_that_the_edge_takes() -> None:
    found = re.findall(r"--form-string ('request=.*?}') \|", steps(), re.DOTALL)
    assert len(found) == 2
    bodies = []
    for quoted in found:
        (word,) = shlex.split(quoted.replace('"$ORDER"', "lakeport-pd/order"))
        fields = json.loads(word.removeprefix("request="))
        fields["probe"]["image"] = "AA=="
        bodies.append(SearchBody.model_validate_json(json.dumps(fields)))
    assert bodies[0].instrument == "lakeport-pd/order"
    assert bodies[1].instrument is None
    assert bodies[0].model_copy(update={"instrument": None}) == bodies[1]


def test_the_quick_starts_question_is_a_search_once_it_is_changed_as_the_page_says() -> None:
    text = (ROOT / "docs" / "quickstart.md").read_text()
    (quoted,) = re.findall(r" -d '({.*?})'", text, re.DOTALL)
    question = json.loads(quoted)
    DecisionBody.model_validate_json(json.dumps(question))
    assert "without `operation`" in text
    del question["operation"]
    SearchBody.model_validate_json(json.dumps(question | {"probe": {"image": "AA=="}}))


def test_the_printed_lines_survive_a_home_with_a_space() -> None:
    told = {
        "home": "/a folder/demo",
        "url": "http://127.0.0.1:8400",
        "photographs": {"person_a_2.jpg": "/a folder/p.jpg"},
        "instruments": [{"id": "lakeport-pd/order"}],
    }
    assignments = curl_lines(told).removesuffix(steps())
    assert [word.partition("=")[2] for word in shlex.split(assignments)] == [
        told["home"],
        told["url"],
        "/a folder/p.jpg",
        "lakeport-pd/order",
    ]


def test_every_path_that_the_api_guide_names_is_a_route() -> None:
    app = Flask("writgate", static_folder=None)
    for routes in (
        account_routes,
        approval_routes,
        audit_routes,
        draft_routes,
        gallery_routes,
        history_routes,
        docket_routes,
        opa_routes,
        paper_routes,
        policy_routes,
        registry_routes,
        review_routes,
        revocation_routes,
        sanction_routes,
        search_routes,
        status_routes,
        use_routes,
    ):
        app.register_blueprint(routes())
    adapter = app.url_map.bind("gateway")
    text = (ROOT / "docs" / "api.md").read_text()
    for found in set(re.findall(r"/(?:v1|log|healthz|readyz|openapi\.json)[\w/{}.,-]*", text)):
        assert any(
            adapter.test(path, method) for path in _examples(found.rstrip(".,")) for method in ("GET", "POST", "PUT")
        ), found


def test_the_scopes_that_the_api_guide_lists_are_those_that_there_are() -> None:
    (listed,) = re.findall(r"^Scopes: `([^`]*)`", (ROOT / "docs" / "api.md").read_text(), re.MULTILINE)
    assert sorted(listed.split()) == sorted(Scope)


def test_every_status_of_a_refusal_is_in_the_table_of_the_api_guide() -> None:
    rows = re.findall(r"^\| ([\d, ]+) \| .+ \|$", (ROOT / "docs" / "api.md").read_text(), re.MULTILINE)
    told = {int(status) for row in rows for status in row.split(", ")}
    # As an argument, or first of what is said of an exception in `gateway.web.refusals`.
    written = re.compile(r"\bstatus=([45]\d\d)\b|^        ([45]\d\d),$", re.MULTILINE)
    code = [path.read_text() for path in (ROOT / "gateway").rglob("*.py")]
    used = {int(one or other) for text in code for one, other in written.findall(text)}
    assert used == told


def _examples(pattern: str) -> list[str]:
    """Paths that a pattern stands for: `{a,b}` is a choice, `{x}` any value."""
    parts = [
        part[1:-1].split(",") if "," in part else ["7", "word", "01a20ab0-7c00-7e5f-aa44-0193a81d17cb"]
        if part.startswith("{") else [part]
        for part in re.split(r"({[^}]*})", pattern)
    ]  # fmt: skip
    return ["".join(choice) for choice in itertools.product(*parts)]


def test_the_picture_stands_alone_and_can_be_read_in_the_dark() -> None:
    text = (ROOT / "docs" / "flow.svg").read_text()
    picture = ET.fromstring(text)  # noqa: S314  our own file
    space = "{http://www.w3.org/2000/svg}"
    assert all((picture.findtext(space + name) or "").strip() for name in ("title", "desc"))
    assert "prefers-color-scheme: dark" in text
    assert not re.search(r"href|url\((?!#)|@import|<script|<image", text)


def test_the_licence_is_the_one_that_the_package_names() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text
