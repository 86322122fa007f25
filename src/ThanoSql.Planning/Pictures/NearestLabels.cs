namespace ThanoSql.Planning.Pictures;

/// <summary>
/// FUNCTION compute.similarity: labels rows by the embeddings of another table, often of <see cref="MeanVectors"/>: each row gets the label whose
/// embedding is nearest by cosine, or with <c>top_k</c> the list of the nearest ones, best first.
/// </summary>
internal static class NearestLabels
{
    private const string Label = "thanosql_label";
    private const string Vector = "thanosql_vector";
    private const long MostValues = 64_000_000; // of 4 bytes, of the other table
    private const int MostLabels = 1_000; // a row
    private const int MostAnswers = 5_000_000; // of all rows

    public static async Task<string> RewriteAsync(Session session, AppliedFunction function, CancellationToken cancellationToken)
    {
        var options = NearestLabelOptions.Read(session, function);
        var columns = await session.ColumnsAsync(function.Source, function.Scope, cancellationToken);
        KeptRows.RefuseTaken(session, function.Source, columns, [.. options.Results]);
        var rows = await function.KeepAsync(session, columns, cancellationToken);
        var column = await VectorColumn.OpenAsync(session, rows, options.Vectors.Column, session.At(options.Vectors.Span), cancellationToken);
        var (labels, type) = await LabelsAsync(session, options, cancellationToken);

        var table = session.NewName();
        await session.MakeAsync(table, "row bigint, rank bigint, label text, score real", cancellationToken);
        var answers = new List<object?[]>();
        var dimensions = labels.Count == 0 ? (int?)null : labels[0].Direction.Length;
        await foreach (var (row, _, vector) in column.ReadAsync(session, dimensions, beside: null, cancellationToken))
        {
            if (vector is not null)
                answers.AddRange(Nearest(row, Direction.Of(vector), labels, options.TopK));
            if (answers.Count > MostAnswers)
            {
                throw new QueryException(
                    ErrorCode.ResourceLimit, $"More than {MostAnswers:N0} labels come of it.", hint: "Ask with fewer rows, or a smaller top_k.");
            }
        }
        await session.AddAsync(table, answers, cancellationToken);
        var sql = Query(options, rows, table, type);
        if (options.StoreAs is { } store)
            await StoredRows.StoreAsync(session, store, sql, cancellationToken);
        return sql;
    }

    private static async Task<(List<(string? Label, float[] Direction)> Labels, string Type)> LabelsAsync(
        Session session, NearestLabelOptions options, CancellationToken cancellationToken)
    {
        var rows = new KeptRows(session.NewName(), [Label, Vector]);
        await KeepAsync(session, options, rows, cancellationToken);
        var column = await VectorColumn.OpenAsync(session, rows, Vector, session.At(options.LabelVectors.Span), cancellationToken);
        var labels = new List<(string?, float[])>();
        var values = 0L;
        await foreach (var (_, label, vector) in column.ReadAsync(session, dimensions: null, $"s.{Label}", cancellationToken))
        {
            if (vector is null || label is null)
                continue;
            if ((values += vector.Length) > MostValues)
            {
                throw new QueryException(
                    ErrorCode.ResourceLimit, $"The table {options.Table} has more than {labels.Count:N0} embeddings.", session.At(options.TableSpan),
                    "Give one for each label: FUNCTION compute.groupby_emb_mean.");
            }
            labels.Add((label, Direction.Of(vector)));
        }
        return (labels, await VectorColumn.TypeAsync(session, rows, Label, cancellationToken));
    }

    private static async Task KeepAsync(Session session, NearestLabelOptions options, KeptRows rows, CancellationToken cancellationToken)
    {
        var (label, vector) = (Identifier.Quote(options.LabelColumn.Column), Identifier.Quote(options.LabelVectors.Column));
        try
        {
            await session.KeepAsync(
                rows.Table, sql => sql.Add(
                    $"SELECT row_number() OVER () AS {KeptRows.Ordinal}, t.{label} AS {Label}, t.{vector} AS {Vector} FROM {options.Table} t"),
                cancellationToken);
        }
        catch (QueryException error) when (error.Position is null)
        {
            throw new QueryException(error.Code, error.Message, session.At(options.TableSpan), error.Hint, error);
        }
    }

    private static IEnumerable<object?[]> Nearest(long row, float[] direction, List<(string? Label, float[] Direction)> labels, int top)
    {
        var nearest = new PriorityQueue<int, float>(); // the farthest of the best first
        for (var i = 0; i < labels.Count; i++)
        {
            var similarity = Direction.Similarity(direction, labels[i].Direction);
            if (nearest.Count < top)
                nearest.Enqueue(i, similarity);
            else if (nearest.TryPeek(out _, out var worst) && similarity > worst)
                nearest.DequeueEnqueue(i, similarity);
        }
        return nearest.UnorderedItems.OrderByDescending(n => n.Priority).ThenBy(n => n.Element)
            .Select((n, rank) => (object?[])[row, (long)rank, labels[n.Element].Label, n.Priority]);
    }

    private static string Query(NearestLabelOptions options, KeptRows rows, string table, string type)
    {
        var (label, score, cast) = options.TopK == 1
            ? ("min(n.label)", "min(n.score)", type)
            : ("array_agg(n.label ORDER BY n.rank)", "array_agg(n.score ORDER BY n.rank)", $"{type}[]");
        var result = string.Join(", ", options.Results.Zip([$"g.label::{cast}", "g.score"], (name, value) => $"{value} AS {Identifier.Quote(name)}"));
        return $"SELECT {rows.List()}{result} FROM {rows.Table} s "
            + $"LEFT JOIN (SELECT n.row, {label} AS label, {score} AS score FROM {table} n GROUP BY n.row) g ON g.row = s.{KeptRows.Ordinal} "
            + $"ORDER BY s.{KeptRows.Ordinal}";
    }

    /// <param name="Vectors">The column of the rows' embeddings.</param>
    /// <param name="Table">Of the labels, as SQL writes it.</param>
    /// <param name="TableSpan">Where the statement names it.</param>
    /// <param name="LabelVectors">Its column of embeddings.</param>
    /// <param name="LabelColumn">Its column of labels.</param>
    /// <param name="TopK">Labels of a row.</param>
    /// <param name="Results">The column of labels, and that of their similarities where one is asked for.</param>
    /// <param name="StoreAs">The table that also keeps the result.</param>
    private sealed record NearestLabelOptions(
        VectorsOption Vectors, string Table, TextSpan TableSpan, VectorsOption LabelVectors, VectorsOption LabelColumn, int TopK,
        IReadOnlyList<string> Results, string? StoreAs)
    {
        public static NearestLabelOptions Read(Session session, AppliedFunction function)
        {
            var reader = function.Options;
            var table = function.Required(session, "src_table");
            var (result, score) = (reader.Text("result_col", "similarity_result"), reader.OptionalText("score_col"));
            var options = new NearestLabelOptions(
                function.Required(session, "emb_col"), string.Join('.', table.Column.Split('.', 2).Select(Identifier.Quote)), table.Span,
                function.Required(session, "src_emb_col"), function.Required(session, "src_label_col"),
                reader.WholeNumber("top_k", 1, 1, MostLabels), score is null ? [result] : [result, score], reader.OptionalText("table_name"));
            reader.Complete();
            return options;
        }
    }
}
