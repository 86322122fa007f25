using System.Buffers;
using System.Text;

namespace ThanoSql.Query.Execution;

/// <summary>Reads one value, up to a limit.</summary>
internal static class CellText
{
    private const int Piece = 16_384;

    /// <returns>Null when the text has more than <paramref name="limit"/> characters.</returns>
    public static async Task<string?> ReadAsync(TextReader text, long limit, CancellationToken cancellation)
    {
        var piece = ArrayPool<char>.Shared.Rent(Piece);
        try
        {
            var count = await text.ReadBlockAsync(piece.AsMemory(0, Piece), cancellation);
            if (count > limit) return null;
            if (count < Piece) return new string(piece, 0, count);

            var whole = new StringBuilder().Append(piece, 0, count);
            while ((count = await text.ReadBlockAsync(piece.AsMemory(0, Piece), cancellation)) > 0)
            {
                whole.Append(piece, 0, count);
                if (whole.Length > limit) return null;
            }
            return whole.ToString();
        }
        finally
        {
            ArrayPool<char>.Shared.Return(piece);
        }
    }
}
