-- A legal hold is placed before a deletion, or after it: never astride.
--
-- Who places one takes the name of its agency's holds alone, and waits until what deletes there has committed. Who
-- deletes shares the name, looks for holds in a statement of its own after that, and so sees each that was placed
-- before. It never waits for the name: it holds rows that others wait for, and they may delete as well. Where a hold is
-- being placed, it deletes nothing now.
--
-- Custom SQLSTATE: WG011 a legal hold is being placed in the agency at this moment.

CREATE FUNCTION audit.holds_lock(agency_of text) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN pg_catalog.hashtextextended('writgate legal holds ' || agency_of, 0);

-- Its time is that at which nothing is deleted any more. The generation comes first: it may be held for long, and nobody
-- who deletes is kept from it meanwhile.
CREATE OR REPLACE FUNCTION audit.hold_against_erasure() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM audit.generation FOR SHARE;
    PERFORM pg_advisory_xact_lock(audit.holds_lock(new.agency));
    new.placed_ns := ops.now_ns();
    RETURN new;
END
$$;

-- Whether no hold that is about the decision can be placed from here to the commit; false where one is being placed now.
-- Whether one was placed before, `is_held` says afterwards.
CREATE FUNCTION enforcement.keep_holds_off(decision uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    agency_of text;
BEGIN
    SELECT d.agency INTO agency_of FROM enforcement.decisions AS d WHERE d.decision_id = decision;
    -- Of what nobody decided there are no holds.
    RETURN agency_of IS NULL OR pg_try_advisory_xact_lock_shared(audit.holds_lock(agency_of));
END
$$;

-- As before; the rows that people hold come first, so that nobody who places a hold waits for them here.
CREATE OR REPLACE FUNCTION enforcement.delete_result(decision uuid, own_scope bytea)
RETURNS TABLE (what text, sha256 bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    held record;
    telling CONSTANT text[] := ARRAY[
        'search.outcome', 'search.release', 'search.withheld', 'review.ended', 'approval.expired'
    ];
BEGIN
    PERFORM 1 FROM enforcement.approvals AS a WHERE a.decision_id = decision FOR UPDATE;
    PERFORM 1 FROM enforcement.reviews AS r WHERE r.decision_id = decision FOR UPDATE;
    IF NOT enforcement.keep_holds_off(decision) THEN
        RAISE EXCEPTION 'a legal hold is being placed' USING ERRCODE = 'WG011';
    END IF;
    IF enforcement.is_held(decision) THEN
        RAISE EXCEPTION 'a legal hold forbids it' USING ERRCODE = 'WG008';
    END IF;
    FOR held IN SELECT * FROM enforcement.kept_of_results() LOOP
        RETURN QUERY EXECUTE format(
            'DELETE FROM %1$s WHERE decision_id = $1 AND %2$I IS NOT NULL RETURNING %1$L, sha256(%2$I)',
            held.place, held.part
        ) USING decision;
    END LOOP;
    RETURN QUERY
    SELECT 'release', sha256(kept.document) FROM enforcement.releases AS kept
    WHERE kept.decision_id = decision AND kept.document <> '';
    UPDATE enforcement.releases SET document = '' WHERE decision_id = decision;
    RETURN QUERY
    DELETE FROM enforcement.idempotency AS kept WHERE kept.decision_id = decision AND kept.response IS NOT NULL
    RETURNING 'kept answer', sha256(kept.response);
    RETURN QUERY
    WITH erased AS (
        DELETE FROM audit.disclosures AS gone USING audit.entries AS entry
        WHERE entry.index = gone.index AND entry.decision_id = decision::text AND entry.kind = ANY(telling)
        RETURNING entry.leaf_hash
    )
    SELECT 'leaf', erased.leaf_hash FROM erased;
    RETURN QUERY
    UPDATE audit.staging AS entry SET key_id = NULL, names = NULL, ciphertexts = NULL
    WHERE entry.leaf::json ->> 'decision_id' = decision::text AND entry.key_id IS NOT NULL
        AND entry.leaf::json ->> 'kind' = ANY(telling)
    RETURNING 'leaf', entry.leaf_hash;
    RETURN QUERY
    WITH destroyed AS (
        UPDATE audit.disclosure_keys AS key SET wrapped = NULL
        FROM audit.disclosure_keys AS was
        WHERE key.scope_blind = own_scope AND key.wrapped IS NOT NULL AND was.key_id = key.key_id
        RETURNING was.wrapped
    )
    SELECT 'key', sha256(destroyed.wrapped) FROM destroyed;
    UPDATE enforcement.frozen SET deleted_ns = ops.now_ns() WHERE decision_id = decision AND deleted_ns IS NULL;
END
$$;

-- As before; where a hold is being placed, the request ends as if it were held, and goes with the next round where it is
-- not (`delete_old_probes`).
CREATE OR REPLACE FUNCTION enforcement.let_go(decision uuid) RETURNS TABLE (what text, sha256 bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    may_go boolean;
BEGIN
    -- By itself, so that what comes next sees what was committed until then.
    may_go := enforcement.keep_holds_off(decision);
    IF NOT may_go OR enforcement.is_held(decision) THEN
        UPDATE enforcement.parked SET ended_ns = ops.now_ns() WHERE decision_id = decision AND ended_ns IS NULL;
        RETURN;
    END IF;
    RETURN QUERY
    DELETE FROM enforcement.parked_images AS i WHERE i.decision_id = decision
    RETURNING 'enforcement.parked_images', sha256(i.image);
    RETURN QUERY
    DELETE FROM enforcement.withheld AS w WHERE w.decision_id = decision
    RETURNING 'enforcement.withheld', sha256(w.document);
    RETURN QUERY
    DELETE FROM enforcement.parked AS p WHERE p.decision_id = decision
    RETURNING 'enforcement.parked', sha256(p.document);
END
$$;

-- As before; where a hold is being placed, all stays until the next round.
CREATE OR REPLACE FUNCTION enforcement.delete_old_probes(in_agency text, before_ns bigint)
RETURNS TABLE (decision_id uuid, what text, sha256 bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    over uuid[];
BEGIN
    IF NOT pg_try_advisory_xact_lock_shared(audit.holds_lock(in_agency)) THEN
        RETURN;
    END IF;
    SELECT coalesce(array_agg(gone.decision_id), '{}') INTO over
    FROM (
        SELECT p.decision_id FROM recognition.probes AS p
        WHERE p.agency = in_agency AND p.created_ns < before_ns AND NOT enforcement.is_held(p.decision_id)
        ORDER BY p.created_ns LIMIT 100 FOR UPDATE SKIP LOCKED
    ) AS gone;
    -- Engines drop what they keep in memory at each such statement, so there is none where nothing goes.
    IF cardinality(over) > 0 THEN
        RETURN QUERY
        DELETE FROM recognition.probes AS p WHERE p.decision_id = ANY(over)
        RETURNING p.decision_id, 'recognition.probes', sha256(p.template);
    END IF;
    SELECT coalesce(array_agg(gone.decision_id), '{}') INTO over
    FROM (
        SELECT p.decision_id FROM enforcement.parked AS p
        WHERE p.agency = in_agency AND p.ended_ns IS NOT NULL AND NOT enforcement.is_held(p.decision_id)
        ORDER BY p.ended_ns LIMIT 100 FOR UPDATE SKIP LOCKED
    ) AS gone;
    RETURN QUERY
    DELETE FROM enforcement.parked_images AS i WHERE i.decision_id = ANY(over)
    RETURNING i.decision_id, 'enforcement.parked_images', sha256(i.image);
    RETURN QUERY
    DELETE FROM enforcement.withheld AS w WHERE w.decision_id = ANY(over)
    RETURNING w.decision_id, 'enforcement.withheld', sha256(w.document);
    RETURN QUERY
    DELETE FROM enforcement.parked AS p WHERE p.decision_id = ANY(over)
    RETURNING p.decision_id, 'enforcement.parked', sha256(p.document);
END
$$;

REVOKE ALL ON FUNCTION audit.holds_lock, enforcement.keep_holds_off FROM PUBLIC;
