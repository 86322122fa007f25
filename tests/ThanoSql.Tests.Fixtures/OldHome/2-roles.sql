-- The secrets of the installation, the two roles that users' SQL runs as, and what they may do.
INSERT INTO thanosql.setting (name, value) VALUES
    ('sql_role:thanosql_query', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'),
    ('sql_role:thanosql_write', 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb'),
    ('link_signing_key', 'cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc');

CREATE ROLE thanosql_query LOGIN INHERIT CONNECTION LIMIT 64 PASSWORD 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
CREATE ROLE thanosql_write LOGIN INHERIT CONNECTION LIMIT 64 PASSWORD 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb';
GRANT thanosql_query TO thanosql_write;
ALTER ROLE thanosql_query IN DATABASE thanosql SET temp_file_limit = 1048576;
ALTER ROLE thanosql_write IN DATABASE thanosql SET temp_file_limit = 1048576;

GRANT CONNECT, TEMPORARY ON DATABASE thanosql TO thanosql_query;
REVOKE CREATE ON SCHEMA public FROM PUBLIC, thanosql_query;
GRANT USAGE ON SCHEMA public TO thanosql_query;
GRANT CREATE ON SCHEMA public TO thanosql_write;
REVOKE ALL ON SCHEMA thanosql FROM PUBLIC, thanosql_write;
GRANT USAGE ON SCHEMA thanosql TO thanosql_query;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON ROUTINES FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO thanosql_query;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT INSERT, UPDATE, DELETE, TRUNCATE ON TABLES TO thanosql_write;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO thanosql_write;
ALTER DEFAULT PRIVILEGES FOR ROLE thanosql_write IN SCHEMA public GRANT SELECT ON TABLES TO thanosql_query;

GRANT SELECT ON thanosql.indexed, thanosql.failures, thanosql.models, thanosql.model_versions, thanosql.training_runs, thanosql.pipelines,
    thanosql.answer, thanosql.correction, thanosql.model_stamp, thanosql.labels TO thanosql_query;
REVOKE ALL ON FUNCTION thanosql.announce_training_run() FROM PUBLIC;

-- What PostgreSQL lets everybody do, and users' SQL should not.
DO $do$
DECLARE
    closed text;
BEGIN
    FOR closed IN
        SELECT 'EXECUTE ON FUNCTION ' || p.oid::regprocedure
        FROM pg_catalog.pg_proc p
        WHERE p.proname ~ ('^(lo_.*|loread|lowrite|pg_(try_)?advisory_(xact_)?(un)?lock(_shared)?|pg_sleep.*|pg_notify|pg_(terminate|cancel)_backend'
                           || '|pg_read_.*|pg_ls_.*|pg_stat_file|pg_file_.*|pg_logical_.*|pg_replication_.*|pg_create_.*|pg_export_snapshot|pg_log_.*'
                           || '|dblink.*|postgres_fdw_.*|pg_prewarm|autoprewarm.*)$')
          AND p.prokind <> 'p' AND pg_catalog.has_function_privilege('public', p.oid, 'EXECUTE')
        UNION ALL
        SELECT 'USAGE ON LANGUAGE ' || pg_catalog.quote_ident(l.lanname)
        FROM pg_catalog.pg_language l
        WHERE l.lanpltrusted AND pg_catalog.has_language_privilege('public', l.oid, 'USAGE')
    LOOP
        EXECUTE 'REVOKE ' || closed || ' FROM PUBLIC';
    END LOOP;
END $do$;
