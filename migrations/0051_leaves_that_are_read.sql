-- What is appended can be integrated, indexed and read, whoever appended it.
--
-- A leaf that the database takes and a reader does not would stop what comes after it: the sequencer at a filter column
-- too long for its index, the indexer at a number that no integer of 64 bits holds or at nesting that exhausts a stack,
-- a page of entries at a value that is missing. So the log has the numbers and the depth of its canonical form, and
-- columns that fit their indexes.

CREATE OR REPLACE FUNCTION audit.append(
    leaf text, key_id uuid, names text [], ciphertexts bytea [],
    blind_case bytea, blind_user bytea, blind_probe bytea
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    parsed jsonb := leaf::jsonb;
    bytes bytea := convert_to(leaf, 'UTF8');
BEGIN
    IF octet_length(bytes) > 65535
       OR jsonb_typeof(parsed -> 'kind') IS DISTINCT FROM 'string'
       OR jsonb_typeof(parsed -> 'time') IS DISTINCT FROM 'number'
       -- An integer, spelled as one: the column is computed from the text.
       OR (parsed ->> 'time')::bigint::text IS DISTINCT FROM (leaf::json ->> 'time')
       OR jsonb_typeof(parsed -> '_sd' -> 0) IS DISTINCT FROM 'string'
       OR jsonb_path_exists(parsed, 'strict $._sd[*] ? (@.type() != "string")')
       OR parsed -> '_disclosed' IS DISTINCT FROM to_jsonb(coalesce(cardinality(names), 0))
       OR coalesce(jsonb_typeof(parsed -> 'permit'), 'null') NOT IN ('boolean', 'null')
       OR coalesce(jsonb_typeof(parsed -> 'agency'), 'null') NOT IN ('string', 'null')
       OR coalesce(jsonb_typeof(parsed -> 'operation'), 'null') NOT IN ('string', 'null')
       OR coalesce(jsonb_typeof(parsed -> 'purpose'), 'null') NOT IN ('string', 'null')
       OR coalesce(jsonb_typeof(parsed -> 'decision_id'), 'null') NOT IN ('string', 'null')
       -- A row of an index holds no more than some 2,700 bytes.
       OR octet_length(concat(
           parsed ->> 'kind', parsed ->> 'agency', parsed ->> 'operation', parsed ->> 'purpose', parsed ->> 'decision_id'
       )) > 2000
       OR coalesce(octet_length(blind_case), 32) <> 32
       OR coalesce(octet_length(blind_user), 32) <> 32
       OR coalesce(octet_length(blind_probe), 32) <> 32
       OR jsonb_path_exists(parsed, 'strict $.**{65 to last}')
       OR jsonb_path_exists(parsed, 'strict $.** ? (@.type() == "number" &&
           (@ > 9223372036854775807 || @ < -9223372036854775808 || @.floor() != @))')
       OR coalesce(cardinality(names), 0) <> coalesce(cardinality(ciphertexts), 0)
       OR coalesce(array_ndims(names), 1) + coalesce(array_ndims(ciphertexts), 1) > 2
       OR array_position(names, NULL) IS NOT NULL
       OR array_position(ciphertexts, NULL) IS NOT NULL
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
