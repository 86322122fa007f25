-- Words are compared as people see them: composed Unicode, nothing invisible, case aside.

-- A word as it is kept: in Unicode form C, without what nobody sees, with single blanks inside and none at the ends. Storage's PlainWord is the same.
CREATE FUNCTION thanosql.plain_word(word text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN word ~ '\A[!-~]+\Z' THEN word
                ELSE btrim(regexp_replace(
                    regexp_replace(normalize(word, NFC), '[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]', '', 'g'),
                    '[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+', ' ', 'g')) END
$$;

-- One probe for "Fruit" among the labels that people gave, when "fruit" is one.
CREATE INDEX label_folds ON thanosql.label (pipeline_id, lower(label)) WHERE state = 'confirmed';

-- The label that a person's word stands for: a label of the model, or one that people gave, or by the synonyms in the pipeline's file; else the word
-- itself. What is spelled the same comes before what differs in case.
CREATE OR REPLACE FUNCTION thanosql.label_of(for_pipeline integer, word text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce((
        SELECT c.label
        FROM (SELECT s.key AS label, s.key AS word, 1 AS place
              FROM thanosql.pipeline p, jsonb_each(p.definition -> 'synonyms') s WHERE p.pipeline_id = for_pipeline
              UNION ALL
              SELECT s.key, w.word, 2
              FROM thanosql.pipeline p, jsonb_each(p.definition -> 'synonyms') s, jsonb_array_elements_text(s.value) w (word)
              WHERE p.pipeline_id = for_pipeline
              UNION ALL
              SELECT l.label, l.label, 3
              FROM thanosql.pipeline p JOIN thanosql.model m ON m.name = p.model_name
              JOIN thanosql.model_version v ON v.version_id = m.current_version_id, unnest(v.labels) l (label)
              WHERE p.pipeline_id = for_pipeline
              UNION ALL
              SELECT DISTINCT l.label, l.label, 4 FROM thanosql.label l
              WHERE l.pipeline_id = for_pipeline AND l.state = 'confirmed' AND lower(l.label) = lower(asked.word)) c
        WHERE lower(c.word) = lower(asked.word)
        ORDER BY c.word <> asked.word, c.place, c.label LIMIT 1), asked.word)
    FROM (SELECT thanosql.plain_word(label_of.word) AS word) asked
$$;

-- Which version answers for a model: asked in the statement that reads its answers, so that both are of one moment.
CREATE VIEW thanosql.serving_version AS SELECT name AS model, current_version_id AS version_id FROM thanosql.model;
