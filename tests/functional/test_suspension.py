"""A suspension over HTTP: the unexpired token stops working, everything is on the log, and another person lifts it."""

from __future__ import annotations

import itertools
import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from patience import until

from gateway.cli.http import Answer, Api
from gateway.identity.client_credentials import TokenRequestError, make_client_key, request_token

if TYPE_CHECKING:
    from gateway_house import House

pytestmark = pytest.mark.photographs

_numbers = itertools.count(1)
KINDS = ("agency", "user", "client")


class Victim:
    """An agency with one user and one client, made over HTTP by an administrator."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.agency = f"harbour-{next(_numbers)}"
        self.user, self.client = f"{self.agency}/diaz", f"{self.agency}-desk"
        administrator = house.api("admin-1")
        key = make_client_key(house.settings.clients / f"{self.client}.json", client_id=self.client, user=self.user)
        for path, body in (
            (
                f"/v1/agencies/{self.agency}",
                {"name": "Harbour Police (fictional)", "type": "law_enforcement", "jurisdiction": "US-TX"},
            ),
            (
                f"/v1/users/{self.user}",
                {"agency": self.agency, "name": "A Person (fictional)", "roles": ["investigator"]},
            ),
            (
                f"/v1/clients/{self.client}",
                {
                    "agency": self.agency,
                    "name": "desk",
                    "scopes": ["galleries:read"],
                    "jwks": {"keys": [key]},
                    "default_user": self.user,
                },
            ),
        ):
            answer = administrator.put(path, body)
            assert answer.status == 201, answer.document

    def id_of(self, kind: str) -> str:
        return {"agency": self.agency, "user": self.user, "client": self.client}[kind]

    def token(self) -> str:
        held = json.loads((self.house.settings.clients / f"{self.client}.json").read_text(encoding="utf-8"))
        response = request_token(self.house.url, self.client, held["private_jwk"], user=self.user)
        return str(response["access_token"])

    def api(self) -> Api:
        return Api(self.house.url, self.token())


@pytest.fixture
def victim(house: House) -> Victim:
    return Victim(house)


def suspend(house: House, kind: str, identifier: str, client: str = "admin-1", **fields: Any) -> Answer:
    body = {
        "subject": {"kind": kind, "id": identifier},
        "rule": "GENERAL_SURVEILLANCE",
        "statement": "searched the participants of a rally",
        "entries": [0],
    }
    return house.api(client).post("/v1/sanctions", body | fields)


def lift(house: House, sanction: str, client: str) -> Answer:
    return house.api(client).post(f"/v1/sanctions/{sanction}/lift", {"statement": "the training was repeated"})


def all_workers_say(api: Api, status: int) -> Answer:
    """The answer of every web worker, once they agree: a view may be a second old, and no more."""

    def agreed() -> Answer | None:
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: api.get("/v1/galleries"), range(8)))
        return answers[0] if all(answer.status == status for answer in answers) else None

    return until(agreed, f"all workers say {status}")


def entries(house: House, kind: str, sanction: str) -> list[dict[str, Any]]:
    """Entries of the kind about this sanction, once the sequencer has integrated one."""

    def ours() -> list[dict[str, Any]]:
        found = house.api("auditor").get(f"/v1/audit/entries?kind={kind}&order=newest&limit=200").document["items"]
        return [item["entry"] for item in found if item["entry"]["sanction"] == sanction]

    return until(ours, "there is an entry")


@pytest.mark.parametrize("kind", KINDS)
def test_suspended_refused_logged_lifted_by_another_and_the_old_token_stays_dead(
    house: House, victim: Victim, kind: str
) -> None:
    before = victim.api()
    assert before.get("/v1/galleries").status == 200

    made = suspend(house, kind, victim.id_of(kind))
    assert made.status == 201, made.document
    assert made.document["imposed_by"] == "client:admin-1"
    refused = all_workers_say(before, 403)
    assert refused.code == f"{kind.upper()}_SUSPENDED"
    assert refused.document["reasons"][0]["sentence"]
    assert refused.document["remedy"]
    assert refused.document["receipt"]
    with pytest.raises(TokenRequestError):
        victim.token()
    (entry,) = entries(house, "sanction.imposed", made.document["id"])
    assert (entry["decider"], entry["rule"], entry["entries"]) == ("client:admin-1", "GENERAL_SURVEILLANCE", [0])

    same = lift(house, made.document["id"], "admin-1")
    assert (same.status, same.code) == (403, "SAME_DECIDER")
    all_workers_say(before, 403)

    lifted = lift(house, made.document["id"], "admin-2")
    assert (lifted.status, lifted.document["lifted_by"]) == (200, "client:admin-2")
    (entry,) = entries(house, "sanction.lifted", made.document["id"])
    assert entry["decider"] == "client:admin-2"
    dead = all_workers_say(before, 401)
    assert dead.code == "TOKEN_REVOKED"
    all_workers_say(victim.api(), 200)


def test_the_attempt_of_a_suspended_caller_is_an_entry(house: House, victim: Victim) -> None:
    before = victim.api()
    made = suspend(house, "agency", victim.agency)
    refused = all_workers_say(before, 403)
    path = f"/v1/audit/entries?kind=access.refused&decision_id={refused.document['decision_id']}"
    items = until(lambda: house.api("auditor").get(path).document["items"], "there is an entry")
    assert items[0]["entry"]["reasons"] == ["AGENCY_SUSPENDED"]
    assert items[0]["entry"]["agency"] == victim.agency
    lift(house, made.document["id"], "admin-2")


def test_what_was_suspended_by_a_sanction_is_not_lifted_as_a_record(house: House, victim: Victim) -> None:
    suspend(house, "user", victim.user)
    body = {"agency": victim.agency, "name": "A Person", "roles": ["investigator"], "status": "active"}
    written = house.api("admin-2").put(f"/v1/users/{victim.user}", body)
    assert written.status in {200, 409, 422}
    assert house.api("admin-2").get(f"/v1/users/{victim.user}").document["status"] == "suspended"


def test_sanctions_are_an_administrators(house: House, victim: Victim) -> None:
    for client in ("lakeport", "clerk", "auditor"):
        refused = suspend(house, "agency", victim.agency, client)
        assert (refused.status, refused.code) == (403, "SCOPE_MISSING")
    assert victim.api().get("/v1/galleries").status == 200


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"entries": []}, 422, "BODY_INVALID"),
        ({"entries": [-1]}, 422, "BODY_INVALID"),
        ({"entries": [10**12]}, 422, "ENTRIES_NOT_ON_LOG"),
        ({"entries": [10**30]}, 422, "BODY_INVALID"),
        ({"rule": ""}, 422, "BODY_INVALID"),
        ({"statement": "\u0000"}, 422, "BODY_INVALID"),
        ({"subject": {"kind": "judge", "id": "x"}}, 422, "BODY_INVALID"),
        ({"subject": {"kind": "agency", "id": "nobody"}}, 404, "NOT_FOUND"),
        ({"by": "somebody else"}, 422, "BODY_INVALID"),
    ],
)
def test_a_sanction_that_is_not_well_founded_is_refused(
    house: House, victim: Victim, fields: dict[str, Any], status: int, code: str
) -> None:
    refused = suspend(house, "agency", victim.agency, **fields)
    assert (refused.status, refused.code) == (status, code), refused.document
    assert refused.document["remedy"]


def test_a_sanction_is_imposed_once_and_lifted_once(house: House, victim: Victim) -> None:
    made = suspend(house, "agency", victim.agency)
    again = suspend(house, "agency", victim.agency)
    assert (again.status, again.code) == (409, "ALREADY_SUSPENDED")
    assert lift(house, made.document["id"], "admin-2").status == 200
    twice = lift(house, made.document["id"], "admin-2")
    assert (twice.status, twice.code) == (404, "NOT_FOUND")
    listed = house.api("admin-2").get("/v1/sanctions?limit=200").document["items"]
    (shown,) = [item for item in listed if item["id"] == made.document["id"]]
    assert shown["lift_statement"] == "the training was repeated"
