-- One way to make images due.

-- An object that something concerns, and who says so.
CREATE TYPE thanosql.due_object AS (
    bucket    text,
    key       text,
    source    text,         -- sequencers compare within one source only
    etag      text,
    sequencer text,
    event_at  timestamptz   -- when the object changed, by the source's clock; null where nobody says that it did
);

-- Makes objects due, new ones and those known in one of these states, and gives their images. They start afresh: no attempt, no failure, nobody's lease.
-- An event takes the place of the last one, unless it provably repeats it: same source, not later, and no other etag than those known. Where there is no
-- event the last one stays, so that its repeats are still known as such. Crashes stay when nothing says that the bytes changed which a process died over.
CREATE FUNCTION thanosql.make_due(
    objects thanosql.due_object[], in_states text[] DEFAULT '{pending,indexed,failed,gone}', forget_crashes boolean DEFAULT true)
    RETURNS SETOF bigint LANGUAGE plpgsql AS $$
DECLARE
    are_events boolean := (objects[1]).event_at IS NOT NULL;
BEGIN
    RETURN QUERY
    INSERT INTO thanosql.image AS i (bucket, key, event_source, event_etag, sequencer, event_at)
    SELECT o.bucket, o.key, o.source, o.etag, o.sequencer, coalesce(o.event_at, now()) FROM unnest(objects) o
    ORDER BY o.bucket COLLATE "C", o.key COLLATE "C"
    ON CONFLICT (bucket, key) DO UPDATE SET
        state = 'pending', generation = i.generation + 1, next_attempt_at = now(), lease_owner = NULL, lease_until = NULL,
        attempts = 0, failure_kind = NULL, failure = NULL, first_failed_at = NULL, last_failed_at = NULL,
        crashes = CASE WHEN forget_crashes THEN 0 ELSE i.crashes END,
        event_source = CASE WHEN are_events THEN excluded.event_source ELSE i.event_source END,
        event_etag = CASE WHEN are_events THEN excluded.event_etag ELSE i.event_etag END,
        sequencer = CASE WHEN are_events THEN excluded.sequencer ELSE i.sequencer END,
        event_at = excluded.event_at
    WHERE i.state = ANY (in_states)
      AND NOT coalesce(are_events AND i.event_source IS NOT DISTINCT FROM excluded.event_source
                       AND excluded.sequencer COLLATE "C" <= i.sequencer COLLATE "C"
                       AND (excluded.event_etag IS NULL OR excluded.event_etag IN (i.event_etag, i.etag)), false)
    RETURNING i.image_id;
END
$$;
