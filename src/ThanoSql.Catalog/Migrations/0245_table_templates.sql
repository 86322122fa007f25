-- Forms of tables that clients of the SDK keep, for each token its own.
CREATE TABLE thanosql.table_template (
    token_id      integer NOT NULL REFERENCES thanosql.token ON DELETE CASCADE,
    name          text COLLATE "C" NOT NULL,
    version       text COLLATE "C" NOT NULL,  -- 1.0 to 9.9
    form          text NOT NULL,              -- JSON, as the SDK describes columns and constraints
    compatibility text NOT NULL,
    created_at    timestamptz NOT NULL,
    PRIMARY KEY (token_id, name, version)
);
