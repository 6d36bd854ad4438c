-- Finding entries among many: which entries hold which word, segment by segment, and when a segment's entries were.
--
-- A segment is 4,096 entries. Once it is full, the indexer writes its postings: for each word of a clear field one
-- bitmap of the entries that hold it. So a count is made without reading an entry, and neither the append nor the
-- integration pays for it. All of it is derived: it may be emptied and made again, and verification compares it.

CREATE TABLE audit.segments (
    segment bigint CONSTRAINT segments_pkey PRIMARY KEY CONSTRAINT segments_segment CHECK (segment >= 0),
    -- The earliest and the latest time in each of its 16 runs of 256 entries, eight bytes each, as int8send has them.
    earliest bytea NOT NULL CONSTRAINT segments_earliest CHECK (octet_length(earliest) = 128),
    latest bytea NOT NULL CONSTRAINT segments_latest CHECK (octet_length(latest) = 128)
);

CREATE TABLE audit.postings (
    word text COLLATE "C" NOT NULL,
    segment bigint NOT NULL,
    bits bit(4096) NOT NULL,
    CONSTRAINT postings_pkey PRIMARY KEY (word, segment)
);

CREATE FUNCTION audit.add_segment(
    in_segment bigint, in_earliest bytea, in_latest bytea, in_words text[], in_bits varbit[]
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF in_segment <> (SELECT coalesce(max(segment) + 1, 0) FROM audit.segments)
       OR (in_segment + 1) * 4096 > (SELECT size FROM audit.head) THEN
        RAISE EXCEPTION 'the next segment is another, or not full' USING ERRCODE = 'WA003';
    END IF;
    INSERT INTO audit.segments (segment, earliest, latest) VALUES (in_segment, in_earliest, in_latest);
    INSERT INTO audit.postings (word, segment, bits)
    SELECT posting.word, in_segment, posting.bits::bit(4096) FROM unnest(in_words, in_bits) AS posting (word, bits);
END
$$;

-- The postings of words in the segments [first, past), as far as the session may see entries: whoever it is that
-- `writgate.agency` names sees the bits of that agency's entries alone, nobody any where it is not set.
CREATE FUNCTION audit.postings_seen(in_words text[], first bigint, past bigint)
RETURNS TABLE (word text, segment bigint, bits bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET work_mem = '64MB' AS $$
DECLARE
    agency text := current_setting('writgate.agency', true);
BEGIN
    IF agency = '*' THEN
        RETURN QUERY
        SELECT held.word, held.segment, bit_send(held.bits) FROM audit.postings AS held
        WHERE held.word = ANY(in_words) AND held.segment >= first AND held.segment < past;
    ELSE
        RETURN QUERY
        SELECT held.word, held.segment, bit_send(held.bits & own.bits)
        FROM audit.postings AS held JOIN audit.postings AS own USING (segment)
        WHERE own.word = 'agency=' || agency AND own.segment >= first AND own.segment < past
            AND held.word = ANY(in_words) AND held.segment >= first AND held.segment < past;
    END IF;
END
$$;

-- All postings of one segment, to be compared with its entries by whoever sees the whole log.
CREATE FUNCTION audit.segment_seen(in_segment bigint) RETURNS TABLE (word text, bits bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT held.word, bit_send(held.bits) FROM audit.postings AS held
    WHERE held.segment = in_segment AND current_setting('writgate.agency', true) = '*';
$$;
CREATE INDEX postings_by_segment ON audit.postings USING brin (segment) WITH (pages_per_range = 16);

REVOKE ALL ON FUNCTION audit.add_segment, audit.postings_seen, audit.segment_seen FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.add_segment TO writgate_sequencer;
GRANT EXECUTE ON FUNCTION audit.postings_seen, audit.segment_seen TO writgate_auditor;
GRANT SELECT ON audit.segments TO writgate_sequencer, writgate_auditor;

-- The indexer works with the role that integrates: it has seen every leaf in staging already.
GRANT SELECT (index, leaf) ON audit.entries TO writgate_sequencer;
CREATE POLICY entries_of_the_indexer ON audit.entries FOR SELECT TO writgate_sequencer USING (true);

-- What few entries share is found by itself, and with its agency in the index no entry is read to know whose it is.
DROP INDEX audit.entries_by_purpose;
DROP INDEX audit.entries_by_case;
DROP INDEX audit.entries_by_user;
DROP INDEX audit.entries_by_probe;
CREATE INDEX entries_by_case ON audit.entries (blind_case, index) INCLUDE (agency) WHERE blind_case IS NOT NULL;
CREATE INDEX entries_by_user ON audit.entries (blind_user, index) INCLUDE (agency) WHERE blind_user IS NOT NULL;
CREATE INDEX entries_by_probe ON audit.entries (blind_probe, index) INCLUDE (agency) WHERE blind_probe IS NOT NULL;
ALTER TABLE audit.entries SET (autovacuum_vacuum_insert_scale_factor = 0.05);
