using Npgsql;

namespace ThanoSql.Catalog.Tables;

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
            table.Sql, table.Pairs().Select(c => c.Name).ToArray()).ListAsync(r => r.GetString(0), cancellationToken)).SingleOrDefault();
        if (first is not null)
        {
            throw new CatalogException(
                $"Index columns of {table.Sql} cannot be replaced by a new model version's, because this depends on them: {first}. Drop it; views and indexes may stay.");
        }
    }
}
