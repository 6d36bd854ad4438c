-- Probes are kept as long as the strictest rule allows, and what is let go is let go on the log; keys that belong to a
-- scope go with it.
--
-- What must always hold: nothing that a legal hold is about is destroyed, by whatever hand; the key of a result is
-- destroyed with the case that it belongs to.

-- The key of a result is one beside its case's: `within` names the case's, and goes with it.
ALTER TABLE audit.disclosure_keys ADD COLUMN within uuid;
CREATE INDEX disclosure_keys_within ON audit.disclosure_keys (within) WHERE within IS NOT NULL;

DROP FUNCTION audit.add_disclosure_key;
CREATE FUNCTION audit.add_disclosure_key(
    in_key_id uuid, in_scope_blind bytea, in_generation integer, in_wrapped bytea, in_within uuid
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM audit.generation WHERE current = in_generation FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the wrapping key is not of the current generation' USING ERRCODE = 'WA009';
    END IF;
    INSERT INTO audit.disclosure_keys (key_id, scope_blind, generation, wrapped, created_ns, within)
    VALUES (in_key_id, in_scope_blind, in_generation, in_wrapped, ops.now_ns(), in_within);
END
$$;

-- As before; with the keys of the scope go those that stand within them.
CREATE OR REPLACE FUNCTION audit.erase(
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
    SELECT coalesce(array_agg(held.key_id ORDER BY held.key_id), '{}') INTO keys
    FROM audit.disclosure_keys AS held
    LEFT JOIN audit.disclosure_keys AS case_key ON case_key.key_id = held.within
    WHERE held.wrapped IS NOT NULL
        AND (held.scope_blind = found_order.scope_blind OR case_key.scope_blind = found_order.scope_blind);
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

-- What was sealed by a process that had a destroyed key in memory, or under a key that it made within one.
CREATE OR REPLACE FUNCTION audit.erase_late() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_order record;
    gone bigint := 0;
BEGIN
    FOR found_order IN
        SELECT orders.id, array_agg(held.key_id) AS keys
        FROM audit.erasure_orders AS orders
        JOIN audit.disclosure_keys AS destroyed
            ON destroyed.scope_blind = orders.scope_blind AND destroyed.wrapped IS NULL
        JOIN audit.disclosure_keys AS held ON held.key_id = destroyed.key_id OR held.within = destroyed.key_id
        WHERE orders.approved AND orders.decided_ns > ops.now_ns() - 86400000000000
        GROUP BY orders.id
    LOOP
        UPDATE audit.disclosure_keys SET wrapped = NULL
        WHERE key_id = ANY(found_order.keys) AND wrapped IS NOT NULL;
        gone := gone + audit.destroy_values(found_order.id, found_order.keys, true);
    END LOOP;
    RETURN gone;
END
$$;

-- A request that nobody waits for any more goes, with its pictures and what it found. Where a legal hold is about it, it
-- stays sealed and is carried on by nobody: `ended_ns`.
ALTER TABLE enforcement.parked ADD COLUMN ended_ns bigint;
CREATE INDEX parked_ended ON enforcement.parked (ended_ns) WHERE ended_ns IS NOT NULL;

CREATE FUNCTION enforcement.let_go(decision uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF enforcement.is_held(decision) THEN
        UPDATE enforcement.parked SET ended_ns = ops.now_ns() WHERE decision_id = decision AND ended_ns IS NULL;
        RETURN;
    END IF;
    DELETE FROM enforcement.withheld WHERE decision_id = decision;
    DELETE FROM enforcement.parked WHERE decision_id = decision;
END
$$;

-- What is over its time, of one agency, 100 decisions at most: templates of probes searched with before `before_ns`, and
-- what only a hold kept that was lifted since. Rows that another runner holds are left to it.
DROP FUNCTION enforcement.delete_old_probes;
CREATE FUNCTION enforcement.delete_old_probes(in_agency text, before_ns bigint)
RETURNS TABLE (decision_id uuid, what text, sha256 bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    over uuid[];
BEGIN
    SELECT coalesce(array_agg(gone.decision_id), '{}') INTO over
    FROM (
        SELECT p.decision_id FROM recognition.probes AS p
        WHERE p.agency = in_agency AND p.created_ns < before_ns AND NOT enforcement.is_held(p.decision_id)
        ORDER BY p.created_ns LIMIT 100 FOR UPDATE SKIP LOCKED
    ) AS gone;
    -- Engines drop what they keep in memory at each such statement, so there is none where nothing goes.
    IF cardinality(over) > 0 THEN
        RETURN QUERY
        DELETE FROM recognition.probes AS p WHERE p.decision_id = ANY(over)
        RETURNING p.decision_id, 'recognition.probes', sha256(p.template);
    END IF;
    SELECT coalesce(array_agg(gone.decision_id), '{}') INTO over
    FROM (
        SELECT p.decision_id FROM enforcement.parked AS p
        WHERE p.agency = in_agency AND p.ended_ns IS NOT NULL AND NOT enforcement.is_held(p.decision_id)
        ORDER BY p.ended_ns LIMIT 100 FOR UPDATE SKIP LOCKED
    ) AS gone;
    RETURN QUERY
    DELETE FROM enforcement.parked_images AS i WHERE i.decision_id = ANY(over)
    RETURNING i.decision_id, 'enforcement.parked_images', sha256(i.image);
    RETURN QUERY
    DELETE FROM enforcement.withheld AS w WHERE w.decision_id = ANY(over)
    RETURNING w.decision_id, 'enforcement.withheld', sha256(w.document);
    RETURN QUERY
    DELETE FROM enforcement.parked AS p WHERE p.decision_id = ANY(over)
    RETURNING p.decision_id, 'enforcement.parked', sha256(p.document);
END
$$;

-- As before; with a case's key go the requests of the case that wait, what was found for them, and the templates of its
-- probes, which are sealed under the engine's key and not the case's.
CREATE OR REPLACE FUNCTION enforcement.forget_with_key() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    probes uuid[];
BEGIN
    SELECT coalesce(array_agg(probe.decision_id), '{}') INTO probes
    FROM recognition.probes AS probe JOIN enforcement.decisions AS decided USING (decision_id)
    WHERE decided.key_id = new.key_id;
    -- Engines drop what they keep in memory at each such statement.
    IF cardinality(probes) > 0 THEN
        DELETE FROM recognition.probes AS probe WHERE probe.decision_id = ANY(probes);
    END IF;
    UPDATE enforcement.decisions SET document = '', probe_blind = NULL, case_blind = NULL, story_blind = NULL
    WHERE key_id = new.key_id;
    UPDATE enforcement.releases SET document = '' WHERE key_id = new.key_id;
    DELETE FROM enforcement.idempotency WHERE key_id = new.key_id;
    DELETE FROM enforcement.withheld WHERE key_id = new.key_id;
    DELETE FROM enforcement.parked WHERE key_id = new.key_id;
    RETURN NULL;
END
$$;

-- Nobody called it, and it asked no hold.
DROP FUNCTION recognition.forget_probe;

REVOKE ALL ON FUNCTION audit.add_disclosure_key, enforcement.let_go, enforcement.delete_old_probes FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.add_disclosure_key
TO writgate_web, writgate_engine, writgate_sequencer, writgate_docket;
GRANT EXECUTE ON FUNCTION enforcement.let_go TO writgate_web;
GRANT EXECUTE ON FUNCTION enforcement.delete_old_probes TO writgate_docket;
