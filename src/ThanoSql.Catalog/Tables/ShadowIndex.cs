using System.Text.RegularExpressions;

namespace ThanoSql.Catalog.Tables;

/// <summary>The shadow of an index over index columns: the same over the <c>…_next</c> columns; it takes its place at a promotion.</summary>
/// <param name="Name">The index in service.</param>
/// <param name="Shadow">Its shadow's name.</param>
/// <param name="Definition">What creates the shadow, without CONCURRENTLY.</param>
internal sealed partial record ShadowIndex(string Name, string Shadow, string Definition)
{
    private const int LongestName = 63;

    /// <summary>The indexes that read one of the table's index columns, whoever made them.</summary>
    public static async Task<List<ShadowIndex>> OfAsync(NpgsqlConnection connection, PipelineTable table, CancellationToken cancellationToken)
    {
        var indexes = await IndexesAsync(connection, table, table.Pairs().Select(c => c.Name), cancellationToken);
        return [.. indexes.Where(i => i.Valid).Select(i => Of(table, i.Name, i.Unique, i.Definition))];
    }

    /// <summary>Removes the shadows that an abandoned promotion left: every later write would have to maintain them.</summary>
    public static async Task DropAllAsync(NpgsqlConnection connection, PipelineTable table, CancellationToken cancellationToken)
    {
        foreach (var index in await IndexesAsync(connection, table, table.Pairs().Select(c => c.Next), cancellationToken))
            await connection.Command($"DROP INDEX public.{Identifier.Quote(index.Name)}").RunAsync(cancellationToken);
    }

    /// <summary>Builds the shadow without holding up writers. A broken one that a killed trainer left is made again.</summary>
    public async Task BuildAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var valid = await connection
            .Command("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)", $"public.{Identifier.Quote(Shadow)}")
            .ScalarAsync<bool?>(cancellationToken);
        if (valid is true)
            return;
        if (valid is false)
            await connection.Command($"DROP INDEX CONCURRENTLY public.{Identifier.Quote(Shadow)}").RunAsync(cancellationToken);
        await using var create = connection.Command(Definition.Replace(" INDEX ", " INDEX CONCURRENTLY ", StringComparison.Ordinal));
        create.CommandTimeout = 0;
        await create.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Takes the place and name of the index over the columns that were in service.</summary>
    public async Task ReplaceAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await connection.Command($"DROP INDEX public.{Identifier.Quote(Name)}").RunAsync(cancellationToken);
        await connection.Command($"ALTER INDEX public.{Identifier.Quote(Shadow)} RENAME TO {Identifier.Quote(Name)}").RunAsync(cancellationToken);
    }

    private static Task<List<(string Name, bool Unique, bool Valid, string Definition)>> IndexesAsync(
        NpgsqlConnection connection, PipelineTable table, IEnumerable<string> columns, CancellationToken cancellationToken) =>
        connection.Command(
            """
            SELECT DISTINCT i.relname, x.indisunique, x.indisvalid, pg_get_indexdef(x.indexrelid)
            FROM pg_index x
            JOIN pg_class i ON i.oid = x.indexrelid
            JOIN pg_depend d
              ON d.classid = 'pg_class'::regclass AND d.objid = x.indexrelid AND d.refclassid = 'pg_class'::regclass AND d.refobjid = x.indrelid
            JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = d.refobjsubid
            WHERE x.indrelid = to_regclass($1) AND a.attname = ANY ($2)
            """,
            table.Sql, columns.ToArray()).ListAsync<(string, bool, bool, string)>(cancellationToken);

    private static ShadowIndex Of(PipelineTable table, string name, bool unique, string definition)
    {
        var shadow = (name.Length > LongestName - 5 ? name[..(LongestName - 5)] : name) + "_next";
        var body = definition[(definition.IndexOf(" USING ", StringComparison.Ordinal) + 1)..];
        var create = unique ? "CREATE UNIQUE" : "CREATE";
        return new ShadowIndex(name, shadow, $"{create} INDEX {Identifier.Quote(shadow)} ON {table.Sql} {OnNext(table, body)}");
    }

    /// <summary>The same columns and expressions with the new names; what stands in string literals is left alone.</summary>
    private static string OnNext(PipelineTable table, string body)
    {
        var next = table.Pairs().ToDictionary(c => c.Name, c => Identifier.Quote(c.Next), StringComparer.Ordinal);
        return Words().Replace(body, match =>
        {
            var word = match.Value.StartsWith('"') ? match.Value[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal) : match.Value;
            return next.GetValueOrDefault(word, match.Value);
        });
    }

    [GeneratedRegex("""'(?:[^']|'')*'|"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*""")]
    private static partial Regex Words();
}
