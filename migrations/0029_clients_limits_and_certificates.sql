-- How many requests a client may make (none: what the settings say), and by which certificate it may show who it is:
-- one of its own, named by its SHA-256 in base64url, or any of a subject by an authority that the settings name.
ALTER TABLE registry.clients ADD COLUMN requests_per_minute bigint
CONSTRAINT clients_requests_per_minute CHECK (requests_per_minute > 0);
ALTER TABLE registry.clients ADD COLUMN certificates text[] NOT NULL DEFAULT '{}';
ALTER TABLE registry.clients ADD COLUMN certificate_subject text;
GRANT UPDATE (requests_per_minute, certificates, certificate_subject) ON registry.clients TO writgate_web;

-- As in 0004, and a change of the certificates kills the tokens granted on the old ones too.
CREATE OR REPLACE FUNCTION identity.follow_registry() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    kind_of text := tg_argv[0];
    before jsonb;
    after jsonb;
    suspended_now boolean;
    kills boolean;
BEGIN
    IF tg_op = 'DELETE' THEN
        PERFORM identity.write_revocation(kind_of, old.id, true, true);
        RETURN NULL;
    END IF;
    suspended_now := new.status IS DISTINCT FROM 'active';
    IF tg_op = 'INSERT' THEN
        PERFORM identity.write_revocation(kind_of, new.id, suspended_now, suspended_now);
        RETURN NULL;
    END IF;
    before := to_jsonb(old);
    after := to_jsonb(new);
    kills := (suspended_now AND old.status IS DISTINCT FROM new.status)
        OR before -> 'agency' IS DISTINCT FROM after -> 'agency'
        OR before -> 'scopes' IS DISTINCT FROM after -> 'scopes'
        OR before -> 'jwks' IS DISTINCT FROM after -> 'jwks'
        OR before -> 'secret_hash' IS DISTINCT FROM after -> 'secret_hash'
        OR before -> 'certificates' IS DISTINCT FROM after -> 'certificates'
        OR before -> 'certificate_subject' IS DISTINCT FROM after -> 'certificate_subject';
    IF kills OR old.status IS DISTINCT FROM new.status THEN
        PERFORM identity.write_revocation(kind_of, new.id, suspended_now, kills);
    END IF;
    RETURN NULL;
END $$;
