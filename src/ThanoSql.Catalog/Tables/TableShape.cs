using ThanoSql.Language;

namespace ThanoSql.Catalog.Tables;

/// <summary>The index columns and indexes of a user's table.</summary>
internal static class TableShape
{
    /// <summary>What keeps the table from being filled; null when nothing does.</summary>
    public static async Task<string?> ProblemAsync(TableSession session, PipelineTable table, CancellationToken cancellationToken)
    {
        var columns = await ColumnsAsync(session, table, cancellationToken);
        if (columns is null)
            return $"table '{table.Name}' is not there yet";
        if (await StrangerAsync(session, table, cancellationToken) is { } stranger)
        {
            return $"table '{table.Name}' belongs to role {stranger}: run GRANT {stranger} TO {Identifier.Quote(session.Connection.UserName!)}, "
                + "or give the table to the users' role";
        }
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

    /// <summary>The table's owner, quoted, if its rights are not ours; else null.</summary>
    private static Task<string?> StrangerAsync(TableSession session, PipelineTable table, CancellationToken cancellationToken) => session.Command(
        "SELECT c.relowner::regrole::text FROM pg_class c WHERE c.oid = to_regclass($1) AND NOT pg_has_role(c.relowner, 'USAGE')", table.Sql)
        .ScalarAsync<string>(cancellationToken);

    /// <summary>Whether the table has its index columns and trigger: one made anew under the same name has not.</summary>
    public static async Task<bool> IsReadyAsync(TableSession session, PipelineTable table, CancellationToken cancellationToken) =>
        (await MissingAsync(session, table, cancellationToken)).Count == 0
        && await session.Command(
            """
            SELECT EXISTS (
                SELECT FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
                WHERE t.tgrelid = to_regclass($1) AND t.tgname = $2 AND p.pronamespace = 'thanosql_tables'::regnamespace)
            """,
            table.Sql, RowTrigger.UpdateName(table))
            .ScalarAsync<bool>(cancellationToken);

    /// <summary>Adds the index columns and indexes that are missing.</summary>
    public static async Task EnsureAsync(TableSession session, PipelineTable table, CancellationToken cancellationToken)
    {
        var missing = await MissingAsync(session, table, cancellationToken);
        if (missing.Count > 0)
        {
            var add = missing.Select(c => $"ADD COLUMN IF NOT EXISTS {Identifier.Quote(c.Name)} {c.Type}");
            await session.Command($"ALTER TABLE {table.Sql} {string.Join(", ", add)}").RunAsync(cancellationToken);
        }
        var (keyword, score, source) = (
            Identifier.Quote(table.Columns.Keyword), Identifier.Quote(table.Columns.Score), Identifier.Quote(table.Columns.Source));
        await EnsureIndexAsync(
            session, table, [table.Columns.Keyword, table.Columns.Score], partial: false, $"({keyword}, {score} DESC)", cancellationToken);
        await EnsureIndexAsync(session, table, [table.ImageCol], partial: false, $"({table.Image})", cancellationToken);
        await EnsureIndexAsync(
            session, table, [table.ImageCol], partial: true, $"({table.Image}) WHERE {source} IS NULL", cancellationToken);
    }

    private static async Task<List<(string Name, string Type)>> MissingAsync(
        TableSession session, PipelineTable table, CancellationToken cancellationToken)
    {
        var columns = await ColumnsAsync(session, table, cancellationToken) ?? [];
        return [.. table.Columns.All().Where(c => !columns.ContainsKey(c.Name))];
    }

    /// <summary>Column → type; null when there is no such table.</summary>
    private static async Task<Dictionary<string, string>?> ColumnsAsync(
        TableSession session, PipelineTable table, CancellationToken cancellationToken)
    {
        var columns = (await session.Command(
            """
            SELECT a.attname, format_type(a.atttypid, NULL) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            WHERE c.oid = to_regclass($1) AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
            """,
            table.Sql).ListAsync<(string, string)>(cancellationToken)).ToDictionary();
        return columns.Count == 0 ? null : columns;
    }

    // Not by name: a table that is being replaced still owns its names
    private static async Task EnsureIndexAsync(
        TableSession session, PipelineTable table, string[] columns, bool partial, string definition, CancellationToken cancellationToken)
    {
        var there = await session.Command(
            """
            SELECT EXISTS (
                SELECT FROM pg_index x
                WHERE x.indrelid = to_regclass($1) AND x.indisvalid AND (x.indpred IS NOT NULL) = $3
                  AND ARRAY(SELECT a.attname::text FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS k (number, place)
                            JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.number ORDER BY k.place) = $2)
            """,
            table.Sql, columns, partial).ScalarAsync<bool>(cancellationToken);
        if (!there)
            await session.Command($"CREATE INDEX ON {table.Sql} {definition}").RunAsync(cancellationToken);
    }
}
