using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace ThanoSql.Catalog.Keywords;

/// <summary>Rows of <c>thanosql.keyword</c> in PostgreSQL's binary COPY format: version_id, content_id, rank, keyword, score.</summary>
/// <remarks>PostgreSQL's manual, COPY, "Binary Format": big-endian; before each value its length in bytes.</remarks>
public static class KeywordRows
{
    // Of a row without its keyword: the number of columns, five lengths, two bigint, a smallint and a real
    private const int Fixed = 2 + (5 * 4) + (2 * 8) + 2 + 4;

    // Signature, flags, length of the header's extension
    internal static ReadOnlyMemory<byte> Header { get; } = new([.. "PGCOPY\n"u8, 0xFF, .. "\r\n\0"u8, 0, 0, 0, 0, 0, 0, 0, 0]);

    // A number of columns that no row has
    internal static ReadOnlyMemory<byte> Trailer { get; } = new([0xFF, 0xFF]);

    /// <summary>Rows of one version.</summary>
    public static ReadOnlyMemory<byte> Of(long versionId, IEnumerable<KeywordRow> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var buffer = new ArrayBufferWriter<byte>(1 << 16);
        foreach (var row in rows)
        {
            var longest = Encoding.UTF8.GetMaxByteCount(row.Keyword.Length);
            buffer.Advance(Write(buffer.GetSpan(Fixed + longest), versionId, row));
        }
        return buffer.WrittenMemory;
    }

    /// <returns>Bytes written.</returns>
    private static int Write(Span<byte> at, long versionId, KeywordRow row)
    {
        BinaryPrimitives.WriteInt16BigEndian(at, 5);
        BinaryPrimitives.WriteInt32BigEndian(at[2..], sizeof(long));
        BinaryPrimitives.WriteInt64BigEndian(at[6..], versionId);
        BinaryPrimitives.WriteInt32BigEndian(at[14..], sizeof(long));
        BinaryPrimitives.WriteInt64BigEndian(at[18..], row.ContentId);
        BinaryPrimitives.WriteInt32BigEndian(at[26..], sizeof(short));
        BinaryPrimitives.WriteInt16BigEndian(at[30..], (short)row.Rank);
        var length = Encoding.UTF8.GetBytes(row.Keyword, at[36..]);
        BinaryPrimitives.WriteInt32BigEndian(at[32..], length);
        BinaryPrimitives.WriteInt32BigEndian(at[(36 + length)..], sizeof(float));
        BinaryPrimitives.WriteSingleBigEndian(at[(40 + length)..], row.Score);
        return Fixed + length;
    }
}
