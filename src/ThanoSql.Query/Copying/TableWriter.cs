using ThanoSql.Storage.Unicode;

namespace ThanoSql.Query.Copying;

/// <summary>Makes tables of schema public and fills them.</summary>
internal static class TableWriter
{
    public static string Name(string table) => $"public.{Identifier.Quote(table)}";

    public static async Task<bool> ExistsAsync(NpgsqlConnection connection, string table, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT pg_catalog.to_regclass($1) IS NOT NULL", connection);
        command.Parameters.Add(new NpgsqlParameter { Value = Name(table) });
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Why a table cannot be replaced on which views depend.</summary>
    /// <param name="depended">PostgreSQL's error.</param>
    /// <param name="table">Its name.</param>
    /// <param name="at">Where the statement names it.</param>
    public static QueryException Depended(PostgresException depended, string table, TextPosition at) => new(
        ErrorCode.OfSqlState(depended.SqlState), $"'{table}' cannot be replaced: {depended.Detail}", at, "Drop the views first.", depended);

    public static Task CreateAsync(NpgsqlConnection connection, string table, SourceRows source, CancellationToken cancellationToken)
    {
        var columns = source.Columns.Select(c => $"{Identifier.Quote(c.Name)} {c.Type}");
        return RunAsync(connection, $"CREATE TABLE {Name(table)} ({string.Join(", ", columns)})", cancellationToken);
    }

    /// <summary>Adds the rows, in order; PostgreSQL checks the values.</summary>
    public static async Task FillAsync(NpgsqlConnection connection, string table, SourceRows source, CancellationToken cancellationToken)
    {
        var columns = string.Join(", ", source.Columns.Select(c => Identifier.Quote(c.Name)));
        await using var import = await connection.BeginTextImportAsync($"COPY {Name(table)} ({columns}) FROM STDIN (FORMAT csv)", cancellationToken);
        var line = new StringBuilder();
        foreach (var row in source.Rows.All)
        {
            line.Clear().AppendJoin(',', row.Select(Field)).Append('\n');
            await import.WriteAsync(line, cancellationToken);
        }
    }

    public static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    // Quoted whatever it holds: only what is bare and empty is NULL. In Unicode form C, in which everybody else writes.
    private static string Field(string? value) =>
        value is null ? "" : $"\"{CanonicalForm.Compose(value).Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
