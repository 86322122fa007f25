-- Changes with whatever a plan over a model rests on: its row and its pipelines' rows, by the transactions that wrote them.
CREATE VIEW thanosql.model_stamp AS
    SELECT m.name,
           concat_ws(' ', m.xmin::text, (SELECT string_agg(p.xmin::text, ' ' ORDER BY p.pipeline_id) FROM thanosql.pipeline p WHERE p.model_name = m.name)) AS stamp
    FROM thanosql.model m;
