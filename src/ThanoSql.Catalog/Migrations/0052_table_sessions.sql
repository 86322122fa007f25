-- What the sessions that touch users' tables may do in the catalog. They run with users' rights, so that whatever hangs on a table (triggers,
-- checks, defaults, index expressions, policies) has no more. Each function that changes something asks for a pass, which code that such a session
-- meets cannot know.

-- Of the functions that run on users' tables, with users' rights.
CREATE SCHEMA IF NOT EXISTS thanosql_tables;

CREATE TABLE thanosql.session_pass (
    digest      bytea PRIMARY KEY,   -- SHA-256 of 16 random bytes that one process knows
    valid_until timestamptz NOT NULL
);

CREATE FUNCTION thanosql.check_pass(pass uuid) RETURNS void LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM thanosql.session_pass p WHERE p.digest = sha256(uuid_send(pass)) AND p.valid_until > now()) THEN
        RAISE EXCEPTION 'This function is the service''s alone.' USING ERRCODE = 'insufficient_privilege';
    END IF;
END
$$;

-- Images and their rows -----------------------------------------------------------------

-- Holds models against switches and pipelines against becoming active, until the transaction ends; which versions answer where.
CREATE FUNCTION thanosql.hold_serving(pass uuid) RETURNS TABLE (pipeline_id integer, model text, current_version bigint, next_version bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM thanosql.check_pass(pass);
    PERFORM FROM thanosql.pipeline p ORDER BY p.pipeline_id FOR SHARE;
    PERFORM FROM thanosql.model m
    WHERE m.name IN (SELECT p.model_name FROM thanosql.pipeline p WHERE p.state = 'active') ORDER BY m.model_id FOR SHARE;
    RETURN QUERY
        SELECT p.pipeline_id, m.name, m.current_version_id, m.next_version_id
        FROM thanosql.pipeline p JOIN thanosql.model m ON m.name = p.model_name
        WHERE p.state = 'active' AND m.current_version_id IS NOT NULL ORDER BY p.pipeline_id;
END
$$;

-- Results of looks at images, one in each place of the arrays.
CREATE TYPE thanosql.image_results AS (
    images bigint[], generations bigint[], attempts integer[], states text[], etags text[], sizes bigint[], contents bigint[], kinds text[],
    reasons text[]
);

CREATE FUNCTION thanosql.write_results(r thanosql.image_results, first_wait interval, longest_wait interval) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    UPDATE thanosql.image i
    SET state = r.state,
        etag = coalesce(r.etag, CASE WHEN r.state <> 'gone' THEN i.etag END),
        size = coalesce(r.size, CASE WHEN r.state <> 'gone' THEN i.size END),
        content_id = CASE WHEN r.kind = 'transient' THEN i.content_id ELSE r.content_id END,
        lease_owner = NULL, lease_until = NULL, failure_kind = r.kind, failure = r.reason,
        crashes = CASE WHEN r.kind = 'transient' THEN i.crashes ELSE 0 END,
        attempts = CASE WHEN r.kind IS NULL THEN 0 ELSE r.attempts END,
        first_failed_at = CASE WHEN r.kind IS NOT NULL THEN coalesce(i.first_failed_at, now()) END,
        last_failed_at = CASE WHEN r.kind IS NOT NULL THEN now() END,
        next_attempt_at = CASE WHEN r.kind = 'transient'
            THEN now() + least(first_wait * power(2, least(r.attempts, 30) - 1), longest_wait) * (0.5 + random() / 2) ELSE i.next_attempt_at END,
        indexed_at = CASE WHEN r.state = 'indexed' THEN now() ELSE i.indexed_at END
    FROM unnest(r.images, r.attempts, r.states, r.etags, r.sizes, r.contents, r.kinds, r.reasons)
         AS r (image_id, attempts, state, etag, size, content_id, kind, reason)
    WHERE i.image_id = r.image_id
$$;

-- Writes the results that still count: of images that this holder's lease is on, unchanged since they were taken. Rows that somebody else has
-- locked are passed over: they stay pending and come again. Gives the places of those that were written; the transaction holds their rows until it ends.
CREATE FUNCTION thanosql.settle(pass uuid, holder uuid, r thanosql.image_results, first_wait interval, longest_wait interval)
    RETURNS integer[]
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    held integer[];
    kept thanosql.image_results;
BEGIN
    PERFORM thanosql.check_pass(pass);
    held := ARRAY(
        SELECT n.place::integer
        FROM thanosql.image i
        JOIN unnest(r.images, r.generations) WITH ORDINALITY AS n (image_id, generation, place) USING (image_id, generation)
        WHERE i.state = 'pending' AND i.lease_owner = holder ORDER BY i.image_id FOR UPDATE OF i SKIP LOCKED);
    SELECT array_agg(n.image_id), NULL, array_agg(n.attempts), array_agg(n.state), array_agg(n.etag), array_agg(n.size), array_agg(n.content_id),
           array_agg(n.kind), array_agg(n.reason)
    INTO kept
    FROM unnest(r.images, r.attempts, r.states, r.etags, r.sizes, r.contents, r.kinds, r.reasons) WITH ORDINALITY
         AS n (image_id, attempts, state, etag, size, content_id, kind, reason, place)
    WHERE n.place = ANY (held);
    PERFORM thanosql.write_results(kept, first_wait, longest_wait);
    -- A label of a picture that changed is up for confirmation; one that came before its picture belongs to the first.
    UPDATE thanosql.label l
    SET content_id = i.content_id, state = CASE WHEN l.content_id IS NULL THEN l.state ELSE 'to confirm' END
    FROM thanosql.image i
    WHERE i.image_id = ANY (kept.images) AND i.bucket = l.bucket AND i.key = l.key
      AND i.content_id IS NOT NULL AND l.content_id IS DISTINCT FROM i.content_id;
    RETURN held;
END
$$;

-- The same images again, in the same transaction: their table refused the rows.
CREATE FUNCTION thanosql.refuse(pass uuid, r thanosql.image_results, first_wait interval, longest_wait interval) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM thanosql.check_pass(pass);
    PERFORM thanosql.write_results(r, first_wait, longest_wait);
END
$$;

-- What stands in the index columns of the rows that name these images, under every spelling of their paths.
CREATE FUNCTION thanosql.image_entries(pass uuid, pipelines integer[], version bigint, workspace text, images bigint[])
    RETURNS TABLE (path text, keyword text, score real, number integer, source text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM thanosql.check_pass(pass);
    RETURN QUERY
        SELECT s.path COLLATE "default", e.keyword, e.score, e.version, e.source
        FROM thanosql.image i
        CROSS JOIN LATERAL thanosql.index_entry(thanosql.pipeline_of(pipelines, i.bucket, i.key), i.image_id, image_entries.version) e
        CROSS JOIN LATERAL unnest(thanosql.path_spellings(i.bucket, i.key, workspace)) AS s (path)
        WHERE i.image_id = ANY (images);
END
$$;

-- The same for rows, by the paths in them; a path that names no object of a store can only fail.
CREATE FUNCTION thanosql.path_entries(pass uuid, pipelines integer[], by_version bigint, workspace text, paths text[])
    RETURNS TABLE (path text, keyword text, score real, number integer, source text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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

-- What the rows to be made for images of a pipeline's prefix would hold, and the spellings under which a row may be there already. All images where
-- none are named.
CREATE FUNCTION thanosql.new_entries(pass uuid, for_pipeline integer, by_version bigint, workspace text, images bigint[])
    RETURNS TABLE (image_id bigint, path text, spellings text[], keyword text, score real, number integer, source text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM thanosql.check_pass(pass);
    RETURN QUERY
        SELECT i.image_id, CASE WHEN i.bucket = workspace THEN i.key ELSE 's3://' || i.bucket || '/' || i.key END COLLATE "default",
               thanosql.path_spellings(i.bucket, i.key, workspace) COLLATE "default", e.keyword, e.score, e.version, e.source
        FROM thanosql.pipeline p
        JOIN thanosql.image i ON i.bucket = p.bucket AND starts_with(i.key, p.prefix)
        CROSS JOIN LATERAL thanosql.index_entry(for_pipeline, i.image_id, by_version) e
        WHERE p.pipeline_id = for_pipeline AND (images IS NULL OR i.image_id = ANY (images)) AND i.state = 'indexed' AND e.source IS NOT NULL
        ORDER BY i.key;
END
$$;

-- Remembers the rows that a pipeline made, which it may delete.
CREATE FUNCTION thanosql.note_made(pass uuid, pipeline integer, images bigint[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM thanosql.check_pass(pass);
    INSERT INTO thanosql.made_row (pipeline_id, image_id) SELECT pipeline, unnest(images) ON CONFLICT DO NOTHING;
END
$$;

-- Forgets the rows that pipelines made for images that are gone, and gives the paths of those rows; all rows of the pipelines where no images are
-- named: their table was replaced.
CREATE FUNCTION thanosql.take_made(pass uuid, pipelines integer[], workspace text, images bigint[]) RETURNS SETOF text
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
            RETURNING i.bucket, i.key)
        SELECT unnest(thanosql.path_spellings(u.bucket, u.key, workspace)) COLLATE "default" FROM unmade u;
END
$$;

-- Tables -----------------------------------------------------------------

-- Holds pipelines of one table and their model until the transaction ends; the versions of the model.
CREATE FUNCTION thanosql.hold_pipelines(pass uuid, pipelines integer[], model_name text) RETURNS TABLE (current_version bigint, next_version bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM thanosql.check_pass(pass);
    PERFORM FROM thanosql.pipeline p WHERE p.pipeline_id = ANY (pipelines) ORDER BY p.pipeline_id FOR UPDATE;
    RETURN QUERY SELECT m.current_version_id, m.next_version_id FROM thanosql.model m WHERE m.name = model_name FOR SHARE;
END
$$;

-- Says how pipelines stand; whether that is news.
CREATE FUNCTION thanosql.mark_pipelines(pass uuid, pipelines integer[], new_state text, because text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM thanosql.check_pass(pass);
    UPDATE thanosql.pipeline p SET state = new_state, reason = because, updated_at = now()
    WHERE p.pipeline_id = ANY (pipelines) AND (p.state, p.reason) IS DISTINCT FROM (new_state, because);
    RETURN FOUND;
END
$$;

-- Makes the images of these paths due that have no answer yet.
CREATE FUNCTION thanosql.make_paths_due(pass uuid, workspace text, paths text[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM thanosql.check_pass(pass);
    PERFORM count(*) FROM (
        SELECT array_agg(ROW(o.bucket, o.key, 'row', NULL, NULL, NULL)::thanosql.due_object) AS objects
        FROM (SELECT DISTINCT thanosql.object_bucket(p, workspace) AS bucket, thanosql.object_key(p) AS key FROM unnest(paths) p) o
        WHERE o.key <> '') d, thanosql.make_due(d.objects, '{indexed}', false);
END
$$;

-- Makes the indexed images of pipelines' prefixes due that a version has not answered for.
CREATE FUNCTION thanosql.make_prefixes_due(pass uuid, pipelines integer[], by_version bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM thanosql.check_pass(pass);
    PERFORM count(*) FROM ( -- in parts, since an array has its limit
        SELECT array_agg(ROW(o.bucket, o.key, 'row', NULL, NULL, NULL)::thanosql.due_object) AS objects
        FROM (
            SELECT i.bucket, i.key, (row_number() OVER (ORDER BY i.bucket COLLATE "C", i.key COLLATE "C") - 1) / 10000 AS part
            FROM thanosql.image i
            WHERE i.state = 'indexed'
              AND EXISTS (SELECT FROM thanosql.pipeline p
                          WHERE p.pipeline_id = ANY (pipelines) AND p.bucket = i.bucket AND starts_with(i.key, p.prefix))
              AND NOT EXISTS (SELECT FROM thanosql.keyword k WHERE k.version_id = by_version AND k.content_id = i.content_id AND k.rank = 1)) o
        GROUP BY o.part ORDER BY o.part) d, thanosql.make_due(d.objects, '{indexed}', false);
END
$$;

-- Labels that a shop's own column holds.
CREATE FUNCTION thanosql.take_labels(pass uuid, pipelines integer[], workspace text, paths text[], labels text[]) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM thanosql.check_pass(pass);
    PERFORM set_config('thanosql.actor', '', true); -- whoever the audit is told by code on the way
    INSERT INTO thanosql.label AS l (pipeline_id, bucket, key, content_id, label, labelled_by)
    SELECT DISTINCT ON (i.image_id) p.id, i.bucket, i.key, i.content_id, thanosql.label_of(p.id, t.label), session_user
    FROM unnest(paths, labels) AS t (path, label)
    JOIN thanosql.image i ON i.bucket = thanosql.object_bucket(t.path, workspace) AND i.key = thanosql.object_key(t.path)
    CROSS JOIN LATERAL thanosql.pipeline_of(pipelines, i.bucket, i.key) AS p (id)
    ON CONFLICT (pipeline_id, bucket, key) DO UPDATE
    SET label = excluded.label, content_id = excluded.content_id, state = 'confirmed', labelled_by = excluded.labelled_by, labelled_at = now()
    WHERE l.label <> excluded.label;
END
$$;

-- Gives a picture its label in a pipeline, or (null) takes it back.
CREATE FUNCTION thanosql.set_label(pass uuid, pipeline integer, image bigint, new_label text, labelled_by text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM thanosql.check_pass(pass);
    PERFORM set_config('thanosql.actor', 'token ' || set_label.labelled_by, true);
    IF new_label IS NULL THEN
        DELETE FROM thanosql.label l USING thanosql.image i
        WHERE i.image_id = image AND l.pipeline_id = pipeline AND l.bucket = i.bucket AND l.key = i.key;
    ELSE
        INSERT INTO thanosql.label (pipeline_id, bucket, key, content_id, label, labelled_by)
        SELECT pipeline, i.bucket, i.key, i.content_id, new_label, set_label.labelled_by FROM thanosql.image i WHERE i.image_id = image
        ON CONFLICT (pipeline_id, bucket, key) DO UPDATE
        SET label = excluded.label, content_id = excluded.content_id, state = 'confirmed', labelled_by = excluded.labelled_by, labelled_at = now();
    END IF;
END
$$;

-- Holds an image against changes; null when there is no such picture.
CREATE FUNCTION thanosql.hold_image(pass uuid, in_bucket text, for_key text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM thanosql.check_pass(pass);
    RETURN (SELECT i.image_id FROM thanosql.image i WHERE i.bucket = in_bucket AND i.key = for_key AND i.state <> 'gone' FOR SHARE);
END
$$;

-- Promotions -----------------------------------------------------------------

-- Holds a model against everybody until the transaction ends; the version that is being prepared.
CREATE FUNCTION thanosql.hold_model(pass uuid, model integer) RETURNS TABLE (next_version bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM thanosql.check_pass(pass);
    RETURN QUERY SELECT m.next_version_id FROM thanosql.model m WHERE m.model_id = model FOR UPDATE;
END
$$;

-- A version is prepared from now on, or (null) none.
CREATE FUNCTION thanosql.prepare_version(pass uuid, model integer, version bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM thanosql.check_pass(pass);
    UPDATE thanosql.model m SET next_version_id = version WHERE m.model_id = model;
    UPDATE thanosql.model_version v SET state = 'candidate', reason = NULL WHERE v.version_id = version;
END
$$;

-- The version that was prepared answers from now on; traits and pause are null where they stay.
CREATE FUNCTION thanosql.promote_version(
    pass uuid, model integer, version bigint, left_state text, left_reason text, traits text[], pause text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM thanosql.check_pass(pass);
    PERFORM set_config('thanosql.actor', '', true);
    UPDATE thanosql.model_version v SET state = left_state, reason = left_reason
    FROM thanosql.model m WHERE m.model_id = model AND v.version_id = m.current_version_id AND v.version_id <> version;
    UPDATE thanosql.model_version v SET state = 'current', reason = NULL, promoted_at = now() WHERE v.version_id = version;
    UPDATE thanosql.model m
    SET current_version_id = version, next_version_id = NULL,
        algorithm = CASE WHEN traits IS NULL THEN m.algorithm ELSE traits[1] END,
        image_col = CASE WHEN traits IS NULL THEN m.image_col ELSE traits[2] END,
        label_col = CASE WHEN traits IS NULL THEN m.label_col ELSE traits[3] END,
        dialect = CASE WHEN traits IS NULL THEN m.dialect ELSE traits[4] END,
        schedule_paused = CASE WHEN pause IS NOT NULL THEN pause WHEN traits IS NULL THEN m.schedule_paused END
    WHERE m.model_id = model;
END
$$;

-- Rows of shops -----------------------------------------------------------------

-- For a row that a shop writes: makes its picture known and due, takes its label over, and gives what stands in its index columns. Locks the
-- image's row, so that a worker's answer and a shop's row cannot pass each other unseen. Without a pass, since a trigger has none; it does what its
-- caller may do by writing a row.
CREATE FUNCTION thanosql.key_row(pipelines integer[], workspace text, model_name text, path text, labels boolean, new_label text)
    RETURNS TABLE (keyword text, score real, number integer, source text, next_keyword text, next_score real, next_number integer, next_source text)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    in_bucket constant text := thanosql.object_bucket(path, workspace);
    for_key constant text := thanosql.object_key(path);
    feeding integer;
    image bigint;
    fresh boolean;
BEGIN
    IF coalesce(for_key, '') = '' THEN
        RETURN QUERY SELECT NULL::text, NULL::real, NULL::integer, 'failed', NULL::text, NULL::real, NULL::integer, NULL::text;
        RETURN;
    END IF;
    INSERT INTO thanosql.image (bucket, key, event_source) VALUES (in_bucket, for_key, 'row') ON CONFLICT DO NOTHING;
    fresh := FOUND;
    IF EXISTS (SELECT FROM thanosql.image i WHERE i.bucket = in_bucket AND i.key = for_key AND i.state = 'indexed') THEN
        SELECT i.image_id INTO image FROM thanosql.image i WHERE i.bucket = in_bucket AND i.key = for_key FOR SHARE;
    ELSE
        SELECT i.image_id INTO image FROM thanosql.image i WHERE i.bucket = in_bucket AND i.key = for_key FOR NO KEY UPDATE;
    END IF;
    feeding := thanosql.pipeline_of(pipelines, in_bucket, for_key);
    IF labels THEN
        PERFORM set_config('thanosql.actor', '', true);
    END IF;
    IF labels AND new_label IS NOT NULL THEN
        INSERT INTO thanosql.label (pipeline_id, bucket, key, content_id, label, labelled_by)
        SELECT feeding, i.bucket, i.key, i.content_id, thanosql.label_of(feeding, new_label), session_user
        FROM thanosql.image i WHERE i.image_id = image
        ON CONFLICT (pipeline_id, bucket, key) DO UPDATE
        SET label = excluded.label, content_id = excluded.content_id, state = 'confirmed', labelled_by = excluded.labelled_by, labelled_at = now();
    ELSIF labels THEN
        DELETE FROM thanosql.label l WHERE l.pipeline_id = feeding AND l.bucket = in_bucket AND l.key = for_key;
    END IF;
    SELECT e.keyword, e.score, e.version, e.source, n.keyword, n.score, n.version, n.source
    INTO keyword, score, number, source, next_keyword, next_score, next_number, next_source
    FROM (SELECT m.current_version_id, m.next_version_id FROM thanosql.model m WHERE m.name = model_name UNION ALL SELECT NULL, NULL LIMIT 1) m
    LEFT JOIN LATERAL thanosql.index_entry(feeding, image, m.current_version_id) e ON true
    LEFT JOIN LATERAL thanosql.index_entry(feeding, image, m.next_version_id) n ON m.next_version_id IS NOT NULL;
    IF source IS NULL AND NOT fresh THEN
        PERFORM thanosql.make_due(ARRAY[ROW(in_bucket, for_key, 'row', NULL, NULL, NULL)::thanosql.due_object], forget_crashes => false);
    END IF;
    RETURN NEXT;
END
$$;
