-- Faces of a gallery that belong together (the users of Rekognition's collections), and calls that wait for people.

CREATE TABLE recognition.face_groups (
    gallery uuid NOT NULL
    CONSTRAINT face_groups_gallery REFERENCES recognition.galleries (id) ON DELETE CASCADE,
    name text NOT NULL CONSTRAINT face_groups_name CHECK (name ~ '^[A-Za-z0-9_.:-]{1,128}$'),
    created_ns bigint NOT NULL,
    CONSTRAINT face_groups_pkey PRIMARY KEY (gallery, name)
);

-- A face is in one group at most, and goes from it when it is deleted.
CREATE TABLE recognition.grouped_faces (
    face uuid CONSTRAINT grouped_faces_pkey PRIMARY KEY
    CONSTRAINT grouped_faces_face REFERENCES recognition.faces (id) ON DELETE CASCADE,
    gallery uuid NOT NULL,
    name text NOT NULL,
    CONSTRAINT grouped_faces_group FOREIGN KEY (gallery, name)
    REFERENCES recognition.face_groups (gallery, name) ON DELETE CASCADE
);
CREATE INDEX grouped_faces_by_group ON recognition.grouped_faces (gallery, name, face);

GRANT SELECT, INSERT, DELETE ON recognition.face_groups, recognition.grouped_faces TO writgate_web;

-- What a program that cannot wait was told to ask again: the keyed digest of its call, and the decision that waits.
CREATE TABLE enforcement.waiting_calls (
    call_blind bytea CONSTRAINT waiting_calls_pkey PRIMARY KEY,
    decision_id uuid NOT NULL
    CONSTRAINT waiting_calls_decision REFERENCES enforcement.decisions (decision_id)
);
GRANT SELECT, INSERT, DELETE ON enforcement.waiting_calls TO writgate_web;
