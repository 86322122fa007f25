-- From events to index columns.

ALTER TABLE thanosql.image
    ADD COLUMN event_etag text,                     -- what the last accepted event said; `etag` is what was read
    ADD COLUMN crashes integer NOT NULL DEFAULT 0;  -- leases that ran out over it: the sign of a process that died

ALTER TABLE thanosql.content ADD COLUMN unused_since timestamptz;  -- no image holds it any more
CREATE INDEX content_unused ON thanosql.content (unused_since) WHERE unused_since IS NOT NULL;

-- Rows of a user's table that a pipeline made, and may delete.
CREATE TABLE thanosql.made_row (
    pipeline_id integer NOT NULL REFERENCES thanosql.pipeline ON DELETE CASCADE,
    image_id    bigint NOT NULL REFERENCES thanosql.image ON DELETE CASCADE,
    PRIMARY KEY (pipeline_id, image_id)
);
CREATE INDEX made_row_image ON thanosql.made_row (image_id);

-- How far the sweep of a bucket has come.
CREATE TABLE thanosql.sweep (
    bucket      text COLLATE "C" PRIMARY KEY,
    started_at  timestamptz NOT NULL,
    after_key   text,                -- go on after this key, spelled as in the store
    finished_at timestamptz,
    listed      bigint NOT NULL DEFAULT 0,
    changed     bigint NOT NULL DEFAULT 0,
    gone        bigint NOT NULL DEFAULT 0
);

-- The ways to write an object's name in a column of paths, so that an ordinary index on the column finds it.
CREATE FUNCTION thanosql.path_spellings(bucket text, key text, default_bucket text) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT array_agg(DISTINCT prefix || spelled)
    FROM unnest(CASE WHEN bucket = default_bucket THEN ARRAY['', './', '/home/jovyan/', 's3://' || bucket || '/']
                     ELSE ARRAY['s3://' || bucket || '/'] END) AS prefix,
         unnest(ARRAY[key, normalize(key, NFD)]) AS spelled
$$;

-- The IEEE 754 single at an offset of some bytes, little-endian; finite numbers only.
CREATE FUNCTION thanosql.float32(bytes bytea, at integer) RETURNS real
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT ((1 - 2 * (bits >> 31)) * CASE WHEN exponent = 0 THEN fraction * power(2::float8, -149)
                                          ELSE (fraction + 8388608) * power(2::float8, exponent - 150) END)::real
    FROM (SELECT bits, ((bits >> 23) & 255)::integer AS exponent, bits & 8388607 AS fraction
          FROM (SELECT get_byte(bytes, at)::bigint + (get_byte(bytes, at + 1)::bigint << 8)
                       + (get_byte(bytes, at + 2)::bigint << 16) + (get_byte(bytes, at + 3)::bigint << 24) AS bits) AS word) AS parts
$$;

-- A head ends with one threshold a label and a SHA-256. Decoded here, so that SQL and head cannot disagree.
CREATE FUNCTION thanosql.head_thresholds(head bytea, labels integer) RETURNS real[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT array_agg(thanosql.float32(head, octet_length(head) - 32 - 4 * (labels - i)) ORDER BY i)
    FROM generate_series(0, labels - 1) AS i
    WHERE octet_length(head) >= 32 + 4 * labels
$$;

ALTER TABLE thanosql.model_version
    ADD COLUMN thresholds real[] GENERATED ALWAYS AS (thanosql.head_thresholds(head, cardinality(labels))) STORED;

-- What stands in the index columns of a row with this image: a person's word, else the version's best label if it is sure enough.
CREATE FUNCTION thanosql.index_entry(for_pipeline integer, for_image bigint, by_version bigint)
    RETURNS TABLE (keyword text, score real, version integer, source text)
    LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN l.label IS NOT NULL THEN l.label
                WHEN k.score >= coalesce(v.thresholds[array_position(v.labels, k.keyword)], 0) THEN k.keyword END,
           CASE WHEN l.label IS NOT NULL THEN 1::real ELSE k.score END,
           CASE WHEN l.label IS NULL AND k.score IS NOT NULL THEN v.number END,
           CASE WHEN l.label IS NOT NULL THEN 'person'
                WHEN i.state = 'gone' OR i.state = 'failed' AND i.failure_kind IS DISTINCT FROM 'table' THEN 'failed'
                WHEN k.score IS NOT NULL THEN 'model' END
    FROM thanosql.image i
    LEFT JOIN thanosql.label l ON l.pipeline_id = for_pipeline AND l.bucket = i.bucket AND l.key = i.key AND i.state <> 'gone'
                              AND l.state = 'confirmed' AND (l.content_id IS NULL OR l.content_id = i.content_id)
    LEFT JOIN thanosql.keyword k ON k.version_id = by_version AND k.content_id = i.content_id AND k.rank = 1
                                AND (i.state IN ('indexed', 'pending') OR i.failure_kind = 'table')
    LEFT JOIN thanosql.model_version v ON v.version_id = by_version
    WHERE i.image_id = for_image
$$;

-- The one of several pipelines of a table that a path belongs to.
CREATE FUNCTION thanosql.pipeline_of(candidates integer[], in_bucket text, for_key text) RETURNS integer
    LANGUAGE sql STABLE AS $$
    SELECT pipeline_id FROM thanosql.pipeline WHERE pipeline_id = ANY (candidates)
    ORDER BY bucket = in_bucket AND starts_with(for_key, prefix) DESC, pipeline_id LIMIT 1
$$;
