-- What SQL clients cannot say in plain SQL, as functions over known images. They have the rights of whoever calls them: the views are all that they read.

-- The bucket of paths that name none, as the service was started with it.
CREATE TABLE thanosql.default_bucket (one boolean PRIMARY KEY DEFAULT true CHECK (one), bucket text NOT NULL);
CREATE VIEW thanosql.workspace AS
    SELECT coalesce((SELECT d.bucket FROM thanosql.default_bucket d), 'workspace') AS bucket;

CREATE FUNCTION thanosql.version_of(model text) RETURNS bigint LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    version constant bigint := (SELECT s.version_id FROM thanosql.serving_version s WHERE s.model = version_of.model);
BEGIN
    IF version IS NULL THEN
        RAISE EXCEPTION 'There is no model ''%'' in service.', model
            USING ERRCODE = 'undefined_object', HINT = 'SELECT name FROM thanosql.models lists them all.';
    END IF;
    RETURN version;
END
$$;

-- The images that a model's version in service, or a person, gives a keyword; the surest first. One SELECT, so that the planner reads the index in the
-- order of the score and stops at the last row that is wanted.
CREATE FUNCTION thanosql.search(model text, keyword text, top_k integer DEFAULT 20)
    RETURNS TABLE (path text, score real, source text) LANGUAGE sql STABLE ROWS 20 AS $$
    SELECT CASE WHEN h.bucket = w.bucket THEN h.key ELSE 's3://' || h.bucket || '/' || h.key END, h.score, h.source
    FROM thanosql.workspace w, (
        (SELECT a.bucket, a.key, a.score, 'model' AS source
         FROM thanosql.answer a
         WHERE a.version_id = (SELECT thanosql.version_of($1)) AND a.keyword = $2
           AND NOT EXISTS (SELECT FROM thanosql.correction c WHERE c.model_name = $1 AND c.bucket = a.bucket AND c.key = a.key)
         ORDER BY a.score DESC LIMIT $3)
        UNION ALL
        (SELECT DISTINCT c.bucket, c.key, 1::real, 'person' FROM thanosql.correction c WHERE c.model_name = $1 AND c.label = $2 LIMIT $3)) h
    WHERE thanosql.version_of($1) IS NOT NULL -- said once, also where nothing is looked up
    ORDER BY h.score DESC, h.source DESC, h.bucket, h.key
    LIMIT $3
$$;

-- The label that a model's version in service gives an image; NULL where nobody looked at it yet.
CREATE FUNCTION thanosql.predict(model text, path text) RETURNS text LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    version constant bigint := thanosql.version_of(model);
BEGIN
    RETURN (
        SELECT a.keyword FROM thanosql.answer a
        WHERE a.version_id = version AND a.rank = 1 AND a.key = thanosql.object_key(path)
          AND a.bucket = thanosql.object_bucket(path, (SELECT w.bucket FROM thanosql.workspace w)));
END
$$;

CREATE FUNCTION thanosql.similar(path text, top_k integer DEFAULT 20) RETURNS TABLE (similar_path text, similarity real)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'Similar pictures are not found inside PostgreSQL here, which has no pgvector.'
        USING ERRCODE = 'feature_not_supported', HINT = 'GET /api/v1/similar?path=… finds them.';
END
$$;
