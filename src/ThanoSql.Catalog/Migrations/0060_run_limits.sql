-- Who asked for a run, so that one token's runs can be counted; and until when somebody waits for it: whoever waits says so again and again. A run
-- that nobody began by then is given up. Null: it is wanted whoever waits.
ALTER TABLE thanosql.training_run
    ADD COLUMN token text,
    ADD COLUMN wanted_until timestamptz;
