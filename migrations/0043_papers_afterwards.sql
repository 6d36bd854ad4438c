-- Papers that come after the fact: they are tied to the searches that they cover; a warrant that another one replaced
-- before it was shown here is remembered; and who withdraws an emergency under which was searched owes its paper still.

-- What a court's later warrant took the place of is over like what the court revoked.
-- (It is made again in the next statement, with one word more.)
-- squawk-ignore ban-drop-constraint
ALTER TABLE registry.warrant_status DROP CONSTRAINT warrant_status_word;
ALTER TABLE registry.warrant_status ADD CONSTRAINT warrant_status_word
CHECK (status IN ('revoked', 'quashed', 'replaced')) NOT VALID;

-- A search may rest on the paper that it named and on the one that followed it.
-- (Both keys begin alike, so that the old one's rows satisfy the new one.)
-- squawk-ignore ban-drop-constraint
ALTER TABLE enforcement.rests_on DROP CONSTRAINT rests_on_pkey;
-- squawk-ignore adding-serial-primary-key-field, disallowed-unique-constraint, constraint-missing-not-valid
ALTER TABLE enforcement.rests_on ADD CONSTRAINT rests_on_pkey PRIMARY KEY (decision_id, kind, id);

-- The paper that followed a search of the same agency: what it says of deletion holds for that result, too.
CREATE FUNCTION enforcement.rest_on(decision uuid, instrument text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO enforcement.rests_on (decision_id, kind, id)
    SELECT p.decision_id, 'instrument', i.id
    FROM enforcement.permits AS p JOIN enforcement.decisions AS d USING (decision_id)
    JOIN registry.instruments AS i ON i.agency = d.agency
    WHERE p.decision_id = decision AND i.id = instrument
    ON CONFLICT DO NOTHING
$$;
REVOKE ALL ON FUNCTION enforcement.rest_on FROM PUBLIC;
GRANT EXECUTE ON FUNCTION enforcement.rest_on TO writgate_web;

-- An emergency that two people certified: an instrument follows. One that was refused or withdrawn: what it gave goes.
-- Withdrawing is no way out of the deadline: whoever searched under it owes the paper all the same.
CREATE OR REPLACE FUNCTION enforcement.duties_of_exigency() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    owed CONSTANT boolean := NEW.status = 'certified' OR (
        NEW.status = 'withdrawn' AND NEW.instrument IS NULL
        AND EXISTS (SELECT FROM enforcement.rests_on AS r WHERE r.kind = 'exigency' AND r.id = NEW.id)
    );
BEGIN
    PERFORM enforcement.follow_date(
        'REQUEST_AUTHORISATION_WITHIN', NEW.agency, 'exigency', NEW.id, CASE WHEN owed THEN NEW.due_ns END
    ) WHERE NEW.confirmed_by IS NOT NULL AND NEW.status <> 'lapsed';
    IF NEW.status IN ('rejected', 'withdrawn') AND OLD.status IS DISTINCT FROM NEW.status
    AND NEW.confirmed_by IS NOT NULL THEN
        PERFORM enforcement.follow_date('DELETE_LINKED_PERSONAL_DATA', NEW.agency, 'exigency', NEW.id, ops.now_ns());
    END IF;
    RETURN NULL;
END
$$;
