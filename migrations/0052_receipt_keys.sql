-- Which keys sign receipts, as the log's own key says: for each key of the log a signed note about each of them. So who
-- holds a receipt ties it to the verifier key that he was given, and to nothing that the operator only shows.

CREATE TABLE audit.receipt_keys (
    epoch integer NOT NULL,
    number integer NOT NULL CONSTRAINT receipt_keys_number CHECK (number >= 1),
    public_key text NOT NULL,
    note text NOT NULL,
    made_ns bigint NOT NULL,
    CONSTRAINT receipt_keys_pkey PRIMARY KEY (epoch, number, public_key)
);
CREATE TRIGGER receipt_keys_rows BEFORE UPDATE OR DELETE ON audit.receipt_keys
FOR EACH ROW EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER receipt_keys_truncate BEFORE TRUNCATE ON audit.receipt_keys
FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
ALTER TABLE audit.receipt_keys ENABLE ALWAYS TRIGGER receipt_keys_rows;
ALTER TABLE audit.receipt_keys ENABLE ALWAYS TRIGGER receipt_keys_truncate;

CREATE FUNCTION audit.add_receipt_key(in_epoch integer, in_number integer, in_public_key text, in_note text)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO audit.receipt_keys (epoch, number, public_key, note, made_ns)
    VALUES (in_epoch, in_number, in_public_key, in_note, ops.now_ns());
$$;
REVOKE ALL ON FUNCTION audit.add_receipt_key FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.add_receipt_key TO writgate_sequencer;
GRANT SELECT ON audit.receipt_keys TO writgate_sequencer, writgate_auditor;
