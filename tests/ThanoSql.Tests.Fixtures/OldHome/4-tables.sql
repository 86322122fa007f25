-- What a user made, and what two pipelines made of two of the tables: they took them over, gave them index columns, indexes and triggers,
-- and swapped the columns once, when version 2 of the model came into service.
SET ROLE thanosql_write;
CREATE TABLE public.photographs (image_path text, label text);
CREATE TABLE public.products (
    image_path text PRIMARY KEY, price integer DEFAULT 100,
    keyword_next text, keyword_score_next real, keyword_version_next integer, keyword_source_next text,
    keyword text, keyword_score real, keyword_version integer, keyword_source text);
CREATE TABLE public.gallery (
    picture text, label text, note text,
    keyword_next text, keyword_score_next real, keyword_version_next integer, keyword_source_next text,
    keyword text, keyword_score real, keyword_version integer, keyword_source text);
RESET ROLE;

ALTER TABLE public.gallery OWNER TO thanosql;
REVOKE ALL ON public.gallery FROM thanosql_write;
GRANT SELECT ON public.gallery TO thanosql_query;
GRANT INSERT, UPDATE, DELETE, TRUNCATE ON public.gallery TO thanosql_write;
CREATE INDEX ON public.gallery (keyword, keyword_score DESC);
CREATE INDEX ON public.gallery (picture);
CREATE INDEX ON public.gallery (picture) WHERE keyword_source IS NULL;

CREATE FUNCTION thanosql.key_row_1()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
    in_bucket text := thanosql.object_bucket(NEW."picture"::text, 'workspace');
    for_key text := thanosql.object_key(NEW."picture"::text);
    feeding integer;
    image bigint;
    fresh boolean;
    prepared boolean := EXISTS (
        SELECT FROM pg_attribute WHERE attrelid = TG_RELID AND attname = 'keyword_source_next' AND NOT attisdropped);
    model record;
    entry record;
BEGIN
    NEW."keyword" := NULL; NEW."keyword_score" := NULL; NEW."keyword_version" := NULL; NEW."keyword_source" := NULL;
    IF prepared THEN NEW."keyword_next" := NULL; NEW."keyword_score_next" := NULL;
        NEW."keyword_version_next" := NULL; NEW."keyword_source_next" := NULL; END IF;
    IF NEW."picture" IS NULL THEN RETURN NEW; END IF;
    IF coalesce(for_key, '') = '' THEN NEW."keyword_source" := 'failed'; RETURN NEW; END IF;
    INSERT INTO thanosql.image (bucket, key, event_source) VALUES (in_bucket, for_key, 'row') ON CONFLICT DO NOTHING;
    fresh := FOUND;
    IF EXISTS (SELECT FROM thanosql.image WHERE bucket = in_bucket AND key = for_key AND state = 'indexed') THEN
        SELECT image_id INTO image FROM thanosql.image WHERE bucket = in_bucket AND key = for_key FOR SHARE;
    ELSE
        SELECT image_id INTO image FROM thanosql.image WHERE bucket = in_bucket AND key = for_key FOR NO KEY UPDATE;
    END IF;
    feeding := thanosql.pipeline_of('{1}'::integer[], in_bucket, for_key);
    IF NEW."label" IS NOT NULL AND (TG_OP = 'INSERT' OR NEW."label" IS DISTINCT FROM OLD."label") THEN
    INSERT INTO thanosql.label (pipeline_id, bucket, key, content_id, label, labelled_by)
    SELECT feeding, i.bucket, i.key, i.content_id, thanosql.label_of(feeding, NEW."label"::text), session_user
    FROM thanosql.image i WHERE i.image_id = image
    ON CONFLICT (pipeline_id, bucket, key) DO UPDATE
    SET label = excluded.label, content_id = excluded.content_id, state = 'confirmed', labelled_by = excluded.labelled_by, labelled_at = now();
ELSIF TG_OP = 'UPDATE' AND NEW."label" IS NULL AND OLD."label" IS NOT NULL THEN
    DELETE FROM thanosql.label WHERE pipeline_id = feeding AND bucket = in_bucket AND key = for_key;
END IF;
    SELECT current_version_id AS current, next_version_id AS next INTO model FROM thanosql.model WHERE name = 'fruit';
    SELECT * INTO entry FROM thanosql.index_entry(feeding, image, model.current);
    NEW."keyword" := entry.keyword; NEW."keyword_score" := entry.score; NEW."keyword_version" := entry.version; NEW."keyword_source" := entry.source;
    IF entry.source IS NULL AND NOT fresh THEN
        UPDATE thanosql.image i
        SET state = 'pending', generation = generation + 1, next_attempt_at = now(), lease_owner = NULL, lease_until = NULL
        WHERE i.image_id = image;
    END IF;
    IF prepared AND model.next IS NOT NULL THEN
        SELECT * INTO entry FROM thanosql.index_entry(feeding, image, model.next);
        NEW."keyword_next" := entry.keyword; NEW."keyword_score_next" := entry.score;
        NEW."keyword_version_next" := entry.version; NEW."keyword_source_next" := entry.source;
    END IF;
    RETURN NEW;
END $function$;

CREATE TRIGGER thanosql_key_row_1_insert BEFORE INSERT ON public.gallery
    FOR EACH ROW WHEN (NEW.keyword_source IS NULL) EXECUTE FUNCTION thanosql.key_row_1();
CREATE TRIGGER thanosql_key_row_1_update BEFORE UPDATE OF picture, label ON public.gallery FOR EACH ROW EXECUTE FUNCTION thanosql.key_row_1();

ALTER TABLE public.products OWNER TO thanosql;
REVOKE ALL ON public.products FROM thanosql_write;
GRANT SELECT ON public.products TO thanosql_query;
GRANT INSERT, UPDATE, DELETE, TRUNCATE ON public.products TO thanosql_write;
CREATE INDEX ON public.products (keyword, keyword_score DESC);
CREATE INDEX ON public.products (image_path) WHERE keyword_source IS NULL;

CREATE FUNCTION thanosql.key_row_2()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
DECLARE
    in_bucket text := thanosql.object_bucket(NEW."image_path"::text, 'workspace');
    for_key text := thanosql.object_key(NEW."image_path"::text);
    feeding integer;
    image bigint;
    fresh boolean;
    prepared boolean := EXISTS (
        SELECT FROM pg_attribute WHERE attrelid = TG_RELID AND attname = 'keyword_source_next' AND NOT attisdropped);
    model record;
    entry record;
BEGIN
    NEW."keyword" := NULL; NEW."keyword_score" := NULL; NEW."keyword_version" := NULL; NEW."keyword_source" := NULL;
    IF prepared THEN NEW."keyword_next" := NULL; NEW."keyword_score_next" := NULL;
        NEW."keyword_version_next" := NULL; NEW."keyword_source_next" := NULL; END IF;
    IF NEW."image_path" IS NULL THEN RETURN NEW; END IF;
    IF coalesce(for_key, '') = '' THEN NEW."keyword_source" := 'failed'; RETURN NEW; END IF;
    INSERT INTO thanosql.image (bucket, key, event_source) VALUES (in_bucket, for_key, 'row') ON CONFLICT DO NOTHING;
    fresh := FOUND;
    IF EXISTS (SELECT FROM thanosql.image WHERE bucket = in_bucket AND key = for_key AND state = 'indexed') THEN
        SELECT image_id INTO image FROM thanosql.image WHERE bucket = in_bucket AND key = for_key FOR SHARE;
    ELSE
        SELECT image_id INTO image FROM thanosql.image WHERE bucket = in_bucket AND key = for_key FOR NO KEY UPDATE;
    END IF;
    feeding := thanosql.pipeline_of('{2}'::integer[], in_bucket, for_key);

    SELECT current_version_id AS current, next_version_id AS next INTO model FROM thanosql.model WHERE name = 'fruit';
    SELECT * INTO entry FROM thanosql.index_entry(feeding, image, model.current);
    NEW."keyword" := entry.keyword; NEW."keyword_score" := entry.score; NEW."keyword_version" := entry.version; NEW."keyword_source" := entry.source;
    IF entry.source IS NULL AND NOT fresh THEN
        UPDATE thanosql.image i
        SET state = 'pending', generation = generation + 1, next_attempt_at = now(), lease_owner = NULL, lease_until = NULL
        WHERE i.image_id = image;
    END IF;
    IF prepared AND model.next IS NOT NULL THEN
        SELECT * INTO entry FROM thanosql.index_entry(feeding, image, model.next);
        NEW."keyword_next" := entry.keyword; NEW."keyword_score_next" := entry.score;
        NEW."keyword_version_next" := entry.version; NEW."keyword_source_next" := entry.source;
    END IF;
    RETURN NEW;
END $function$;

CREATE TRIGGER thanosql_key_row_2_insert BEFORE INSERT ON public.products
    FOR EACH ROW WHEN (NEW.keyword_source IS NULL) EXECUTE FUNCTION thanosql.key_row_2();
CREATE TRIGGER thanosql_key_row_2_update BEFORE UPDATE OF image_path ON public.products FOR EACH ROW EXECUTE FUNCTION thanosql.key_row_2();
