-- What is missing of a picture that was read all the same, for people: the last rows of a JPEG.
ALTER TABLE thanosql.content ADD COLUMN damage text;

CREATE OR REPLACE VIEW thanosql.indexed AS
    SELECT i.bucket, i.key AS path, i.etag, i.size, i.indexed_at, m.name AS model, v.number AS version, k.rank, k.keyword, k.score,
           (SELECT c.damage FROM thanosql.content c WHERE c.content_id = i.content_id) AS damaged
    FROM thanosql.image i
    JOIN thanosql.keyword k USING (content_id)
    JOIN thanosql.model m ON m.current_version_id = k.version_id
    JOIN thanosql.model_version v ON v.version_id = k.version_id
    WHERE i.state = 'indexed';
