-- Leases of a run that ran out without an orderly return: the sign of a trainer that died over it.
ALTER TABLE thanosql.training_run ADD COLUMN IF NOT EXISTS crashes integer NOT NULL DEFAULT 0;

-- Why an uploaded network rests: it gave no answer several times in a row. Null for one that works.
ALTER TABLE thanosql.trunk ADD COLUMN IF NOT EXISTS rests text;
