using ThanoSql.Storage;
using ThanoSql.Storage.S3;

namespace ThanoSql.Tests.Unit.Storage;

/// <summary>Counts what the whole process allocates, so it runs alone.</summary>
[CollectionDefinition(nameof(S3StoreMemoryTests), DisableParallelization = true)]
[Collection(nameof(S3StoreMemoryTests))]
public sealed class S3StoreMemoryTests
{
    private const long Size = 256 << 20;
    private const long Limit = 64 << 20;

    [Fact]
    public async Task A_body_of_unknown_length_is_never_held_in_memory()
    {
        await using var server = await ScriptedServer.StartAsync(context =>
        {
            context.Response.Headers.ETag = "\"of-a-whole\"";
            return Task.CompletedTask;
        });
        using var store = new S3Store(
            new S3StoreOptions { Endpoint = server.Address, AccessKey = "key", SecretKey = "secret" }, TimeProvider.System);
        var before = GC.GetTotalAllocatedBytes(precise: true);

        var written = await store.WriteAsync(new ObjectPath("shop", "big.bin"), new Zeros(), null, TestContext.Current.CancellationToken);

        written.Size.ShouldBe(Size);
        server.Requests.ShouldHaveSingleItem().Method.ShouldBe("PUT");
        (GC.GetTotalAllocatedBytes(precise: true) - before).ShouldBeLessThan(Limit);
    }

    private sealed class Zeros : Stream
    {
        private long _left = Size;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = (int)Math.Min(buffer.Length, _left);
            buffer.Span[..count].Clear();
            _left -= count;
            return ValueTask.FromResult(count);
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
