namespace ThanoSql.Catalog.Tables;

/// <summary>A view that reads index columns. It holds on to the columns, not to their names, so the switch defines it anew by its own text.</summary>
internal sealed record DependentView(string Name, string Options, string Definition)
{
    /// <summary>The views over a table's index columns. Views over those views need nothing: they read columns of views, which stay.</summary>
    public static async Task<List<DependentView>> OfAsync(NpgsqlConnection connection, PipelineTable table, CancellationToken cancellationToken)
    {
        // Full names in the texts, whatever the search path of the connection that will read them
        await connection.Command("SET LOCAL search_path = pg_catalog").RunAsync(cancellationToken);
        return await connection.Command(
            """
            SELECT DISTINCT v.oid::regclass::text AS name, coalesce(array_to_string(v.reloptions, ', '), '') AS options,
                   pg_get_viewdef(v.oid) AS definition
            FROM pg_depend d
            JOIN pg_rewrite r ON r.oid = d.objid
            JOIN pg_class v ON v.oid = r.ev_class AND v.relkind = 'v'
            JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
            WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = to_regclass($1)
              AND v.oid <> d.refobjid AND a.attname = ANY ($2)
            """,
            table.Sql, table.Pairs().Select(c => c.Name).ToArray())
            .ListAsync<DependentView>(cancellationToken);
    }

    /// <summary>Reads the columns that have the names now. Owner, grants and dependents stay.</summary>
    public Task<int> DefineAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var options = Options.Length == 0 ? "" : $"WITH ({Options}) ";
        return connection.Command($"CREATE OR REPLACE VIEW {Name} {options}AS {Definition}").RunAsync(cancellationToken);
    }
}

/// <summary>A trigger whose condition reads index columns: like a view it holds on to the columns, and is defined anew by its own text.</summary>
internal sealed record DependentTrigger(string Definition)
{
    public static Task<List<DependentTrigger>> OfAsync(NpgsqlConnection connection, PipelineTable table, CancellationToken cancellationToken) =>
        connection.Command(
            """
            SELECT DISTINCT pg_get_triggerdef(t.oid) AS definition
            FROM pg_depend d
            JOIN pg_trigger t ON t.oid = d.objid
            JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
            WHERE d.classid = 'pg_trigger'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = to_regclass($1) AND a.attname = ANY ($2)
            """,
            table.Sql, table.Pairs().Select(c => c.Name).ToArray()).ListAsync<DependentTrigger>(cancellationToken);

    public Task<int> DefineAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        connection.Command("CREATE OR REPLACE" + Definition["CREATE".Length..]).RunAsync(cancellationToken);
}

/// <summary>
/// What holds on to index columns and cannot change over to others: materialised views, constraints, generated columns, policies, statistics.
/// </summary>
internal static class UnmovableDependents
{
    /// <exception cref="CatalogException">There are some; the message names the first.</exception>
    public static async Task RefuseAsync(NpgsqlConnection connection, PipelineTable table, CancellationToken cancellationToken)
    {
        var first = (await connection.Command(
            """
            SELECT pg_describe_object(d.classid, d.objid, d.objsubid)
            FROM pg_depend d
            JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
            LEFT JOIN pg_attrdef own ON d.classid = 'pg_attrdef'::regclass AND own.oid = d.objid AND own.adrelid = a.attrelid AND own.adnum = a.attnum
            LEFT JOIN pg_class i ON d.classid = 'pg_class'::regclass AND i.oid = d.objid AND i.relkind IN ('i', 'I')
            LEFT JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
            LEFT JOIN pg_class v ON v.oid = r.ev_class AND v.relkind = 'v'
            WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = to_regclass($1) AND a.attname = ANY ($2)
              AND own.oid IS NULL AND i.oid IS NULL AND v.oid IS NULL AND d.classid <> 'pg_trigger'::regclass
            ORDER BY 1 LIMIT 1
            """,
            table.Sql, table.Pairs().Select(c => c.Name).ToArray()).ListAsync<string>(cancellationToken)).SingleOrDefault();
        if (first is not null)
        {
            throw new CatalogException(
                $"Index columns of {table.Sql} cannot be replaced by a new model version's, because this depends on them: {first}. "
                + "Drop it; views and indexes may stay.");
        }
    }
}
