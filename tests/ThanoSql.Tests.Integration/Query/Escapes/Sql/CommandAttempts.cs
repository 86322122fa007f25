namespace ThanoSql.Tests.Integration.Query.Escapes.Sql;

/// <summary>What must be refused whatever the scope.</summary>
internal static class CommandAttempts
{
    private static IEnumerable<string> ServerFiles =>
    [
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT pg_read_binary_file('/etc/passwd')",
        "SELECT pg_ls_dir('/')",
        "SELECT * FROM pg_ls_logdir()",
        "SELECT * FROM pg_ls_waldir()",
        "SELECT pg_stat_file('postgresql.conf')",
        "SELECT lo_import('/etc/passwd')",
        "SELECT lo_export(1, '/tmp/thanosql-escaped')",
        "COPY products TO '/tmp/thanosql-escaped'",
        "COPY products FROM PROGRAM 'id'",
        "COPY (SELECT 1) TO PROGRAM 'touch /tmp/thanosql-escaped'",
        "CREATE TABLE leak (t text) TABLESPACE pg_global",
        "CREATE TABLESPACE t LOCATION '/tmp'",
        "LOAD '/tmp/evil.so'",
        "CREATE FUNCTION f() RETURNS int AS '/lib/x86_64-linux-gnu/libc.so.6', 'getpid' LANGUAGE c",
        "CREATE EXTENSION dblink",
        "CREATE EXTENSION file_fdw",
        "CREATE EXTENSION plpython3u",
        "CREATE FOREIGN TABLE f (t text) SERVER s",
        "CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw",
        "CREATE FOREIGN DATA WRAPPER w",
        "IMPORT FOREIGN SCHEMA public FROM SERVER s INTO public",
    ];

    private static IEnumerable<string> LargeObjects =>
    [
        "SELECT lo_create(0)",
        "SELECT lo_creat(-1)",
        "SELECT lo_from_bytea(0, 'x')",
        "SELECT lo_put(1, 0, 'x')",
        "SELECT lo_get(1)",
        "SELECT lo_unlink(1)",
        "SELECT lo_open(1, 131072)",
        "SELECT loread(1, 1)",
        "INSERT INTO pg_largeobject VALUES (1, 0, 'x')",
    ];

    private static IEnumerable<string> OtherRoles =>
    [
        "SET ROLE postgres",
        "SET SESSION AUTHORIZATION DEFAULT",
        "RESET ROLE",
        "RESET SESSION AUTHORIZATION",
        "SELECT set_config('role', 'postgres', false)",
        "SELECT set_config('session_authorization', 'postgres', false)",
        "SELECT set_config('session_authorization', session_user, false), set_config('is_superuser', 'on', false)",
        "SELECT set_config('log_statement', 'all', false)",
        "SELECT set_config('session_preload_libraries', '/tmp/evil', false)",
        "SELECT set_config('temp_file_limit', '-1', false)",
        "ALTER ROLE CURRENT_USER SUPERUSER",
        "ALTER ROLE CURRENT_USER PASSWORD 'mine'",
        "ALTER/**/USER CURRENT_USER PASSWORD 'mine'",
        "ALTER ROLE CURRENT_USER SET statement_timeout = 0",
        "ALTER DATABASE CURRENT_DATABASE SET statement_timeout = 0",
        "ALTER SYSTEM SET log_statement = 'all'",
        "ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC",
        "CREATE ROLE mine SUPERUSER",
        "DROP OWNED BY CURRENT_USER",
        "REASSIGN OWNED BY CURRENT_USER TO postgres",
        "GRANT ALL ON SCHEMA thanosql TO CURRENT_USER",
        "GRANT pg_read_server_files TO CURRENT_USER",
        "SECURITY LABEL ON TABLE products IS 'x'",
    ];

    private static IEnumerable<string> TheCatalog =>
    [
        "SELECT * FROM thanosql.token",
        "SELECT * FROM thanosql.setting",
        "SELECT value FROM \"thanosql\".\"setting\"",
        "SELECT * FROM ONLY thanosql.image",
        "TABLE thanosql.embedding",
        "SELECT head FROM thanosql.model_version",
        "INSERT INTO thanosql.token (name, sha256, scopes) VALUES ('mine', sha256('mine'), '{admin}')",
        "UPDATE thanosql.token SET scopes = '{admin}'",
        "DELETE FROM thanosql.model",
        "TRUNCATE thanosql.image",
        "DROP TABLE thanosql.token",
        "DROP VIEW thanosql.failures",
        "ALTER TABLE thanosql.token ADD COLUMN mine text",
        "CREATE TABLE thanosql.mine (x int)",
        "CREATE INDEX ON thanosql.token (name)",
        "CREATE OR REPLACE VIEW thanosql.models AS SELECT 1",
        "WITH gone AS (DELETE FROM thanosql.setting RETURNING *) SELECT * FROM gone",
        "EXPLAIN ANALYZE DELETE FROM thanosql.token",
        "SELECT query_to_xml('SELECT * FROM thanosql.token', true, true, '')",
        "SELECT table_to_xml('thanosql.setting', true, true, '')",
        "SELECT cursor_to_xml('c', 1, true, true, '')",
        "SELECT ts_stat('SELECT to_tsvector(value) FROM thanosql.setting')",
        "SELECT lo_get(oid) FROM pg_largeobject_metadata, thanosql.token",
        "SELECT * FROM pg_authid",
        "SELECT * FROM pg_shadow",
        "SELECT * FROM pg_user_mapping",
        "SELECT * FROM pg_statistic",
        "UPDATE pg_class SET relowner = 10",
        "INSERT INTO pg_catalog.pg_proc SELECT * FROM pg_catalog.pg_proc",
        "DELETE FROM pg_attribute",
        "SELECT thanosql.announce_training_run()",
    ];

    private static IEnumerable<string> OtherSchemas =>
    [
        "SELECT * FROM shop.secret",
        "INSERT INTO shop.secret VALUES ('x')",
        "CREATE TABLE shop.mine (x int)",
        "CREATE SCHEMA mine",
        "DROP SCHEMA public CASCADE",
        "ALTER SCHEMA public RENAME TO mine",
        "CREATE TABLE pg_catalog.mine (x int)",
        "SELECT * FROM dblink('dbname=postgres', 'SELECT 1') AS t (x int)",
        "CREATE DATABASE mine",
        "DROP DATABASE postgres",
    ];

    private static IEnumerable<string> Code =>
    [
        "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE OR REPLACE FUNCTION now() RETURNS timestamptz LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE FUNCTION pg_temp.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1'",
        "DO 'BEGIN PERFORM 1; END'",
        "DO LANGUAGE plpgsql $$ BEGIN EXECUTE 'ALTER ROLE CURRENT_USER PASSWORD ''x'''; END $$",
        "CALL p()",
        "CREATE TRIGGER t BEFORE UPDATE ON products FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "CREATE RULE r AS ON UPDATE TO products DO ALSO SELECT 1",
        "CREATE POLICY p ON products USING (true)",
        "CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION f()",
        "CREATE AGGREGATE public.max(text) (sfunc = textcat, stype = text)",
        "CREATE OPERATOR public.= (function = texteq, leftarg = text, rightarg = text)",
        "CREATE CAST (text AS int) WITH INOUT",
        "CREATE DOMAIN d AS text CHECK (query_to_xml(VALUE, true, true, '') IS NOT NULL)",
        "CREATE TYPE t",
        "CREATE LANGUAGE mine HANDLER f",
        "CREATE PUBLICATION p FOR ALL TABLES",
        "CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1' PUBLICATION p",
        "PREPARE p AS SELECT 1",
        "EXECUTE p",
    ];

    private static IEnumerable<string> OtherSessions =>
    [
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity",
        "SELECT pg_cancel_backend(pid) FROM pg_stat_activity",
        "SELECT query FROM pg_stat_activity",
        "SELECT * FROM pg_stat_get_activity(NULL)",
        "SELECT pg_stat_get_backend_activity(1)",
        "SELECT query_to_xml('SELECT query FROM pg_stat_activity', true, true, '')",
        "SELECT * FROM pg_stat_replication",
        "SELECT * FROM pg_stat_ssl",
        "SELECT pg_stat_get_backend_client_addr(1)",
        "SELECT pg_advisory_lock(1)",
        "SELECT pg_try_advisory_lock(1, 2)",
        "SELECT pg_advisory_xact_lock(1)",
        "SELECT pg_notify('thanosql_training_run', '1')",
        "NOTIFY thanosql_training_run, '1'",
        "LISTEN thanosql_training_run",
        "LOCK TABLE products IN ACCESS EXCLUSIVE MODE",
        "SELECT pg_sleep(60)",
        "SELECT pg_sleep_for('1 hour')",
        "SELECT pg_sleep_until('2100-01-01')",
        "SELECT pg_reload_conf()",
        "SELECT pg_switch_wal()",
        "SELECT pg_create_restore_point('x')",
        "SELECT pg_logical_emit_message(true, 'x', 'y')",
        "SELECT pg_stat_reset()",
        "CHECKPOINT",
        "VACUUM FULL products",
    ];

    private static IEnumerable<string> SeveralStatements =>
    [
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP TABLE products",
        "SELECT 1 /* ; */ ; DROP TABLE products --",
        "SELECT $$;$$; DROP TABLE products",
        "SELECT E'\\'; DROP TABLE products; --'; SELECT 2",
        "SELECT 'a\\'; DROP TABLE products; --'",
        "SELECT U&'\\0027' UESCAPE '!'; DROP TABLE products",
        "SELECT $a$ $b$ $a$; DROP TABLE products; SELECT $b$ $b$",
        "SELECT 1 /* /* */ ; DROP TABLE products; */ ; DROP TABLE products",
        "BEGIN",
        "COMMIT",
        "ROLLBACK AND CHAIN",
        "SAVEPOINT s",
        "DISCARD ALL",
        "DECLARE c CURSOR WITH HOLD FOR SELECT 1",
    ];

    public static IEnumerable<Attempt> All =>
    [
        .. Attempts.Refused("files and programs", ServerFiles), .. Attempts.Refused("large objects", LargeObjects),
        .. Attempts.Refused("roles", OtherRoles), .. Attempts.Refused("catalog", TheCatalog), .. Attempts.Refused("schemas", OtherSchemas),
        .. Attempts.Refused("code", Code), .. Attempts.Refused("other sessions", OtherSessions),
        .. Attempts.Refused("several statements", SeveralStatements),
    ];
}
