-- The log's witnesses are what two people agreed on last, each change a row that stays.
CREATE TABLE audit.witness_policies (
    number bigint CONSTRAINT witness_policies_pkey PRIMARY KEY,
    policy text NOT NULL,
    agreed_ns bigint NOT NULL
);
CREATE TRIGGER witness_policies_rows BEFORE UPDATE OR DELETE ON audit.witness_policies
FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER witness_policies_truncate BEFORE TRUNCATE ON audit.witness_policies
FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
ALTER TABLE audit.witness_policies ENABLE ALWAYS TRIGGER witness_policies_rows;
ALTER TABLE audit.witness_policies ENABLE ALWAYS TRIGGER witness_policies_truncate;

-- Two changes at once would be one number: the second fails.
CREATE FUNCTION audit.change_witnesses(in_policy text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO audit.witness_policies (number, policy, agreed_ns)
    SELECT coalesce(max(kept.number), 0) + 1, in_policy, ops.now_ns() FROM audit.witness_policies AS kept;
$$;
REVOKE ALL ON FUNCTION audit.change_witnesses FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.change_witnesses TO writgate_web;
GRANT SELECT ON audit.witness_policies TO writgate_web, writgate_sequencer, writgate_auditor;
