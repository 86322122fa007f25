namespace ThanoSql.Storage;

/// <summary>Turns a body that ends early into an error: half an image must never be taken for a broken one.</summary>
/// <param name="inner">The body; owned.</param>
/// <param name="path">Named in errors.</param>
/// <param name="length">Bytes that the store announced.</param>
internal sealed class AnnouncedLengthStream(Stream inner, ObjectPath path, long length) : Stream
{
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position { get => _position; set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        try
        {
            return Advance(inner.Read(buffer), buffer.Length);
        }
        catch (IOException exception)
        {
            throw new TruncatedObjectException(path, length, _position, exception);
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return Advance(await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false), buffer.Length);
        }
        catch (IOException exception)
        {
            throw new TruncatedObjectException(path, length, _position, exception);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }

    private int Advance(int count, int asked)
    {
        _position += count;
        return count == 0 && asked > 0 && _position < length ? throw new TruncatedObjectException(path, length, _position) : count;
    }
}
