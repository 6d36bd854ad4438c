-- What is kept for a repeated request is of the decision that it answers, under whichever key it was sealed.

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
