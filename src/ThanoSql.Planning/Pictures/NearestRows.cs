using ThanoSql.Catalog.Similarity;

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
            var contents = session.NewName();
            await session.MakeAsync(contents, "content bigint, similarity real", cancellationToken);
            await session.AddAsync(contents, nearest.Select(n => (object?[])[n.ContentId, Math.Clamp(n.Similarity, -1, 1)]), cancellationToken);
            var (table, found) = await JoinAsync(session, source, contents, image, top, cancellationToken);
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

    private static async Task<(string Table, long Found)> JoinAsync(
        Session session, SearchedSource source, string contents, string image, int top, CancellationToken cancellationToken)
    {
        session.KeepsRows();
        var table = session.NewName();
        await session.KeepAsync(table, Rows, cancellationToken);
        return (table, (await session.RowsAsync<long>($"SELECT count(*) FROM {table}", cancellationToken))[0]);

        SqlDraft.Builder Rows(SqlDraft.Builder sql)
        {
            sql.Add($"SELECT s.*, a.similarity AS {Similarity} FROM {PictureSql.ImagesOf(source.Model.Space.TrunkId, contents)} a JOIN ");
            SourceText.AddTo(sql, source.Statement.Source, source.Scope);
            var isOf = AnswerSql.IsHitByIndex($"s.{Identifier.Quote(image)}::text", session.Options.Workspace);
            return sql.Add(string.Create(CultureInfo.InvariantCulture, $" AS s ON {isOf} ORDER BY a.similarity DESC, a.key LIMIT {top}"));
        }
    }
}
