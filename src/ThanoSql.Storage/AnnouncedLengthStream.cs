using System.Security.Cryptography;

namespace ThanoSql.Storage;

/// <summary>
/// Turns a body that ends early, stalls or arrives damaged into a transient error: half an image must never be taken for a broken one.
/// </summary>
/// <param name="inner">The body; owned, and closed with its last byte.</param>
/// <param name="path">Named in errors.</param>
/// <param name="length">Bytes that the store announced.</param>
/// <param name="patience">How long one read may take.</param>
/// <param name="md5">Of the whole content, in hexadecimal digits; null when it is not known.</param>
internal sealed class AnnouncedLengthStream(Stream inner, ObjectPath path, long length, TimeSpan patience, string? md5 = null) : Stream
{
    private readonly IncrementalHash? _hash = md5 is null ? null : IncrementalHash.CreateHash(HashAlgorithmName.MD5);
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
            // A file's read cannot be cancelled
            var count = await inner.ReadAsync(wanted, limit.Token).AsTask().WaitAsync(limit.Token).ConfigureAwait(false);
            _position += count;
            if (count == 0 && wanted.Length > 0)
                throw new TruncatedObjectException(path, length, _position);
            _hash?.AppendData(wanted.Span[..count]);
            if (_position == length)
                await EndAsync().ConfigureAwait(false);
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
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hash?.Dispose();
            inner.Dispose();
        }
        base.Dispose(disposing);
    }

    // Closed at once, which frees the connection.
    private async ValueTask EndAsync()
    {
        await inner.DisposeAsync().ConfigureAwait(false);
        if (_hash is not null && !Convert.ToHexString(_hash.GetHashAndReset()).Equals(md5, StringComparison.OrdinalIgnoreCase))
            throw new StoreUnavailableException($"{path} arrived damaged: it has another MD5 than the store says.");
    }
}
