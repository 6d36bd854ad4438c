-- Between the count of a gallery's faces and its deletion an enrolment could end, and a permitted face went with the
-- gallery unsaid. A gallery that is held has its faces until the end of the transaction: who enrols or deletes one waits.

-- How many faces the gallery has; NULL where there is none. The count is a statement of its own, so it sees what was
-- committed while the lock was waited for.
CREATE FUNCTION recognition.hold_gallery(in_id uuid) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM recognition.galleries WHERE id = in_id FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    RETURN (SELECT count(id) FROM recognition.faces WHERE gallery = in_id);
END
$$;

-- An enrolment takes this lock by its foreign key; a deletion has to ask for it.
CREATE OR REPLACE FUNCTION recognition.delete_face(in_gallery uuid, in_face uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM recognition.galleries WHERE id = in_gallery FOR KEY SHARE;
    DELETE FROM recognition.faces WHERE id = in_face AND gallery = in_gallery;
    RETURN FOUND;
END
$$;

REVOKE ALL ON FUNCTION recognition.hold_gallery FROM PUBLIC;
GRANT EXECUTE ON FUNCTION recognition.hold_gallery TO writgate_web;
