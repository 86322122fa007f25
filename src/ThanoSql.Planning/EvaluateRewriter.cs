using ThanoSql.Storage.Unicode;
using ThanoSql.Vision.Heads;

namespace ThanoSql.Planning;

/// <summary>
/// EVALUATE: how often the model's own best label is the one in the label column, one metric per row. Rows without label or answer do not count.
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

        var truth = Identifier.Quote(label);
        var pairs = await session.RowsAsync<(string First, string Second)>(
            $"SELECT {truth}::text, {AnsweredSource.BestLabel} FROM {source.Table} "
            + $"WHERE {truth} IS NOT NULL AND {AnsweredSource.BestLabel} IS NOT NULL",
            cancellationToken);
        if (pairs.Count == 0)
        {
            throw new QueryException(
                ErrorCode.EmptySource, "EVALUATE found no row with both a label and a readable image.", session.At(statement.Source.Span),
                "Why images failed: SELECT * FROM thanosql.failures");
        }
        var truths = pairs.Select(p => PlainWord.Of(p.First)).ToList();
        return Rows(Evaluation.Of(source.Model.Labels, truths, [.. pairs.Select(p => p.Second)]), source.Model.Dialect);
    }

    private static string Rows(Evaluation evaluation, ModelDialect dialect)
    {
        (string Name, double Value)[] metrics =
        [
            ("Accuracy", evaluation.Accuracy), ("macro-Recall", evaluation.MacroRecall), ("macro-Precision", evaluation.MacroPrecision),
            ("macro-f1-score", evaluation.MacroF1),
        ];
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
