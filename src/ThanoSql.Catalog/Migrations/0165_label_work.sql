-- What people are to look at next: the page asks for it in three orders, at a million pictures as at a thousand.

-- What a version is least sure of comes first. One read of each version's rows, whose writers wait for it: a second for a million pictures.
CREATE INDEX keyword_unsure ON thanosql.keyword (score, content_id) WHERE rank = 1;

-- What waits for somebody's word: the picture was overwritten since, or two people said different things.
CREATE INDEX label_waiting ON thanosql.label (pipeline_id, labelled_at, bucket, key) WHERE state = 'to confirm' OR disputed;

-- How many labels were given today.
CREATE INDEX label_recent ON thanosql.label (pipeline_id, labelled_at);

-- Lets a label wait for confirmation again: somebody takes back that they confirmed it.
CREATE FUNCTION thanosql.doubt_label(pass uuid, pipeline integer, image bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM thanosql.check_pass(pass);
    UPDATE thanosql.label l SET state = 'to confirm' FROM thanosql.image i
    WHERE i.image_id = image AND l.pipeline_id = pipeline AND l.bucket = i.bucket AND l.key = i.key;
END
$$;
