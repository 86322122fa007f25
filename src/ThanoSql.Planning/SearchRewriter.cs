using ThanoSql.Planning.Pictures;
using ThanoSql.Storage.Unicode;

namespace ThanoSql.Planning;

/// <summary>
/// SEARCH IMAGE by keyword: the rows whose image has the label among its stored ones, with its score, best first. A human label counts with
/// score 1 and takes the place of what the model says of the image.
/// </summary>
internal static class SearchRewriter
{
    public static async Task<string> RewriteAsync(Session session, SearchStatement statement, CommonTable? scope, CancellationToken cancellationToken)
    {
        var reader = new OptionReader(session.Draft.Text, statement);
        var input = SearchOptions.InputOf(statement, session.Draft.Text, reader);
        if (input.By == "image")
        {
            var picture = PictureSearch.Read(statement, session.Draft.Text, reader, input);
            return await PictureSearchRewriter.RewriteAsync(session, statement, picture, scope, cancellationToken);
        }
        var options = SearchOptions.Read(statement, session.Draft.Text, reader, input);
        var source = await AnsweredSource.OpenAsync(
            session, statement, options.Model, new(options.ImageColumn, Word: options.Keyword), scope, cancellationToken);
        RefuseDuplicate(session, statement, source, options.ResultColumn);
        var labels = LabelsOf(session, source.Facts, options);

        var columns = string.Join(", ", source.Columns.Select(c => $"s.{Identifier.Quote(c)}"));
        var sql = session.Draft.Compose()
            .Add($"SELECT {columns}, a.score AS {Identifier.Quote(options.ResultColumn)} FROM ")
            .Add(AnswerSql.Hits(source.Model, labels, options.MinScore, source.Facts.HasCorrections)).Add(" AS a JOIN ");
        var (path, workspace) = ($"s.{Identifier.Quote(source.ImageColumn)}::text", session.Options.Workspace);
        if (source.Table is null)
            SourceText.AddTo(sql, statement.Source, scope);
        else
            sql.Add(source.Table);
        // Rows that were kept have no index
        var isHit = source.Table is null ? AnswerSql.IsHitByIndex(path, workspace) : AnswerSql.IsHitByHash(path, workspace);
        sql.Add($" AS s ON {isHit} ORDER BY a.score DESC, a.key");
        if (options.TopK is { } limit)
            sql.Add(string.Create(CultureInfo.InvariantCulture, $" LIMIT {limit}"));
        return sql.Build().Sql;
    }

    // As a search over HTTP understands a word: as it is spelled before spelled otherwise, and a label before a synonym
    private static IReadOnlyList<string> LabelsOf(Session session, QueryFacts facts, SearchOptions options)
    {
        var model = facts.Model;
        if (facts.Spellings.Count > 0 && (facts.SynonymOf is null || facts.Spellings.Contains(options.Keyword)))
            return facts.Spellings;
        if (facts.SynonymOf is { } label)
            return [.. model.Labels.Where(l => l != label && LabelForm.AreOne(l, label)).Prepend(label)];

        var nearest = NearestName.Of(options.Keyword, model.Labels);
        var others = model.Labels.OrderBy(l => l == nearest ? 0 : 1).ThenBy(l => l, StringComparer.Ordinal).Take(12);
        throw new QueryException(
            ErrorCode.UnknownKeyword, $"The model '{model.Name}' has no label '{options.Keyword}'.", session.At(options.KeywordSpan),
            nearest is null
                ? $"Its labels are: {string.Join(", ", others)}."
                : $"Did you mean '{nearest}'? Its labels are: {string.Join(", ", others)}.");
    }

    private static void RefuseDuplicate(Session session, SearchStatement statement, AnsweredSource source, string result)
    {
        if (!source.Columns.Contains(result))
            return;
        throw new QueryException(
            ErrorCode.ColumnExists, $"The source already has a column '{result}'.", session.At(statement.Source.Span),
            "Choose another name: OPTIONS (result_col='…').");
    }
}

/// <summary>What SEARCH IMAGE looks for, and how.</summary>
/// <param name="Keyword">A label, or a synonym of one, as <see cref="PlainWord"/> has it.</param>
/// <param name="KeywordSpan">Where it stands.</param>
/// <param name="TopK">Rows at most; null for all.</param>
/// <param name="MinScore">0 to 1.</param>
internal sealed record SearchOptions(
    Name Model, string? ImageColumn, string Keyword, TextSpan KeywordSpan, string ResultColumn, int? TopK, double MinScore)
{
    /// <exception cref="QueryException">Another kind of search, or no model.</exception>
    public static SearchInput InputOf(SearchStatement statement, string text, OptionReader reader)
    {
        if (statement.Kind != MediaKind.Image)
            throw NotSupported(statement, text, $"SEARCH {statement.Kind.ToString().ToUpperInvariant()}");
        var input = SearchInput.Read(text, statement, reader);
        if (input.By is not ("keyword" or "image"))
            throw NotSupported(statement, text, $"SEARCH IMAGE by {input.By}");
        return statement.Model is null ? throw NoModel(statement, text) : input;
    }

    /// <exception cref="QueryException">Several keywords.</exception>
    public static SearchOptions Read(SearchStatement statement, string text, OptionReader reader, SearchInput input)
    {
        if (input.Values is not [var keyword])
        {
            throw new QueryException(
                ErrorCode.NotSupported, "SEARCH IMAGE looks for one keyword at a time.", TextPosition.Of(text, input.Span.Start),
                "Join several searches with UNION ALL.");
        }

        var options = new SearchOptions(
            statement.Model!, reader.OptionalText("image_col"), PlainWord.Of(keyword), input.Span,
            reader.Text("result_col", "search_result"), reader.WholeNumberOrNone("top_k", null, 1, int.MaxValue),
            reader.Number("min_score", 0, 0, 1));
        SourceOptions.ReadIgnored(reader);
        reader.Complete();
        return options;
    }

    private static QueryException NoModel(SearchStatement statement, string text) => new(
        ErrorCode.UnknownModel, "SEARCH IMAGE needs a model.", TextPosition.Of(text, statement.Span.Start),
        "SEARCH IMAGE keyword='…' USING my_model AS SELECT * FROM …");

    private static QueryException NotSupported(SearchStatement statement, string text, string what) => new(
        ErrorCode.NotSupported,
        $"{what}{(statement.Model is { } model ? $" USING {model}" : "")} is not supported: this engine finds images by keyword or by picture.",
        TextPosition.Of(text, statement.Span.Start),
        "SEARCH IMAGE keyword='…' USING my_model AS SELECT * FROM …, or SEARCH IMAGE images='path/of/a/picture.jpg' USING …");
}
