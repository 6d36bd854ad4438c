-- The life of a revision: drafts, their files, what their checks found, who reviewed them, and what was published.
-- Rows are added and carried forward, never edited back: a draft's files stand still once it is submitted, a review is
-- by nobody who had a hand in the draft, and a draft that ended stays as it ended. The rules below hold against the
-- web role itself; the log entry of each act is the caller's, in the same transaction.

CREATE TABLE policy.drafts (
    id uuid CONSTRAINT drafts_pkey PRIMARY KEY,
    title text NOT NULL CONSTRAINT drafts_title CHECK (length(title) BETWEEN 1 AND 200),
    why text NOT NULL CONSTRAINT drafts_why CHECK (length(why) BETWEEN 1 AND 4000),
    origin text NOT NULL CONSTRAINT drafts_origin CHECK (origin IN ('person', 'product', 'rollback')),
    base bigint NOT NULL REFERENCES policy.revisions (number),
    -- Of a rollback: the older revision whose policy it brings back.
    brings_back bigint REFERENCES policy.revisions (number),
    state text NOT NULL DEFAULT 'draft'
    CONSTRAINT drafts_state CHECK (state IN ('draft', 'submitted', 'approved', 'rejected', 'withdrawn', 'published')),
    created_by text NOT NULL,
    created_ns bigint NOT NULL,
    -- Of the files that were submitted: what the review and the publication speak of.
    files_sha256 bytea,
    submitted_ns bigint,
    publish_at_ns bigint,
    publish_by text,
    publish_fault text,
    revision bigint REFERENCES policy.revisions (number),
    CONSTRAINT drafts_rollback CHECK ((origin = 'rollback') = (brings_back IS NOT NULL)),
    CONSTRAINT drafts_submitted CHECK (state IN ('draft', 'withdrawn') OR files_sha256 IS NOT NULL),
    CONSTRAINT drafts_published CHECK ((state = 'published') = (revision IS NOT NULL)),
    CONSTRAINT drafts_scheduled CHECK ((publish_at_ns IS NULL) = (publish_by IS NULL))
);
CREATE INDEX drafts_by_time ON policy.drafts (created_ns DESC, id DESC);
CREATE INDEX drafts_due ON policy.drafts (publish_at_ns) WHERE state = 'approved' AND publish_at_ns IS NOT NULL;

-- What a draft changes over its base. A file without content is one that the draft removes.
CREATE TABLE policy.draft_files (
    draft uuid NOT NULL REFERENCES policy.drafts (id),
    path text NOT NULL CONSTRAINT draft_files_path CHECK (length(path) BETWEEN 1 AND 200),
    content bytea,
    CONSTRAINT draft_files_pkey PRIMARY KEY (draft, path)
);

-- Everybody who made, edited or submitted the draft. The empty user is nobody.
CREATE TABLE policy.draft_hands (
    draft uuid NOT NULL REFERENCES policy.drafts (id),
    client text NOT NULL,
    person text NOT NULL,
    acted_ns bigint NOT NULL,
    CONSTRAINT draft_hands_pkey PRIMARY KEY (draft, client, person)
);

-- What the checks found on one state of the files, and the candidate that was built and signed where nothing failed.
CREATE TABLE policy.draft_checks (
    draft uuid NOT NULL REFERENCES policy.drafts (id),
    files_sha256 bytea NOT NULL,
    passed boolean NOT NULL,
    report jsonb NOT NULL,
    candidate bytea,
    checked_ns bigint NOT NULL,
    CONSTRAINT draft_checks_pkey PRIMARY KEY (draft, files_sha256, checked_ns),
    CONSTRAINT draft_checks_candidate CHECK (passed = (candidate IS NOT NULL))
);

CREATE TABLE policy.draft_reviews (
    id uuid CONSTRAINT draft_reviews_pkey PRIMARY KEY,
    draft uuid NOT NULL REFERENCES policy.drafts (id),
    files_sha256 bytea NOT NULL,
    client text NOT NULL,
    person text NOT NULL,
    verdict text NOT NULL CONSTRAINT draft_reviews_verdict CHECK (verdict IN ('approve', 'reject')),
    reason text NOT NULL,
    impact_sha256 bytea,
    newly_permitted bigint,
    reviewed_ns bigint NOT NULL,
    -- Who approves has seen an impact, and says how many newly permitted decisions he signs off.
    CONSTRAINT draft_reviews_sign_off CHECK (
        verdict = 'reject' OR (impact_sha256 IS NOT NULL AND newly_permitted IS NOT NULL)
    )
);
CREATE INDEX draft_reviews_by_draft ON policy.draft_reviews (draft);

-- Why each revision is what it is. Revisions from before this table have no row.
CREATE TABLE policy.publications (
    revision bigint CONSTRAINT publications_pkey PRIMARY KEY REFERENCES policy.revisions (number),
    kind text NOT NULL
    CONSTRAINT publications_kind CHECK (kind IN ('shipped', 'draft', 'rollback', 'hold', 'hold_lifted')),
    draft uuid REFERENCES policy.drafts (id),
    policy_sha256 bytea NOT NULL,
    impact_sha256 bytea,
    published_by text NOT NULL
);

-- Emergency tightening. A hold only denies (`data.holds`), ends by itself, and is lifted early by somebody else only.
CREATE TABLE policy.holds (
    id uuid CONSTRAINT holds_pkey PRIMARY KEY,
    what jsonb NOT NULL,
    reason text NOT NULL,
    client text NOT NULL,
    person text NOT NULL,
    placed_ns bigint NOT NULL,
    expires_ns bigint NOT NULL,
    revision bigint NOT NULL REFERENCES policy.revisions (number),
    lifted_client text,
    lifted_person text,
    lifted_ns bigint,
    lift_reason text,
    CONSTRAINT holds_one_day CHECK (expires_ns > placed_ns AND expires_ns <= placed_ns + 86400000000000),
    CONSTRAINT holds_lift_whole CHECK (
        (lifted_ns IS NULL) = (lifted_client IS NULL) AND (lifted_ns IS NULL) = (lift_reason IS NULL)
        AND (lifted_ns IS NULL) = (lifted_person IS NULL)
    ),
    CONSTRAINT holds_second_person CHECK (
        lifted_client <> client AND (lifted_person = '' OR lifted_person <> person)
    )
);
CREATE INDEX holds_by_time ON policy.holds (placed_ns DESC);

-- A candidate that is asked beside the live revision for a time: every decision recorded between the two instants is put
-- to it too, and what it would have said otherwise is counted and listed. It decides nothing.
CREATE TABLE policy.shadows (
    draft uuid NOT NULL REFERENCES policy.drafts (id),
    files_sha256 bytea NOT NULL,
    started_by text NOT NULL,
    started_ns bigint NOT NULL,
    until_ns bigint NOT NULL CONSTRAINT shadows_time CHECK (until_ns > started_ns),
    CONSTRAINT shadows_pkey PRIMARY KEY (draft, started_ns)
);

-- What the product brought last: a file that the product did not change since is not in the next draft that it brings.
CREATE TABLE policy.brought (
    policy_sha256 bytea CONSTRAINT brought_pkey PRIMARY KEY,
    files jsonb NOT NULL,
    draft uuid REFERENCES policy.drafts (id),
    brought_ns bigint NOT NULL
);

-- The last report of each OPA that takes its bundles here (OPA's status API).
CREATE TABLE policy.opa_status (
    client text NOT NULL,
    instance text NOT NULL,
    revision text,
    fault text,
    opa_version text,
    reported_ns bigint NOT NULL,
    CONSTRAINT opa_status_pkey PRIMARY KEY (client, instance)
);

CREATE FUNCTION policy.draft_goes_forward() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.state IS DISTINCT FROM OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('draft', 'submitted'), ('draft', 'withdrawn'),
        ('submitted', 'approved'), ('submitted', 'rejected'), ('submitted', 'withdrawn'), ('submitted', 'draft'),
        ('approved', 'published'), ('approved', 'withdrawn'), ('approved', 'draft')
    ) THEN
        RAISE EXCEPTION 'a draft does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state <> 'draft' AND NEW.files_sha256 IS DISTINCT FROM OLD.files_sha256 AND NEW.state <> 'draft' THEN
        RAISE EXCEPTION 'what was submitted does not change' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state = 'approved' AND OLD.state <> 'approved' AND NOT EXISTS (
        SELECT 1 FROM policy.draft_reviews AS r
        WHERE r.draft = NEW.id AND r.verdict = 'approve' AND r.files_sha256 = NEW.files_sha256
            AND NOT EXISTS (
                SELECT 1 FROM policy.draft_hands AS h
                WHERE h.draft = r.draft AND (h.client = r.client OR (h.person <> '' AND h.person = r.person))
            )
    ) THEN
        RAISE EXCEPTION 'nobody else approved these files' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER draft_goes_forward BEFORE UPDATE ON policy.drafts
FOR EACH ROW EXECUTE FUNCTION policy.draft_goes_forward();

CREATE FUNCTION policy.files_stand_still() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF 'draft' IS DISTINCT FROM (
        SELECT state FROM policy.drafts WHERE id = coalesce(NEW.draft, OLD.draft)
    ) THEN
        RAISE EXCEPTION 'the files of a draft that was submitted stand still' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN coalesce(NEW, OLD);
END
$$;
CREATE TRIGGER files_stand_still BEFORE INSERT OR UPDATE OR DELETE ON policy.draft_files
FOR EACH ROW EXECUTE FUNCTION policy.files_stand_still();

CREATE FUNCTION policy.review_by_another() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM policy.draft_hands AS h
        WHERE h.draft = NEW.draft AND (h.client = NEW.client OR (h.person <> '' AND h.person = NEW.person))
    ) THEN
        RAISE EXCEPTION 'nobody reviews what he had a hand in' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.files_sha256 IS DISTINCT FROM (
        SELECT files_sha256 FROM policy.drafts WHERE id = NEW.draft AND state = 'submitted'
    ) THEN
        RAISE EXCEPTION 'only what was submitted is reviewed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER review_by_another BEFORE INSERT ON policy.draft_reviews
FOR EACH ROW EXECUTE FUNCTION policy.review_by_another();

CREATE FUNCTION policy.hold_lifted_once() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF OLD.lifted_ns IS NOT NULL THEN
        RAISE EXCEPTION 'a hold that was lifted is history' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER hold_lifted_once BEFORE UPDATE ON policy.holds
FOR EACH ROW EXECUTE FUNCTION policy.hold_lifted_once();

REVOKE ALL ON FUNCTION policy.draft_goes_forward() FROM PUBLIC;
REVOKE ALL ON FUNCTION policy.files_stand_still() FROM PUBLIC;
REVOKE ALL ON FUNCTION policy.review_by_another() FROM PUBLIC;
REVOKE ALL ON FUNCTION policy.hold_lifted_once() FROM PUBLIC;

GRANT SELECT, INSERT ON policy.drafts, policy.draft_hands, policy.draft_checks, policy.draft_reviews,
policy.publications, policy.holds, policy.shadows, policy.brought TO writgate_web;
GRANT UPDATE (base, state, files_sha256, submitted_ns, publish_at_ns, publish_by, publish_fault, revision)
ON policy.drafts TO writgate_web;
GRANT SELECT, INSERT, DELETE ON policy.draft_files TO writgate_web;
GRANT UPDATE (content) ON policy.draft_files TO writgate_web;
GRANT UPDATE (lifted_client, lifted_person, lifted_ns, lift_reason) ON policy.holds TO writgate_web;
GRANT SELECT, INSERT ON policy.opa_status TO writgate_web;
GRANT UPDATE (revision, fault, opa_version, reported_ns) ON policy.opa_status TO writgate_web;
GRANT SELECT ON policy.drafts, policy.draft_files, policy.draft_hands, policy.draft_checks, policy.draft_reviews,
policy.publications, policy.holds, policy.shadows TO writgate_auditor;
