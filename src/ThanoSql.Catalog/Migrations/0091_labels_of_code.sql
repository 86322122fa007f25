-- The audit does not call a label the service's that code on somebody's table gave.

-- For a row that a shop writes: makes its picture known and due, takes its label over, and gives what stands in its index columns. Locks the
-- image's row, so that a worker's answer and a shop's row cannot pass each other unseen. Without a pass, since a trigger has none; it does what its
-- caller may do by writing a row. In a session of the service that is what a table's own code does: the service gives labels with a pass, before it
-- writes them into a row.
CREATE OR REPLACE FUNCTION thanosql.key_row(pipelines integer[], workspace text, model_name text, path text, labels boolean, new_label text)
    RETURNS TABLE (keyword text, score real, number integer, source text, next_keyword text, next_score real, next_number integer, next_source text)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    in_bucket constant text := thanosql.object_bucket(path, workspace);
    for_key constant text := thanosql.object_key(path);
    feeding integer;
    image bigint;
    fresh boolean;
    by_code constant boolean := session_user = current_database() || '_tables';
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
        PERFORM set_config('thanosql.actor', CASE WHEN by_code THEN 'code on a table' ELSE '' END, true);
    END IF;
    IF labels AND new_label IS NOT NULL THEN
        INSERT INTO thanosql.label AS label (pipeline_id, bucket, key, content_id, label, labelled_by)
        SELECT feeding, i.bucket, i.key, i.content_id, thanosql.label_of(feeding, new_label), session_user
        FROM thanosql.image i WHERE i.image_id = image
        ON CONFLICT (pipeline_id, bucket, key) DO UPDATE
        SET label = excluded.label, content_id = excluded.content_id, state = 'confirmed', labelled_by = excluded.labelled_by, labelled_at = now()
        WHERE NOT by_code OR label.label <> excluded.label;
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
