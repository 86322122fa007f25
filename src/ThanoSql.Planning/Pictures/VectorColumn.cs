using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ThanoSql.Planning.Pictures;

/// <summary>
/// A column of embeddings among rows that were kept: float32 little-endian in <c>bytea</c>, as CONVERT gives them, or an array of numbers.
/// </summary>
internal sealed class VectorColumn
{
    private static readonly string[] Arrays = ["real[]", "double precision[]", "numeric[]"];

    private readonly KeptRows _rows;
    private readonly string _column;
    private readonly TextPosition _at;

    private VectorColumn(KeptRows rows, string column, TextPosition at, bool isBytes) => (_rows, _column, _at, IsBytes) = (rows, column, at, isBytes);

    public bool IsBytes { get; }

    /// <summary>Of a vector column of the same kind.</summary>
    public string Type => IsBytes ? "bytea" : "real[]";

    /// <summary>A vector as <see cref="Type"/> holds it.</summary>
    public object Value(float[] vector) => IsBytes ? MemoryMarshal.AsBytes<float>(vector).ToArray() : vector;

    /// <param name="session">The request.</param>
    /// <param name="rows">With the column.</param>
    /// <param name="column">Its name.</param>
    /// <param name="at">Where the statement names it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="QueryException">There is none of that name, or its type holds no vectors.</exception>
    public static async Task<VectorColumn> OpenAsync(
        Session session, KeptRows rows, string column, TextPosition at, CancellationToken cancellationToken)
    {
        RequireColumn(rows.Columns, column, "emb_col", at);
        var type = await TypeAsync(session, rows, column, cancellationToken);
        if (type != "bytea" && !Arrays.Contains(type))
        {
            throw new QueryException(
                ErrorCode.UnusableVector, $"The column '{column}' holds no embeddings: it is of type {type}.", at,
                $"CONVERT makes bytea; also good are {string.Join(", ", Arrays)}.");
        }
        return new VectorColumn(rows, column, at, type == "bytea");
    }

    /// <exception cref="QueryException">The source has no such column; the message lists those that it has.</exception>
    public static void RequireColumn(IReadOnlyList<string> columns, string column, string option, TextPosition at)
    {
        if (columns.Contains(column))
            return;
        throw new QueryException(
            ErrorCode.UnknownColumn, $"The source has no column '{column}'; its columns are: {string.Join(", ", columns)}.", at,
            $"Name one of them: OPTIONS ({option}='…').");
    }

    /// <summary>The type of a column as SQL spells it.</summary>
    public static async Task<string> TypeAsync(Session session, KeptRows rows, string column, CancellationToken cancellationToken) =>
        (await session.RowsAsync<string>(
            "SELECT pg_catalog.format_type(atttypid, atttypmod) FROM pg_catalog.pg_attribute "
            + $"WHERE attrelid = '{rows.Table}'::pg_catalog.regclass AND attname = {Identifier.Literal(column)}",
            cancellationToken)).Single();

    /// <summary>All rows in order; without vector where it is NULL or all zero, which is like nothing.</summary>
    /// <param name="session">The request; its connection is taken until the last row.</param>
    /// <param name="dimensions">Values that each must have; null: as many as the first.</param>
    /// <param name="beside">An expression over a row s that is read as text, too; null for none.</param>
    /// <param name="cancellationToken">Ends reading.</param>
    /// <exception cref="QueryException">A vector of another length, or with a value that is no finite number.</exception>
    public async IAsyncEnumerable<(long Row, string? Beside, float[]? Vector)> ReadAsync(
        Session session, int? dimensions, string? beside, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var vector = $"s.{Identifier.Quote(_column)}";
        var values = IsBytes ? $"{vector}, 1" : $"{vector}::real[], coalesce(array_ndims({vector}), 1)";
        var sql = $"SELECT s.{KeptRows.Ordinal}, ({beside ?? "NULL"})::text, {values} FROM {_rows.Table} s ORDER BY 1";
        await foreach (var row in session.ReadAsync(sql, cancellationToken))
        {
            var number = row.GetInt64(0);
            var read = row.IsDBNull(2) ? null : IsBytes ? Bytes(row, number) : Numbers(row, number);
            if (read is not null)
            {
                dimensions ??= read.Length;
                CheckLength(number, read.Length, dimensions.Value);
            }
            yield return (number, row.IsDBNull(1) ? null : row.GetString(1), Checked(read, number));
        }
    }

    private float[] Bytes(NpgsqlDataReader row, long number)
    {
        var bytes = row.GetFieldValue<byte[]>(2);
        return bytes.Length % sizeof(float) == 0
            ? MemoryMarshal.Cast<byte, float>(bytes).ToArray()
            : throw Unusable(number, $"has {bytes.Length} bytes, which are no float32 numbers");
    }

    private float[] Numbers(NpgsqlDataReader row, long number)
    {
        if (row.GetInt32(3) != 1)
            throw Unusable(number, $"has {row.GetInt32(3)} dimensions: a vector is a plain list of numbers");
        return [.. row.GetFieldValue<float?[]>(2).Select(value => value ?? throw Unusable(number, "has a NULL among its numbers"))];
    }

    private void CheckLength(long number, int length, int dimensions)
    {
        if (length != dimensions || length == 0)
            throw Unusable(number, $"has {length} numbers, where {dimensions} are needed: was it made by another model?");
    }

    private float[]? Checked(float[]? vector, long number)
    {
        if (vector is null)
            return null;
        var largest = TensorPrimitives.MaxMagnitude<float>(vector);
        if (!float.IsFinite(largest))
            throw Unusable(number, "has a value that is no finite number (NaN or infinite)");
        return largest == 0 ? null : vector;
    }

    private QueryException Unusable(long number, string why) => new(
        ErrorCode.UnusableVector, string.Create(CultureInfo.InvariantCulture, $"Row {number} of the source: its '{_column}' {why}."), _at,
        "Make the embeddings anew: CONVERT USING my_model AS SELECT * FROM …");
}
