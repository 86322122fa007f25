-- What queries of users read: answers of model versions by the path that a user's table holds.

-- The paths that people write: relative to the workspace, ./relative, /home/jovyan/…, s3://bucket/key. The rules are Storage's StorePath; both inline.
CREATE FUNCTION thanosql.object_key(path text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT normalize(CASE
        WHEN lower(left(path, 5)) = 's3://' THEN substr(path, 6 + nullif(strpos(substr(path, 6), '/'), 0))
        WHEN left(path, 13) = '/home/jovyan/' THEN substr(path, 14)
        WHEN left(path, 2) = './' THEN substr(path, 3)
        ELSE path END)
$$;

CREATE FUNCTION thanosql.object_bucket(path text, workspace text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN lower(left(path, 5)) = 's3://' THEN split_part(substr(path, 6), '/', 1) ELSE workspace END
$$;

-- What a version says of an object, best label first; of an overwritten one the last answer until the next is there.
CREATE VIEW thanosql.answer AS
    SELECT k.version_id, i.bucket, i.key, k.rank, k.keyword, k.score
    FROM thanosql.image i
    JOIN thanosql.keyword k USING (content_id)
    WHERE i.state IN ('indexed', 'pending');

-- What people said of objects; it wins in searches.
CREATE VIEW thanosql.correction AS
    SELECT p.model_name, l.bucket, l.key, l.label
    FROM thanosql.label l
    JOIN thanosql.pipeline p USING (pipeline_id)
    WHERE l.state = 'confirmed';
