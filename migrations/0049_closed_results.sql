-- What nobody may see is shown to nobody: not by a disclosure of the log, and not to an examiner who has a place. And what
-- follows where a search led to the wrong person.

-- Of these entries, those that tell of a result which was not released, or is frozen or deleted: their values stay
-- sealed, whoever asks and whoever holds the keys. One of which nothing is known is taken for such. A refused picture
-- has no result. The kinds are those of `enforcement.delete_result`.
CREATE FUNCTION enforcement.closed_entries(in_indexes bigint[]) RETURNS TABLE (index bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT told.index
    FROM audit.entries AS told
    CROSS JOIN LATERAL (SELECT CASE
        WHEN told.decision_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN told.decision_id::uuid
    END) AS found (decision_id)
    WHERE told.index = ANY(in_indexes)
        AND told.kind IN (
            'search.outcome', 'search.release', 'search.withheld', 'review.ended', 'approval.expired'
        )
        AND NOT EXISTS (
            SELECT FROM enforcement.outcomes AS o WHERE o.decision_id = found.decision_id AND o.refused
        )
        AND (
            EXISTS (SELECT FROM enforcement.frozen AS f WHERE f.decision_id = found.decision_id)
            OR NOT EXISTS (SELECT FROM enforcement.releases AS r WHERE r.decision_id = found.decision_id)
        )
$$;
REVOKE ALL ON FUNCTION enforcement.closed_entries FROM PUBLIC;
GRANT USAGE ON SCHEMA enforcement TO writgate_auditor;
GRANT EXECUTE ON FUNCTION enforcement.closed_entries TO writgate_auditor;

-- As before; of a frozen result the engine opens no crop either.
CREATE OR REPLACE FUNCTION enforcement.reviewed_gallery(decision uuid) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT permits.gallery FROM enforcement.permits
    JOIN enforcement.reviews ON reviews.decision_id = permits.decision_id
    WHERE permits.decision_id = decision AND reviews.state = 'open' AND EXISTS (
        SELECT FROM enforcement.review_examiners AS examiners
        WHERE examiners.decision_id = decision AND examiners.judged_ns IS NULL
    ) AND NOT EXISTS (SELECT FROM enforcement.frozen WHERE frozen.decision_id = decision)
$$;

-- A search that led to the wrong person is owed to the defence, whoever is accused then: within a month, as policy asks
-- of what is used against somebody.
CREATE FUNCTION enforcement.duty_of_wrong_person() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO enforcement.docket (code, agency, about_id, decision_id, due_ns)
    VALUES (
        'DISCLOSE_TO_DEFENCE_BEFORE_TRIAL', NEW.agency, NEW.search_id::text, NEW.search_id,
        NEW.recorded_ns + 2592000000000000
    )
    ON CONFLICT (about_kind, about_id, code) WHERE ended_ns IS NULL DO NOTHING;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION enforcement.duty_of_wrong_person FROM PUBLIC;
CREATE TRIGGER duty_of_wrong_person AFTER INSERT ON enforcement.consequences
FOR EACH ROW WHEN (NEW.outcome = 'wrong_person') EXECUTE FUNCTION enforcement.duty_of_wrong_person();
