namespace ThanoSql.Tests.Integration.Query.Escapes;

/// <summary>
/// What a token of scope write hangs on a table that the service itself will write: {t} stands for the table, which a pipeline fills.
/// </summary>
/// <param name="Name">For messages.</param>
/// <param name="Statements">Some may be refused, but none may fail.</param>
internal sealed record TableAttempt(string Name, params string[] Statements);

internal static class TableAttempts
{
    private const string Plain = "CREATE TABLE {t} (image_path text, price integer)";

    // Expressions of built-in functions alone: users can make none of their own.
    private static readonly string[] Spies =
    [
        "query_to_xml('SELECT * FROM thanosql.setting', true, true, '')::text",
        "query_to_xml('SELECT encode(sha256, ''hex'') FROM thanosql.token', true, true, '')::text",
        "query_to_xml('SELECT * FROM thanosql.session_pass', true, true, '')::text",
        "query_to_xml('SELECT * FROM thanosql.audit', true, true, '')::text",
        "query_to_xml('SELECT rolpassword FROM pg_authid', true, true, '')::text",
        "query_to_xml('SELECT * FROM shop.secret', true, true, '')::text",
        "query_to_xml('SELECT pg_read_file(''/etc/passwd'')', true, true, '')::text",
        "query_to_xml('SELECT query FROM pg_stat_activity', true, true, '')::text",
        "query_to_xml('SELECT thanosql.promote_version(NULL, 1, 1, ''retired'', NULL, NULL, NULL)', true, true, '')::text",
        "query_to_xml('SELECT thanosql.set_label(gen_random_uuid(), 1, 1, ''mine'', ''admin'')', true, true, '')::text",
        "query_to_xml('SELECT * FROM thanosql.hold_serving(gen_random_uuid())', true, true, '')::text",
        "query_to_xml('SELECT thanosql_logins.admit(''write'', ''mine'', NULL, 1)', true, true, '')::text",
        "query_to_xml('SELECT statement FROM pg_prepared_statements', true, true, '')::text",
        "query_to_xml('SELECT pg_terminate_backend(pid) FROM pg_locks', true, true, '')::text",
        "table_to_xml('thanosql.setting', true, true, '')::text",
        "schema_to_xml('thanosql', true, true, '')::text",
        "database_to_xml(true, true, '')::text",
        "set_config('role', current_database() || '_owner', false)",
        "set_config('role', current_database() || '_query', false)",
        "set_config('session_authorization', current_database() || '_owner', false)",
        "set_config('search_path', 'pg_temp, public', false)",
        "set_config('thanosql.actor', 'token admin', false)",
        "set_config('default_transaction_read_only', 'on', false)",
        "set_config('idle_session_timeout', '1', false)",
        "set_config('session_replication_role', 'replica', false)",
        "set_config('row_security', 'off', true)",
        "lo_from_bytea(0, 'x')::text",
        "pg_advisory_lock(1)::text",
        "pg_notify('thanosql_training_run', '1')::text",
        "thanosql.check_pass(gen_random_uuid())::text",
        "thanosql_logins.role_of('write', NULL)",
        "nextval('thanosql.token_token_id_seq')::text",
        "pg_sleep(30)::text",
        "repeat('x', 20000000)",
    ];

    public static IReadOnlyList<TableAttempt> All =>
    [
        .. Spies.Select(spy => new TableAttempt($"DEFAULT {spy}",
            $"CREATE TABLE {{t}} (image_path text, price integer, ran_as text DEFAULT current_user, loot text DEFAULT {spy})")),
        .. Spies.Select(spy => new TableAttempt(
            $"CHECK {spy}", $"CREATE TABLE {{t}} (image_path text, price integer, ran_as text DEFAULT current_user, CHECK (length({spy}) <> -1))")),
        .. Spies.Where((_, i) => i % 6 == 0).Select(spy => new TableAttempt(
            $"DEFAULT of an index column {spy}",
                $"CREATE TABLE {{t}} (image_path text, keyword text DEFAULT {spy}, ran_as text DEFAULT session_user)")),
        new("the index that makes a superuser", Plain, "ALTER TABLE {t} ADD keyword text",
            "CREATE INDEX \"x USING btree(keyword);ALTER ROLE thanosql_write SUPERUSER--\" ON {t} (keyword)"),
        new("an index with quotes", Plain, "ALTER TABLE {t} ADD keyword text",
            "CREATE INDEX \"a\"\"b';--$$\" ON {t} (keyword, lower(image_path || '; DROP TABLE products'))"),
        new("an index of 63 bytes", Plain, "ALTER TABLE {t} ADD keyword text", $"CREATE INDEX \"{new string('i', 63)}\" ON {{t}} (keyword)"),
        new("an index of many bytes a letter", Plain, "ALTER TABLE {t} ADD keyword text",
            $"CREATE UNIQUE INDEX \"{new string('가', 21)}\" ON {{t}} (keyword, image_path)"),
        new("a view with quotes", Plain, "ALTER TABLE {t} ADD keyword text",
            "CREATE VIEW \"{t}\"\"; ALTER ROLE x SUPERUSER; --\" AS SELECT keyword AS \"k;--$$\" FROM {t}"),
        new("a view that reads secrets", Plain, "ALTER TABLE {t} ADD keyword text",
            "CREATE VIEW {t}_v AS SELECT keyword, (SELECT count(*) FROM thanosql.setting) AS n FROM {t}"),
        new("a materialised view", Plain, "ALTER TABLE {t} ADD keyword text",
            "CREATE MATERIALIZED VIEW {t}_m AS SELECT keyword, current_user AS ran_as FROM {t}"),
        new("row security", Plain, "ALTER TABLE {t} ENABLE ROW LEVEL SECURITY", "ALTER TABLE {t} FORCE ROW LEVEL SECURITY"),
        new("columns with quotes",
            "CREATE TABLE {t} (image_path text, \"a\"\"; ALTER ROLE x SUPERUSER; --\" text DEFAULT 'x', \"$$\" int DEFAULT 1, \"k'\\\" text)"),
        new("constraints with quotes",
            "CREATE TABLE {t} (image_path text, price integer, CONSTRAINT \"c\"\"; DROP TABLE products; --\" CHECK (price IS NULL OR price > 0))"),
        new("constraint of 63 bytes", $"CREATE TABLE {{t}} (image_path text, CONSTRAINT \"{new string('c', 63)}\" UNIQUE (image_path))"),
        new("index columns of other types",
            "CREATE TABLE {t} (image_path text, keyword bytea, keyword_score xml, keyword_version text, keyword_source int)"),
        new("index columns that are generated", "CREATE TABLE {t} (image_path text, keyword text GENERATED ALWAYS AS (image_path) STORED)"),
        new("an identity", "CREATE TABLE {t} (image_path text, id bigint GENERATED ALWAYS AS IDENTITY)"),
        new("paths of another type", "CREATE TABLE {t} (image_path bytea)"), new("paths that are generated",
            "CREATE TABLE {t} (a text, image_path text GENERATED ALWAYS AS (a) STORED)"),
        new("no path", "CREATE TABLE {t} (x int)"), new("no columns", "CREATE TABLE {t} ()"),
        new("a view in its place", "CREATE VIEW {t} AS SELECT name AS image_path, value AS keyword FROM thanosql.setting"),
        new("a view over the secret table", "CREATE VIEW {t} AS SELECT text AS image_path FROM shop.secret"),
        new("a materialised view in its place", "CREATE MATERIALIZED VIEW {t} AS SELECT 'x'::text AS image_path"),
        new("a sequence in its place", "CREATE SEQUENCE {t}"), new("a partitioned table",
            "CREATE TABLE {t} (image_path text) PARTITION BY HASH (image_path)"),
        new("a partition with a check", "CREATE TABLE {t} (image_path text, ran_as text DEFAULT current_user) PARTITION BY LIST (image_path)",
            "CREATE TABLE {t}_p PARTITION OF {t} (CHECK (length(query_to_xml('SELECT * FROM thanosql.setting', true, true, '')::text) > 0)) DEFAULT"),
        new("a child", Plain,
            "CREATE TABLE {t}_c (CHECK (length(query_to_xml('SELECT * FROM thanosql.token', true, true, '')::text) > 0)) INHERITS ({t})"),
        new("a parent", "CREATE TABLE {t}_p (image_path text, keyword text)", "CREATE TABLE {t} () INHERITS ({t}_p)"),
        new("a foreign key to the shop", Plain,
            "ALTER TABLE {t} ADD FOREIGN KEY (image_path) REFERENCES products (image_path) ON DELETE CASCADE ON UPDATE CASCADE"),
        new("a foreign key to itself", "CREATE TABLE {t} (image_path text PRIMARY KEY, up text REFERENCES {t} DEFERRABLE INITIALLY DEFERRED)"),
        new("an exclusion", "CREATE TABLE {t} (image_path text, EXCLUDE USING hash (image_path WITH =))"), new("an unlogged table",
            "CREATE UNLOGGED TABLE {t} (image_path text)"),
        new("a rule on it", Plain, "CREATE RULE r AS ON INSERT TO {t} DO INSTEAD DELETE FROM products"),
        new("a trigger on it", Plain, "CREATE TRIGGER aaa BEFORE INSERT ON {t} FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()"),
        new("a policy on it", Plain, "CREATE POLICY p ON {t} USING (query_to_xml('SELECT * FROM thanosql.token', true, true, '') IS NOT NULL)"),
        new("the name of the index to be", Plain, "ALTER TABLE {t} ADD keyword text", "CREATE INDEX {t}_k ON {t} (keyword)",
            "CREATE TABLE {t}_keyword_idx (x int)", "CREATE TABLE \"{t}_k next\" (x int)"),
        new("the names of next columns",
            "CREATE TABLE {t} (image_path text, keyword_next text, keyword_score_next text, keyword_version_next text, keyword_source_next text)"),
        new("a temporary table in front", Plain, "CREATE TEMP TABLE {t} (image_path text, keyword text DEFAULT current_user)"),
        new("an index over the path that computes", Plain, "CREATE INDEX ON {t} ((set_config('role', 'postgres', false)))",
            "CREATE INDEX ON {t} (md5(image_path), (image_path || current_setting('x', true)))"),
        new("rows that no write is right for", Plain, "INSERT INTO {t} VALUES ('{t}/new.png', 1)",
            "ALTER TABLE {t} ADD CHECK (image_path = '') NOT VALID"),
        new("rows that cannot be written", Plain, "INSERT INTO {t} VALUES ('{t}/new.png', 1)",
            "ALTER TABLE {t} ADD CHECK (length(query_to_xml('SELECT * FROM thanosql.setting', true, true, '')::text) > 0) NOT VALID"),
        new("its rows are dropped all the time", Plain, "DROP TABLE {t}", "CREATE TABLE {t} (image_path varchar(5))"),
        new("nothing at all", Plain), // the last one
    ];
}
