-- A store that is not there is not an empty one: how the buckets of pipelines and known images are known again, and whether they are there.
CREATE TABLE thanosql.bucket (
    bucket text COLLATE "C" PRIMARY KEY,
    marker uuid NOT NULL,                -- the id that the bucket's marker holds
    proof  text NOT NULL DEFAULT 'none' CHECK (proof IN ('none', 'marker', 'sample')),  -- sample: we may not write there, known objects decide
    there  boolean NOT NULL DEFAULT true,
    reason text,                         -- why it is not there, and what to do
    since  timestamptz NOT NULL DEFAULT now()
);

-- What a sweep misses; only its end tells whether so many may be called gone.
CREATE TABLE thanosql.sweep_missing (
    image_id   bigint PRIMARY KEY REFERENCES thanosql.image ON DELETE CASCADE,
    bucket     text COLLATE "C" NOT NULL,
    generation bigint NOT NULL
);
CREATE INDEX sweep_missing_bucket ON thanosql.sweep_missing (bucket);

ALTER TABLE thanosql.sweep ADD COLUMN held_back bigint;  -- images that the last sweep missed, too many to call gone unasked

-- Rows of users' tables that pipelines deleted, for a while.
CREATE TABLE thanosql.deleted_row (
    deleted_row_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pipeline_id    integer NOT NULL REFERENCES thanosql.pipeline ON DELETE CASCADE,
    image_id       bigint NOT NULL REFERENCES thanosql.image ON DELETE CASCADE,
    table_name     text NOT NULL,        -- in schema public
    content        jsonb NOT NULL,       -- by column
    deleted_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX deleted_row_time ON thanosql.deleted_row (deleted_at);
CREATE INDEX deleted_row_image ON thanosql.deleted_row (image_id);

-- Forgets the rows that pipelines made for images that are gone, and gives the paths of those rows; all rows of the pipelines where no images are
-- named: their table was replaced.
DROP FUNCTION thanosql.take_made(uuid, integer[], text, bigint[]);
CREATE FUNCTION thanosql.take_made(pass uuid, pipelines integer[], workspace text, images bigint[])
    RETURNS TABLE (pipeline_id integer, image_id bigint, path text)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM thanosql.check_pass(pass);
    IF images IS NULL THEN
        DELETE FROM thanosql.made_row m WHERE m.pipeline_id = ANY (pipelines);
        RETURN;
    END IF;
    RETURN QUERY
        WITH unmade AS (
            DELETE FROM thanosql.made_row m USING thanosql.image i
            WHERE m.image_id = ANY (images) AND i.image_id = m.image_id AND i.state = 'gone' AND m.pipeline_id = ANY (pipelines)
            RETURNING m.pipeline_id, m.image_id, i.bucket, i.key)
        SELECT u.pipeline_id, u.image_id, s.path COLLATE "default"
        FROM unmade u, unnest(thanosql.path_spellings(u.bucket, u.key, workspace)) AS s (path);
END
$$;

-- Keeps what was deleted.
CREATE FUNCTION thanosql.keep_deleted(pass uuid, from_table text, pipelines integer[], images bigint[], contents jsonb[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM thanosql.check_pass(pass);
    INSERT INTO thanosql.deleted_row (pipeline_id, image_id, table_name, content)
    SELECT d.pipeline, d.image, from_table, d.content FROM unnest(pipelines, images, contents) AS d (pipeline, image, content);
END
$$;

-- Some of the rows to bring back, the latest first, which are kept no longer: those of a table that were deleted since a time.
CREATE FUNCTION thanosql.take_deleted(pass uuid, from_table text, since timestamptz, most integer)
    RETURNS TABLE (pipeline_id integer, image_id bigint, content jsonb, deleted_at timestamptz)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM thanosql.check_pass(pass);
    RETURN QUERY
        DELETE FROM thanosql.deleted_row d
        WHERE d.deleted_row_id IN (
            SELECT k.deleted_row_id FROM thanosql.deleted_row k WHERE k.table_name = from_table AND k.deleted_at >= since
            ORDER BY k.deleted_at DESC LIMIT most)
        RETURNING d.pipeline_id, d.image_id, d.content, d.deleted_at;
END
$$;
