using ThanoSql.Storage.Unicode;
using ThanoSql.Vision.Heads;

namespace ThanoSql.Planning;

/// <summary>
/// EVALUATE: how often the model's own best label is the one in the label column, one metric per row. Rows without label or answer do not count.
/// Each metric has two further rows: between which values it lies at 95 %, by a <see cref="Bootstrap"/>.
/// </summary>
internal static class EvaluateRewriter
{
    public static async Task<string> RewriteAsync(
        Session session, EvaluateStatement statement, CommonTable? scope, CancellationToken cancellationToken)
    {
        var options = EvaluateOptions.Read(statement, session.Draft.Text);
        var source = await AnsweredSource.OpenAsync(
            session, statement, statement.Model, new(options.ImageColumn, Rows: SourceRows.Kept), scope, cancellationToken);
        var label = options.LabelColumn ?? source.Model.LabelColumn;
        if (!source.Columns.Contains(label))
        {
            throw new QueryException(
                ErrorCode.UnknownColumn,
                $"The source of EVALUATE has no label column '{label}'; its columns are: {string.Join(", ", source.Columns)}.",
                session.At(statement.Source.Span), "Name the column that holds the true labels: OPTIONS (label_col='…').");
        }

        var rows = await RowsAsync(session, source, Identifier.Quote(label), cancellationToken);
        if (rows.Count == 0)
        {
            throw new QueryException(
                ErrorCode.EmptySource, "EVALUATE found no row with both a label and a readable image.", session.At(statement.Source.Span),
                "Why images failed: SELECT * FROM thanosql.failures");
        }
        return Rows(EvaluationEstimates.Of(rows, cancellationToken), source.Model.Dialect);
    }

    private static async Task<IReadOnlyList<JudgedRow>> RowsAsync(
        Session session, AnsweredSource source, string truth, CancellationToken cancellationToken)
    {
        var rows = await session.RowsAsync<(string Truth, string[] Labels, float Score)>(
            $"SELECT s.{truth}::text, b.labels, b.score "
            + $"FROM {source.Table} s CROSS JOIN LATERAL {source.BestLabelsOf("s", EvaluationEstimates.Best, session)} b "
            + $"WHERE s.{truth} IS NOT NULL AND b.labels IS NOT NULL",
            cancellationToken);
        var known = source.Model.Labels.ToHashSet();
        var spellings = source.Model.Labels.ToLookup(LabelForm.Of);
        string Known(string label) => known.Contains(label) ? label : spellings[LabelForm.Of(label)].FirstOrDefault(label);
        return [.. rows.Select(r => new JudgedRow(Known(PlainWord.Of(r.Truth)), r.Labels, r.Score))];
    }

    private static string Rows(EvaluationEstimates found, ModelDialect dialect)
    {
        (string Name, Estimate Figure)[] figures =
        [
            ("Accuracy", found.Accuracy), ("macro-Recall", found.MacroRecall), ("macro-Precision", found.MacroPrecision),
            ("macro-f1-score", found.MacroF1), ("top-3-Accuracy", found.Top3), ("calibration-error", found.CalibrationError),
        ];
        // Published clients know the first four rows; what is new comes after them
        List<(string Name, double Value)> metrics = [.. figures.Select(f => (f.Name, f.Figure.Value))];
        foreach (var (metric, figure) in figures)
            metrics.AddRange([($"{metric}-low", figure.Low), ($"{metric}-high", figure.High)]);
        var rows = metrics.Select((m, i) => string.Create(CultureInfo.InvariantCulture, $"({i}, '{m.Name}', {m.Value:F6}::float8)"));
        var (name, value) = dialect == ModelDialect.Old ? ("metrics", "value") : ("metric", "score");
        return $"SELECT m.{name}, m.{value} FROM (VALUES {string.Join(", ", rows)}) AS m(i, {name}, {value}) ORDER BY m.i";
    }
}

/// <summary>The options of EVALUATE; null for the columns of the model's BUILD.</summary>
internal sealed record EvaluateOptions(string? ImageColumn, string? LabelColumn)
{
    public static EvaluateOptions Read(EvaluateStatement statement, string text)
    {
        var reader = new OptionReader(text, statement);
        var options = new EvaluateOptions(reader.OptionalText("image_col"), reader.OptionalText("label_col"));
        SourceOptions.ReadIgnored(reader);
        reader.Complete();
        return options;
    }
}
