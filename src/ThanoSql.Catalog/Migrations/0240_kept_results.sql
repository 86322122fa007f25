-- What clients of the SDK have kept: results, as tables of schema qm, for a while; the log of their statements; templates of statements.

-- A schema of that name that was there before stays whose it is; then results are not kept.
CREATE SCHEMA IF NOT EXISTS qm;

-- Tables of schema qm. A row is there before its table and goes after it, so none is forgotten.
CREATE TABLE thanosql.destination_table (
    name     text COLLATE "C" PRIMARY KEY,
    token_id integer REFERENCES thanosql.token ON DELETE SET NULL,
    bytes    bigint NOT NULL,
    made_at  timestamptz NOT NULL
);
CREATE INDEX destination_table_token ON thanosql.destination_table (token_id, made_at);

CREATE TABLE thanosql.query_log (
    query_id           uuid PRIMARY KEY,
    token_id           integer NOT NULL REFERENCES thanosql.token ON DELETE CASCADE,
    statement_type     text NOT NULL,
    query              text NOT NULL,  -- its beginning, where it is long
    start_time         timestamptz NOT NULL,
    end_time           timestamptz NOT NULL,
    destination_schema text,
    destination_table  text,
    error_result       text,           -- null: it succeeded
    total_records      integer NOT NULL,
    affected_records   bigint NOT NULL
);
CREATE INDEX query_log_token ON thanosql.query_log (token_id, start_time DESC);

-- A template is its token's alone: whoever could change another's would have statements run with the other's rights.
CREATE TABLE thanosql.query_template (
    template_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token_id    integer NOT NULL REFERENCES thanosql.token ON DELETE CASCADE,
    name        text COLLATE "C" NOT NULL,
    query       text NOT NULL,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    UNIQUE (token_id, name)
);
