-- Statements over a batch of images or rows cost the same however large the tables are.

-- As before, but each path is looked up by index, and planned once a session: for a batch the planner read all images of a hundred thousand.
CREATE OR REPLACE FUNCTION thanosql.path_entries(pass uuid, pipelines integer[], by_version bigint, workspace text, paths text[])
    RETURNS TABLE (path text, keyword text, score real, number integer, source text)
    LANGUAGE plpgsql STABLE ROWS 500 SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    PERFORM thanosql.check_pass(pass);
    RETURN QUERY
        SELECT p.path, e.keyword, e.score, e.version, CASE WHEN coalesce(thanosql.object_key(p.path), '') = '' THEN 'failed' ELSE e.source END
        FROM unnest(paths) AS p (path)
        LEFT JOIN thanosql.image i ON i.bucket = thanosql.object_bucket(p.path, workspace) AND i.key = thanosql.object_key(p.path)
        LEFT JOIN LATERAL thanosql.index_entry(
            CASE WHEN cardinality(pipelines) = 1 THEN pipelines[1] ELSE thanosql.pipeline_of(pipelines, i.bucket, i.key) END, i.image_id, by_version)
            e ON true;
END
$$;

-- Whoever updates a table's rows from these joins them by its index on the path. A thousand rows, as a function without a number is taken to give,
-- made the planner read the whole table.
ALTER FUNCTION thanosql.image_entries(uuid, integer[], bigint, text, bigint[]) ROWS 100;
