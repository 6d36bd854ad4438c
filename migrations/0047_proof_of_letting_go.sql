-- What is let go of a request that nobody waits for any more is proven on the log like every other deletion: each thing
-- that went is given by its SHA-256.
DROP FUNCTION enforcement.let_go;
CREATE FUNCTION enforcement.let_go(decision uuid) RETURNS TABLE (what text, sha256 bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF enforcement.is_held(decision) THEN
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
REVOKE ALL ON FUNCTION enforcement.let_go FROM PUBLIC;
GRANT EXECUTE ON FUNCTION enforcement.let_go TO writgate_web;
