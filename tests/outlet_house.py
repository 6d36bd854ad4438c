"""Every way out of a gateway that runs: all GET routes as everybody, and what is sent, written, exported and shown.

`Outlets.told` gives, by a name for each place, the text that came out there about some decisions.
"""

from __future__ import annotations

import json
import re
import time
import urllib.error
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote
from uuid import UUID, uuid4

import psycopg
import pyarrow.parquet
import structlog
from click.testing import CliRunner
from desk_house import Desk
from examiner_house import GALLERY
from patience import until

from gateway.app import application, build
from gateway.audit import queries
from gateway.audit.disclosures import DisclosureKeys, read_disclosure
from gateway.audit.export_formats import FORMATS
from gateway.audit.log import AuditLog
from gateway.audit.tile_paths import WIDTH, tile_path
from gateway.cli import main
from gateway.cli.http import Api
from gateway.database import Database
from gateway.enforcement import withheld
from gateway.postgres.deployment import DatabaseRole
from gateway.vocabulary import AccountRole, EntryKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from gateway_house import House

    from gateway.recognition.models import Outcome

ALL_FORMS: Final = (*FORMATS, "parquet")


@dataclass(slots=True)
class Outlets:
    """`agency` is whose results are looked for, `origin` where webhooks are received.

    `callers` are clients that ask the API, by who they are; `people` sit at the console.
    """

    house: House
    agency: str
    folder: Path
    origin: str
    came: list[tuple[dict[str, str], bytes]]
    letters: list[tuple[str, str]]
    callers: dict[str, str | None]
    people: dict[str, Desk] = field(default_factory=dict)
    rules: list[tuple[str, list[str]]] = field(init=False)

    def __post_init__(self) -> None:
        built = build(self.house.settings, self.house.deployment)
        try:
            rules = list(application(built).url_map.iter_rules())
        finally:
            built.close()
        self.rules = [(rule.rule, sorted(rule.arguments)) for rule in rules if "GET" in (rule.methods or ())]

    def stream(self) -> None:
        """The whole log in every form to files, the agency's in one; and both to a webhook."""
        for client, forms in (("admin-1", ALL_FORMS), (f"{self.agency}-all", ("jsonl",))):
            wanted = {f"{client}-{form}": (form, f"file:{client}-{form}") for form in forms}
            wanted[f"{client}-hook"] = ("jsonl", f"{self.origin}/stream")
            api = self.house.api(client)
            for name, (form, destination) in wanted.items():
                made = api.post("/v1/audit/exports", {"name": name, "format": form, "destination": destination})
                assert made.status == 201, made.document

    def sign_in(self, account: str, role: AccountRole = AccountRole.USER) -> None:
        """Somebody is invited, and sits at the console from then on."""
        desk = Desk(self.house)
        if role is AccountRole.AUDITOR:
            asked = {"kind": "auditor_account.invite", "document": {"account": account}, "why": "named by the county"}
            made = self.house.api("admin-1").post("/v1/proposals", asked).document
            agreed = self.house.api("admin-2").post(f"/v1/proposals/{made['id']}/approve", {"reason": "known to us"})
            code = agreed.document["invitation"]["code"]
        else:
            word = ["--administrator"] if role is AccountRole.ADMINISTRATOR else []
            code = self.command("user", "invite", account, *word)["code"]
        desk.enrol(code)
        self.people[f"{account} at the console"] = desk

    def command(self, *words: str) -> Any:
        done = CliRunner().invoke(main, [*words, "--home", str(self.house.settings.home), "--json"])
        structlog.reset_defaults()
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    def told(self, decisions: list[str], *, kind: str, callers: Iterable[str]) -> dict[str, str]:
        """Everything that comes out anywhere, once an entry of this kind about each is integrated and sent."""
        entries = [entry for decision in decisions for entry in self.entries(decision, kind=kind)]
        self._wait_for_streams(max(entry["index"] for entry in entries))
        self._wait_for_messages(decisions)
        told = self._looked_at() | self._disclosed(entries)
        paths = self.paths(decisions, entries)
        for who in callers:
            told |= self.asked(who, decisions, paths)
        told |= self._sent() | self._exported(entries)
        told["log of the processes"] = (self.house.settings.home / "gateway.log").read_text()
        return told

    def entries(self, decision: str, *, kind: str) -> list[dict[str, Any]]:
        """What the log holds of a decision, once an entry of this kind is among it."""
        path = f"/v1/audit/entries?decision_id={decision}&limit=200"
        until(lambda: kind in {item["entry"]["kind"] for item in self._items(path)}, kind)
        return self._items(path)

    def _items(self, path: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.house.api("auditor").get(path).document["items"]
        return items

    def asked(self, who: str, decisions: list[str], paths: list[str]) -> dict[str, str]:
        """What one caller gets, with a fresh token, of every route that can be read, and of those that tell of more."""
        client = self.callers[who]
        api = Api(self.house.url) if client is None else self.house.api(client)
        told = {f"{who}: {path}": _text(api, path) for path in paths}
        for path, body in _POSTED.items():
            answer = api.post(path.format(decision=decisions[0]), body(decisions[0]))
            told[f"{who}: POST {path}"] = json.dumps(answer.document)
        return told

    def paths(self, decisions: list[str], entries: list[dict[str, Any]]) -> list[str]:
        """Every path that can be read with a token, or without, filled with whatever names these decisions."""
        values = self._values(decisions, entries)
        filled: set[str] = set()
        for rule, arguments in self.rules:
            if rule.startswith("/console"):
                continue  # shown to people who signed in
            paths = {rule}
            for name in arguments:
                given = values.get(name, decisions[:1])
                paths = {
                    re.sub(rf"<(?:[^<>:]+:)?{name}>", quote(value), path, count=1) for path in paths for value in given
                }
            filled |= paths
        # The gallery's own list names everybody in it, whoever was found.
        filled -= {path for path in filled if path.startswith(f"/v1/galleries/{GALLERY}/faces")}
        return sorted(filled | set(_questions(decisions, self.agency)))

    def _values(self, decisions: list[str], entries: list[dict[str, Any]]) -> dict[str, list[str]]:
        outcomes = [entry for entry in entries if entry["entry"]["kind"] == EntryKind.OUTCOME]
        head = int(self.house.api("auditor").text("/log/checkpoint").split("\n")[1])
        with psycopg.connect(self.house.deployment.conninfo(DatabaseRole.ADMIN)) as connection:
            duties = connection.execute(
                "SELECT id FROM enforcement.docket WHERE agency = %s", (self.agency,)
            ).fetchall()
        return {
            "search_id": decisions,
            "decision_id": decisions,
            "index": [str(entry["index"]) for entry in outcomes],
            "leaf": [entry["leaf_hash"] for entry in outcomes],
            "duty_id": [str(row[0]) for row in duties[:3]] or decisions,
            "agency": [self.agency],
            "record_id": [self.agency],
            "account_id": [f"{self.agency}/ann"],
            "name": [GALLERY, "writgate.tar.gz"],
            "number": ["1"],
            "other": ["1"],
            "level": ["0"],
            "place": sorted({_tile(entry["index"], head) for entry in entries}),
            "digest": ["00" * 32],
            "sha256": ["00" * 32],
        }

    def _looked_at(self) -> dict[str, str]:
        pages = [rule for rule, arguments in self.rules if rule.startswith("/console") and not arguments]
        return {f"{who}: {path}": desk.get(path).text for who, desk in self.people.items() for path in pages}

    def _disclosed(self, entries: list[dict[str, Any]]) -> dict[str, str]:
        """Each sealed field of each entry, asked for by an administrator who may have fields opened."""
        wanted = {"recipient": "Office of the Public Defender", "purpose": "discovery in 26-CR-0417"}
        told = {}
        for entry in entries:
            for name in entry["disclosed"]:
                path = f"/v1/audit/entries/{entry['index']}/disclosures"
                answer = self.house.api("admin-1").post(path, {"field": name, **wanted}).document
                value = read_disclosure(answer["disclosure"]).value if "disclosure" in answer else None
                told[f"{name} of {entry['entry']['kind']} {entry['index']}"] = json.dumps([answer, value])
        return told

    def _sent(self) -> dict[str, str]:
        told = {f"webhook {number}": body.decode() for number, (_, body) in enumerate(self.came)}
        told |= {f"letter {number}": letter for number, (_, letter) in enumerate(self.letters)}
        for path in sorted((self.house.settings.home / "exports").rglob("*")):
            if path.name.startswith("."):
                continue  # being written
            if path.suffix == ".parquet":
                rows = pyarrow.parquet.read_table(path).drop_columns(["time"]).to_pylist()
                told[f"stream {path.parent.name} {path.name}"] = json.dumps(rows, default=str)
            elif path.is_file():
                told[f"stream {path.name}"] = path.read_text()
        return told

    def _exported(self, entries: list[dict[str, Any]]) -> dict[str, str]:
        """The log in a bundle, with what is opened of these entries and of later ones, and what verifying says."""
        about = {entry["index"]: entry["entry"]["decision_id"] for entry in entries}
        bundle = self.folder / f"bundle-{uuid4()}"
        self.command("audit", "export", str(bundle), "--open")
        lines = (bundle / "disclosures.jsonl").read_text().splitlines()
        opened = [_opened(line, about) for line in lines if json.loads(line)["index"] >= min(about)]
        told = {"opened bundle": "\n".join(opened)}
        tiles = [path for path in sorted(bundle.rglob("*")) if path.is_file() and path.name != "disclosures.jsonl"]
        told["bundle"] = "\n".join(path.read_bytes().decode(errors="replace") for path in tiles)
        told["verdicts"] = json.dumps(self.command("audit", "verify", "--open"))
        return told

    def _wait_for_streams(self, index: int) -> None:
        def behind() -> list[str]:
            items = self.house.api("admin-1").get("/v1/audit/exports").document["items"]
            return [item["name"] for item in items if item["failure"] or item["next_index"] <= index]

        until(lambda: not behind(), "every stream is past it")

    def _wait_for_messages(self, decisions: list[str]) -> None:
        def missing() -> list[str]:
            posted = b"".join(body for _, body in self.came).decode()
            written = "".join(letter for _, letter in self.letters)
            return [decision for decision in decisions if decision not in posted or decision not in written]

        until(lambda: not missing(), "every message has come")


def withheld_outcome(house: House, decision: str) -> Outcome:
    """What the engine sealed, opened with the home's keys: what nobody may be told."""
    log = AuditLog(keys=DisclosureKeys.load(house.settings.keys))
    with (
        Database(house.deployment.conninfo(DatabaseRole.WEB), name="test reader", max_size=1) as database,
        database.transaction() as connection,
    ):
        found = withheld.read(connection, log, UUID(decision))
    assert found is not None
    return found


def sealed_values(house: House, indexes: list[int]) -> str:
    """All sealed values of these entries, opened past every door, as whoever holds keys and database could."""
    keys = DisclosureKeys.load(house.settings.keys)
    opened = []
    with (
        Database(house.deployment.conninfo(DatabaseRole.AUDITOR), name="test reader", max_size=1) as database,
        database.transaction() as connection,
    ):
        queries.see(connection, None)
        for entry in queries.entries_at(connection, indexes):
            for sealed in entry.ciphertexts:
                assert entry.key_id is not None
                opened.append(keys.open(connection, entry.key_id, sealed).value)
    return json.dumps(opened)


def _opened(line: str, about: dict[int, str]) -> str:
    """A line of disclosures.jsonl, its decision, and its values in clear: each is base64url of [salt, name, value]."""
    document = json.loads(line)
    values = [read_disclosure(text) for text in document["disclosures"]]
    of = {"index": document["index"], "decision_id": about.get(document["index"])}
    return json.dumps(of | {value.name: value.value for value in values})


def _tile(index: int, size: int) -> str:
    """The path of the tile that holds an entry, in a log of so many."""
    number, rest = index // WIDTH, size % WIDTH
    return tile_path(number) if number < size // WIDTH else f"{tile_path(number)}.p/{rest}"


def _text(api: Api, path: str) -> str:
    """Whatever the route answers, a refusal included."""
    try:
        return api.content(path).decode(errors="replace")
    except urllib.error.HTTPError as refused:
        with refused:
            return str(refused.read().decode(errors="replace"))


_POSTED: Final[dict[str, Callable[[str], dict[str, Any]]]] = {
    "/v1/policies/replays": lambda decision: {"decision_id": decision},
    "/v1/policies/revisions/1/explain": lambda decision: {"decision_id": decision},
    "/v1/searches/{decision}/uses": lambda _: {"for": "lead"},
    "/v1/searches/{decision}/outcome": lambda _: {"outcome": "cleared", "statement": "an alibi"},
}


def _questions(decisions: list[str], agency: str) -> list[str]:
    """The log and the lists, asked in every way that could tell."""
    now = time.time_ns()
    asked = [
        f"/v1/audit/entries?agency={agency}&order=newest&limit=20",
        "/v1/audit/entries?kind=search.outcome&order=newest&limit=20",
        "/v1/audit/entries?q=%22WITHHELD%22&order=newest&limit=20",
        "/v1/searches?limit=20",
        "/v1/opa/decisions?limit=20",
    ]
    for decision in decisions:
        of_this = f"decision_id={decision}"
        asked += [
            f"/v1/audit/entries?{of_this}&limit=200",
            f"/v1/audit/histogram?{of_this}&from={now - 3600 * 10**9}&to={now}&buckets=24",
            *(f"/v1/audit/counts?{of_this}&by={field}" for field in ("kind", "outcome", "reason")),
        ]
    return asked
