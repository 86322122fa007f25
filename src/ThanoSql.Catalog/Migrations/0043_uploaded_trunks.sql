-- Classifiers that users bring are trunks of their own kind.
ALTER TABLE thanosql.trunk DROP CONSTRAINT trunk_origin_check;
ALTER TABLE thanosql.trunk ADD CONSTRAINT trunk_origin_check CHECK (origin IN ('installed', 'downloaded', 'bundled', 'random', 'tuned', 'uploaded'));
