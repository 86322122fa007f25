using System.Text;

namespace ThanoSql.Catalog.Destinations;

/// <summary>
/// Makes a table of the rows of a statement that has run. The statement met the rights of who asked; here run none of its functions, and no code of
/// users': columns have PostgreSQL's own types, and text where that would be a type of theirs.
/// </summary>
public static class DestinationWriter
{
    private const int MaxBytes = 63; // of a name

    // Those whose texts mean the same in every session
    private static readonly string[] KnownTypes =
    [
        "bool", "bytea", "int2", "int4", "int8", "float4", "float8", "numeric", "text", "varchar", "json", "jsonb", "date", "time", "timetz",
        "timestamp", "timestamptz", "interval", "uuid", "inet", "cidr", "int4range", "int8range", "numrange", "daterange", "tsrange", "tstzrange",
    ];

    private static readonly string[] SystemColumns = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];

    /// <summary>Makes the table and fills it, within the connection's transaction.</summary>
    /// <param name="connection">Of the role that will own it.</param>
    /// <param name="table">Schema and name, quoted.</param>
    /// <param name="rows">What it will hold, in order.</param>
    /// <param name="cancellationToken">Stops half-way.</param>
    /// <exception cref="PostgresException">There is one of that name, or no table can hold such rows.</exception>
    public static async Task WriteAsync(NpgsqlConnection connection, string table, DestinationRows rows, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var types = await TypesAsync(connection, rows, cancellationToken);
        var columns = Names(rows.Columns).Zip(rows.Columns, (name, column) => $"{name} {types.GetValueOrDefault(column.TypeId, "pg_catalog.text")}");
        await connection.Command($"CREATE TABLE {table} ({string.Join(", ", columns)})").RunAsync(cancellationToken);
        await using var import = await connection.BeginTextImportAsync($"COPY {table} FROM STDIN (FORMAT csv)", cancellationToken);
        var line = new StringBuilder();
        foreach (var row in rows.Rows)
        {
            line.Clear().AppendJoin(',', row.Select(Field)).Append('\n');
            await import.WriteAsync(line, cancellationToken);
        }
    }

    /// <summary>Quoted, distinct and short enough: <c>a, a</c> → <c>"a", "a_1"</c>.</summary>
    internal static IReadOnlyList<string> Names(IReadOnlyList<DestinationColumn> columns)
    {
        var taken = SystemColumns.ToHashSet();
        var names = new List<string>(columns.Count);
        foreach (var column in columns)
        {
            var name = column.Name;
            for (var number = 1; !taken.Add(name); number++)
                name = WithNumber(column.Name, number);
            names.Add(Identifier.Quote(name));
        }
        return names;
    }

    private static string WithNumber(string name, int number)
    {
        var suffix = string.Create(CultureInfo.InvariantCulture, $"_{number}");
        while (Encoding.UTF8.GetByteCount(name) + suffix.Length > MaxBytes)
            name = name[..^(char.IsLowSurrogate(name[^1]) ? 2 : 1)];
        return name + suffix;
    }

    private static async Task<Dictionary<uint, string>> TypesAsync(
        NpgsqlConnection connection, DestinationRows rows, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT t.oid::bigint, 'pg_catalog.' || pg_catalog.quote_ident(t.typname)
            FROM pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
            WHERE t.oid::bigint = ANY ($1) AND t.typnamespace = 'pg_catalog'::regnamespace AND coalesce(e.typname, t.typname) = ANY ($2)
            """;
        var ids = rows.Columns.Select(column => (long)column.TypeId).Distinct().ToArray();
        var known = await connection.Command(sql, ids, KnownTypes).ListAsync<(long Id, string Name)>(cancellationToken);
        return known.ToDictionary(type => (uint)type.Id, type => type.Name);
    }

    // Quoted whatever it holds: only what is bare and empty is NULL.
    private static string Field(string? value) => value is null ? "" : $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
