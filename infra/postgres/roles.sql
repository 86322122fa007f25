-- What only a superuser can do for an installation, once in its database and again after an update of PostgreSQL or of this program: the roles, and the
-- functions that they may not use. Whatever is right already stays as it is. `thanosql roles` runs this text; so does
--     PGOPTIONS='-c thanosql.owner=thanosql' psql --dbname=thanosql --file=roles.sql
--
-- thanosql.owner          the login that the service connects as: owns the catalog, and is neither a superuser nor may make roles
-- thanosql.former_owner   whose tables of schema public become the users' (optional): the owner of a release before

-- Nothing that somebody made in schema public is looked at for a name.
SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', false);

-- Logins are made and limited at run time by these functions alone, and by the owner alone. They run with the rights of a role that may make roles, which the
-- owner may not: on PostgreSQL 15 whoever may make roles can make himself a member of pg_execute_server_program.
CREATE SCHEMA IF NOT EXISTS thanosql_logins;

-- The role of a scope ('query', 'write', 'tables'), or a login that is a member of it and has no other rights.
CREATE OR REPLACE FUNCTION thanosql_logins.role_of(scope text, member text) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    scope_role constant text := current_database() || '_' || scope;
    login constant text := scope_role || coalesce('_' || member, '');
BEGIN
    IF coalesce(scope NOT IN ('query', 'write', 'tables') OR scope = 'tables' AND member IS NOT NULL OR member !~ '^[a-z0-9_]+$', scope IS NULL) THEN
        RAISE EXCEPTION 'No login is made for scope %, name %.', scope, member USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF octet_length(login) > 63 THEN
        RAISE EXCEPTION 'The role name % is longer than 63 bytes.', login USING ERRCODE = 'name_too_long';
    END IF;
    IF member IS NOT NULL AND EXISTS (SELECT FROM pg_roles r WHERE r.rolname = login AND NOT pg_has_role(r.oid, scope_role, 'MEMBER')) THEN
        RAISE EXCEPTION 'The role % is somebody else''s.', login USING ERRCODE = 'duplicate_object';
    END IF;
    RETURN login;
END $$;

-- Lets a scope's role, or a member of it, log in; the verifier is what PostgreSQL keeps of a password (RFC 5802). Gives the login's name.
CREATE OR REPLACE FUNCTION thanosql_logins.admit(
    scope text, member text, verifier text, connections integer, valid_until timestamptz DEFAULT 'infinity')
    RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    login constant text := thanosql_logins.role_of(scope, member);
BEGIN
    IF verifier IS NULL OR verifier !~ '^SCRAM-SHA-256\$[0-9]+:[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+$' THEN
        RAISE EXCEPTION 'A SCRAM-SHA-256 verifier is wanted.' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = login) THEN
        EXECUTE format('CREATE ROLE %I IN ROLE %I', login, current_database() || '_' || scope);
    END IF;
    EXECUTE format('ALTER ROLE %I LOGIN INHERIT CONNECTION LIMIT %s PASSWORD %L VALID UNTIL %L', login, connections, verifier, valid_until);
    RETURN login;
END $$;

-- Gives a scope's role a setting in this database.
CREATE OR REPLACE FUNCTION thanosql_logins.limit(scope text, setting text, value text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF setting IS NULL OR setting NOT IN ('temp_file_limit', 'work_mem', 'hash_mem_multiplier', 'track_activities') THEN
        RAISE EXCEPTION 'The setting % is not given to logins.', setting USING ERRCODE = 'invalid_parameter_value';
    END IF;
    EXECUTE format('ALTER ROLE %I IN DATABASE %I SET %I = %L', thanosql_logins.role_of(scope, NULL), current_database(), setting, value);
END $$;

-- A login of the door for SQL clients (SECURITY.md). Whoever knows its password sends any SQL, and a role may always change its own password and settings:
-- so it has its rights from a role that nobody logs in as, and is a member of no other.
CREATE OR REPLACE FUNCTION thanosql_logins.open_door(
    number bigint, scope text, verifier text, valid_until timestamptz, connections integer, statement_seconds integer, idle_seconds integer,
    temp_kilobytes bigint)
    RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    login constant text := current_database() || '_door' || number;
    rights constant text := current_database() || CASE scope WHEN 'query' THEN '_reader' WHEN 'write' THEN '_writer' END;
BEGIN
    IF coalesce(
        number < 1 OR rights IS NULL OR verifier !~ '^SCRAM-SHA-256\$[0-9]+:[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+$'
            OR valid_until > now() + interval '32 days' OR connections NOT BETWEEN 1 AND 1000 OR statement_seconds < 1 OR idle_seconds < 1
            OR temp_kilobytes < 0,
        true)
    THEN
        RAISE EXCEPTION 'No door is opened with scope %, number %, until %.', scope, number, valid_until USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF octet_length(login) > 63 THEN
        RAISE EXCEPTION 'The role name % is longer than 63 bytes.', login USING ERRCODE = 'name_too_long';
    END IF;
    EXECUTE format(
        'CREATE ROLE %I LOGIN INHERIT CONNECTION LIMIT %s PASSWORD %L VALID UNTIL %L IN ROLE %I', login, connections, verifier, valid_until, rights);
    EXECUTE format('ALTER ROLE %I SET search_path = public', login);
    EXECUTE format('ALTER ROLE %I SET default_transaction_read_only = %L', login, scope = 'query');
    EXECUTE format('ALTER ROLE %I SET statement_timeout = %L', login, statement_seconds || 's');
    EXECUTE format('ALTER ROLE %I SET idle_in_transaction_session_timeout = %L', login, idle_seconds || 's');
    EXECUTE format('ALTER ROLE %I SET temp_file_limit = %L', login, temp_kilobytes);
    RETURN login;
END $$;

CREATE OR REPLACE FUNCTION thanosql_logins.is_door(login text) RETURNS boolean LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT starts_with(login, current_database()) AND substr(login, length(current_database()) + 1) ~ '^_door[0-9]+$'
$$;

-- The logins of the door that there are.
CREATE OR REPLACE FUNCTION thanosql_logins.doors() RETURNS SETOF text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT r.rolname::text FROM pg_roles r WHERE thanosql_logins.is_door(r.rolname)
$$;

-- Ends a login and its sessions; true once both are gone. It is called again until then: a session that was about to begin shows at the second call.
CREATE OR REPLACE FUNCTION thanosql_logins.close_door(login text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    may_come constant boolean := (SELECT r.rolcanlogin FROM pg_roles r WHERE r.rolname = login);
BEGIN
    IF thanosql_logins.is_door(login) IS NOT TRUE THEN
        RAISE EXCEPTION '% is no login of the door.', login USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF may_come IS NULL THEN
        RETURN true;
    END IF;
    IF may_come THEN
        EXECUTE format('ALTER ROLE %I NOLOGIN', login);
    END IF;
    PERFORM pg_terminate_backend(a.pid) FROM pg_stat_activity a WHERE a.usename = login;
    IF may_come OR FOUND THEN
        RETURN false;
    END IF;
    BEGIN
        EXECUTE format('DROP ROLE %I', login);
    EXCEPTION
        WHEN dependent_objects_still_exist THEN -- somebody gave it rights on a table
            EXECUTE format('GRANT %I TO CURRENT_USER', login);
            EXECUTE format('DROP OWNED BY %I', login);
            BEGIN
                EXECUTE format('DROP ROLE %I', login);
            EXCEPTION
                WHEN dependent_objects_still_exist THEN -- it made something in another database that lets everybody in
                    EXECUTE format('ALTER ROLE %I RENAME TO %I', login, replace(login, '_door', '_ended'));
            END;
    END;
    RETURN true;
END $$;

-- The door's sessions, and what tells whether they keep to their limits; those in other databases, too.
CREATE OR REPLACE FUNCTION thanosql_logins.door_sessions()
    RETURNS TABLE (pid integer, login text, is_here boolean, state text, transaction_since timestamptz, state_since timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT a.pid, a.usename::text, a.datname = current_database(), a.state, a.xact_start, a.state_change
    FROM pg_stat_activity a WHERE a.leader_pid IS NULL AND thanosql_logins.is_door(a.usename)
$$;

CREATE OR REPLACE FUNCTION thanosql_logins.end_door_session(of_pid integer, login text) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity a WHERE a.pid = of_pid AND a.usename = login AND thanosql_logins.is_door(login)
$$;

-- What the door's sessions may make and change is what requests may: tables, views, indexes and sequences. No rules, operators or types, say, which
-- statements of the service could meet.
CREATE OR REPLACE FUNCTION thanosql_logins.check_door_command() RETURNS event_trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    allowed constant text := '^((CREATE|ALTER|DROP) (TABLE|VIEW|MATERIALIZED VIEW|INDEX|SEQUENCE)|CREATE TABLE AS|SELECT INTO|REFRESH MATERIALIZED VIEW'
        || '|COMMENT|GRANT|REVOKE)$';
BEGIN
    IF tg_tag !~ allowed AND starts_with(session_user, current_database()) AND substr(session_user, length(current_database()) + 1) ~ '^_door[0-9]+$'
    THEN
        RAISE EXCEPTION '% is not possible through the door for SQL clients.', tg_tag USING ERRCODE = 'insufficient_privilege';
    END IF;
END $$;

-- What a login of the door made belongs to all who may write, and is there for all who may read: it outlives the login. Runs with the login's own rights.
CREATE OR REPLACE FUNCTION thanosql_logins.give_door_objects() RETURNS event_trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    item record;
BEGIN
    IF NOT starts_with(session_user, current_database()) OR substr(session_user, length(current_database()) + 1) !~ '^_door[0-9]+$' THEN
        RETURN;
    END IF;
    FOR item IN
        SELECT c.oid::regclass AS name, c.relkind = 'S' AS is_sequence
        FROM (SELECT DISTINCT objid FROM pg_event_trigger_ddl_commands() WHERE classid = 'pg_class'::regclass) made JOIN pg_class c ON c.oid = made.objid
        WHERE c.relowner = quote_ident(session_user)::regrole AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
          AND NOT (c.relkind = 'S' AND EXISTS ( -- goes where its column goes
              SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0))
    LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO %I', item.name, current_database() || '_writer'); -- also of views and sequences
        IF NOT item.is_sequence THEN
            EXECUTE format('GRANT SELECT ON %s TO %I', item.name, current_database() || '_reader');
        END IF;
    END LOOP;
END $$;

-- Who sessions are and since when their transactions run, not what they say: an operator has to know whom a table waits for.
CREATE OR REPLACE FUNCTION thanosql_logins.sessions(pids integer[])
    RETURNS TABLE (pid integer, application text, state text, since timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT a.pid, a.application_name, a.state, a.xact_start FROM pg_stat_activity a WHERE a.pid = ANY (pids)
$$;

-- What every role may do by default in PostgreSQL and users' SQL should not: large objects, advisory locks, notifications, ending other sessions, sleeping,
-- reading the server's files, and making functions.
CREATE OR REPLACE FUNCTION thanosql_logins.open_to_all() RETURNS TABLE (privilege text, object text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT 'EXECUTE', 'FUNCTION ' || p.oid::regprocedure
    FROM pg_proc p
    WHERE p.prokind <> 'p' AND has_function_privilege('public', p.oid, 'EXECUTE')
      AND p.proname ~ ('^(lo_.*|loread|lowrite|pg_(try_)?advisory_(xact_)?(un)?lock(_shared)?|pg_sleep.*|pg_notify|pg_(terminate|cancel)_backend'
          || '|pg_read_.*|pg_ls_.*|pg_stat_file|pg_file_.*|pg_logical_.*|pg_replication_.*|pg_create_.*|pg_export_snapshot|pg_log_.*'
          || '|pg_stat_get_(activity|backend_.*)|pg_stat_statements.*' -- others' statements: the tokens of a scope share a role
          || '|dblink.*|postgres_fdw_.*|pg_prewarm|autoprewarm.*)$')
    UNION ALL
    SELECT 'USAGE', 'LANGUAGE ' || quote_ident(l.lanname) FROM pg_language l WHERE l.lanpltrusted AND has_language_privilege('public', l.oid, 'USAGE')
    ORDER BY 2
$$;

DO $do$
DECLARE
    database constant text := current_database();
    owner_role constant text := current_setting('thanosql.owner');
    former_owner constant text := current_setting('thanosql.former_owner', true);
    query_role constant text := database || '_query';    -- reads users' tables and the views of schema thanosql
    write_role constant text := database || '_write';    -- owns users' tables
    reader_role constant text := database || '_reader';  -- has the rights of query_role, but for temporary tables; nobody logs in as it
    writer_role constant text := database || '_writer';  -- and changes rows of users' tables, and owns those that it makes; nobody logs in as it
    tables_role constant text := database || '_tables';  -- what the service touches users' tables as; users never log in as it
    logins_role constant text := database || '_logins';  -- runs the functions above; nobody logs in as it
    role_name text;
    item record;
BEGIN
    LOCK TABLE pg_authid IN SHARE ROW EXCLUSIVE MODE; -- roles belong to the whole server, and PostgreSQL fails where two scripts grant at once
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = owner_role AND rolsuper) THEN
        RAISE EXCEPTION 'The role % is a superuser: name another one as the owner.', owner_role USING ERRCODE = 'invalid_role_specification';
    END IF;
    FOREACH role_name IN ARRAY ARRAY[owner_role, query_role, write_role, reader_role, writer_role, tables_role, logins_role] LOOP
        IF octet_length(role_name) > 63 THEN
            RAISE EXCEPTION 'The role name % is longer than 63 bytes: give the database a shorter name.', role_name;
        END IF;
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
            EXECUTE format('CREATE ROLE %I', role_name);
        END IF;
        EXECUTE format(
            'ALTER ROLE %I INHERIT NOSUPERUSER NOCREATEDB NOREPLICATION NOBYPASSRLS %s', role_name,
            CASE WHEN role_name = logins_role THEN 'NOLOGIN CREATEROLE' WHEN role_name IN (reader_role, writer_role) THEN 'NOLOGIN NOCREATEROLE'
                 ELSE 'LOGIN NOCREATEROLE' END);
    END LOOP;
    EXECUTE format('GRANT %I TO %I, %I', reader_role, query_role, writer_role);
    EXECUTE format('GRANT %I TO %I', writer_role, write_role);
    EXECUTE format('GRANT %I TO %I', query_role, write_role);
    EXECUTE format('GRANT %I TO %I', write_role, tables_role);
    EXECUTE format('GRANT %I TO %I', tables_role, owner_role);
    EXECUTE format(
        'GRANT %I, %I, %I, %I, %I TO %I WITH ADMIN OPTION', query_role, write_role, reader_role, writer_role, tables_role, logins_role);
    EXECUTE format('GRANT SET ON PARAMETER temp_file_limit TO %I', logins_role);
    EXECUTE format('GRANT pg_read_all_stats TO %I', logins_role); -- the functions above give away of it what operators need
    EXECUTE format('GRANT pg_signal_backend TO %I', logins_role); -- and end the door's sessions

    EXECUTE format('ALTER DATABASE %I OWNER TO %I', database, owner_role);
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', database);
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', database, reader_role);
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO %I', database, query_role);
    ALTER SCHEMA public OWNER TO pg_database_owner;
    EXECUTE format('REVOKE CREATE ON SCHEMA public FROM PUBLIC, %I', query_role);
    EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', reader_role);
    EXECUTE format('GRANT CREATE ON SCHEMA public TO %I', writer_role);

    -- Its functions make roles: the owner alone calls them.
    EXECUTE format('ALTER SCHEMA thanosql_logins OWNER TO %I', logins_role);
    EXECUTE format('GRANT USAGE ON SCHEMA thanosql_logins TO %I', owner_role);
    FOR item IN
        SELECT p.oid::regprocedure AS name FROM pg_proc p
        WHERE p.pronamespace = 'thanosql_logins'::regnamespace AND p.prorettype <> 'event_trigger'::regtype
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', item.name);
        EXECUTE format('ALTER FUNCTION %s OWNER TO %I', item.name, logins_role);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', item.name, owner_role);
    END LOOP;

    -- They run in everybody's session, a superuser's too: they stay the superuser's.
    REVOKE ALL ON FUNCTION thanosql_logins.check_door_command(), thanosql_logins.give_door_objects() FROM PUBLIC;
    IF NOT EXISTS (SELECT FROM pg_event_trigger WHERE evtname = 'thanosql_door') THEN
        CREATE EVENT TRIGGER thanosql_door ON ddl_command_start EXECUTE FUNCTION thanosql_logins.check_door_command();
    END IF;
    IF NOT EXISTS (SELECT FROM pg_event_trigger WHERE evtname = 'thanosql_door_end') THEN
        CREATE EVENT TRIGGER thanosql_door_end ON ddl_command_end EXECUTE FUNCTION thanosql_logins.give_door_objects();
    END IF;
    ALTER EVENT TRIGGER thanosql_door ENABLE;
    ALTER EVENT TRIGGER thanosql_door_end ENABLE;

    FOR item IN SELECT privilege, object FROM thanosql_logins.open_to_all() LOOP
        EXECUTE format('REVOKE %s ON %s FROM PUBLIC', item.privilege, item.object);
    END LOOP;
    FOR item IN
        SELECT 'EXECUTE' AS privilege, 'FUNCTION ' || p.oid::regprocedure AS object FROM pg_proc p
        WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname IN (
            'pg_advisory_lock', 'pg_advisory_unlock', 'pg_advisory_unlock_all', 'pg_advisory_xact_lock', 'pg_try_advisory_lock',
            'pg_notify', 'pg_terminate_backend', 'pg_cancel_backend', 'pg_stat_get_activity')
        UNION ALL
        SELECT 'USAGE', 'LANGUAGE ' || quote_ident(l.lanname) FROM pg_language l WHERE l.lanpltrusted
    LOOP
        EXECUTE format('GRANT %s ON %s TO %I', item.privilege, item.object, owner_role);
    END LOOP;
    EXECUTE format('GRANT EXECUTE ON FUNCTION pg_catalog.pg_stat_get_activity(integer) TO %I', logins_role);
    EXECUTE format('GRANT EXECUTE ON FUNCTION pg_catalog.pg_terminate_backend(integer, bigint) TO %I', logins_role);

    -- The catalog becomes the owner's, whoever it belonged to; of schema public, what belonged to the owner of a release before becomes the users'.
    FOR item IN
        SELECT o.kind, o.name, CASE WHEN o.schema = 'public' THEN write_role ELSE owner_role END AS new_owner
        FROM (
            SELECT 'SCHEMA' AS kind, quote_ident(n.nspname) AS name, n.nspname AS schema, n.nspowner AS owner, n.tableoid AS class, n.oid
            FROM pg_namespace n WHERE n.nspname <> 'public'
            UNION ALL
            SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE'
                                  ELSE 'TABLE' END,
                   c.oid::regclass::text, n.nspname, c.relowner, c.tableoid, c.oid
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
            UNION ALL
            SELECT 'ROUTINE', p.oid::regprocedure::text, n.nspname, p.proowner, p.tableoid, p.oid
            FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE n.nspname <> 'thanosql_tables'
            UNION ALL
            SELECT 'TYPE', t.oid::regtype::text, n.nspname, t.typowner, t.tableoid, t.oid
            FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
            WHERE t.typtype IN ('d', 'e', 'r') OR c.relkind = 'c'
        ) o
        WHERE (o.schema IN ('thanosql', 'thanosql_tables') AND o.owner <> quote_ident(owner_role)::regrole
               OR o.schema = 'public' AND o.owner = to_regrole(quote_ident(former_owner)))
          AND NOT EXISTS ( -- belongs to a column or an extension, and goes where that goes
              SELECT FROM pg_depend d
              WHERE d.classid = o.class AND d.objid = o.oid AND (d.deptype = 'e' OR d.deptype IN ('a', 'i') AND d.refobjsubid > 0))
    LOOP
        EXECUTE format('ALTER %s %s OWNER TO %I', item.kind, item.name, item.new_owner);
    END LOOP;
END $do$;
