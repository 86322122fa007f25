using System.Text;

namespace ThanoSql.Vision.Trunks.Hub;

/// <summary>
/// A download under way: <c>NAME.part</c>, and beside it the ETag of the bytes that it holds, without which they could not be continued. The file
/// is held exclusively, so that two downloads cannot mix.
/// </summary>
internal sealed class PartialFile : IDisposable
{
    private readonly FileStream stream;
    private readonly string etagPath;

    /// <exception cref="IOException">Another process holds it.</exception>
    public PartialFile(string path)
    {
        Path = path;
        etagPath = path + ".etag";
        stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        ETag = File.Exists(etagPath) ? File.ReadAllText(etagPath) : null;
        if (ETag is null)
            stream.SetLength(0);
        stream.Seek(0, SeekOrigin.End);
    }

    public string Path { get; }

    public string? ETag { get; private set; }

    public long Length => stream.Length;

    /// <summary>Begins anew with content of another ETag (null: it cannot be continued after a cut).</summary>
    public void Restart(string? etag)
    {
        // The tag goes first: a crash between the two must not leave old bytes under the new tag.
        File.Delete(etagPath);
        stream.SetLength(0);
        stream.Seek(0, SeekOrigin.Begin);
        ETag = etag;
        if (etag is not null)
            File.WriteAllText(etagPath, etag, Encoding.ASCII);
    }

    public ValueTask AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => stream.WriteAsync(bytes, cancellationToken);

    public async Task<byte[]> ReadAsync(CancellationToken cancellationToken)
    {
        var bytes = new byte[stream.Length];
        stream.Seek(0, SeekOrigin.Begin);
        await stream.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
        return bytes;
    }

    /// <summary>Moves the bytes, safe on disk, to their place.</summary>
    public void Publish(string destination)
    {
        stream.Flush(flushToDisk: true);
        File.Move(Path, destination, overwrite: true);
        File.Delete(etagPath);
    }

    /// <summary>Removes every trace.</summary>
    public void Discard()
    {
        File.Delete(etagPath);
        File.Delete(Path);
    }

    public void Dispose() => stream.Dispose();
}
