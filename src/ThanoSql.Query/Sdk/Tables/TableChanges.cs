namespace ThanoSql.Query.Sdk.Tables;

/// <summary>
/// From the table that is there to the one that somebody describes: columns and constraints that the description leaves out go, and what it does not
/// speak of stays.
/// </summary>
/// <param name="types">Of both, by what is written: <see cref="TableTypes.FullNamesAsync"/>.</param>
internal sealed class TableChanges(TableAddress table, TableBody now, TableBody wanted, IReadOnlyDictionary<string, string> types)
{
    /// <returns>Statements, in order.</returns>
    public IEnumerable<string> Statements()
    {
        if (Constraints(Removed).Concat(Columns()).Concat(Constraints(Added)).ToList() is { Count: > 0 } changes)
            yield return $"ALTER TABLE {table.Sql} {string.Join(", ", changes)}";
        var at = table;
        if (wanted.Schema is { } schema && schema != at.Schema)
        {
            yield return $"ALTER TABLE {at.Sql} SET SCHEMA {Identifier.Quote(TableAddress.Checked(schema, "schema"))}";
            at = at with { Schema = schema };
        }
        if (wanted.Name is { } name && name != at.Name)
            yield return $"ALTER TABLE {at.Sql} RENAME TO {Identifier.Quote(TableAddress.Checked(name, "table"))}";
    }

    private IEnumerable<string> Columns()
    {
        if (wanted.Columns is not { } columns)
            yield break;
        foreach (var gone in now.Columns!.Where(c => columns.All(w => w.Name != c.Name)))
            yield return $"DROP COLUMN {Identifier.Quote(gone.Name)}";
        foreach (var column in columns)
        {
            if (now.Columns!.FirstOrDefault(c => c.Name == column.Name) is not { } before)
            {
                yield return $"ADD COLUMN {TableSql.Column(column)}";
                continue;
            }
            foreach (var change in Changes(before, column))
                yield return $"ALTER COLUMN {Identifier.Quote(column.Name)} {change}";
        }
    }

    private IEnumerable<string> Changes(ColumnBody before, ColumnBody column)
    {
        var isSerial = column.Type.Trim().EndsWith("serial", StringComparison.OrdinalIgnoreCase);
        if (types[column.Type] != types[before.Type])
            yield return $"TYPE {column.Type} USING {Identifier.Quote(column.Name)}::{column.Type}";
        if (column.Default != before.Default && !isSerial)
            yield return column.Default is { } expression ? $"SET DEFAULT {TableSql.Expression(expression)}" : "DROP DEFAULT";
        if (column.IsNullable is { } nullable && nullable != before.IsNullable && !IsInKey(column.Name))
            yield return nullable ? "DROP NOT NULL" : "SET NOT NULL";
    }

    // Its columns are never null, whatever is said of them
    private bool IsInKey(string column) => (wanted.Constraints ?? now.Constraints)?.PrimaryKey?.Columns?.Contains(column) is true;

    private IEnumerable<string> Constraints(Func<ConstraintsBody, ConstraintsBody, IEnumerable<string>> changes) =>
        wanted.Constraints is { } described ? changes(now.Constraints!, described) : [];

    private static IEnumerable<string> Removed(ConstraintsBody before, ConstraintsBody after)
    {
        var keys = before.Unique!.Where(k => !(after.Unique ?? []).Any(w => w.IsSameAs(k))).Select(k => k.Name!);
        if (before.PrimaryKey is { } primary && after.PrimaryKey?.IsSameAs(primary) is not true)
            keys = keys.Append(primary.Name!);
        var foreign = before.ForeignKeys!.Where(k => !(after.ForeignKeys ?? []).Any(w => w.IsSameAs(k))).Select(k => k.Name!);
        return foreign.Concat(keys).Distinct().Select(name => $"DROP CONSTRAINT {Identifier.Quote(name)}");
    }

    private static IEnumerable<string> Added(ConstraintsBody before, ConstraintsBody after)
    {
        if (after.PrimaryKey is { HasColumns: true } primary && (before.PrimaryKey is null || !primary.IsSameAs(before.PrimaryKey)))
            yield return $"ADD {TableSql.PrimaryKey(primary)}";
        foreach (var key in (after.Unique ?? []).Where(k => k.HasColumns && !before.Unique!.Any(k.IsSameAs)))
            yield return $"ADD {TableSql.Unique(key)}";
        foreach (var key in (after.ForeignKeys ?? []).Where(k => !before.ForeignKeys!.Any(k.IsSameAs)))
            yield return $"ADD {TableSql.ForeignKey(key)}";
    }
}
