using Npgsql;

namespace ThanoSql.Catalog.Tables;

/// <summary>Which tables a model's switch has to change.</summary>
public static class RekeyTables
{
    /// <summary>The tables that active pipelines fill with the keywords of a model, each once however many pipelines feed it.</summary>
    /// <param name="database">The owner's.</param>
    /// <param name="model">Its name.</param>
    /// <param name="workspace">The bucket of paths that name none.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public static Task<List<RekeyTable>> OfAsync(NpgsqlDataSource database, string model, string workspace, CancellationToken cancellationToken) =>
        database.Command(
            """
            SELECT array_agg(pipeline_id ORDER BY pipeline_id), table_name, coalesce(definition ->> 'image_col', 'image_path'),
                   coalesce(definition #>> '{columns,keyword}', 'keyword'), coalesce(definition #>> '{columns,score}', 'keyword_score'),
                   coalesce(definition #>> '{columns,version}', 'keyword_version'), coalesce(definition #>> '{columns,source}', 'keyword_source')
            FROM thanosql.pipeline
            WHERE model_name = $1 AND state = 'active' AND to_regclass('public.' || quote_ident(table_name)) IS NOT NULL
            GROUP BY 2, 3, 4, 5, 6, 7
            ORDER BY 1
            """,
            model).ListAsync(
                r => new RekeyTable(
                    r.GetFieldValue<int[]>(0), r.GetString(1), r.GetString(2),
                    new IndexColumns { Keyword = r.GetString(3), Score = r.GetString(4), Version = r.GetString(5), Source = r.GetString(6) },
                    workspace),
                cancellationToken);

    /// <summary>Whether these are still the tables to change: pipelines may have become active or tables gone meanwhile.</summary>
    internal static async Task<bool> AreAllAsync(
        NpgsqlConnection connection, string model, IReadOnlyList<RekeyTable> tables, CancellationToken cancellationToken) =>
        (await connection.Command(
            """
            SELECT DISTINCT table_name, coalesce(definition #>> '{columns,keyword}', 'keyword') FROM thanosql.pipeline
            WHERE model_name = $1 AND state = 'active' AND to_regclass('public.' || quote_ident(table_name)) IS NOT NULL
            """,
            model).ListAsync(r => (r.GetString(0), r.GetString(1)),
            cancellationToken)).ToHashSet().SetEquals(tables.Select(t => (t.Table, t.Columns.Keyword)));
}
