-- What a shop asks of its pictures: pages of them, and their end.

-- Pages of images in one state; of those in any, the index of buckets and keys has them.
CREATE INDEX image_state ON thanosql.image (state, bucket, key);

ALTER TABLE thanosql.audit DROP CONSTRAINT audit_kind_check,
    ADD CONSTRAINT audit_kind_check CHECK (kind IN ('model', 'token', 'label', 'image'));

-- Removes contents with all that is known of them: nothing may refer to them any more. Keywords are found by version first, as their index has them.
CREATE FUNCTION thanosql.remove_contents(contents bigint[]) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    version bigint;
BEGIN
    FOR version IN
        SELECT substr(c.relname, 9)::bigint FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'thanosql.keyword'::regclass AND c.relname ~ '^keyword_[0-9]{1,18}$'
    LOOP
        DELETE FROM thanosql.keyword k WHERE k.version_id = version AND k.content_id = ANY (contents);
    END LOOP;
    DELETE FROM thanosql.label l WHERE l.content_id = ANY (contents);
    DELETE FROM thanosql.content c WHERE c.content_id = ANY (contents); -- embeddings and held-out parts go with it
END
$$;

-- A picture's object was deleted: its image is gone from now on, whatever a worker is finding out about it. Null when it is not known.
CREATE FUNCTION thanosql.end_image(pass uuid, in_bucket text, for_key text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    image bigint;
BEGIN
    PERFORM thanosql.check_pass(pass);
    UPDATE thanosql.image i SET state = 'gone', generation = i.generation + 1, lease_owner = NULL, lease_until = NULL
    WHERE i.bucket = in_bucket AND i.key = for_key RETURNING i.image_id INTO image;
    RETURN image;
END
$$;

-- Forgets a picture: its image and labels, and its content unless another image is the same. The audit notes it where there was something to forget,
-- be it the object alone. Gives whether the image was known.
CREATE FUNCTION thanosql.forget_image(pass uuid, in_bucket text, for_key text, asked_by text, was_stored boolean) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    contents bigint[];
    last_content bigint;
    known boolean;
BEGIN
    PERFORM thanosql.check_pass(pass);
    PERFORM set_config('thanosql.actor', asked_by, true);
    WITH removed AS (DELETE FROM thanosql.label l WHERE l.bucket = in_bucket AND l.key = for_key RETURNING l.content_id)
    SELECT array_agg(r.content_id) INTO contents FROM removed r;
    DELETE FROM thanosql.image i WHERE i.bucket = in_bucket AND i.key = for_key RETURNING i.content_id INTO last_content;
    known := FOUND;
    PERFORM thanosql.remove_contents(ARRAY(
        SELECT c.content_id FROM thanosql.content c
        WHERE c.content_id = ANY (contents || last_content) AND NOT EXISTS (SELECT FROM thanosql.image i WHERE i.content_id = c.content_id)
        ORDER BY c.content_id FOR UPDATE));
    IF known OR was_stored THEN
        INSERT INTO thanosql.audit (who, kind, subject, action) VALUES (asked_by, 'image', 's3://' || in_bucket || '/' || for_key, 'delete');
    END IF;
    RETURN known;
END
$$;
