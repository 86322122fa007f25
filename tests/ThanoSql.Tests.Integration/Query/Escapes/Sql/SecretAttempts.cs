namespace ThanoSql.Tests.Integration.Query.Escapes.Sql;

/// <summary>Reading what lies in the catalog, in others' tables and in others' sessions.</summary>
internal static class SecretAttempts
{
    private const string Kind = "secrets";

    private static readonly string[] Tables =
    [
        "token", "setting", "session_pass", "audit", "model_version", "embedding", "content", "image", "label", "training_run", "trunk", "pipeline",
        "unreadable_event", "keyword", "label_word", "webhook", "webhook_event", "webhook_delivery",
    ];

    public static IEnumerable<Attempt> All =>
    [
        .. Attempts.Refused(Kind, Tables.Select(t => $"SELECT t FROM thanosql.{t} t")),
        .. Attempts.Refused(Kind, Tables.Select(t => $"SELECT row_to_json(t), t::text FROM thanosql.{t} AS t TABLESAMPLE SYSTEM (100)")),
        .. Attempts.Refused("functions that run texts", TextRunners),
        .. Attempts.Refused(Kind, Reads),
        .. Attempts.Idle(Kind, Harmless),
        new(Kind, "CREATE VIEW step AS SELECT * FROM thanosql.setting", "SELECT table_to_xml('step', true, true, '')"),
        new(Kind, "CREATE VIEW step AS SELECT query_to_xml('SELECT * FROM thanosql.setting', true, true, '') AS x", "SELECT * FROM step"),
        new(Kind, "CREATE TABLE step (x xml DEFAULT query_to_xml('SELECT * FROM thanosql.token', true, true, ''))",
            "INSERT INTO step DEFAULT VALUES"),
        new(Kind, "CREATE TABLE step (x int CHECK (table_to_xml('thanosql.setting', true, true, '') IS NOT NULL))", "INSERT INTO step VALUES (1)"),
        new(Kind, "CREATE MATERIALIZED VIEW step AS SELECT * FROM thanosql.setting WITH NO DATA", "REFRESH MATERIALIZED VIEW step"),
        new(Kind, "CREATE VIEW step AS SELECT secret.* FROM shop.secret", "SELECT * FROM step"),
        new(Kind, "CREATE TEMP TABLE setting AS SELECT 1 AS x", "SELECT * FROM thanosql.setting"),
        Attempts.Gives(Kind, "[[0]]", "CREATE TEMP TABLE step (x int)", "SELECT count(*) FROM pg_class WHERE relname = 'step'"),
        Attempts.Gives(Kind, "[[0]]", "SELECT count(*) FROM pg_prepared_statements WHERE statement ~ 'thanosql[.](token|setting)'"),
        Attempts.Gives(Kind, "[[0]]", "SELECT count(*) FROM pg_cursors WHERE statement ~ 'thanosql[.](token|setting)'"),
        Attempts.Gives(Kind, "[[\"\"]]", "SELECT coalesce(current_setting('thanosql.actor', true), '')"),
    ];

    // PostgreSQL's functions that take an SQL text, a relation or a schema.
    private static IEnumerable<string> TextRunners =>
    [
        "SELECT query_to_xml('TABLE thanosql.session_pass', true, true, '')",
        "SELECT query_to_xml_and_xmlschema('SELECT * FROM thanosql.setting', true, true, '')",
        "SELECT table_to_xml_and_xmlschema('thanosql.token', true, true, '')",
        "SELECT table_to_xml('shop.secret', true, true, '')",
        "SELECT ts_stat('SELECT to_tsvector(text) FROM shop.secret')",
        "SELECT ts_rewrite('a'::tsquery, 'SELECT to_tsquery(name), to_tsquery(name) FROM thanosql.setting')",
        "SELECT query_to_xml('SELECT query_to_xml(''SELECT * FROM thanosql.setting'', true, true, '''')', true, true, '')",
        "SELECT query_to_xml('SET ROLE postgres', true, true, '')",
        "SELECT query_to_xml('ALTER ROLE CURRENT_USER PASSWORD ''mine''', true, true, '')",
        "SELECT query_to_xml('COPY products TO ''/tmp/thanosql-escaped''', true, true, '')",
        "SELECT query_to_xml('SELECT 1; DROP TABLE products', true, true, '')",
        "SELECT query_to_xml('DO $$ BEGIN END $$', true, true, '')",
        "SELECT query_to_xml('DELETE FROM products', true, true, '')",
        "SELECT query_to_xml('NOTIFY thanosql_training_run', true, true, '')",
        "SELECT query_to_xml('LOCK TABLE products', true, true, '')",
        "SELECT query_to_xml('COMMIT', true, true, '')",
        "SELECT query_to_xml('SELECT pg_read_file(''/etc/passwd'')', true, true, '')",
        "SELECT cursor_to_xmlschema('c', true, true, '')",
        "SELECT query_to_xmlschema('SELECT * FROM thanosql.setting', true, true, '')",
        "SELECT * FROM xmltable('/x' PASSING query_to_xml('SELECT * FROM thanosql.token', true, true, '') COLUMNS x text)",
        "SELECT * FROM json_populate_record(NULL::thanosql.token, '{}') t, thanosql.token",
    ];

    private static IEnumerable<string> Reads =>
    [
        "SELECT rolpassword FROM pg_catalog.pg_authid",
        "SELECT passwd FROM pg_shadow WHERE passwd IS NOT NULL",
        "SELECT * FROM pg_hba_file_rules",
        "SELECT * FROM pg_ident_file_mappings",
        "SELECT * FROM pg_file_settings",
        "SELECT * FROM pg_config",
        "SELECT * FROM pg_show_all_file_settings()",
        "SELECT pg_current_logfile(), pg_read_file(pg_current_logfile())",
        "SELECT * FROM pg_backend_memory_contexts",
        "SELECT * FROM pg_shmem_allocations",
        "SELECT * FROM pg_statistic_ext_data",
        "SELECT * FROM pg_subscription",
        "SELECT * FROM pg_get_backend_memory_contexts()",
        "SELECT * FROM pg_stat_statements",
        "SELECT * FROM shop.secret FOR SHARE",
        "SELECT (SELECT text FROM shop.secret LIMIT 1) AS x FROM products",
        "SELECT * FROM products NATURAL JOIN shop.secret",
        "EXPLAIN ANALYZE SELECT * FROM shop.secret",
        "EXPLAIN (ANALYZE, VERBOSE) SELECT sha256 FROM thanosql.token",
        "SELECT nextval('thanosql.token_token_id_seq')",
        "SELECT setval('thanosql.token_token_id_seq', 1)",
        "SELECT last_value FROM thanosql.token_token_id_seq",
        "SELECT currval('thanosql.audit_audit_id_seq')",
        "SELECT pg_relation_filepath('thanosql.token'), pg_read_binary_file(pg_relation_filepath('thanosql.token'))",
        "SELECT * FROM pg_get_wal_records_info('0/0', '0/1')",
        "SELECT * FROM heap_page_items(NULL)",
        "SELECT * FROM brin_page_items(NULL, NULL)",
        "SELECT pg_logical_slot_get_changes('s', NULL, NULL)",
        "SELECT pg_create_logical_replication_slot('s', 'test_decoding')",
        "SELECT pg_create_physical_replication_slot('s')",
        "SELECT pg_export_snapshot()",
        "SELECT pg_log_backend_memory_contexts(1)",
        "SELECT pg_stat_get_backend_wait_event(1), pg_stat_get_backend_activity(2)",
        "SELECT pg_stat_get_backend_userid(1)",
        "PREDICT USING colours AS SELECT value AS image_path FROM thanosql.setting",
        "SEARCH IMAGE USING colours OPTIONS (search_by='keyword', search_input='red') AS SELECT name AS image_path FROM thanosql.token",
        "EVALUATE USING colours AS SELECT name AS image_path, value AS label FROM thanosql.setting",
        "PRINT IMAGE AS SELECT value AS image_path FROM thanosql.setting",
        "SELECT * FROM (PREDICT USING colours AS SELECT text AS image_path FROM shop.secret) x",
        "BUILD MODEL mine USING ConvNeXt_Tiny OPTIONS (overwrite=True) AS SELECT name AS image_path, value AS label FROM thanosql.setting",
    ];

    private static IEnumerable<string> Harmless =>
    [
        "SELECT schema_to_xml('thanosql', true, true, '')",
        "SELECT schema_to_xml_and_xmlschema('thanosql', true, true, '')",
        "SELECT schema_to_xml('shop', true, true, '')",
        "SELECT database_to_xml(true, true, '')",
        "SELECT schema_to_xml('thanosql_logins', true, true, '')",
        "SELECT * FROM pg_stats WHERE schemaname = 'thanosql'",
        "SELECT most_common_vals::text, histogram_bounds::text FROM pg_stats WHERE tablename IN ('setting', 'token', 'secret')",
        "SELECT * FROM pg_settings",
        "SHOW ALL",
        "SELECT * FROM pg_roles",
        "SELECT prosrc FROM pg_proc WHERE pronamespace = 'thanosql'::regnamespace",
        "SELECT * FROM pg_user_mappings",
        "SELECT * FROM thanosql.models, thanosql.model_versions",
        "SELECT * FROM thanosql.training_runs",
        "SELECT * FROM thanosql.pipelines",
        "SELECT * FROM pg_locks",
        "SELECT * FROM pg_prepared_statements",
        "SELECT * FROM pg_db_role_setting",
        "SELECT * FROM pg_stat_database",
        "SELECT * FROM pg_sequences WHERE schemaname = 'thanosql'",
        "SELECT inet_server_addr(), inet_client_port(), pg_postmaster_start_time(), version()",
        "SELECT has_table_privilege('thanosql.token', 'SELECT'), pg_has_role('pg_read_server_files', 'USAGE')",
    ];
}
