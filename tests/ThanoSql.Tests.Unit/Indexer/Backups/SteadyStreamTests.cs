using ThanoSql.Indexer.Backups;

namespace ThanoSql.Tests.Unit.Indexer.Backups;

/// <summary>A file that a server writes while it is copied.</summary>
public sealed class SteadyStreamTests
{
    [Theory]
    [InlineData(new byte[] { 1, 2, 3 }, new byte[] { 1, 2, 3 })]
    [InlineData(new byte[] { 1, 2, 3, 4, 5 }, new byte[] { 1, 2, 3 })]
    [InlineData(new byte[] { 1 }, new byte[] { 1, 0, 0 })]
    [InlineData(new byte[] { }, new byte[] { 0, 0, 0 })]
    public async Task It_keeps_the_length_that_it_had(byte[] later, byte[] read)
    {
        using var file = new MemoryStream();
        file.Write([1, 2, 3]);
        await using var steady = new SteadyStream(file, new Progress<long>());
        file.SetLength(0);
        file.Write(later);
        file.Position = 0;

        using var copy = new MemoryStream();
        await steady.CopyToAsync(copy, TestContext.Current.CancellationToken);

        copy.ToArray().ShouldBe(read);
        steady.Length.ShouldBe(3);
    }
}
