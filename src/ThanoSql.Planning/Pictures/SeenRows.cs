using ThanoSql.Catalog.Similarity;

namespace ThanoSql.Planning.Pictures;

/// <summary>Rows with the content of each one's picture beside it. Pictures that nobody looked at yet are looked at first.</summary>
/// <param name="Rows">With the column <see cref="Content"/>: NULL where there is no picture, or none that can be read.</param>
/// <param name="ImageColumn">Of the source.</param>
internal sealed record SeenRows(KeptRows Rows, string ImageColumn)
{
    public const string Content = "thanosql_content";

    private const int LongestPath = 1_200; // characters; a key of S3 has 1,024 bytes
    private const int MostPictures = 500_000; // looked at for one statement

    private string Image => $"s.{Identifier.Quote(ImageColumn)}";

    public static async Task<SeenRows> OpenAsync(
        Session session, SourcedStatement statement, CommonTable? scope, PictureModel model, IReadOnlyList<string> columns, string imageColumn,
        CancellationToken cancellationToken)
    {
        var (trunk, path) = (model.Space.TrunkId, $"s.{Identifier.Quote(imageColumn)}::text");
        var content = PictureSql.ContentOf(trunk, path, session.Options.Workspace);
        var kept = await KeptRows.KeepAsync(session, statement.Source, scope, columns, cancellationToken, more: $"{content} AS {Content}");
        var seen = new SeenRows(kept, imageColumn);
        if (await seen.UnseenAsync(session, cancellationToken) is { Count: > 0 } unseen)
        {
            await session.Pictures.Look(trunk, unseen, session.Report, cancellationToken);
            await session.ExecuteAsync(
                PictureSql.FillContents(kept.Table, Content, trunk, path, session.Options.Workspace), cancellationToken);
        }
        await seen.TellAsync(session, cancellationToken);
        return seen;
    }

    /// <summary>Row and content, in order; null for a row without.</summary>
    public async Task<List<(long Row, long? Content)>> ContentsAsync(Session session, CancellationToken cancellationToken)
    {
        var contents = new List<(long, long?)>();
        var sql = $"SELECT {KeptRows.Ordinal}, {Content} FROM {Rows.Table} ORDER BY 1";
        await foreach (var row in session.ReadAsync(sql, cancellationToken))
            contents.Add((row.GetInt64(0), row.IsDBNull(1) ? null : row.GetInt64(1)));
        return contents;
    }

    private async Task<IReadOnlyList<string>> UnseenAsync(Session session, CancellationToken cancellationToken)
    {
        var unseen = await session.RowsAsync<string>(
            string.Create(CultureInfo.InvariantCulture, $"""
                SELECT DISTINCT {Image}::text FROM {Rows.Table} s
                WHERE s.{Content} IS NULL AND {Image} IS NOT NULL AND length({Image}::text) <= {LongestPath} LIMIT {MostPictures + 1}
                """),
            cancellationToken);
        return unseen.Count <= MostPictures
            ? unseen
            : throw new QueryException(
                ErrorCode.ResourceLimit, $"More than {MostPictures:N0} images of the source were never looked at.",
                hint: "Ask for a part of them at a time: with WHERE or LIMIT.");
    }

    private async Task TellAsync(Session session, CancellationToken cancellationToken)
    {
        var left = await session.RowsAsync<(long Count, string? Example)>(
            $"SELECT count(*), min({Image}::text) FROM {Rows.Table} s WHERE s.{Content} IS NULL", cancellationToken);
        var (count, example) = left[0];
        if (count == 0)
            return;
        session.Messages.Add(string.Create(CultureInfo.InvariantCulture,
            $"{count} row(s) have no picture that can be read{(example is null ? "" : $", for example '{example}'")}. ")
            + "Why: SELECT * FROM thanosql.failures");
    }
}
