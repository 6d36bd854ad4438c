-- When the court was asked for the paper that follows an emergency: laws count their hours to the asking.
ALTER TABLE registry.exigencies
ADD COLUMN applied_at_ns bigint;
ALTER TABLE registry.exigencies ADD CONSTRAINT exigencies_applied_after_start
CHECK (applied_at_ns IS NULL OR applied_at_ns >= started_at_ns) NOT VALID;
GRANT UPDATE (applied_at_ns) ON registry.exigencies TO writgate_web;

-- The first search of a case for a purpose, in one step however many followed it: with it the use began.
CREATE INDEX first_use_of_a_case ON enforcement.decisions (agency, case_blind, purpose, decided_ns)
WHERE permit AND NOT dry_run AND operation = 'identify_1_to_n';
