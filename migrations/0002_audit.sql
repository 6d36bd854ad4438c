-- The audit log in the database. Writers stage a leaf in their own transaction through audit.append; one elected
-- sequencer moves staged leaves to dense indexes through audit.integrate; one signer publishes checkpoints.
--
-- What must always hold: nothing that stands in entries, tiles or checkpoints is ever changed or removed; indexes are
-- dense from 0; an entry can only come from staging; every filter column is computed from the leaf by the database;
-- no login role may write these tables but through the functions below.

CREATE SCHEMA audit;
GRANT USAGE ON SCHEMA audit TO writgate_web, writgate_engine, writgate_sequencer, writgate_auditor;

-- Keys of disclosures, wrapped by a key that never enters the database. The scope (a case, an agency) stands here only
-- as a keyed digest. A scope may have several keys: two first writers at once each make one, and neither waits.
-- `made_in` tells a writer that a key it sees is its own and not yet committed, so that it must not be remembered.
CREATE TABLE audit.disclosure_keys (
    key_id uuid CONSTRAINT disclosure_keys_pkey PRIMARY KEY,
    scope_blind bytea NOT NULL,
    generation integer NOT NULL,
    wrapped bytea,
    made_in xid8 NOT NULL DEFAULT pg_current_xact_id(),
    created_ns bigint NOT NULL
);
CREATE INDEX disclosure_keys_by_scope ON audit.disclosure_keys (scope_blind, created_ns);

CREATE TABLE audit.staging (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT staging_pkey PRIMARY KEY,
    leaf text NOT NULL,
    leaf_hash bytea NOT NULL,
    key_id uuid,
    names text [],
    ciphertexts bytea [],
    blind_case bytea,
    blind_user bytea,
    blind_probe bytea
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);

CREATE TABLE audit.entries (
    index bigint CONSTRAINT entries_pkey PRIMARY KEY CONSTRAINT entries_index CHECK (index >= 0),
    leaf text NOT NULL,
    leaf_hash bytea NOT NULL
    CONSTRAINT entries_leaf_hash CHECK (leaf_hash = sha256('\x00'::bytea || convert_to(leaf, 'UTF8'))),
    kind text NOT NULL GENERATED ALWAYS AS (leaf::json ->> 'kind') STORED,
    time_ns bigint NOT NULL GENERATED ALWAYS AS ((leaf::json ->> 'time')::bigint) STORED,
    agency text GENERATED ALWAYS AS (leaf::json ->> 'agency') STORED,
    operation text GENERATED ALWAYS AS (leaf::json ->> 'operation') STORED,
    purpose text GENERATED ALWAYS AS (leaf::json ->> 'purpose') STORED,
    permit boolean GENERATED ALWAYS AS ((leaf::json ->> 'permit')::boolean) STORED,
    decision_id text GENERATED ALWAYS AS (leaf::json ->> 'decision_id') STORED,
    blind_case bytea,
    blind_user bytea,
    blind_probe bytea
);
CREATE INDEX entries_by_leaf ON audit.entries USING hash (leaf_hash);
CREATE INDEX entries_by_kind ON audit.entries (kind, index);
CREATE INDEX entries_by_agency ON audit.entries (agency, index) WHERE agency IS NOT NULL;
CREATE INDEX entries_by_purpose ON audit.entries (purpose, index) WHERE purpose IS NOT NULL;
CREATE INDEX entries_by_decision ON audit.entries (decision_id) WHERE decision_id IS NOT NULL;
CREATE INDEX entries_by_time ON audit.entries USING brin (time_ns) WITH (pages_per_range = 16);
CREATE INDEX entries_by_case ON audit.entries (blind_case, index) WHERE blind_case IS NOT NULL;
CREATE INDEX entries_by_user ON audit.entries (blind_user, index) WHERE blind_user IS NOT NULL;
CREATE INDEX entries_by_probe ON audit.entries (blind_probe, index) WHERE blind_probe IS NOT NULL;

-- Ciphertexts beside the entry of the same index; each begins with the digest that the leaf holds of it.
CREATE TABLE audit.disclosures (
    index bigint CONSTRAINT disclosures_pkey PRIMARY KEY,
    key_id uuid NOT NULL,
    names text [] NOT NULL,
    ciphertexts bytea [] NOT NULL
);
CREATE INDEX disclosures_by_key ON audit.disclosures (key_id);

-- Hash tiles (c2sp.org/tlog-tiles): at level L each hash covers 256^L leaves; 256 hashes of 32 bytes make a full tile.
CREATE TABLE audit.tiles (
    level smallint NOT NULL,
    index bigint NOT NULL,
    width smallint NOT NULL,
    hashes bytea NOT NULL,
    CONSTRAINT tiles_pkey PRIMARY KEY (level, index),
    CONSTRAINT tiles_width CHECK (width BETWEEN 1 AND 256 AND octet_length(hashes) = 32 * width)
);
-- Digests do not compress.
ALTER TABLE audit.tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;

CREATE TABLE audit.head (
    single boolean DEFAULT true CONSTRAINT head_pkey PRIMARY KEY CONSTRAINT head_single CHECK (single),
    size bigint NOT NULL,
    root bytea NOT NULL
) WITH (fillfactor = 20);
INSERT INTO audit.head (size, root) VALUES (0, sha256(''));

CREATE TABLE audit.checkpoints (
    size bigint CONSTRAINT checkpoints_pkey PRIMARY KEY,
    root bytea NOT NULL,
    note text NOT NULL,
    signed_ns bigint NOT NULL
);

-- Immutability, for everybody, also under session_replication_role = replica.
CREATE FUNCTION audit.refuse() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the log is append-only: % on %.% is refused', tg_op, tg_table_schema, tg_table_name
        USING ERRCODE = 'WA001';
END
$$;

CREATE FUNCTION audit.refuse_unless_grown() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF new.level <> old.level OR new.index <> old.index OR new.width <= old.width
       OR substr(new.hashes, 1, octet_length(old.hashes)) <> old.hashes THEN
        RAISE EXCEPTION 'a tile only grows' USING ERRCODE = 'WA001';
    END IF;
    RETURN new;
END
$$;

CREATE FUNCTION audit.refuse_smaller_head() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF new.size <= old.size THEN
        RAISE EXCEPTION 'the log only grows' USING ERRCODE = 'WA001';
    END IF;
    RETURN new;
END
$$;

CREATE TRIGGER entries_rows BEFORE UPDATE OR DELETE ON audit.entries
FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER entries_truncate BEFORE TRUNCATE ON audit.entries
FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER checkpoints_rows BEFORE UPDATE OR DELETE ON audit.checkpoints
FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER checkpoints_truncate BEFORE TRUNCATE ON audit.checkpoints
FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER tiles_update BEFORE UPDATE ON audit.tiles
FOR EACH ROW EXECUTE FUNCTION audit.refuse_unless_grown();
CREATE TRIGGER tiles_delete BEFORE DELETE ON audit.tiles
FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER tiles_truncate BEFORE TRUNCATE ON audit.tiles
FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER head_update BEFORE UPDATE ON audit.head
FOR EACH ROW EXECUTE FUNCTION audit.refuse_smaller_head();
CREATE TRIGGER head_delete BEFORE DELETE ON audit.head
FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER head_truncate BEFORE TRUNCATE ON audit.head
FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER disclosures_update BEFORE UPDATE ON audit.disclosures
FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER disclosures_truncate BEFORE TRUNCATE ON audit.disclosures
FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();

ALTER TABLE audit.entries ENABLE ALWAYS TRIGGER entries_rows;
ALTER TABLE audit.entries ENABLE ALWAYS TRIGGER entries_truncate;
ALTER TABLE audit.checkpoints ENABLE ALWAYS TRIGGER checkpoints_rows;
ALTER TABLE audit.checkpoints ENABLE ALWAYS TRIGGER checkpoints_truncate;
ALTER TABLE audit.tiles ENABLE ALWAYS TRIGGER tiles_update;
ALTER TABLE audit.tiles ENABLE ALWAYS TRIGGER tiles_delete;
ALTER TABLE audit.tiles ENABLE ALWAYS TRIGGER tiles_truncate;
ALTER TABLE audit.head ENABLE ALWAYS TRIGGER head_update;
ALTER TABLE audit.head ENABLE ALWAYS TRIGGER head_delete;
ALTER TABLE audit.head ENABLE ALWAYS TRIGGER head_truncate;
ALTER TABLE audit.disclosures ENABLE ALWAYS TRIGGER disclosures_update;
ALTER TABLE audit.disclosures ENABLE ALWAYS TRIGGER disclosures_truncate;

-- Stages one leaf in the caller's transaction: one insert, no row that anybody else wants. A leaf that the filter
-- columns could not be computed from is refused here, because later it would stop the sequencer or look like an edit.
-- Which login role may write which kind. The log itself knows no kinds; who builds on it says which are reserved.
CREATE FUNCTION audit.may_append(role name, kind text) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$ SELECT true $$;

CREATE FUNCTION audit.append(
    leaf text, key_id uuid, names text [], ciphertexts bytea [],
    blind_case bytea, blind_user bytea, blind_probe bytea
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    parsed jsonb := leaf::jsonb;
    bytes bytea := convert_to(leaf, 'UTF8');
BEGIN
    IF octet_length(bytes) > 65535
       -- Far fewer than would exhaust a stack: a leaf that cannot be parsed later would stop the log.
       OR length(leaf) - length(translate(leaf, '[{', '')) > 1000
       OR jsonb_typeof(parsed -> 'kind') IS DISTINCT FROM 'string'
       OR jsonb_typeof(parsed -> 'time') IS DISTINCT FROM 'number'
       -- An integer, spelled as one: the column is computed from the text.
       OR (parsed ->> 'time')::bigint::text IS DISTINCT FROM (leaf::json ->> 'time')
       OR jsonb_typeof(parsed -> '_sd' -> 0) IS DISTINCT FROM 'string'
       OR parsed ->> '_disclosed' IS DISTINCT FROM coalesce(cardinality(names), 0)::text
       OR coalesce(jsonb_typeof(parsed -> 'permit'), 'null') NOT IN ('boolean', 'null')
       OR coalesce(jsonb_typeof(parsed -> 'agency'), 'null') NOT IN ('string', 'null')
       OR coalesce(jsonb_typeof(parsed -> 'operation'), 'null') NOT IN ('string', 'null')
       OR coalesce(jsonb_typeof(parsed -> 'purpose'), 'null') NOT IN ('string', 'null')
       OR coalesce(jsonb_typeof(parsed -> 'decision_id'), 'null') NOT IN ('string', 'null')
       OR coalesce(cardinality(names), 0) <> coalesce(cardinality(ciphertexts), 0)
       OR (key_id IS NULL) <> (coalesce(cardinality(names), 0) = 0) THEN
        RAISE EXCEPTION 'the leaf is malformed' USING ERRCODE = 'WA002';
    END IF;
    IF NOT audit.may_append(session_user, parsed ->> 'kind') THEN
        RAISE EXCEPTION 'this role does not write such entries' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO audit.staging (leaf, leaf_hash, key_id, names, ciphertexts, blind_case, blind_user, blind_probe)
    VALUES (
        leaf, sha256('\x00'::bytea || bytes), key_id, names, ciphertexts, blind_case, blind_user, blind_probe
    );
END
$$;

-- Elects the caller for this transaction, or gives no row while another sequencer works.
CREATE FUNCTION audit.elect() RETURNS TABLE (size bigint, root bytea)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT head.size, head.root FROM audit.head FOR UPDATE SKIP LOCKED;
$$;

-- Moves the staged rows `ids`, in this order, to the indexes from `first_index` on, with the tiles and the root that
-- the sequencer computed from their leaves.
CREATE FUNCTION audit.integrate(
    first_index bigint, ids bigint [], tile_levels smallint [], tile_indexes bigint [], tile_hashes bytea [],
    new_root bytea
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    moved_rows bigint;
BEGIN
    PERFORM 1 FROM audit.head WHERE head.size = first_index FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the log does not end there' USING ERRCODE = 'WA003';
    END IF;
    WITH wanted AS (
        SELECT listed.id, first_index + listed.place - 1 AS index
        FROM unnest(ids) WITH ORDINALITY AS listed (id, place)
    ),
    moved AS (
        DELETE FROM audit.staging USING wanted WHERE staging.id = wanted.id
        RETURNING wanted.index, staging.leaf, staging.leaf_hash, staging.key_id, staging.names, staging.ciphertexts,
            staging.blind_case, staging.blind_user, staging.blind_probe
    ),
    placed AS (
        INSERT INTO audit.entries (index, leaf, leaf_hash, blind_case, blind_user, blind_probe)
        SELECT moved.index, moved.leaf, moved.leaf_hash, moved.blind_case, moved.blind_user, moved.blind_probe
        FROM moved ORDER BY moved.index
        RETURNING 1
    ),
    disclosed AS (
        INSERT INTO audit.disclosures (index, key_id, names, ciphertexts)
        SELECT moved.index, moved.key_id, moved.names, moved.ciphertexts
        FROM moved WHERE moved.key_id IS NOT NULL ORDER BY moved.index
    )
    SELECT count(*) INTO moved_rows FROM placed;
    IF moved_rows <> cardinality(ids) THEN
        RAISE EXCEPTION 'a staged row is gone' USING ERRCODE = 'WA003';
    END IF;
    INSERT INTO audit.tiles AS kept (level, index, width, hashes)
    SELECT tile.level, tile.index, octet_length(tile.hashes) / 32, tile.hashes
    FROM unnest(tile_levels, tile_indexes, tile_hashes) AS tile (level, index, hashes)
    ON CONFLICT (level, index) DO UPDATE SET width = excluded.width, hashes = excluded.hashes;
    UPDATE audit.head SET size = first_index + moved_rows, root = new_root;
END
$$;

CREATE FUNCTION audit.publish_checkpoint(in_size bigint, in_root bytea, in_note text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM audit.head WHERE head.size >= in_size;
    IF NOT FOUND OR in_size <= (SELECT coalesce(max(checkpoints.size), -1) FROM audit.checkpoints) THEN
        RAISE EXCEPTION 'a checkpoint follows the log and the checkpoint before it' USING ERRCODE = 'WA003';
    END IF;
    INSERT INTO audit.checkpoints (size, root, note, signed_ns) VALUES (in_size, in_root, in_note, ops.now_ns());
END
$$;

CREATE FUNCTION audit.scope_key(in_scope_blind bytea)
RETURNS TABLE (key_id uuid, generation integer, wrapped bytea, uncommitted boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT keys.key_id, keys.generation, keys.wrapped,
        coalesce(keys.made_in = pg_current_xact_id_if_assigned(), false)
    FROM audit.disclosure_keys AS keys
    WHERE keys.scope_blind = in_scope_blind AND keys.wrapped IS NOT NULL
    ORDER BY keys.created_ns, keys.key_id LIMIT 1;
$$;

CREATE FUNCTION audit.disclosure_key(in_key_id uuid)
RETURNS TABLE (scope_blind bytea, generation integer, wrapped bytea, uncommitted boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT keys.scope_blind, keys.generation, keys.wrapped,
        coalesce(keys.made_in = pg_current_xact_id_if_assigned(), false)
    FROM audit.disclosure_keys AS keys WHERE keys.key_id = in_key_id;
$$;

CREATE FUNCTION audit.add_disclosure_key(
    in_key_id uuid, in_scope_blind bytea, in_generation integer, in_wrapped bytea
) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO audit.disclosure_keys (key_id, scope_blind, generation, wrapped, created_ns)
    VALUES (in_key_id, in_scope_blind, in_generation, in_wrapped, ops.now_ns());
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.append, audit.scope_key, audit.disclosure_key, audit.add_disclosure_key
TO writgate_web, writgate_engine, writgate_sequencer;
GRANT EXECUTE ON FUNCTION audit.elect, audit.integrate, audit.publish_checkpoint TO writgate_sequencer;
GRANT EXECUTE ON FUNCTION audit.disclosure_key TO writgate_auditor;
GRANT SELECT ON audit.staging, audit.head, audit.tiles, audit.checkpoints TO writgate_sequencer;
GRANT SELECT ON audit.entries, audit.disclosures, audit.head, audit.tiles, audit.checkpoints TO writgate_auditor;
GRANT SELECT (leaf_hash) ON audit.staging TO writgate_auditor;

-- An auditor sees the entries of the agency that the session names in `writgate.agency`, all of them where it is '*',
-- and none where it is not set.
ALTER TABLE audit.entries ENABLE ROW LEVEL SECURITY;
CREATE POLICY entries_of_agency ON audit.entries FOR SELECT TO writgate_auditor USING (
    current_setting('writgate.agency', true) = '*' OR agency = current_setting('writgate.agency', true)
);
ALTER TABLE audit.disclosures ENABLE ROW LEVEL SECURITY;
CREATE POLICY disclosures_of_agency ON audit.disclosures FOR SELECT TO writgate_auditor USING (
    current_setting('writgate.agency', true) = '*'
    OR EXISTS (SELECT 1 FROM audit.entries WHERE entries.index = disclosures.index)
);
