-- Which decision a key was taken for: where it was released, its answer is the answer, although nobody heard it.
ALTER TABLE enforcement.idempotency ADD COLUMN decision_id uuid;
