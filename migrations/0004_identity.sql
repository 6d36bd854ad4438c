-- Revocation state, and the assertions that clients have already used.
--
-- Every act that takes something from a caller gets the next number of ONE counter row, locked until the act commits:
-- so numbers become visible in their own order, and whoever has seen n has seen everything up to n. A token carries the
-- number at which it was minted (`rev`). It is dead when a row of its caller has killed_seq > rev, and refused while a
-- row says suspended. The Python side is gateway/identity/revocation.py, where the races are argued.

CREATE SCHEMA identity;
GRANT USAGE ON SCHEMA identity TO writgate_web;

CREATE TABLE identity.revocation_counter (
    only_row boolean CONSTRAINT revocation_counter_pkey PRIMARY KEY DEFAULT true
    CONSTRAINT revocation_counter_single CHECK (only_row),
    seq bigint NOT NULL
);
INSERT INTO identity.revocation_counter (seq) VALUES (1);
GRANT SELECT ON identity.revocation_counter TO writgate_web;

-- One row for the issuer (id 'self'), and for every agency, client and user from the moment it is registered, so that a
-- release always finds rows to lock. Rows of kind token are made by revoking one; they go when it has long expired.
CREATE TABLE identity.revocations (
    kind text NOT NULL
    CONSTRAINT revocations_kind CHECK (kind IN ('issuer', 'agency', 'client', 'user', 'token')),
    id text NOT NULL,
    suspended boolean NOT NULL,
    killed_seq bigint NOT NULL,
    seq bigint NOT NULL,
    token_expires_at bigint, -- seconds; only for kind token
    CONSTRAINT revocations_pkey PRIMARY KEY (kind, id),
    CONSTRAINT revocations_token_expires CHECK ((kind = 'token') = (token_expires_at IS NOT NULL))
);
CREATE UNIQUE INDEX revocations_by_seq ON identity.revocations (seq);
INSERT INTO identity.revocations (kind, id, suspended, killed_seq, seq) VALUES ('issuer', 'self', false, 0, 1);
GRANT SELECT ON identity.revocations TO writgate_web;

-- The next number. The row lock lasts to the end of the caller's transaction: that is the point of it.
CREATE FUNCTION identity.next_seq() RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ UPDATE identity.revocation_counter SET seq = seq + 1 RETURNING seq $$;
REVOKE ALL ON FUNCTION identity.next_seq() FROM PUBLIC;

-- Writes a caller's row. `kills` ends every token minted so far; a lift (not suspended, kills nothing) leaves the dead
-- ones dead, because killed_seq only grows.
CREATE FUNCTION identity.write_revocation(kind_of text, id_of text, suspended_now boolean, kills boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    number bigint := identity.next_seq();
BEGIN
    INSERT INTO identity.revocations AS r (kind, id, suspended, killed_seq, seq)
    VALUES (kind_of, id_of, suspended_now, CASE WHEN kills THEN number ELSE 0 END, number)
    ON CONFLICT (kind, id) DO UPDATE
    SET suspended = excluded.suspended,
        killed_seq = greatest(r.killed_seq, excluded.killed_seq),
        seq = excluded.seq;
END $$;
REVOKE ALL ON FUNCTION identity.write_revocation(text, text, boolean, boolean) FROM PUBLIC;

-- Ends every token minted so far for one caller, or for everybody (kind issuer), without suspending anyone.
CREATE FUNCTION identity.kill_tokens(kind_of text, id_of text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    number bigint := identity.next_seq();
BEGIN
    UPDATE identity.revocations SET killed_seq = number, seq = number
    WHERE kind = kind_of AND id = id_of AND kind <> 'token';
    RETURN found;
END $$;
REVOKE ALL ON FUNCTION identity.kill_tokens(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.kill_tokens(text, text) TO writgate_web;

-- One trigger function for the three registry tables; its argument is the kind. A row follows its `status`. A change of
-- what a token was granted on (the agency, a client's scopes, keys or secret) kills the tokens granted on the old.
CREATE FUNCTION identity.follow_registry() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    kind_of text := tg_argv[0];
    before jsonb;
    after jsonb;
    suspended_now boolean;
    kills boolean;
BEGIN
    IF tg_op = 'DELETE' THEN
        PERFORM identity.write_revocation(kind_of, old.id, true, true);
        RETURN NULL;
    END IF;
    suspended_now := new.status IS DISTINCT FROM 'active';
    IF tg_op = 'INSERT' THEN
        PERFORM identity.write_revocation(kind_of, new.id, suspended_now, suspended_now);
        RETURN NULL;
    END IF;
    before := to_jsonb(old);
    after := to_jsonb(new);
    kills := (suspended_now AND old.status IS DISTINCT FROM new.status)
        OR before -> 'agency' IS DISTINCT FROM after -> 'agency'
        OR before -> 'scopes' IS DISTINCT FROM after -> 'scopes'
        OR before -> 'jwks' IS DISTINCT FROM after -> 'jwks'
        OR before -> 'secret_hash' IS DISTINCT FROM after -> 'secret_hash';
    IF kills OR old.status IS DISTINCT FROM new.status THEN
        PERFORM identity.write_revocation(kind_of, new.id, suspended_now, kills);
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION identity.follow_registry() FROM PUBLIC;

CREATE TRIGGER revocation AFTER INSERT OR UPDATE OR DELETE ON registry.agencies
FOR EACH ROW EXECUTE FUNCTION identity.follow_registry('agency');
CREATE TRIGGER revocation AFTER INSERT OR UPDATE OR DELETE ON registry.clients
FOR EACH ROW EXECUTE FUNCTION identity.follow_registry('client');
CREATE TRIGGER revocation AFTER INSERT OR UPDATE OR DELETE ON registry.users
FOR EACH ROW EXECUTE FUNCTION identity.follow_registry('user');

-- Revokes one token of `client` (RFC 7009). The client's row is locked first: a release holds it FOR SHARE, so it is
-- before or after this, although the token has no row of its own until now.
CREATE FUNCTION identity.revoke_token(client text, token_id text, expires_at bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    number bigint := identity.next_seq();
BEGIN
    PERFORM 1 FROM identity.revocations AS r WHERE r.kind = 'client' AND r.id = client FOR UPDATE;
    IF NOT found THEN
        RAISE EXCEPTION 'there is no client of that id' USING ERRCODE = 'no_data_found';
    END IF;
    INSERT INTO identity.revocations (kind, id, suspended, killed_seq, seq, token_expires_at)
    VALUES ('token', token_id, false, number, number, expires_at)
    ON CONFLICT (kind, id) DO NOTHING;
    DELETE FROM identity.revocations AS r
    WHERE r.kind = 'token' AND r.token_expires_at < ops.now_ns() / 1000000000 - 3600;
END $$;
REVOKE ALL ON FUNCTION identity.revoke_token(text, text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.revoke_token(text, text, bigint) TO writgate_web;

-- For the transaction that releases a result: holds the caller's rows so that no suspension or revocation can commit
-- before this transaction ends, and says null when nothing stands against the caller, else the code of what does. It
-- must run in READ COMMITTED: the second statement then sees a token revoked while the first waited for the lock.
CREATE FUNCTION identity.hold_caller(agency text, client text, user_id text, token_id text, rev bigint) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    held record;
    rows_held integer := 0;
    rows_needed integer := 2 + (agency IS NOT NULL)::integer + (user_id IS NOT NULL)::integer;
    suspended_code text;
    killed boolean := false;
BEGIN
    IF rev IS NULL OR token_id IS NULL OR client IS NULL THEN
        RETURN 'TOKEN_REVOKED';
    END IF;
    FOR held IN
        SELECT r.kind, r.suspended, r.killed_seq
        FROM identity.revocations AS r
        WHERE (r.kind = 'agency' AND r.id = agency)
            OR (r.kind = 'client' AND r.id = client)
            OR (r.kind = 'issuer' AND r.id = 'self')
            OR (r.kind = 'user' AND r.id = user_id)
        ORDER BY r.kind, r.id
        FOR SHARE
    LOOP
        rows_held := rows_held + 1;
        killed := killed OR held.killed_seq > rev;
        IF held.suspended AND suspended_code IS NULL THEN
            suspended_code := upper(held.kind) || '_SUSPENDED';
        END IF;
    END LOOP;
    IF suspended_code IS NOT NULL THEN
        RETURN suspended_code;
    END IF;
    IF killed OR rows_held <> rows_needed
        OR EXISTS (SELECT FROM identity.revocations AS r WHERE r.kind = 'token' AND r.id = token_id)
    THEN
        RETURN 'TOKEN_REVOKED';
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION identity.hold_caller(text, text, text, text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.hold_caller(text, text, text, text, bigint) TO writgate_web;

-- Assertions that clients have used, so that each is used once on all nodes. Only a digest of the jti is kept.
CREATE TABLE identity.used_assertions (
    client text NOT NULL,
    jti_sha256 bytea NOT NULL,
    expires_at bigint NOT NULL, -- seconds, by the wall clock that judged the assertion
    CONSTRAINT used_assertions_pkey PRIMARY KEY (client, jti_sha256)
);
CREATE INDEX used_assertions_by_expiry ON identity.used_assertions (expires_at);

-- True for the one transaction that uses it first; another that tries meanwhile waits, and then gets false. The oldest
-- expired rows are swept on the way, a few for each new one, so the table cannot grow.
CREATE FUNCTION identity.use_assertion(client text, jti_sha256 bytea, expires_at bigint, now_s bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    first boolean;
BEGIN
    INSERT INTO identity.used_assertions (client, jti_sha256, expires_at)
    VALUES ($1, $2, $3)
    ON CONFLICT DO NOTHING;
    first := found;
    DELETE FROM identity.used_assertions AS u
    WHERE (u.client, u.jti_sha256) IN (
        SELECT old.client, old.jti_sha256
        FROM identity.used_assertions AS old
        WHERE old.expires_at < now_s - 120
        ORDER BY old.expires_at
        LIMIT 8
        FOR UPDATE SKIP LOCKED
    );
    RETURN first;
END $$;
REVOKE ALL ON FUNCTION identity.use_assertion(text, bytea, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.use_assertion(text, bytea, bigint, bigint) TO writgate_web;
