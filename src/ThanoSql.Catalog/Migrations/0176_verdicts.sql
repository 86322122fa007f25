-- What the promotion gate found, for a page that says it in its reader's language; `reason` says it in English. Null where no gate was asked.
ALTER TABLE thanosql.model_version ADD COLUMN verdict jsonb;
