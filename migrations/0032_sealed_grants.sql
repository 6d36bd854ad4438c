-- What a program asks a person for, and what a person allowed, can name a case: it is sealed like all that is personal
-- outside the registry, under the key of the client's agency. And the counters of authorizations go when they are over.
--
-- No statement of SQL can seal what stands there in clear. These rows live for minutes, grants for half a day at most:
-- they end here, and whoever had one asks again.
DELETE FROM identity.pushed_requests;
DELETE FROM identity.device_requests;
DELETE FROM identity.grants;

-- squawk-ignore ban-drop-column
ALTER TABLE identity.pushed_requests DROP COLUMN parameters;
-- The table is empty.
-- squawk-ignore adding-required-field
ALTER TABLE identity.pushed_requests ADD COLUMN key_id uuid NOT NULL, ADD COLUMN parameters bytea NOT NULL;

-- squawk-ignore ban-drop-column
ALTER TABLE identity.grants DROP COLUMN details;
-- squawk-ignore adding-required-field
ALTER TABLE identity.grants ADD COLUMN key_id uuid NOT NULL, ADD COLUMN details bytea NOT NULL;

-- squawk-ignore ban-drop-column
ALTER TABLE identity.device_requests DROP COLUMN details;
-- squawk-ignore adding-required-field
ALTER TABLE identity.device_requests ADD COLUMN key_id uuid NOT NULL, ADD COLUMN details bytea NOT NULL;

-- When a counter was first taken. Rows from before count from now on.
ALTER TABLE registry.usage ADD COLUMN begun_ns bigint;
ALTER TABLE registry.usage ALTER COLUMN begun_ns SET DEFAULT ops.now_ns();
UPDATE registry.usage SET begun_ns = ops.now_ns() WHERE begun_ns IS NULL;
CREATE INDEX usage_of_authorizations ON registry.usage (begun_ns) WHERE kind = 'authorization';

-- Forgets the counters of authorizations that are over: no grant lives longer than twelve hours, and what waits for
-- people under one waits for days; thirty are more than both. The bound is here, not with the caller, so that nobody who
-- holds the password of `web` can refill a limit. How many went.
CREATE FUNCTION registry.sweep_usage() RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH gone AS (
        DELETE FROM registry.usage
        WHERE kind = 'authorization' AND begun_ns < ops.now_ns() - 30 * 86400 * 1000000000::bigint
        RETURNING 1
    )
    SELECT count(*) FROM gone;
$$;
REVOKE ALL ON FUNCTION registry.sweep_usage() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.sweep_usage() TO writgate_web;
