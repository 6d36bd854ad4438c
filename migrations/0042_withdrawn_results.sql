-- A result that nobody may see any more is used for nothing.
--
-- Custom SQLSTATE: WG009 the result is frozen or deleted; its message is the code.

-- As before; who freezes holds the permit, and who uses looks at it: a use is before the freeze or does not happen.
CREATE OR REPLACE FUNCTION enforcement.record_use(decision uuid, search uuid, in_agency text, in_use text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    decided record;
    withdrawn record;
BEGIN
    PERFORM 1 FROM enforcement.permits WHERE decision_id = search FOR SHARE;
    SELECT deleted_ns INTO withdrawn FROM enforcement.frozen WHERE decision_id = search;
    IF FOUND THEN
        RAISE EXCEPTION '%', CASE WHEN withdrawn.deleted_ns IS NULL THEN 'RESULT_FROZEN' ELSE 'RESULT_DELETED' END
        USING ERRCODE = 'WG009';
    END IF;
    SELECT permit, decided_ns INTO STRICT decided FROM enforcement.decisions
    WHERE decision_id = decision AND operation = 'use_result' AND agency = in_agency;
    INSERT INTO enforcement.uses VALUES (decision, search, in_agency, in_use, decided.permit, decided.decided_ns);
    IF decided.permit THEN
        PERFORM enforcement.end_permit(decision, 'USED', false);
    END IF;
END
$$;

-- Tables that hold a probe, or what it gave, by its decision, and the column that holds it. What examiners said of a
-- result is part of it.
CREATE OR REPLACE FUNCTION enforcement.kept_of_results() RETURNS TABLE (place text, part text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    VALUES
        ('enforcement.parked_images', 'image'), ('enforcement.withheld', 'document'),
        ('enforcement.review_examiners', 'judgement'), ('recognition.probes', 'template')
$$;

-- As before; with the result go the judgements of its examiners, and what the entries disclose with which waiting for
-- people ended, or the result was kept back: they stand under the key that goes. Those who judge, and those who end what was waited for too long, hold the rows of the approval and the
-- review: what they write is before the deletion, which takes it, or finds nothing to write.
CREATE OR REPLACE FUNCTION enforcement.delete_result(decision uuid, own_scope bytea)
RETURNS TABLE (what text, sha256 bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    held record;
    telling CONSTANT text[] := ARRAY[
        'search.outcome', 'search.release', 'search.withheld', 'review.ended', 'approval.expired'
    ];
BEGIN
    IF enforcement.is_held(decision) THEN
        RAISE EXCEPTION 'a legal hold forbids it' USING ERRCODE = 'WG008';
    END IF;
    PERFORM 1 FROM enforcement.approvals AS a WHERE a.decision_id = decision FOR UPDATE;
    PERFORM 1 FROM enforcement.reviews AS r WHERE r.decision_id = decision FOR UPDATE;
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
