-- The governed operation in the database: a decision and its limits are one commit, the engine works only by claiming
-- a committed permit, and a release is a commit that the caller's standing is read for.
--
-- Custom SQLSTATEs: WG001 a fact changed since it was read; WG002 a limit is used up; WG003 no permit to claim;
-- WG004 the permit is used or past its time; WG005 there is no outcome to release.

CREATE SCHEMA enforcement;
GRANT USAGE ON SCHEMA enforcement TO writgate_web, writgate_engine;

-- One row for each decision, denials and dry runs included. Who and what stands here only as keyed digests; the clear
-- values are in the log's disclosures and in `document`, sealed under the key of the case.
CREATE TABLE enforcement.decisions (
    decision_id uuid CONSTRAINT decisions_pkey PRIMARY KEY,
    agency text NOT NULL,
    client text NOT NULL,
    operation text NOT NULL,
    purpose text,
    permit boolean NOT NULL,
    dry_run boolean NOT NULL,
    decided_ns bigint NOT NULL,
    probe_blind bytea,
    case_blind bytea,
    story_blind bytea,
    key_id uuid NOT NULL,
    document bytea NOT NULL
);
CREATE INDEX decisions_by_agency ON enforcement.decisions (agency, decided_ns DESC, decision_id DESC);
CREATE INDEX denials_by_probe ON enforcement.decisions (agency, probe_blind) WHERE NOT permit;
CREATE INDEX denials_by_case ON enforcement.decisions (agency, case_blind) WHERE NOT permit;
CREATE INDEX probes_of_a_case ON enforcement.decisions (agency, case_blind) WHERE permit AND NOT dry_run;

-- What the engine may do, once, until `expires_ns`.
CREATE TABLE enforcement.permits (
    decision_id uuid CONSTRAINT permits_pkey PRIMARY KEY
    CONSTRAINT permits_decision REFERENCES enforcement.decisions (decision_id),
    operation text NOT NULL,
    gallery uuid,
    probe_sha256 bytea[] NOT NULL,
    min_similarity double precision NOT NULL,
    max_candidates integer NOT NULL,
    scope text NOT NULL,
    clear jsonb NOT NULL,
    counter_kinds text[] NOT NULL,
    counter_ids text[] NOT NULL,
    counter_periods text[] NOT NULL,
    expires_ns bigint NOT NULL
);

CREATE TABLE enforcement.claims (
    decision_id uuid CONSTRAINT claims_pkey PRIMARY KEY
    CONSTRAINT claims_permit REFERENCES enforcement.permits (decision_id),
    claimed_ns bigint NOT NULL
);

CREATE TABLE enforcement.outcomes (
    decision_id uuid CONSTRAINT outcomes_pkey PRIMARY KEY
    CONSTRAINT outcomes_permit REFERENCES enforcement.permits (decision_id),
    outcome text NOT NULL,
    refused boolean NOT NULL,
    ended_ns bigint NOT NULL
);

CREATE TABLE enforcement.releases (
    decision_id uuid CONSTRAINT releases_pkey PRIMARY KEY
    CONSTRAINT releases_outcome REFERENCES enforcement.outcomes (decision_id),
    released_ns bigint NOT NULL,
    key_id uuid NOT NULL,
    document bytea NOT NULL
);

-- Duties that came with a decision, in the same commit. The runner that fires them comes with the docket.
CREATE TABLE enforcement.docket (
    decision_id uuid NOT NULL
    CONSTRAINT docket_decision REFERENCES enforcement.decisions (decision_id),
    code text NOT NULL,
    agency text NOT NULL,
    due_ns bigint,
    CONSTRAINT docket_pkey PRIMARY KEY (decision_id, code)
);

CREATE TABLE enforcement.idempotency (
    client text NOT NULL,
    key text NOT NULL,
    request_digest bytea NOT NULL,
    started_ns bigint NOT NULL,
    status integer,
    key_id uuid,
    response bytea,
    CONSTRAINT idempotency_pkey PRIMARY KEY (client, key)
);

-- Row versions still as decided. A share lock keeps them so until the commit.
CREATE FUNCTION enforcement.hold_facts(tables text[], ids text[], versions bigint[], revision bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    seen bigint;
BEGIN
    PERFORM 1 FROM policy.live WHERE number = revision;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the live revision changed' USING ERRCODE = 'WG001';
    END IF;
    FOR i IN 1 .. coalesce(array_length(tables, 1), 0) LOOP
        seen := NULL;
        CASE tables[i]
            WHEN 'agencies' THEN SELECT version INTO seen FROM registry.agencies WHERE id = ids[i] FOR SHARE;
            WHEN 'contracts' THEN
                -- It must still be the one in force, too: the next contract leaves this row as it is.
                SELECT version INTO seen FROM registry.contracts AS held
                WHERE id = ids[i] AND NOT EXISTS (
                    SELECT FROM registry.contracts AS later
                    WHERE later.agency = held.agency AND later.valid_from_ns <= ops.now_ns()
                        AND (later.valid_from_ns, later.id) > (held.valid_from_ns, held.id)
                )
                FOR SHARE;
            WHEN 'users' THEN SELECT version INTO seen FROM registry.users WHERE id = ids[i] FOR SHARE;
            WHEN 'clients' THEN SELECT version INTO seen FROM registry.clients WHERE id = ids[i] FOR SHARE;
            WHEN 'instruments' THEN SELECT version INTO seen FROM registry.instruments WHERE id = ids[i] FOR SHARE;
            WHEN 'exigencies' THEN SELECT version INTO seen FROM registry.exigencies WHERE id = ids[i] FOR SHARE;
            WHEN 'galleries' THEN
                SELECT 1 INTO seen FROM recognition.galleries WHERE id = ids[i]::uuid FOR SHARE;
        END CASE;
        IF seen IS DISTINCT FROM versions[i] THEN
            RAISE EXCEPTION 'a fact changed: %', tables[i] USING ERRCODE = 'WG001';
        END IF;
    END LOOP;
END
$$;

-- The decision, its entry and what follows from it. Everything or nothing; the counters are taken last, because a
-- counter is the one row that all requests of a contract want.
CREATE FUNCTION enforcement.commit_decision(
    decision uuid, in_agency text, in_client text, in_operation text, in_purpose text,
    in_permit boolean, in_dry_run boolean, now_ns bigint,
    in_probe_blind bytea, in_case_blind bytea, in_story_blind bytea, document_key uuid, in_document bytea,
    revision bigint, fact_tables text[], fact_ids text[], fact_versions bigint[],
    in_gallery uuid, in_probe_sha256 bytea[], in_min_similarity double precision, in_max_candidates integer,
    in_scope text, in_clear jsonb,
    in_counter_kinds text[], in_counter_ids text[], in_counter_periods text[], counter_limits bigint[],
    duty_codes text[], duty_dues bigint[],
    leaf text, leaf_key uuid, disclosed_names text[], disclosed_values bytea[],
    blind_case bytea, blind_user bytea, blind_probe bytea
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF in_permit AND NOT in_dry_run THEN
        PERFORM enforcement.hold_facts(fact_tables, fact_ids, fact_versions, revision);
    END IF;
    INSERT INTO enforcement.decisions VALUES (
        decision, in_agency, in_client, in_operation, in_purpose, in_permit, in_dry_run, now_ns,
        in_probe_blind, in_case_blind, in_story_blind, document_key, in_document
    );
    IF in_permit AND NOT in_dry_run THEN
        INSERT INTO enforcement.permits VALUES (
            decision, in_operation, in_gallery, in_probe_sha256, in_min_similarity, in_max_candidates, in_scope,
            in_clear, in_counter_kinds, in_counter_ids, in_counter_periods, now_ns + 60000000000
        );
    END IF;
    IF NOT in_dry_run THEN
        INSERT INTO enforcement.docket (decision_id, code, agency, due_ns)
        SELECT decision, duty.code, in_agency, duty.due FROM unnest(duty_codes, duty_dues) AS duty (code, due);
    END IF;
    PERFORM audit.append(leaf, leaf_key, disclosed_names, disclosed_values, blind_case, blind_user, blind_probe);
    IF in_permit AND NOT in_dry_run THEN
        FOR i IN 1 .. coalesce(array_length(in_counter_kinds, 1), 0) LOOP
            IF NOT registry.take(in_counter_kinds[i], in_counter_ids[i], in_counter_periods[i], counter_limits[i]) THEN
                RAISE EXCEPTION 'a limit is used up: %', in_counter_kinds[i] USING ERRCODE = 'WG002';
            END IF;
        END LOOP;
    END IF;
END
$$;

-- The engine's only door: a committed permit, once, in time.
CREATE FUNCTION enforcement.claim(decision uuid) RETURNS enforcement.permits
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    permit enforcement.permits;
    now_ns bigint := ops.now_ns();
BEGIN
    SELECT * INTO permit FROM enforcement.permits WHERE decision_id = decision;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such permit' USING ERRCODE = 'WG003';
    END IF;
    IF now_ns > permit.expires_ns THEN
        RAISE EXCEPTION 'the permit is past its time' USING ERRCODE = 'WG004';
    END IF;
    INSERT INTO enforcement.claims VALUES (decision, now_ns) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the permit is used' USING ERRCODE = 'WG004';
    END IF;
    RETURN permit;
END
$$;

-- Ends a permit: with the engine's outcome or, from the sweeper, as abandoned. The first ending wins. A probe refused
-- for its quality cost nobody a search, so its counters go back; an abandoned one may have run, so they stay.
CREATE FUNCTION enforcement.end_permit(decision uuid, in_outcome text, in_refused boolean) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    permit enforcement.permits;
BEGIN
    INSERT INTO enforcement.outcomes VALUES (decision, in_outcome, in_refused, ops.now_ns()) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF in_refused THEN
        SELECT * INTO STRICT permit FROM enforcement.permits WHERE decision_id = decision;
        FOR i IN 1 .. coalesce(array_length(permit.counter_kinds, 1), 0) LOOP
            PERFORM registry.give_back(permit.counter_kinds[i], permit.counter_ids[i], permit.counter_periods[i]);
        END LOOP;
    END IF;
    RETURN true;
END
$$;

CREATE FUNCTION enforcement.complete(decision uuid, in_outcome text, in_refused boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM enforcement.claims WHERE decision_id = decision;
    IF NOT FOUND OR NOT enforcement.end_permit(decision, in_outcome, in_refused) THEN
        RAISE EXCEPTION 'the permit is not claimed, or already ended' USING ERRCODE = 'WG004';
    END IF;
END
$$;

-- True when this call ended the permit. One still running is left alone until its time is over.
CREATE FUNCTION enforcement.abandon(decision uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM enforcement.permits WHERE decision_id = decision AND expires_ns < ops.now_ns();
    RETURN FOUND AND enforcement.end_permit(decision, 'ABANDONED', false);
END
$$;

-- The release and its entry, in one commit with the reading of the caller's standing (identity.hold_caller, FOR SHARE).
CREATE FUNCTION enforcement.release(
    decision uuid, document_key uuid, in_document bytea,
    leaf text, leaf_key uuid, disclosed_names text[], disclosed_values bytea[],
    blind_case bytea, blind_user bytea, blind_probe bytea
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM enforcement.outcomes WHERE decision_id = decision AND NOT refused AND outcome <> 'ABANDONED';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no outcome to release' USING ERRCODE = 'WG005';
    END IF;
    INSERT INTO enforcement.releases VALUES (decision, ops.now_ns(), document_key, in_document);
    PERFORM audit.append(leaf, leaf_key, disclosed_names, disclosed_values, blind_case, blind_user, blind_probe);
END
$$;

-- When the log was last signed: a clock that reads earlier was set back.
CREATE FUNCTION enforcement.last_signed_ns() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((SELECT signed_ns FROM audit.checkpoints ORDER BY size DESC LIMIT 1), 0)
$$;

-- Only the engine says what a search came to, and only the signer's process that the log lives.
CREATE OR REPLACE FUNCTION audit.may_append(role name, kind text) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE role
        WHEN 'writgate_engine' THEN kind = 'search.outcome'
        WHEN 'writgate_sequencer' THEN kind IN ('log.started', 'log.heartbeat')
        WHEN 'writgate_web' THEN kind NOT IN ('search.outcome', 'log.started', 'log.heartbeat')
        ELSE true
    END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA enforcement FROM PUBLIC;
GRANT EXECUTE ON FUNCTION enforcement.commit_decision, enforcement.abandon, enforcement.release,
enforcement.last_signed_ns TO writgate_web;
GRANT EXECUTE ON FUNCTION enforcement.claim, enforcement.complete TO writgate_engine;
GRANT SELECT ON enforcement.decisions, enforcement.permits, enforcement.outcomes, enforcement.releases,
enforcement.docket TO writgate_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON enforcement.idempotency TO writgate_web;
