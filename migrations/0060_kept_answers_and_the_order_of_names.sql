-- What is kept for a repeated request is of the decision that it answers, under whichever key it was sealed. The names of
-- a caller are held in one order.

-- As before; with a case's key go the answers to its requests that are kept for repeats: they stand under the agency's
-- key. One that has not come yet is not kept.
CREATE OR REPLACE FUNCTION enforcement.forget_with_key() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    probes uuid[];
BEGIN
    SELECT coalesce(array_agg(probe.decision_id), '{}') INTO probes
    FROM recognition.probes AS probe JOIN enforcement.decisions AS decided USING (decision_id)
    WHERE decided.key_id = new.key_id;
    -- Engines drop what they keep in memory at each such statement.
    IF cardinality(probes) > 0 THEN
        DELETE FROM recognition.probes AS probe WHERE probe.decision_id = ANY(probes);
    END IF;
    UPDATE enforcement.decisions SET document = '', probe_blind = NULL, case_blind = NULL, story_blind = NULL
    WHERE key_id = new.key_id;
    UPDATE enforcement.releases SET document = '' WHERE key_id = new.key_id;
    DELETE FROM enforcement.idempotency AS kept
    WHERE kept.key_id = new.key_id
        OR kept.decision_id IN (SELECT d.decision_id FROM enforcement.decisions AS d WHERE d.key_id = new.key_id)
        OR kept.decision_id IN (SELECT r.decision_id FROM enforcement.releases AS r WHERE r.key_id = new.key_id);
    DELETE FROM enforcement.withheld WHERE key_id = new.key_id;
    DELETE FROM enforcement.parked WHERE key_id = new.key_id;
    RETURN NULL;
END
$$;

-- Shares the names of these callers, for a release. Whoever acts against more than one name takes them in this order too,
-- owners before their sessions and tokens and within a kind by id: in two orders, both would wait for each other.
CREATE FUNCTION identity.hold_names(callers jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(identity.name_lock(named.kind, named.id))
    FROM (
        SELECT DISTINCT kinds.rank, kinds.kind, caller ->> kinds.kind AS id
        FROM jsonb_array_elements(callers) AS caller,
            unnest(ARRAY['agency', 'client', 'issuer', 'user', 'session', 'token']) WITH ORDINALITY AS kinds (kind, rank)
        WHERE caller ->> kinds.kind IS NOT NULL
        ORDER BY kinds.rank, id
    ) AS named;
END $$;
REVOKE ALL ON FUNCTION identity.hold_names(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.hold_names(jsonb) TO writgate_web;

-- As before, the names in that order.
CREATE OR REPLACE FUNCTION identity.hold_caller(caller jsonb) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    issuer_of text := caller ->> 'issuer';
    session_of text := caller ->> 'session';
    token_of text := caller ->> 'token';
    rev bigint := caller ->> 'rev';
    issued_ns bigint := (caller ->> 'issued_at')::bigint * 1000000000;
    held record;
    rows_held integer := 0;
    rows_needed integer := 2 + (caller ->> 'agency' IS NOT NULL)::integer + (caller ->> 'user' IS NOT NULL)::integer;
    suspended_code text;
    killed boolean := false;
BEGIN
    IF issuer_of IS NULL OR token_of IS NULL OR caller ->> 'client' IS NULL OR issued_ns IS NULL
        OR (issuer_of = 'self') <> (rev IS NOT NULL)
    THEN
        RETURN 'TOKEN_REVOKED';
    END IF;
    PERFORM identity.hold_names(jsonb_build_array(caller));
    FOR held IN
        SELECT r.kind, r.suspended, r.killed_seq, r.killed_ns
        FROM identity.revocations AS r
        WHERE (r.kind = 'agency' AND r.id = caller ->> 'agency')
            OR (r.kind = 'client' AND r.id = caller ->> 'client')
            OR (r.kind = 'issuer' AND r.id = issuer_of)
            OR (r.kind = 'user' AND r.id = caller ->> 'user')
        ORDER BY r.kind, r.id
        FOR SHARE
    LOOP
        rows_held := rows_held + 1;
        killed := killed OR CASE WHEN rev IS NULL THEN held.killed_ns >= issued_ns ELSE held.killed_seq > rev END;
        IF held.suspended AND suspended_code IS NULL THEN
            suspended_code := upper(held.kind) || '_SUSPENDED';
        END IF;
    END LOOP;
    IF suspended_code IS NOT NULL THEN
        RETURN suspended_code;
    END IF;
    IF killed OR rows_held <> rows_needed OR EXISTS (
        SELECT FROM identity.revocations AS r
        WHERE (r.kind = 'token' AND r.id = token_of) OR (r.kind = 'session' AND r.id = session_of)
    ) THEN
        RETURN 'TOKEN_REVOKED';
    END IF;
    RETURN NULL;
END $$;

-- As before, the sessions in their order.
CREATE OR REPLACE FUNCTION identity.follow_user_link() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF old.user_id IS NOT NULL AND new.user_id IS DISTINCT FROM old.user_id THEN
        PERFORM identity.kill_tokens('user', old.user_id);
        PERFORM identity.end_named('session', f.session, f.expires_ns / 1000000000)
        FROM identity.foreign_sessions AS f WHERE f.issuer = old.issuer AND f.subject = old.subject
        ORDER BY f.session;
    END IF;
    RETURN NULL;
END $$;
