using System.Numerics.Tensors;

namespace ThanoSql.Planning.Pictures;

/// <summary>
/// FUNCTION compute.groupby_emb_mean: one row for each label, with the mean of its embeddings, in the order in which labels first come. Rows without
/// label or embedding do not count.
/// </summary>
internal static class MeanVectors
{
    private const long MostValues = 32_000_000; // of 8 bytes, held at once

    public static async Task<string> RewriteAsync(Session session, AppliedFunction function, CancellationToken cancellationToken)
    {
        var (labels, vectors) = (function.Required(session, "label_col"), function.Required(session, "emb_col"));
        var result = function.Options.Text("result_col", "emb_mean_result");
        var store = function.Options.OptionalText("table_name");
        function.Options.Complete();

        var columns = await session.ColumnsAsync(function.Source, function.Scope, cancellationToken);
        VectorColumn.RequireColumn(columns, labels.Column, "label_col", session.At(labels.Span));
        KeptRows.RefuseTaken(session, function.Source, [labels.Column], result);
        var rows = await function.KeepAsync(session, columns, cancellationToken);
        var column = await VectorColumn.OpenAsync(session, rows, vectors.Column, session.At(vectors.Span), cancellationToken);
        var sums = await SumsAsync(session, column, labels.Column, cancellationToken);

        var table = session.NewName();
        await session.MakeAsync(table, $"row bigint, vector {column.Type}", cancellationToken);
        await session.AddAsync(table, sums.Select(s => (object?[])[s.FirstRow, column.Value(s.Mean())]), cancellationToken);
        var sql = $"SELECT s.{Identifier.Quote(labels.Column)}, m.vector AS {Identifier.Quote(result)} "
            + $"FROM {table} m JOIN {rows.Table} s ON s.{KeptRows.Ordinal} = m.row ORDER BY m.row";
        if (store is not null)
            await StoredRows.StoreAsync(session, store, sql, cancellationToken);
        return sql;
    }

    private static async Task<IReadOnlyCollection<Sum>> SumsAsync(
        Session session, VectorColumn column, string label, CancellationToken cancellationToken)
    {
        var sums = new Dictionary<string, Sum>();
        var values = 0L;
        await foreach (var (row, name, vector) in column.ReadAsync(session, dimensions: null, $"s.{Identifier.Quote(label)}", cancellationToken))
        {
            if (name is null || vector is null)
                continue;
            if (!sums.TryGetValue(name, out var sum))
            {
                sums.Add(name, sum = new Sum(row, new double[vector.Length]));
                if ((values += vector.Length) > MostValues)
                    throw new QueryException(ErrorCode.ResourceLimit, $"The source has more than {sums.Count:N0} labels.", hint: "Group by fewer.");
            }
            sum.Add(vector);
        }
        return [.. sums.Values.OrderBy(s => s.FirstRow)];
    }

    private sealed class Sum(long firstRow, double[] total)
    {
        private readonly double[] _wide = new double[total.Length];
        private long _count;

        public long FirstRow => firstRow;

        public void Add(float[] vector)
        {
            TensorPrimitives.ConvertTruncating<float, double>(vector, _wide);
            TensorPrimitives.Add(total, _wide, total);
            _count++;
        }

        public float[] Mean()
        {
            var mean = new float[total.Length];
            TensorPrimitives.Divide(total, _count, total);
            TensorPrimitives.ConvertTruncating<double, float>(total, mean);
            return mean;
        }
    }
}
