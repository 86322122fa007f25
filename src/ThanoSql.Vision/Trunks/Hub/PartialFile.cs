using System.Text;

namespace ThanoSql.Vision.Trunks.Hub;

/// <summary>
/// A download under way: <c>NAME.part</c>, and beside it the ETag of the bytes that it holds, without which they could not be continued. The file
/// is held exclusively, so that two downloads cannot mix.
/// </summary>
internal sealed class PartialFile : IDisposable
{
    private readonly FileStream _stream;
    private readonly string _etagPath;

    /// <exception cref="IOException">Another process holds it.</exception>
    public PartialFile(string path)
    {
        Path = path;
        _etagPath = path + ".etag";
        _stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        ETag = File.Exists(_etagPath) ? File.ReadAllText(_etagPath) : null;
        if (ETag is null)
            _stream.SetLength(0);
        _stream.Seek(0, SeekOrigin.End);
    }

    public string Path { get; }

    public string? ETag { get; private set; }

    public long Length => _stream.Length;

    /// <summary>Begins anew with content of another ETag (null: it cannot be continued after a cut).</summary>
    public void Restart(string? etag)
    {
        // The tag goes first: a crash between the two must not leave old bytes under the new tag.
        File.Delete(_etagPath);
        _stream.SetLength(0);
        _stream.Seek(0, SeekOrigin.Begin);
        ETag = etag;
        if (etag is not null)
            File.WriteAllText(_etagPath, etag, Encoding.ASCII);
    }

    public ValueTask AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => _stream.WriteAsync(bytes, cancellationToken);

    public async Task<byte[]> ReadAsync(CancellationToken cancellationToken)
    {
        var bytes = new byte[_stream.Length];
        _stream.Seek(0, SeekOrigin.Begin);
        await _stream.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
        return bytes;
    }

    /// <summary>Moves the bytes, safe on disk, to their place.</summary>
    public void Publish(string destination)
    {
        _stream.Flush(flushToDisk: true);
        File.Move(Path, destination, overwrite: true);
        File.Delete(_etagPath);
    }

    /// <summary>Removes every trace.</summary>
    public void Discard()
    {
        File.Delete(_etagPath);
        File.Delete(Path);
    }

    public void Dispose() => _stream.Dispose();
}
