-- Who changed models, tokens and labels, when, and what. Triggers write it, so that no way of changing them is forgotten, and in the same transaction.
ALTER TABLE thanosql.training_run ADD COLUMN asked_by text;

-- No view: views of this schema are for every user's SQL.
CREATE TABLE thanosql.audit (
    audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL DEFAULT now(),
    who      text NOT NULL,  -- 'token NAME', 'command line (USER)', 'schedule', 'new rows', 'SQL of ROLE', 'service'
    kind     text NOT NULL CHECK (kind IN ('model', 'token', 'label')),
    subject  text NOT NULL,  -- a name, or an image's path
    action   text NOT NULL,
    change   text NOT NULL DEFAULT ''
);
CREATE INDEX audit_at ON thanosql.audit (at);

-- Rows are added, and removed when they are old; nothing else.
CREATE FUNCTION thanosql.keep_audit() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.at < now() - interval '1 day' AND current_setting('thanosql.audit_retention', true) = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'thanosql.audit is only added to' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_kept BEFORE UPDATE OR DELETE ON thanosql.audit FOR EACH ROW EXECUTE FUNCTION thanosql.keep_audit();
CREATE TRIGGER audit_kept_whole BEFORE TRUNCATE ON thanosql.audit FOR EACH STATEMENT EXECUTE FUNCTION thanosql.keep_audit();

-- The service says who asks in a setting of the transaction. A user's session could set it too: there it counts for nothing.
CREATE FUNCTION thanosql.audit_actor(for_model text) RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(
        CASE WHEN is_service THEN nullif(current_setting('thanosql.actor', true), '') END,
        (SELECT r.asked_by FROM thanosql.training_run r WHERE r.model_name = for_model AND r.state = 'running' ORDER BY r.run_id LIMIT 1),
        CASE WHEN is_service THEN 'service' ELSE 'SQL of ' || session_user END)
    FROM (SELECT session_user IN ((SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'thanosql.audit'::regclass),
                                  current_database() || '_tables') AS is_service) AS s
$$;

-- The trigger functions run as the owner: whoever may change a label may not write here.
CREATE FUNCTION thanosql.audit_token() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    token thanosql.token%ROWTYPE;
    what text := CASE TG_OP WHEN 'INSERT' THEN 'create' WHEN 'DELETE' THEN 'delete' ELSE 'change' END;
BEGIN
    IF TG_OP = 'DELETE' THEN token := OLD; ELSE token := NEW; END IF;
    IF TG_OP = 'UPDATE' AND NEW.revoked_at IS NOT NULL AND OLD.revoked_at IS NULL THEN what := 'revoke'; END IF;
    INSERT INTO thanosql.audit (who, kind, subject, action, change) VALUES (
        thanosql.audit_actor(NULL), 'token', token.name, what,
        'scope ' || array_to_string(token.scopes, ', ')
            || coalesce(', expires ' || to_char(token.expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), ''));
    RETURN NULL;
END $$;
CREATE TRIGGER token_audited AFTER INSERT OR DELETE OR UPDATE OF scopes, expires_at, revoked_at, sha256 ON thanosql.token
    FOR EACH ROW EXECUTE FUNCTION thanosql.audit_token();

CREATE FUNCTION thanosql.audit_label() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    what text;
    actor text;
BEGIN
    IF TG_OP = 'DELETE' THEN
        what := 'delete';
        actor := thanosql.audit_actor(NULL);
    ELSE
        what := CASE WHEN TG_OP = 'INSERT' THEN 'set' WHEN NEW.label IS DISTINCT FROM OLD.label THEN 'correct' ELSE 'confirm' END;
        actor := CASE WHEN NEW.labelled_by = session_user THEN thanosql.audit_actor(NULL) ELSE 'token ' || NEW.labelled_by END;
    END IF;
    INSERT INTO thanosql.audit (who, kind, subject, action, change) VALUES (
        actor, 'label',
        CASE TG_OP WHEN 'DELETE' THEN 's3://' || OLD.bucket || '/' || OLD.key ELSE 's3://' || NEW.bucket || '/' || NEW.key END,
        what,
        CASE TG_OP WHEN 'INSERT' THEN left(NEW.label, 200) WHEN 'DELETE' THEN left(OLD.label, 200) || ' → none'
             ELSE left(OLD.label, 200) || ' → ' || left(NEW.label, 200) END);
    RETURN NULL;
END $$;
CREATE TRIGGER label_audited AFTER INSERT OR DELETE ON thanosql.label FOR EACH ROW EXECUTE FUNCTION thanosql.audit_label();
-- A picture that is overwritten changes the state alone: nobody did anything to the label.
CREATE TRIGGER label_change_audited AFTER UPDATE ON thanosql.label FOR EACH ROW
    WHEN (NEW.label IS DISTINCT FROM OLD.label OR NEW.labelled_at IS DISTINCT FROM OLD.labelled_at)
    EXECUTE FUNCTION thanosql.audit_label();

CREATE FUNCTION thanosql.audit_run() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO thanosql.audit (who, kind, subject, action, change) VALUES (
        coalesce(NEW.asked_by, thanosql.audit_actor(NULL)), 'model', NEW.model_name,
        CASE NEW.trigger WHEN 'rollback' THEN 'ask: rollback' WHEN 'statement' THEN
            'ask: ' || coalesce(lower(substring(NEW.statement FROM '(?i)\m(BUILD|FIT|UPLOAD|DELETE)\M')), 'statement') ELSE 'ask: train' END,
        'run ' || NEW.run_id || CASE WHEN NEW.trigger = 'rollback' AND NEW.statement <> '' THEN ', to version ' || NEW.statement ELSE '' END);
    RETURN NULL;
END $$;
CREATE TRIGGER training_run_audited AFTER INSERT ON thanosql.training_run FOR EACH ROW EXECUTE FUNCTION thanosql.audit_run();

CREATE FUNCTION thanosql.audit_model() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    actor text := thanosql.audit_actor(OLD.name);
    was text := coalesce((SELECT 'version ' || number FROM thanosql.model_version WHERE version_id = OLD.current_version_id), 'none');
BEGIN
    IF TG_OP = 'DELETE' THEN
        INSERT INTO thanosql.audit (who, kind, subject, action, change) VALUES (actor, 'model', OLD.name, 'delete', was || ' → none');
        RETURN OLD;
    END IF;
    IF NEW.current_version_id IS DISTINCT FROM OLD.current_version_id AND NEW.current_version_id IS NOT NULL THEN
        INSERT INTO thanosql.audit (who, kind, subject, action, change)
        SELECT actor, 'model', NEW.name,
               CASE WHEN EXISTS (SELECT FROM thanosql.training_run r WHERE r.model_name = NEW.name AND r.state = 'running' AND r.trigger = 'rollback')
                    THEN 'rollback' ELSE 'promote' END,
               was || ' → version ' || v.number
        FROM thanosql.model_version v WHERE v.version_id = NEW.current_version_id;
    END IF;
    IF NEW.schedule_paused IS DISTINCT FROM OLD.schedule_paused THEN
        INSERT INTO thanosql.audit (who, kind, subject, action, change) VALUES (
            actor, 'model', NEW.name, CASE WHEN NEW.schedule_paused IS NULL THEN 'resume' ELSE 'pause' END,
            coalesce(NEW.schedule_paused, 'was: ' || OLD.schedule_paused));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER model_audited AFTER UPDATE OF current_version_id, schedule_paused ON thanosql.model
    FOR EACH ROW EXECUTE FUNCTION thanosql.audit_model();
-- Before its versions go with it. One that never came into service leaves no trace elsewhere either.
CREATE TRIGGER model_deletion_audited BEFORE DELETE ON thanosql.model FOR EACH ROW WHEN (OLD.current_version_id IS NOT NULL)
    EXECUTE FUNCTION thanosql.audit_model();
