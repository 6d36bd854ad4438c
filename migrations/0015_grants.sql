-- What the authorization server remembers between two requests: pushed requests, what a person allowed a client, the
-- codes and refresh tokens that came of it, and devices that wait for a person.
--
-- Everything here lives for seconds to hours and is swept when it has expired; what happened is on the audit log. What
-- a client presents (a request_uri, a code, a refresh token, a device code, a user code) is stored as its SHA-256 only.
-- The Python side is gateway/identity/grants.

-- Where a client's authorization responses may go (RFC 6749 section 3.1.2); exact URIs.
ALTER TABLE registry.clients ADD COLUMN redirect_uris text[] NOT NULL DEFAULT '{}';
-- Other agencies whose tokens it may exchange for its own (RFC 8693).
ALTER TABLE registry.clients ADD COLUMN acts_for text[] NOT NULL DEFAULT '{}';
GRANT UPDATE (redirect_uris, acts_for) ON registry.clients TO writgate_web;

-- RFC 9126. `parameters` are those of the authorization request, checked when they were pushed. A row is used up by the
-- transaction that answers the request, never by showing a page.
CREATE TABLE identity.pushed_requests (
    uri_sha256 bytea CONSTRAINT pushed_requests_pkey PRIMARY KEY,
    client text NOT NULL,
    parameters jsonb NOT NULL,
    pushed_at bigint NOT NULL, -- seconds, as all times here
    expires_at bigint NOT NULL
);
CREATE INDEX pushed_requests_by_expiry ON identity.pushed_requests (expires_at);

-- What a person allowed a client: the family of all tokens that come of one consent. `confirmation` is the `cnf` of its
-- tokens, and `rev` the revocation counter at the consent: whatever was revoked since ends the family.
CREATE TABLE identity.grants (
    id text CONSTRAINT grants_pkey PRIMARY KEY,
    client text NOT NULL,
    agency text NOT NULL,
    user_id text NOT NULL,
    session text NOT NULL,
    scopes text[] NOT NULL,
    openid boolean NOT NULL,
    details jsonb NOT NULL,
    nonce text,
    auth_time bigint NOT NULL,
    acr text NOT NULL,
    amr text[] NOT NULL,
    confirmation jsonb,
    rev bigint NOT NULL,
    expires_at bigint NOT NULL,
    ended boolean NOT NULL DEFAULT false
);
CREATE INDEX grants_by_session ON identity.grants (session) WHERE NOT ended;
CREATE INDEX grants_by_expiry ON identity.grants (expires_at);

-- A code stays after its use until it has long expired, so that a second use is known for what it is.
CREATE TABLE identity.codes (
    code_sha256 bytea CONSTRAINT codes_pkey PRIMARY KEY,
    grant_id text NOT NULL CONSTRAINT codes_grant REFERENCES identity.grants (id) ON DELETE CASCADE,
    redirect_uri text NOT NULL,
    code_challenge text NOT NULL,
    dpop_jkt text,
    expires_at bigint NOT NULL,
    used boolean NOT NULL DEFAULT false
);
CREATE INDEX codes_by_grant ON identity.codes (grant_id);

-- RFC 6749 section 6, without rotation: bound to the client and its key, it dies with its family.
CREATE TABLE identity.refresh_tokens (
    token_sha256 bytea CONSTRAINT refresh_tokens_pkey PRIMARY KEY,
    grant_id text NOT NULL CONSTRAINT refresh_tokens_grant REFERENCES identity.grants (id) ON DELETE CASCADE
);
CREATE INDEX refresh_tokens_by_grant ON identity.refresh_tokens (grant_id);

-- The access tokens of a family that may still be alive, by the name under which one is revoked.
CREATE TABLE identity.grant_tokens (
    grant_id text NOT NULL CONSTRAINT grant_tokens_grant REFERENCES identity.grants (id) ON DELETE CASCADE,
    token text NOT NULL,
    expires_at bigint NOT NULL,
    CONSTRAINT grant_tokens_pkey PRIMARY KEY (grant_id, token)
);

-- RFC 8628. A device waits until a person has said yes or no to its user code.
CREATE TABLE identity.device_requests (
    device_sha256 bytea CONSTRAINT device_requests_pkey PRIMARY KEY,
    user_code_sha256 bytea NOT NULL CONSTRAINT device_requests_user_code UNIQUE,
    client text NOT NULL,
    scopes text[] NOT NULL,
    openid boolean NOT NULL,
    details jsonb NOT NULL,
    interval_s integer NOT NULL,
    polled_at bigint,
    expires_at bigint NOT NULL,
    answer text NOT NULL DEFAULT 'pending'
    CONSTRAINT device_requests_answer CHECK (answer IN ('pending', 'denied', 'allowed')),
    grant_id text CONSTRAINT device_requests_grant REFERENCES identity.grants (id) ON DELETE CASCADE,
    CONSTRAINT device_requests_allowed CHECK ((answer = 'allowed') = (grant_id IS NOT NULL))
);
CREATE INDEX device_requests_by_expiry ON identity.device_requests (expires_at);
CREATE INDEX device_requests_by_grant ON identity.device_requests (grant_id);

-- How often a signed-in person typed a user code that is none, so that codes cannot be guessed (RFC 8628 section 5.1).
CREATE TABLE identity.user_code_guesses (
    user_id text CONSTRAINT user_code_guesses_pkey PRIMARY KEY,
    first_at bigint NOT NULL,
    guesses integer NOT NULL
);

-- RFC 7592: who holds this token may read, change and delete the registration of one client.
CREATE TABLE identity.registrations (
    client text CONSTRAINT registrations_pkey PRIMARY KEY,
    token_sha256 bytea NOT NULL
);

-- Each row may only go where it is going: a code becomes used, a grant is bound once and ends.
GRANT SELECT, INSERT ON
identity.pushed_requests, identity.grants, identity.codes, identity.refresh_tokens, identity.grant_tokens,
identity.device_requests, identity.user_code_guesses, identity.registrations TO writgate_web;
GRANT UPDATE (confirmation, ended) ON identity.grants TO writgate_web;
GRANT UPDATE (used) ON identity.codes TO writgate_web;
GRANT UPDATE (polled_at, interval_s, answer, grant_id) ON identity.device_requests TO writgate_web;
GRANT UPDATE (first_at, guesses) ON identity.user_code_guesses TO writgate_web;
GRANT DELETE ON
identity.pushed_requests, identity.grant_tokens, identity.device_requests, identity.registrations TO writgate_web;

-- What has expired goes, a few rows for each new one, so that no table can grow.
CREATE FUNCTION identity.sweep_grants(now_s bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    DELETE FROM identity.pushed_requests WHERE uri_sha256 IN (
        SELECT uri_sha256 FROM identity.pushed_requests
        WHERE expires_at < now_s - 60 ORDER BY expires_at LIMIT 8 FOR UPDATE SKIP LOCKED
    );
    DELETE FROM identity.device_requests WHERE device_sha256 IN (
        SELECT device_sha256 FROM identity.device_requests
        WHERE expires_at < now_s - 600 ORDER BY expires_at LIMIT 8 FOR UPDATE SKIP LOCKED
    );
    DELETE FROM identity.grants WHERE id IN (
        SELECT id FROM identity.grants
        WHERE expires_at < now_s - 3600 ORDER BY expires_at LIMIT 8 FOR UPDATE SKIP LOCKED
    );
$$;
REVOKE ALL ON FUNCTION identity.sweep_grants(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.sweep_grants(bigint) TO writgate_web;

-- The searches that an authorization allows (`searches` in authorization_details) are counted like all other limits.
-- The table is small: one row for each limit in use.
-- squawk-ignore ban-drop-constraint
ALTER TABLE registry.usage DROP CONSTRAINT usage_kind;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE registry.usage ADD CONSTRAINT usage_kind CHECK (kind IN ('instrument', 'contract', 'authorization'));
