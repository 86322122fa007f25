using System.Buffers;
using System.Data;
using ThanoSql.Language.Lexing;

namespace ThanoSql.Query.Execution;

/// <summary>Runs a user's SQL and reads its result, as far as the limits go.</summary>
internal static class ResultReader
{
    /// <param name="connection">Of a user's role.</param>
    /// <param name="plan">Whatever it is: the role decides what it may do.</param>
    /// <param name="readsOnly">Whether the statement may be cancelled when the result is long enough; one that writes is read to its end.</param>
    /// <param name="most">How much is kept.</param>
    /// <param name="cancellationToken">Cancels it on the server.</param>
    /// <returns>Null when a check of the plan does not hold.</returns>
    public static async Task<ResultSet?> RunAsync(
        NpgsqlConnection connection, PlannedQuery plan, bool readsOnly, ResultSize most, CancellationToken cancellationToken)
    {
        if (!await plan.HoldsAsync(connection, cancellationToken))
            return null;
        await using var command = Command(connection, plan.Sql.Sql);
        await using var reader = await command.ExecuteReaderAsync(CommandBehavior.SequentialAccess, cancellationToken);
        var columns = Columns(reader);
        var shapes = columns.ConvertAll(PostgresTypes.ShapeOf);
        var rows = new List<string?[]>();
        var left = most.Megabytes * 1_000_000L;
        var cut = ResultCut.None;
        while (await reader.ReadAsync(cancellationToken))
        {
            if (cut != ResultCut.None)
                continue;
            if (rows.Count == most.Rows)
            {
                cut = ResultCut.Rows;
            }
            else
            {
                (var row, left) = await RowAsync(reader, shapes, left, cancellationToken);
                if (row is null)
                    cut = ResultCut.Bytes;
                else
                    rows.Add(row);
            }
            if (cut == ResultCut.None || !readsOnly)
                continue;
            await StopAsync(command, reader);
            break;
        }
        if (!reader.IsClosed)
            await reader.CloseAsync();
        return new ResultSet(
            columns.Count == 0 ? null : new ResultTable(columns, rows, cut), reader.RecordsAffected < 0 ? null : reader.RecordsAffected);
    }

    // Values come as PostgreSQL writes them, so no type of the user's is unknown to us. The parameter is there to be unused: a text with one goes to
    // the server whole, which refuses several statements in it; without one Npgsql would cut it at each semicolon and run the pieces.
    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql)
    {
        if (sql.Contains('$', StringComparison.Ordinal))
            RefuseParameters(sql);
        return new NpgsqlCommand(sql, connection)
        {
            AllResultTypesAreUnknown = true,
            CommandTimeout = 0,
            Parameters = { new NpgsqlParameter<bool> { TypedValue = true } },
        };
    }

    // As the server does where there are none.
    private static void RefuseParameters(string sql)
    {
        for (var token = SqlLexer.Next(sql, 0); token.Kind != TokenKind.End; token = SqlLexer.Next(sql, token.Span.End))
        {
            if (token.Kind == TokenKind.Parameter)
            {
                throw new PostgresException(
                    $"there is no parameter {token.Characters(sql)}", "ERROR", "ERROR", PostgresErrorCodes.UndefinedParameter,
                    position: sql[..token.Span.Start].EnumerateRunes().Count() + 1);
            }
        }
    }

    /// <summary>The columns of the result that a reader is at.</summary>
    public static List<ResultColumn> Columns(NpgsqlDataReader reader) =>
        [.. Enumerable.Range(0, reader.FieldCount)
            .Select(i => new ResultColumn(reader.GetName(i), reader.GetDataTypeOID(i), reader.GetDataTypeName(i)))];

    // No row when it is larger than what is left.
    private static async Task<(string?[]? Row, long Left)> RowAsync(
        NpgsqlDataReader reader, List<JsonShape> shapes, long left, CancellationToken cancellationToken)
    {
        var row = new string?[shapes.Count];
        left -= EncodedSize.Nothing * (1L + shapes.Count);
        for (var i = 0; i < row.Length; i++)
        {
            if (await reader.IsDBNullAsync(i, cancellationToken))
                continue;
            await using var value = await reader.GetStreamAsync(i, cancellationToken);
            if (await CellText.ReadAsync(value, shapes[i], left, cancellationToken) is not { } cell)
                return (null, 0);
            row[i] = cell.Text;
            left -= cell.Size;
        }
        return left < 0 ? (null, 0) : (row, left);
    }

    private static async Task StopAsync(NpgsqlCommand command, NpgsqlDataReader reader)
    {
        command.Cancel();
        try
        {
            await reader.CloseAsync();
        }
        catch (PostgresException stopped) when (stopped.SqlState == PostgresErrorCodes.QueryCanceled)
        {
            // as asked
        }
    }
}

/// <summary>How much of a result is kept.</summary>
/// <param name="Megabytes">As it would be sent, escapes and all.</param>
internal readonly record struct ResultSize(int Rows, int Megabytes)
{
    public static ResultSize Of(QueryLimits limits) => new(limits.Rows, limits.Megabytes);

    public ResultSize AtMost(ResultSize other) => new(Math.Min(Rows, other.Rows), Math.Min(Megabytes, other.Megabytes));
}

/// <param name="Table">Null for a statement without rows.</param>
/// <param name="Affected">Rows written; null for a statement that writes none.</param>
internal sealed record ResultSet(ResultTable? Table, long? Affected);

/// <summary>Reads one value as PostgreSQL writes it: UTF-8 text.</summary>
internal static class CellText
{
    /// <param name="value">Knows its length before it is read, so that one of a gigabyte is never held.</param>
    /// <param name="shape">How it will be written.</param>
    /// <param name="limit">Bytes of the reply.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>With the bytes that it takes in the reply; null when those are more than <paramref name="limit"/>.</returns>
    public static async ValueTask<(string Text, long Size)?> ReadAsync(
        Stream value, JsonShape shape, long limit, CancellationToken cancellationToken)
    {
        if (value.Length > limit)
            return null;
        var bytes = ArrayPool<byte>.Shared.Rent((int)value.Length);
        try
        {
            var text = bytes.AsMemory(0, (int)value.Length);
            await value.ReadExactlyAsync(text, cancellationToken);
            var size = EncodedSize.Of(text.Span, shape);
            return size > limit ? null : (Encoding.UTF8.GetString(text.Span), size);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
