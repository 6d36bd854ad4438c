-- The events that wait to be told name their recipients sealed; each is given to the docket's runner once.
DROP FUNCTION enforcement.events_to_tell;
CREATE FUNCTION enforcement.events_to_tell()
RETURNS TABLE (kind text, agency text, subject uuid, key_id uuid, recipients bytea)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH fresh AS (
        INSERT INTO enforcement.events_told (event)
        SELECT e.id FROM enforcement.events AS e
        WHERE NOT EXISTS (SELECT FROM enforcement.events_told AS t WHERE t.event = e.id)
        ORDER BY e.id LIMIT 100
        ON CONFLICT DO NOTHING RETURNING event
    )
    SELECT e.kind, e.agency, e.subject, e.key_id, e.recipients
    FROM enforcement.events AS e JOIN fresh ON fresh.event = e.id ORDER BY e.id
$$;
REVOKE ALL ON FUNCTION enforcement.events_to_tell() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION enforcement.events_to_tell() TO writgate_docket;
