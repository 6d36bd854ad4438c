-- What is swept after an erasure is named on the log.
--
-- Which entries an order erased, the digest in `erasure.done` says. What another process sealed meanwhile, with a key that
-- it still remembered, was swept without a word, and a row that the owner of the tables added could pass for it. From here
-- values are swept only in a call that brings the entry which names their leaves, `erasure.swept`.

-- The keys that an order destroyed, and those that were made within one; none where the order is a day old.
CREATE FUNCTION audit.late_keys(in_order uuid) RETURNS uuid []
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT array_agg(DISTINCT held.key_id)
    FROM audit.erasure_orders AS orders
    JOIN audit.disclosure_keys AS destroyed
        ON destroyed.scope_blind = orders.scope_blind AND destroyed.wrapped IS NULL
    JOIN audit.disclosure_keys AS held ON held.key_id = destroyed.key_id OR held.within = destroyed.key_id
    WHERE orders.id = in_order AND orders.approved AND orders.decided_ns > ops.now_ns() - 86400000000000
$$;

-- Destroys keys that were made within destroyed ones, and says of one order what still stands under any: the leaves of
-- `most` entries, which nobody else sweeps before the commit.
CREATE FUNCTION audit.late_values(most integer) RETURNS TABLE (order_id uuid, agency text, leaf_hash bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_order record;
BEGIN
    FOR found_order IN
        SELECT orders.id, orders.agency, audit.late_keys(orders.id) AS keys FROM audit.erasure_orders AS orders
        WHERE orders.approved AND orders.decided_ns > ops.now_ns() - 86400000000000 ORDER BY orders.decided_ns
    LOOP
        UPDATE audit.disclosure_keys SET wrapped = NULL
        WHERE key_id = ANY(found_order.keys) AND wrapped IS NOT NULL;
        RETURN QUERY
        SELECT found_order.id, found_order.agency, entry.leaf_hash
        FROM audit.disclosures AS late JOIN audit.entries AS entry ON entry.index = late.index
        WHERE late.key_id = ANY(found_order.keys) ORDER BY late.index LIMIT most FOR UPDATE OF late SKIP LOCKED;
        EXIT WHEN FOUND;
    END LOOP;
END
$$;

-- Sweeps what the entry names, or nothing.
DROP FUNCTION audit.erase_late();
CREATE FUNCTION audit.erase_late(in_order uuid, leaf text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    named bytea[];
    gone bigint;
BEGIN
    IF leaf::json ->> 'kind' IS DISTINCT FROM 'erasure.swept' OR leaf::json ->> 'order' IS DISTINCT FROM in_order::text
    THEN
        RAISE EXCEPTION 'the entry is of another act' USING ERRCODE = 'WA002';
    END IF;
    SELECT array_agg(decode(said.digest, 'hex')) INTO named
    FROM json_array_elements_text(leaf::json -> 'erased_leaves') AS said (digest);
    WITH destroyed AS (
        DELETE FROM audit.disclosures AS late USING audit.entries AS entry
        WHERE entry.leaf_hash = ANY(named) AND late.index = entry.index
            AND late.key_id = ANY(audit.late_keys(in_order))
        RETURNING late.index, late.key_id
    )
    INSERT INTO audit.erased (index, order_id, key_id, late)
    SELECT destroyed.index, in_order, destroyed.key_id, true FROM destroyed;
    GET DIAGNOSTICS gone = ROW_COUNT;
    IF gone IS DISTINCT FROM cardinality(named) THEN
        RAISE EXCEPTION 'the entry names what is not to be swept' USING ERRCODE = 'WA002';
    END IF;
    UPDATE audit.entries AS entry SET blind_case = NULL, blind_user = NULL, blind_probe = NULL
    WHERE entry.leaf_hash = ANY(named)
        AND (entry.blind_case IS NOT NULL OR entry.blind_user IS NOT NULL OR entry.blind_probe IS NOT NULL);
    PERFORM audit.append(leaf, NULL, '{}', '{}', NULL, NULL, NULL);
END
$$;

REVOKE ALL ON FUNCTION audit.late_keys, audit.late_values, audit.erase_late FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.late_values, audit.erase_late TO writgate_web;

-- What was swept until now is told once, by order and by 500.
DO $$
DECLARE
    untold record;
BEGIN
    FOR untold IN
        SELECT orders.id, orders.agency, json_agg(encode(swept.leaf_hash, 'hex') ORDER BY swept.index) AS leaves
        FROM (
            SELECT erased.order_id, erased.index, entry.leaf_hash,
                (row_number() OVER (PARTITION BY erased.order_id ORDER BY erased.index) - 1) / 500 AS part
            FROM audit.erased JOIN audit.entries AS entry ON entry.index = erased.index
            WHERE erased.late
        ) AS swept
        JOIN audit.erasure_orders AS orders ON orders.id = swept.order_id
        GROUP BY orders.id, orders.agency, swept.part
    LOOP
        PERFORM audit.append(
            format(
                '{"_disclosed":0,"_sd":["%s"],"agency":%s,"erased_leaves":%s,"kind":"erasure.swept","order":"%s","time":%s}',
                translate(rtrim(encode(sha256(uuid_send(gen_random_uuid())), 'base64'), '='), '+/', '-_'),
                to_json(untold.agency), replace(untold.leaves::text, ' ', ''), untold.id, ops.now_ns()
            ),
            NULL, '{}', '{}', NULL, NULL, NULL
        );
    END LOOP;
END
$$;
