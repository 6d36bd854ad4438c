-- What an export gives out is on the log before it leaves, so that its end, a crash or a failure leaves no delivery
-- without its entry. Of what is below `announced` an entry says that it was given out: what is tried again is told once.
ALTER TABLE audit.exports ADD COLUMN announced bigint NOT NULL DEFAULT 0;

CREATE OR REPLACE FUNCTION audit.refuse_cursor_back() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF new.next_index < old.next_index OR new.announced < old.announced OR old.ended_ns IS NOT NULL THEN
        RAISE EXCEPTION 'a cursor only moves forward' USING ERRCODE = 'WA001';
    END IF;
    RETURN new;
END
$$;
GRANT UPDATE (announced) ON audit.exports TO writgate_web;
