-- When the current generation of wrapping keys began, so that the next one may take over in time. What is current at the
-- migration begins with it.
ALTER TABLE audit.generation ADD COLUMN began_ns bigint NOT NULL DEFAULT 0;
UPDATE audit.generation SET began_ns = ops.now_ns();
