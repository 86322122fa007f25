-- The migrator's bookkeeping.
CREATE SCHEMA IF NOT EXISTS thanosql;
CREATE TABLE IF NOT EXISTS thanosql.migration (number integer PRIMARY KEY, name text NOT NULL, ran_at timestamptz NOT NULL DEFAULT now());
