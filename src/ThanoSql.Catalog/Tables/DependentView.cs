using Npgsql;

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
            SELECT DISTINCT v.oid::regclass::text, coalesce(array_to_string(v.reloptions, ', '), ''), pg_get_viewdef(v.oid)
            FROM pg_depend d
            JOIN pg_rewrite r ON r.oid = d.objid
            JOIN pg_class v ON v.oid = r.ev_class AND v.relkind = 'v'
            JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
            WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = to_regclass($1)
              AND v.oid <> d.refobjid AND a.attname = ANY ($2)
            """,
            table.Sql, table.Pairs().Select(c => c.Name).ToArray())
            .ListAsync(r => new DependentView(r.GetString(0), r.GetString(1), r.GetString(2)), cancellationToken);
    }

    /// <summary>Reads the columns that have the names now. Owner, grants and dependents stay.</summary>
    public Task<int> DefineAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var options = Options.Length == 0 ? "" : $"WITH ({Options}) ";
        return connection.Command($"CREATE OR REPLACE VIEW {Name} {options}AS {Definition}").RunAsync(cancellationToken);
    }
}
