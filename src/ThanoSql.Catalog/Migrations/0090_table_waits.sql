-- One table's trouble stays its own.

-- Images that were written while one table could not be asked whether its rows name them: somebody held it, or its pipeline was being activated.
-- They are looked at again for it. No key of another table is referred to: whoever activates a pipeline holds its row for as long as that takes.
CREATE TABLE thanosql.unasked_image (
    pipeline_id integer NOT NULL,   -- the oldest of those that feed the table
    image_id    bigint NOT NULL REFERENCES thanosql.image ON DELETE CASCADE,
    noted       uuid NOT NULL DEFAULT gen_random_uuid(),  -- another one each time
    PRIMARY KEY (pipeline_id, image_id)
);
CREATE INDEX unasked_image_image ON thanosql.unasked_image (image_id);

-- Tables that somebody holds against those who write rows, as a worker saw it last.
CREATE TABLE thanosql.table_wait (
    table_name  text PRIMARY KEY,
    reason      text NOT NULL,
    valid_until timestamptz NOT NULL
);

-- Who sessions are, and since when their transactions run; never what they say. An installation whose roles were made by a release before has to do
-- with what everybody may know.
CREATE FUNCTION thanosql.sessions_of(pids integer[]) RETURNS TABLE (pid integer, application text, state text, since timestamptz)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF to_regprocedure('thanosql_logins.sessions(integer[])') IS NOT NULL THEN
        RETURN QUERY EXECUTE 'SELECT * FROM thanosql_logins.sessions($1)' USING pids;
    ELSE
        RETURN QUERY SELECT a.pid, a.application_name, a.state, a.xact_start FROM pg_stat_activity a WHERE a.pid = ANY (pids);
    END IF;
END
$$;

-- Who a session waits for in the end: who waits themselves are passed over. One row, or none when it waits for nobody.
CREATE FUNCTION thanosql.last_blocker(waiting integer) RETURNS TABLE (pid integer, waiters integer)
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE queue (pid, place) AS (
        SELECT b, 0 FROM unnest(pg_blocking_pids(waiting)) b
        UNION
        SELECT b, q.place + 1 FROM queue q CROSS JOIN LATERAL unnest(pg_blocking_pids(q.pid)) b WHERE q.place < 8)
    SELECT q.pid, (SELECT count(DISTINCT o.pid)::integer - 1 FROM queue o)
    FROM queue q ORDER BY cardinality(pg_blocking_pids(q.pid)) = 0 DESC, q.place DESC, q.pid LIMIT 1
$$;

-- As hold_serving, but nobody waits for another table: these pipelines and their models are held, the others' pipelines only where nobody holds them.
-- A busy one may be on its way to becoming active, or to a table made anew.
CREATE FUNCTION thanosql.hold_tables(pass uuid, pipelines integer[])
    RETURNS TABLE (pipeline_id integer, current_version bigint, next_version bigint, active boolean, busy boolean)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '3s' AS $$
DECLARE
    held integer[];
BEGIN
    PERFORM thanosql.check_pass(pass);
    PERFORM FROM thanosql.pipeline p WHERE p.pipeline_id = ANY (pipelines) ORDER BY p.pipeline_id FOR SHARE;
    held := ARRAY(SELECT p.pipeline_id FROM thanosql.pipeline p ORDER BY p.pipeline_id FOR SHARE SKIP LOCKED);
    PERFORM FROM thanosql.model m
    WHERE m.name IN (SELECT p.model_name FROM thanosql.pipeline p WHERE p.pipeline_id = ANY (pipelines)) ORDER BY m.model_id FOR SHARE;
    RETURN QUERY
        SELECT p.pipeline_id, m.current_version_id, m.next_version_id, p.state = 'active' AND m.current_version_id IS NOT NULL,
               NOT p.pipeline_id = ANY (held)
        FROM thanosql.pipeline p LEFT JOIN thanosql.model m ON m.name = p.model_name ORDER BY p.pipeline_id;
END
$$;

-- Remembers images that tables were not asked for, a pair in each place.
CREATE FUNCTION thanosql.note_unasked(pass uuid, pipelines integer[], images bigint[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM thanosql.check_pass(pass);
    INSERT INTO thanosql.unasked_image (pipeline_id, image_id)
    SELECT DISTINCT u.pipeline_id, u.image_id FROM unnest(pipelines, images) AS u (pipeline_id, image_id) ORDER BY 1, 2
    ON CONFLICT (pipeline_id, image_id) DO UPDATE SET noted = excluded.noted;
END
$$;

-- Whoever activates a pipeline does not keep labels from referring to it.
CREATE OR REPLACE FUNCTION thanosql.hold_pipelines(pass uuid, pipelines integer[], model_name text)
    RETURNS TABLE (current_version bigint, next_version bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM thanosql.check_pass(pass);
    PERFORM FROM thanosql.pipeline p WHERE p.pipeline_id = ANY (pipelines) ORDER BY p.pipeline_id FOR NO KEY UPDATE;
    RETURN QUERY SELECT m.current_version_id, m.next_version_id FROM thanosql.model m WHERE m.name = model_name FOR SHARE;
END
$$;
