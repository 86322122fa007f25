using Dapper;

namespace ThanoSql.Query.Sdk.Tables;

/// <summary>What PostgreSQL's catalog says of the tables that a role may read, without those of the product itself.</summary>
internal static class TableCatalog
{
    /// <summary>Whether users may know a schema of the alias <c>n</c>.</summary>
    public const string IsUsers = """
        n.nspname NOT IN ('thanosql', 'thanosql_tables', 'thanosql_logins', 'information_schema') AND n.nspname NOT LIKE 'pg\_%'
        AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
        """;

    private const string Tables = $"""
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND {IsUsers} AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
        """;

    private const string Columns = """
        SELECT a.attrelid::bigint, a.attnum::int, pg_catalog.pg_get_expr(d.adbin, d.adrelid), NOT a.attnotnull,
               pg_catalog.format_type(a.atttypid, a.atttypmod), a.attname
        FROM pg_catalog.pg_attribute a LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attrelid = ANY (@tables::oid[]) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum
        """;

    private const string Constraints = """
        SELECT k.conrelid::bigint AS table, k.contype::text AS kind, k.conname AS name,
               ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY AS u (number, position)
                     JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number ORDER BY u.position) AS columns,
               n.nspname AS schema, c.relname AS other,
               ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(k.confkey) WITH ORDINALITY AS u (number, position)
                     JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.number ORDER BY u.position) AS others
        FROM pg_catalog.pg_constraint k
        LEFT JOIN pg_catalog.pg_class c ON c.oid = k.confrelid LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE k.conrelid = ANY (@tables::oid[]) AND k.contype IN ('p', 'u', 'f') ORDER BY k.conrelid, k.conname
        """;

    /// <param name="connection">Of the role.</param>
    /// <param name="schema">Null for all.</param>
    /// <param name="page">Of the list, by schema and name.</param>
    /// <param name="verbose">Whether columns and constraints are told, too.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="QueryException">There is no such schema.</exception>
    public static async Task<IReadOnlyList<TableBody>> ListAsync(
        NpgsqlConnection connection, string? schema, SdkPage page, bool verbose, CancellationToken cancellationToken)
    {
        await CheckSchemaAsync(connection, schema, cancellationToken);
        const string sql = $"""
            SELECT c.oid::bigint, n.nspname, c.relname {Tables} AND n.nspname = coalesce(@schema, n.nspname)
            ORDER BY 2, 3 OFFSET @Offset LIMIT @Limit
            """;
        var found = (await connection.QueryAsync<(long Id, string Schema, string Name)>(new CommandDefinition(
            sql, new { schema, page.Offset, page.Limit }, cancellationToken: cancellationToken))).AsList();
        return verbose
            ? await DescribeAsync(connection, found, cancellationToken)
            : found.ConvertAll(t => new TableBody(t.Name, t.Schema, null, null));
    }

    /// <exception cref="QueryException">There is no such table that the role may read.</exception>
    public static async Task<TableBody> GetAsync(NpgsqlConnection connection, TableAddress table, CancellationToken cancellationToken) =>
        await FindAsync(connection, table, cancellationToken) ?? throw Missing(table);

    /// <returns>Null when there is no such table that the role may read.</returns>
    public static async Task<TableBody?> FindAsync(NpgsqlConnection connection, TableAddress table, CancellationToken cancellationToken)
    {
        var found = (await connection.QueryAsync<(long Id, string Schema, string Name)>(new CommandDefinition(
            $"SELECT c.oid::bigint, n.nspname, c.relname {Tables} AND n.nspname = @Schema AND c.relname = @Name", table,
            cancellationToken: cancellationToken))).AsList();
        return (await DescribeAsync(connection, found, cancellationToken)).SingleOrDefault();
    }

    /// <exception cref="QueryException">There is no such schema for users.</exception>
    public static async Task CheckSchemaAsync(NpgsqlConnection connection, string? schema, CancellationToken cancellationToken)
    {
        if (schema is not null && !(await SchemasAsync(connection, cancellationToken)).Contains(schema))
            throw new QueryException(ErrorCode.NotFound, $"There is no schema '{schema}'.", hint: "GET /api/v1/schema/ lists them.");
    }

    /// <returns>The schemas that the role may use, by name.</returns>
    public static async Task<IReadOnlyList<string>> SchemasAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        (await connection.QueryAsync<string>(new CommandDefinition(
            $"SELECT n.nspname FROM pg_catalog.pg_namespace n WHERE {IsUsers} ORDER BY 1", cancellationToken: cancellationToken))).AsList();

    /// <returns>The columns of tables and views, by their ids.</returns>
    public static async Task<ILookup<long, ColumnBody>> ColumnsAsync(
        NpgsqlConnection connection, long[] tables, CancellationToken cancellationToken) =>
        (await connection.QueryAsync<(long Table, int Id, string? Default, bool IsNullable, string Type, string Name)>(
            new CommandDefinition(Columns, new { tables }, cancellationToken: cancellationToken)))
            .ToLookup(c => c.Table, c => new ColumnBody(c.Id, c.Default, c.IsNullable, c.Type, c.Name));

    public static QueryException Missing(TableAddress table) =>
        new(ErrorCode.NotFound, $"There is no table '{table}'.", hint: "GET /api/v1/table/ lists them.");

    private static async Task<List<TableBody>> DescribeAsync(
        NpgsqlConnection connection, List<(long Id, string Schema, string Name)> found, CancellationToken cancellationToken)
    {
        var tables = found.Select(t => t.Id).ToArray();
        var columns = await ColumnsAsync(connection, tables, cancellationToken);
        var constraints = (await connection.QueryAsync<Constraint>(
            new CommandDefinition(Constraints, new { tables }, cancellationToken: cancellationToken))).ToLookup(k => k.Table);
        return found.ConvertAll(t => new TableBody(t.Name, t.Schema, [.. columns[t.Id]], Of(constraints[t.Id])));
    }

    private static ConstraintsBody Of(IEnumerable<Constraint> all)
    {
        var kinds = all.ToLookup(k => k.Kind);
        return new ConstraintsBody(
            [.. kinds["u"].Select(k => new KeyBody(k.Name, k.Columns))],
            kinds["p"].Select(k => new KeyBody(k.Name, k.Columns)).SingleOrDefault(),
            [.. kinds["f"].SelectMany(k => k.Columns.Zip(k.Others, (mine, theirs) => new ForeignKeyBody(k.Name, k.Schema, theirs, k.Other!, mine)))]);
    }

    // Dapper gives arrays to properties, not to constructors
    private sealed record Constraint
    {
        public long Table { get; init; }

        public string Kind { get; init; } = "";

        public string Name { get; init; } = "";

        public string[] Columns { get; init; } = [];

        public string? Schema { get; init; }

        public string? Other { get; init; }

        public string[] Others { get; init; } = [];
    }
}
