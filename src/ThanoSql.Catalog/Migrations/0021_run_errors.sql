-- Where in the statement of a failed run the mistake is, in characters from 0, and what to write instead.
ALTER TABLE thanosql.training_run
    ADD COLUMN error_offset integer,
    ADD COLUMN error_hint text;
