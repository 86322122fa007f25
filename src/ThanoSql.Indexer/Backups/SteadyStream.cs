namespace ThanoSql.Indexer.Backups;

/// <summary>
/// A file that others write meanwhile, at the length that it had: what is appended is left out, what is cut off is zeros. The log has either.
/// </summary>
internal sealed class SteadyStream(Stream file, IProgress<long> progress) : Stream
{
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => true; // so that its length is asked for

    public override bool CanWrite => false;

    public override long Length { get; } = file.Length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        var part = Rest(buffer.Length);
        return Count(file.Read(buffer[..part]), buffer[..part]);
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var part = Rest(buffer.Length);
        return Count(await file.ReadAsync(buffer[..part], cancellationToken), buffer.Span[..part]);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            file.Dispose();
        base.Dispose(disposing);
    }

    private int Rest(int wanted) => (int)Math.Min(wanted, Length - _position);

    private int Count(int read, Span<byte> part)
    {
        if (read == 0)
        {
            part.Clear();
            read = part.Length;
        }
        _position += read;
        progress.Report(read);
        return read;
    }
}
