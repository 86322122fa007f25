using System.Buffers;
using System.Text;

namespace ThanoSql.Query.Execution;

/// <summary>Reads one value as PostgreSQL writes it: UTF-8 text.</summary>
internal static class CellText
{
    /// <param name="value">Knows its length before it is read, so that one of a gigabyte is never held.</param>
    /// <param name="limit">Bytes.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>Null when the value is longer than <paramref name="limit"/>.</returns>
    public static async ValueTask<string?> ReadAsync(Stream value, long limit, CancellationToken cancellationToken)
    {
        if (value.Length > limit)
            return null;
        var bytes = ArrayPool<byte>.Shared.Rent((int)value.Length);
        try
        {
            var text = bytes.AsMemory(0, (int)value.Length);
            await value.ReadExactlyAsync(text, cancellationToken);
            return Encoding.UTF8.GetString(text.Span);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
