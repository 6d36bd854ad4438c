-- Postings of sixteen segments in one row: a question reads a sixteenth of the rows, wherever the log is long.
--
-- A block is sixteen segments, 65,536 entries. Once it is complete, the bitmaps of a word in its segments become one. What
-- is indexed already is put together here.

CREATE TABLE audit.posting_blocks (
    word text COLLATE "C" NOT NULL,
    block bigint NOT NULL,
    bits bit(65536) NOT NULL,
    CONSTRAINT posting_blocks_pkey PRIMARY KEY (word, block)
);
CREATE INDEX posting_blocks_by_block ON audit.posting_blocks USING brin (block) WITH (pages_per_range = 16);

-- Puts together the segments of a block; the bits of a segment stand in it where its entries do.
CREATE FUNCTION audit.put_block_together(in_block bigint) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    WITH parts AS (
        DELETE FROM audit.postings WHERE segment BETWEEN in_block * 16 AND in_block * 16 + 15 RETURNING *
    )
    INSERT INTO audit.posting_blocks (word, block, bits)
    SELECT parts.word, in_block, bit_or(parts.bits::bit(65536) >> (parts.segment % 16 * 4096)::integer)
    FROM parts GROUP BY parts.word;
$$;
SELECT audit.put_block_together(block)
FROM generate_series(0, (SELECT count(*) / 16 FROM audit.segments) - 1) AS block;

CREATE OR REPLACE FUNCTION audit.add_segment(
    in_segment bigint, in_earliest bytea, in_latest bytea, in_words text [], in_bits varbit []
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
    IF in_segment % 16 = 15 THEN
        PERFORM audit.put_block_together(in_segment / 16);
    END IF;
END
$$;

-- The postings of words in the segments [first, past), which divide no block, as far as the session may see entries:
-- whoever it is that `writgate.agency` names sees the bits of that agency's entries alone, nobody any where it is not
-- set. A block comes under its first segment, with bits for all of them.
CREATE OR REPLACE FUNCTION audit.postings_seen(in_words text [], first bigint, past bigint)
RETURNS TABLE (word text, segment bigint, bits bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET work_mem = '64MB' AS $$
DECLARE
    agency text := current_setting('writgate.agency', true);
BEGIN
    IF agency = '*' THEN
        RETURN QUERY
        SELECT held.word, held.block * 16, bit_send(held.bits) FROM audit.posting_blocks AS held
        WHERE held.word = ANY(in_words) AND held.block >= first / 16 AND held.block < (past + 15) / 16;
        RETURN QUERY
        SELECT held.word, held.segment, bit_send(held.bits) FROM audit.postings AS held
        WHERE held.word = ANY(in_words) AND held.segment >= first AND held.segment < past;
    ELSE
        RETURN QUERY
        SELECT held.word, held.block * 16, bit_send(held.bits & own.bits)
        FROM audit.posting_blocks AS held JOIN audit.posting_blocks AS own USING (block)
        WHERE own.word = 'agency=' || agency AND own.block >= first / 16 AND own.block < (past + 15) / 16
            AND held.word = ANY(in_words) AND held.block >= first / 16 AND held.block < (past + 15) / 16;
        RETURN QUERY
        SELECT held.word, held.segment, bit_send(held.bits & own.bits)
        FROM audit.postings AS held JOIN audit.postings AS own USING (segment)
        WHERE own.word = 'agency=' || agency AND own.segment >= first AND own.segment < past
            AND held.word = ANY(in_words) AND held.segment >= first AND held.segment < past;
    END IF;
END
$$;

-- All postings of one segment, to be compared with its entries by whoever sees the whole log.
CREATE OR REPLACE FUNCTION audit.segment_seen(in_segment bigint) RETURNS TABLE (word text, bits bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT part.word, bit_send(part.bits) FROM (
        SELECT held.word, held.bits FROM audit.postings AS held WHERE held.segment = in_segment
        UNION ALL
        SELECT held.word, substring(held.bits FROM (in_segment % 16)::integer * 4096 + 1 FOR 4096)::bit(4096)
        FROM audit.posting_blocks AS held WHERE held.block = in_segment / 16
    ) AS part
    WHERE part.bits <> 0::bit(4096) AND current_setting('writgate.agency', true) = '*';
$$;

REVOKE ALL ON FUNCTION audit.put_block_together FROM PUBLIC;
