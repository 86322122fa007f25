-- How far the tables thanosql.similar_N of the setting Search:Similarity=pgvector have followed thanosql.embedding_change.
CREATE TABLE thanosql.vector_table (
    trunk_id integer PRIMARY KEY REFERENCES thanosql.trunk,
    seen     pg_snapshot NOT NULL
);
