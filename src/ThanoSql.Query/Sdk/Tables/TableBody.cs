namespace ThanoSql.Query.Sdk.Tables;

/// <summary>A table as the SDK describes it.</summary>
/// <param name="Schema">Null in a request: it stays.</param>
/// <param name="Columns">Null: not told, or to stay as they are.</param>
/// <param name="Constraints">Null: not told, or to stay as they are.</param>
internal sealed record TableBody(string? Name, string? Schema, IReadOnlyList<ColumnBody>? Columns, ConstraintsBody? Constraints)
{
    private const int MostColumns = 1_600; // PostgreSQL's
    private const int MostConstraints = 100;

    public static TableBody Empty { get; } = new(null, null, null, null);

    /// <summary>As some versions of the SDK call <see cref="Schema"/> in what they send.</summary>
    [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
    public string? TableSchema { get; init; }

    /// <exception cref="QueryException">A name or type is missing, or there are too many of something.</exception>
    public TableBody Checked()
    {
        if (Columns?.Count > MostColumns)
            throw Bad($"A table has {MostColumns:N0} columns at most, not {Columns.Count:N0}.");
        foreach (var column in Columns ?? [])
            Check(column);
        if (Columns?.GroupBy(c => c.Name).FirstOrDefault(g => g.Skip(1).Any()) is { } twin)
            throw Bad($"Two columns are named '{twin.Key}'.");
        Constraints?.Check(MostConstraints);
        return this with { Schema = Schema ?? TableSchema, TableSchema = null };
    }

    private static void Check(ColumnBody? column)
    {
        if (column is null)
            throw Bad("A column is null.");
        TableAddress.Checked(column.Name, "column");
        if (string.IsNullOrWhiteSpace(column.Type))
            throw Bad($"The column '{column.Name}' has no type.");
    }

    internal static QueryException Bad(string message) => new(ErrorCode.BadRequest, message);
}

/// <summary>A column.</summary>
/// <param name="Id">Its number in the table; without effect in a request.</param>
/// <param name="Default">An SQL expression; null for none.</param>
/// <param name="IsNullable">Null: it is.</param>
/// <param name="Type">Of PostgreSQL: <c>varchar(20)</c>.</param>
internal sealed record ColumnBody(int? Id, string? Default, bool? IsNullable, string Type, string Name);

/// <summary>The constraints of a table.</summary>
internal sealed record ConstraintsBody(IReadOnlyList<KeyBody>? Unique, KeyBody? PrimaryKey, IReadOnlyList<ForeignKeyBody>? ForeignKeys)
{
    /// <exception cref="QueryException">A name is missing, or there are too many.</exception>
    public void Check(int most)
    {
        if ((Unique?.Count ?? 0) + (ForeignKeys?.Count ?? 0) > most)
            throw TableBody.Bad($"A table takes {most} constraints at most.");
        foreach (var key in (Unique ?? []).Append(PrimaryKey))
            Check(key);
        foreach (var key in ForeignKeys ?? [])
        {
            foreach (var name in new[] { key?.Column, key?.ReferenceTable, key?.ReferenceColumn })
                TableAddress.Checked(name, "foreign key's table or column");
            Check(key!.Name);
        }
    }

    private static void Check(KeyBody? key)
    {
        foreach (var column in key?.Columns ?? [])
            TableAddress.Checked(column, "key's column");
        Check(key?.Name);
    }

    private static void Check(string? name)
    {
        if (name is not null)
            TableAddress.Checked(name, "constraint");
    }
}

/// <summary>A primary key, or columns that are unique together.</summary>
/// <param name="Name">Null: PostgreSQL chooses one.</param>
/// <param name="Columns">None: no such key.</param>
internal sealed record KeyBody(string? Name, IReadOnlyList<string>? Columns)
{
    public bool HasColumns => Columns is { Count: > 0 };

    public bool IsSameAs(KeyBody other) => (Name is null || Name == other.Name) && (Columns ?? []).SequenceEqual(other.Columns ?? []);
}

/// <summary>A column whose values are those of another table's.</summary>
/// <param name="Name">Null: PostgreSQL chooses one.</param>
/// <param name="ReferenceSchema">Null for public.</param>
internal sealed record ForeignKeyBody(string? Name, string? ReferenceSchema, string ReferenceColumn, string ReferenceTable, string Column)
{
    public bool IsSameAs(ForeignKeyBody other) =>
        this with { Name = Name ?? other.Name, ReferenceSchema = ReferenceSchema ?? "public" } == other;
}
