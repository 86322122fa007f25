using System.Text;
using Npgsql;
using ThanoSql.Catalog;

namespace ThanoSql.Query.Copying;

/// <summary>Makes tables of schema public and fills them.</summary>
internal static class TableWriter
{
    public static string Name(string table) => $"public.{Identifier.Quote(table)}";

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
        foreach (var row in source.Rows)
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

    // Quoted whatever it holds: only what is bare and empty is NULL.
    private static string Field(string? value) => value is null ? "" : $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
