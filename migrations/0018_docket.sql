-- The docket gets its runner: duties that remind, escalate and act at their time, results that are frozen and deleted,
-- the messages that tell of it, the papers' remaining fields, and what two people must agree on.
--
-- What must always hold: a duty's step is taken in the transaction that writes its entry and moves its row; a result
-- that is frozen is never released, and one that is deleted is gone from every table that held it; a paper counts only
-- when a second person or the court stands behind it. Runs as the administrator, like 0001, because it makes a role.
--
-- Custom SQLSTATEs: WG006 something stands against the release; its message is the code. WG008 a legal hold forbids it.

DO $role$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'writgate_docket') THEN
        CREATE ROLE writgate_docket NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
    END IF;
    ALTER ROLE writgate_docket LOGIN;
END
$role$;

SET LOCAL ROLE writgate_owner;

-- The register: what law says an instrument's record holds (notes on the law, section 2), and who stands behind it.
ALTER TABLE registry.instruments
ADD COLUMN applicant text,
ADD COLUMN application_authorised_by text,
ADD COLUMN sworn boolean NOT NULL DEFAULT false,
ADD COLUMN place text,
ADD COLUMN public_spaces text,
ADD COLUMN extensions bigint NOT NULL DEFAULT 0,
ADD COLUMN extended_days bigint NOT NULL DEFAULT 0,
ADD COLUMN minimisation text,
ADD COLUMN delete_by_ns bigint,
ADD COLUMN notice_due_ns bigint,
ADD COLUMN return_due_ns bigint,
ADD COLUMN document_checked boolean NOT NULL DEFAULT false,
ADD COLUMN entered_by text,
ADD COLUMN verified_at_ns bigint,
ADD COLUMN replaced_by text;

GRANT UPDATE (
    applicant, application_authorised_by, sworn, place, public_spaces, extensions, extended_days, minimisation,
    delete_by_ns, notice_due_ns, return_due_ns, document_checked, entered_by, verified_at_ns, replaced_by
) ON registry.instruments TO writgate_web;

-- A court's words are not edited; its status goes down, and a later warrant of the court may take its place.
CREATE OR REPLACE FUNCTION registry.keep_court_words() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.origin = 'court_verified'
    AND (to_jsonb(NEW) - '{status,version,replaced_by}'::text[])
        IS DISTINCT FROM (to_jsonb(OLD) - '{status,version,replaced_by}'::text[]) THEN
        RAISE EXCEPTION 'an instrument that a court signed cannot be edited' USING ERRCODE = 'WG010';
    END IF;
    RETURN NEW;
END
$$;

-- What courts said of their warrants, also of those that nobody has registered yet. It only ever says less.
CREATE TABLE registry.warrant_status (
    court text NOT NULL,
    warrant_jti text NOT NULL,
    status text NOT NULL CONSTRAINT warrant_status_word CHECK (status IN ('revoked', 'quashed')),
    statement_jti text NOT NULL,
    statement_sha256 text NOT NULL,
    stated_ns bigint NOT NULL,
    CONSTRAINT warrant_status_pkey PRIMARY KEY (court, warrant_jti)
);
GRANT SELECT, INSERT ON registry.warrant_status TO writgate_web;

-- Two people certify an emergency; what follows it is attached here.
ALTER TABLE registry.exigencies
ADD COLUMN entered_by text,
ADD COLUMN confirmed_by text,
ADD COLUMN confirmed_at_ns bigint,
ADD COLUMN due_ns bigint,
ADD COLUMN instrument text,
ADD COLUMN attached_at_ns bigint;
-- (It is made again in the next statement, with one word more.)
-- squawk-ignore ban-drop-constraint
ALTER TABLE registry.exigencies DROP CONSTRAINT exigencies_status;
ALTER TABLE registry.exigencies ADD CONSTRAINT exigencies_status
CHECK (status IN ('certified', 'authorised', 'rejected', 'withdrawn', 'lapsed')) NOT VALID;
ALTER TABLE registry.exigencies ADD CONSTRAINT exigencies_two_people
CHECK (confirmed_by IS NULL OR (confirmed_by <> certified_by AND confirmed_at_ns IS NOT NULL AND due_ns IS NOT NULL))
NOT VALID;
GRANT UPDATE (confirmed_by, confirmed_at_ns, due_ns, instrument, attached_at_ns) ON registry.exigencies TO writgate_web;

-- An agency that let an emergency's deadline pass may not rely on another until an administrator says so.
ALTER TABLE registry.agencies
ADD COLUMN exigency_right text NOT NULL DEFAULT 'active',
ADD CONSTRAINT agencies_exigency_right CHECK (exigency_right IN ('active', 'suspended')) NOT VALID;
GRANT UPDATE (exigency_right) ON registry.agencies TO writgate_web;

-- Whose person stands behind a client: some acts need two, one of them from outside the vendor.
ALTER TABLE registry.clients
ADD COLUMN affiliation text NOT NULL DEFAULT 'vendor',
ADD CONSTRAINT clients_affiliation CHECK (affiliation IN ('vendor', 'agency', 'oversight', 'court')) NOT VALID;
GRANT UPDATE (affiliation) ON registry.clients TO writgate_web;

CREATE TABLE registry.proposals (
    id uuid CONSTRAINT proposals_pkey PRIMARY KEY,
    kind text NOT NULL,
    document jsonb NOT NULL,
    why text NOT NULL,
    proposed_by text NOT NULL,
    proposed_affiliation text NOT NULL,
    proposed_ns bigint NOT NULL,
    decided_by text,
    decided_affiliation text,
    decided_ns bigint,
    verdict text CONSTRAINT proposals_verdict CHECK (verdict IN ('approved', 'refused')),
    reason text,
    CONSTRAINT proposals_decided_whole CHECK (
        (decided_by IS NULL) = (decided_ns IS NULL) AND (decided_by IS NULL) = (verdict IS NULL)
        AND (decided_by IS NULL) = (decided_affiliation IS NULL)
    ),
    -- Whoever proposed may withdraw, by refusing; never approve.
    CONSTRAINT proposals_second_person CHECK (verdict IS DISTINCT FROM 'approved' OR decided_by <> proposed_by),
    CONSTRAINT proposals_one_outside CHECK (
        verdict IS DISTINCT FROM 'approved' OR proposed_affiliation <> 'vendor' OR decided_affiliation <> 'vendor'
    )
);
CREATE INDEX proposals_by_time ON registry.proposals (proposed_ns DESC, id DESC);
GRANT SELECT, INSERT ON registry.proposals TO writgate_web;
GRANT UPDATE (decided_by, decided_affiliation, decided_ns, verdict, reason) ON registry.proposals TO writgate_web;

CREATE FUNCTION registry.decide_once() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.decided_ns IS NOT NULL THEN
        RAISE EXCEPTION 'a proposal is decided once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION registry.decide_once() FROM PUBLIC;
CREATE TRIGGER proposals_decide_once BEFORE UPDATE ON registry.proposals
FOR EACH ROW EXECUTE FUNCTION registry.decide_once();

-- What a committed permit rests on, so that everything done under one emergency or one order can be found again.
CREATE TABLE enforcement.rests_on (
    decision_id uuid NOT NULL
    CONSTRAINT rests_on_permit REFERENCES enforcement.permits (decision_id),
    kind text NOT NULL CONSTRAINT rests_on_kind CHECK (kind IN ('exigency', 'instrument')),
    id text NOT NULL,
    CONSTRAINT rests_on_pkey PRIMARY KEY (decision_id, kind)
);
CREATE INDEX rests_on_paper ON enforcement.rests_on (kind, id);

-- It comes with the terms of the permit and is taken out of them: nobody who reads the permit needs it.
CREATE FUNCTION enforcement.note_papers() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO enforcement.rests_on (decision_id, kind, id)
    SELECT NEW.decision_id, paper.key, paper.value
    FROM jsonb_each_text(coalesce(NEW.papers, '{}')) AS paper;
    RETURN NULL;
END
$$;
CREATE FUNCTION enforcement.take_papers() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.papers := NEW.clear -> '_papers';
    NEW.clear := NEW.clear - '_papers';
    RETURN NEW;
END
$$;
ALTER TABLE enforcement.permits ADD COLUMN papers jsonb;
CREATE TRIGGER take_papers BEFORE INSERT ON enforcement.permits
FOR EACH ROW WHEN (NEW.clear ? '_papers') EXECUTE FUNCTION enforcement.take_papers();
CREATE TRIGGER note_papers AFTER INSERT ON enforcement.permits
FOR EACH ROW WHEN (NEW.papers IS NOT NULL) EXECUTE FUNCTION enforcement.note_papers();

-- The docket, anew: a duty is about a decision, an emergency, an instrument or a user, and has a place on its way.
-- (A gateway and its database are of one version: the old table is copied and gone within this file.)
-- squawk-ignore renaming-table
ALTER TABLE enforcement.docket RENAME TO docket_without_runner;
-- squawk-ignore renaming-object
ALTER TABLE enforcement.docket_without_runner RENAME CONSTRAINT docket_pkey TO docket_without_runner_pkey;
-- squawk-ignore renaming-object
ALTER TABLE enforcement.docket_without_runner RENAME CONSTRAINT docket_decision TO docket_without_runner_decision;

CREATE TABLE enforcement.docket (
    id uuid DEFAULT gen_random_uuid() CONSTRAINT docket_pkey PRIMARY KEY,
    code text NOT NULL,
    agency text NOT NULL,
    about_kind text NOT NULL DEFAULT 'decision'
    CONSTRAINT docket_about CHECK (about_kind IN ('decision', 'exigency', 'instrument', 'user')),
    about_id text NOT NULL,
    decision_id uuid CONSTRAINT docket_decision REFERENCES enforcement.decisions (decision_id),
    opened_ns bigint NOT NULL DEFAULT ops.now_ns(),
    due_ns bigint,
    stage text NOT NULL DEFAULT 'open'
    CONSTRAINT docket_stage CHECK (stage IN ('open', 'reminded', 'overdue', 'escalated', 'lapsed', 'held', 'ended')),
    -- How many people of the agency's chain have been told.
    level bigint NOT NULL DEFAULT 0,
    -- When the runner takes it up again; null where nothing happens by itself.
    next_ns bigint,
    ended_ns bigint,
    ended_as text
    CONSTRAINT docket_ended_as CHECK (ended_as IN ('discharged', 'carried_out', 'missed', 'not_needed')),
    ended_by text,
    CONSTRAINT docket_ended_whole CHECK (
        (stage = 'ended') = (ended_ns IS NOT NULL) AND (ended_ns IS NULL) = (ended_as IS NULL)
        AND (ended_ns IS NULL) = (ended_by IS NULL) AND (ended_ns IS NULL OR next_ns IS NULL)
    )
);
CREATE UNIQUE INDEX docket_one_open ON enforcement.docket (about_kind, about_id, code) WHERE ended_ns IS NULL;
CREATE INDEX docket_next ON enforcement.docket (next_ns) WHERE next_ns IS NOT NULL;
CREATE INDEX docket_by_agency ON enforcement.docket (agency, opened_ns DESC, id DESC);
CREATE INDEX docket_reports ON enforcement.docket (agency, code, due_ns) WHERE ended_ns IS NULL AND code LIKE 'REPORT%';

-- When the runner first takes a duty up: what the gateway does itself at its time, what a person does some time before,
-- so that the person can be reminded. The time before is a day, a quarter of the whole where that is shorter, and a
-- month for training.
CREATE FUNCTION enforcement.first_step(in_code text, opened bigint, due bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE
RETURN CASE
    WHEN due IS NULL OR in_code LIKE 'DELETE%' OR in_code = 'STOP_IMMEDIATELY' THEN due
    WHEN in_code = 'RENEW_TRAINING' THEN greatest(opened, due - 2592000000000000)
    ELSE greatest(opened, due - least(86400000000000, greatest(0, due - opened) / 4))
END;

-- A report speaks of all that was done until it is written: while one is open that falls due no later, it covers this.
CREATE FUNCTION enforcement.open_duty() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.about_kind = 'decision' THEN
        NEW.about_id := NEW.decision_id::text;
    END IF;
    IF NEW.code LIKE 'REPORT%' AND EXISTS (
        SELECT FROM enforcement.docket AS found
        WHERE found.agency = NEW.agency AND found.code = NEW.code AND found.ended_ns IS NULL
            AND (found.due_ns <= NEW.due_ns OR NEW.due_ns IS NULL)
    ) THEN
        RETURN NULL;
    END IF;
    NEW.next_ns := enforcement.first_step(NEW.code, NEW.opened_ns, NEW.due_ns);
    RETURN NEW;
END
$$;
CREATE TRIGGER open_duty BEFORE INSERT ON enforcement.docket
FOR EACH ROW EXECUTE FUNCTION enforcement.open_duty();

INSERT INTO enforcement.docket (code, agency, decision_id, due_ns)
SELECT code, agency, decision_id, due_ns FROM enforcement.docket_without_runner;
-- squawk-ignore ban-drop-table
DROP TABLE enforcement.docket_without_runner;

-- A duty that a row of the register brings with it moves with the row's date, and is not needed where the date goes.
CREATE FUNCTION enforcement.follow_date(
    in_code text, in_agency text, in_about_kind text, in_about_id text, due bigint
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF due IS NULL THEN
        UPDATE enforcement.docket
        SET stage = 'ended', next_ns = NULL, ended_ns = ops.now_ns(), ended_as = 'not_needed', ended_by = 'gateway'
        WHERE about_kind = in_about_kind AND about_id = in_about_id AND code = in_code AND ended_ns IS NULL;
        RETURN;
    END IF;
    INSERT INTO enforcement.docket AS duty (code, agency, about_kind, about_id, due_ns)
    VALUES (in_code, in_agency, in_about_kind, in_about_id, due)
    ON CONFLICT (about_kind, about_id, code) WHERE ended_ns IS NULL DO UPDATE
    SET due_ns = excluded.due_ns, stage = 'open', level = 0,
        next_ns = enforcement.first_step(duty.code, duty.opened_ns, excluded.due_ns)
    WHERE duty.due_ns IS DISTINCT FROM excluded.due_ns;
END
$$;

-- An emergency that two people certified: an instrument follows. One that was refused or withdrawn: what it gave goes.
CREATE FUNCTION enforcement.duties_of_exigency() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM enforcement.follow_date(
        'REQUEST_AUTHORISATION_WITHIN', NEW.agency, 'exigency', NEW.id,
        CASE WHEN NEW.status = 'certified' THEN NEW.due_ns END
    ) WHERE NEW.confirmed_by IS NOT NULL AND NEW.status <> 'lapsed';
    IF NEW.status IN ('rejected', 'withdrawn') AND OLD.status IS DISTINCT FROM NEW.status
    AND NEW.confirmed_by IS NOT NULL THEN
        PERFORM enforcement.follow_date('DELETE_LINKED_PERSONAL_DATA', NEW.agency, 'exigency', NEW.id, ops.now_ns());
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER duties_of_exigency AFTER UPDATE OF confirmed_by, status ON registry.exigencies
FOR EACH ROW EXECUTE FUNCTION enforcement.duties_of_exigency();

-- Notice, return to the court and deletion are owed while, and after, the paper was in force.
CREATE FUNCTION enforcement.duties_of_instrument() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT NEW.verified THEN
        RETURN NULL;
    END IF;
    PERFORM enforcement.follow_date(owed.code, NEW.agency, 'instrument', NEW.id, owed.due)
    FROM (VALUES
        ('NOTIFY_SUBJECT_AFTER', NEW.notice_due_ns),
        ('RETURN_TO_COURT', NEW.return_due_ns),
        ('DELETE_BY', NEW.delete_by_ns)
    ) AS owed (code, due);
    RETURN NULL;
END
$$;
CREATE TRIGGER duties_of_instrument
AFTER INSERT OR UPDATE OF verified, notice_due_ns, return_due_ns, delete_by_ns ON registry.instruments
FOR EACH ROW EXECUTE FUNCTION enforcement.duties_of_instrument();

CREATE FUNCTION enforcement.duties_of_user() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM enforcement.follow_date('RENEW_TRAINING', NEW.agency, 'user', NEW.id, NEW.training_valid_to_ns);
    RETURN NULL;
END
$$;
CREATE TRIGGER duties_of_user AFTER INSERT OR UPDATE OF training_valid_to_ns ON registry.users
FOR EACH ROW EXECUTE FUNCTION enforcement.duties_of_user();

-- Results that nobody may see any more, and those that are gone.
CREATE TABLE enforcement.frozen (
    decision_id uuid CONSTRAINT frozen_pkey PRIMARY KEY
    CONSTRAINT frozen_permit REFERENCES enforcement.permits (decision_id),
    duty uuid NOT NULL CONSTRAINT frozen_duty REFERENCES enforcement.docket (id),
    frozen_ns bigint NOT NULL,
    deleted_ns bigint
);

-- Who freezes holds the permit, and who releases looks at it: a release is before the freeze or does not happen.
CREATE FUNCTION enforcement.refuse_frozen() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM enforcement.permits WHERE decision_id = NEW.decision_id FOR SHARE;
    PERFORM 1 FROM enforcement.frozen WHERE decision_id = NEW.decision_id;
    IF FOUND THEN
        RAISE EXCEPTION 'RESULT_FROZEN' USING ERRCODE = 'WG006';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER refuse_frozen BEFORE INSERT ON enforcement.releases
FOR EACH ROW EXECUTE FUNCTION enforcement.refuse_frozen();

-- The decisions of these that were not frozen before, frozen now.
CREATE FUNCTION enforcement.freeze(decisions uuid[], in_duty uuid) RETURNS TABLE (decision_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM enforcement.permits AS p WHERE p.decision_id = ANY (decisions) ORDER BY p.decision_id FOR UPDATE;
    RETURN QUERY
    INSERT INTO enforcement.frozen AS new (decision_id, duty, frozen_ns)
    SELECT p.decision_id, in_duty, ops.now_ns() FROM enforcement.permits AS p WHERE p.decision_id = ANY (decisions)
    ON CONFLICT DO NOTHING
    RETURNING new.decision_id;
END
$$;

-- Whether the log holds what the decision is about, where there are such holds: all of its agency, or its case.
CREATE FUNCTION enforcement.is_held(decision uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    held boolean := false;
BEGIN
    IF to_regclass('audit.legal_holds') IS NOT NULL THEN
        EXECUTE
            'SELECT EXISTS ('
            '    SELECT FROM enforcement.decisions AS d'
            '    JOIN audit.legal_holds AS hold ON hold.agency = d.agency AND hold.lifted_ns IS NULL'
            '    LEFT JOIN audit.disclosure_keys AS key ON key.key_id = d.key_id'
            '    WHERE d.decision_id = $1'
            '        AND (hold.scope_blind IS NULL OR hold.scope_blind = key.scope_blind)'
            ')' INTO held USING decision;
    END IF;
    RETURN held;
END
$$;

-- Tables that hold a probe, or what it gave, by its decision, and the column that holds it. Those that are not there
-- are left out: some come with parts of the product that are migrated later.
CREATE FUNCTION enforcement.kept_of_results() RETURNS TABLE (place text, part text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT kept.place, kept.part
    FROM (VALUES
        ('enforcement.parked_images', 'image'), ('enforcement.withheld', 'document'), ('recognition.probes', 'template')
    ) AS kept (place, part)
    WHERE to_regclass(kept.place) IS NOT NULL
$$;

-- Templates of probes that an agency may keep no longer; those that a legal hold is about stay.
CREATE FUNCTION enforcement.delete_old_probes(in_agency text, before_ns bigint)
RETURNS TABLE (decision_id uuid, sha256 bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF to_regclass('recognition.probes') IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE
        'DELETE FROM recognition.probes WHERE decision_id IN ('
        '    SELECT p.decision_id FROM recognition.probes AS p'
        '    WHERE p.agency = $1 AND p.created_ns < $2 AND NOT enforcement.is_held(p.decision_id)'
        '    ORDER BY p.created_ns LIMIT 500 FOR UPDATE SKIP LOCKED'
        ') RETURNING decision_id, sha256(template)' USING in_agency, before_ns;
END
$$;

-- Takes the result of a decision out of every table that holds it: the answer as it was released, the answer kept for
-- repeats, and what the log's entries of outcome and release disclose. The leaves stay, and the tree with them. Where
-- the result was sealed under a key of its own (`own_scope`), the key goes too, so that no backup of the ciphertext
-- opens. Gives the SHA-256 of each thing that went.
CREATE FUNCTION enforcement.delete_result(decision uuid, own_scope bytea) RETURNS TABLE (what text, sha256 bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    held record;
BEGIN
    IF enforcement.is_held(decision) THEN
        RAISE EXCEPTION 'a legal hold forbids it' USING ERRCODE = 'WG008';
    END IF;
    FOR held IN SELECT * FROM enforcement.kept_of_results() LOOP
        RETURN QUERY EXECUTE format(
            'DELETE FROM %s WHERE decision_id = $1 RETURNING %L, sha256(%I)', held.place, held.place, held.part
        ) USING decision;
    END LOOP;
    RETURN QUERY
    SELECT 'release', sha256(kept.document) FROM enforcement.releases AS kept
    WHERE kept.decision_id = decision AND kept.document <> '';
    UPDATE enforcement.releases SET document = '' WHERE decision_id = decision;
    RETURN QUERY
    DELETE FROM enforcement.idempotency AS kept WHERE kept.decision_id = decision AND kept.response IS NOT NULL
    RETURNING 'kept answer', sha256(kept.response);
    RETURN QUERY
    WITH erased AS (
        DELETE FROM audit.disclosures AS gone USING audit.entries AS entry
        WHERE entry.index = gone.index AND entry.decision_id = decision::text
            AND entry.kind IN ('search.outcome', 'search.release')
        RETURNING entry.leaf_hash
    )
    SELECT 'leaf', erased.leaf_hash FROM erased;
    RETURN QUERY
    UPDATE audit.staging AS entry SET key_id = NULL, names = NULL, ciphertexts = NULL
    WHERE entry.leaf::json ->> 'decision_id' = decision::text AND entry.key_id IS NOT NULL
        AND entry.leaf::json ->> 'kind' IN ('search.outcome', 'search.release')
    RETURNING 'leaf', entry.leaf_hash;
    RETURN QUERY
    WITH destroyed AS (
        UPDATE audit.disclosure_keys AS key SET wrapped = NULL
        FROM audit.disclosure_keys AS was
        WHERE key.scope_blind = own_scope AND key.wrapped IS NOT NULL AND was.key_id = key.key_id
        RETURNING was.wrapped
    )
    SELECT 'key', sha256(destroyed.wrapped) FROM destroyed;
    UPDATE enforcement.frozen SET deleted_ns = ops.now_ns() WHERE decision_id = decision AND deleted_ns IS NULL;
END
$$;

-- Whom an agency's duties are told to, one after the other.
CREATE TABLE enforcement.chains (
    agency text CONSTRAINT chains_pkey PRIMARY KEY
    CONSTRAINT chains_agency REFERENCES registry.agencies (id),
    levels jsonb NOT NULL,
    written_ns bigint NOT NULL
);

CREATE TABLE enforcement.webhooks (
    id uuid CONSTRAINT webhooks_pkey PRIMARY KEY,
    -- Whose duties are told; null is every agency's, for the operator and for oversight.
    agency text CONSTRAINT webhooks_agency REFERENCES registry.agencies (id),
    url text NOT NULL,
    key_id uuid NOT NULL,
    secret bytea NOT NULL,
    made_ns bigint NOT NULL,
    ended_ns bigint
);

-- What is told, written in the transaction of the step that it tells of, and sent afterwards.
CREATE TABLE enforcement.messages (
    id uuid CONSTRAINT messages_pkey PRIMARY KEY,
    duty uuid CONSTRAINT messages_duty REFERENCES enforcement.docket (id),
    agency text NOT NULL,
    channel text NOT NULL CONSTRAINT messages_channel CHECK (channel IN ('webhook', 'mail')),
    address text NOT NULL,
    event text NOT NULL,
    body text NOT NULL,
    made_ns bigint NOT NULL,
    attempts bigint NOT NULL DEFAULT 0,
    next_ns bigint,
    delivered_ns bigint
);
CREATE INDEX messages_next ON enforcement.messages (next_ns) WHERE next_ns IS NOT NULL;
CREATE INDEX messages_by_duty ON enforcement.messages (duty);

CREATE TABLE enforcement.delivery_attempts (
    message uuid NOT NULL CONSTRAINT delivery_attempts_message REFERENCES enforcement.messages (id),
    number bigint NOT NULL,
    at_ns bigint NOT NULL,
    result text NOT NULL,
    CONSTRAINT delivery_attempts_pkey PRIMARY KEY (message, number)
);

-- Which of the events that other parts of the product wrote down have become messages. Each is given once.
CREATE TABLE enforcement.events_told (
    event bigint CONSTRAINT events_told_pkey PRIMARY KEY
);
CREATE FUNCTION enforcement.events_to_tell() RETURNS TABLE (kind text, agency text, subject uuid, recipients text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF to_regclass('enforcement.events') IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE
        'WITH fresh AS ('
        '    INSERT INTO enforcement.events_told (event)'
        '    SELECT e.id FROM enforcement.events AS e'
        '    WHERE NOT EXISTS (SELECT FROM enforcement.events_told AS t WHERE t.event = e.id)'
        '    ORDER BY e.id LIMIT 100'
        '    ON CONFLICT DO NOTHING RETURNING event'
        ') SELECT e.kind, e.agency, e.subject, e.recipients FROM enforcement.events AS e'
        ' JOIN fresh ON fresh.event = e.id ORDER BY e.id';
END
$$;

REVOKE ALL ON FUNCTION
enforcement.kept_of_results, enforcement.delete_old_probes, enforcement.events_to_tell, enforcement.note_papers, enforcement.take_papers, enforcement.first_step, enforcement.open_duty,
enforcement.follow_date, enforcement.duties_of_exigency, enforcement.duties_of_instrument, enforcement.duties_of_user,
enforcement.refuse_frozen, enforcement.freeze, enforcement.is_held, enforcement.delete_result FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
enforcement.freeze, enforcement.delete_result, enforcement.delete_old_probes, enforcement.events_to_tell,
enforcement.last_signed_ns, audit.append, audit.scope_key, audit.disclosure_key, audit.add_disclosure_key, ops.now_ns
TO writgate_docket;

GRANT SELECT ON enforcement.docket, enforcement.rests_on, enforcement.frozen,
enforcement.chains, enforcement.webhooks, enforcement.messages, enforcement.delivery_attempts TO writgate_web;
-- A duty is ended by a person through the web, and by nobody opened but by a decision, a row of the register or the
-- runner; what the runner does next is the runner's to say.
GRANT UPDATE (stage, next_ns, ended_ns, ended_as, ended_by) ON enforcement.docket TO writgate_web;
GRANT INSERT ON enforcement.chains, enforcement.webhooks TO writgate_web;
GRANT UPDATE (levels, written_ns) ON enforcement.chains TO writgate_web;
GRANT UPDATE (ended_ns) ON enforcement.webhooks TO writgate_web;

GRANT USAGE ON SCHEMA ops, audit, registry, enforcement TO writgate_docket;
GRANT SELECT ON ops.clock_offset, registry.agencies, registry.contracts, registry.exigencies, enforcement.docket,
enforcement.rests_on, enforcement.frozen, enforcement.chains, enforcement.webhooks, enforcement.messages,
enforcement.delivery_attempts TO writgate_docket;
GRANT SELECT (decision_id, expires_ns) ON enforcement.permits TO writgate_docket;
GRANT SELECT (decision_id) ON enforcement.outcomes TO writgate_docket;
GRANT INSERT ON enforcement.docket, enforcement.messages, enforcement.delivery_attempts TO writgate_docket;
GRANT UPDATE (stage, level, next_ns, ended_ns, ended_as, ended_by) ON enforcement.docket TO writgate_docket;
GRANT UPDATE (attempts, next_ns, delivered_ns) ON enforcement.messages TO writgate_docket;
GRANT UPDATE (exigency_right) ON registry.agencies TO writgate_docket;
GRANT UPDATE (status) ON registry.exigencies TO writgate_docket;
