-- The door for SQL clients: short-lived logins of PostgreSQL with a token's rights. Their roles are made by thanosql_logins.open_door, and end with the row.
CREATE TABLE thanosql.door_login (
    number     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- the role is DATABASE_doorNUMBER
    token_id   integer NOT NULL REFERENCES thanosql.token ON DELETE CASCADE,
    scope      text NOT NULL CHECK (scope IN ('query', 'write')),
    made_at    timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX door_login_token ON thanosql.door_login (token_id);

CREATE FUNCTION thanosql.audit_door() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO thanosql.audit (who, kind, subject, action, change)
    SELECT thanosql.audit_actor(NULL), 'token', t.name, 'open door',
           'login ' || current_database() || '_door' || NEW.number || ', scope ' || NEW.scope || ', expires '
               || to_char(NEW.expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')
    FROM thanosql.token t WHERE t.token_id = NEW.token_id;
    RETURN NULL;
END $$;
CREATE TRIGGER door_audited AFTER INSERT ON thanosql.door_login FOR EACH ROW EXECUTE FUNCTION thanosql.audit_door();
