namespace ThanoSql.Planning.Pictures;

/// <summary>What SEARCH IMAGE by picture looks for, in all generations.</summary>
/// <param name="Model">Whose embedding space.</param>
/// <param name="Pictures">Paths of the pictures to be like; one or more.</param>
/// <param name="Span">Where they stand.</param>
/// <param name="ImageColumn">Null for the model's own.</param>
/// <param name="Vectors">The column of embeddings; null when the statement names none.</param>
/// <param name="ResultColumn">Null for the oldest dialect's names, <c>model_slug_similarity1</c>.</param>
/// <param name="BestFirst">Whether the rows come by similarity, else all of them in the order of the source.</param>
/// <param name="TopK">Rows at most; null for all.</param>
/// <param name="StoreAs">The table that also keeps the result.</param>
internal sealed record PictureSearch(
    Name Model, IReadOnlyList<string> Pictures, TextSpan Span, string? ImageColumn, VectorsOption? Vectors, string? ResultColumn, bool BestFirst,
    int? TopK, string? StoreAs)
{
    private const int MostPictures = 32;

    private static readonly string[] Newer = ["emb_col", "result_col", "top_k", "table_name"];

    /// <summary>
    /// <c>images = …</c> before USING and nothing else is of 2022; with a column's name of November 2022; what is searched for among the options is
    /// of 2023, when rows began to come best first. So they do wherever <c>top_k</c> is given.
    /// </summary>
    /// <exception cref="QueryException">Too many pictures at once.</exception>
    public static PictureSearch Read(SearchStatement statement, string text, OptionReader reader, SearchInput input)
    {
        if (input.Values.Count > MostPictures)
        {
            throw new QueryException(
                ErrorCode.OptionOutOfRange, $"SEARCH IMAGE compares with {MostPictures} pictures at most, not {input.Values.Count}.",
                TextPosition.Of(text, input.Span.Start), "Ask with fewer at a time.");
        }
        var isOldest = statement.Input is not null && Newer.All(name => reader.WrittenAs(name) is null);
        var bestFirst = statement.Input is null || reader.WrittenAs("top_k") is not null;
        var result = reader.Text("result_col", "search_result");
        var search = new PictureSearch(
            statement.Model!, input.Values, input.Span, reader.OptionalText("image_col"), VectorsOption.Read(reader, "emb_col"),
            isOldest ? null : result, bestFirst, reader.WholeNumberOrNone("top_k", statement.Input is null ? 1000 : null, 1, int.MaxValue),
            reader.OptionalText("table_name"));
        SourceOptions.ReadIgnored(reader);
        reader.Complete();
        return search;
    }

    /// <summary>One column for each picture, in order.</summary>
    public IReadOnlyList<string> ResultColumns(PictureModel model) => ResultColumn switch
    {
        null => [.. Enumerable.Range(1, Pictures.Count).Select(n => $"{model.OldColumn}_similarity{n}")],
        _ when Pictures.Count == 1 => [ResultColumn],
        _ => [.. Enumerable.Range(1, Pictures.Count).Select(n => $"{ResultColumn}{n}")],
    };
}

/// <summary>An option that names a column of embeddings.</summary>
/// <param name="Span">Where its value stands.</param>
internal sealed record VectorsOption(string Column, TextSpan Span)
{
    public static VectorsOption? Read(OptionReader reader, string name) =>
        reader.OptionalText(name) is { } column ? new VectorsOption(column, reader.Value(name)!.Span) : null;
}
