-- What a stranger needs to judge the log: its keys and how one handed over to the next, recoveries, time stamps, and
-- which checkpoints a quorum of witnesses has seen.
--
-- An epoch is the life of the log under one name. The first is 1; a recovery begins the next under another name, because
-- what was signed under the old one can no longer be continued. Within an epoch checkpoints only grow.

ALTER TABLE audit.checkpoints ADD COLUMN epoch integer NOT NULL DEFAULT 1;
ALTER TABLE audit.checkpoints ADD COLUMN witnessed boolean NOT NULL DEFAULT false;
-- The key that takes its place is made first, so nothing is unguarded in between.
CREATE UNIQUE INDEX checkpoints_by_epoch ON audit.checkpoints (epoch, size);
-- squawk-ignore ban-drop-constraint
ALTER TABLE audit.checkpoints DROP CONSTRAINT checkpoints_pkey;
ALTER TABLE audit.checkpoints ADD CONSTRAINT checkpoints_pkey PRIMARY KEY USING INDEX checkpoints_by_epoch;
CREATE INDEX checkpoints_witnessed ON audit.checkpoints (epoch, size) WHERE witnessed;

-- The keys of each epoch in their order. `transition` is the checkpoint that the key and the one before it both signed.
CREATE TABLE audit.log_keys (
    epoch integer NOT NULL,
    number integer NOT NULL CONSTRAINT log_keys_number CHECK (number >= 1),
    verifier_key text NOT NULL,
    transition text,
    made_ns bigint NOT NULL,
    CONSTRAINT log_keys_pkey PRIMARY KEY (epoch, number)
);

-- The statement of a recovery, as the note that the log's key signed under its old name, and the administrators' words.
CREATE TABLE audit.recoveries (
    epoch integer CONSTRAINT recoveries_pkey PRIMARY KEY CONSTRAINT recoveries_epoch CHECK (epoch > 1),
    origin text NOT NULL CONSTRAINT recoveries_origin UNIQUE,
    statement text NOT NULL,
    approvals text [] NOT NULL,
    made_ns bigint NOT NULL
);

-- RFC 3161: what an authority of time said of a checkpoint's note.
CREATE TABLE audit.timestamps (
    epoch integer NOT NULL,
    size bigint NOT NULL,
    authority text NOT NULL,
    response bytea NOT NULL,
    time_ns bigint NOT NULL,
    CONSTRAINT timestamps_pkey PRIMARY KEY (epoch, size, authority)
);

CREATE TRIGGER log_keys_rows BEFORE UPDATE OR DELETE ON audit.log_keys
FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER log_keys_truncate BEFORE TRUNCATE ON audit.log_keys
FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER recoveries_rows BEFORE UPDATE OR DELETE ON audit.recoveries
FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER recoveries_truncate BEFORE TRUNCATE ON audit.recoveries
FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER timestamps_rows BEFORE UPDATE OR DELETE ON audit.timestamps
FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER timestamps_truncate BEFORE TRUNCATE ON audit.timestamps
FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
ALTER TABLE audit.log_keys ENABLE ALWAYS TRIGGER log_keys_rows;
ALTER TABLE audit.log_keys ENABLE ALWAYS TRIGGER log_keys_truncate;
ALTER TABLE audit.recoveries ENABLE ALWAYS TRIGGER recoveries_rows;
ALTER TABLE audit.recoveries ENABLE ALWAYS TRIGGER recoveries_truncate;
ALTER TABLE audit.timestamps ENABLE ALWAYS TRIGGER timestamps_rows;
ALTER TABLE audit.timestamps ENABLE ALWAYS TRIGGER timestamps_truncate;

DROP FUNCTION audit.publish_checkpoint(bigint, bytea, text);
CREATE FUNCTION audit.publish_checkpoint(
    in_epoch integer, in_size bigint, in_root bytea, in_note text, in_witnessed boolean
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM audit.head WHERE head.size >= in_size;
    IF NOT FOUND OR in_epoch <> (SELECT coalesce(max(recoveries.epoch), 1) FROM audit.recoveries)
       OR in_size <= (
           SELECT coalesce(max(checkpoints.size), -1) FROM audit.checkpoints WHERE checkpoints.epoch = in_epoch
       ) THEN
        RAISE EXCEPTION 'a checkpoint follows the log and the checkpoint before it' USING ERRCODE = 'WA003';
    END IF;
    INSERT INTO audit.checkpoints (epoch, size, root, note, signed_ns, witnessed)
    VALUES (in_epoch, in_size, in_root, in_note, ops.now_ns(), in_witnessed);
END
$$;

CREATE FUNCTION audit.add_log_key(in_epoch integer, in_number integer, in_verifier_key text, in_transition text)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    number_before integer;
BEGIN
    SELECT max(log_keys.number) INTO number_before FROM audit.log_keys WHERE log_keys.epoch = in_epoch;
    IF (number_before IS NULL) <> (in_transition IS NULL) OR in_number <> coalesce(number_before + 1, in_number) THEN
        RAISE EXCEPTION 'a key follows the key before it' USING ERRCODE = 'WA003';
    END IF;
    INSERT INTO audit.log_keys (epoch, number, verifier_key, transition, made_ns)
    VALUES (in_epoch, in_number, in_verifier_key, in_transition, ops.now_ns());
END
$$;

CREATE FUNCTION audit.add_recovery(in_epoch integer, in_origin text, in_statement text, in_approvals text [])
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF in_epoch <> (SELECT coalesce(max(recoveries.epoch), 1) + 1 FROM audit.recoveries)
       OR cardinality(in_approvals) < 2 THEN
        RAISE EXCEPTION 'a recovery follows the one before it and has two approvals' USING ERRCODE = 'WA003';
    END IF;
    INSERT INTO audit.recoveries (epoch, origin, statement, approvals, made_ns)
    VALUES (in_epoch, in_origin, in_statement, in_approvals, ops.now_ns());
END
$$;

CREATE FUNCTION audit.add_timestamp(in_epoch integer, in_size bigint, in_authority text, in_response bytea)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM audit.checkpoints WHERE checkpoints.epoch = in_epoch AND checkpoints.size = in_size;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a time stamp is of a checkpoint' USING ERRCODE = 'WA003';
    END IF;
    INSERT INTO audit.timestamps (epoch, size, authority, response, time_ns)
    VALUES (in_epoch, in_size, in_authority, in_response, ops.now_ns());
END
$$;

REVOKE ALL ON FUNCTION
audit.publish_checkpoint, audit.add_log_key, audit.add_recovery, audit.add_timestamp FROM public;
GRANT EXECUTE ON FUNCTION
audit.publish_checkpoint, audit.add_log_key, audit.add_recovery, audit.add_timestamp TO writgate_sequencer;
GRANT SELECT ON audit.log_keys, audit.recoveries, audit.timestamps TO writgate_sequencer, writgate_auditor;

-- When the log was last signed: a clock that reads earlier was set back.
CREATE OR REPLACE FUNCTION enforcement.last_signed_ns() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((SELECT signed_ns FROM audit.checkpoints ORDER BY epoch DESC, size DESC LIMIT 1), 0)
$$;

-- Only the engine says what a search came to, and only the signer's process what befell the log itself.
CREATE OR REPLACE FUNCTION audit.may_append(role name, kind text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE role
        WHEN 'writgate_engine' THEN kind = 'search.outcome'
        WHEN 'writgate_sequencer' THEN kind LIKE 'log.%'
        WHEN 'writgate_web' THEN kind <> 'search.outcome' AND kind NOT LIKE 'log.%'
        ELSE true
    END
$$;
