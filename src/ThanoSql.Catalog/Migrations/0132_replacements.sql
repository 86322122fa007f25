-- Pictures that took the place of others under the same name: the links to them change. Removed when they are a day old.
CREATE TABLE thanosql.replacement (
    at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    bucket text COLLATE "C" NOT NULL,
    key    text COLLATE "C" NOT NULL
);
CREATE INDEX replacement_at ON thanosql.replacement (at);

CREATE FUNCTION thanosql.note_replacement() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO thanosql.replacement (bucket, key) VALUES (NEW.bucket, NEW.key);
    RETURN NULL;
END $$;
-- Also of one that was deleted in between
CREATE TRIGGER image_replaced AFTER UPDATE OF content_id ON thanosql.image FOR EACH ROW
    WHEN (OLD.indexed_at IS NOT NULL AND NEW.content_id IS NOT NULL AND NEW.content_id IS DISTINCT FROM OLD.content_id)
    EXECUTE FUNCTION thanosql.note_replacement();
