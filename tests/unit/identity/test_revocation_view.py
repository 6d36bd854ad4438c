"""Revocation: who is refused from when on, and that no order of events lets a dead token live."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from identity_house import House, open_house
from patience import PATIENCE_SECONDS

from gateway.database import Database, DatabaseUnavailable
from gateway.identity import revocation
from gateway.identity.caller import Link, digest_of
from gateway.identity.errors import CallerSuspended, IdentityError, RevokedError, StaleRevocations
from gateway.identity.revocation import (
    MAX_AGE,
    TOKEN_KEPT,
    Kind,
    current_rev,
    end_session,
    hold_caller,
    hold_chain,
    kill_tokens,
    revoke_token,
)
from gateway.postgres.deployment import DatabaseRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import DatabaseFactory

    from gateway.database import Connection
    from gateway.settings import Settings

NAMED = {"user": "lakeport-pd/ruiz"}
OWNERS = [("agency", "lakeport-pd"), ("client", "lakeport-app"), ("user", "lakeport-pd/ruiz")]


@pytest.fixture
def house(settings: Settings, database: DatabaseFactory) -> Iterator[House]:
    with open_house(settings, database) as opened:
        yield opened


@pytest.mark.parametrize(("kind", "record"), OWNERS)
def test_a_suspension_stops_the_unexpired_token_and_its_lifting_does_not_revive_it(
    house: House, kind: str, record: str
) -> None:
    old = house.token(**NAMED)
    bystander = house.token("harbour-app")
    assert house.refusal(old) == ""
    house.set_status(kind, record, "suspended")
    house.view.poll()
    with pytest.raises(CallerSuspended) as suspended:
        house.verify(old)
    assert suspended.value.code == f"{kind.upper()}_SUSPENDED"
    assert suspended.value.status == 403
    assert suspended.value.caller.client == "lakeport-app"
    assert 'error="invalid_token"' in (suspended.value.www_authenticate or "")
    house.set_status(kind, record, "active")
    house.view.poll()
    assert house.refusal(old) == "TOKEN_REVOKED"
    assert house.refusal(house.token(**NAMED)) == ""
    assert house.refusal(bystander) == ""


def test_the_view_follows_by_itself_within_its_promise(house: House) -> None:
    token = house.token()
    seen = threading.Event()
    poll = house.view.poll

    def noticing() -> None:
        poll()
        if house.refusal(token) == "AGENCY_SUSPENDED":
            seen.set()

    house.view.poll = noticing  # type: ignore[method-assign]  # to wait for an event instead of a moment
    house.set_status("agency", "lakeport-pd", "suspended")
    assert seen.wait(PATIENCE_SECONDS)


def test_a_suspended_user_stops_only_tokens_that_name_the_user(house: House) -> None:
    without, other = house.token(), house.token(user="lakeport-pd/chen")
    house.set_status("user", "lakeport-pd/ruiz", "suspended")
    house.view.poll()
    assert house.refusal(without) == house.refusal(other) == ""


@pytest.mark.parametrize(("kind", "record"), [*OWNERS, ("issuer", "self")])
def test_killing_tokens_ends_the_old_ones_and_suspends_nobody(house: House, kind: Kind, record: str) -> None:
    old = house.token(**NAMED)
    with house.web.transaction() as connection:
        kill_tokens(connection, kind=kind, identifier=record)
    house.view.poll()
    assert house.refusal(old) == "TOKEN_REVOKED"
    assert house.refusal(house.token(**NAMED)) == ""


def test_killing_tokens_of_nobody_is_an_error(house: House) -> None:
    with pytest.raises(LookupError), house.web.transaction() as connection:
        kill_tokens(connection, kind="agency", identifier="ghost-pd")


def test_a_change_of_scopes_or_keys_kills_earlier_tokens_and_a_change_of_name_does_not(house: House) -> None:
    token = house.token()
    house.add_client("lakeport-app", agency="lakeport-pd", name="Another name")
    house.view.poll()
    assert house.refusal(token) == ""
    house.add_client("lakeport-app", agency="lakeport-pd", scopes=["searches:read"])
    house.view.poll()
    assert house.refusal(token) == "TOKEN_REVOKED"


def test_a_deleted_client_is_refused_for_ever(house: House) -> None:
    token = house.token()
    with _administrator(house) as connection:
        connection.execute("DELETE FROM registry.clients WHERE id = 'lakeport-app'")
    house.view.poll()
    assert house.refusal(token) == "CLIENT_SUSPENDED"


def test_a_view_that_heard_nothing_for_a_second_refuses_everybody_and_recovers(house: House) -> None:
    token = house.token()
    house.view.stop()
    database = house.view._database
    with Database("host=127.0.0.1 port=1 dbname=x user=x", name="nowhere", checkout_seconds=0.1) as nowhere:
        house.view._database = nowhere
        house.view._as_of -= 2 * MAX_AGE
        for _ in range(2):  # the second time without asking again
            with pytest.raises(StaleRevocations) as stale:
                house.verify(token)
            assert stale.value.status == 503
    house.view._database = database
    house.view.poll()
    assert house.refusal(token) == ""


def test_after_a_standstill_of_the_process_the_first_request_asks_and_nobody_is_refused_for_it(house: House) -> None:
    token, dead = house.token(), house.token("harbour-app")
    house.view.stop()
    house.set_status("client", "harbour-app", "suspended")
    house.view._as_of -= 2 * MAX_AGE
    with ThreadPoolExecutor(8) as pool:
        refusals = list(pool.map(house.refusal, [token, dead] * 8))
    assert refusals == ["", "CLIENT_SUSPENDED"] * 8


def test_an_answer_that_was_too_long_on_its_way_is_as_good_as_none(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = house.token()
    house.view.stop()
    house.view._as_of -= 2 * MAX_AGE
    now, changes_since = time.monotonic, revocation._changes_since

    def slowly(connection: Connection, seq: int) -> Any:
        answer = changes_since(connection, seq)
        monkeypatch.setattr(time, "monotonic", lambda: now() + 2 * MAX_AGE)
        return answer

    monkeypatch.setattr(revocation, "_changes_since", slowly)
    with pytest.raises(StaleRevocations):
        house.verify(token)


def test_a_question_that_hangs_keeps_a_request_no_longer_than_the_view_may_be_old(house: House) -> None:
    token = house.token()
    house.view.stop()
    house.view._as_of -= 2 * MAX_AGE
    with house.view._polling, pytest.raises(StaleRevocations):  # held as by a poll that the database never answers
        house.verify(token)


def test_a_view_that_never_started_refuses_everybody(house: House) -> None:
    from gateway.identity.revocation import RevocationView  # noqa: PLC0415

    with pytest.raises(StaleRevocations):
        RevocationView(house.web).require_fresh()


def test_a_view_survives_the_loss_of_its_connections(house: House) -> None:
    house.view.stop()
    with _administrator(house) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    house.view.start()
    assert house.refusal(house.token()) == ""


def test_without_a_database_a_poll_is_unavailable_and_a_token_from_elsewhere_is_stale(house: House) -> None:
    house.view.stop()
    house.view.poll()
    token = house.forge()
    caller = house.verify(token)
    house.view._database.close()
    with pytest.raises(DatabaseUnavailable):
        house.view.poll()
    with pytest.raises(StaleRevocations):
        house.view.check(replace(caller, rev=int(caller.rev or 0) + 1), issuer=house.issuer)


def test_a_token_newer_than_the_view_is_accepted_at_once(house: House) -> None:
    """A client registered a moment ago may use its token on another process, whose view has not polled yet."""
    house.view.stop()
    house.view.poll()
    house.add_client("brand-new", agency="lakeport-pd")
    assert house.refusal(house.token("brand-new")) == ""


def test_numbers_become_visible_in_their_order(house: House) -> None:
    """A second act cannot get its number while the first, with a lower one, is uncommitted."""
    with _administrator(house) as first:
        first.execute("UPDATE registry.users SET status = 'suspended' WHERE id = 'lakeport-pd/ruiz'")
        with pytest.raises(psycopg.errors.LockNotAvailable), _impatient(house) as second:
            second.execute("UPDATE registry.users SET status = 'suspended' WHERE id = 'harbour-pd/okafor'")
    before = house.counter()
    with _administrator(house) as second:
        second.execute("UPDATE registry.users SET status = 'suspended' WHERE id = 'harbour-pd/okafor'")
    assert house.counter() == before + 1


def test_a_mint_that_overlaps_a_suspension_and_its_lifting_gives_a_dead_token(house: House) -> None:
    caller = house.verify(house.token())
    with house.web.transaction() as minting:
        rev = current_rev(minting)
        house.set_status("agency", "lakeport-pd", "suspended")
        house.set_status("agency", "lakeport-pd", "active")
    house.view.poll()
    with pytest.raises(RevokedError):
        house.view.check(replace(caller, rev=rev), issuer=house.issuer)


def test_a_release_holds_off_a_suspension_until_it_has_committed(house: House) -> None:
    caller = house.verify(house.token(**NAMED))
    for kind, record in OWNERS:
        with house.web.transaction() as release:
            assert hold_caller(release, caller) is None
            with pytest.raises(psycopg.errors.LockNotAvailable), _impatient(house) as suspension:
                suspension.execute(f"UPDATE registry.{_table(kind)} SET status = 'suspended' WHERE id = %s", (record,))
    with house.web.transaction() as release:
        assert hold_caller(release, caller) is None
        with pytest.raises(psycopg.errors.LockNotAvailable), _impatient(house) as revocation:
            revoke_token(revocation, token_id=caller.token_id, expires_at=caller.expires_at)


def test_releases_of_one_agency_do_not_wait_for_each_other(house: House) -> None:
    caller = house.verify(house.token(**NAMED))
    with house.web.transaction() as one, _impatient(house) as other:
        assert hold_caller(one, caller) is None
        assert hold_caller(other, caller) is None


def test_a_session_that_is_ended_takes_its_tokens_with_it_and_no_other(house: House) -> None:
    here, elsewhere = house.forge(sid="s-1"), house.forge(sid="s-2")
    caller = house.verify(here)
    with house.web.transaction() as release, house.web.transaction() as other:
        assert hold_caller(release, caller) is None
        assert hold_caller(other, caller) is None
        with pytest.raises(psycopg.errors.LockNotAvailable), _impatient(house) as ending:
            end_session(ending, "s-1", expires_at=caller.expires_at)
        with _impatient(house) as ending:
            end_session(ending, "s-3", expires_at=caller.expires_at)
    with house.web.transaction() as ending:
        end_session(ending, "s-1", expires_at=caller.expires_at)
    house.view.poll()
    assert house.refusal(here) == _held(house, caller) == "TOKEN_REVOKED"
    assert house.refusal(house.forge(sid="s-1")) == "TOKEN_REVOKED"
    assert house.refusal(elsewhere) == ""


def test_while_the_operator_has_stopped_the_issuing_nothing_is_minted_and_nothing_taken(house: House) -> None:
    old = house.token()
    caller = house.verify(old)
    _stop_issuing(house, stopped=True)
    house.view.poll()
    assert house.refusal(old) == _held(house, caller) == "ISSUER_SUSPENDED"
    assert (house.ask().json or {})["code"] == "ISSUER_SUSPENDED"
    _stop_issuing(house, stopped=False)
    house.view.poll()
    assert house.refusal(old) == "TOKEN_REVOKED"
    assert house.refusal(house.token()) == ""


def test_a_token_without_rev_is_measured_by_the_time_of_the_last_act(house: House) -> None:
    """A foreign issuer does not know our counter, and goes on minting while its caller is suspended here."""
    foreign = _foreign(house)
    assert _both(house, foreign) == (None, None)
    with house.web.transaction() as connection:
        kill_tokens(connection, kind="agency", identifier="lakeport-pd")
    assert _both(house, foreign) == ("TOKEN_REVOKED", "TOKEN_REVOKED")
    now = int(house.view.now())
    later = replace(foreign, issued_at=now + 60)
    assert _both(house, later) == (None, None)
    house.set_status("agency", "lakeport-pd", "suspended")
    assert _both(house, later) == ("AGENCY_SUSPENDED", "AGENCY_SUSPENDED")
    _move_clock(house, seconds=120)
    house.set_status("agency", "lakeport-pd", "active")
    assert _both(house, later) == ("TOKEN_REVOKED", "TOKEN_REVOKED")
    assert _both(house, replace(foreign, issued_at=now + 240)) == (None, None)


def test_a_foreign_issuer_is_killed_suspended_and_lifted_like_anybody(house: House) -> None:
    foreign = replace(_foreign(house), issued_at=int(house.view.now()) + 60)
    assert _both(house, foreign) == (None, None)
    assert _both(house, replace(foreign, issuer="elsewhere")) == ("TOKEN_REVOKED", "TOKEN_REVOKED")
    with _administrator(house) as connection:
        connection.execute("UPDATE registry.issuers SET status = 'suspended'")
    assert _both(house, foreign) == ("ISSUER_SUSPENDED", "ISSUER_SUSPENDED")
    assert house.refusal(house.token()) == ""
    with _administrator(house) as connection:
        connection.execute("UPDATE registry.issuers SET status = 'active'")
    assert _both(house, foreign) == (None, None)
    _move_clock(house, seconds=120)
    with _administrator(house) as connection:
        connection.execute("UPDATE registry.issuers SET profile = '{}'")
    assert _both(house, foreign) == ("TOKEN_REVOKED", "TOKEN_REVOKED")


def test_sessions_opened_on_an_issuers_word_end_with_it(house: House) -> None:
    _foreign(house)
    with _administrator(house) as connection:
        connection.execute(
            "INSERT INTO identity.foreign_sessions VALUES ('s-9', 'county', 'theirs', 'subject', %s)", (2 * 10**18,)
        )
    token = house.forge(sid="s-9")
    assert house.refusal(token) == ""
    with house.web.transaction() as connection:
        kill_tokens(connection, kind="issuer", identifier="county")
    house.view.poll()
    assert house.refusal(token) == "TOKEN_REVOKED"


def test_a_request_that_took_long_is_judged_again_by_a_fresh_view(house: House) -> None:
    caller = house.verify(house.token())
    house.view.stop()
    house.set_status("client", "lakeport-app", "suspended")
    now = time.monotonic()
    house.verifier.verify_again(caller, verified_at=now)
    house.view._as_of = now - 2 * MAX_AGE  # as after a pause of the whole process
    with pytest.raises(CallerSuspended):
        house.verifier.verify_again(caller, verified_at=now - 2 * MAX_AGE)


def test_a_request_that_took_long_is_not_answered_without_a_database(house: House) -> None:
    caller = house.verify(house.token())
    house.view.stop()
    house.view._database.close()
    house.view._as_of = long_ago = time.monotonic() - 2 * MAX_AGE
    with pytest.raises(StaleRevocations):
        house.verifier.verify_again(caller, verified_at=long_ago)


def test_releases_that_overlap_without_end_do_not_keep_an_act_waiting(house: House) -> None:
    caller = house.verify(house.token())
    done = threading.Event()
    released = threading.Semaphore(0)

    def release_again_and_again() -> None:
        while not done.is_set():
            with house.web.transaction() as connection:
                hold_caller(connection, caller)
                released.release()
                connection.execute("SELECT pg_sleep(0.05)")

    releasing = [threading.Thread(target=release_again_and_again) for _ in range(6)]
    for thread in releasing:
        thread.start()
    for _ in range(12):
        assert released.acquire(timeout=60)
    with house.web.transaction() as connection:
        connection.execute("SET LOCAL statement_timeout = '20s'")
        kill_tokens(connection, kind="issuer", identifier="self")
    done.set()
    for thread in releasing:
        thread.join()
    assert _held(house, caller) == "TOKEN_REVOKED"


def test_a_release_that_waited_for_a_revocation_sees_it(house: House) -> None:
    """The token has no row until it is revoked, so this is where a release could have slipped through."""
    caller = house.verify(house.token())
    answers: list[str | None] = []

    def release() -> None:
        with house.web.transaction() as connection:
            answers.append(hold_caller(connection, caller))

    with house.web.transaction() as revocation:
        revoke_token(revocation, token_id=caller.token_id, expires_at=caller.expires_at)
        thread = threading.Thread(target=release)
        thread.start()
        _wait_until_somebody_waits(house)
    thread.join()
    assert answers == ["TOKEN_REVOKED"]


@pytest.mark.parametrize(("kind", "record"), [("issuer", "self"), ("user", "lakeport-pd/ruiz")])
@pytest.mark.parametrize("passed_on", [False, True], ids=["own", "of-one-behind"])
def test_a_release_that_waits_for_an_act_holds_no_session_that_the_act_ends_next(
    house: House, kind: Kind, record: str, *, passed_on: bool
) -> None:
    """Whoever signs somebody out everywhere ends the user's tokens, then the sessions."""
    caller = house.verify(house.token(**NAMED))
    behind = Link("harbour-app", "harbour-pd", None, None, "their-token", session="s-1")
    caller = replace(caller, behind=(behind,)) if passed_on else replace(caller, session="s-1")

    def release() -> list[str | None]:
        with house.web.transaction() as connection:
            hold_chain(connection, caller)
            return [hold_caller(connection, bearer) for bearer in (*caller.links(), caller)]

    with ThreadPoolExecutor(1) as pool:
        with _impatient(house) as act:
            kill_tokens(act, kind=kind, identifier=record)
            releasing = pool.submit(release)
            _wait_until_somebody_waits(house)
            end_session(act, "s-1", expires_at=caller.expires_at)
        assert "TOKEN_REVOKED" in releasing.result()


def test_a_release_is_told_what_stands_against_the_caller(house: House) -> None:
    caller = house.verify(house.token(**NAMED))
    for kind, record in OWNERS:
        house.set_status(kind, record, "suspended")
        assert _held(house, caller) == f"{kind.upper()}_SUSPENDED"
        house.set_status(kind, record, "active")
        assert _held(house, caller) == "TOKEN_REVOKED"
        caller = house.verify(house.token(**NAMED))
        assert _held(house, caller) is None
    assert _held(house, replace(caller, agency="ghost-pd")) == "TOKEN_REVOKED"
    assert _held(house, replace(caller, user="lakeport-pd/ghost")) == "TOKEN_REVOKED"
    assert _held(house, replace(caller, rev=0)) == "TOKEN_REVOKED"
    with house.web.transaction() as connection:
        for missing in ({"rev": None}, {"issued_at": None}, {"client": None}, {"issuer": None}, {"issuer": "ghost"}):
            assert hold_caller(connection, replace(caller, **missing)) == "TOKEN_REVOKED"


def test_a_revoked_token_is_remembered_until_long_after_it_has_expired_and_then_swept(house: House) -> None:
    caller = house.verify(house.token())
    second = house.verify(house.token())
    _revoke(house, caller)
    house.view.poll()
    assert ("token", digest_of(caller.token_id)) in house.view._standings
    with _administrator(house) as connection:
        connection.execute("UPDATE ops.clock_offset SET nanoseconds = %s", ((TOKEN_KEPT + 400) * 10**9,))
    house.view.poll()
    assert ("token", digest_of(caller.token_id)) not in house.view._standings
    _revoke(house, second)
    with house.web.transaction() as connection:
        kept = connection.execute("SELECT id FROM identity.revocations WHERE kind = 'token'").fetchall()
    assert digest_of(caller.token_id) not in [row[0] for row in kept]


def test_used_assertions_are_swept_when_they_could_not_be_used_again(house: House) -> None:
    with house.web.transaction() as connection:
        for number in range(20):
            connection.execute("SELECT identity.use_assertion('lakeport-app', %s, 1000, 900)", (number.to_bytes(32),))
        for number in range(20, 23):
            connection.execute("SELECT identity.use_assertion('lakeport-app', %s, 9000, 2000)", (number.to_bytes(32),))
    with _administrator(house) as connection:
        assert connection.execute("SELECT count(*) FROM identity.used_assertions").fetchone() == (3,)


def test_no_role_of_the_gateway_can_write_revocations_directly(house: House) -> None:
    statements = [
        "INSERT INTO identity.revocations (kind, id, suspended, killed_seq, seq) VALUES ('user', 'x', false, 0, 99)",
        "UPDATE identity.revocations SET suspended = false",
        "UPDATE identity.revocations SET killed_seq = 0",
        "DELETE FROM identity.revocations",
        "TRUNCATE identity.revocations",
        "UPDATE identity.revocation_counter SET seq = 0",
        "DELETE FROM identity.revocation_counter",
        "SELECT identity.next_seq()",
        "SELECT identity.write_revocation('agency', 'lakeport-pd', false, false)",
        "SELECT * FROM identity.used_assertions",
        "DELETE FROM identity.used_assertions",
        "ALTER TABLE registry.agencies DISABLE TRIGGER revocation",
        "DROP TRIGGER revocation ON registry.agencies",
        "SET session_replication_role = replica",
        "SET ROLE writgate_owner",
    ]
    for role in (DatabaseRole.WEB, DatabaseRole.ENGINE, DatabaseRole.SEQUENCER, DatabaseRole.AUDITOR):
        pool = house.open_pool(role)
        for statement in statements:
            with pytest.raises(psycopg.errors.InsufficientPrivilege), pool.transaction() as connection:
                connection.execute(statement)


def _held(house: House, caller: Any) -> str | None:
    with house.web.transaction() as connection:
        return hold_caller(connection, caller)


def _both(house: House, caller: Any) -> tuple[str | None, str | None]:
    """What the view says of the caller, and what a release is told."""
    house.view.poll()
    try:
        house.view.check(caller, issuer=house.issuer)
    except IdentityError as error:
        return error.code, _held(house, caller)
    return None, _held(house, caller)


def _foreign(house: House) -> Any:
    """A caller with a token of another issuer, minted a minute ago."""
    with _administrator(house) as connection:
        connection.execute(
            "INSERT INTO registry.issuers (id, issuer, profile, status) VALUES ('county', 'https://c', '{}', 'active')"
        )
    house.view.poll()
    minted = int(house.view.now()) - 60
    return replace(house.verify(house.token(**NAMED)), issuer="county", rev=None, issued_at=minted)


def _move_clock(house: House, *, seconds: int) -> None:
    with _administrator(house) as connection:
        connection.execute("UPDATE ops.clock_offset SET nanoseconds = %s", (seconds * 10**9,))


def _stop_issuing(house: House, *, stopped: bool) -> None:
    with house.web.transaction() as connection:
        connection.execute("SELECT identity.suspend_own_issuer(%s)", (stopped,))


def _revoke(house: House, caller: Any) -> None:
    with house.web.transaction() as connection:
        revoke_token(connection, token_id=caller.token_id, expires_at=caller.expires_at)


def _table(kind: str) -> str:
    return {"agency": "agencies", "client": "clients", "user": "users"}[kind]


def _administrator(house: House) -> Any:
    return house.open_pool(DatabaseRole.ADMIN).transaction()


class _impatient:  # noqa: N801 - reads as a context manager
    """An administrator's transaction that gives up at the first lock that it would have to wait for."""

    def __init__(self, house: House) -> None:
        self._manager = _administrator(house)

    def __enter__(self) -> Connection:
        connection: Connection = self._manager.__enter__()
        connection.execute("SET LOCAL lock_timeout = '50ms'")
        return connection

    def __exit__(self, *details: object) -> Any:
        return self._manager.__exit__(*details)


def _wait_until_somebody_waits(house: House) -> None:
    pool = house.open_pool(DatabaseRole.ADMIN)
    for _ in range(2000):
        with pool.transaction() as connection:
            row = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            ).fetchone()
        if row is not None and row[0]:
            return
    pytest.fail("nobody waited for the lock")
