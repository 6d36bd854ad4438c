-- The end of a token was forgotten an hour after the token had expired, and a request that waits for people outlives its
-- token by days: it was released on a token that somebody had revoked. What was decided while the token lived may wait
-- still, so its end is kept until nothing waits that is as old; what was decided afresh is as old as what it came of.
-- Sessions are not kept with what waits.
CREATE OR REPLACE FUNCTION identity.end_named(kind_of text, id_of text, kept_until_s bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    number bigint := identity.next_seq();
    now_ns bigint;
    oldest_ns bigint;
BEGIN
    IF kind_of NOT IN ('session', 'token') OR id_of IS NULL OR kept_until_s IS NULL THEN
        RAISE EXCEPTION 'only a session or a token is ended by name' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM pg_advisory_xact_lock(identity.name_lock(kind_of, id_of));
    now_ns := ops.now_ns();
    INSERT INTO identity.revocations AS r (kind, id, suspended, killed_seq, killed_ns, seq, kept_until)
    VALUES (kind_of, id_of, false, number, now_ns, number, kept_until_s)
    ON CONFLICT (kind, id) DO UPDATE
    SET kept_until = greatest(r.kept_until, excluded.kept_until), seq = excluded.seq;
    SELECT min(d.decided_ns) INTO oldest_ns
    FROM enforcement.parked AS p
    LEFT JOIN enforcement.approvals AS a ON a.resumes_as = p.decision_id
    JOIN enforcement.decisions AS d ON d.decision_id = coalesce(a.decision_id, p.decision_id)
    WHERE p.ended_ns IS NULL;
    DELETE FROM identity.revocations AS r
    WHERE r.kept_until < now_ns / 1000000000 - 3600
        AND (r.kind = 'session' OR r.kept_until < coalesce(oldest_ns, now_ns) / 1000000000 - 3600);
END $$;
