-- Who said what of a picture, and when. What is in force stands in thanosql.label.

CREATE TABLE thanosql.label_word (
    word_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pipeline_id integer NOT NULL REFERENCES thanosql.pipeline ON DELETE CASCADE,
    bucket      text COLLATE "C" NOT NULL,
    key         text COLLATE "C" NOT NULL,
    content_id  bigint,                          -- the picture that it was said of; null while nobody has read it
    label       text,                            -- null: taken back
    said_by     text NOT NULL,
    said_at     timestamptz NOT NULL DEFAULT now(),
    in_force    boolean NOT NULL,                -- false: another's word stayed in force
    settles     boolean NOT NULL DEFAULT false   -- what was said before counts no more
);
CREATE INDEX label_word_picture ON thanosql.label_word (bucket, key, pipeline_id, word_id);
CREATE INDEX label_word_content ON thanosql.label_word (content_id);

INSERT INTO thanosql.label_word (pipeline_id, bucket, key, content_id, label, said_by, said_at, in_force)
SELECT pipeline_id, bucket, key, content_id, label, labelled_by, labelled_at, true FROM thanosql.label ORDER BY labelled_at;

ALTER TABLE thanosql.label ADD COLUMN disputed boolean NOT NULL DEFAULT false;  -- the last words of two people differ

CREATE OR REPLACE VIEW thanosql.labels AS
    SELECT p.name AS pipeline, p.model_name AS model, l.bucket, l.key AS path, l.label, l.state, l.labelled_by, l.labelled_at, l.disputed
    FROM thanosql.label l
    JOIN thanosql.pipeline p USING (pipeline_id)
    WHERE NOT EXISTS (SELECT FROM thanosql.image i WHERE i.bucket = l.bucket AND i.key = l.key AND i.state = 'gone');

-- Whether people disagree about a picture: of each the last word since somebody settled it, on the picture as it is now.
CREATE FUNCTION thanosql.weigh_words(for_pipeline integer, in_bucket text, for_key text) RETURNS void
    LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    UPDATE thanosql.label l SET disputed = NOT l.disputed
    WHERE l.pipeline_id = for_pipeline AND l.bucket = in_bucket AND l.key = for_key AND l.disputed IS DISTINCT FROM (
        SELECT count(DISTINCT last.label) > 1
        FROM (SELECT DISTINCT ON (w.said_by) w.label FROM thanosql.label_word w
              WHERE w.pipeline_id = for_pipeline AND w.bucket = in_bucket AND w.key = for_key AND w.content_id IS NOT DISTINCT FROM l.content_id
                AND w.word_id >= coalesce((
                    SELECT max(s.word_id) FROM thanosql.label_word s
                    WHERE s.pipeline_id = for_pipeline AND s.bucket = in_bucket AND s.key = for_key AND s.settles), 0)
              ORDER BY w.said_by, w.word_id DESC) last)
$$;

-- Every change of a label that is in force, whoever makes it. A pipeline that is deleted takes its words along.
CREATE FUNCTION thanosql.note_word() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        INSERT INTO thanosql.label_word (pipeline_id, bucket, key, content_id, said_by, in_force, settles)
        SELECT p.pipeline_id, OLD.bucket, OLD.key, OLD.content_id, regexp_replace(thanosql.audit_actor(NULL), '^(token|SQL of) ', ''), true, true
        FROM thanosql.pipeline p WHERE p.pipeline_id = OLD.pipeline_id;
    ELSE
        INSERT INTO thanosql.label_word (pipeline_id, bucket, key, content_id, label, said_by, said_at, in_force)
        VALUES (NEW.pipeline_id, NEW.bucket, NEW.key, NEW.content_id, NEW.label, NEW.labelled_by, NEW.labelled_at, true);
        PERFORM thanosql.weigh_words(NEW.pipeline_id, NEW.bucket, NEW.key);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER label_noted AFTER INSERT OR DELETE ON thanosql.label FOR EACH ROW EXECUTE FUNCTION thanosql.note_word();
CREATE TRIGGER label_change_noted AFTER UPDATE ON thanosql.label FOR EACH ROW
    WHEN (NEW.label IS DISTINCT FROM OLD.label OR NEW.labelled_at IS DISTINCT FROM OLD.labelled_at)
    EXECUTE FUNCTION thanosql.note_word();

-- Words that came before their picture belong to the first, as the label does.
CREATE FUNCTION thanosql.date_words() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE thanosql.label_word w SET content_id = NEW.content_id
    WHERE w.pipeline_id = NEW.pipeline_id AND w.bucket = NEW.bucket AND w.key = NEW.key AND w.content_id IS NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER label_pictured AFTER UPDATE OF content_id ON thanosql.label FOR EACH ROW
    WHEN (OLD.content_id IS NULL AND NEW.content_id IS NOT NULL)
    EXECUTE FUNCTION thanosql.date_words();

-- What is forgotten of a picture takes along what was said of it.
CREATE FUNCTION thanosql.forget_words() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    DELETE FROM thanosql.label_word w WHERE w.bucket = OLD.bucket AND w.key = OLD.key;
    RETURN NULL;
END $$;
CREATE TRIGGER image_words_forgotten AFTER DELETE ON thanosql.image FOR EACH ROW EXECUTE FUNCTION thanosql.forget_words();

CREATE OR REPLACE FUNCTION thanosql.remove_contents(contents bigint[]) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    version bigint;
BEGIN
    FOR version IN
        SELECT substr(c.relname, 9)::bigint FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'thanosql.keyword'::regclass AND c.relname ~ '^keyword_[0-9]{1,18}$'
    LOOP
        DELETE FROM thanosql.keyword k WHERE k.version_id = version AND k.content_id = ANY (contents);
    END LOOP;
    DELETE FROM thanosql.label l WHERE l.content_id = ANY (contents);
    DELETE FROM thanosql.label_word w WHERE w.content_id = ANY (contents);
    DELETE FROM thanosql.content c WHERE c.content_id = ANY (contents); -- embeddings and held-out parts go with it
END
$$;

-- What a person says of a picture in a pipeline; null takes it back. It comes into force, unless the first word stays until somebody settles it:
-- then another's word is only noted. Gives what is in force afterwards; no row when nothing is.
CREATE FUNCTION thanosql.say_label(
    pass uuid, pipeline integer, image bigint, word text, speaker text, actor text, settles boolean, first_stays boolean)
    RETURNS TABLE (label text, disputed boolean)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    kept thanosql.label%ROWTYPE;
    seen thanosql.image%ROWTYPE;
    said constant text := CASE WHEN word IS NOT NULL THEN thanosql.label_of(pipeline, word) END;
    fresh boolean := false;
BEGIN
    PERFORM thanosql.check_pass(pass);
    PERFORM set_config('thanosql.actor', actor, true);
    SELECT i.* INTO seen FROM thanosql.image i WHERE i.image_id = image;
    IF said IS NOT NULL THEN
        INSERT INTO thanosql.label (pipeline_id, bucket, key, content_id, label, labelled_by)
        VALUES (pipeline, seen.bucket, seen.key, seen.content_id, said, speaker) ON CONFLICT DO NOTHING;
        fresh := FOUND;
    END IF;
    IF NOT fresh THEN
        SELECT l.* INTO kept FROM thanosql.label l
        WHERE l.pipeline_id = pipeline AND l.bucket = seen.bucket AND l.key = seen.key FOR NO KEY UPDATE;
        IF first_stays AND NOT settles AND kept.state = 'confirmed' AND kept.labelled_by <> speaker AND kept.label IS DISTINCT FROM said THEN
            INSERT INTO thanosql.label_word (pipeline_id, bucket, key, content_id, label, said_by, in_force)
            VALUES (pipeline, seen.bucket, seen.key, seen.content_id, said, speaker, false);
        ELSIF said IS NULL THEN
            DELETE FROM thanosql.label l WHERE l.pipeline_id = pipeline AND l.bucket = seen.bucket AND l.key = seen.key;
        ELSE
            UPDATE thanosql.label l
            SET label = said, content_id = seen.content_id, state = 'confirmed', labelled_by = speaker, labelled_at = clock_timestamp()
            WHERE l.pipeline_id = pipeline AND l.bucket = seen.bucket AND l.key = seen.key;
        END IF;
    END IF;
    IF settles THEN
        UPDATE thanosql.label_word w SET settles = true
        WHERE w.word_id = (SELECT max(o.word_id) FROM thanosql.label_word o
                           WHERE o.pipeline_id = pipeline AND o.bucket = seen.bucket AND o.key = seen.key);
    END IF;
    PERFORM thanosql.weigh_words(pipeline, seen.bucket, seen.key);
    RETURN QUERY SELECT l.label, l.disputed FROM thanosql.label l
                 WHERE l.pipeline_id = pipeline AND l.bucket = seen.bucket AND l.key = seen.key;
END
$$;

-- As before, but who asks is told from the transaction where it says so: a label may come from the command line, too.
CREATE OR REPLACE FUNCTION thanosql.audit_label() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    what text;
    actor text;
BEGIN
    IF TG_OP = 'DELETE' THEN
        what := 'delete';
        actor := thanosql.audit_actor(NULL);
    ELSE
        what := CASE WHEN TG_OP = 'INSERT' THEN 'set' WHEN NEW.label IS DISTINCT FROM OLD.label THEN 'correct' ELSE 'confirm' END;
        actor := CASE WHEN NEW.labelled_by = session_user OR nullif(current_setting('thanosql.actor', true), '') IS NOT NULL
                      THEN thanosql.audit_actor(NULL) ELSE 'token ' || NEW.labelled_by END;
    END IF;
    INSERT INTO thanosql.audit (who, kind, subject, action, change) VALUES (
        actor, 'label',
        CASE TG_OP WHEN 'DELETE' THEN 's3://' || OLD.bucket || '/' || OLD.key ELSE 's3://' || NEW.bucket || '/' || NEW.key END,
        what,
        CASE TG_OP WHEN 'INSERT' THEN left(NEW.label, 200) WHEN 'DELETE' THEN left(OLD.label, 200) || ' → none'
             ELSE left(OLD.label, 200) || ' → ' || left(NEW.label, 200) END);
    RETURN NULL;
END $$;
