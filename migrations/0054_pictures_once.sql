-- One picture is enrolled in a gallery once under one external id. What is kept of the picture is a digest keyed by the
-- gallery, which tells nobody without that key which picture it was; faces from before have none.
ALTER TABLE recognition.faces ADD COLUMN picture bytea;
CREATE UNIQUE INDEX faces_once ON recognition.faces (gallery, external_id, picture);
