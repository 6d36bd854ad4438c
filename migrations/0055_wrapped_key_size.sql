-- A wrapped key is of some sixty bytes, or of a hundred where a key-management service wraps it. What else is put there
-- would be read into memory whole by the next generation.
ALTER TABLE audit.disclosure_keys ADD CONSTRAINT disclosure_keys_wrapped
CHECK (octet_length(wrapped) <= 1024) NOT VALID;
