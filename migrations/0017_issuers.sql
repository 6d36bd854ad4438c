-- Foreign issuers, and revocation of every kind: issuer, agency, client, user, session, token.
--
-- What a caller's token says of its bearer travels as one document (`Caller.standing`): {issuer, agency, client, user,
-- session, token, rev, issued_at}. The argument about the races is in gateway/identity/revocation.py.

-- An issuer other than this gateway whose word is taken, as its profile says (gateway/registry/issuers.py).
CREATE TABLE registry.issuers (
    id registry.identifier CONSTRAINT issuers_pkey PRIMARY KEY
    CONSTRAINT issuers_id_is_one_segment CHECK (id !~ '/')
    CONSTRAINT issuers_id_is_not_ours CHECK (id <> 'self'),
    issuer text NOT NULL CONSTRAINT issuers_issuer UNIQUE,
    profile jsonb NOT NULL,
    status text NOT NULL CONSTRAINT issuers_status CHECK (status IN ('active', 'suspended')),
    version bigint NOT NULL DEFAULT 1
);
-- Which user of ours a subject of an issuer is; null takes the link away, and the row stays as its history.
CREATE TABLE registry.user_links (
    issuer text NOT NULL CONSTRAINT user_links_issuer REFERENCES registry.issuers (id),
    subject text NOT NULL CONSTRAINT user_links_subject CHECK (length(subject) BETWEEN 1 AND 255),
    user_id text CONSTRAINT user_links_user REFERENCES registry.users (id),
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT user_links_pkey PRIMARY KEY (issuer, subject)
);
CREATE TRIGGER issuers_version BEFORE INSERT OR UPDATE ON registry.issuers
FOR EACH ROW EXECUTE FUNCTION registry.count_version();
CREATE TRIGGER user_links_version BEFORE INSERT OR UPDATE ON registry.user_links
FOR EACH ROW EXECUTE FUNCTION registry.count_version();
GRANT SELECT, INSERT ON registry.issuers, registry.user_links TO writgate_web;
GRANT UPDATE (profile, status) ON registry.issuers TO writgate_web;
GRANT UPDATE (user_id) ON registry.user_links TO writgate_web;

-- A sign-in through an issuer that is under way: made when the browser is sent there, used up when it comes back.
CREATE TABLE identity.foreign_logins (
    state_sha256 bytea CONSTRAINT foreign_logins_pkey PRIMARY KEY,
    browser_sha256 bytea NOT NULL,
    issuer text NOT NULL,
    nonce text NOT NULL,
    code_verifier text NOT NULL,
    return_to text NOT NULL,
    expires_ns bigint NOT NULL
);
CREATE INDEX foreign_logins_by_expiry ON identity.foreign_logins (expires_ns);
GRANT SELECT, INSERT, DELETE ON identity.foreign_logins TO writgate_web;

-- Which sessions of ours came of which session there, so that a logout there ends them.
CREATE TABLE identity.foreign_sessions (
    session text CONSTRAINT foreign_sessions_pkey PRIMARY KEY,
    issuer text NOT NULL,
    sid text,
    subject text NOT NULL,
    expires_ns bigint NOT NULL
);
CREATE INDEX foreign_sessions_by_sid ON identity.foreign_sessions (issuer, sid);
CREATE INDEX foreign_sessions_by_subject ON identity.foreign_sessions (issuer, subject);
CREATE INDEX foreign_sessions_by_expiry ON identity.foreign_sessions (expires_ns);
GRANT SELECT, INSERT, DELETE ON identity.foreign_sessions TO writgate_web;

-- Tokens of an issuer that does not know our counter are measured by time: `killed_ns` is when the last act was, a lift
-- included, for the issuer went on minting while its caller was suspended here.
ALTER TABLE identity.revocations ADD COLUMN killed_ns bigint NOT NULL DEFAULT 0;
-- Nobody but the gateway reads it, and no gateway of an older version runs beside a newer one.
-- squawk-ignore renaming-column
ALTER TABLE identity.revocations RENAME COLUMN token_expires_at TO kept_until;
-- squawk-ignore ban-drop-constraint
ALTER TABLE identity.revocations DROP CONSTRAINT revocations_kind;
-- The table is small: an agency, a client, a user each.
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE identity.revocations ADD CONSTRAINT revocations_kind
CHECK (kind IN ('issuer', 'agency', 'client', 'user', 'session', 'token'));
-- squawk-ignore ban-drop-constraint
ALTER TABLE identity.revocations DROP CONSTRAINT revocations_token_expires;
-- A token is named by the SHA-256 of its id from now on, as on the log. Rows of the old form would protect nobody, so
-- the issuer's kill stands in for them: whoever was not revoked asks for a new token.
DELETE FROM identity.revocations WHERE kind = 'token';
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE identity.revocations ADD CONSTRAINT revocations_kept
CHECK ((kind IN ('session', 'token')) = (kept_until IS NOT NULL));

-- What is locked beside a row, and in place of one that is not there: its name. Releases share it and whoever acts takes
-- it alone. These locks are the lock manager's, in which nobody overtakes who waits: with row locks only, releases that
-- overlap without end would keep an act against their issuer waiting without end.
CREATE FUNCTION identity.name_lock(kind_of text, id_of text) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN pg_catalog.hashtextextended(kind_of || ' ' || id_of, 17);
REVOKE ALL ON FUNCTION identity.name_lock(text, text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION identity.write_revocation(
    kind_of text, id_of text, suspended_now boolean, kills boolean
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    number bigint := identity.next_seq();
    now_ns bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(identity.name_lock(kind_of, id_of));
    now_ns := ops.now_ns();
    INSERT INTO identity.revocations AS r (kind, id, suspended, killed_seq, killed_ns, seq)
    VALUES (
        kind_of, id_of, suspended_now, CASE WHEN kills THEN number ELSE 0 END, CASE WHEN kills THEN now_ns ELSE 0 END,
        number
    )
    ON CONFLICT (kind, id) DO UPDATE
    SET suspended = excluded.suspended,
        killed_seq = greatest(r.killed_seq, excluded.killed_seq),
        killed_ns = CASE WHEN kills OR r.suspended IS DISTINCT FROM suspended_now THEN now_ns ELSE r.killed_ns END,
        seq = excluded.seq;
END $$;

-- Ends one session or one token for good. The name is locked until the act commits, and a release holds it shared.
CREATE FUNCTION identity.end_named(kind_of text, id_of text, kept_until_s bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    number bigint := identity.next_seq();
    now_ns bigint;
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
    DELETE FROM identity.revocations AS r WHERE r.kept_until < now_ns / 1000000000 - 3600;
END $$;
REVOKE ALL ON FUNCTION identity.end_named(text, text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.end_named(text, text, bigint) TO writgate_web;
DROP FUNCTION identity.revoke_token(text, text, bigint);

-- Sessions that were opened on an issuer's word end with it.
CREATE FUNCTION identity.end_sessions_of(issuer_of text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT identity.end_named('session', f.session, f.expires_ns / 1000000000)
    FROM identity.foreign_sessions AS f WHERE f.issuer = issuer_of ORDER BY f.session
$$;
REVOKE ALL ON FUNCTION identity.end_sessions_of(text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION identity.kill_tokens(kind_of text, id_of text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    number bigint := identity.next_seq();
    known boolean;
BEGIN
    PERFORM pg_advisory_xact_lock(identity.name_lock(kind_of, id_of));
    UPDATE identity.revocations SET killed_seq = number, killed_ns = ops.now_ns(), seq = number
    WHERE kind = kind_of AND id = id_of AND kind NOT IN ('session', 'token');
    known := found;
    IF known AND kind_of = 'issuer' THEN
        PERFORM identity.end_sessions_of(id_of);
    END IF;
    RETURN known;
END $$;
-- Whoever was signed out by the deletion above must not come back: everybody's tokens end once, with this migration.
SELECT identity.kill_tokens('issuer', 'self');

-- This gateway's own issuing, stopped or let go on by the operator: while it is stopped no token of it is minted or
-- taken, an administrator's neither.
CREATE FUNCTION identity.suspend_own_issuer(suspended_now boolean) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT identity.write_revocation('issuer', 'self', suspended_now, suspended_now) $$;
REVOKE ALL ON FUNCTION identity.suspend_own_issuer(boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.suspend_own_issuer(boolean) TO writgate_web;

-- What an issuer's word was taken for changed: its earlier tokens were judged by the old profile.
CREATE FUNCTION identity.follow_issuer() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    suspended_now boolean := new.status IS DISTINCT FROM 'active';
BEGIN
    PERFORM identity.write_revocation('issuer', new.id, suspended_now, tg_op = 'UPDATE' OR suspended_now);
    IF suspended_now THEN
        PERFORM identity.end_sessions_of(new.id);
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION identity.follow_issuer() FROM PUBLIC;
CREATE TRIGGER revocation AFTER INSERT OR UPDATE ON registry.issuers
FOR EACH ROW EXECUTE FUNCTION identity.follow_issuer();

-- A subject that is somebody else now, or nobody: whoever it was loses the tokens of that name.
CREATE FUNCTION identity.follow_user_link() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF old.user_id IS NOT NULL AND new.user_id IS DISTINCT FROM old.user_id THEN
        PERFORM identity.kill_tokens('user', old.user_id);
        PERFORM identity.end_named('session', f.session, f.expires_ns / 1000000000)
        FROM identity.foreign_sessions AS f WHERE f.issuer = old.issuer AND f.subject = old.subject;
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION identity.follow_user_link() FROM PUBLIC;
CREATE TRIGGER revocation AFTER UPDATE ON registry.user_links
FOR EACH ROW EXECUTE FUNCTION identity.follow_user_link();

-- For the transaction that releases a result: holds the caller's rows, and the names of its session and its token, so
-- that no act against them can commit before this transaction ends; says null when nothing stands against the caller,
-- else the code of what does. It must run in READ COMMITTED: the last statement then sees what was committed while the
-- first waited for a lock.
DROP FUNCTION identity.hold_caller(text, text, text, text, bigint);
CREATE FUNCTION identity.hold_caller(caller jsonb) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    issuer_of text := caller ->> 'issuer';
    session_of text := caller ->> 'session';
    token_of text := caller ->> 'token';
    rev bigint := caller ->> 'rev';
    issued_ns bigint := (caller ->> 'issued_at')::bigint * 1000000000;
    held record;
    rows_held integer := 0;
    rows_needed integer := 2 + (caller ->> 'agency' IS NOT NULL)::integer + (caller ->> 'user' IS NOT NULL)::integer;
    suspended_code text;
    killed boolean := false;
BEGIN
    IF issuer_of IS NULL OR token_of IS NULL OR caller ->> 'client' IS NULL OR issued_ns IS NULL
        OR (issuer_of = 'self') <> (rev IS NOT NULL)
    THEN
        RETURN 'TOKEN_REVOKED';
    END IF;
    PERFORM pg_advisory_xact_lock_shared(identity.name_lock(named, caller ->> named))
    FROM unnest(ARRAY['agency', 'client', 'issuer', 'session', 'token', 'user']) AS named
    WHERE caller ->> named IS NOT NULL;
    FOR held IN
        SELECT r.kind, r.suspended, r.killed_seq, r.killed_ns
        FROM identity.revocations AS r
        WHERE (r.kind = 'agency' AND r.id = caller ->> 'agency')
            OR (r.kind = 'client' AND r.id = caller ->> 'client')
            OR (r.kind = 'issuer' AND r.id = issuer_of)
            OR (r.kind = 'user' AND r.id = caller ->> 'user')
        ORDER BY r.kind, r.id
        FOR SHARE
    LOOP
        rows_held := rows_held + 1;
        killed := killed OR CASE WHEN rev IS NULL THEN held.killed_ns >= issued_ns ELSE held.killed_seq > rev END;
        IF held.suspended AND suspended_code IS NULL THEN
            suspended_code := upper(held.kind) || '_SUSPENDED';
        END IF;
    END LOOP;
    IF suspended_code IS NOT NULL THEN
        RETURN suspended_code;
    END IF;
    IF killed OR rows_held <> rows_needed OR EXISTS (
        SELECT FROM identity.revocations AS r
        WHERE (r.kind = 'token' AND r.id = token_of) OR (r.kind = 'session' AND r.id = session_of)
    ) THEN
        RETURN 'TOKEN_REVOKED';
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION identity.hold_caller(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.hold_caller(jsonb) TO writgate_web;

-- As before, with the caller as one document.
DROP FUNCTION enforcement.release(
    uuid, text, text, text, text, bigint, uuid, bytea, text, uuid, text[], bytea[], bytea, bytea, bytea
);
CREATE FUNCTION enforcement.release(
    decision uuid, caller jsonb, document_key uuid, in_document bytea,
    leaf text, leaf_key uuid, disclosed_names text[], disclosed_values bytea[],
    blind_case bytea, blind_user bytea, blind_probe bytea
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    against text := identity.hold_caller(caller);
BEGIN
    IF against IS NOT NULL THEN
        RAISE EXCEPTION '%', against USING ERRCODE = 'WG006';
    END IF;
    PERFORM 1 FROM enforcement.outcomes WHERE decision_id = decision AND NOT refused AND outcome <> 'ABANDONED';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no outcome to release' USING ERRCODE = 'WG005';
    END IF;
    INSERT INTO enforcement.releases VALUES (decision, ops.now_ns(), document_key, in_document);
    PERFORM audit.append(leaf, leaf_key, disclosed_names, disclosed_values, blind_case, blind_user, blind_probe);
END
$$;
REVOKE ALL ON FUNCTION enforcement.release(
    uuid, jsonb, uuid, bytea, text, uuid, text[], bytea[], bytea, bytea, bytea
) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION enforcement.release(
    uuid, jsonb, uuid, bytea, text, uuid, text[], bytea[], bytea, bytea, bytea
) TO writgate_web;
