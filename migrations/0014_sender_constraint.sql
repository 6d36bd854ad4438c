-- DPoP proofs that were used (RFC 9449 section 11.1), so that each is good once on all nodes, for as long as its nonce is.
--
-- Only a digest of the key's thumbprint and the proof's jti is kept. A proof that accompanies a request to a resource is
-- written without waiting for the disk (`durable` false). That loses nothing that matters: whatever the request then
-- commits durably is later in the same write-ahead log, so a crash that forgets the proof forgets its effect as well.
CREATE TABLE identity.used_proofs (
    digest bytea NOT NULL,
    expires_at bigint NOT NULL, -- seconds, by the wall clock that judged the proof
    CONSTRAINT used_proofs_pkey PRIMARY KEY (digest)
);
CREATE INDEX used_proofs_by_expiry ON identity.used_proofs (expires_at);

-- True for the one transaction that uses it first; another that tries meanwhile waits, and then gets false. The oldest
-- expired rows are swept on the way, two for each new one, so the table cannot grow.
CREATE FUNCTION identity.use_proof(digest bytea, expires_at bigint, now_s bigint, durable boolean) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    first boolean;
BEGIN
    IF NOT durable THEN
        PERFORM set_config('synchronous_commit', 'off', true);
    END IF;
    INSERT INTO identity.used_proofs (digest, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING;
    first := found;
    DELETE FROM identity.used_proofs AS u
    WHERE u.digest IN (
        SELECT old.digest
        FROM identity.used_proofs AS old
        WHERE old.expires_at < now_s - 120
        ORDER BY old.expires_at
        LIMIT 2
        FOR UPDATE SKIP LOCKED
    );
    RETURN first;
END $$;
REVOKE ALL ON FUNCTION identity.use_proof(bytea, bigint, bigint, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.use_proof(bytea, bigint, bigint, boolean) TO writgate_web;
