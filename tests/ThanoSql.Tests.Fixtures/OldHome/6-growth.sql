-- Years of work more: the fixture has filled the temporary table `picture` anew, with products that were all indexed. Every tenth is a pear, and the
-- scores go down from 0.89 by the name.
ANALYZE picture;
INSERT INTO thanosql.content (sha256) SELECT sha256 FROM picture ORDER BY key;
ANALYZE thanosql.content;
INSERT INTO thanosql.image (bucket, key, etag, size, content_id, state, event_source, indexed_at, event_etag)
SELECT 'workspace', key, etag, size, content_id, 'indexed', 'folder', now(), etag FROM picture JOIN thanosql.content USING (sha256) ORDER BY key;
INSERT INTO thanosql.embedding (trunk_id, content_id, vector)
SELECT 1, content_id, decode(repeat('282b', 320), 'hex') FROM picture JOIN thanosql.content USING (sha256);

ANALYZE thanosql.image;
CREATE TEMPORARY TABLE named AS
SELECT i.image_id, i.content_id, i.key, CASE WHEN n.number % 10 = 0 THEN 'pear' ELSE 'apple' END AS best, (0.89 - n.number / 1000000.0)::real AS score
FROM picture JOIN thanosql.image i USING (key), LATERAL (SELECT substring(key FROM '(\d+)\.png$')::integer AS number) AS n;
ANALYZE named;
INSERT INTO thanosql.keyword (version_id, content_id, rank, keyword, score)
SELECT v.version_id, n.content_id, k.rank, k.keyword, k.score
FROM named n, thanosql.model_version v,
     LATERAL (VALUES (1, n.best, n.score), (2, CASE n.best WHEN 'pear' THEN 'apple' ELSE 'pear' END, 1 - n.score)) AS k (rank, keyword, score);
INSERT INTO public.products (
    image_path, keyword_next, keyword_score_next, keyword_version_next, keyword_source_next, keyword, keyword_score, keyword_version, keyword_source)
SELECT key, best, score, 1, 'model', best, score, 2, 'model' FROM named;
INSERT INTO thanosql.made_row (pipeline_id, image_id) SELECT 2, image_id FROM named ORDER BY image_id;
ANALYZE;
