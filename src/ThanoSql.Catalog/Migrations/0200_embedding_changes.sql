-- What readers of plain embeddings (view 0) that keep them in memory follow: whose embedding came or went. They look at how it stands by then, so
-- an entry that is read twice does no harm, and its kind need not be said. Entries are found by the transaction that wrote them, not by an order of
-- their own: transactions end in another order than they begin.
CREATE TABLE thanosql.embedding_change (
    xid      xid8 NOT NULL DEFAULT pg_current_xact_id(),
    trunk_id integer NOT NULL,
    contents bigint[]  -- null: too many to name; the whole trunk
);
CREATE INDEX embedding_change_xid ON thanosql.embedding_change (xid);

-- Entries of transactions below `removed_below` are gone; those below `next_below` go the next time, so that a reader has at least that long.
CREATE TABLE thanosql.embedding_change_removal (
    one           boolean PRIMARY KEY DEFAULT true CHECK (one),
    removed_below xid8 NOT NULL,
    next_below    xid8 NOT NULL,
    removed_at    timestamptz NOT NULL
);
INSERT INTO thanosql.embedding_change_removal (removed_below, next_below, removed_at)
    SELECT pg_snapshot_xmin(s), pg_snapshot_xmin(s), now() FROM pg_current_snapshot() AS s;

-- One entry a statement and trunk.
CREATE FUNCTION thanosql.note_embeddings() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO thanosql.embedding_change (trunk_id, contents)
    SELECT t.trunk_id, CASE WHEN count(*) <= 100000 THEN array_agg(t.content_id) END FROM touched t WHERE t.view = 0 GROUP BY t.trunk_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER embeddings_come AFTER INSERT ON thanosql.embedding REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION thanosql.note_embeddings();
CREATE TRIGGER embeddings_change AFTER UPDATE ON thanosql.embedding REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION thanosql.note_embeddings();
CREATE TRIGGER embeddings_go AFTER DELETE ON thanosql.embedding REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION thanosql.note_embeddings();
