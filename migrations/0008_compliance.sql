-- Sanctions: what was taken away, from whom, by which rule, on which entries of the log, and by whom it was given back.
-- Rows are added and closed, never edited: a lift fills the four columns that were empty.

CREATE SCHEMA compliance;
GRANT USAGE ON SCHEMA compliance TO writgate_web;

CREATE TABLE compliance.sanctions (
    id uuid CONSTRAINT sanctions_pkey PRIMARY KEY,
    subject_kind text NOT NULL
    CONSTRAINT sanctions_subject_kind CHECK (subject_kind IN ('agency', 'user', 'client')),
    subject_id text NOT NULL,
    rule text NOT NULL,
    statement text NOT NULL,
    entries bigint[] NOT NULL CONSTRAINT sanctions_entries CHECK (cardinality(entries) > 0),
    imposed_by text NOT NULL,
    imposed_ns bigint NOT NULL,
    lifted_by text,
    lifted_ns bigint,
    lift_statement text,
    -- Giving back is decided by somebody who did not take away.
    CONSTRAINT sanctions_second_person CHECK (lifted_by <> imposed_by),
    CONSTRAINT sanctions_lift_whole CHECK (
        (lifted_by IS NULL) = (lifted_ns IS NULL) AND (lifted_by IS NULL) = (lift_statement IS NULL)
    )
);
CREATE UNIQUE INDEX sanctions_one_open ON compliance.sanctions (subject_kind, subject_id) WHERE lifted_ns IS NULL;

CREATE FUNCTION compliance.close_once() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.lifted_ns IS NOT NULL THEN
        RAISE EXCEPTION 'a lifted sanction is history' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER close_once BEFORE UPDATE ON compliance.sanctions
FOR EACH ROW EXECUTE FUNCTION compliance.close_once();
REVOKE ALL ON FUNCTION compliance.close_once() FROM PUBLIC;

-- Indexes are dense, so a sanction's entries exist when the largest is below the size of the tree.
CREATE FUNCTION compliance.on_the_log(entries bigint[]) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((SELECT min(e) >= 0 AND max(e) < (SELECT size FROM audit.head) FROM unnest(entries) AS e), false)
$$;
REVOKE ALL ON FUNCTION compliance.on_the_log(bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION compliance.on_the_log(bigint[]) TO writgate_web;

GRANT SELECT, INSERT ON compliance.sanctions TO writgate_web;
GRANT UPDATE (lifted_by, lifted_ns, lift_statement) ON compliance.sanctions TO writgate_web;
