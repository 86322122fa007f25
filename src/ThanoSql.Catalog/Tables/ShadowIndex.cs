using System.Text.RegularExpressions;

namespace ThanoSql.Catalog.Tables;

/// <summary>The shadow of an index over index columns: the same over the <c>…_next</c> columns; it takes its place at a promotion.</summary>
/// <param name="Name">The index in service.</param>
/// <param name="Shadow">Its shadow's name.</param>
/// <param name="Table">On which both stand, quoted.</param>
/// <param name="Unique">Whether both are.</param>
/// <param name="Body">What follows the table in the shadow's CREATE INDEX.</param>
internal sealed partial record ShadowIndex(string Name, string Shadow, string Table, bool Unique, string Body)
{
    private const int LongestName = 63;

    /// <summary>The indexes that read one of the table's index columns, whoever made them.</summary>
    public static async Task<List<ShadowIndex>> OfAsync(NpgsqlConnection connection, PipelineTable table, CancellationToken cancellationToken)
    {
        var indexes = await IndexesAsync(connection, table, table.Pairs().Select(c => c.Name), cancellationToken);
        return [.. indexes.Where(i => i.Valid).Select(i => Of(table, i.Name, i.Unique, i.Body))];
    }

    /// <summary>Removes the shadows that an abandoned promotion left: every later write would have to maintain them.</summary>
    public static async Task DropAllAsync(NpgsqlConnection connection, PipelineTable table, CancellationToken cancellationToken)
    {
        foreach (var index in await IndexesAsync(connection, table, table.Pairs().Select(c => c.Next), cancellationToken))
            await connection.Command($"DROP INDEX public.{Identifier.Quote(index.Name)}").RunAsync(cancellationToken);
    }

    /// <summary>Builds the shadow without holding up writers. A broken one that a killed trainer left is made again.</summary>
    /// <exception cref="CatalogException">Something of another table has the shadow's name.</exception>
    public async Task BuildAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var valid = await connection.Command(
            """
            SELECT CASE WHEN x.indrelid = to_regclass($2) THEN x.indisvalid::text ELSE 'of another' END
            FROM pg_class c LEFT JOIN pg_index x ON x.indexrelid = c.oid WHERE c.oid = to_regclass($1)
            """,
            $"public.{Identifier.Quote(Shadow)}", Table).ScalarAsync<string>(cancellationToken);
        if (valid == "true")
            return;
        if (valid == "of another")
        {
            throw new CatalogException(
                $"A promotion needs the name {Identifier.Quote(Shadow)}, which is taken in schema public: rename what has it.");
        }
        if (valid == "false")
            await connection.Command($"DROP INDEX CONCURRENTLY public.{Identifier.Quote(Shadow)}").RunAsync(cancellationToken);
        await using var create = connection.Command(
            $"CREATE {(Unique ? "UNIQUE " : "")}INDEX CONCURRENTLY {Identifier.Quote(Shadow)} ON {Table} USING {Body}");
        create.CommandTimeout = 0;
        await create.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Takes the place and name of the index over the columns that were in service.</summary>
    public async Task ReplaceAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await connection.Command($"DROP INDEX public.{Identifier.Quote(Name)}").RunAsync(cancellationToken);
        await connection.Command($"ALTER INDEX public.{Identifier.Quote(Shadow)} RENAME TO {Identifier.Quote(Name)}").RunAsync(cancellationToken);
    }

    // The body is what is left of the definition behind the header, which is made of the same names: a name may hold any text, USING too.
    private static Task<List<(string Name, bool Unique, bool Valid, string Body)>> IndexesAsync(
        NpgsqlConnection connection, PipelineTable table, IEnumerable<string> columns, CancellationToken cancellationToken) =>
        connection.Command(
            """
            SELECT DISTINCT i.relname, x.indisunique, x.indisvalid,
                   substr(pg_get_indexdef(x.indexrelid), 1 + length(format(
                       'CREATE %sINDEX %I ON %s%I.%I USING ', CASE WHEN x.indisunique THEN 'UNIQUE ' END, i.relname,
                       CASE WHEN i.relkind = 'I' THEN 'ONLY ' END, n.nspname, t.relname)))
            FROM pg_index x
            JOIN pg_class i ON i.oid = x.indexrelid
            JOIN pg_class t ON t.oid = x.indrelid
            JOIN pg_namespace n ON n.oid = t.relnamespace
            JOIN pg_depend d
              ON d.classid = 'pg_class'::regclass AND d.objid = x.indexrelid AND d.refclassid = 'pg_class'::regclass AND d.refobjid = x.indrelid
            JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = d.refobjsubid
            WHERE x.indrelid = to_regclass($1) AND a.attname = ANY ($2)
            """,
            table.Sql, columns.ToArray()).ListAsync<(string, bool, bool, string)>(cancellationToken);

    private static ShadowIndex Of(PipelineTable table, string name, bool unique, string body)
    {
        var shadow = (name.Length > LongestName - 5 ? name[..(LongestName - 5)] : name) + "_next";
        return new ShadowIndex(name, shadow, table.Sql, unique, OnNext(table, body));
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
