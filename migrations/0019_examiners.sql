-- What waits for a person: requests held for a supervisor, results withheld until examiners have judged, and what became
-- of a result afterwards. Whatever could show a face or a finding is sealed; rows say only that somebody is waited for.

-- Whose account it is: a badge, or issuer and subject. Two accounts with one person are one person.
ALTER TABLE registry.users ADD COLUMN person text CONSTRAINT users_person CHECK (person <> '');
GRANT UPDATE (person) ON registry.users TO writgate_web;

-- The exact request, as long as somebody must see or repeat it: caller and fields in `document`, pictures beside it.
CREATE TABLE enforcement.parked (
    decision_id uuid CONSTRAINT parked_pkey PRIMARY KEY
    CONSTRAINT parked_decision REFERENCES enforcement.decisions (decision_id),
    agency text NOT NULL,
    request_sha256 bytea NOT NULL,
    key_id uuid NOT NULL,
    document bytea NOT NULL
);
CREATE TABLE enforcement.parked_images (
    decision_id uuid NOT NULL
    CONSTRAINT parked_images_parked REFERENCES enforcement.parked (decision_id) ON DELETE CASCADE,
    position integer NOT NULL,
    key_id uuid NOT NULL,
    image bytea NOT NULL,
    CONSTRAINT parked_images_pkey PRIMARY KEY (decision_id, position)
);

-- A request that waits for supervisors: before the search, or before the release of what it found. `resumes_as` is the
-- decision that an approved search leads to, named once, so that it is carried out once.
CREATE TABLE enforcement.approvals (
    decision_id uuid CONSTRAINT approvals_pkey PRIMARY KEY
    CONSTRAINT approvals_decision REFERENCES enforcement.decisions (decision_id),
    agency text NOT NULL,
    phase text NOT NULL CONSTRAINT approvals_phase CHECK (phase IN ('search', 'release')),
    needed integer NOT NULL CONSTRAINT approvals_needed CHECK (needed BETWEEN 1 AND 5),
    state text NOT NULL
    CONSTRAINT approvals_state CHECK (state IN ('awaiting', 'approved', 'rejected', 'expired')),
    opened_ns bigint NOT NULL,
    expires_ns bigint NOT NULL,
    ended_ns bigint,
    resumes_as uuid CONSTRAINT approvals_resumes_as UNIQUE,
    CONSTRAINT approvals_ended CHECK ((state = 'awaiting') = (ended_ns IS NULL)),
    CONSTRAINT approvals_resumed CHECK ((state = 'approved' AND phase = 'search') = (resumes_as IS NOT NULL))
);
CREATE INDEX approvals_by_agency ON enforcement.approvals (agency, opened_ns DESC, decision_id DESC);
CREATE INDEX approvals_awaited ON enforcement.approvals (expires_ns) WHERE state = 'awaiting';

-- One vote of a person, whatever account it came through: `person` is a keyed digest; user, role and reason are sealed.
CREATE TABLE enforcement.approval_votes (
    decision_id uuid NOT NULL
    CONSTRAINT approval_votes_approval REFERENCES enforcement.approvals (decision_id),
    person bytea NOT NULL,
    client text NOT NULL,
    approves boolean NOT NULL,
    decided_ns bigint NOT NULL,
    key_id uuid NOT NULL,
    document bytea NOT NULL,
    CONSTRAINT approval_votes_pkey PRIMARY KEY (decision_id, person)
);

-- What a search found and nobody may see yet. The engine writes it in the commit of its outcome, whose entry says only
-- the digest of these bytes.
CREATE TABLE enforcement.withheld (
    decision_id uuid CONSTRAINT withheld_pkey PRIMARY KEY
    CONSTRAINT withheld_outcome REFERENCES enforcement.outcomes (decision_id),
    key_id uuid NOT NULL,
    document bytea NOT NULL
);

CREATE TABLE enforcement.reviews (
    decision_id uuid CONSTRAINT reviews_pkey PRIMARY KEY
    CONSTRAINT reviews_permit REFERENCES enforcement.permits (decision_id),
    agency text NOT NULL,
    state text NOT NULL CONSTRAINT reviews_state CHECK (state IN ('open', 'judged', 'ended')),
    opened_ns bigint NOT NULL,
    expires_ns bigint NOT NULL,
    ended_ns bigint,
    CONSTRAINT reviews_ended CHECK ((state = 'ended') = (ended_ns IS NOT NULL))
);
CREATE INDEX reviews_by_agency ON enforcement.reviews (agency, opened_ns DESC, decision_id DESC);
CREATE INDEX reviews_unended ON enforcement.reviews (expires_ns) WHERE state <> 'ended';

-- Who examines: a place taken by a person, and the sealed judgement once there is one.
CREATE TABLE enforcement.review_examiners (
    decision_id uuid NOT NULL
    CONSTRAINT review_examiners_review REFERENCES enforcement.reviews (decision_id),
    person bytea NOT NULL,
    client text NOT NULL,
    taken_ns bigint NOT NULL,
    judged_ns bigint,
    key_id uuid,
    judgement bytea,
    CONSTRAINT review_examiners_pkey PRIMARY KEY (decision_id, person),
    CONSTRAINT review_examiners_whole CHECK (
        (judged_ns IS NULL) = (key_id IS NULL) AND (judged_ns IS NULL) = (judgement IS NULL)
    )
);

-- A judgement and a vote are history.
CREATE FUNCTION enforcement.judge_once() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.judged_ns IS NOT NULL THEN
        RAISE EXCEPTION 'a judgement is not changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER judge_once BEFORE UPDATE ON enforcement.review_examiners
FOR EACH ROW EXECUTE FUNCTION enforcement.judge_once();

-- Whoever holds the web role's password still cannot release what people have not decided about. WG007.
CREATE FUNCTION enforcement.nobody_is_waited_for() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM enforcement.outcomes WHERE decision_id = NEW.decision_id AND outcome = 'WITHHELD';
    IF FOUND THEN
        PERFORM 1 FROM enforcement.reviews WHERE decision_id = NEW.decision_id AND state = 'judged';
        IF NOT FOUND OR (
            SELECT count(*) FROM enforcement.review_examiners
            WHERE decision_id = NEW.decision_id AND judged_ns IS NOT NULL
        ) < 2 THEN
            RAISE EXCEPTION 'the result is withheld' USING ERRCODE = 'WG007';
        END IF;
    END IF;
    PERFORM 1 FROM enforcement.approvals WHERE decision_id = NEW.decision_id AND state <> 'approved';
    IF FOUND THEN
        RAISE EXCEPTION 'the release waits for an approval' USING ERRCODE = 'WG007';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER nobody_is_waited_for BEFORE INSERT ON enforcement.releases
FOR EACH ROW EXECUTE FUNCTION enforcement.nobody_is_waited_for();

-- The engine opens a crop only of the gallery whose search somebody examines now.
CREATE FUNCTION enforcement.reviewed_gallery(decision uuid) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT permits.gallery FROM enforcement.permits
    JOIN enforcement.reviews ON reviews.decision_id = permits.decision_id
    WHERE permits.decision_id = decision AND reviews.state = 'open' AND EXISTS (
        SELECT FROM enforcement.review_examiners AS examiners
        WHERE examiners.decision_id = decision AND examiners.judged_ns IS NULL
    )
$$;

-- What somebody should be told, and who (sealed): the outbound delivery takes it from here.
CREATE TABLE enforcement.events (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT events_pkey PRIMARY KEY,
    kind text NOT NULL,
    agency text NOT NULL,
    subject uuid NOT NULL,
    key_id uuid NOT NULL,
    recipients bytea NOT NULL,
    created_ns bigint NOT NULL
);

-- A use of a released result is a decision of its own; this ties it to the search.
CREATE TABLE enforcement.uses (
    decision_id uuid CONSTRAINT uses_pkey PRIMARY KEY
    CONSTRAINT uses_decision REFERENCES enforcement.decisions (decision_id),
    search_id uuid NOT NULL
    CONSTRAINT uses_release REFERENCES enforcement.releases (decision_id),
    agency text NOT NULL,
    result_use text NOT NULL,
    permit boolean NOT NULL,
    used_ns bigint NOT NULL
);
CREATE INDEX uses_by_search ON enforcement.uses (search_id, used_ns);

-- What became of a search: said by the agency, more than once if it changed.
CREATE TABLE enforcement.consequences (
    search_id uuid NOT NULL
    CONSTRAINT consequences_release REFERENCES enforcement.releases (decision_id),
    recorded_ns bigint NOT NULL,
    agency text NOT NULL,
    outcome text NOT NULL CONSTRAINT consequences_outcome CHECK (outcome IN ('cleared', 'charged', 'wrong_person')),
    client text NOT NULL,
    key_id uuid NOT NULL,
    document bytea NOT NULL,
    CONSTRAINT consequences_pkey PRIMARY KEY (search_id, recorded_ns)
);

-- A suspected violation: the rule, the facts (sealed), and the entries of the log by the hashes of their leaves.
CREATE TABLE compliance.incidents (
    id uuid CONSTRAINT incidents_pkey PRIMARY KEY,
    agency text NOT NULL,
    decision_id uuid NOT NULL,
    rule text NOT NULL,
    state text NOT NULL CONSTRAINT incidents_state CHECK (state IN ('open', 'closed')),
    opened_ns bigint NOT NULL,
    leaf_hashes bytea[] NOT NULL CONSTRAINT incidents_entries CHECK (cardinality(leaf_hashes) > 0),
    key_id uuid NOT NULL,
    facts bytea NOT NULL,
    CONSTRAINT incidents_once UNIQUE (decision_id, rule)
);
CREATE INDEX incidents_by_time ON compliance.incidents (opened_ns DESC, id DESC);

-- Faces of an agency's own people, so that a search of a colleague is known before its result is shown.
ALTER TABLE recognition.galleries ADD COLUMN staff boolean NOT NULL DEFAULT false;
DROP FUNCTION recognition.create_gallery;
CREATE FUNCTION recognition.create_gallery(
    in_id uuid, in_agency text, in_name text, in_keep_crops boolean, in_staff boolean
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO recognition.galleries (id, agency, name, keep_crops, created_ns, staff)
    VALUES (in_id, in_agency, in_name, in_keep_crops, ops.now_ns(), in_staff)
    ON CONFLICT (agency, name) DO NOTHING;
    RETURN FOUND;
END
$$;

-- Templates of probes, for as long as retention allows: how many people one case searched, and whether one face comes
-- under many cases. Sealed under the engine's own key; `case_scope` is the keyed digest of the case.
CREATE TABLE recognition.probes (
    decision_id uuid CONSTRAINT probes_pkey PRIMARY KEY,
    agency text NOT NULL,
    case_scope text NOT NULL,
    source text,
    pipeline text NOT NULL,
    template bytea NOT NULL,
    created_ns bigint NOT NULL
);
CREATE INDEX probes_by_case ON recognition.probes (agency, case_scope);
CREATE INDEX probes_by_time ON recognition.probes (agency, created_ns DESC);

CREATE FUNCTION recognition.forget_probe(in_decision uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM recognition.probes WHERE decision_id = in_decision;
    RETURN FOUND;
END
$$;

-- A use in the commit of its decision. A use is not worked for by anybody, so its permit has ended with it.
CREATE FUNCTION enforcement.record_use(decision uuid, search uuid, in_agency text, in_use text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    decided record;
BEGIN
    SELECT permit, decided_ns INTO STRICT decided FROM enforcement.decisions
    WHERE decision_id = decision AND operation = 'use_result' AND agency = in_agency;
    INSERT INTO enforcement.uses VALUES (decision, search, in_agency, in_use, decided.permit, decided.decided_ns);
    IF decided.permit THEN
        PERFORM enforcement.end_permit(decision, 'USED', false);
    END IF;
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA enforcement FROM PUBLIC;
GRANT EXECUTE ON FUNCTION enforcement.record_use TO writgate_web;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA recognition FROM PUBLIC;
GRANT EXECUTE ON FUNCTION recognition.create_gallery, recognition.forget_probe TO writgate_web;
GRANT SELECT, INSERT ON recognition.probes TO writgate_engine;
GRANT SELECT (decision_id, agency, created_ns) ON recognition.probes TO writgate_web;

GRANT SELECT, INSERT, DELETE ON enforcement.parked, enforcement.parked_images, enforcement.withheld TO writgate_web;
GRANT INSERT ON enforcement.withheld TO writgate_engine;
GRANT EXECUTE ON FUNCTION enforcement.reviewed_gallery TO writgate_engine;
GRANT SELECT, INSERT ON
enforcement.approvals, enforcement.approval_votes, enforcement.reviews, enforcement.review_examiners,
enforcement.events, enforcement.consequences, compliance.incidents TO writgate_web;
GRANT SELECT ON enforcement.uses TO writgate_web;
GRANT UPDATE (state, ended_ns, resumes_as) ON enforcement.approvals TO writgate_web;
GRANT UPDATE (state, ended_ns) ON enforcement.reviews TO writgate_web;
GRANT UPDATE (taken_ns, judged_ns, key_id, judgement) ON enforcement.review_examiners TO writgate_web;
GRANT UPDATE (state) ON compliance.incidents TO writgate_web;
