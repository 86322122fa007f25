using System.Security.Cryptography;
using System.Text;

namespace ThanoSql.Indexer.Backups;

/// <summary>
/// The last bytes of an archive: an empty member of gzip (RFC 1952) whose comment is the SHA-256 of all bytes before it. Any <c>tar</c> still reads
/// the archive, and one byte that is missing, added or altered shows. It guards against disks and transfers, not against somebody who seals anew.
/// </summary>
internal static class Seal
{
    private const int Block = 1 << 20;

    // Identification, deflate, a comment follows, no time, fastest, Unix
    private static readonly byte[] Head = [0x1f, 0x8b, 8, 0x10, 0, 0, 0, 0, 4, 3, .. "thanosql backup, SHA-256 "u8];

    // The comment's end, one empty block, and checksum and length of nothing
    private static readonly byte[] Foot = [0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>Bytes that a seal has.</summary>
    public static int Length { get; } = Head.Length + (2 * SHA256.HashSizeInBytes) + Foot.Length;

    /// <param name="sha256">Of all bytes before.</param>
    public static byte[] Of(ReadOnlySpan<byte> sha256) => [.. Head, .. Encoding.ASCII.GetBytes(Convert.ToHexStringLower(sha256)), .. Foot];

    /// <summary>Reads a file to its end.</summary>
    /// <param name="archive">At its begin; it is left at its end.</param>
    /// <param name="progress">Told of bytes as they are read.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>Whether its last bytes are the seal of those before.</returns>
    public static async Task<bool> IsWholeAsync(Stream archive, IProgress<long> progress, CancellationToken cancellationToken)
    {
        var sealedBytes = archive.Length - Length;
        if (sealedBytes < 0)
            return false;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var block = new byte[Block];
        for (var left = sealedBytes; left > 0;)
        {
            var read = await archive.ReadAsync(block.AsMemory(0, (int)Math.Min(left, Block)), cancellationToken);
            if (read == 0)
                return false; // it shrinks
            hash.AppendData(block.AsSpan(0, read));
            progress.Report(read);
            left -= read;
        }
        var seal = new byte[Length];
        return await archive.ReadAtLeastAsync(seal, Length, throwOnEndOfStream: false, cancellationToken) == Length
            && seal.AsSpan().SequenceEqual(Of(hash.GetHashAndReset()));
    }
}
