-- A clock that was set back is known by the latest time at which the log was ever signed. The last checkpoint does not
-- tell it: a minute after the clock was set back the log is signed by that clock, and all would seem well.
-- Whoever recovers the log begins it anew, with its times.

CREATE INDEX checkpoints_by_time ON audit.checkpoints (epoch, signed_ns);

CREATE FUNCTION audit.last_signed_ns() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((SELECT signed_ns FROM audit.checkpoints ORDER BY epoch DESC, signed_ns DESC LIMIT 1), 0)
$$;
REVOKE ALL ON FUNCTION audit.last_signed_ns FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.last_signed_ns TO writgate_web, writgate_docket;

DROP FUNCTION enforcement.last_signed_ns;
