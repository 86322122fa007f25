using System.Text.RegularExpressions;
using Npgsql;

namespace ThanoSql.Catalog.Rekeying;

/// <summary>An index over index columns, and the same index over the <c>…_next</c> columns that takes its place and name at the switch.</summary>
/// <param name="Name">The index in service.</param>
/// <param name="Definition">What creates the twin, without CONCURRENTLY.</param>
internal sealed partial record TwinIndex(string Name, string Twin, string Definition)
{
    private const int LongestName = 63;

    /// <summary>The indexes that read one of the table's index columns, whoever made them.</summary>
    public static async Task<List<TwinIndex>> OfAsync(NpgsqlConnection connection, RekeyTable table, CancellationToken cancellation)
    {
        var indexes = await connection.Command(
            """
            SELECT DISTINCT i.relname, x.indisunique, pg_get_indexdef(x.indexrelid)
            FROM pg_index x
            JOIN pg_class i ON i.oid = x.indexrelid
            JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = x.indexrelid AND d.refclassid = 'pg_class'::regclass AND d.refobjid = x.indrelid
            JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = d.refobjsubid
            WHERE x.indrelid = to_regclass($1) AND x.indisvalid AND a.attname = ANY ($2)
            """,
            table.Sql, table.Pairs().Select(c => c.Name).ToArray())
            .ListAsync(r => (Name: r.GetString(0), Unique: r.GetBoolean(1), Definition: r.GetString(2)), cancellation);
        return [.. indexes.Select(i => Of(table, i.Name, i.Unique, i.Definition))];
    }

    /// <summary>Builds the twin without holding up writers. A broken one that a killed trainer left is made again.</summary>
    public async Task BuildAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var valid = await connection.Command("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)", $"public.{Identifier.Quote(Twin)}")
            .ScalarAsync<bool?>(cancellation);
        if (valid is true) return;
        if (valid is false)
            await connection.Command($"DROP INDEX CONCURRENTLY public.{Identifier.Quote(Twin)}").RunAsync(cancellation);
        await using var create = connection.Command(Definition.Replace(" INDEX ", " INDEX CONCURRENTLY ", StringComparison.Ordinal));
        create.CommandTimeout = 0;
        await create.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Takes the name of the index that went with the old columns.</summary>
    public Task<int> TakeNameAsync(NpgsqlConnection connection, CancellationToken cancellation) =>
        connection.Command($"ALTER INDEX public.{Identifier.Quote(Twin)} RENAME TO {Identifier.Quote(Name)}").RunAsync(cancellation);

    private static TwinIndex Of(RekeyTable table, string name, bool unique, string definition)
    {
        var twin = (name.Length > LongestName - 5 ? name[..(LongestName - 5)] : name) + "_next";
        var body = definition[(definition.IndexOf(" USING ", StringComparison.Ordinal) + 1)..];
        var create = unique ? "CREATE UNIQUE" : "CREATE";
        return new TwinIndex(name, twin, $"{create} INDEX {Identifier.Quote(twin)} ON {table.Sql} {OnNext(table, body)}");
    }

    /// <summary>The same columns and expressions with the new names; what stands in string literals is left alone.</summary>
    private static string OnNext(RekeyTable table, string body)
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
