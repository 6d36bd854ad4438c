-- Replaying what was decided: a role of its own that sees the inputs of recorded decisions and nothing else of the log,
-- and the impacts that were found. Runs as the administrator, like 0001, because it makes a role.

DO $role$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'writgate_replayer') THEN
        CREATE ROLE writgate_replayer NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
    END IF;
    ALTER ROLE writgate_replayer LOGIN;
END
$role$;

SET LOCAL ROLE writgate_owner;

-- A decision, and what policy was asked and answered, sealed. The wrapped key stands beside it, so that thousands are
-- opened without a question for each; it opens for nobody who has not the wrapping key, which is not in the database.
-- Where the key was destroyed `wrapped` is null, where the values were, `input` is: neither can be replayed.
-- Whose decisions are seen is said as for auditors: in `writgate.agency`, '*' for all, nobody's where it is not set.
CREATE FUNCTION policy.recorded_decisions(below bigint, many integer)
RETURNS TABLE (
    index bigint, leaf text, key_id uuid, input bytea, reasons bytea, obligations bytea,
    scope_blind bytea, generation integer, wrapped bytea
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT
        entries.index, entries.leaf, disclosures.key_id,
        disclosures.ciphertexts[array_position(disclosures.names, 'input')],
        disclosures.ciphertexts[array_position(disclosures.names, 'reasons')],
        disclosures.ciphertexts[array_position(disclosures.names, 'obligations')],
        keys.scope_blind, keys.generation, keys.wrapped
    FROM audit.entries
    LEFT JOIN audit.disclosures ON disclosures.index = entries.index
    LEFT JOIN audit.disclosure_keys AS keys ON keys.key_id = disclosures.key_id
    WHERE entries.kind = 'search.decision' AND entries.index < below
        AND (
            current_setting('writgate.agency', true) = '*'
            OR entries.agency = current_setting('writgate.agency', true)
        )
    ORDER BY entries.index DESC LIMIT many;
$$;

-- Where on the log a decision stands: nothing where there is none, or none that the caller may see.
CREATE FUNCTION policy.recorded_at(in_decision_id text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT entries.index FROM audit.entries
    WHERE entries.decision_id = in_decision_id AND entries.kind = 'search.decision'
        AND (
            current_setting('writgate.agency', true) = '*'
            OR entries.agency = current_setting('writgate.agency', true)
        )
    ORDER BY entries.index LIMIT 1;
$$;

REVOKE ALL ON FUNCTION policy.recorded_decisions, policy.recorded_at FROM PUBLIC;
GRANT EXECUTE ON FUNCTION policy.recorded_decisions, policy.recorded_at TO writgate_replayer;

-- What an edit would have changed, as somebody saw it. Rows are added and never changed: a review names a digest.
CREATE TABLE policy.impacts (
    digest bytea CONSTRAINT impacts_pkey PRIMARY KEY,
    draft uuid,
    base bigint NOT NULL CONSTRAINT impacts_base REFERENCES policy.revisions (number),
    candidate_sha256 bytea NOT NULL CONSTRAINT impacts_candidate CHECK (octet_length(candidate_sha256) = 32),
    document text NOT NULL,
    made_ns bigint NOT NULL,
    CONSTRAINT impacts_document_is_what_was_digested CHECK (digest = sha256(convert_to(document, 'UTF8')))
);
CREATE INDEX impacts_by_draft ON policy.impacts (draft, made_ns DESC) WHERE draft IS NOT NULL;

GRANT USAGE ON SCHEMA policy, ops TO writgate_replayer;
GRANT EXECUTE ON FUNCTION ops.now_ns() TO writgate_replayer;
GRANT SELECT ON ops.clock_offset TO writgate_replayer;
GRANT SELECT ON policy.revisions, policy.live TO writgate_replayer;
GRANT SELECT, INSERT ON policy.impacts TO writgate_web;
