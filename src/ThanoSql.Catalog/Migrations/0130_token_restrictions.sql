-- A token of scope search may be narrowed to tables, pictures, pages and a rate: a shop's pages carry it.
ALTER TABLE thanosql.token
    ADD COLUMN tables     text[] NOT NULL DEFAULT '{}',  -- empty: all
    ADD COLUMN prefixes   text[] NOT NULL DEFAULT '{}',  -- of image paths, as SQL shows them
    ADD COLUMN origins    text[] NOT NULL DEFAULT '{}',  -- of the pages that may use it
    ADD COLUMN per_minute integer CHECK (per_minute > 0),
    ADD CONSTRAINT token_restricted CHECK (
        scopes = '{search}' OR tables = '{}' AND prefixes = '{}' AND origins = '{}' AND per_minute IS NULL);

-- As before, with the restrictions.
CREATE OR REPLACE FUNCTION thanosql.audit_token() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    token thanosql.token%ROWTYPE;
    what text := CASE TG_OP WHEN 'INSERT' THEN 'create' WHEN 'DELETE' THEN 'delete' ELSE 'change' END;
BEGIN
    IF TG_OP = 'DELETE' THEN token := OLD; ELSE token := NEW; END IF;
    IF TG_OP = 'UPDATE' AND NEW.revoked_at IS NOT NULL AND OLD.revoked_at IS NULL THEN what := 'revoke'; END IF;
    INSERT INTO thanosql.audit (who, kind, subject, action, change) VALUES (
        thanosql.audit_actor(NULL), 'token', token.name, what,
        'scope ' || array_to_string(token.scopes, ', ')
            || CASE WHEN token.tables <> '{}' THEN ', tables ' || array_to_string(token.tables, ' ') ELSE '' END
            || CASE WHEN token.prefixes <> '{}' THEN ', prefixes ' || array_to_string(token.prefixes, ' ') ELSE '' END
            || CASE WHEN token.origins <> '{}' THEN ', origins ' || array_to_string(token.origins, ' ') ELSE '' END
            || coalesce(', ' || token.per_minute || ' a minute', '')
            || coalesce(', expires ' || to_char(token.expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), ''));
    RETURN NULL;
END $$;
DROP TRIGGER token_audited ON thanosql.token;
CREATE TRIGGER token_audited AFTER INSERT OR DELETE OR
    UPDATE OF scopes, expires_at, revoked_at, sha256, tables, prefixes, origins, per_minute ON thanosql.token
    FOR EACH ROW EXECUTE FUNCTION thanosql.audit_token();
