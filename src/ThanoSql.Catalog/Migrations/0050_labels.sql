-- What people say of pictures, for them to read.

-- Of pictures that are there. "to confirm": the picture was overwritten since; the label counts again when it is given anew.
CREATE VIEW thanosql.labels AS
    SELECT p.name AS pipeline, p.model_name AS model, l.bucket, l.key AS path, l.label, l.state, l.labelled_by, l.labelled_at
    FROM thanosql.label l
    JOIN thanosql.pipeline p USING (pipeline_id)
    WHERE NOT EXISTS (SELECT FROM thanosql.image i WHERE i.bucket = l.bucket AND i.key = l.key AND i.state = 'gone');

-- The label that a person's word stands for: by the synonyms in a pipeline's file, else the word itself.
CREATE FUNCTION thanosql.label_of(for_pipeline integer, word text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce((
        SELECT s.key FROM thanosql.pipeline p, jsonb_each(p.definition -> 'synonyms') s
        WHERE p.pipeline_id = for_pipeline AND s.value ? word AND NOT p.definition -> 'synonyms' ? word ORDER BY s.key LIMIT 1), word)
$$;
