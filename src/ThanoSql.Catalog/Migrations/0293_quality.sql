-- Whether the version in service is still right, as a trainer measured it last: on the pictures of a week, and by what people said since it came into
-- service. A version that was replaced keeps its last figures.
CREATE TABLE thanosql.version_quality (
    version_id            bigint NOT NULL REFERENCES thanosql.model_version ON DELETE CASCADE,
    label                 text NOT NULL,                 -- empty: all of them together
    pictures              bigint NOT NULL,               -- of the week, by their best label
    unsure                bigint NOT NULL,               -- of these, below the label's threshold
    said                  bigint NOT NULL,               -- pictures of this best label that people labelled since the version came into service
    corrected             bigint NOT NULL,               -- of these, as something else
    held_out              bigint NOT NULL,               -- held-out pictures of this best label
    score_drift           double precision,              -- of all labels together; null where there are too few pictures to tell
    score_drift_chance    double precision,
    keyword_drift         double precision,
    keyword_drift_chance  double precision,
    measured_at           timestamptz NOT NULL,
    PRIMARY KEY (version_id, label)
);

-- Finds a week's pictures; contents are stored in the order of their times, so that a few pages tell where the week begins.
CREATE INDEX content_time ON thanosql.content USING brin (created_at) WITH (pages_per_range = 16);

CREATE VIEW thanosql.quality AS
    SELECT m.name AS model, v.number AS version, nullif(q.label, '') AS label, q.pictures, q.unsure,
           q.unsure::double precision / nullif(q.pictures, 0) AS unsure_share,
           q.said, q.corrected, q.corrected::double precision / nullif(q.said, 0) AS corrected_share,
           q.pictures::double precision / nullif(a.pictures, 0) AS share, q.held_out::double precision / nullif(a.held_out, 0) AS held_out_share,
           q.score_drift, q.score_drift_chance, q.keyword_drift, q.keyword_drift_chance, q.measured_at
    FROM thanosql.version_quality q
    JOIN thanosql.version_quality a ON a.version_id = q.version_id AND a.label = ''
    JOIN thanosql.model_version v ON v.version_id = q.version_id
    JOIN thanosql.model m USING (model_id);
