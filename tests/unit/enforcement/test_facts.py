"""The rows that bear on a request: read in one statement, each with its version, and what was refused before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
from gate_house import OPERATOR, Force, GateHouse, asking

from gateway.cli.demo.seed import DAY_NS
from gateway.enforcement import facts as facts_of
from gateway.enforcement.request import GovernedRequest, Probe
from gateway.postgres.deployment import DatabaseRole
from gateway.registry.models import ContractWrite

if TYPE_CHECKING:
    from gateway.enforcement.facts import Facts
    from gateway.identity.caller import Caller


class Counted(psycopg.Connection[tuple[Any, ...]]):
    """A connection that counts what is asked of it."""

    statements = 0

    def execute(self, *args: Any, **kwargs: Any) -> Any:
        self.statements += 1
        return super().execute(*args, **kwargs)


def read(house: GateHouse, force: Force, request: GovernedRequest, caller: Caller | None = None) -> Facts:
    caller = caller or force.caller
    digests = facts_of.blinds(house.services.log, caller, request)
    with house.services.database.transaction() as connection:
        return facts_of.read(connection, caller, request, digests)


def test_all_facts_are_of_one_moment(house: GateHouse, force: Force) -> None:
    """In READ COMMITTED one statement is one snapshot; two would be two."""
    request = asking(force, instrument=house.order(force))
    digests = facts_of.blinds(house.services.log, force.caller, request)
    with Counted.connect(house.deployment.conninfo(DatabaseRole.WEB)) as connection:
        found = facts_of.read(connection, force.caller, request, digests)
        assert connection.statements == 1
    assert found.agency is not None
    assert found.gallery is not None
    assert found.gallery["id"] == str(force.gallery_id)


def test_versions_name_every_row_that_a_permit_rests_on(house: GateHouse, force: Force) -> None:
    order = house.order(force)
    versions = read(house, force, asking(force, instrument=order)).versions()
    assert set(versions) == {
        ("agencies", force.agency, 1),
        ("clients", force.caller.client, 1),
        ("contracts", force.contract, 1),
        ("instruments", order, 2),
        ("users", f"{force.agency}/examiner", 1),
        ("galleries", str(force.gallery_id), 1),
    }
    house.services.registry.set_status("instrument", order, "revoked", actor=OPERATOR)
    again = read(house, force, asking(force, instrument=order)).versions()
    assert ("instruments", order, 3) in again


def test_what_belongs_to_another_agency_is_not_there(house: GateHouse, force: Force) -> None:
    other = house.force()
    order = house.order(other)
    stranger = house.caller(force.caller.client, force.agency, f"{other.agency}/examiner")
    found = read(house, force, asking(other, instrument=order, exigency=order), stranger)
    assert found.instrument is None
    assert found.exigency is None
    assert found.user is None
    assert read(house, force, asking(force, gallery="no-such")).gallery is None


def test_a_persons_name_is_not_a_fact(house: GateHouse, force: Force) -> None:
    found = read(house, force, asking(force))
    assert found.user is not None
    assert "name" not in found.user
    assert "jwks" not in (found.client or {})


def test_of_contracts_the_last_to_begin_counts_and_of_two_at_once_always_the_same(
    house: GateHouse, force: Force
) -> None:
    """As `registry.queries.contract_in_force` says it, so that edge and gate never read two contracts."""
    now = house.now()
    known = read(house, force, asking(force)).contract
    assert known is not None

    def add(name: str, begins: int) -> None:
        house.services.registry.put_contract(
            ContractWrite.model_validate(
                {
                    "id": f"{force.agency}/{name}",
                    "agency": force.agency,
                    "valid_from_ns": begins,
                    "valid_to_ns": now + 90 * DAY_NS,
                    "terms": known["terms"],
                }
            ),
            actor=OPERATOR,
        )

    for name, begins, expected in (
        ("next-year", now + DAY_NS, "contract"),
        ("b-newer", now - DAY_NS, "b-newer"),
        ("a-same-day", now - DAY_NS, "b-newer"),
        ("c-same-day", now - DAY_NS, "c-same-day"),
        ("older", now - 80 * DAY_NS, "c-same-day"),
    ):
        add(name, begins)
        found = read(house, force, asking(force)).contract
        assert found is not None
        assert found["id"] == f"{force.agency}/{expected}"


def test_usage_is_that_of_this_contract_these_periods_and_this_order(house: GateHouse) -> None:
    force = house.force(quotas=[{"period": "day", "limit": 9}, {"period": "total", "limit": 9}])
    order = house.order(force, searches=9)
    house.permit(force, instrument=order)
    house.permit(force)
    house.write("SELECT registry.take('contract', %s, '2020-01-01', 9)", force.contract)
    house.permit(house.force(searches=9))
    found = read(house, force, asking(force, instrument=order))
    assert found.usage == {f"contract {found.day}": 2, "contract all": 2, "instrument all": 1}


def test_blinds_are_keyed_and_the_agencys_own(house: GateHouse, force: Force) -> None:
    other = house.force()
    request = asking(force, case_number="case", probe=Probe(images=(b"one", b"two")))
    ours = facts_of.blinds(house.services.log, force.caller, request)
    theirs = facts_of.blinds(house.services.log, other.caller, request)
    assert ours.case != theirs.case
    assert ours.story != theirs.story
    assert ours.purpose_story != ours.story
    assert ours.probes == theirs.probes
    assert len(set(ours.probes)) == 2
    nothing = facts_of.blinds(house.services.log, house.caller("c", None, None), GovernedRequest(
        operation=request.operation, purpose=None
    ))  # fmt: skip
    assert (nothing.probes, nothing.case, nothing.user) == ([], None, None)


def test_a_face_that_was_refused_is_remembered_under_another_story_and_not_under_its_own(
    house: GateHouse, force: Force
) -> None:
    first = asking(force, purpose="general_surveillance")
    assert not house.admit(force, first).decision.permit
    assert read(house, force, first).prior_denials == 0
    same_face = asking(force, probe=first.probe)
    same_case = asking(force, case_number=first.case_number)
    for again in (same_face, same_case, asking(force, probe=first.probe, case_number=first.case_number)):
        assert read(house, force, again).prior_denials == 1
        judged = house.admit(force, again)
        assert "PRIOR_DENIAL_OTHER_STORY" in judged.decision.codes
    # Being refused for that alone is not a story of its own: the honest one may still be told.
    assert read(house, force, first).prior_denials == 0
    assert read(house, force, asking(force)).prior_denials == 0
    assert read(house, house.force(), same_face, house.force().caller).prior_denials == 0


def test_who_was_refused_for_want_of_a_paper_may_bring_it_but_not_another_purpose(house: GateHouse) -> None:
    demand = {"clause": "4.2", "operations": ["identify_1_to_n"], "instruments": ["court_order"]}
    force = house.force(demands=[demand])
    bare = asking(force)
    refused = house.admit(force, bare)
    assert "CONTRACT_DEMANDS_INSTRUMENT" in refused.decision.codes
    with_order = asking(force, probe=bare.probe, instrument=house.order(force))
    assert read(house, force, with_order).prior_denials == 0
    assert house.admit(force, with_order).decision.permit
    other = asking(force, probe=bare.probe, purpose="investigate_named_offence")
    assert read(house, force, other).prior_denials == 1


def test_dry_runs_are_not_remembered_as_refusals(house: GateHouse, force: Force) -> None:
    first = asking(force, purpose="general_surveillance", dry_run=True)
    house.admit(force, first)
    assert read(house, force, asking(force, probe=first.probe)).prior_denials == 0


def test_other_faces_of_the_same_case_are_counted_once_each(house: GateHouse, force: Force) -> None:
    one, two = asking(force, case_number="case-x"), asking(force, case_number="case-x")
    for request in (one, one, two):
        assert house.admit(force, request).decision.permit
    house.admit(force, asking(force, case_number="case-x", dry_run=True))
    assert read(house, force, one).other_probes_of_case == 1
    assert read(house, force, asking(force, case_number="case-x")).other_probes_of_case == 2
    assert read(house, force, asking(force)).other_probes_of_case == 0
