-- Whoever holds the web role's password still cannot release what people have not decided about. WG007. As before, and
-- what examiners are waited for because the release asks for them, whose outcome does not say that it is withheld.
CREATE OR REPLACE FUNCTION enforcement.nobody_is_waited_for() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM enforcement.reviews WHERE decision_id = NEW.decision_id)
        OR EXISTS (SELECT FROM enforcement.outcomes WHERE decision_id = NEW.decision_id AND outcome = 'WITHHELD')
    THEN
        PERFORM 1 FROM enforcement.reviews WHERE decision_id = NEW.decision_id AND state = 'judged';
        IF NOT FOUND OR (
            SELECT count(*) FROM enforcement.review_examiners
            WHERE decision_id = NEW.decision_id AND judged_ns IS NOT NULL
        ) < 2 THEN
            RAISE EXCEPTION 'the result is withheld' USING ERRCODE = 'WG007';
        END IF;
    END IF;
    PERFORM 1 FROM enforcement.approvals WHERE decision_id = NEW.decision_id AND state <> 'approved';
    IF FOUND THEN
        RAISE EXCEPTION 'the release waits for an approval' USING ERRCODE = 'WG007';
    END IF;
    RETURN NEW;
END
$$;
