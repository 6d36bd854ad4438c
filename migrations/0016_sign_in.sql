-- People who sign in: their accounts, what they sign in with, and their sessions.
--
-- An account is a user of the registry, or an administrator or auditor without an agency. Of every secret that a browser
-- or a person holds (session, invitation, device, step of a sign-in) only the SHA-256 is kept: all are random and long.
-- A password is kept as argon2, the secret of its codes sealed under a key of the audit log's keys. What happened is on
-- the log; here stands only what is so now.

CREATE TABLE identity.accounts (
    id registry.identifier CONSTRAINT accounts_pkey PRIMARY KEY,
    role text NOT NULL CONSTRAINT accounts_role CHECK (role IN ('user', 'administrator', 'auditor')),
    user_id text CONSTRAINT accounts_user REFERENCES registry.users (id),
    name text, -- of an administrator or auditor; a user's stands in the registry
    handle bytea NOT NULL CONSTRAINT accounts_handle_key UNIQUE -- what a passkey calls the account: random, says nothing
    CONSTRAINT accounts_handle CHECK (octet_length(handle) = 32),
    status text NOT NULL DEFAULT 'active' CONSTRAINT accounts_status CHECK (status IN ('active', 'suspended')),
    CONSTRAINT accounts_of_users CHECK (
        (role = 'user') = (user_id IS NOT NULL)
        AND (role = 'user') = (name IS NULL)
        -- A user is suspended in the registry, and nowhere else.
        AND (user_id IS NULL OR (user_id = id AND status = 'active'))
    )
);

CREATE TABLE identity.invitations (
    code_sha256 bytea CONSTRAINT invitations_pkey PRIMARY KEY,
    account text NOT NULL CONSTRAINT invitations_account REFERENCES identity.accounts (id),
    expires_ns bigint NOT NULL,
    ended_ns bigint -- accepted, or another invitation took its place
);
CREATE UNIQUE INDEX invitations_one_open ON identity.invitations (account) WHERE ended_ns IS NULL;

CREATE TABLE identity.passwords (
    account text CONSTRAINT passwords_pkey PRIMARY KEY
    CONSTRAINT passwords_account REFERENCES identity.accounts (id),
    hash text NOT NULL,
    code_key uuid NOT NULL, -- the audit log's key that seals the secret of the codes
    code_sealed bytea NOT NULL,
    code_step bigint NOT NULL DEFAULT 0, -- the step of the last code that was accepted; none at or before it ever is again
    code_failures integer NOT NULL DEFAULT 0, -- wrong codes after a right password, since the last right one
    set_ns bigint NOT NULL,
    used_ns bigint
);

CREATE TABLE identity.passkeys (
    id uuid CONSTRAINT passkeys_pkey PRIMARY KEY,
    account text NOT NULL CONSTRAINT passkeys_account REFERENCES identity.accounts (id),
    credential bytea NOT NULL CONSTRAINT passkeys_credential_key UNIQUE,
    public_key bytea NOT NULL,
    sign_count bigint NOT NULL,
    label text NOT NULL,
    made_ns bigint NOT NULL,
    used_ns bigint
);
CREATE INDEX passkeys_by_account ON identity.passkeys (account, made_ns);

CREATE TABLE identity.sessions (
    id uuid CONSTRAINT sessions_pkey PRIMARY KEY,
    secret_sha256 bytea NOT NULL CONSTRAINT sessions_secret_key UNIQUE,
    account text NOT NULL CONSTRAINT sessions_account REFERENCES identity.accounts (id),
    rev bigint NOT NULL, -- the revocation sequence at its start, as in a token
    issuer text, -- the foreign provider through which the person signed in
    acr text NOT NULL,
    amr text[] NOT NULL,
    device text NOT NULL,
    started_ns bigint NOT NULL,
    auth_ns bigint NOT NULL,
    seen_ns bigint NOT NULL,
    ended_ns bigint
);
CREATE INDEX sessions_open ON identity.sessions (account, started_ns) WHERE ended_ns IS NULL;

-- A sign-in between two requests: what was shown so far, and the challenge that was given. Used once or not at all.
CREATE TABLE identity.ceremonies (
    secret_sha256 bytea CONSTRAINT ceremonies_pkey PRIMARY KEY,
    kind text NOT NULL
    CONSTRAINT ceremonies_kind CHECK (kind IN ('code', 'passkey', 'enrolment', 'passkey_enrolment')),
    account text CONSTRAINT ceremonies_account REFERENCES identity.accounts (id),
    invitation bytea CONSTRAINT ceremonies_invitation REFERENCES identity.invitations (code_sha256),
    challenge bytea,
    code_key uuid,
    code_sealed bytea,
    failures integer NOT NULL DEFAULT 0,
    expires_ns bigint NOT NULL
);
CREATE INDEX ceremonies_by_expiry ON identity.ceremonies (expires_ns);

-- Browsers from which an account has signed in with its password: a stranger's failures do not slow them down.
CREATE TABLE identity.devices (
    secret_sha256 bytea CONSTRAINT devices_pkey PRIMARY KEY,
    account text NOT NULL CONSTRAINT devices_account REFERENCES identity.accounts (id),
    made_ns bigint NOT NULL
);
CREATE INDEX devices_by_account ON identity.devices (account, made_ns);

-- Attempts that have not succeeded, by a keyed digest of whose they are. Old rows go as new ones come.
CREATE TABLE identity.attempts (
    subject bytea CONSTRAINT attempts_pkey PRIMARY KEY,
    failures integer NOT NULL,
    last_ns bigint NOT NULL
);
CREATE INDEX attempts_by_age ON identity.attempts (last_ns);

-- Counts an attempt and admits it (0), or says for how many nanoseconds it must wait and counts nothing. `spared` failures
-- cost nothing; each further one doubles the wait, up to `longest_ns`; an hour of peace forgets them. The row's lock
-- makes parallel attempts of one subject stand in line.
CREATE FUNCTION identity.attempt(subject_of bytea, spared integer, longest_ns bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    now bigint := ops.now_ns();
    known record;
    wait bigint := 0;
BEGIN
    DELETE FROM identity.attempts AS a WHERE a.subject IN (
        SELECT old.subject FROM identity.attempts AS old
        WHERE old.last_ns < now - 3600000000000 ORDER BY old.last_ns LIMIT 8 FOR UPDATE SKIP LOCKED
    );
    INSERT INTO identity.attempts (subject, failures, last_ns) VALUES (subject_of, 0, now) ON CONFLICT DO NOTHING;
    SELECT a.failures, a.last_ns INTO STRICT known FROM identity.attempts AS a WHERE a.subject = subject_of FOR UPDATE;
    IF known.last_ns < now - 3600000000000 THEN
        known.failures := 0;
    END IF;
    IF known.failures > spared THEN
        wait := known.last_ns + least(longest_ns, 1000000000 * (1::bigint << least(known.failures - spared - 1, 20))) - now;
    END IF;
    IF wait > 0 THEN
        RETURN wait;
    END IF;
    UPDATE identity.attempts SET failures = known.failures + 1, last_ns = now WHERE subject = subject_of;
    RETURN 0;
END
$$;
REVOKE ALL ON FUNCTION identity.attempt(bytea, integer, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.attempt(bytea, integer, bigint) TO writgate_web;

-- How many failed sign-ins were written to the log in this minute, so that strangers cannot fill it.
CREATE TABLE identity.failures_logged (
    only_row boolean CONSTRAINT failures_logged_pkey PRIMARY KEY DEFAULT true
    CONSTRAINT failures_logged_single CHECK (only_row),
    minute bigint NOT NULL,
    written integer NOT NULL,
    left_out bigint NOT NULL -- since the last that was written
);
INSERT INTO identity.failures_logged (minute, written, left_out) VALUES (0, 0, 0);

GRANT SELECT, INSERT ON
identity.accounts, identity.invitations, identity.passwords, identity.passkeys, identity.sessions, identity.ceremonies,
identity.devices TO writgate_web;
GRANT UPDATE (name, status) ON identity.accounts TO writgate_web;
GRANT UPDATE (ended_ns) ON identity.invitations TO writgate_web;
GRANT UPDATE (hash, code_key, code_sealed, code_step, code_failures, set_ns, used_ns)
ON identity.passwords TO writgate_web;
GRANT UPDATE (sign_count, used_ns) ON identity.passkeys TO writgate_web;
GRANT UPDATE (secret_sha256, acr, amr, auth_ns, seen_ns, ended_ns) ON identity.sessions TO writgate_web;
GRANT UPDATE (failures) ON identity.ceremonies TO writgate_web;
GRANT SELECT, UPDATE (minute, written, left_out) ON identity.failures_logged TO writgate_web;
GRANT SELECT, DELETE, UPDATE (failures) ON identity.attempts TO writgate_web;
GRANT DELETE ON
identity.passwords, identity.passkeys, identity.ceremonies, identity.devices, identity.sessions TO writgate_web;
