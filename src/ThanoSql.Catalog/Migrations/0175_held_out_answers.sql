-- What a version answers for the pictures that judged it, beside the label that they carry: people see what it takes for what. Of each cell of the
-- confusion matrix the surest only, and of a model's newest versions.
CREATE TABLE thanosql.held_out_answer (
    version_id bigint NOT NULL REFERENCES thanosql.model_version ON DELETE CASCADE,
    label      text NOT NULL,
    answer     text NOT NULL,
    content_id bigint NOT NULL REFERENCES thanosql.content ON DELETE CASCADE,
    score      real NOT NULL CHECK (score BETWEEN 0 AND 1),  -- of the answer
    PRIMARY KEY (version_id, label, answer, content_id)
);
CREATE INDEX held_out_answer_content ON thanosql.held_out_answer (content_id);
