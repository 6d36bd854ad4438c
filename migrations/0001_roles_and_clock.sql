-- Who may log in, the record of migrations, and the one clock.
--
-- Runs as the administrator; every later migration runs as writgate_owner, which owns all objects and cannot log in.
-- Roles belong to the whole server, not to one database, so they may exist already.

DO $roles$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'writgate_owner', 'writgate_web', 'writgate_engine', 'writgate_sequencer', 'writgate_auditor'
    ] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = name) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS', name);
        END IF;
        IF name <> 'writgate_owner' THEN
            EXECUTE format('ALTER ROLE %I LOGIN', name);
        END IF;
    END LOOP;
    -- An administrator who is no superuser must be a member of the owner to act as it.
    IF NOT pg_catalog.pg_has_role(current_user, 'writgate_owner', 'MEMBER') THEN
        EXECUTE format('GRANT writgate_owner TO %I', current_user);
    END IF;
    EXECUTE format('GRANT CONNECT, CREATE ON DATABASE %I TO writgate_owner', pg_catalog.current_database());
END
$roles$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;

SET LOCAL ROLE writgate_owner;

-- What is executable by everybody must be said, not inherited from PostgreSQL's default.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

CREATE SCHEMA ops;
GRANT USAGE ON SCHEMA ops TO writgate_web, writgate_engine, writgate_sequencer, writgate_auditor;

CREATE TABLE ops.migrations (
    number integer NOT NULL,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_ns bigint NOT NULL,
    gateway_version text NOT NULL,
    CONSTRAINT migrations_pkey PRIMARY KEY (number),
    CONSTRAINT migrations_name_key UNIQUE (name),
    CONSTRAINT migrations_sha256_form CHECK (sha256 ~ '^[0-9a-f]{64}$')
);
COMMENT ON TABLE ops.migrations IS 'Which migrations made this schema, by content. Only the owner writes.';

CREATE TABLE ops.clock_offset (
    single boolean NOT NULL DEFAULT true,
    nanoseconds bigint NOT NULL,
    CONSTRAINT clock_offset_pkey PRIMARY KEY (single),
    CONSTRAINT clock_offset_single_row CHECK (single)
);
COMMENT ON TABLE ops.clock_offset IS 'Added to the clock: zero, except in homes of tests. Only the owner writes.';
INSERT INTO ops.clock_offset (nanoseconds) VALUES (0);
GRANT SELECT ON ops.clock_offset TO writgate_web, writgate_engine, writgate_sequencer, writgate_auditor;

-- The body is parsed here and now, so no search_path of a caller can change what it means; without the row it is null,
-- and every column that takes a time refuses null.
CREATE FUNCTION ops.now_ns() RETURNS bigint
LANGUAGE sql VOLATILE PARALLEL RESTRICTED
RETURN
    (extract(epoch FROM pg_catalog.clock_timestamp()) * 1000000)::bigint * 1000
    + (SELECT clock_offset.nanoseconds FROM ops.clock_offset);
COMMENT ON FUNCTION ops.now_ns() IS 'Nanoseconds since the epoch, in steps of a microsecond.';
GRANT EXECUTE ON FUNCTION ops.now_ns() TO writgate_web, writgate_engine, writgate_sequencer, writgate_auditor;
