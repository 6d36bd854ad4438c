-- Whether who voted, and who examines, signed in at the client through which they came, or it merely named them. Of those
-- from before nobody knows, and they count as named.
ALTER TABLE enforcement.approval_votes ADD COLUMN signed_in boolean NOT NULL DEFAULT false;
ALTER TABLE enforcement.review_examiners ADD COLUMN signed_in boolean NOT NULL DEFAULT false;
-- Who took a place through one client may judge through another, which then is the one that counts.
GRANT UPDATE (client, signed_in) ON enforcement.review_examiners TO writgate_web;
