-- People who belong to no agency allow programs to act for them too, and what a person allowed no longer says in clear
-- who it was.

-- In a token, and wherever a user is named, such a person is `account:` and the id of the account: no id of the registry
-- has a colon, so nobody's standing can be another's.
CREATE FUNCTION identity.follow_account() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    suspended_now boolean := new.status IS DISTINCT FROM 'active';
BEGIN
    PERFORM identity.write_revocation('user', 'account:' || new.id, suspended_now, suspended_now);
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION identity.follow_account() FROM PUBLIC;
CREATE TRIGGER revocation AFTER INSERT OR UPDATE OF status ON identity.accounts
FOR EACH ROW WHEN (new.role <> 'user') EXECUTE FUNCTION identity.follow_account();
SELECT identity.write_revocation('user', 'account:' || a.id, a.status <> 'active', a.status <> 'active')
FROM identity.accounts AS a WHERE a.role <> 'user' ORDER BY a.id;

-- No statement of SQL can seal what stands there in clear. Grants live for half a day at most: they end here, and
-- whoever had one asks again.
DELETE FROM identity.device_requests;
DELETE FROM identity.grants;
-- squawk-ignore ban-drop-column
ALTER TABLE identity.grants DROP COLUMN user_id, DROP COLUMN details;
-- Who allowed it, and within what bounds: sealed. The table is empty.
-- squawk-ignore adding-required-field
ALTER TABLE identity.grants ADD COLUMN allowed bytea NOT NULL;
-- squawk-ignore ban-drop-not-null
ALTER TABLE identity.grants ALTER COLUMN agency DROP NOT NULL;

-- Whose guesses they are is a keyed digest, as with every other attempt.
-- squawk-ignore ban-drop-table
DROP TABLE identity.user_code_guesses;
CREATE TABLE identity.user_code_guesses (
    subject bytea CONSTRAINT user_code_guesses_pkey PRIMARY KEY,
    first_at bigint NOT NULL,
    guesses integer NOT NULL
);
GRANT SELECT, INSERT, UPDATE (first_at, guesses) ON identity.user_code_guesses TO writgate_web;

-- Whoever imposed a sanction through one program cannot lift it through another.
ALTER TABLE compliance.sanctions ADD COLUMN imposed_person bytea;
