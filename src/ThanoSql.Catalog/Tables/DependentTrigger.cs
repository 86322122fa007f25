using Npgsql;

namespace ThanoSql.Catalog.Tables;

/// <summary>A trigger whose condition reads index columns: like a view it holds on to the columns, and is defined anew by its own text.</summary>
internal sealed record DependentTrigger(string Definition)
{
    public static Task<List<DependentTrigger>> OfAsync(NpgsqlConnection connection, PipelineTable table, CancellationToken cancellationToken) =>
        connection.Command(
            """
            SELECT DISTINCT pg_get_triggerdef(t.oid)
            FROM pg_depend d
            JOIN pg_trigger t ON t.oid = d.objid
            JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
            WHERE d.classid = 'pg_trigger'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = to_regclass($1) AND a.attname = ANY ($2)
            """,
            table.Sql, table.Pairs().Select(c => c.Name).ToArray()).ListAsync(r => new DependentTrigger(r.GetString(0)), cancellationToken);

    public Task<int> DefineAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        connection.Command("CREATE OR REPLACE" + Definition["CREATE".Length..]).RunAsync(cancellationToken);
}
