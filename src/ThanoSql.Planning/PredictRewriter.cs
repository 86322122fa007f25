namespace ThanoSql.Planning;

/// <summary>PREDICT: the model's own best label per row, regardless of human labels and thresholds; NULL for an image that cannot be read.</summary>
internal static class PredictRewriter
{
    public static async Task<string> RewriteAsync(
        Session session, PredictStatement statement, StatementPlace place, CommonTable? scope, CancellationToken cancellationToken)
    {
        var options = PredictOptions.Read(statement, session.Draft.Text);
        var source = await AnsweredSource.OpenAsync(
            session, statement, statement.Model, new(options.ImageColumn, Rows: options.StoreAs is null ? SourceRows.Streamed : SourceRows.Kept),
            scope, cancellationToken);
        var columns = PredictColumns.Of(session, statement, place, source, options.ResultColumn);
        var result = Identifier.Quote(columns.Result);
        if (source.Table is null)
        {
            var direct = session.Draft.Compose()
                .Add($"SELECT {columns.List("s")}, {source.BestOf("s", session)} AS {result} FROM ");
            return SourceText.AddTo(direct, statement.Source, scope).Add(" AS s").Build().Sql;
        }

        var kept = $"SELECT {columns.List("s")}, s.{AnsweredSource.BestLabel} AS {result} FROM {source.Table} s {AnsweredSource.OrderBy}";
        if (options.StoreAs is { } table)
            await StoredRows.StoreAsync(session, table, kept, cancellationToken);
        return kept;
    }
}

/// <summary>
/// The columns that PREDICT gives: all of the source and a result column; until October 2022 the image column and <c>predicted</c> alone, where the
/// statement is a request of its own.
/// </summary>
internal sealed record PredictColumns(IReadOnlyList<string> Kept, string Result)
{
    public const string OldResult = "predicted";
    public const string NewResult = "predict_result";

    /// <exception cref="QueryException">The source already has a column of the result's name.</exception>
    public static PredictColumns Of(
        Session session, PredictStatement statement, StatementPlace place, AnsweredSource source, string? resultColumn)
    {
        var isNew = resultColumn is not null || source.Model.Dialect == ModelDialect.New;
        var columns = new PredictColumns(
            isNew || place != StatementPlace.TopLevel ? source.Columns : [source.ImageColumn],
            resultColumn ?? (isNew ? NewResult : OldResult));
        if (!columns.Kept.Contains(columns.Result))
            return columns;
        throw new QueryException(
            ErrorCode.ColumnExists, $"The source already has a column '{columns.Result}'.", session.At(statement.Source.Span),
            "Choose another name: OPTIONS (result_col='…').");
    }

    public string List(string alias) => string.Join(", ", Kept.Select(c => $"{alias}.{Identifier.Quote(c)}"));
}

/// <summary>
/// The options of PREDICT in all generations. <c>batch_size</c> and <c>input_size</c> are read and ignored: answers come from the model's own
/// embedding space.
/// </summary>
/// <param name="ImageColumn">Null for the model's own.</param>
/// <param name="ResultColumn">Null for the dialect's.</param>
/// <param name="StoreAs">The table that also keeps the result (2023).</param>
internal sealed record PredictOptions(string? ImageColumn, string? ResultColumn, string? StoreAs)
{
    public static PredictOptions Read(PredictStatement statement, string text)
    {
        var reader = new OptionReader(text, statement);
        var options = new PredictOptions(reader.OptionalText("image_col"), reader.OptionalText("result_col"), reader.OptionalText("table_name"));
        SourceOptions.ReadIgnored(reader);
        reader.Complete();
        return options;
    }
}
