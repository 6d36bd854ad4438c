-- Erasure by order, legal holds, generations of wrapping keys, and exports with their cursors.
--
-- What must always hold: nothing is destroyed but by an order that one person gave and another approved, under no legal
-- hold, and together with the entry that says so; the tree is not touched by it; what an erasure left of an entry beside
-- the leaf is a row that names its order. A scope's key is only ever wrapped under the generation that is current.
--
-- Custom SQLSTATEs: WA005 there is no such open order; WA006 who gave the order cannot approve it; WA007 a legal hold
-- stands against it; WA008 something of the scope is not integrated yet; WA009 the generation is not the current one.

CREATE TABLE audit.generation (
    single boolean DEFAULT true CONSTRAINT generation_pkey PRIMARY KEY CONSTRAINT generation_single CHECK (single),
    current integer NOT NULL
);
INSERT INTO audit.generation (current)
SELECT coalesce(max(keys.generation), 1) FROM audit.disclosure_keys AS keys;

-- A key made under a generation that is past would be lost with it. The row lock keeps the generation as it is until the
-- key is committed; a key is made once for each scope, so that nobody waits for it twice.
CREATE OR REPLACE FUNCTION audit.add_disclosure_key(
    in_key_id uuid, in_scope_blind bytea, in_generation integer, in_wrapped bytea
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM audit.generation WHERE current = in_generation FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the wrapping key is not of the current generation' USING ERRCODE = 'WA009';
    END IF;
    INSERT INTO audit.disclosure_keys (key_id, scope_blind, generation, wrapped, created_ns)
    VALUES (in_key_id, in_scope_blind, in_generation, in_wrapped, ops.now_ns());
END
$$;

-- The generation under which a new key is to be wrapped; it stays so until the caller's commit.
CREATE FUNCTION audit.current_generation() RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT generation.current FROM audit.generation FOR SHARE;
$$;

-- A hold on one scope, or on everything of an agency where `scope_blind` is null. What it is about is sealed.
CREATE TABLE audit.legal_holds (
    id uuid CONSTRAINT legal_holds_pkey PRIMARY KEY,
    agency text NOT NULL,
    scope_blind bytea,
    key_id uuid NOT NULL,
    particulars bytea NOT NULL,
    placed_by text NOT NULL,
    placed_ns bigint NOT NULL,
    lifted_by text,
    lifted_ns bigint,
    CONSTRAINT legal_holds_second_person CHECK (lifted_by <> placed_by),
    CONSTRAINT legal_holds_lift_whole CHECK ((lifted_by IS NULL) = (lifted_ns IS NULL))
);
CREATE INDEX legal_holds_open ON audit.legal_holds (agency) WHERE lifted_ns IS NULL;

CREATE TABLE audit.erasure_orders (
    id uuid CONSTRAINT erasure_orders_pkey PRIMARY KEY,
    agency text NOT NULL,
    scope_blind bytea NOT NULL,
    basis text NOT NULL CONSTRAINT erasure_orders_basis CHECK (basis IN ('court_order', 'statute')),
    key_id uuid NOT NULL,
    particulars bytea,
    ordered_by text NOT NULL,
    ordered_ns bigint NOT NULL,
    decided_by text,
    decided_ns bigint,
    approved boolean,
    leaf_hash bytea,
    CONSTRAINT erasure_orders_second_person CHECK (decided_by <> ordered_by OR NOT approved),
    CONSTRAINT erasure_orders_decision_whole CHECK (
        (decided_by IS NULL) = (decided_ns IS NULL) AND (decided_by IS NULL) = (approved IS NULL)
    )
);

-- What of which entry an order destroyed. `late`: it was sealed by a process that still held the key, and swept after.
CREATE TABLE audit.erased (
    index bigint CONSTRAINT erased_pkey PRIMARY KEY,
    order_id uuid NOT NULL CONSTRAINT erased_order REFERENCES audit.erasure_orders (id),
    key_id uuid NOT NULL,
    late boolean NOT NULL
);
CREATE INDEX erased_by_order ON audit.erased (order_id, index);
CREATE TRIGGER erased_rows BEFORE UPDATE OR DELETE ON audit.erased
FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER erased_truncate BEFORE TRUNCATE ON audit.erased
FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
ALTER TABLE audit.erased ENABLE ALWAYS TRIGGER erased_rows;
ALTER TABLE audit.erased ENABLE ALWAYS TRIGGER erased_truncate;

-- The blind digests of an erased entry go with its values; nothing else of an entry ever changes.
CREATE FUNCTION audit.refuse_unless_erased() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF new.index = old.index AND new.leaf = old.leaf AND new.leaf_hash = old.leaf_hash
       AND new.blind_case IS NULL AND new.blind_user IS NULL AND new.blind_probe IS NULL
       AND EXISTS (SELECT 1 FROM audit.erased WHERE erased.index = old.index) THEN
        RETURN new;
    END IF;
    RAISE EXCEPTION 'the log is append-only: % on %.% is refused', tg_op, tg_table_schema, tg_table_name
        USING ERRCODE = 'WA001';
END
$$;
DROP TRIGGER entries_rows ON audit.entries;
CREATE TRIGGER entries_rows BEFORE DELETE ON audit.entries FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER entries_update BEFORE UPDATE ON audit.entries
FOR EACH ROW EXECUTE FUNCTION audit.refuse_unless_erased();
ALTER TABLE audit.entries ENABLE ALWAYS TRIGGER entries_rows;
ALTER TABLE audit.entries ENABLE ALWAYS TRIGGER entries_update;

-- Destroys the values that stand under keys, of entries that are integrated, and says of how many.
CREATE FUNCTION audit.destroy_values(in_order uuid, in_keys uuid[], in_late boolean) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    gone bigint;
BEGIN
    WITH destroyed AS (
        DELETE FROM audit.disclosures WHERE key_id = ANY(in_keys) RETURNING index, key_id
    )
    INSERT INTO audit.erased (index, order_id, key_id, late)
    SELECT destroyed.index, in_order, destroyed.key_id, in_late FROM destroyed;
    GET DIAGNOSTICS gone = ROW_COUNT;
    UPDATE audit.entries SET blind_case = NULL, blind_user = NULL, blind_probe = NULL
    FROM audit.erased
    WHERE erased.order_id = in_order AND erased.late = in_late AND entries.index = erased.index
        AND (entries.blind_case IS NOT NULL OR entries.blind_user IS NOT NULL OR entries.blind_probe IS NOT NULL);
    RETURN gone;
END
$$;

-- Approves an order and does what it says. The commit fails unless `audit.erase_recorded` put the entry on the log.
CREATE FUNCTION audit.erase(
    in_order uuid, decider text, OUT keys uuid[], OUT entries bigint, OUT entries_sha256 bytea, OUT erased_ns bigint
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_order audit.erasure_orders;
BEGIN
    -- Before anything is looked at: no key of the scope is made and no hold placed from here to the commit.
    PERFORM 1 FROM audit.generation FOR UPDATE;
    SELECT * INTO found_order FROM audit.erasure_orders WHERE id = in_order AND decided_ns IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no such open order' USING ERRCODE = 'WA005';
    END IF;
    IF found_order.ordered_by = decider THEN
        RAISE EXCEPTION 'who gave the order cannot approve it' USING ERRCODE = 'WA006';
    END IF;
    PERFORM 1 FROM audit.legal_holds AS hold
    WHERE hold.lifted_ns IS NULL AND hold.agency = found_order.agency
        AND (hold.scope_blind IS NULL OR hold.scope_blind = found_order.scope_blind);
    IF FOUND THEN
        RAISE EXCEPTION 'a legal hold stands against it' USING ERRCODE = 'WA007';
    END IF;
    SELECT coalesce(array_agg(held.key_id ORDER BY held.key_id), '{}') INTO keys FROM audit.disclosure_keys AS held
    WHERE held.scope_blind = found_order.scope_blind AND held.wrapped IS NOT NULL;
    PERFORM 1 FROM audit.staging WHERE staging.key_id = ANY(keys);
    IF FOUND THEN
        RAISE EXCEPTION 'something of it is not integrated yet' USING ERRCODE = 'WA008';
    END IF;
    entries := audit.destroy_values(in_order, keys, false);
    UPDATE audit.disclosure_keys SET wrapped = NULL WHERE key_id = ANY(keys);
    SELECT sha256(coalesce(string_agg(int8send(erased.index), ''::bytea ORDER BY erased.index), '')) INTO entries_sha256
    FROM audit.erased WHERE erased.order_id = in_order;
    erased_ns := ops.now_ns();
    UPDATE audit.erasure_orders SET decided_by = decider, decided_ns = erased_ns, approved = true, particulars = NULL
    WHERE id = in_order;
END
$$;

CREATE FUNCTION audit.erase_recorded(
    in_order uuid, leaf text, leaf_key uuid, disclosed_names text[], disclosed_values bytea[]
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF leaf::json ->> 'order' IS DISTINCT FROM in_order::text THEN
        RAISE EXCEPTION 'the entry is of another order' USING ERRCODE = 'WA002';
    END IF;
    PERFORM audit.append(leaf, leaf_key, disclosed_names, disclosed_values, NULL, NULL, NULL);
    UPDATE audit.erasure_orders SET leaf_hash = sha256('\x00'::bytea || convert_to(leaf, 'UTF8'))
    WHERE id = in_order AND approved;
END
$$;

CREATE FUNCTION audit.refuse_unrecorded_erasure() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM audit.erasure_orders WHERE id = new.id AND approved AND leaf_hash IS NULL;
    IF FOUND THEN
        RAISE EXCEPTION 'an erasure without its entry is refused' USING ERRCODE = 'WA001';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER erasures_recorded AFTER UPDATE ON audit.erasure_orders
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit.refuse_unrecorded_erasure();

CREATE FUNCTION audit.refuse_erasure(in_order uuid, decider text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE audit.erasure_orders
    SET decided_by = decider, decided_ns = ops.now_ns(), approved = false, particulars = NULL
    WHERE id = in_order AND decided_ns IS NULL;
    RETURN FOUND;
END
$$;

-- What was sealed under a destroyed key by a process that had it in memory: gone as soon as it is integrated.
CREATE FUNCTION audit.erase_late() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_order record;
    gone bigint := 0;
BEGIN
    FOR found_order IN
        SELECT orders.id, array_agg(held.key_id) AS keys
        FROM audit.erasure_orders AS orders
        JOIN audit.disclosure_keys AS held ON held.scope_blind = orders.scope_blind AND held.wrapped IS NULL
        WHERE orders.approved AND orders.decided_ns > ops.now_ns() - 86400000000000
        GROUP BY orders.id
    LOOP
        gone := gone + audit.destroy_values(found_order.id, found_order.keys, true);
    END LOOP;
    RETURN gone;
END
$$;

-- A hold is placed before an erasure, or after it: never astride.
CREATE FUNCTION audit.hold_against_erasure() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM audit.generation FOR SHARE;
    RETURN new;
END
$$;
CREATE TRIGGER legal_holds_insert BEFORE INSERT ON audit.legal_holds
FOR EACH ROW EXECUTE FUNCTION audit.hold_against_erasure();

CREATE FUNCTION audit.lift_once() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF old.lifted_ns IS NOT NULL THEN
        RAISE EXCEPTION 'a lifted hold is history' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN new;
END
$$;
CREATE TRIGGER legal_holds_update BEFORE UPDATE ON audit.legal_holds
FOR EACH ROW EXECUTE FUNCTION audit.lift_once();

-- The same values outside the log, and the digests by which they were found again.
CREATE FUNCTION enforcement.forget(in_keys uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- Only what the log itself forgot.
    IF EXISTS (SELECT 1 FROM audit.disclosure_keys WHERE key_id = ANY(in_keys) AND wrapped IS NOT NULL) THEN
        RAISE EXCEPTION 'the key is not destroyed' USING ERRCODE = 'WA005';
    END IF;
    UPDATE enforcement.decisions SET document = '', probe_blind = NULL, case_blind = NULL, story_blind = NULL
    WHERE key_id = ANY(in_keys);
    UPDATE enforcement.releases SET document = '' WHERE key_id = ANY(in_keys);
    DELETE FROM enforcement.idempotency WHERE key_id = ANY(in_keys);
END
$$;

-- Where entries are sent, and how far they were. Nothing below `next_index` is sent again but after a failure.
CREATE TABLE audit.exports (
    name text CONSTRAINT exports_pkey PRIMARY KEY CONSTRAINT exports_name CHECK (name ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    agency text,
    format text NOT NULL,
    destination text NOT NULL,
    question text NOT NULL,
    made_by text NOT NULL,
    made_ns bigint NOT NULL,
    next_index bigint NOT NULL DEFAULT 0,
    delivered bigint NOT NULL DEFAULT 0,
    tried_ns bigint,
    failure text,
    failures integer NOT NULL DEFAULT 0,
    ended_ns bigint
);
CREATE FUNCTION audit.refuse_cursor_back() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF new.next_index < old.next_index OR old.ended_ns IS NOT NULL THEN
        RAISE EXCEPTION 'a cursor only moves forward' USING ERRCODE = 'WA001';
    END IF;
    RETURN new;
END
$$;
CREATE TRIGGER exports_update BEFORE UPDATE ON audit.exports
FOR EACH ROW EXECUTE FUNCTION audit.refuse_cursor_back();

REVOKE ALL ON FUNCTION
audit.current_generation, audit.destroy_values, audit.erase, audit.erase_recorded, audit.refuse_erasure, audit.erase_late, enforcement.forget,
audit.refuse_unless_erased, audit.refuse_unrecorded_erasure, audit.hold_against_erasure, audit.lift_once,
audit.refuse_cursor_back
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
audit.erase, audit.erase_recorded, audit.refuse_erasure, audit.erase_late, enforcement.forget
TO writgate_web;
GRANT EXECUTE ON FUNCTION audit.current_generation TO writgate_web, writgate_engine, writgate_sequencer;
GRANT SELECT ON audit.legal_holds, audit.erasure_orders, audit.exports TO writgate_web;
GRANT INSERT (id, agency, scope_blind, key_id, particulars, placed_by, placed_ns) ON audit.legal_holds TO writgate_web;
GRANT INSERT (id, agency, scope_blind, basis, key_id, particulars, ordered_by, ordered_ns) ON audit.erasure_orders
TO writgate_web;
GRANT INSERT (name, agency, format, destination, question, made_by, made_ns) ON audit.exports TO writgate_web;
GRANT UPDATE (lifted_by, lifted_ns) ON audit.legal_holds TO writgate_web;
GRANT UPDATE (next_index, delivered, tried_ns, failure, failures, ended_ns) ON audit.exports TO writgate_web;

ALTER TABLE audit.erased ENABLE ROW LEVEL SECURITY;
CREATE POLICY erased_of_agency ON audit.erased FOR SELECT TO writgate_auditor USING (
    current_setting('writgate.agency', true) = '*'
    OR EXISTS (SELECT 1 FROM audit.entries WHERE entries.index = erased.index)
);
GRANT SELECT ON audit.erased TO writgate_auditor;
