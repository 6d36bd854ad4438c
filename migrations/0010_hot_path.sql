-- What each search passes through, in fewer round trips and with less work: an entry is checked with one reading of its
-- leaf, the decision's commit takes what a permit needs as one document, the engine's claim and ending and the release
-- are one statement each. With that no permit can be ended and nothing released but together with its entry.

-- Without a search_path of its own the function is inlined where it is called; it names nothing but its arguments.
CREATE OR REPLACE FUNCTION audit.may_append(role name, kind text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE role
        WHEN 'writgate_engine' THEN kind = 'search.outcome'
        WHEN 'writgate_sequencer' THEN kind IN ('log.started', 'log.heartbeat')
        WHEN 'writgate_web' THEN kind NOT IN ('search.outcome', 'log.started', 'log.heartbeat')
        ELSE true
    END
$$;

CREATE OR REPLACE FUNCTION audit.append(
    leaf text, key_id uuid, names text [], ciphertexts bytea [],
    blind_case bytea, blind_user bytea, blind_probe bytea
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    parsed jsonb := leaf::jsonb;
    bytes bytea := convert_to(leaf, 'UTF8');
BEGIN
    IF octet_length(bytes) > 65535
       -- Far fewer than would exhaust a stack: a leaf that cannot be parsed later would stop the log.
       OR 2 * length(leaf) - length(replace(leaf, '[', '')) - length(replace(leaf, '{', '')) > 1000
       OR jsonb_typeof(parsed -> 'kind') IS DISTINCT FROM 'string'
       OR jsonb_typeof(parsed -> 'time') IS DISTINCT FROM 'number'
       -- An integer, spelled as one: the column is computed from the text.
       OR (parsed ->> 'time')::bigint::text IS DISTINCT FROM (leaf::json ->> 'time')
       OR jsonb_typeof(parsed -> '_sd' -> 0) IS DISTINCT FROM 'string'
       OR parsed ->> '_disclosed' IS DISTINCT FROM coalesce(cardinality(names), 0)::text
       OR coalesce(jsonb_typeof(parsed -> 'permit'), 'null') NOT IN ('boolean', 'null')
       OR coalesce(jsonb_typeof(parsed -> 'agency'), 'null') NOT IN ('string', 'null')
       OR coalesce(jsonb_typeof(parsed -> 'operation'), 'null') NOT IN ('string', 'null')
       OR coalesce(jsonb_typeof(parsed -> 'purpose'), 'null') NOT IN ('string', 'null')
       OR coalesce(jsonb_typeof(parsed -> 'decision_id'), 'null') NOT IN ('string', 'null')
       OR coalesce(cardinality(names), 0) <> coalesce(cardinality(ciphertexts), 0)
       OR (key_id IS NULL) <> (coalesce(cardinality(names), 0) = 0) THEN
        RAISE EXCEPTION 'the leaf is malformed' USING ERRCODE = 'WA002';
    END IF;
    IF NOT audit.may_append(session_user, parsed ->> 'kind') THEN
        RAISE EXCEPTION 'this role does not write such entries' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO audit.staging (leaf, leaf_hash, key_id, names, ciphertexts, blind_case, blind_user, blind_probe)
    VALUES (
        leaf, sha256('\x00'::bytea || bytes), key_id, names, ciphertexts, blind_case, blind_user, blind_probe
    );
END
$$;

-- What bears on a request is found without looking at what does not: a case that was asked a thousand times under one
-- story is two steps in an index. (Sorted by story and by probe, so that "another" is what lies beside one's own.)
DROP INDEX enforcement.denials_by_probe;
DROP INDEX enforcement.denials_by_case;
DROP INDEX enforcement.probes_of_a_case;
CREATE INDEX denials_by_probe ON enforcement.decisions (agency, probe_blind, story_blind)
WHERE NOT permit AND NOT dry_run AND story_blind IS NOT NULL;
CREATE INDEX denials_by_case ON enforcement.decisions (agency, case_blind, story_blind)
WHERE NOT permit AND NOT dry_run AND story_blind IS NOT NULL;
CREATE INDEX probes_of_a_case ON enforcement.decisions (agency, case_blind, probe_blind) WHERE permit AND NOT dry_run;

-- The permit's terms, null for a denial and a dry run: {revision, facts: [[table, id, version]], gallery, probe_sha256:
-- [hex], min_similarity, max_candidates, scope, clear, counters: [[kind, id, period, limit]]}.
DROP FUNCTION enforcement.commit_decision;
CREATE FUNCTION enforcement.commit_decision(
    decision uuid, in_agency text, in_client text, in_operation text, in_purpose text, in_dry_run boolean,
    now_ns bigint, in_story_blind bytea, document_key uuid, in_document bytea,
    duty_codes text[], duty_dues bigint[],
    leaf text, leaf_key uuid, disclosed_names text[], disclosed_values bytea[],
    blind_case bytea, blind_user bytea, blind_probe bytea, in_permit boolean, terms jsonb
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    works boolean := in_permit AND NOT in_dry_run;
    taken record;
BEGIN
    IF works THEN
        PERFORM enforcement.hold_facts(
            array_agg(fact ->> 0), array_agg(fact ->> 1), array_agg((fact ->> 2)::bigint),
            (terms ->> 'revision')::bigint
        ) FROM jsonb_array_elements(terms -> 'facts') AS fact;
    END IF;
    INSERT INTO enforcement.decisions VALUES (
        decision, in_agency, in_client, in_operation, in_purpose, in_permit, in_dry_run, now_ns,
        blind_probe, blind_case, in_story_blind, document_key, in_document
    );
    IF works THEN
        INSERT INTO enforcement.permits
        SELECT
            decision, in_operation, (terms ->> 'gallery')::uuid,
            (SELECT coalesce(array_agg(decode(digest, 'hex')), '{}')
             FROM jsonb_array_elements_text(terms -> 'probe_sha256') AS digest),
            (terms ->> 'min_similarity')::double precision, (terms ->> 'max_candidates')::integer, terms ->> 'scope',
            terms -> 'clear', coalesce(array_agg(counter ->> 0), '{}'), coalesce(array_agg(counter ->> 1), '{}'),
            coalesce(array_agg(counter ->> 2), '{}'), now_ns + 60000000000
        FROM jsonb_array_elements(terms -> 'counters') AS counter;
    END IF;
    IF NOT in_dry_run AND cardinality(duty_codes) > 0 THEN
        INSERT INTO enforcement.docket (decision_id, code, agency, due_ns)
        SELECT decision, duty.code, in_agency, duty.due FROM unnest(duty_codes, duty_dues) AS duty (code, due);
    END IF;
    PERFORM audit.append(leaf, leaf_key, disclosed_names, disclosed_values, blind_case, blind_user, blind_probe);
    IF works THEN
        FOR taken IN SELECT counter FROM jsonb_array_elements(terms -> 'counters') AS counter LOOP
            IF NOT registry.take(
                taken.counter ->> 0, taken.counter ->> 1, taken.counter ->> 2, (taken.counter ->> 3)::bigint
            ) THEN
                RAISE EXCEPTION 'a limit is used up: %', taken.counter ->> 0 USING ERRCODE = 'WG002';
            END IF;
        END LOOP;
    END IF;
END
$$;

-- The engine's only door: a committed permit for this operation, once, in time. `claimed_ns` is the time of it.
DROP FUNCTION enforcement.claim;
CREATE FUNCTION enforcement.claim(
    decision uuid, wanted text, OUT permit enforcement.permits, OUT claimed_ns bigint
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    claimed_ns := ops.now_ns();
    SELECT * INTO permit FROM enforcement.permits WHERE decision_id = decision AND operation = wanted;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such permit' USING ERRCODE = 'WG003';
    END IF;
    IF claimed_ns > permit.expires_ns THEN
        RAISE EXCEPTION 'the permit is past its time' USING ERRCODE = 'WG004';
    END IF;
    INSERT INTO enforcement.claims VALUES (decision, claimed_ns) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the permit is used' USING ERRCODE = 'WG004';
    END IF;
END
$$;

DROP FUNCTION enforcement.complete;
CREATE FUNCTION enforcement.complete(
    decision uuid, in_outcome text, in_refused boolean,
    leaf text, leaf_key uuid, disclosed_names text[], disclosed_values bytea[],
    blind_case bytea, blind_user bytea, blind_probe bytea
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM enforcement.claims WHERE decision_id = decision;
    IF NOT FOUND OR NOT enforcement.end_permit(decision, in_outcome, in_refused) THEN
        RAISE EXCEPTION 'the permit is not claimed, or already ended' USING ERRCODE = 'WG004';
    END IF;
    PERFORM audit.append(leaf, leaf_key, disclosed_names, disclosed_values, blind_case, blind_user, blind_probe);
END
$$;

-- The release and its entry, in one commit with the reading of the caller's standing. WG006: something stands against
-- the caller; the message is the code.
DROP FUNCTION enforcement.release;
CREATE FUNCTION enforcement.release(
    decision uuid, in_agency text, in_client text, in_user text, token_id text, rev bigint,
    document_key uuid, in_document bytea,
    leaf text, leaf_key uuid, disclosed_names text[], disclosed_values bytea[],
    blind_case bytea, blind_user bytea, blind_probe bytea
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    against text := identity.hold_caller(in_agency, in_client, in_user, token_id, rev);
BEGIN
    IF against IS NOT NULL THEN
        RAISE EXCEPTION '%', against USING ERRCODE = 'WG006';
    END IF;
    PERFORM 1 FROM enforcement.outcomes WHERE decision_id = decision AND NOT refused AND outcome <> 'ABANDONED';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no outcome to release' USING ERRCODE = 'WG005';
    END IF;
    INSERT INTO enforcement.releases VALUES (decision, ops.now_ns(), document_key, in_document);
    PERFORM audit.append(leaf, leaf_key, disclosed_names, disclosed_values, blind_case, blind_user, blind_probe);
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA enforcement FROM PUBLIC;
GRANT EXECUTE ON FUNCTION enforcement.commit_decision, enforcement.release TO writgate_web;
GRANT EXECUTE ON FUNCTION enforcement.claim, enforcement.complete TO writgate_engine;
