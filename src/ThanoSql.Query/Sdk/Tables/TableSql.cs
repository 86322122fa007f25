namespace ThanoSql.Query.Sdk.Tables;

/// <summary>
/// SQL that makes tables and changes them. Names are quoted; types and defaults must have been read by <see cref="TableTypes"/>.
/// </summary>
internal static class TableSql
{
    public static string Create(TableAddress table, TableBody body, bool ifNotExists)
    {
        var parts = (body.Columns ?? []).Select(Column).Concat(Constraints(body.Constraints));
        return $"CREATE TABLE {(ifNotExists ? "IF NOT EXISTS " : "")}{table.Sql} ({string.Join(", ", parts)})";
    }

    public static string Column(ColumnBody column) =>
        $"{Identifier.Quote(column.Name)} {column.Type}{Default(column)}{(column.IsNullable is false ? " NOT NULL" : "")}";

    /// <summary>On lines of its own: it may end with a comment.</summary>
    public static string Expression(string expression) => $"(\n{expression}\n)";

    public static string Unique(KeyBody key) => $"{Named(key.Name)}UNIQUE ({Names(key.Columns!)})";

    public static string PrimaryKey(KeyBody key) => $"{Named(key.Name)}PRIMARY KEY ({Names(key.Columns!)})";

    public static string ForeignKey(ForeignKeyBody key)
    {
        var other = new TableAddress(TableAddress.Checked(key.ReferenceSchema ?? "public", "schema"), key.ReferenceTable);
        return $"{Named(key.Name)}FOREIGN KEY ({Identifier.Quote(key.Column)}) REFERENCES {other.Sql} ({Identifier.Quote(key.ReferenceColumn)})";
    }

    public static string Names(IEnumerable<string> names) => string.Join(", ", names.Select(Identifier.Quote));

    private static IEnumerable<string> Constraints(ConstraintsBody? constraints)
    {
        if (constraints?.PrimaryKey is { HasColumns: true } primary)
            yield return PrimaryKey(primary);
        foreach (var key in (constraints?.Unique ?? []).Where(k => k.HasColumns))
            yield return Unique(key);
        foreach (var key in constraints?.ForeignKeys ?? [])
            yield return ForeignKey(key);
    }

    private static string Named(string? name) => name is null ? "" : $"CONSTRAINT {Identifier.Quote(name)} ";

    private static string Default(ColumnBody column) => column.Default is { } expression ? $" DEFAULT {Expression(expression)}" : "";
}
