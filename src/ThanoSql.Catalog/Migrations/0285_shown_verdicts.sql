-- What the gate found, and how sure it is, for whoever reads versions with SQL; null where no gate was asked.
CREATE OR REPLACE VIEW thanosql.model_versions AS
    SELECT m.name AS model, v.number AS version, v.state, p.number AS parent, t.variant AS trunk, t.origin AS trunk_origin, v.labels,
           v.metrics, v.reason, v.source, v.options, v.artifact, v.artifact_sha256, v.created_at, v.promoted_at, v.verdict
    FROM thanosql.model_version v
    JOIN thanosql.model m USING (model_id)
    JOIN thanosql.trunk t USING (trunk_id)
    LEFT JOIN thanosql.model_version p ON p.version_id = v.parent_id;
