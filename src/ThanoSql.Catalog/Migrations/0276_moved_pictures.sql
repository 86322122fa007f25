-- A picture that was moved, renamed or copied takes along what people said of it: its bytes are the same, whatever its path.

-- Where a word was said first, when it came along with the picture.
ALTER TABLE thanosql.label_word
    ADD COLUMN from_bucket text COLLATE "C",
    ADD COLUMN from_key    text COLLATE "C";

-- Whether a picture took a word along to another path since it was said. A copy that somebody labelled otherwise while this one was still there went
-- its own way.
CREATE FUNCTION thanosql.is_handed_on(word bigint) RETURNS boolean LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM thanosql.label_word w
        JOIN thanosql.label_word h ON h.content_id = w.content_id AND h.from_bucket = w.bucket AND h.from_key = w.key AND h.word_id > w.word_id
        WHERE w.word_id = word
          AND NOT EXISTS (
              SELECT FROM thanosql.label_word o
              JOIN thanosql.image i ON i.bucket = w.bucket AND i.key = w.key AND i.state = 'gone' AND o.said_at < i.event_at
              WHERE o.bucket = h.bucket AND o.key = h.key AND o.pipeline_id = h.pipeline_id AND o.content_id = h.content_id
                AND o.word_id > h.word_id AND o.in_force AND o.from_key IS NULL))
$$;

-- The word that a picture of this content takes over under a new path: the last one in force at the path that it left, the latest of several. When it
-- left none, the copies that stay hand theirs down if they agree. What a path that the picture has left handed on once is not handed on again.
CREATE FUNCTION thanosql.word_to_inherit(for_pipeline integer, in_bucket text, for_key text, content bigint) RETURNS bigint
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH last AS (
        SELECT DISTINCT ON (w.pipeline_id, w.bucket, w.key) w.word_id, w.label, w.said_at, i.event_at AS left_at,
               coalesce(i.content_id = content AND i.state <> 'gone', false) AS stays
        FROM thanosql.label_word w
        JOIN thanosql.pipeline p USING (pipeline_id)
        LEFT JOIN thanosql.image i ON i.bucket = w.bucket AND i.key = w.key
        WHERE w.content_id = content AND w.in_force AND (w.bucket, w.key) <> (in_bucket, for_key)
          AND p.model_name = (SELECT f.model_name FROM thanosql.pipeline f WHERE f.pipeline_id = for_pipeline)
        ORDER BY w.pipeline_id, w.bucket, w.key, w.word_id DESC)
    SELECT l.word_id FROM last l
    WHERE NOT l.stays AND NOT thanosql.is_handed_on(l.word_id)
       OR l.stays AND (SELECT count(DISTINCT coalesce(o.label, '')) = 1 FROM last o WHERE o.stays)
    ORDER BY l.stays, l.left_at DESC, l.said_at DESC, l.word_id DESC LIMIT 1
$$;

-- Gives pictures that came under a path their label, in each pipeline that covers it. What was said of this very picture there stands, unless it went
-- elsewhere in between and took that along.
CREATE FUNCTION thanosql.inherit_labels(images bigint[]) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    heir record;
    said bigint;
BEGIN
    FOR heir IN
        SELECT p.pipeline_id, i.bucket, i.key, i.content_id, own.word_id AS own, w.word_id, w.label, w.said_by, w.said_at, w.settles,
               w.pipeline_id AS from_pipeline, w.bucket AS from_bucket, w.key AS from_key
        FROM thanosql.image i
        JOIN thanosql.pipeline p ON p.bucket = i.bucket AND starts_with(i.key, p.prefix)
        CROSS JOIN LATERAL (
            SELECT max(s.word_id) AS word_id FROM thanosql.label_word s
            WHERE s.bucket = i.bucket AND s.key = i.key AND s.pipeline_id = p.pipeline_id AND s.content_id = i.content_id AND s.in_force) own
        JOIN thanosql.label_word w ON w.word_id = thanosql.word_to_inherit(p.pipeline_id, i.bucket, i.key, i.content_id)
        WHERE i.image_id = ANY (images) AND w.label IS NOT NULL AND (own.word_id IS NULL OR thanosql.is_handed_on(own.word_id))
        ORDER BY i.image_id, p.pipeline_id
    LOOP
        PERFORM set_config('thanosql.actor', 'service', true);
        -- What others said, too: they may disagree
        INSERT INTO thanosql.label_word (
            pipeline_id, bucket, key, content_id, label, said_by, said_at, in_force, settles, from_bucket, from_key)
        SELECT heir.pipeline_id, heir.bucket, heir.key, w.content_id, w.label, w.said_by, w.said_at, false, w.settles, w.bucket, w.key
        FROM thanosql.label_word w
        WHERE heir.own IS NULL AND w.pipeline_id = heir.from_pipeline AND w.bucket = heir.from_bucket AND w.key = heir.from_key
          AND w.content_id = heir.content_id AND w.word_id <> heir.word_id
        ORDER BY w.word_id;
        INSERT INTO thanosql.label AS kept (pipeline_id, bucket, key, content_id, label, state, labelled_by, labelled_at)
        VALUES (heir.pipeline_id, heir.bucket, heir.key, heir.content_id, thanosql.label_of(heir.pipeline_id, heir.label),
                coalesce((SELECT l.state FROM thanosql.label l
                          WHERE l.pipeline_id = heir.from_pipeline AND l.bucket = heir.from_bucket AND l.key = heir.from_key
                            AND l.content_id = heir.content_id), 'confirmed'),
                heir.said_by, heir.said_at)
        ON CONFLICT (pipeline_id, bucket, key) DO UPDATE
        SET content_id = excluded.content_id, label = excluded.label, state = excluded.state, labelled_by = excluded.labelled_by,
            labelled_at = excluded.labelled_at;
        SELECT max(n.word_id) INTO said FROM thanosql.label_word n
        WHERE n.bucket = heir.bucket AND n.key = heir.key AND n.pipeline_id = heir.pipeline_id AND n.word_id > heir.word_id AND n.in_force;
        IF said IS NULL THEN -- it came back as it went, and nobody noted a change
            INSERT INTO thanosql.label_word (pipeline_id, bucket, key, content_id, label, said_by, said_at, in_force)
            VALUES (heir.pipeline_id, heir.bucket, heir.key, heir.content_id, heir.label, heir.said_by, heir.said_at, true)
            RETURNING word_id INTO said;
        END IF;
        UPDATE thanosql.label_word w SET from_bucket = heir.from_bucket, from_key = heir.from_key, settles = heir.settles WHERE w.word_id = said;
        PERFORM thanosql.weigh_words(heir.pipeline_id, heir.bucket, heir.key);
        PERFORM set_config('thanosql.actor', '', true);
    END LOOP;
END
$$;

-- The labels of pictures that came along with them: a shop's own label column is to say the same.
CREATE FUNCTION thanosql.inherited_labels(pass uuid, pipelines integer[], images bigint[])
    RETURNS TABLE (bucket text, key text, label text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM thanosql.check_pass(pass);
    RETURN QUERY
        SELECT i.bucket COLLATE "default", i.key COLLATE "default", l.label
        FROM thanosql.image i
        JOIN thanosql.label l ON l.pipeline_id = thanosql.pipeline_of(pipelines, i.bucket, i.key) AND l.bucket = i.bucket AND l.key = i.key
        WHERE i.image_id = ANY (images) AND i.state = 'indexed'
          AND (SELECT w.from_key FROM thanosql.label_word w
               WHERE w.bucket = l.bucket AND w.key = l.key AND w.pipeline_id = l.pipeline_id ORDER BY w.word_id DESC LIMIT 1) IS NOT NULL;
END
$$;

-- As before, and a picture that is new under its path may have a label from another.
CREATE OR REPLACE FUNCTION thanosql.settle(pass uuid, holder uuid, r thanosql.image_results, first_wait interval, longest_wait interval)
    RETURNS integer[]
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    held integer[];
    kept thanosql.image_results;
    arrived bigint[];
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
    arrived := ARRAY(
        SELECT i.image_id FROM thanosql.image i JOIN unnest(kept.images, kept.contents) AS n (image_id, content_id) USING (image_id)
        WHERE (i.indexed_at IS NULL OR i.content_id IS DISTINCT FROM n.content_id)
          AND EXISTS (SELECT FROM thanosql.label_word w WHERE w.content_id = n.content_id));
    PERFORM thanosql.write_results(kept, first_wait, longest_wait);
    -- A label of a picture that changed is up for confirmation; one that came before its picture belongs to the first.
    UPDATE thanosql.label l
    SET content_id = i.content_id, state = CASE WHEN l.content_id IS NULL THEN l.state ELSE 'to confirm' END
    FROM thanosql.image i
    WHERE i.image_id = ANY (kept.images) AND i.bucket = l.bucket AND i.key = l.key
      AND i.content_id IS NOT NULL AND l.content_id IS DISTINCT FROM i.content_id;
    IF cardinality(arrived) > 0 THEN
        PERFORM thanosql.inherit_labels(arrived);
    END IF;
    PERFORM thanosql.tell_images(kept.images, false);
    RETURN held;
END
$$;
