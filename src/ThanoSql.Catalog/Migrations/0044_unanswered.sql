-- Stands where a row's answer is missing: a query that looks answers up as it goes ends here, and is planned anew over rows that are kept and filled. A row without image has none to miss.
CREATE FUNCTION thanosql.unanswered(path text) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    IF path IS NOT NULL THEN
        RAISE EXCEPTION 'The image ''%'' has no answer yet.', path USING ERRCODE = 'TQ001';
    END IF;
    RETURN NULL;
END
$$;
