-- The catalog: what is known of images, models and keywords. PostgreSQL is the truth, messages are only wake-ups.

-- One image content, whatever number of objects hold it.
CREATE TABLE thanosql.content (
    content_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sha256     bytea NOT NULL UNIQUE CHECK (octet_length(sha256) = 32),
    created_at timestamptz NOT NULL DEFAULT now()
);

-- An object of a store known to us. `generation` counts accepted events; a result is committed only under the generation and lease it was claimed with.
CREATE TABLE thanosql.image (
    image_id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    bucket          text COLLATE "C" NOT NULL,
    key             text COLLATE "C" NOT NULL,
    etag            text,
    size            bigint,
    content_id      bigint REFERENCES thanosql.content,
    state           text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'indexed', 'failed', 'gone')),
    generation      bigint NOT NULL DEFAULT 1,
    event_source    text,
    sequencer       text,
    event_at        timestamptz NOT NULL DEFAULT now(),
    lease_owner     uuid,
    lease_until     timestamptz,
    attempts        integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    failure_kind    text CHECK (failure_kind IN ('transient', 'poison', 'table')),
    failure         text,
    first_failed_at timestamptz,
    last_failed_at  timestamptz,
    indexed_at      timestamptz,
    UNIQUE (bucket, key)
);
CREATE INDEX image_due ON thanosql.image (next_attempt_at) WHERE state = 'pending';
CREATE INDEX image_failed ON thanosql.image (last_failed_at) WHERE failure_kind IS NOT NULL;
CREATE INDEX image_content ON thanosql.image (content_id);

-- The identity of an embedding space.
CREATE TABLE thanosql.trunk (
    trunk_id       integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key            text NOT NULL UNIQUE,  -- weights, variant and pre-processing in one stable text
    variant        text NOT NULL,
    weights_sha256 text NOT NULL,
    preprocessing  text NOT NULL,
    dimensions     integer NOT NULL CHECK (dimensions > 0),
    origin         text NOT NULL CHECK (origin IN ('installed', 'downloaded', 'bundled', 'random', 'tuned')),
    created_at     timestamptz NOT NULL DEFAULT now()
);

-- float16 little-endian, L2-normalised. View 0 is the plain one, others are training augmentations.
CREATE TABLE thanosql.embedding (
    trunk_id   integer NOT NULL REFERENCES thanosql.trunk,
    content_id bigint NOT NULL REFERENCES thanosql.content ON DELETE CASCADE,
    view       smallint NOT NULL DEFAULT 0,
    vector     bytea NOT NULL,
    PRIMARY KEY (trunk_id, content_id, view)
);
CREATE INDEX embedding_content ON thanosql.embedding (content_id);
ALTER TABLE thanosql.embedding ALTER COLUMN vector SET STORAGE EXTERNAL;

-- A named classifier. Its row lock is the switch: writers of keywords hold it FOR SHARE, a switch takes it FOR UPDATE.
CREATE TABLE thanosql.model (
    model_id           integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name               text NOT NULL UNIQUE,
    algorithm          text NOT NULL,
    image_col          text NOT NULL,
    label_col          text NOT NULL,
    dialect            text NOT NULL CHECK (dialect IN ('old', 'new')),
    current_version_id bigint,
    schedule_paused    text,  -- why the schedule rests, after a rollback
    created_at         timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE thanosql.model_version (
    version_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model_id         integer NOT NULL REFERENCES thanosql.model ON DELETE CASCADE,
    number           integer NOT NULL,
    trunk_id         integer NOT NULL REFERENCES thanosql.trunk,
    parent_id        bigint REFERENCES thanosql.model_version ON DELETE SET NULL,
    state            text NOT NULL CHECK (state IN ('building', 'candidate', 'current', 'retired', 'rejected', 'failed')),
    labels           text[] NOT NULL,
    head             bytea NOT NULL,   -- weights, biases and thresholds: Vision's Head format
    metrics          jsonb NOT NULL DEFAULT '{}',
    source           text NOT NULL,    -- the statement that gave the rows
    options          jsonb NOT NULL DEFAULT '{}',
    data_fingerprint text NOT NULL DEFAULT '',
    artifact         text,             -- file name of the self-contained ONNX in the model folder
    artifact_sha256  text,
    reason           text,             -- why it was rejected or failed
    keyed            boolean NOT NULL DEFAULT false,  -- its keyword partition is complete
    created_at       timestamptz NOT NULL DEFAULT now(),
    promoted_at      timestamptz,
    UNIQUE (model_id, number)
);
ALTER TABLE thanosql.model ADD FOREIGN KEY (current_version_id) REFERENCES thanosql.model_version ON DELETE SET NULL;

-- What one version says of one content: its best labels, rank 1 first. One partition a version, named keyword_<version_id>.
CREATE TABLE thanosql.keyword (
    version_id bigint NOT NULL,
    content_id bigint NOT NULL,
    rank       smallint NOT NULL CHECK (rank >= 1),
    keyword    text NOT NULL,
    score      real NOT NULL CHECK (score BETWEEN 0 AND 1),
    PRIMARY KEY (version_id, content_id, rank)
) PARTITION BY LIST (version_id);
CREATE INDEX keyword_search ON thanosql.keyword (keyword, score DESC, content_id);

-- Which prefix fills which table's index columns with which model.
CREATE TABLE thanosql.pipeline (
    pipeline_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL UNIQUE,
    bucket      text COLLATE "C" NOT NULL,
    prefix      text COLLATE "C" NOT NULL,
    table_name  text NOT NULL,           -- in schema public
    model_name  text NOT NULL,
    definition  jsonb NOT NULL,          -- the whole file, validated
    state       text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'active')),
    reason      text,                    -- what a waiting pipeline waits for
    updated_at  timestamptz NOT NULL DEFAULT now()
);

-- What a person says; wins in index columns and search, never inside PREDICT or EVALUATE.
CREATE TABLE thanosql.label (
    pipeline_id integer NOT NULL REFERENCES thanosql.pipeline ON DELETE CASCADE,
    bucket      text COLLATE "C" NOT NULL,
    key         text COLLATE "C" NOT NULL,
    content_id  bigint REFERENCES thanosql.content,  -- the picture that was labelled
    label       text NOT NULL,
    state       text NOT NULL DEFAULT 'confirmed' CHECK (state IN ('confirmed', 'to confirm')),
    labelled_by text NOT NULL,
    labelled_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (pipeline_id, bucket, key)
);
CREATE INDEX label_content ON thanosql.label (content_id);

-- Fixed at first sight, so that the same rows judge every version.
CREATE TABLE thanosql.held_out (
    model_id   integer NOT NULL REFERENCES thanosql.model ON DELETE CASCADE,
    content_id bigint NOT NULL REFERENCES thanosql.content ON DELETE CASCADE,
    held_out   boolean NOT NULL,
    PRIMARY KEY (model_id, content_id)
);

CREATE TABLE thanosql.training_run (
    run_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model_name  text NOT NULL,
    version_id  bigint REFERENCES thanosql.model_version ON DELETE SET NULL,
    trigger     text NOT NULL CHECK (trigger IN ('statement', 'schedule', 'rows', 'hand', 'rollback')),
    statement   text NOT NULL,           -- what to do: BUILD MODEL …, FIT MODEL …, or the pipeline's training statement
    scope       text NOT NULL DEFAULT 'admin',  -- whose rights the statement's source runs with
    state       text NOT NULL DEFAULT 'queued'
                CHECK (state IN ('queued', 'running', 'promoted', 'refused', 'skipped', 'failed', 'cancelled')),
    cancel      boolean NOT NULL DEFAULT false,  -- asked to stop
    stage       text NOT NULL DEFAULT '',
    done        bigint NOT NULL DEFAULT 0,
    total       bigint NOT NULL DEFAULT 0,
    log         text NOT NULL DEFAULT '',
    outcome     text,
    error_code  text,
    queued_at   timestamptz NOT NULL DEFAULT now(),
    started_at  timestamptz,
    finished_at timestamptz,
    runner      uuid,                    -- the trainer that took it
    alive_until timestamptz              -- its lease; past that another trainer takes the run up again
);
CREATE INDEX training_run_open ON thanosql.training_run (queued_at) WHERE state IN ('queued', 'running');

-- Hashed at rest: SHA-256 of a random 256-bit secret.
CREATE TABLE thanosql.token (
    token_id    integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL UNIQUE,
    sha256      bytea NOT NULL UNIQUE CHECK (octet_length(sha256) = 32),
    scopes      text[] NOT NULL CHECK (scopes <@ ARRAY['search', 'query', 'write', 'admin']),
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz,
    revoked_at  timestamptz
);

-- Secrets and facts shared by the processes of one installation (the signing key of image links, the passwords of the SQL roles).
CREATE TABLE thanosql.setting (
    name  text PRIMARY KEY,
    value text NOT NULL
);

-- Messages that could not be read, and other failures that belong to no image.
CREATE TABLE thanosql.unreadable_event (
    event_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source     text NOT NULL,
    body       text NOT NULL,
    reason     text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now()
);

CREATE VIEW thanosql.indexed AS
    SELECT i.bucket, i.key AS path, i.etag, i.size, i.indexed_at, m.name AS model, v.number AS version, k.rank, k.keyword, k.score
    FROM thanosql.image i
    JOIN thanosql.keyword k USING (content_id)
    JOIN thanosql.model m ON m.current_version_id = k.version_id
    JOIN thanosql.model_version v ON v.version_id = k.version_id
    WHERE i.state = 'indexed';

CREATE VIEW thanosql.failures AS
    SELECT bucket, key AS path, failure_kind AS kind, failure AS reason, attempts,
           first_failed_at AS first_time, last_failed_at AS last_time,
           CASE WHEN state = 'pending' THEN next_attempt_at END AS next_attempt
    FROM thanosql.image
    WHERE failure_kind IS NOT NULL AND state <> 'gone'
    UNION ALL
    SELECT NULL, NULL, 'event', reason || ' (' || source || ')', 1, received_at, received_at, NULL
    FROM thanosql.unreadable_event;

CREATE VIEW thanosql.models AS
    SELECT m.name, m.algorithm AS class_name, v.number AS version, m.image_col, m.label_col, cardinality(v.labels) AS labels,
           t.variant AS trunk, t.origin AS trunk_origin, v.metrics, m.schedule_paused, v.promoted_at AS last_updated
    FROM thanosql.model m
    LEFT JOIN thanosql.model_version v ON v.version_id = m.current_version_id
    LEFT JOIN thanosql.trunk t USING (trunk_id);

CREATE VIEW thanosql.model_versions AS
    SELECT m.name AS model, v.number AS version, v.state, p.number AS parent, t.variant AS trunk, t.origin AS trunk_origin, v.labels,
           v.metrics, v.reason, v.source, v.options, v.artifact, v.artifact_sha256, v.created_at, v.promoted_at
    FROM thanosql.model_version v
    JOIN thanosql.model m USING (model_id)
    JOIN thanosql.trunk t USING (trunk_id)
    LEFT JOIN thanosql.model_version p ON p.version_id = v.parent_id;

CREATE VIEW thanosql.training_runs AS
    SELECT r.run_id, r.model_name AS model, v.number AS version, r.trigger, r.state, r.stage, r.done, r.total, r.outcome, r.log,
           r.queued_at, r.started_at, r.finished_at
    FROM thanosql.training_run r
    LEFT JOIN thanosql.model_version v USING (version_id);

CREATE VIEW thanosql.pipelines AS
    SELECT name, bucket, prefix, table_name, model_name AS model, state, reason, updated_at FROM thanosql.pipeline;
