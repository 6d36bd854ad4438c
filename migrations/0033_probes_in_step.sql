-- What engines keep of probes in memory is read once and then followed: what was added since, and that something went.

-- The transaction that added a probe. A reader that asks for what is not older than the oldest transaction that was
-- still running when it last read misses nothing, whatever the order in which they commit.
ALTER TABLE recognition.probes ADD COLUMN added_by xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX probes_added ON recognition.probes (agency, added_by);
-- Cases are told apart by who keeps them in memory.
DROP INDEX recognition.probes_by_case;

ALTER TABLE recognition.feed ADD COLUMN probes_deleted bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN recognition.feed.probes_deleted IS 'How often probes were deleted: who keeps any drops all of them.';

CREATE FUNCTION recognition.probes_went() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE recognition.feed SET probes_deleted = probes_deleted + 1;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION recognition.probes_went FROM PUBLIC;
CREATE TRIGGER probes_went AFTER DELETE ON recognition.probes
FOR EACH STATEMENT EXECUTE FUNCTION recognition.probes_went();
