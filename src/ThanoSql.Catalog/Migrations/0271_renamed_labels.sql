-- A label that a person renamed: by a run of training, which makes a version with the other name and renames what people said.

ALTER TABLE thanosql.training_run DROP CONSTRAINT training_run_trigger_check;
ALTER TABLE thanosql.training_run ADD CONSTRAINT training_run_trigger_check
    CHECK (trigger IN ('statement', 'schedule', 'rows', 'hand', 'rollback', 'rename')) NOT VALID;

-- The old name goes on standing for the new one, in searches, in what people say and in what models are trained from.
CREATE TABLE thanosql.renamed_label (
    model_name text NOT NULL,
    old_label  text NOT NULL,
    new_label  text NOT NULL,
    old_form   text NOT NULL GENERATED ALWAYS AS (thanosql.label_form(old_label)) STORED,
    new_form   text NOT NULL GENERATED ALWAYS AS (thanosql.label_form(new_label)) STORED,
    renamed_by text NOT NULL,
    renamed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (model_name, old_label)
);
CREATE INDEX renamed_label_forms ON thanosql.renamed_label (model_name, old_form);

ALTER TABLE thanosql.label ADD COLUMN renames integer NOT NULL DEFAULT 0;
ALTER TABLE thanosql.label ADD CONSTRAINT label_is_short CHECK (char_length(label) <= 500) NOT VALID;

-- Renaming is nobody's word on a picture: it is audited once. The count cannot be changed by who writes a label.
DROP TRIGGER label_change_noted ON thanosql.label;
CREATE TRIGGER label_change_noted AFTER UPDATE ON thanosql.label FOR EACH ROW
    WHEN (NEW.renames = OLD.renames AND (NEW.label IS DISTINCT FROM OLD.label OR NEW.labelled_at IS DISTINCT FROM OLD.labelled_at))
    EXECUTE FUNCTION thanosql.note_word();
DROP TRIGGER label_change_audited ON thanosql.label;
CREATE TRIGGER label_change_audited AFTER UPDATE ON thanosql.label FOR EACH ROW
    WHEN (NEW.renames = OLD.renames AND (NEW.label IS DISTINCT FROM OLD.label OR NEW.labelled_at IS DISTINCT FROM OLD.labelled_at))
    EXECUTE FUNCTION thanosql.audit_label();

-- Renames the labels of some pictures, and what was said of them: else the words of two people who agree would seem to differ.
CREATE FUNCTION thanosql.rename_labels(pass uuid, pipelines integer[], buckets text[], keys text[], old_label text, new_label text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM thanosql.check_pass(pass);
    UPDATE thanosql.label_word w SET label = new_label
    FROM unnest(pipelines, buckets, keys) AS p (id, bucket, key)
    WHERE w.pipeline_id = p.id AND w.bucket = p.bucket AND w.key = p.key AND w.label = old_label;
    UPDATE thanosql.label l SET label = new_label, renames = l.renames + 1
    FROM unnest(pipelines, buckets, keys) AS p (id, bucket, key)
    WHERE l.pipeline_id = p.id AND l.bucket = p.bucket AND l.key = p.key AND l.label = old_label;
    PERFORM thanosql.weigh_words(p.id, p.bucket, p.key) FROM unnest(pipelines, buckets, keys) AS p (id, bucket, key);
END
$$;

CREATE OR REPLACE FUNCTION thanosql.audit_run() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO thanosql.audit (who, kind, subject, action, change) VALUES (
        coalesce(NEW.asked_by, thanosql.audit_actor(NULL)), 'model', NEW.model_name,
        CASE NEW.trigger WHEN 'rollback' THEN 'ask: rollback' WHEN 'rename' THEN 'ask: rename' WHEN 'statement' THEN
            'ask: ' || coalesce(lower(substring(NEW.statement FROM '(?i)\m(BUILD|FIT|UPLOAD|DELETE)\M')), 'statement') ELSE 'ask: train' END,
        'run ' || NEW.run_id || CASE WHEN NEW.trigger = 'rollback' AND NEW.statement <> '' THEN ', to version ' || NEW.statement ELSE '' END);
    RETURN NULL;
END $$;

-- As before, and a name that a label had stands for what it is called now.
CREATE OR REPLACE FUNCTION thanosql.label_of(for_pipeline integer, word text) RETURNS text LANGUAGE sql STABLE AS $$
    WITH asked AS (SELECT thanosql.plain_word(label_of.word) AS word, thanosql.label_form(label_of.word) AS form),
    serving AS (
        SELECT p.model_name, p.definition -> 'synonyms' AS synonyms, v.labels, v.label_forms
        FROM thanosql.pipeline p LEFT JOIN thanosql.model m ON m.name = p.model_name
        LEFT JOIN thanosql.model_version v ON v.version_id = m.current_version_id WHERE p.pipeline_id = for_pipeline)
    SELECT coalesce(
        (SELECT a.word FROM asked a, serving v WHERE a.word = ANY (v.labels)), -- almost always
        (SELECT coalesce(v.labels[array_position(v.label_forms, thanosql.label_form(c.label))], c.label)
         FROM asked a, serving v, LATERAL (
             SELECT s.key AS label, s.key AS word, 1 AS place FROM jsonb_each(v.synonyms) s
             UNION ALL
             SELECT s.key, w.word, 2 FROM jsonb_each(v.synonyms) s, jsonb_array_elements_text(s.value) w (word)
             UNION ALL
             SELECT v.labels[f.place], v.labels[f.place], 3 FROM unnest(array_positions(v.label_forms, a.form)) f (place)
             UNION ALL
             SELECT r.new_label, r.old_label, 4 FROM thanosql.renamed_label r WHERE r.model_name = v.model_name AND r.old_form = a.form
             UNION ALL
             SELECT DISTINCT l.label, l.label, 5 FROM thanosql.label l
             WHERE l.pipeline_id = for_pipeline AND l.state = 'confirmed' AND thanosql.label_form(l.label) = a.form) c
         WHERE c.place > 2 OR thanosql.label_form(c.word) = a.form
         ORDER BY greatest(c.place, 3), c.word <> a.word, c.place, c.label LIMIT 1),
        (SELECT a.word FROM asked a))
$$;
