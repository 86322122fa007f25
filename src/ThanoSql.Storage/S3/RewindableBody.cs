namespace ThanoSql.Storage.S3;

/// <summary>A body that can be sent again: the caller's stream where it can seek, else a copy in a temporary file.</summary>
internal sealed class RewindableBody : IAsyncDisposable
{
    private readonly Stream _stream;
    private readonly long _start;
    private readonly bool _owned;

    private RewindableBody(Stream stream, long start, bool owned) => (_stream, _start, _owned) = (stream, start, owned);

    public long Length => _stream.Length - _start;

    public static async Task<RewindableBody> FromAsync(Stream content, CancellationToken cancellationToken)
    {
        if (content.CanSeek)
            return new RewindableBody(content, content.Position, owned: false);
        var file = Path.Combine(Path.GetTempPath(), $"thanosql-{Guid.NewGuid():N}");
        var copy = new FileStream(
            file, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.Asynchronous | FileOptions.DeleteOnClose);
        try
        {
            await content.CopyToAsync(copy, cancellationToken).ConfigureAwait(false);
            return new RewindableBody(copy, 0, owned: true);
        }
        catch
        {
            await copy.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public Stream Rewind()
    {
        _stream.Position = _start;
        return _stream;
    }

    public ValueTask DisposeAsync() => _owned ? _stream.DisposeAsync() : ValueTask.CompletedTask;
}
