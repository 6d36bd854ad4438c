"""Who is revoked, known in memory in every process and never older than a second.

Every act against a caller (suspension, kill, end of a session or a token) takes the next number of a single counter
row and keeps that row locked until it commits (migrations/0004, 0017). A token carries `rev`, the counter at its mint.
It is refused when a row of its caller (issuer, agency, client, user) is `suspended`, or has `killed_seq > rev`. Lifting
a suspension clears `suspended` and leaves `killed_seq`: the old token stays dead, a new one, whose rev is at least the
number of the lift, works. Sessions and tokens have no row until they are ended, and are dead once they have one.

A foreign issuer's token has no `rev`. It is measured by time: it is refused unless `issued_at`, which its verifier set
back by the margin for that issuer's clock, is after `killed_ns`, the database's time of the last act. A lift counts as
an act here, for the issuer went on minting while its caller was suspended. So a few tokens die that were minted just
after the act, and none lives that was minted before it.

Why nothing slips through:

* Numbers commit in order. The act with number n + 1 cannot get its number before n has committed or rolled back. So a
  reader who sees n has seen everything below it, and polling `seq > last` misses nothing.
* Mint against suspension. The mint reads the counter first and the statuses after. What it counted in `rev` it
  therefore also saw in the statuses; whatever commits later has a number above `rev` and kills the token.
* Use against suspension. A request passes on a view at most MAX_AGE old: that is the second promised. A release is
  stricter: `identity.hold_caller` locks the caller's rows in the releasing transaction, so that it commits wholly
  before or wholly after the act. What has no row is locked by its name: the release shares the locks of its session's
  and its token's names, whoever ends one takes it alone, and the look for a row is a statement after the lock. Rows
  are locked by name as well, because those locks are given in order: constant releases cannot keep an act waiting.
  Names are locked in one order, by releases and acts (`identity.hold_names`), so that none waits for one who waits for
  it.
* A request in hand. What took longer than MAX_AGE since its verification, because it works long or because the process
  stood still, is judged again before it is answered (`check_again`).
* A view behind its token. A token fresh from another process may name a `rev` that this view has not reached. The view
  then catches up at once, in the request; `rev` is signed, so nobody can provoke this at will.

A view that has not heard from the database within MAX_AGE, and does not when asked, raises StaleRevocations: fail
closed. The view also carries the database's clock, by which tokens are minted and expire, so that the hosts' own clocks
do not matter.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import structlog
from psycopg.types.json import Jsonb

from gateway.database import DatabaseUnavailable
from gateway.identity.caller import OURSELVES, digest_of
from gateway.identity.errors import CallerSuspended, RevokedError, StaleRevocations

if TYPE_CHECKING:
    from gateway.database import Connection, Database
    from gateway.identity.caller import Caller

POLL_EVERY: Final = 0.2  # seconds
MAX_AGE: Final = 1.0  # seconds
TOKEN_KEPT: Final = 3600  # seconds the end of a session or a token is remembered after it could have been used
LONGEST_LIFE: Final = 86_400  # seconds; no token that is accepted here lives longer

Kind = Literal["issuer", "agency", "client", "user", "session", "token"]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Standing:
    suspended: bool
    killed_seq: int
    killed_ns: int
    kept_until: int | None

    def kills(self, caller: Caller) -> bool:
        if caller.rev is None:
            return self.killed_ns >= caller.issued_at * 1_000_000_000
        return self.killed_seq > caller.rev


class RevocationView:
    """The whole revocation table in memory, kept by one thread. Give it a `Database` of its own (two connections), so
    that requests which use up their pool cannot make it stale.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._standings: dict[tuple[str, str], _Standing] = {}
        self._seq = 0
        self._as_of = float("-inf")
        self._heard = False  # whether the last question was answered
        self._clock_offset = 0.0
        self._polling = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Loads the table and begins to follow it. Raises DatabaseUnavailable when there is no database."""
        self.poll()
        self._stopping.clear()
        self._thread = threading.Thread(target=self._follow, name="revocations", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def check(self, caller: Caller, *, issuer: str) -> None:
        """Raises CallerSuspended, RevokedError or StaleRevocations; returns when nothing stands against the caller."""
        self.require_fresh()
        if caller.rev is not None and caller.rev > self._seq:
            self._catch_up(caller.rev)
        killed = ("token", digest_of(caller.token_id)) in self._standings or (
            caller.session is not None and ("session", caller.session) in self._standings
        )
        for kind, identifier in _rows_of(caller):
            standing = self._standings.get((kind, identifier))
            if standing is None:
                killed = True
                continue
            if standing.suspended:
                raise CallerSuspended(code=f"{kind.upper()}_SUSPENDED", caller=caller, issuer=issuer)
            killed = killed or standing.kills(caller)
        if killed:
            raise RevokedError(caller=caller, issuer=issuer)

    def check_again(self, caller: Caller, *, issuer: str, checked_at: float) -> None:
        """As `check`, before an answer leaves, where `checked_at` (monotonic, from before it) is too long ago."""
        if time.monotonic() - checked_at > MAX_AGE:
            self.check(caller, issuer=issuer)

    def require_fresh(self) -> None:
        """Raises StaleRevocations unless the database was heard from within MAX_AGE, or is heard from now.

        A process that stood still is behind while its database is well, so the first request asks and the others wait
        for it. Nobody asks where the last question failed, nor waits longer than MAX_AGE for one that hangs.
        """
        if self._is_fresh():
            return
        if not self._heard or not self._polling.acquire(timeout=MAX_AGE):
            raise StaleRevocations
        try:
            if not self._is_fresh():
                self._ask()
        except Exception as error:  # the follower goes on trying, and logs what it is
            raise StaleRevocations from error
        finally:
            self._polling.release()
        if not self._is_fresh():  # the answer itself was too long on its way
            raise StaleRevocations

    def now(self) -> float:
        """Seconds since the epoch by the database's clock, carried forward by this host's monotonic clock."""
        return time.monotonic() + self._clock_offset

    def poll(self) -> None:
        """Reads what changed. Raises DatabaseUnavailable."""
        with self._polling:
            self._ask()

    def _is_fresh(self) -> bool:
        return time.monotonic() - self._as_of <= MAX_AGE

    def _ask(self) -> None:
        """As `poll`, by the holder of the lock."""
        asked_at = time.monotonic()  # before the question: the answer is at least as new as this
        try:
            with self._database.transaction() as connection:
                seq, now_ns, changes = _changes_since(connection, self._seq)
        except Exception:
            self._heard = False
            raise
        self._standings.update(changes)
        self._seq = seq
        self._clock_offset = now_ns / 1e9 - (asked_at + time.monotonic()) / 2
        self._as_of = asked_at
        self._heard = True
        self._forget_expired(now_ns // 1_000_000_000)

    def _catch_up(self, rev: int) -> None:
        try:
            self.poll()
        except DatabaseUnavailable:
            raise StaleRevocations from None
        if rev > self._seq:  # signed by us, and yet from a future that this database does not have: a restored backup
            raise StaleRevocations

    def _forget_expired(self, now_s: int) -> None:
        expired = [
            key
            for key, standing in self._standings.items()
            if standing.kept_until is not None and standing.kept_until < now_s - TOKEN_KEPT
        ]
        for key in expired:
            del self._standings[key]

    def _follow(self) -> None:
        heard = True
        while not self._stopping.wait(POLL_EVERY):
            try:
                self.poll()
            except Exception as error:  # noqa: BLE001 - whatever it was, the next poll may work; check() fails closed meanwhile
                if heard:
                    log.warning("revocations.stale", error=type(error).__name__)
                heard = False
                continue
            if not heard:
                log.info("revocations.fresh")
            heard = True


def _rows_of(caller: Caller) -> list[tuple[str, str]]:
    rows = [("issuer", caller.issuer), ("client", caller.client)]
    if caller.agency is not None:
        rows.insert(0, ("agency", caller.agency))
    if caller.user is not None:
        rows.append(("user", caller.user))
    return rows


def _changes_since(connection: Connection, seq: int) -> tuple[int, int, dict[tuple[str, str], _Standing]]:
    """The counter, the time and the changed rows, in one statement and so of one moment."""
    rows = connection.execute(
        """
        SELECT c.seq, ops.now_ns(), r.kind, r.id, r.suspended, r.killed_seq, r.killed_ns, r.kept_until
        FROM identity.revocation_counter AS c LEFT JOIN identity.revocations AS r ON r.seq > %s
        """,
        (seq,),
    ).fetchall()
    changes = {
        (kind, identifier): _Standing(suspended, killed_seq, killed_ns, kept_until)
        for _, _, kind, identifier, suspended, killed_seq, killed_ns, kept_until in rows
        if kind is not None
    }
    return rows[0][0], rows[0][1], changes


def current_rev(connection: Connection) -> int:
    """The counter, for a token about to be minted: read it before anything else in the transaction."""
    row = connection.execute("SELECT seq FROM identity.revocation_counter").fetchone()
    if row is None:
        raise RuntimeError("identity.revocation_counter has lost its row")
    return int(row[0])


def kill_tokens(connection: Connection, *, kind: Kind, identifier: str) -> None:
    """Ends every token issued so far for one agency, client or user, or by one issuer (OURSELVES is this gateway).

    Raises:
        LookupError: there is nobody of that name.
    """
    row = connection.execute("SELECT identity.kill_tokens(%s, %s)", (kind, identifier)).fetchone()
    if row is None or not row[0]:
        raise LookupError(kind)


def end_session(connection: Connection, session: str, *, expires_at: int) -> None:
    """Ends a session and every token that came of it; `expires_at`, in seconds, is when the last of them would."""
    connection.execute("SELECT identity.end_named('session', %s, %s)", (session, expires_at))


def revoke_token(connection: Connection, *, token_id: str, expires_at: int) -> None:
    """Ends one token; `expires_at` in seconds."""
    revoke_token_named(connection, digest_of(token_id), expires_at=expires_at)


def revoke_token_named(connection: Connection, digest: str, *, expires_at: int) -> None:
    """Ends the token of which only the digest of its id is known, as the log names it."""
    connection.execute("SELECT identity.end_named('token', %s, %s)", (digest, expires_at))


def suspend_own_issuer(connection: Connection, *, suspended: bool) -> None:
    """Stops this gateway's own issuing, or lets it go on; what was issued before is dead either way."""
    connection.execute("SELECT identity.suspend_own_issuer(%s)", (suspended,))


def may_issue(connection: Connection) -> bool:
    """Whether this gateway may mint tokens at all: the operator has not stopped it."""
    row = connection.execute(
        "SELECT suspended FROM identity.revocations WHERE kind = 'issuer' AND id = %s", (OURSELVES,)
    ).fetchone()
    return row is not None and not row[0]


def hold_chain(connection: Connection, caller: Caller) -> None:
    """Holds the names of the caller and of all who stand behind it, in their order, before each is asked about
    (`hold_caller`): one after the other they would be held in another.
    """
    standings = [bearer.standing() for bearer in (caller, *caller.links())]
    connection.execute("SELECT identity.hold_names(%s)", (Jsonb(standings),))


def hold_caller(connection: Connection, caller: Caller) -> str | None:
    """For a release: None when nothing stands against the caller, and nothing can until this transaction ends; else the
    code (ISSUER_SUSPENDED, AGENCY_SUSPENDED, CLIENT_SUSPENDED, USER_SUSPENDED, TOKEN_REVOKED).
    """
    row = connection.execute("SELECT identity.hold_caller(%s)", (Jsonb(caller.standing()),)).fetchone()
    return "TOKEN_REVOKED" if row is None else row[0]
