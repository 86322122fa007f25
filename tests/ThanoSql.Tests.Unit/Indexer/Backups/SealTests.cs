using System.IO.Compression;
using System.Security.Cryptography;
using ThanoSql.Indexer.Backups;

namespace ThanoSql.Tests.Unit.Indexer.Backups;

public sealed class SealTests
{
    private static readonly byte[] Whole = Sealed("thirty-two bytes, more or less, of nothing"u8);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_with_its_seal_is_whole_and_still_gzip()
    {
        (await IsWholeAsync(Whole)).ShouldBeTrue();

        await using var gzip = new GZipStream(new MemoryStream(Whole), CompressionMode.Decompress);
        using var text = new StreamReader(gzip);
        (await text.ReadToEndAsync(Cancellation)).ShouldBe("thirty-two bytes, more or less, of nothing");
    }

    [Fact]
    public async Task Each_byte_that_is_altered_missing_or_more_shows()
    {
        for (var i = 0; i < Whole.Length; i++)
        {
            (await IsWholeAsync([.. Whole[..i], (byte)(Whole[i] ^ 1), .. Whole[(i + 1)..]])).ShouldBeFalse($"altered at {i}");
            (await IsWholeAsync(Whole[..i])).ShouldBeFalse($"cut off at {i}");
            (await IsWholeAsync([.. Whole[..i], 0, .. Whole[i..]])).ShouldBeFalse($"longer at {i}");
        }
        (await IsWholeAsync([.. Whole, .. Whole])).ShouldBeFalse("twice");
    }

    private static byte[] Sealed(ReadOnlySpan<byte> text)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(text);
        return [.. bytes.ToArray(), .. Seal.Of(SHA256.HashData(bytes.ToArray()))];
    }

    private static Task<bool> IsWholeAsync(byte[] file) => Seal.IsWholeAsync(new MemoryStream(file), new Progress<long>(), Cancellation);
}
