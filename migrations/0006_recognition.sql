-- Galleries and faces. A template can be read by the engine's role only, and only with a key that is not in the
-- database. Every enrolment and every deletion is a row of the change feed, written by trigger, so that no engine can
-- go on answering with a face that is gone.

CREATE SCHEMA recognition;
GRANT USAGE ON SCHEMA recognition TO writgate_web, writgate_engine;

CREATE TABLE recognition.galleries (
    id uuid CONSTRAINT galleries_pkey PRIMARY KEY,
    agency text NOT NULL,
    name text NOT NULL CONSTRAINT galleries_name CHECK (name ~ '^[A-Za-z0-9_.-]{1,255}$'),
    keep_crops boolean NOT NULL,
    created_ns bigint NOT NULL,
    CONSTRAINT galleries_agency_name UNIQUE (agency, name)
);

-- The key of a gallery's templates and crops, wrapped by the engine's own key. It goes with the gallery.
CREATE TABLE recognition.gallery_keys (
    gallery uuid CONSTRAINT gallery_keys_pkey PRIMARY KEY
    CONSTRAINT gallery_keys_gallery REFERENCES recognition.galleries (id) ON DELETE CASCADE,
    wrapped bytea NOT NULL
);

-- `template` and `crop` are sealed (AES-256-GCM) and bound to gallery, face and pipeline.
CREATE TABLE recognition.faces (
    id uuid CONSTRAINT faces_pkey PRIMARY KEY,
    gallery uuid NOT NULL
    CONSTRAINT faces_gallery REFERENCES recognition.galleries (id) ON DELETE CASCADE,
    external_id text NOT NULL CONSTRAINT faces_external_id CHECK (external_id ~ '^[A-Za-z0-9_.:-]{1,255}$'),
    template bytea NOT NULL,
    crop bytea,
    pipeline text NOT NULL,
    quality jsonb NOT NULL,
    created_ns bigint NOT NULL,
    decision_id uuid NOT NULL
);
CREATE INDEX faces_by_gallery ON recognition.faces (gallery, id);
CREATE INDEX faces_by_external_id ON recognition.faces (gallery, external_id);

-- The feed. One counter row gives the numbers and is held until the commit, so a lower number can never become
-- visible after a higher one, and whoever reads `seq > last` misses nothing.
CREATE TABLE recognition.feed (
    one boolean CONSTRAINT feed_pkey PRIMARY KEY DEFAULT true CONSTRAINT feed_single CHECK (one),
    seq bigint NOT NULL
);
INSERT INTO recognition.feed (seq) VALUES (0);

CREATE TABLE recognition.changes (
    seq bigint CONSTRAINT changes_pkey PRIMARY KEY,
    event text NOT NULL CONSTRAINT changes_event
    CHECK (event IN ('gallery_created', 'gallery_deleted', 'face_added', 'face_deleted')),
    gallery uuid NOT NULL,
    face uuid
);

CREATE FUNCTION recognition.record_change(in_event text, in_gallery uuid, in_face uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH counter AS (UPDATE recognition.feed SET seq = seq + 1 RETURNING seq)
    INSERT INTO recognition.changes (seq, event, gallery, face)
    SELECT counter.seq, in_event, in_gallery, in_face FROM counter
$$;

CREATE FUNCTION recognition.gallery_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM recognition.record_change('gallery_created', NEW.id, NULL);
    ELSE
        PERFORM recognition.record_change('gallery_deleted', OLD.id, NULL);
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION recognition.face_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM recognition.record_change('face_added', NEW.gallery, NEW.id);
    ELSE
        -- The faces of a deleted gallery go with its one change.
        PERFORM 1 FROM recognition.galleries WHERE id = OLD.gallery;
        IF FOUND THEN
            PERFORM recognition.record_change('face_deleted', OLD.gallery, OLD.id);
        END IF;
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION recognition.refuse_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'recognition.% is never updated or truncated', TG_TABLE_NAME;
END
$$;

CREATE TRIGGER gallery_changed AFTER INSERT OR DELETE ON recognition.galleries
FOR EACH ROW EXECUTE FUNCTION recognition.gallery_changed();
CREATE TRIGGER face_changed AFTER INSERT OR DELETE ON recognition.faces
FOR EACH ROW EXECUTE FUNCTION recognition.face_changed();
-- What the feed cannot tell must not happen: an update would leave the engines with the old row.
CREATE TRIGGER galleries_fixed BEFORE UPDATE OR TRUNCATE ON recognition.galleries
FOR EACH STATEMENT EXECUTE FUNCTION recognition.refuse_change();
CREATE TRIGGER faces_fixed BEFORE UPDATE OR TRUNCATE ON recognition.faces
FOR EACH STATEMENT EXECUTE FUNCTION recognition.refuse_change();
CREATE TRIGGER changes_fixed BEFORE UPDATE OR TRUNCATE ON recognition.changes
FOR EACH STATEMENT EXECUTE FUNCTION recognition.refuse_change();

-- For the web role. The entries of these acts are appended by the caller in the same transaction.
CREATE FUNCTION recognition.create_gallery(in_id uuid, in_agency text, in_name text, in_keep_crops boolean)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO recognition.galleries (id, agency, name, keep_crops, created_ns)
    VALUES (in_id, in_agency, in_name, in_keep_crops, ops.now_ns())
    ON CONFLICT (agency, name) DO NOTHING;
    RETURN FOUND;
END
$$;

CREATE FUNCTION recognition.delete_gallery(in_id uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM recognition.galleries WHERE id = in_id;
    RETURN FOUND;
END
$$;

CREATE FUNCTION recognition.delete_face(in_gallery uuid, in_face uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM recognition.faces WHERE id = in_face AND gallery = in_gallery;
    RETURN FOUND;
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA recognition FROM PUBLIC;
GRANT EXECUTE ON FUNCTION recognition.create_gallery, recognition.delete_gallery, recognition.delete_face
TO writgate_web;

GRANT SELECT ON recognition.galleries TO writgate_web, writgate_engine;
GRANT SELECT (id, gallery, external_id, pipeline, quality, created_ns, decision_id)
ON recognition.faces TO writgate_web;
GRANT SELECT, INSERT ON recognition.faces, recognition.gallery_keys TO writgate_engine;
GRANT SELECT ON recognition.changes, recognition.feed TO writgate_engine;
