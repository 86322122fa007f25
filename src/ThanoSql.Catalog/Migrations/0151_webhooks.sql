-- Who wants to be told what. Events are written in the transaction of what they tell of, once however many webhooks there are; a query service hands
-- them out to the webhooks and calls those.

CREATE TABLE thanosql.webhook (
    webhook_id      integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    url             text NOT NULL,
    events          text[] NOT NULL,
    table_name      text,                     -- only what concerns this table; null: everything
    secret          bytea NOT NULL,           -- signs calls, so it cannot be hashed
    created_at      timestamptz NOT NULL DEFAULT now(),
    lease_owner     uuid,                     -- the process that calls it now
    lease_until     timestamptz,
    failures        integer NOT NULL DEFAULT 0,  -- calls in a row
    failing_since   timestamptz,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    last_error      text,
    delivered       bigint NOT NULL DEFAULT 0,
    delivered_at    timestamptz
);

-- What happened and was not handed out yet. Of one picture the ids are in the order of what happened: its row was held.
CREATE TABLE thanosql.webhook_event (
    event_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    type        text NOT NULL,
    at          timestamptz NOT NULL DEFAULT now(),
    image_id    bigint,
    bucket      text COLLATE "C",
    key         text COLLATE "C",
    pipeline_id integer,
    model_name  text,
    detail      jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX webhook_event_image ON thanosql.webhook_event (image_id);

-- What a webhook is still to be told. Of one subject in order.
CREATE TABLE thanosql.webhook_delivery (
    webhook_id      integer NOT NULL REFERENCES thanosql.webhook ON DELETE CASCADE,
    event_id        bigint NOT NULL,
    type            text NOT NULL,
    at              timestamptz NOT NULL,
    subject         text COLLATE "C" NOT NULL,
    data            jsonb NOT NULL,
    attempts        integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    try_until       timestamptz NOT NULL,
    last_error      text,
    dead_at         timestamptz,
    PRIMARY KEY (webhook_id, event_id)
);
CREATE INDEX webhook_delivery_due ON thanosql.webhook_delivery (webhook_id, event_id) WHERE dead_at IS NULL;
CREATE INDEX webhook_delivery_waiting ON thanosql.webhook_delivery (webhook_id, subject, event_id) WHERE attempts > 0 AND dead_at IS NULL;
CREATE INDEX webhook_delivery_dead ON thanosql.webhook_delivery (dead_at) WHERE dead_at IS NOT NULL;

-- Whether anybody wants to be told of such an event. While there is no webhook nothing is written.
CREATE FUNCTION thanosql.is_awaited(event text) RETURNS boolean LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM thanosql.webhook w WHERE event = ANY (w.events))
$$;

-- Images -----------------------------------------------------------------

-- Of images whose results were just written, in one statement; again, when that was so in this transaction before.
CREATE FUNCTION thanosql.tell_images(images bigint[], again boolean) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM thanosql.webhook w WHERE w.events && '{image.indexed,image.failed,image.gone}') THEN
        RETURN;
    END IF;
    IF again THEN
        DELETE FROM thanosql.webhook_event e WHERE e.image_id = ANY (images) AND e.at = now();
    END IF;
    INSERT INTO thanosql.webhook_event (type, image_id, bucket, key, detail)
    SELECT 'image.' || i.state, i.image_id, i.bucket, i.key,
           CASE i.state WHEN 'indexed' THEN jsonb_build_object('etag', i.etag, 'size', i.size)
                        WHEN 'failed' THEN jsonb_build_object('kind', i.failure_kind, 'reason', i.failure) ELSE '{}' END
    FROM thanosql.image i
    WHERE i.image_id = ANY (images) AND EXISTS (SELECT FROM thanosql.webhook w WHERE 'image.' || i.state = ANY (w.events))
    ORDER BY i.image_id;
END
$$;

CREATE OR REPLACE FUNCTION thanosql.settle(pass uuid, holder uuid, r thanosql.image_results, first_wait interval, longest_wait interval)
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
    PERFORM thanosql.tell_images(kept.images, false);
    RETURN held;
END
$$;

CREATE OR REPLACE FUNCTION thanosql.refuse(pass uuid, r thanosql.image_results, first_wait interval, longest_wait interval) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM thanosql.check_pass(pass);
    PERFORM thanosql.write_results(r, first_wait, longest_wait);
    PERFORM thanosql.tell_images(r.images, true); -- their tables refused the rows
END
$$;

-- One that is deleted through the service.
CREATE OR REPLACE FUNCTION thanosql.end_image(pass uuid, in_bucket text, for_key text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    image bigint;
    was text;
BEGIN
    PERFORM thanosql.check_pass(pass);
    SELECT i.image_id, i.state INTO image, was FROM thanosql.image i WHERE i.bucket = in_bucket AND i.key = for_key FOR UPDATE;
    UPDATE thanosql.image i SET state = 'gone', generation = i.generation + 1, lease_owner = NULL, lease_until = NULL WHERE i.image_id = image;
    IF was <> 'gone' THEN
        PERFORM thanosql.tell_images(ARRAY[image], false);
    END IF;
    RETURN image;
END
$$;

-- Labels -----------------------------------------------------------------

CREATE FUNCTION thanosql.tell_label() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO thanosql.webhook_event (type, bucket, key, pipeline_id, detail)
    SELECT 'label.changed', NEW.bucket, NEW.key, NEW.pipeline_id, jsonb_build_object('label', NEW.label, 'by', NEW.said_by)
    WHERE thanosql.is_awaited('label.changed');
    RETURN NULL;
END $$;
CREATE TRIGGER label_word_told AFTER INSERT ON thanosql.label_word FOR EACH ROW WHEN (NEW.in_force) EXECUTE FUNCTION thanosql.tell_label();

-- Models -----------------------------------------------------------------

CREATE FUNCTION thanosql.tell_promotion() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO thanosql.webhook_event (type, model_name, detail)
    SELECT 'model.promoted', NEW.name,
           jsonb_build_object(
               'version', (SELECT v.number FROM thanosql.model_version v WHERE v.version_id = NEW.current_version_id),
               'previous', (SELECT v.number FROM thanosql.model_version v WHERE v.version_id = OLD.current_version_id))
    WHERE thanosql.is_awaited('model.promoted');
    RETURN NULL;
END $$;
CREATE TRIGGER model_promotion_told AFTER UPDATE OF current_version_id ON thanosql.model FOR EACH ROW
    WHEN (NEW.current_version_id IS NOT NULL AND NEW.current_version_id IS DISTINCT FROM OLD.current_version_id)
    EXECUTE FUNCTION thanosql.tell_promotion();

CREATE FUNCTION thanosql.tell_run() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    event constant text := CASE NEW.state WHEN 'refused' THEN 'model.refused' ELSE 'run.failed' END;
BEGIN
    INSERT INTO thanosql.webhook_event (type, model_name, detail)
    SELECT event, NEW.model_name,
           jsonb_build_object(
               'run_id', NEW.run_id, 'reason', NEW.outcome, 'code', NEW.error_code,
               'version', (SELECT v.number FROM thanosql.model_version v WHERE v.version_id = NEW.version_id))
    WHERE thanosql.is_awaited(event);
    RETURN NULL;
END $$;
CREATE TRIGGER training_run_end_told AFTER UPDATE OF state ON thanosql.training_run FOR EACH ROW
    WHEN (NEW.state IN ('refused', 'failed') AND NEW.state IS DISTINCT FROM OLD.state)
    EXECUTE FUNCTION thanosql.tell_run();

-- The audit -----------------------------------------------------------------

ALTER TABLE thanosql.audit DROP CONSTRAINT audit_kind_check,
    ADD CONSTRAINT audit_kind_check CHECK (kind IN ('model', 'token', 'label', 'image', 'webhook'));

CREATE FUNCTION thanosql.audit_webhook() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    webhook thanosql.webhook%ROWTYPE;
BEGIN
    IF TG_OP = 'DELETE' THEN webhook := OLD; ELSE webhook := NEW; END IF;
    INSERT INTO thanosql.audit (who, kind, subject, action, change) VALUES (
        thanosql.audit_actor(NULL), 'webhook', split_part(webhook.url, '?', 1), CASE TG_OP WHEN 'DELETE' THEN 'remove' ELSE 'add' END,
        array_to_string(webhook.events, ', ') || coalesce(', table ' || webhook.table_name, ''));
    RETURN NULL;
END $$;
CREATE TRIGGER webhook_audited AFTER INSERT OR DELETE ON thanosql.webhook FOR EACH ROW EXECUTE FUNCTION thanosql.audit_webhook();

-- Handing out -----------------------------------------------------------------

-- Takes the oldest events and writes what each webhook is to be told of them. What stands in index columns is told as it stands now.
CREATE FUNCTION thanosql.hand_out_events(most integer, try_for interval, workspace text) RETURNS integer
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    WITH taken AS (
        DELETE FROM thanosql.webhook_event
        WHERE event_id IN (SELECT e.event_id FROM thanosql.webhook_event e ORDER BY e.event_id LIMIT most) RETURNING *),
    told AS MATERIALIZED (
        SELECT e.event_id, e.type, e.at, p.tables, coalesce('s3://' || e.bucket || '/' || e.key, 'model ' || e.model_name) AS subject,
               jsonb_strip_nulls(jsonb_build_object(
                   'path', CASE WHEN e.bucket = workspace THEN e.key ELSE 's3://' || e.bucket || '/' || e.key END,
                   'model', e.model_name, 'pipeline', p.named, 'tables', p.tables))
               || e.detail || CASE WHEN e.type = 'image.indexed' THEN jsonb_build_object('keywords', coalesce(k.keywords, '[]')) ELSE '{}' END AS data
        FROM taken e
        CROSS JOIN LATERAL (
            SELECT coalesce(array_agg(DISTINCT p.table_name), '{}') AS tables, min(p.name) FILTER (WHERE e.pipeline_id IS NOT NULL) AS named
            FROM thanosql.pipeline p
            WHERE CASE WHEN e.pipeline_id IS NOT NULL THEN p.pipeline_id = e.pipeline_id
                       WHEN e.key IS NOT NULL THEN p.bucket = e.bucket AND starts_with(e.key, p.prefix)
                       ELSE p.model_name = e.model_name END) p
        CROSS JOIN LATERAL (
            SELECT jsonb_agg(
                       jsonb_build_object(
                           'table', p.table_name, 'keyword', i.keyword, 'score', i.score, 'version', i.version, 'source', i.source)
                       ORDER BY p.pipeline_id) AS keywords
            FROM thanosql.pipeline p
            JOIN thanosql.model m ON m.name = p.model_name
            CROSS JOIN LATERAL thanosql.index_entry(p.pipeline_id, e.image_id, m.current_version_id) i
            WHERE e.type = 'image.indexed' AND p.bucket = e.bucket AND starts_with(e.key, p.prefix)) k
        WHERE EXISTS (SELECT FROM thanosql.webhook w WHERE e.type = ANY (w.events))),
    handed AS (
        INSERT INTO thanosql.webhook_delivery (webhook_id, event_id, type, at, subject, data, try_until)
        SELECT w.webhook_id, t.event_id, t.type, t.at, t.subject, t.data, now() + try_for
        FROM told t JOIN thanosql.webhook w ON t.type = ANY (w.events) AND (w.table_name IS NULL OR w.table_name = ANY (t.tables)))
    SELECT count(*)::integer FROM taken
$$;
