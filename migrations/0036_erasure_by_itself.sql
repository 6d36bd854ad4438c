-- What the web role could leave undone, or do without a word: forgetting outside the log, and ending an order or a hold.
--
-- What must always hold from here: whatever destroys a key destroys with it, in the same statement, what the decisions
-- hold under it outside the log; an order to erase is refused, and a legal hold lifted, only together with the entry
-- that says so.

CREATE FUNCTION enforcement.forget_with_key() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE enforcement.decisions SET document = '', probe_blind = NULL, case_blind = NULL, story_blind = NULL
    WHERE key_id = new.key_id;
    UPDATE enforcement.releases SET document = '' WHERE key_id = new.key_id;
    DELETE FROM enforcement.idempotency WHERE key_id = new.key_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER disclosure_keys_destroyed AFTER UPDATE OF wrapped ON audit.disclosure_keys
FOR EACH ROW WHEN (old.wrapped IS NOT NULL AND new.wrapped IS NULL) EXECUTE FUNCTION enforcement.forget_with_key();
DROP FUNCTION enforcement.forget(uuid []);

DROP FUNCTION audit.refuse_erasure(uuid, text);
CREATE FUNCTION audit.refuse_erasure(
    in_order uuid, decider text,
    leaf text, leaf_key uuid, disclosed_names text [], disclosed_values bytea [], blind_user bytea
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF leaf::json ->> 'kind' IS DISTINCT FROM 'erasure.refused' OR leaf::json ->> 'order' IS DISTINCT FROM in_order::text
    THEN
        RAISE EXCEPTION 'the entry is of another act' USING ERRCODE = 'WA002';
    END IF;
    UPDATE audit.erasure_orders
    SET decided_by = decider, decided_ns = ops.now_ns(), approved = false, particulars = NULL
    WHERE id = in_order AND decided_ns IS NULL;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM audit.append(leaf, leaf_key, disclosed_names, disclosed_values, NULL, blind_user, NULL);
    RETURN true;
END
$$;

CREATE FUNCTION audit.lift_hold(
    in_hold uuid, lifter text,
    leaf text, leaf_key uuid, disclosed_names text [], disclosed_values bytea [], blind_user bytea
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF leaf::json ->> 'kind' IS DISTINCT FROM 'legal_hold.lifted' OR leaf::json ->> 'hold' IS DISTINCT FROM in_hold::text
    THEN
        RAISE EXCEPTION 'the entry is of another act' USING ERRCODE = 'WA002';
    END IF;
    UPDATE audit.legal_holds SET lifted_by = lifter, lifted_ns = ops.now_ns() WHERE id = in_hold AND lifted_ns IS NULL;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM audit.append(leaf, leaf_key, disclosed_names, disclosed_values, NULL, blind_user, NULL);
    RETURN true;
END
$$;
REVOKE UPDATE (lifted_by, lifted_ns) ON audit.legal_holds FROM writgate_web;

REVOKE ALL ON FUNCTION audit.refuse_erasure, audit.lift_hold, enforcement.forget_with_key FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.refuse_erasure, audit.lift_hold TO writgate_web;
