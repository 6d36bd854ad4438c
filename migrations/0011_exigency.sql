-- Massachusetts (M.G.L. c.6 section 220) allows an emergency search only where it is narrowly tailored; who certifies says so.
ALTER TABLE registry.exigencies ADD COLUMN narrowly_tailored boolean NOT NULL DEFAULT false;
