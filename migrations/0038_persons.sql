-- Two people, or one with two accounts: whose a client's key or an administrator's account is, and through which client
-- a paper or an emergency was entered.
ALTER TABLE registry.clients ADD COLUMN person text CONSTRAINT clients_person CHECK (person <> '');
ALTER TABLE identity.accounts ADD COLUMN person text CONSTRAINT accounts_person CHECK (person <> '');
ALTER TABLE registry.instruments ADD COLUMN entered_through text,
ADD COLUMN entered_signed_in boolean NOT NULL DEFAULT false;
ALTER TABLE registry.exigencies ADD COLUMN entered_through text,
ADD COLUMN entered_signed_in boolean NOT NULL DEFAULT false;
GRANT UPDATE (person) ON registry.clients, identity.accounts TO writgate_web;
GRANT UPDATE (entered_through, entered_signed_in) ON registry.instruments TO writgate_web;
