"""`writgate agency|contract|user|client|court-key …`: who may ask. Their papers are in `gateway.cli.papers`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.client_keys import client_key, key_options
from gateway.cli.log_parts import outbound
from gateway.cli.papers import exigency, instrument
from gateway.cli.people import origin, people, show_invitation
from gateway.cli.records import (
    HOME,
    JSON,
    PATH,
    add_reading,
    add_status,
    announce,
    document,
    operator,
    parse,
    read_json,
    services,
    writing,
)
from gateway.identity import auditor_accounts
from gateway.identity.clients import DEVICE_CODE, REFRESH_TOKEN
from gateway.registry import queries, rules
from gateway.registry.errors import TwoPersonsRequired
from gateway.registry.models import AgencyWrite, ClientWrite, ContractWrite, CourtKeyWrite, UserWrite
from gateway.registry.proposals import Proposals
from gateway.registry.tables import AGENCIES, CLIENTS, CONTRACTS, COURT_KEYS, USERS
from gateway.registry.two_persons import handlers
from gateway.vocabulary import AccountRole

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.cli.context import LocalServices
    from gateway.database import Database

__all__ = ["agency", "client", "contract", "court_key", "exigency", "instrument", "propose", "user"]


@click.group()
def agency() -> None:
    """Agencies: who has a contract with this gateway."""


@agency.command("add")
@click.argument("id", metavar="ID", required=False)
@click.option("--name")
@click.option("--type", help="law_enforcement, government_non_law_enforcement or private_entity.")
@click.option("--jurisdiction", help="Such as US-WA.")
@click.option("--control", "controls", multiple=True, metavar="NAME", help="A safeguard that the agency has in place.")
@writing
def add_agency(
    *, controls: tuple[str, ...], file: Path | None, home: Path | None, as_json: bool, **options: Any
) -> None:
    """Add an agency, or change one."""
    fields = document(file, controls=dict.fromkeys(controls, True), **options)
    write = parse(AgencyWrite, fields)
    with services(home) as local:
        stored = local.registry.put_agency(write, actor=operator())
    announce(stored, as_json=as_json)


@click.group()
def contract() -> None:
    """Contracts: what an agency may ask for, stricter than law where they say so."""


@contract.command("add")
@click.argument("id", metavar="ID", required=False)
@click.option("--agency")
@click.option("--from", "valid_from", metavar="TIME", help="RFC 3339, such as 2026-01-01T00:00:00Z.")
@click.option("--to", "valid_to", metavar="TIME")
@click.option("--purpose", "purposes", multiple=True)
@click.option("--operation", "operations", multiple=True)
@click.option("--gallery", "galleries", multiple=True, metavar="PATTERN", help="`*` stands for any characters.")
@click.option("--quota", "quotas", multiple=True, metavar="PERIOD=N", help="day=500, month=… or total=….")
@click.option(
    "--demand",
    "demands",
    multiple=True,
    metavar="CLAUSE=TYPE,…",
    help="A clause that asks for one of these instruments, for every purpose; finer ones need --file.",
)
@click.option("--min-similarity", type=int)
@click.option("--max-candidates", type=int)
@click.option(
    "--max-false-candidate-ppm",
    type=int,
    help="In millionths: how likely a false candidate of a search may be. Needs a calibrated engine.",
)
@click.option("--user-strength", type=click.Choice(["asserted", "authenticated"]))
@click.option("--pack", "packs", multiple=True)
@click.option("--approvers", type=int, help="Supervisors who approve each search before it is made.")
@click.option("--second-examiner", is_flag=True, default=None, help="Two examiners judge each result.")
@click.option("--keep-crops", is_flag=True, default=None, help="Enrolment may keep an encrypted picture of the face.")
@writing
def add_contract(
    *,
    id: str | None,  # noqa: A002  the argument's name is the field's
    agency: str | None,
    valid_from: str | None,
    valid_to: str | None,
    quotas: tuple[str, ...],
    demands: tuple[str, ...],
    file: Path | None,
    home: Path | None,
    as_json: bool,
    **terms: Any,
) -> None:
    """Add a contract, or change one. Terms that are left out of the file and the options are none."""
    fields = document(file, id=id, agency=agency, valid_from=valid_from, valid_to=valid_to)
    laid_over = document(None, **terms, quotas=_quotas(quotas), demands=_demands(demands))
    terms_of_file = fields.get("terms", {})
    fields["terms"] = terms_of_file | laid_over if isinstance(terms_of_file, dict) else terms_of_file
    write = parse(ContractWrite, fields)
    with services(home) as local:
        stored = local.registry.put_contract(write, actor=operator())
    announce(stored, as_json=as_json)


def _quotas(given: tuple[str, ...]) -> list[dict[str, Any]]:
    quotas = []
    for text in given:
        period, _, limit = text.partition("=")
        if not limit.isascii() or not limit.isdigit():
            raise click.BadParameter("write PERIOD=N, such as day=500", param_hint="--quota")
        quotas.append({"period": period, "limit": int(limit)})
    return quotas


def _demands(given: tuple[str, ...]) -> list[dict[str, Any]]:
    demands = []
    for text in given:
        clause, _, types = text.partition("=")
        demands.append({"clause": clause, "instruments": types.split(",")})
    return demands


@click.group()
def user() -> None:
    """Users: the people behind an agency's clients."""


@user.command("add")
@click.argument("id", metavar="ID", required=False)
@click.option("--agency")
@click.option("--name")
@click.option("--role", "roles", multiple=True)
@click.option("--person", help="Whose account it is, such as a badge: two accounts of one person are one person.")
@click.option("--trained-until", "training_valid_to", metavar="TIME", help="RFC 3339.")
@click.option("--account", type=click.Choice(["agency_issued", "individual_trial"]))
@writing
def add_user(*, file: Path | None, home: Path | None, as_json: bool, **options: Any) -> None:
    """Add a user of an agency, or change one."""
    write = parse(UserWrite, document(file, **options))
    with services(home) as local:
        stored = local.registry.put_user(write, actor=operator())
    announce(stored, as_json=as_json)


@user.command("invite")
@click.argument("account", metavar="ID")
@click.option("--administrator", "role", flag_value="administrator", help="Not a user: somebody who runs the gateway.")
@click.option("--auditor", "role", flag_value="auditor", help="Not a user: somebody who watches the gateway.")
@click.option("--name", default=None, help="Of an administrator or auditor; a user's is in the registry.")
@click.option("--person", default=None, help="Whose it is, such as a badge; of an administrator or auditor.")
@HOME
@JSON
def invite_user(
    *, account: str, role: str | None, name: str | None, person: str | None, home: Path | None, as_json: bool
) -> None:
    """Invite somebody to sign in. The code is shown once; what they signed in with before ends when they use it.

    Once there is somebody outside the vendor, an auditor is only proposed here; who approves gets the code.
    """
    with people(home) as local:
        if role == AccountRole.AUDITOR and _somebody_outside(local.database):
            by_two = auditor_accounts.handlers(
                local.enrolment, local.sessions, log=local.log, origin=origin(local.settings)
            )
            proposals = Proposals(database=local.database, log=local.log, handlers=by_two)
            fields = {"account": account, "name": name, "person": person}
            _put_forward(proposals, "auditor_account.invite", fields, as_json=as_json)
            return
        invited = local.enrolment.invite(
            account,
            role=AccountRole(role or AccountRole.USER),
            name=name,
            by=f"operator:{operator().id}",
            person=person,
        )
    show_invitation(invited, local.settings, as_json=as_json)


@user.command("sign-out")
@click.argument("account", metavar="ID")
@HOME
@JSON
def sign_out_user(*, account: str, home: Path | None, as_json: bool) -> None:
    """End every session of somebody, at once and on all nodes; an auditor's only while nobody is outside the vendor."""
    with people(home) as local, local.database.transaction() as connection:
        if queries.outsiders(connection):
            auditor_accounts.by_two(connection, account)
        ended = local.sessions.end_all(connection, account, by=f"operator:{operator().id}")
    click.echo(json.dumps({"account": account, "sessions_ended": ended}) if as_json else f"{ended} sessions ended.")


@click.group()
def client() -> None:
    """Clients: the programs that ask, each with a key of its own."""


@client.command("add")
@click.argument("id", metavar="ID", required=False)
@click.option("--agency", help="Left out, the client is an administrator's or an auditor's.")
@click.option("--name")
@click.option("--scope", "scopes", multiple=True)
@click.option("--user", "default_user", help="The user for whom it acts when its token request names none.")
@click.option("--affiliation", help="Whose person it is where no agency binds it: vendor, oversight or court.")
@click.option("--person", help="Who holds its key, such as a badge: two clients of one person are one person.")
@click.option("--terminal", is_flag=True, help="People sign in on it with `writgate login`; alone it can do nothing.")
@key_options
@writing
def add_client(
    *,
    terminal: bool,
    key: Path | None,
    generate: bool,
    file: Path | None,
    home: Path | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Add a client, or change one, which keeps its keys unless others are given."""
    given = document(file, **options)
    fields: dict[str, Any] = {"agency": None, "name": given.get("id")} | given
    if terminal:
        fields["grant_types"] = [DEVICE_CODE, REFRESH_TOKEN]
    parse(ClientWrite, fields)  # before a key is made for a client that cannot be
    with services(home) as local:
        jwk = client_key(local, fields, key=key, generate=generate)
        if jwk is not None:
            fields["jwks"] = {"keys": [jwk]}
        write = parse(ClientWrite, fields)
        if _is_for_two(local, write):
            propose(local, "auditor.add", write.model_dump(mode="json"), as_json=as_json)
            return
        stored = local.registry.put_client(write, actor=operator())
    announce(stored, as_json=as_json)


def _is_for_two(local: LocalServices, write: ClientWrite) -> bool:
    """Auditors are added by two people, once there is somebody outside the vendor who can be one of them."""
    with local.database.transaction() as connection:
        return rules.takes_two(queries.client(connection, write.id), write) and queries.outsiders(connection)


def _somebody_outside(database: Database) -> bool:
    with database.transaction() as connection:
        return queries.outsiders(connection)


@client.command("status")
@click.argument("client_id", metavar="ID")
@click.argument("word", metavar="STATUS")
@HOME
@JSON
def change_client_status(*, client_id: str, word: str, home: Path | None, as_json: bool) -> None:
    """Change the status. An auditor's is proposed, once there is somebody outside the vendor who can agree."""
    with services(home) as local:
        try:
            changed = local.registry.set_status("client", client_id, word, actor=operator())
        except TwoPersonsRequired:  # the word is one of two, or it would have been refused before
            kind = "auditor.remove" if word == "suspended" else "auditor.reinstate"
            propose(local, kind, {"id": client_id}, as_json=as_json)
            return
    announce(changed, as_json=as_json)


@click.group(name="court-key")
def court_key() -> None:
    """Court keys: public keys that a court's signed warrants are checked against."""


@court_key.command("add")
@click.argument("court", required=False)
@click.argument("kid", required=False)
@click.option("--key", type=PATH, default=None, help="A file with the court's public JWK.")
@click.option("--from", "not_before", metavar="TIME", help="RFC 3339: it vouches for warrants issued from then on.")
@click.option("--to", "not_after", metavar="TIME")
@writing
def add_court_key(*, key: Path | None, file: Path | None, home: Path | None, as_json: bool, **options: Any) -> None:
    """Propose to pin a court's public key, after checking it with the court over another channel."""
    write = parse(CourtKeyWrite, document(file, jwk=read_json(key) if key else None, **options))
    with services(home) as local:
        propose(local, "court_key.add", write.model_dump(mode="json"), as_json=as_json)


@court_key.command("revoke")
@click.argument("court")
@click.argument("kid")
@HOME
@JSON
def revoke_court_key(*, court: str, kid: str, home: Path | None, as_json: bool) -> None:
    """Propose to revoke a pinned key: it will vouch for no warrant that comes in, whatever its date."""
    with services(home) as local:
        propose(local, "court_key.revoke", {"court": court, "kid": kid}, as_json=as_json)


def propose(local: LocalServices, kind: str, fields: dict[str, Any], *, as_json: bool) -> None:
    """What takes two people is only proposed here; somebody outside the vendor approves it over HTTP."""
    by_two = handlers(local.registry, log=local.log, outbound=outbound(local.settings))
    proposals = Proposals(database=local.database, log=local.log, handlers=by_two)
    _put_forward(proposals, kind, fields, as_json=as_json)


def _put_forward(proposals: Proposals, kind: str, fields: dict[str, Any], *, as_json: bool) -> None:
    made = proposals.propose(kind, fields, why="from the command line", actor=operator())
    if as_json:
        click.echo(json.dumps(made))
        return
    click.echo(f"Proposed: {made['id']}. Another person, from outside the vendor, approves it:")
    click.echo(f"  writgate proposal approve {made['id']} --reason … --client admin-2")


for _group, _table in (
    (agency, AGENCIES),
    (contract, CONTRACTS),
    (user, USERS),
    (client, CLIENTS),
    (court_key, COURT_KEYS),
):
    add_reading(_group, _table)
    if "status" in _table.first and _group is not client:
        add_status(_group, _table)
