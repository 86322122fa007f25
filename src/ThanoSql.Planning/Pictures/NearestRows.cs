using ThanoSql.Embedding.Similarity;

namespace ThanoSql.Planning.Pictures;

/// <summary>
/// The fast way of a search over a pipeline's table in which every picture was looked at: from the nearest contents to the rows by the table's index
/// on the path, so that its size does not matter. With conditions that few rows pass, more contents are tried, and at last the general way.
/// </summary>
internal static class NearestRows
{
    private const string Similarity = "thanosql_similarity";
    private const int Fewest = 256;
    private const int Most = 20_000; // contents; beyond, reading the source once costs less
    private const int Growth = 4;

    /// <returns>The query, or null when the general way must find the rows.</returns>
    public static async Task<string?> FindAsync(
        Session session, SearchedSource source, PictureSearch search, string image, IReadOnlyList<float[]> queries,
        CancellationToken cancellationToken)
    {
        if (!search.BestFirst || search.TopK is not { } top || queries is not [var query] || search.StoreAs is not null
            || !source.Model.Facts.KeyedThrough.ContainsKey(image))
        {
            return null;
        }
        for (var count = Math.Max(2L * top, Fewest); count <= Most; count *= Growth)
        {
            var nearest = await session.Pictures.Nearest(source.Model.Space.TrunkId, query, (int)count, among: null, cancellationToken);
            var names = await NamesAsync(session, nearest, cancellationToken);
            var (table, found) = await JoinAsync(session, source, names, image, top, cancellationToken);
            if (found == top)
            {
                var columns = string.Concat(source.Columns.Select(c => $"s.{Identifier.Quote(c)}, "));
                return $"SELECT {columns}s.{Similarity} AS {Identifier.Quote(search.ResultColumns(source.Model)[0])} "
                    + $"FROM {table} s ORDER BY s.{Similarity} DESC";
            }
            if (nearest.Count < count)
                break;
        }
        return null;
    }

    /// <summary>(path, similarity), in every spelling of an image's name: the join is then by equality, which no plan makes quadratic.</summary>
    private static async Task<string> NamesAsync(
        Session session, IReadOnlyList<SimilarContent> nearest, CancellationToken cancellationToken)
    {
        var similarity = nearest.ToDictionary(n => n.ContentId, n => Math.Clamp(n.Similarity, -1, 1));
        var names = await session.Pictures.Catalog.NamesAsync(similarity.Keys, session.Options.Workspace, cancellationToken);
        var table = session.NewName();
        await session.MakeAsync(table, "path text, similarity real", cancellationToken);
        await session.AddAsync(table, names.Select(n => (object?[])[n.Path, similarity[n.ContentId]]), cancellationToken);
        await session.ExecuteAsync($"ANALYZE {table}", cancellationToken); // else it is taken for thousands of rows
        return table;
    }

    private static async Task<(string Table, long Found)> JoinAsync(
        Session session, SearchedSource source, string names, string image, int top, CancellationToken cancellationToken)
    {
        session.KeepsRows();
        var table = session.NewName();
        await session.KeepAsync(table, Rows, cancellationToken);
        return (table, (await session.RowsAsync<long>($"SELECT count(*) FROM {table}", cancellationToken))[0]);

        SqlDraft.Builder Rows(SqlDraft.Builder sql)
        {
            sql.Add($"SELECT s.*, a.similarity AS {Similarity} FROM {names} a JOIN ");
            SourceText.AddTo(sql, source.Statement.Source, source.Scope);
            return sql.Add(string.Create(
                CultureInfo.InvariantCulture,
                $" AS s ON s.{Identifier.Quote(image)}::text = a.path ORDER BY a.similarity DESC, a.path LIMIT {top}"));
        }
    }
}
