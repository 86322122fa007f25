namespace ThanoSql.Catalog.Roles;

/// <summary>
/// Makes the owner the owner of a table that workers write. Whoever owns a table can hang code on it (checks, rules, triggers, index expressions),
/// and PostgreSQL runs that code with the rights of the one who writes: of a worker. So a pipeline's table leaves the users' role, after a look at
/// what hangs on it already. Tables of other roles stay theirs: whoever administers the database trusts them.
/// </summary>
public static class TableTakeover
{
    // Function and operator calls inside stored expressions; what is immutable, or on the list, can do no harm with any rights.
    private const string Suspicious = """
        WITH target AS (SELECT $1::regclass AS oid),
        expression (kind, name, tree) AS (
            SELECT 'the constraint', conname::text, conbin::text
            FROM pg_catalog.pg_constraint, target WHERE conrelid = target.oid AND conbin IS NOT NULL
            UNION ALL
            SELECT 'the default of column', a.attname::text, d.adbin::text
            FROM target JOIN pg_catalog.pg_attrdef d ON d.adrelid = target.oid
            JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
            UNION ALL
            SELECT 'the index', c.relname::text, pg_catalog.concat(i.indexprs::text, i.indpred::text)
            FROM target JOIN pg_catalog.pg_index i ON i.indrelid = target.oid JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
        )
        SELECT e.kind || ' "' || e.name || '"'
        FROM expression e
        WHERE e.tree IS NOT NULL AND EXISTS (
            SELECT FROM pg_catalog.regexp_matches(e.tree, ':(?:func|opfunc)id (\d+)', 'g') AS called (ids)
            LEFT JOIN pg_catalog.pg_proc p ON p.oid = called.ids[1]::oid
            LEFT JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
            WHERE n.nspname IS DISTINCT FROM 'pg_catalog'
               OR p.provolatile <> 'i' AND p.proname NOT IN ('now', 'transaction_timestamp', 'statement_timestamp', 'clock_timestamp', 'timeofday',
                   'random', 'gen_random_uuid', 'uuidv7', 'nextval', 'timezone', 'date', 'timestamptz', 'timestamp', 'date_part', 'extract',
                   'to_char', 'date_trunc'))
        UNION ALL
        SELECT 'the trigger "' || tgname || '"' FROM pg_catalog.pg_trigger, target WHERE tgrelid = target.oid AND NOT tgisinternal
        UNION ALL
        SELECT 'the rule "' || rulename || '"' FROM pg_catalog.pg_rewrite, target WHERE ev_class = target.oid
        UNION ALL
        SELECT 'the policy "' || polname || '"' FROM pg_catalog.pg_policy, target WHERE polrelid = target.oid
        UNION ALL
        SELECT 'the type of column "' || a.attname || '"'
        FROM target JOIN pg_catalog.pg_attribute a ON a.attrelid = target.oid AND a.attnum > 0 AND NOT a.attisdropped
        JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
        WHERE t.typtype NOT IN ('b', 'e') OR t.typtype = 'b' AND t.typnamespace <> 'pg_catalog'::regnamespace AND t.typcategory <> 'A'
        UNION ALL
        SELECT 'the inheritance from or by "' || CASE WHEN inhrelid = target.oid THEN inhparent ELSE inhrelid END::regclass || '"'
        FROM pg_catalog.pg_inherits, target WHERE target.oid IN (inhrelid, inhparent)
        LIMIT 1
        """;

    /// <summary>
    /// Takes a table of schema public over, inside the caller's transaction on the owner's connection; without effect when it is not the users'
    /// role's.
    /// </summary>
    /// <returns>Null, or what makes the table unsafe to write with the owner's rights: nothing has changed then.</returns>
    public static async Task<string?> TakeAsync(NpgsqlConnection connection, string table, CancellationToken cancellationToken)
    {
        var name = $"public.{Identifier.Quote(table)}";
        if (!await OwnedByUsersAsync(connection, name, cancellationToken))
            return null;
        await RunAsync(connection, $"LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE", cancellationToken);
        if (await connection.Command(Suspicious, name).ScalarAsync<string>(cancellationToken) is { } found)
            return $"{found} of table \"{table}\" would run with the rights of the workers: drop it.";
        var query = SqlRole.Of(TokenScope.Query, connection.Database);
        var write = SqlRole.Of(TokenScope.Write, connection.Database);
        await RunAsync(
            connection,
            $"""
            ALTER TABLE {name} OWNER TO CURRENT_USER;
            REVOKE ALL ON {name} FROM {write.Quoted};
            GRANT SELECT ON {name} TO {query.Quoted};
            GRANT INSERT, UPDATE, DELETE, TRUNCATE ON {name} TO {write.Quoted};
            """,
            cancellationToken);
        foreach (var sequence in await SequencesAsync(connection, name, cancellationToken))
            await RunAsync(connection, $"GRANT USAGE, SELECT ON SEQUENCE {sequence} TO {write.Quoted}", cancellationToken);
        return null;
    }

    private static async Task<bool> OwnedByUsersAsync(NpgsqlConnection connection, string name, CancellationToken cancellationToken)
    {
        const string sql =
            "SELECT r.rolname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_roles r ON r.oid = c.relowner WHERE c.oid = pg_catalog.to_regclass($1)";
        return await connection.Command(sql, name).ScalarAsync<string>(cancellationToken) == SqlRole.Of(TokenScope.Write, connection.Database).Name;
    }

    // Those of serial and identity columns came along with the table.
    private static async Task<IReadOnlyList<string>> SequencesAsync(NpgsqlConnection connection, string name, CancellationToken cancellationToken)
    {
        const string sql = """
            SELECT pg_catalog.format('%I.%I', n.nspname, s.relname)
            FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class s ON s.oid = d.objid AND s.relkind = 'S'
            JOIN pg_catalog.pg_namespace n ON n.oid = s.relnamespace
            WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.refobjid = $1::regclass AND d.deptype IN ('a', 'i')
            """;
        return await connection.Command(sql, name).ListAsync<string>(cancellationToken);
    }

    private static Task<int> RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken) =>
        connection.Command(sql).RunAsync(cancellationToken);
}
