using ThanoSql.Language;

namespace ThanoSql.Catalog.Tables;

/// <summary>The index columns and indexes of a user's table.</summary>
internal static class TableShape
{
    /// <summary>What keeps the table from being filled; null when nothing does.</summary>
    public static async Task<string?> ProblemAsync(NpgsqlConnection connection, PipelineTable table, CancellationToken cancellationToken)
    {
        var columns = await ColumnsAsync(connection, table, cancellationToken);
        if (columns is null)
            return $"table '{table.Name}' is not there yet";
        if (!columns.TryGetValue(table.ImageCol, out var type))
        {
            var meant = NearestName.Of(table.ImageCol, columns.Keys) is { } nearest ? $"; did you mean '{nearest}'?" : "";
            return $"table '{table.Name}' has no column '{table.ImageCol}' (image_col){meant}";
        }
        if (type is not ("text" or "character varying"))
            return $"column '{table.ImageCol}' of table '{table.Name}' is {type}; image paths are text";
        if (table.LabelCol is { } label && !columns.ContainsKey(label))
            return $"table '{table.Name}' has no column '{label}' (label_col)";
        foreach (var (name, wanted) in table.Columns.All().Concat(table.Columns.Next().All()))
        {
            if (columns.TryGetValue(name, out var found) && found != wanted)
                return $"table '{table.Name}' has a column '{name}' of its own ({found}, not {wanted}): choose other names in 'columns'";
        }
        return null;
    }

    /// <summary>Whether the table has its index columns and trigger: one made anew under the same name has not.</summary>
    public static async Task<bool> IsReadyAsync(NpgsqlConnection connection, PipelineTable table, CancellationToken cancellationToken) =>
        (await MissingAsync(connection, table, cancellationToken)).Count == 0
        && await connection.Command(
            "SELECT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = to_regclass($1) AND tgname = $2)", table.Sql, RowTrigger.UpdateName(table))
            .ScalarAsync<bool>(cancellationToken);

    /// <summary>Adds the index columns and indexes that are missing.</summary>
    public static async Task EnsureAsync(NpgsqlConnection connection, PipelineTable table, CancellationToken cancellationToken)
    {
        var missing = await MissingAsync(connection, table, cancellationToken);
        if (missing.Count > 0)
        {
            var add = missing.Select(c => $"ADD COLUMN IF NOT EXISTS {Identifier.Quote(c.Name)} {c.Type}");
            await connection.Command($"ALTER TABLE {table.Sql} {string.Join(", ", add)}").RunAsync(cancellationToken);
        }
        var (keyword, score, source) = (
            Identifier.Quote(table.Columns.Keyword), Identifier.Quote(table.Columns.Score), Identifier.Quote(table.Columns.Source));
        await EnsureIndexAsync(
            connection, table, [table.Columns.Keyword, table.Columns.Score], partial: false, $"({keyword}, {score} DESC)", cancellationToken);
        await EnsureIndexAsync(connection, table, [table.ImageCol], partial: false, $"({table.Image})", cancellationToken);
        await EnsureIndexAsync(
            connection, table, [table.ImageCol], partial: true, $"({table.Image}) WHERE {source} IS NULL", cancellationToken);
    }

    private static async Task<List<(string Name, string Type)>> MissingAsync(
        NpgsqlConnection connection, PipelineTable table, CancellationToken cancellationToken)
    {
        var columns = await ColumnsAsync(connection, table, cancellationToken) ?? [];
        return [.. table.Columns.All().Where(c => !columns.ContainsKey(c.Name))];
    }

    /// <summary>Column → type; null when there is no such table.</summary>
    private static async Task<Dictionary<string, string>?> ColumnsAsync(
        NpgsqlConnection connection, PipelineTable table, CancellationToken cancellationToken)
    {
        var columns = (await connection.Command(
            """
            SELECT a.attname, format_type(a.atttypid, NULL) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            WHERE c.oid = to_regclass($1) AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
            """,
            table.Sql).ListAsync<(string, string)>(cancellationToken)).ToDictionary();
        return columns.Count == 0 ? null : columns;
    }

    // Not by name: a table that is being replaced still owns its names
    private static async Task EnsureIndexAsync(
        NpgsqlConnection connection, PipelineTable table, string[] columns, bool partial, string definition, CancellationToken cancellationToken)
    {
        var there = await connection.Command(
            """
            SELECT EXISTS (
                SELECT FROM pg_index x
                WHERE x.indrelid = to_regclass($1) AND x.indisvalid AND (x.indpred IS NOT NULL) = $3
                  AND ARRAY(SELECT a.attname::text FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS k (number, place)
                            JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.number ORDER BY k.place) = $2)
            """,
            table.Sql, columns, partial).ScalarAsync<bool>(cancellationToken);
        if (!there)
            await connection.Command($"CREATE INDEX ON {table.Sql} {definition}").RunAsync(cancellationToken);
    }
}
