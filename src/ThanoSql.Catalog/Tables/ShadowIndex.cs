namespace ThanoSql.Catalog.Tables;

/// <summary>The shadow of an index over index columns: the same over the <c>…_next</c> columns; it takes its place at a promotion.</summary>
/// <param name="Id">The index in service (pg_class.oid): names may change hands.</param>
/// <param name="Name">Its name now.</param>
/// <param name="Definition">What follows <c>CREATE INDEX name ON table</c> in the shadow's.</param>
internal sealed record ShadowIndex(long Id, string Name, bool Unique, string Definition)
{
    private const string Shape = "thanosql shape";

    // Copies are made in the order of the originals. Every name is quoted by the server, and expressions are as it writes them.
    private const string Definitions = """
        WITH pair AS (
            SELECT o.indexrelid AS original, c.indexrelid AS copy, c.relation
            FROM (SELECT indexrelid, row_number() OVER (ORDER BY indexrelid) AS place FROM pg_index
                  WHERE indrelid = to_regclass($1) AND indislive) o
            LEFT JOIN (SELECT indexrelid, indrelid AS relation, row_number() OVER (ORDER BY indexrelid) AS place FROM pg_index
                       WHERE indrelid = to_regclass($2)) c USING (place)),
        touched AS (
            SELECT DISTINCT p.* FROM pair p
            JOIN pg_index x ON x.indexrelid = p.original AND x.indisvalid
            JOIN pg_depend d
              ON d.classid = 'pg_class'::regclass AND d.objid = x.indexrelid AND d.refclassid = 'pg_class'::regclass AND d.refobjid = x.indrelid
            JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = d.refobjsubid
            WHERE a.attname = ANY ($3))
        SELECT oi.oid::bigint, oi.relname, ox.indisunique,
            CASE WHEN oi.relam = ci.relam AND ox.indclass = cx.indclass AND ox.indoption::int2[] = cx.indoption::int2[] AND ox.indnatts = cx.indnatts
                      AND ox.indisunique = cx.indisunique AND (ox.indpred IS NULL) = (cx.indpred IS NULL) THEN
                format('USING %I (%s)', am.amname, (
                    SELECT string_agg(
                        pg_get_indexdef(ci.oid, k, false)
                        || CASE WHEN cx.indcollation[k - 1] <> 0 THEN (
                               SELECT format(' COLLATE %I.%I', n.nspname, l.collname)
                               FROM pg_collation l JOIN pg_namespace n ON n.oid = l.collnamespace
                               WHERE l.oid = cx.indcollation[k - 1]) ELSE '' END
                        || (SELECT format(' %I.%I', n.nspname, o.opcname) FROM pg_opclass o JOIN pg_namespace n ON n.oid = o.opcnamespace
                            WHERE o.oid = cx.indclass[k - 1])
                        || coalesce((
                               SELECT ' (' || string_agg(format('%I=%L', split_part(v, '=', 1), substr(v, strpos(v, '=') + 1)), ', ') || ')'
                               FROM pg_attribute a, unnest(a.attoptions) v WHERE a.attrelid = oi.oid AND a.attnum = k), '')
                        || CASE WHEN pg_indexam_has_property(oi.relam, 'can_order') THEN
                               CASE WHEN cx.indoption[k - 1] & 1 = 1 THEN ' DESC' ELSE ' ASC' END
                               || CASE WHEN cx.indoption[k - 1] & 2 = 2 THEN ' NULLS FIRST' ELSE ' NULLS LAST' END ELSE '' END,
                        ', ' ORDER BY k)
                    FROM generate_series(1, cx.indnkeyatts) k))
                || coalesce((
                       SELECT format(' INCLUDE (%s)', string_agg(pg_get_indexdef(ci.oid, k, false), ', ' ORDER BY k))
                       FROM generate_series(cx.indnkeyatts + 1, cx.indnatts) k HAVING count(*) > 0), '')
                || CASE WHEN cx.indnullsnotdistinct THEN ' NULLS NOT DISTINCT' ELSE '' END
                || coalesce((
                       SELECT ' WITH (' || string_agg(format('%I=%L', split_part(v, '=', 1), substr(v, strpos(v, '=') + 1)), ', ') || ')'
                       FROM unnest(oi.reloptions) v), '')
                || coalesce((SELECT format(' TABLESPACE %I', t.spcname) FROM pg_tablespace t WHERE t.oid = oi.reltablespace), '')
                || coalesce(' WHERE ' || pg_get_expr(cx.indpred, cx.indrelid), '')
            END
        FROM touched p
        JOIN pg_class oi ON oi.oid = p.original JOIN pg_index ox ON ox.indexrelid = p.original
        LEFT JOIN pg_class ci ON ci.oid = p.copy LEFT JOIN pg_index cx ON cx.indexrelid = p.copy
        JOIN pg_am am ON am.oid = oi.relam
        ORDER BY oi.oid
        """;

    private string Prefix => string.Create(CultureInfo.InvariantCulture, $"thanosql_shadow_{Id}_");

    /// <summary>
    /// The indexes that read one of the table's index columns, whoever made them, in a transaction. PostgreSQL itself writes their definitions over
    /// the other columns: it copies them to an empty table in which the columns have changed their names.
    /// </summary>
    /// <exception cref="CatalogException">The copy is not like the table.</exception>
    public static async Task<List<ShadowIndex>> OfAsync(TableSession session, PipelineTable table, CancellationToken cancellationToken)
    {
        await session.Command($"CREATE TEMPORARY TABLE {Identifier.Quote(Shape)} (LIKE {table.Sql} INCLUDING INDEXES)").RunAsync(cancellationToken);
        var shape = $"pg_temp.{Identifier.Quote(Shape)}";
        await NextColumns.SwapAsync(session, table, shape, cancellationToken);
        var found = await session.Command(Definitions, table.Sql, shape, table.Pairs().Select(c => c.Name).ToArray())
            .ListAsync<(long Id, string Name, bool Unique, string? Definition)>(cancellationToken);
        await session.Command($"DROP TABLE {shape}").RunAsync(cancellationToken);
        return found.ConvertAll(i => i.Definition is { } definition
            ? new ShadowIndex(i.Id, i.Name, i.Unique, definition)
            : throw new CatalogException(
                $"The index {Identifier.Quote(i.Name)} of {table.Sql} cannot be copied to the columns of a new version: drop it."));
    }

    /// <summary>Removes the shadows that an abandoned promotion left: every later write would have to maintain them.</summary>
    public static async Task DropAllAsync(TableSession session, PipelineTable table, CancellationToken cancellationToken)
    {
        var names = await session.Command(
            """
            SELECT DISTINCT i.relname
            FROM pg_index x
            JOIN pg_class i ON i.oid = x.indexrelid
            JOIN pg_depend d
              ON d.classid = 'pg_class'::regclass AND d.objid = x.indexrelid AND d.refclassid = 'pg_class'::regclass AND d.refobjid = x.indrelid
            JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = d.refobjsubid
            WHERE x.indrelid = to_regclass($1) AND a.attname = ANY ($2)
            """,
            table.Sql, table.Pairs().Select(c => c.Next).ToArray()).ListAsync<string>(cancellationToken);
        foreach (var name in names)
            await session.Command($"DROP INDEX public.{Identifier.Quote(name)}").RunAsync(cancellationToken);
    }

    /// <summary>
    /// Builds the shadow without holding up writers, but those of a partitioned table, whose indexes PostgreSQL builds no other way. A broken one
    /// that a killed trainer left is made again.
    /// </summary>
    public async Task BuildAsync(TableSession session, PipelineTable table, CancellationToken cancellationToken)
    {
        var partitioned = await session.Command("SELECT relkind = 'p' FROM pg_class WHERE oid = to_regclass($1)", table.Sql)
            .ScalarAsync<bool>(cancellationToken);
        var concurrently = partitioned ? "" : "CONCURRENTLY ";
        foreach (var shadow in await ShadowsAsync(session, table, cancellationToken))
        {
            if (shadow.Valid)
                return;
            await session.Command($"DROP INDEX {concurrently}public.{Identifier.Quote(shadow.Name)}").RunAsync(cancellationToken);
        }
        var name = $"{Prefix}{RandomNumberGenerator.GetHexString(8, lowercase: true)}"; // nobody can take it beforehand
        await using var create = session.Single(
            $"CREATE {(Unique ? "UNIQUE " : "")}INDEX {concurrently}{Identifier.Quote(name)} ON {table.Sql} {Definition}");
        create.CommandTimeout = 0;
        await create.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Takes the place and name of the index over the columns that were in service; the caller holds the table.</summary>
    /// <exception cref="CatalogException">Somebody gave another index this name in this moment: nothing may be committed.</exception>
    public async Task ReplaceAsync(TableSession session, PipelineTable table, CancellationToken cancellationToken)
    {
        var shadow = (await ShadowsAsync(session, table, cancellationToken)).FirstOrDefault(s => s.Valid);
        if (shadow == default)
            throw new CatalogException($"The index {Identifier.Quote(Name)} came while a version was prepared.");
        await session.Command($"DROP INDEX public.{Identifier.Quote(Name)}").RunAsync(cancellationToken);
        await session.Command($"ALTER INDEX public.{Identifier.Quote(shadow.Name)} RENAME TO {Identifier.Quote(Name)}").RunAsync(cancellationToken);
        var right = await session.Command(
            """
            SELECT NOT EXISTS (SELECT FROM pg_class WHERE oid::bigint = $1)
               AND EXISTS (SELECT FROM pg_class WHERE oid::bigint = $2 AND relname = $3)
            """,
            Id, shadow.Id, Name).ScalarAsync<bool>(cancellationToken);
        if (!right)
            throw new CatalogException($"The indexes of {table.Sql} were renamed during a promotion.");
    }

    private Task<List<(long Id, string Name, bool Valid)>> ShadowsAsync(
        TableSession session, PipelineTable table, CancellationToken cancellationToken) => session.Command(
        """
        SELECT i.oid::bigint, i.relname, x.indisvalid FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
        WHERE x.indrelid = to_regclass($1) AND starts_with(i.relname, $2)
        """,
        table.Sql, Prefix).ListAsync<(long, string, bool)>(cancellationToken);
}
