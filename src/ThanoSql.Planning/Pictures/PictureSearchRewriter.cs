namespace ThanoSql.Planning.Pictures;

/// <summary>
/// SEARCH IMAGE by picture: the rows with how alike each one's picture is, by the cosine of their embeddings. These come from the source, where it
/// has the column that the statement names, else from the catalog by the path in its image column.
/// </summary>
internal static class PictureSearchRewriter
{
    public static async Task<string> RewriteAsync(
        Session session, SearchStatement statement, PictureSearch search, CommonTable? scope, CancellationToken cancellationToken)
    {
        var finding = PictureModel.FindAsync(session, search.Model, AnsweredSource.TableOf(statement.Source, scope), cancellationToken);
        var describing = session.ColumnsAsync(statement.Source, scope, cancellationToken);
        await Task.WhenAll(finding, describing);
        var (model, columns) = (await finding, await describing);
        var source = new SearchedSource(statement, scope, model, columns);
        AnsweredSource.RefuseDuplicates(session, statement.Verb, statement.Source, columns);
        // A cell that stores its result runs again over the table that it made
        if (search.StoreAs is null)
            KeptRows.RefuseTaken(session, statement.Source, columns, search.ResultColumns(model));
        var vectors = search.Vectors is { } named && columns.Contains(named.Column) ? named
            : search.Vectors is null && columns.Contains(model.OldColumn) ? new VectorsOption(model.OldColumn, statement.Source.Span)
            : null;
        var image = vectors is null ? ImageColumnOf(session, source, search) : null;
        if (search.ResultColumn is null)
            session.Report("Searching..."); // as the engine of 2022 did
        var queries = await QueriesAsync(session, search, model, cancellationToken);

        if (image is not null && await NearestRows.FindAsync(session, source, search, image, queries, cancellationToken) is { } nearest)
            return nearest;
        var (rows, scored) = vectors is not null
            ? await ScoreVectorsAsync(session, source, vectors, queries, cancellationToken)
            : await ScorePicturesAsync(session, source, search, image!, queries, cancellationToken);
        return await AnswerAsync(session, search, model, rows, scored, cancellationToken);
    }

    private static string ImageColumnOf(Session session, SearchedSource source, PictureSearch search)
    {
        try
        {
            return AnsweredSource.ImageColumnOf(session, source.Statement, source.Model.Serving, search.ImageColumn, source.Columns);
        }
        catch (QueryException missing) when (search.Vectors is { } named)
        {
            throw new QueryException(
                ErrorCode.UnknownColumn, $"The source has no column '{named.Column}' of embeddings. {missing.Message}", session.At(named.Span),
                "Name a column of paths (image_col), or one that CONVERT made (emb_col).", missing);
        }
    }

    private static async Task<IReadOnlyList<float[]>> QueriesAsync(
        Session session, PictureSearch search, PictureModel model, CancellationToken cancellationToken)
    {
        var queries = new List<float[]>();
        foreach (var path in search.Pictures)
        {
            var found = await session.Pictures.Find(path, model.Space.TrunkId, cancellationToken);
            if (found.Error is { } error)
                throw new QueryException(error.Code, error.Message, session.At(search.Span), error.Hint);
            queries.Add(Direction.Of([.. found.Vector!]));
        }
        return queries;
    }

    private static async Task<(KeptRows Rows, List<ScoredRow> Scored)> ScoreVectorsAsync(
        Session session, SearchedSource source, VectorsOption vectors, IReadOnlyList<float[]> queries, CancellationToken cancellationToken)
    {
        var rows = await KeptRows.KeepAsync(session, source.Statement.Source, source.Scope, source.Columns, cancellationToken);
        var column = await VectorColumn.OpenAsync(session, rows, vectors.Column, session.At(vectors.Span), cancellationToken);
        var others = await OtherModels.SampleAsync(session, source, rows, cancellationToken);
        var scored = new List<ScoredRow>();
        await foreach (var (row, _, vector) in column.ReadAsync(session, source.Model.Space.Dimensions, beside: null, cancellationToken))
        {
            var direction = vector is null ? null : Direction.Of(vector);
            others.Meet(row, direction);
            scored.Add(new ScoredRow(row, [.. queries.Select(q => direction is null ? (float?)null : Direction.Similarity(q, direction))]));
        }
        others.Refuse(session, source, vectors);
        if (scored.Count(s => s.Best is null) is > 0 and var without)
        {
            session.Messages.Add(string.Create(
                CultureInfo.InvariantCulture, $"{without} row(s) have no embedding in '{vectors.Column}', and so no similarity."));
        }
        return (rows, scored);
    }

    private static async Task<(KeptRows Rows, List<ScoredRow> Scored)> ScorePicturesAsync(
        Session session, SearchedSource source, PictureSearch search, string image, IReadOnlyList<float[]> queries,
        CancellationToken cancellationToken)
    {
        var seen = await SeenRows.OpenAsync(
            session, source.Statement, source.Scope, source.Model, source.Columns, image, cancellationToken);
        var rows = await seen.ContentsAsync(session, cancellationToken);
        var contents = rows.Select(r => r.Content).OfType<long>().ToHashSet();
        // The best rows are of the best contents; by several pictures, each content needs all of its similarities
        var top = search is { BestFirst: true, TopK: { } most } && queries.Count == 1 ? Math.Min(most, contents.Count) : contents.Count;
        var similar = new List<Dictionary<long, float>>();
        foreach (var query in queries)
        {
            var nearest = contents.Count == 0
                ? []
                : await session.Pictures.Nearest(source.Model.Space.TrunkId, query, top, contents, cancellationToken);
            similar.Add(nearest.ToDictionary(n => n.ContentId, n => Math.Clamp(n.Similarity, -1, 1)));
        }
        return (seen.Rows, rows.ConvertAll(row => new ScoredRow(
            row.Row, [.. similar.Select(s => row.Content is { } content && s.TryGetValue(content, out var score) ? (float?)score : null)])));
    }

    private static async Task<string> AnswerAsync(
        Session session, PictureSearch search, PictureModel model, KeptRows rows, List<ScoredRow> scored, CancellationToken cancellationToken)
    {
        IEnumerable<ScoredRow> answers = search.BestFirst ? scored.OrderByDescending(s => s.Best.HasValue).ThenByDescending(s => s.Best) : scored;
        if (search.TopK is { } most)
            answers = answers.Take(most);
        var results = search.ResultColumns(model);
        var table = session.NewName();
        await session.MakeAsync(
            table, $"place bigint, row bigint, {string.Join(", ", results.Select((_, i) => $"similarity{i} real"))}", cancellationToken);
        await session.AddAsync(table, answers.Select((s, place) => (object?[])[(long)place, s.Row, .. s.Similarities.Select(x => (object?)x)]),
            cancellationToken);

        var given = string.Join(", ", results.Select((name, i) => $"r.similarity{i} AS {Identifier.Quote(name)}"));
        var sql = $"SELECT {rows.List(without: results)}{given} FROM {table} r JOIN {rows.Table} s ON s.{KeptRows.Ordinal} = r.row ORDER BY r.place";
        if (search.StoreAs is { } store)
            await StoredRows.StoreAsync(session, store, sql, cancellationToken);
        return sql;
    }
}

/// <summary>What is searched.</summary>
internal sealed record SearchedSource(SearchStatement Statement, CommonTable? Scope, PictureModel Model, IReadOnlyList<string> Columns);

/// <summary>A row with its similarity to each picture; null without an embedding.</summary>
internal readonly record struct ScoredRow(long Row, float?[] Similarities)
{
    public float? Best => Similarities.Max();
}
