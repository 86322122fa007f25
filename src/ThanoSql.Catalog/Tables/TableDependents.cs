namespace ThanoSql.Catalog.Tables;

/// <summary>
/// A view that reads index columns. It holds on to the columns, not to their names, so the switch defines it anew by its own text. Views of other
/// sessions' temporary schemas are left alone: they end with their sessions.
/// </summary>
/// <param name="Id">pg_class.oid</param>
/// <param name="Name">Ready for SQL.</param>
/// <param name="Owner">Ready for SQL.</param>
/// <param name="Options">Behind the name in CREATE VIEW; empty when there are none.</param>
internal sealed record DependentView(long Id, string Name, string Owner, string Options, string Definition)
{
    private const string Views = """
        SELECT v.oid::bigint AS id, v.oid::regclass::text AS name, v.relowner::regrole::text AS owner,
               coalesce((SELECT 'WITH (' || string_agg(format('%I=%L', split_part(o, '=', 1), substr(o, strpos(o, '=') + 1)), ', ') || ') '
                         FROM unnest(v.reloptions) o), '') AS options,
               pg_get_viewdef(v.oid) AS definition
        FROM pg_class v WHERE v.oid::bigint = ANY ($1)
        """;

    /// <summary>
    /// The views over a table's index columns, held against changes until the transaction ends. Views over those views need nothing: they read
    /// columns of views, which stay.
    /// </summary>
    /// <exception cref="CatalogException">One was dropped or renamed in this moment.</exception>
    public static async Task<List<DependentView>> HoldAsync(TableSession session, PipelineTable table, CancellationToken cancellationToken)
    {
        // Full names in the texts, whatever somebody's code did to the session
        await session.Command("SET LOCAL search_path = pg_catalog").RunAsync(cancellationToken);
        var ids = await session.Command(
            """
            SELECT DISTINCT v.oid::bigint
            FROM pg_depend d
            JOIN pg_rewrite r ON r.oid = d.objid
            JOIN pg_class v ON v.oid = r.ev_class AND v.relkind = 'v' AND v.relpersistence <> 't'
            JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
            WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = to_regclass($1)
              AND v.oid <> d.refobjid AND a.attname = ANY ($2)
            """,
            table.Sql, table.Pairs().Select(c => c.Name).ToArray()).ListAsync<long>(cancellationToken);
        foreach (var view in await session.Command(Views, (object)ids.ToArray()).ListAsync<DependentView>(cancellationToken))
        {
            // To the owner that it has: holds the view alone, where LOCK TABLE would hold all that it reads
            await session.Command($"ALTER VIEW {view.Name} OWNER TO {view.Owner}").RunAsync(cancellationToken);
        }
        var held = await session.Command(Views, (object)ids.ToArray()).ListAsync<DependentView>(cancellationToken);
        var holding = await session.Command(
            "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND mode = 'AccessExclusiveLock' AND relation::bigint = ANY ($1)",
            (object)ids.ToArray()).ScalarAsync<long>(cancellationToken);
        return held.Count == ids.Count && holding == ids.Count
            ? held
            : throw new CatalogException($"Views over {table.Sql} were replaced during a promotion.");
    }

    /// <summary>Reads the columns that have the names now. Owner, grants and dependents stay.</summary>
    public Task<int> DefineAsync(TableSession session, CancellationToken cancellationToken) =>
        session.Single($"CREATE OR REPLACE VIEW {Name} {Options}AS {Definition}").RunAsync(cancellationToken);
}

/// <summary>A trigger whose condition reads index columns: like a view it holds on to the columns, and is made anew by its own text.</summary>
/// <param name="Name">Ready for SQL.</param>
/// <param name="Enabled">pg_trigger.tgenabled</param>
internal sealed record DependentTrigger(string Name, string Definition, char Enabled)
{
    public static async Task<List<DependentTrigger>> OfAsync(TableSession session, PipelineTable table, CancellationToken cancellationToken) =>
        (await session.Command(
            """
            SELECT DISTINCT quote_ident(t.tgname), pg_get_triggerdef(t.oid), t.tgenabled::text
            FROM pg_depend d
            JOIN pg_trigger t ON t.oid = d.objid
            JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
            WHERE d.classid = 'pg_trigger'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = to_regclass($1) AND a.attname = ANY ($2)
            """,
            table.Sql, table.Pairs().Select(c => c.Name).ToArray()).ListAsync<(string, string, string)>(cancellationToken))
        .ConvertAll(t => new DependentTrigger(t.Item1, t.Item2, t.Item3[0]));

    public async Task DefineAsync(TableSession session, PipelineTable table, CancellationToken cancellationToken)
    {
        await session.Command($"DROP TRIGGER {Name} ON {table.Sql}").RunAsync(cancellationToken);
        await session.Single(Definition).RunAsync(cancellationToken);
        var state = Enabled switch { 'D' => "DISABLE", 'R' => "ENABLE REPLICA", 'A' => "ENABLE ALWAYS", _ => null };
        if (state is not null)
            await session.Command($"ALTER TABLE {table.Sql} {state} TRIGGER {Name}").RunAsync(cancellationToken);
    }
}

/// <summary>
/// What holds on to index columns and cannot change over to others: materialised views, constraints, generated columns, policies, statistics, and
/// views and trigger functions of roles whose rights are not ours.
/// </summary>
internal static class UnmovableDependents
{
    /// <exception cref="CatalogException">There are some; the message names the first.</exception>
    public static async Task RefuseAsync(TableSession session, PipelineTable table, CancellationToken cancellationToken)
    {
        var first = (await session.Command(
            """
            SELECT pg_describe_object(d.classid, d.objid, d.objsubid)
                   || CASE WHEN v.oid IS NOT NULL THEN ', of role ' || v.relowner::regrole ELSE '' END
            FROM pg_depend d
            JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
            LEFT JOIN pg_attrdef own ON d.classid = 'pg_attrdef'::regclass AND own.oid = d.objid AND own.adrelid = a.attrelid AND own.adnum = a.attnum
            LEFT JOIN pg_class i ON d.classid = 'pg_class'::regclass AND i.oid = d.objid AND i.relkind IN ('i', 'I')
            LEFT JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
            LEFT JOIN pg_class v ON v.oid = r.ev_class AND v.relkind = 'v'
            LEFT JOIN pg_trigger t ON d.classid = 'pg_trigger'::regclass AND t.oid = d.objid
            WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = to_regclass($1) AND a.attname = ANY ($2)
              AND own.oid IS NULL AND i.oid IS NULL AND (t.oid IS NULL OR NOT has_function_privilege(t.tgfoid, 'EXECUTE'))
              AND (v.oid IS NULL OR v.relpersistence <> 't' AND NOT pg_has_role(v.relowner, 'USAGE'))
            ORDER BY 1 LIMIT 1
            """,
            table.Sql, table.Pairs().Select(c => c.Name).ToArray()).ListAsync<string>(cancellationToken)).SingleOrDefault();
        if (first is not null)
        {
            throw new CatalogException(
                $"Index columns of {table.Sql} cannot be replaced by a new model version's, because this depends on them: {first}. "
                + $"Drop it; indexes may stay, and views that belong to {Identifier.Quote(session.Connection.Database + "_write")}.");
        }
    }
}
