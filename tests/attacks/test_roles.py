"""What each database role can do, tried on every object that the migrations made, and compared with a list by hand.

`ALLOWED` says who may do what beyond reading. Everything else is tried for real, as that role, and must be refused by
PostgreSQL itself: a grant that a migration gives and this list does not name fails the test, and so does a line of the
list that the database does not grant.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

import psycopg
import pytest
from psycopg import sql

from gateway.postgres.credentials import OWNER, RESTRICTED
from gateway.postgres.deployment import DatabaseRole, Deployment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.database import Connection

WEB, ENGINE, SEQUENCER, AUDITOR, REPLAYER, DOCKET = RESTRICTED

# (role, table): what it may do. UPDATE is granted by column, and never for FIXED_COLUMNS. Nobody may TRUNCATE anything.
ALLOWED: Final[Mapping[tuple[DatabaseRole, str], set[str]]] = {
    (WEB, "registry.agencies"): {"INSERT", "UPDATE"},
    (WEB, "registry.contracts"): {"INSERT", "UPDATE"},
    (WEB, "registry.users"): {"INSERT", "UPDATE"},
    (WEB, "registry.clients"): {"INSERT", "UPDATE"},
    (WEB, "registry.instruments"): {"INSERT", "UPDATE"},
    (WEB, "registry.exigencies"): {"INSERT", "UPDATE"},
    (WEB, "registry.court_keys"): {"INSERT", "UPDATE"},
    (WEB, "registry.issuers"): {"INSERT", "UPDATE"},
    (WEB, "registry.user_links"): {"INSERT", "UPDATE"},
    (WEB, "identity.foreign_logins"): {"INSERT", "DELETE"},
    (WEB, "identity.foreign_sessions"): {"INSERT", "DELETE"},
    (WEB, "identity.pushed_requests"): {"INSERT", "DELETE"},
    (WEB, "identity.grants"): {"INSERT", "UPDATE"},
    (WEB, "identity.codes"): {"INSERT", "UPDATE"},
    (WEB, "identity.refresh_tokens"): {"INSERT"},
    (WEB, "identity.grant_tokens"): {"INSERT", "DELETE"},
    (WEB, "identity.device_requests"): {"INSERT", "UPDATE", "DELETE"},
    (WEB, "identity.user_code_guesses"): {"INSERT", "UPDATE"},
    (WEB, "identity.registrations"): {"INSERT", "DELETE"},
    (WEB, "compliance.sanctions"): {"INSERT", "UPDATE"},
    (WEB, "audit.legal_holds"): {"INSERT"},
    (WEB, "audit.erasure_orders"): {"INSERT"},
    (WEB, "audit.exports"): {"INSERT", "UPDATE"},
    (WEB, "identity.accounts"): {"INSERT", "UPDATE"},
    (WEB, "identity.invitations"): {"INSERT", "UPDATE"},
    (WEB, "identity.passwords"): {"INSERT", "UPDATE", "DELETE"},
    (WEB, "identity.passkeys"): {"INSERT", "UPDATE", "DELETE"},
    (WEB, "identity.sessions"): {"INSERT", "UPDATE", "DELETE"},
    (WEB, "identity.ceremonies"): {"INSERT", "UPDATE", "DELETE"},
    (WEB, "identity.devices"): {"INSERT", "DELETE"},
    (WEB, "identity.attempts"): {"UPDATE", "DELETE"},
    (WEB, "identity.failures_logged"): {"UPDATE"},
    (WEB, "policy.drafts"): {"INSERT", "UPDATE"},
    (WEB, "policy.draft_files"): {"INSERT", "UPDATE", "DELETE"},
    (WEB, "policy.draft_hands"): {"INSERT"},
    (WEB, "policy.draft_checks"): {"INSERT"},
    (WEB, "policy.draft_reviews"): {"INSERT"},
    (WEB, "policy.publications"): {"INSERT"},
    (WEB, "policy.holds"): {"INSERT", "UPDATE"},
    (WEB, "policy.shadows"): {"INSERT"},
    (WEB, "policy.brought"): {"INSERT"},
    (WEB, "policy.opa_status"): {"INSERT", "UPDATE"},
    (WEB, "policy.impacts"): {"INSERT"},
    (WEB, "registry.warrant_status"): {"INSERT"},
    (WEB, "registry.proposals"): {"INSERT", "UPDATE"},
    (WEB, "enforcement.docket"): {"UPDATE"},
    (WEB, "enforcement.chains"): {"INSERT", "UPDATE"},
    (WEB, "enforcement.webhooks"): {"INSERT", "UPDATE"},
    (DOCKET, "registry.agencies"): {"UPDATE"},
    (DOCKET, "registry.exigencies"): {"UPDATE"},
    (DOCKET, "enforcement.docket"): {"INSERT", "UPDATE"},
    (DOCKET, "enforcement.messages"): {"INSERT", "UPDATE"},
    (DOCKET, "enforcement.delivery_attempts"): {"INSERT"},
    (WEB, "compliance.incidents"): {"INSERT", "UPDATE"},
    (WEB, "enforcement.idempotency"): {"INSERT", "UPDATE", "DELETE"},
    (WEB, "enforcement.parked"): {"INSERT", "DELETE"},
    (WEB, "enforcement.parked_images"): {"INSERT", "DELETE"},
    (WEB, "enforcement.withheld"): {"INSERT", "DELETE"},
    (WEB, "enforcement.approvals"): {"INSERT", "UPDATE"},
    (WEB, "enforcement.approval_votes"): {"INSERT"},
    (WEB, "enforcement.reviews"): {"INSERT", "UPDATE"},
    (WEB, "enforcement.review_examiners"): {"INSERT", "UPDATE"},
    (WEB, "enforcement.events"): {"INSERT"},
    (WEB, "enforcement.consequences"): {"INSERT"},
    (WEB, "enforcement.waiting_calls"): {"INSERT", "DELETE"},
    (WEB, "recognition.face_groups"): {"INSERT", "DELETE"},
    (WEB, "recognition.grouped_faces"): {"INSERT", "DELETE"},
    (ENGINE, "enforcement.withheld"): {"INSERT"},
    (ENGINE, "recognition.probes"): {"INSERT"},
    (ENGINE, "recognition.faces"): {"INSERT"},
    (ENGINE, "recognition.gallery_keys"): {"INSERT"},
}

# What says which row it is, whose, and how often it changed.
FIXED_COLUMNS: Final = {"id", "agency", "version"}

# Columns that no role but these may read, whatever else of their table it sees.
SECRET_COLUMNS: Final[Mapping[str, set[DatabaseRole]]] = {
    "recognition.faces.template": {ENGINE},
    "recognition.faces.crop": {ENGINE},
    "recognition.faces.picture": {ENGINE},
    "recognition.probes.template": {ENGINE},
}

# Functions that a role may call, by schema; every other function of ours it may not.
CALLABLE: Final[Mapping[DatabaseRole, set[str]]] = {
    WEB: {
        "ops.now_ns", "audit.append", "audit.scope_key", "audit.disclosure_key", "audit.add_disclosure_key",
        "registry.take", "registry.sweep_usage",
        "policy.publish", "identity.kill_tokens", "identity.end_named", "identity.hold_caller", "identity.hold_names",
        "identity.suspend_own_issuer", "identity.use_assertion", "identity.use_proof", "identity.attempt",
        "identity.sweep_grants",
        "recognition.create_gallery", "recognition.hold_gallery",
        "recognition.delete_gallery", "recognition.delete_face", "enforcement.commit_decision", "enforcement.abandon",
        "audit.last_signed_ns", "enforcement.release", "enforcement.record_use", "enforcement.let_go",
        "enforcement.rest_on",
        "compliance.on_the_log",
        "audit.change_witnesses",
        "audit.current_generation", "audit.erase", "audit.erase_recorded", "audit.refuse_erasure",
        "audit.late_values", "audit.erase_late",
        "audit.lift_hold",
    },
    ENGINE: {
        "ops.now_ns", "audit.append", "audit.scope_key", "audit.disclosure_key", "audit.add_disclosure_key",
        "enforcement.claim", "enforcement.complete", "enforcement.reviewed_gallery", "audit.current_generation",
    },
    SEQUENCER: {
        "ops.now_ns", "audit.append", "audit.scope_key", "audit.disclosure_key", "audit.add_disclosure_key",
        "audit.elect", "audit.integrate", "audit.publish_checkpoint", "audit.add_log_key", "audit.add_recovery",
        "audit.add_timestamp", "audit.add_segment", "audit.current_generation", "audit.add_receipt_key",
    },
    AUDITOR: {
        "ops.now_ns", "audit.disclosure_key", "audit.postings_seen", "audit.segment_seen", "enforcement.closed_entries",
    },
    REPLAYER: {"ops.now_ns", "policy.recorded_decisions", "policy.recorded_at"},
    DOCKET: {
        "ops.now_ns", "audit.append", "audit.scope_key", "audit.disclosure_key", "audit.add_disclosure_key",
        "audit.current_generation",
        "audit.last_signed_ns", "enforcement.freeze", "enforcement.delete_result",
        "enforcement.delete_old_probes", "enforcement.events_to_tell",
    },
}  # fmt: skip

# Things of the server that no role of ours may do, whatever the tables.
OF_THE_SERVER: Final = (
    f"SET ROLE {OWNER}",
    "SET ROLE postgres",
    f"SET SESSION AUTHORIZATION {OWNER}",
    "SET session_replication_role = replica",
    "ALTER SYSTEM SET fsync = off",
    "ALTER DATABASE writgate OWNER TO CURRENT_USER",
    "CREATE DATABASE theirs",
    "CREATE ROLE theirs",
    f"GRANT {OWNER} TO CURRENT_USER",
    "ALTER ROLE postgres PASSWORD 'x'",
    f"ALTER ROLE {OWNER} LOGIN",
    "ALTER ROLE CURRENT_USER SUPERUSER",
    "ALTER ROLE CURRENT_USER BYPASSRLS",
    "CREATE SCHEMA theirs",
    "CREATE TABLE public.theirs (a bigint)",
    "CREATE TEMPORARY TABLE theirs (a bigint)",
    "CREATE EXTENSION vector SCHEMA ops",
    "CREATE EVENT TRIGGER theirs ON ddl_command_start EXECUTE FUNCTION pg_catalog.now()",
    "CREATE PUBLICATION theirs FOR ALL TABLES",
    "CREATE SUBSCRIPTION theirs CONNECTION 'host=x' PUBLICATION y",
    "COPY (SELECT 1) TO PROGRAM 'cat'",
    "COPY (SELECT 1) TO '/tmp/theirs'",
    "SELECT pg_catalog.pg_read_file('postgresql.conf')",
    "SELECT pg_catalog.pg_ls_dir('.')",
    "SELECT pg_catalog.lo_import('/etc/passwd')",
    "SELECT pg_catalog.pg_reload_conf()",
    "SELECT pg_catalog.pg_switch_wal()",
    "SELECT * FROM pg_catalog.pg_authid",
    "LOAD '/tmp/theirs.so'",
    "DROP OWNED BY writgate_owner",
    f"REASSIGN OWNED BY {OWNER} TO CURRENT_USER",
)

# The ways to change a table that is not one's own. Where no row or value is needed none is given: the right is checked
# before anything else.
_CHANGES: Final = {
    "INSERT": "INSERT INTO {table} DEFAULT VALUES",
    "DELETE": "DELETE FROM {table} WHERE false",
    "TRUNCATE": "TRUNCATE {table}",
    "MERGE DELETE": "MERGE INTO {table} t USING (SELECT 1) s ON false WHEN MATCHED THEN DELETE",
    "DROP": "DROP TABLE {table}",
    "ALTER": "ALTER TABLE {table} ADD COLUMN theirs bigint",
    "DISABLE TRIGGER": "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "NO ROW SECURITY": "ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
    "OWNER": "ALTER TABLE {table} OWNER TO CURRENT_USER",
    "TRIGGER": (
        "CREATE TRIGGER theirs BEFORE UPDATE ON {table}"
        " EXECUTE FUNCTION pg_catalog.suppress_redundant_updates_trigger()"
    ),
    "RULE": "CREATE RULE theirs AS ON INSERT TO {table} DO INSTEAD NOTHING",
    "INDEX": "CREATE INDEX theirs ON {table} ({column})",
    "LOCK": "LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE",
    "POLICY": "CREATE POLICY theirs ON {table}",
    "COMMENT": "COMMENT ON TABLE {table} IS 'theirs'",
    "COPY FROM PROGRAM": "COPY {table} FROM PROGRAM 'true'",
}
# PostgreSQL lets whoever may delete any row of a table lock it. (A right to update some columns does not.)
_IMPLIED: Final = {"DELETE": {"LOCK", "MERGE DELETE"}}


@pytest.fixture
def admin(deployment: Deployment) -> Iterator[Connection]:
    with psycopg.connect(deployment.conninfo(DatabaseRole.ADMIN), autocommit=True) as connection:
        yield connection


@pytest.fixture
def connections(deployment: Deployment) -> Iterator[Mapping[DatabaseRole, Connection]]:
    with ExitStack() as stack:
        yield {role: stack.enter_context(psycopg.connect(deployment.conninfo(role))) for role in RESTRICTED}


def _tables(admin: Connection) -> list[tuple[str, str, str]]:
    """(schema, table, first column) of every table and view that is ours."""
    return admin.execute(
        "SELECT n.nspname, c.relname, a.attname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum ="
        "   (SELECT min(attnum) FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped)"
        " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')"
        "   AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' ORDER BY 1, 2"
    ).fetchall()


def _outcome(connection: Connection, statement: sql.Composed | bytes) -> str:
    """Try a statement and undo it: "refused" for want of a right, "done", or the name of another error.

    An error other than a refusal shows nothing: the statement might have failed after the right was granted.
    """
    try:
        with connection.transaction(force_rollback=True):
            connection.execute("SET LOCAL statement_timeout = '5s'")
            connection.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        return "refused"
    except psycopg.Error as error:
        return type(error).__name__
    return "done"


@pytest.mark.parametrize("role", RESTRICTED)
def test_no_role_changes_a_table_unless_the_list_says_so(
    admin: Connection, connections: Mapping[DatabaseRole, Connection], role: DatabaseRole
) -> None:
    wrong = []
    for schema, table, column in _tables(admin):
        allowed = ALLOWED.get((role, f"{schema}.{table}"), set())
        implied = set().union(*(_IMPLIED.get(command, set()) for command in allowed))
        for change, template in _CHANGES.items():
            statement = sql.SQL(template).format(table=sql.Identifier(schema, table), column=sql.Identifier(column))
            outcome = _outcome(connections[role], statement)
            if (outcome == "refused") == (change in allowed | implied):
                wrong.append(f"{change} on {schema}.{table}: {outcome}")
    assert wrong == []


@pytest.mark.parametrize("role", RESTRICTED)
def test_no_role_updates_a_column_unless_the_list_says_so(
    admin: Connection, connections: Mapping[DatabaseRole, Connection], role: DatabaseRole
) -> None:
    rows = admin.execute(
        "SELECT table_schema, table_name, column_name FROM information_schema.columns"
        " WHERE table_schema NOT LIKE 'pg\\_%' AND table_schema <> 'information_schema'"
    ).fetchall()
    updated = set()
    for schema, table, column in rows:
        statement = sql.SQL("UPDATE {} SET {} = DEFAULT WHERE false").format(
            sql.Identifier(schema, table), sql.Identifier(column)
        )
        outcome = _outcome(connections[role], statement)
        if outcome != "refused":
            assert column not in FIXED_COLUMNS, f"{role.value} may rewrite {schema}.{table}.{column}: {outcome}"
            updated.add(f"{schema}.{table}")
    assert updated == {table for (who, table), commands in ALLOWED.items() if who is role and "UPDATE" in commands}


@pytest.mark.parametrize("role", RESTRICTED)
def test_no_role_does_what_belongs_to_the_server(deployment: Deployment, role: DatabaseRole) -> None:
    wrong = []
    with psycopg.connect(deployment.conninfo(role), autocommit=True) as connection:
        for statement in OF_THE_SERVER:
            try:
                connection.execute(statement.encode())
                wrong.append(f"{statement}: done")
            except (psycopg.errors.InsufficientPrivilege, psycopg.errors.DependentObjectsStillExist):
                continue
            except psycopg.Error as error:
                wrong.append(f"{statement}: {error}")
    assert wrong == []


@pytest.mark.parametrize("role", RESTRICTED)
def test_a_role_calls_only_the_functions_on_its_list(admin: Connection, role: DatabaseRole) -> None:
    rows = admin.execute(
        "SELECT DISTINCT n.nspname || '.' || p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
        " WHERE n.nspname NOT LIKE 'pg\\_%%' AND n.nspname <> 'information_schema'"
        " AND has_function_privilege(%s, p.oid, 'EXECUTE') AND has_schema_privilege(%s, n.oid, 'USAGE')",
        (role.value, role.value),
    )
    assert {name for (name,) in rows} == CALLABLE[role]


@pytest.mark.parametrize(("column", "readers"), SECRET_COLUMNS.items())
def test_secret_columns_are_read_by_nobody_else(
    connections: Mapping[DatabaseRole, Connection], column: str, readers: set[DatabaseRole]
) -> None:
    schema, table, name = column.split(".")
    statement = sql.SQL("SELECT {} FROM {}").format(sql.Identifier(name), sql.Identifier(schema, table))
    assert {role for role in RESTRICTED if _outcome(connections[role], statement) == "done"} == readers


def test_every_object_belongs_to_the_owner_who_cannot_log_in(admin: Connection) -> None:
    rows = admin.execute(
        "SELECT 'table', n.nspname, c.relname, c.relowner::regrole::text"
        " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema')"
        " UNION ALL SELECT 'function', n.nspname, p.proname, p.proowner::regrole::text"
        " FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
        " WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema')"
    ).fetchall()
    assert rows
    assert [row for row in rows if row[3] != OWNER] == []
    assert admin.execute("SELECT rolcanlogin FROM pg_roles WHERE rolname = %s", (OWNER,)).fetchone() == (False,)


def test_no_role_of_ours_has_an_attribute_or_a_membership(admin: Connection) -> None:
    names = [OWNER, *(role.value for role in RESTRICTED)]
    rows = admin.execute(
        "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s) AND (rolsuper OR rolcreatedb OR rolcreaterole"
        " OR rolreplication OR rolbypassrls)",
        (names,),
    ).fetchall()
    assert rows == []
    members = admin.execute(
        "SELECT member::regrole::text FROM pg_auth_members WHERE member::regrole::text = ANY(%s)", (names,)
    )
    assert members.fetchall() == []


def test_every_function_that_runs_as_its_owner_fixes_its_search_path(admin: Connection) -> None:
    rows = admin.execute(
        "SELECT p.oid::regprocedure::text, p.proconfig FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
        " WHERE p.prosecdef AND n.nspname NOT LIKE 'pg\\_%'"
    ).fetchall()
    unfixed = [
        name for name, config in rows if not any("search_path=pg_catalog, pg_temp" in item for item in config or [])
    ]
    assert unfixed == []


def test_nothing_is_granted_to_everybody(admin: Connection) -> None:
    rows = admin.execute(
        "SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,"
        " aclexplode(c.relacl) a WHERE a.grantee = 0 AND n.nspname !~ '^pg_|^information_schema$'"
        " UNION ALL SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace,"
        " aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a"
        " WHERE a.grantee = 0 AND n.nspname !~ '^pg_|^information_schema$'"
        " UNION ALL SELECT n.nspname FROM pg_namespace n, aclexplode(n.nspacl) a"
        " WHERE a.grantee = 0 AND n.nspname !~ '^pg_|^information_schema$'"
    ).fetchall()
    assert rows == []
