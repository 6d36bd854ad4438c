-- Policy: the revisions that were ever published, and the one that is live.
-- A revision is never changed or removed. Numbers are dense and start at 1. The web role reads, and publishes through
-- policy.publish only; the log entry is the caller's, in the same transaction.

CREATE SCHEMA policy;
GRANT USAGE ON SCHEMA policy TO writgate_web, writgate_auditor;

CREATE TABLE policy.revisions (
    number bigint PRIMARY KEY CHECK (number > 0),
    sha256 bytea NOT NULL UNIQUE CHECK (octet_length(sha256) = 32),
    tar bytea NOT NULL,
    published_by text NOT NULL,
    published_ns bigint NOT NULL,
    CONSTRAINT revisions_tar_is_what_was_hashed CHECK (sha256 = sha256(tar))
);

CREATE TABLE policy.live (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    number bigint NOT NULL REFERENCES policy.revisions (number)
);

-- The revision becomes live when the caller commits. Two at once: the second waits for the lock, then fails as if it had
-- read an old snapshot, so that nobody publishes over a revision that he has not seen.
CREATE FUNCTION policy.publish(new_number bigint, new_sha256 bytea, new_tar bytea, publisher text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    LOCK TABLE policy.live IN SHARE ROW EXCLUSIVE MODE;
    IF new_number IS DISTINCT FROM (SELECT coalesce(max(number), 0) + 1 FROM policy.revisions) THEN
        RAISE EXCEPTION 'revision % is not the next one', new_number USING ERRCODE = 'serialization_failure';
    END IF;
    INSERT INTO policy.revisions (number, sha256, tar, published_by, published_ns)
    VALUES (new_number, new_sha256, new_tar, publisher, ops.now_ns());
    INSERT INTO policy.live (number) VALUES (new_number)
    ON CONFLICT (only_row) DO UPDATE SET number = excluded.number;
END
$$;

REVOKE ALL ON FUNCTION policy.publish(bigint, bytea, bytea, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION policy.publish(bigint, bytea, bytea, text) TO writgate_web;
GRANT SELECT ON policy.revisions, policy.live TO writgate_web, writgate_auditor;
