-- The facts about who may ask and what authorises them. Rows change only by INSERT and UPDATE of the columns granted
-- below: an id and the agency it belongs to never change, `version` is counted by the database, nothing is deleted.
-- Each write's entry, with what the row was and became, is on the audit log in the same transaction.

CREATE SCHEMA registry;
GRANT USAGE ON SCHEMA registry TO writgate_web, writgate_auditor;

-- The shape of an identifier; the same as `gateway.registry.words`.
CREATE DOMAIN registry.identifier AS text CHECK (value ~ '^[a-z0-9][a-z0-9._/-]{0,127}$');

CREATE TABLE registry.agencies (
    id registry.identifier CONSTRAINT agencies_pkey PRIMARY KEY
    CONSTRAINT agencies_id_is_one_segment CHECK (id !~ '/'),
    name text NOT NULL,
    type text NOT NULL,
    jurisdiction text NOT NULL,
    status text NOT NULL CONSTRAINT agencies_status CHECK (status IN ('active', 'suspended')),
    controls jsonb NOT NULL,
    version bigint NOT NULL DEFAULT 1
);

CREATE TABLE registry.contracts (
    id registry.identifier CONSTRAINT contracts_pkey PRIMARY KEY,
    agency text NOT NULL CONSTRAINT contracts_agency REFERENCES registry.agencies (id),
    valid_from_ns bigint NOT NULL,
    valid_to_ns bigint NOT NULL,
    status text NOT NULL CONSTRAINT contracts_status CHECK (status IN ('active', 'terminated')),
    terms jsonb NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT contracts_window CHECK (valid_from_ns < valid_to_ns)
);
CREATE INDEX contracts_by_agency ON registry.contracts (agency, valid_from_ns DESC, id DESC);

CREATE TABLE registry.users (
    id registry.identifier CONSTRAINT users_pkey PRIMARY KEY,
    agency text NOT NULL CONSTRAINT users_agency REFERENCES registry.agencies (id),
    name text NOT NULL,
    roles text[] NOT NULL,
    account text NOT NULL CONSTRAINT users_account CHECK (account IN ('agency_issued', 'individual_trial')),
    training_valid_to_ns bigint,
    status text NOT NULL CONSTRAINT users_status CHECK (status IN ('active', 'suspended')),
    version bigint NOT NULL DEFAULT 1
);
CREATE INDEX users_by_agency ON registry.users (agency, id);

CREATE TABLE registry.clients (
    id registry.identifier CONSTRAINT clients_pkey PRIMARY KEY,
    agency text CONSTRAINT clients_agency REFERENCES registry.agencies (id),
    name text NOT NULL,
    scopes text[] NOT NULL,
    jwks jsonb NOT NULL,
    secret_hash text,
    grant_types text[] NOT NULL,
    default_user text CONSTRAINT clients_default_user REFERENCES registry.users (id),
    status text NOT NULL CONSTRAINT clients_status CHECK (status IN ('active', 'suspended')),
    version bigint NOT NULL DEFAULT 1
);
CREATE INDEX clients_by_agency ON registry.clients (agency, id);

CREATE TABLE registry.court_keys (
    court registry.identifier NOT NULL CONSTRAINT court_keys_court_is_one_segment CHECK (court !~ '/'),
    kid text NOT NULL CONSTRAINT court_keys_kid CHECK (kid ~ '^[A-Za-z0-9._-]{1,128}$'),
    jwk jsonb NOT NULL,
    not_before_ns bigint NOT NULL,
    not_after_ns bigint NOT NULL,
    revoked_at_ns bigint,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT court_keys_pkey PRIMARY KEY (court, kid),
    CONSTRAINT court_keys_window CHECK (not_before_ns < not_after_ns)
);

-- `verified` without somebody who verified cannot be stored; `court_verified` only with the court's own document.
CREATE TABLE registry.instruments (
    id registry.identifier CONSTRAINT instruments_pkey PRIMARY KEY,
    agency text NOT NULL CONSTRAINT instruments_agency REFERENCES registry.agencies (id),
    type text NOT NULL,
    court text NOT NULL,
    docket_number text NOT NULL,
    judge text,
    standard text,
    statute text,
    subject text,
    probe_sha256 text[] NOT NULL,
    galleries text[] NOT NULL,
    modes text[] NOT NULL,
    operations text[] NOT NULL,
    purposes text[] NOT NULL,
    valid_from_ns bigint NOT NULL,
    expires_at_ns bigint NOT NULL,
    searches_allowed bigint CONSTRAINT instruments_searches CHECK (searches_allowed > 0),
    status text NOT NULL,
    officer_certification boolean NOT NULL,
    sealed boolean NOT NULL,
    document_sha256 text,
    limits text[] NOT NULL,
    origin text NOT NULL CONSTRAINT instruments_origin CHECK (origin IN ('registered', 'court_verified')),
    verified boolean NOT NULL,
    verified_by text,
    warrant_court text,
    warrant_kid text,
    warrant_jti text,
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT instruments_window CHECK (valid_from_ns < expires_at_ns),
    CONSTRAINT instruments_verifier CHECK (verified = (verified_by IS NOT NULL)),
    CONSTRAINT instruments_court_document CHECK (
        (origin = 'court_verified') = (warrant_jti IS NOT NULL)
        AND (warrant_jti IS NULL) = (warrant_court IS NULL)
        AND (warrant_jti IS NULL) = (warrant_kid IS NULL)
        AND (origin <> 'court_verified' OR (verified AND document_sha256 IS NOT NULL))
    ),
    CONSTRAINT instruments_signing_key FOREIGN KEY (warrant_court, warrant_kid)
    REFERENCES registry.court_keys (court, kid),
    -- A warrant is registered once, whoever presents it.
    CONSTRAINT instruments_warrant UNIQUE (warrant_court, warrant_jti)
);
CREATE INDEX instruments_by_agency ON registry.instruments (agency, id);

CREATE TABLE registry.exigencies (
    id registry.identifier CONSTRAINT exigencies_pkey PRIMARY KEY,
    agency text NOT NULL CONSTRAINT exigencies_agency REFERENCES registry.agencies (id),
    certified_by text NOT NULL CONSTRAINT exigencies_certified_by REFERENCES registry.users (id),
    rank text NOT NULL,
    facts text NOT NULL,
    harm text NOT NULL,
    risk text NOT NULL,
    started_at_ns bigint NOT NULL,
    why_no_order text NOT NULL,
    deadline_ns bigint NOT NULL,
    status text NOT NULL
    CONSTRAINT exigencies_status CHECK (status IN ('certified', 'authorised', 'rejected', 'withdrawn')),
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT exigencies_window CHECK (started_at_ns < deadline_ns)
);
CREATE INDEX exigencies_by_agency ON registry.exigencies (agency, id);

CREATE FUNCTION registry.count_version() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.version := 1;
    ELSE
        NEW.version := OLD.version + 1;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER agencies_version BEFORE INSERT OR UPDATE ON registry.agencies
FOR EACH ROW EXECUTE FUNCTION registry.count_version();
CREATE TRIGGER contracts_version BEFORE INSERT OR UPDATE ON registry.contracts
FOR EACH ROW EXECUTE FUNCTION registry.count_version();
CREATE TRIGGER users_version BEFORE INSERT OR UPDATE ON registry.users
FOR EACH ROW EXECUTE FUNCTION registry.count_version();
CREATE TRIGGER clients_version BEFORE INSERT OR UPDATE ON registry.clients
FOR EACH ROW EXECUTE FUNCTION registry.count_version();
CREATE TRIGGER court_keys_version BEFORE INSERT OR UPDATE ON registry.court_keys
FOR EACH ROW EXECUTE FUNCTION registry.count_version();
CREATE TRIGGER instruments_version BEFORE INSERT OR UPDATE ON registry.instruments
FOR EACH ROW EXECUTE FUNCTION registry.count_version();
CREATE TRIGGER exigencies_version BEFORE INSERT OR UPDATE ON registry.exigencies
FOR EACH ROW EXECUTE FUNCTION registry.count_version();

-- How often something with a limit was used. Written only by the two functions, which the deciding transaction calls as
-- its last statements, because every request of a contract wants the same row.
CREATE TABLE registry.usage (
    kind text NOT NULL CONSTRAINT usage_kind CHECK (kind IN ('instrument', 'contract')),
    id text NOT NULL,
    period text NOT NULL CONSTRAINT usage_period CHECK (period ~ '^(all|[0-9]{4}-[0-9]{2}(-[0-9]{2})?)$'),
    used bigint NOT NULL CONSTRAINT usage_used CHECK (used >= 0),
    CONSTRAINT usage_pkey PRIMARY KEY (kind, id, period)
);

-- Takes one use. False, with nothing changed, where `lim` is reached; parallel callers wait for each other's row, so
-- that exactly `lim` of them get true.
CREATE FUNCTION registry.take(in_kind text, in_id text, in_period text, lim bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF lim IS NULL OR lim < 1 THEN
        RETURN false;
    END IF;
    INSERT INTO registry.usage AS counter (kind, id, period, used) VALUES (in_kind, in_id, in_period, 1)
    ON CONFLICT (kind, id, period) DO UPDATE SET used = counter.used + 1 WHERE counter.used < lim;
    RETURN found;
END
$$;

-- Gives one use back, where the engine refused the probe. A count never goes below zero.
CREATE FUNCTION registry.give_back(in_kind text, in_id text, in_period text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE registry.usage SET used = used - 1 WHERE kind = in_kind AND id = in_id AND period = in_period AND used > 0;
$$;

REVOKE ALL ON FUNCTION registry.count_version() FROM PUBLIC;
REVOKE ALL ON FUNCTION registry.take(text, text, text, bigint) FROM PUBLIC;
REVOKE ALL ON FUNCTION registry.give_back(text, text, text) FROM PUBLIC;
-- Only inside `enforcement`'s own functions, which run as the owner, are they needed at run time; `web` may take but
-- never give back, so that nobody who holds its password can refill a limit.
GRANT EXECUTE ON FUNCTION registry.take(text, text, text, bigint) TO writgate_web;

GRANT SELECT, INSERT ON
registry.agencies, registry.contracts, registry.users, registry.clients, registry.court_keys, registry.instruments,
registry.exigencies TO writgate_web;
GRANT SELECT ON registry.usage TO writgate_web;
GRANT UPDATE (name, type, jurisdiction, status, controls) ON registry.agencies TO writgate_web;
GRANT UPDATE (valid_from_ns, valid_to_ns, status, terms) ON registry.contracts TO writgate_web;
GRANT UPDATE (name, roles, account, training_valid_to_ns, status) ON registry.users TO writgate_web;
GRANT UPDATE (name, scopes, jwks, secret_hash, grant_types, default_user, status) ON registry.clients TO writgate_web;
GRANT UPDATE (not_after_ns, revoked_at_ns) ON registry.court_keys TO writgate_web;
-- Neither `origin` nor the court's document: what a court signed stays what it signed.
GRANT UPDATE (
    type, court, docket_number, judge, standard, statute, subject, probe_sha256, galleries, modes, operations, purposes,
    valid_from_ns, expires_at_ns, searches_allowed, status, officer_certification, sealed, document_sha256, limits,
    verified, verified_by
) ON registry.instruments TO writgate_web;
-- A certificate is sworn once: what was certified stays.
GRANT UPDATE (status) ON registry.exigencies TO writgate_web;

GRANT SELECT ON registry.agencies, registry.contracts, registry.court_keys TO writgate_auditor;

-- A court's words are not edited, whoever tries: only its status may go down.
CREATE FUNCTION registry.keep_court_words() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.origin = 'court_verified'
    AND (to_jsonb(NEW) - 'status' - 'version') IS DISTINCT FROM (to_jsonb(OLD) - 'status' - 'version') THEN
        RAISE EXCEPTION 'an instrument that a court signed cannot be edited' USING ERRCODE = 'WG010';
    END IF;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION registry.keep_court_words() FROM PUBLIC;
CREATE TRIGGER instruments_court_words BEFORE UPDATE ON registry.instruments
FOR EACH ROW EXECUTE FUNCTION registry.keep_court_words();
