using Amazon.Runtime;

namespace ThanoSql.Storage;

/// <summary>
/// Turns a body that ends early, stalls or arrives damaged into a transient error: half an image must never be taken for a broken one.
/// </summary>
/// <param name="inner">The body; owned, and closed with its last byte.</param>
/// <param name="path">Named in errors.</param>
/// <param name="length">Bytes that the store announced.</param>
/// <param name="patience">How long one read may take.</param>
internal sealed class AnnouncedLengthStream(Stream inner, ObjectPath path, long length, TimeSpan patience) : Stream
{
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position { get => _position; set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_position == length)
            return 0;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(patience);
        try
        {
            var wanted = buffer[..(int)Math.Min(buffer.Length, length - _position)];
            var count = await inner.ReadAsync(wanted, limit.Token).ConfigureAwait(false);
            _position += count;
            if (count == 0 && wanted.Length > 0)
                throw new TruncatedObjectException(path, length, _position);
            if (_position == length)
                await inner.DisposeAsync().ConfigureAwait(false); // S3's client compares the content with its MD5 when it closes the body
            return count;
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TruncatedObjectException(path, length, _position, exception);
        }
        catch (IOException exception)
        {
            throw new TruncatedObjectException(path, length, _position, exception);
        }
        catch (AmazonClientException exception)
        {
            throw new StoreUnavailableException($"{path} arrived damaged: {exception.Message}", exception);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        if (_position < length || length == 0)
            await inner.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && (_position < length || length == 0))
            inner.Dispose();
        base.Dispose(disposing);
    }
}
