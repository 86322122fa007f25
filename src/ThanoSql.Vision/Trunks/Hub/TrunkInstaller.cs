namespace ThanoSql.Vision.Trunks.Hub;

/// <summary>
/// Brings a file of weights into the model folder under a lock: filled as a partial file, checked, then moved to its name in one step.
/// </summary>
internal static class TrunkInstaller
{
    /// <param name="fill">Completes the partial file; returns what the hub says its SHA-256 is, if it does.</param>
    public static async Task<PulledTrunk> RunAsync(
        string name, string folder, string? pinned, Func<PartialFile, Task<string?>> fill, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, name + ".safetensors");
        var book = new ChecksumBook(name, file, pinned);
        using var gate = Lock(name, file);
        if (File.Exists(file))
            return await InstalledAsync(name, file, book, cancellationToken).ConfigureAwait(false);
        using var part = new PartialFile(file + ".part");
        var hub = await FillAsync(part, fill).ConfigureAwait(false);
        var bytes = await part.ReadAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
            var origin = book.Check(sha256, hub);
            Inspect(name, bytes);
            if (origin is ChecksumOrigin.Hub or ChecksumOrigin.FirstUse)
                book.Record(sha256);
            part.Publish(file);
            return new PulledTrunk(name, file, sha256, bytes.LongLength, origin, AlreadyThere: false);
        }
        catch (TrunkException)
        {
            part.Discard();
            throw;
        }
    }

    private static FileStream Lock(string name, string file)
    {
        try
        {
            return new FileStream(file + ".lock", FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        }
        catch (IOException error)
        {
            throw new TrunkException($"Another pull of {name} into {Path.GetDirectoryName(file)} is running. Wait for it to end.", error);
        }
    }

    private static async Task<PulledTrunk> InstalledAsync(string name, string file, ChecksumBook book, CancellationToken cancellationToken)
    {
        await using var stream = File.OpenRead(file);
        var sha256 = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false));
        try
        {
            var origin = book.Check(sha256, hub: null);
            if (origin == ChecksumOrigin.FirstUse)
                book.Record(sha256);
            return new PulledTrunk(name, file, sha256, stream.Length, origin, AlreadyThere: true);
        }
        catch (TrunkException error)
        {
            throw new TrunkException($"{error.Message} Delete {file} to pull it again.", error);
        }
    }

    private static async Task<string?> FillAsync(PartialFile part, Func<PartialFile, Task<string?>> fill)
    {
        try
        {
            return await fill(part).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            // A later pull continues bytes with a known ETag, unless the hub's answer itself was wrong.
            if (part.Length == 0 || part.ETag is null || error is TrunkException { InnerException: not TransientHubException })
                part.Discard();
            throw;
        }
    }

    private static void Inspect(string name, byte[] bytes)
    {
        var weights = SafeTensors.Parse(bytes, $"The file for {name}");
        var found = ConvNeXtVariant.Of(weights);
        if (ConvNeXtVariant.Find(name) is { } wanted && found != wanted)
            throw new TrunkException($"The file holds a {found.AlgorithmName}, not a {name}. It is refused.");
    }
}

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

/// <summary>
/// What a file's checksum must be: the pinned one; else the one recorded at the first pull in <c>NAME.sha256</c> (the format of sha256sum); else the
/// one that the hub names; else any.
/// </summary>
internal sealed class ChecksumBook(string name, string file, string? pinned)
{
    private readonly string _record = Path.ChangeExtension(file, ".sha256");

    /// <summary>Compares, and says with what.</summary>
    /// <exception cref="TrunkException">It is another file than the one expected.</exception>
    public ChecksumOrigin Check(string sha256, string? hub)
    {
        if (pinned is not null)
            return Compare(sha256, pinned, ChecksumOrigin.Pinned, "the pinned one");
        if (Recorded() is { } recorded)
            return Compare(sha256, recorded, ChecksumOrigin.Recorded, $"recorded in {_record}");
        return hub is null ? ChecksumOrigin.FirstUse : Compare(sha256, hub, ChecksumOrigin.Hub, "the one that the hub names");
    }

    /// <summary>Keeps the checksum of a first pull.</summary>
    public void Record(string sha256) => File.WriteAllText(_record, $"{sha256}  {Path.GetFileName(file)}\n");

    private string? Recorded()
    {
        if (!File.Exists(_record))
            return null;
        var text = File.ReadAllText(_record).Split(' ', 2)[0].Trim().ToLowerInvariant();
        return text.Length == 64 && text.All(char.IsAsciiHexDigit)
            ? text
            : throw new TrunkException($"{_record} holds no SHA-256. Restore it, or delete it to trust the next pull.");
    }

    private ChecksumOrigin Compare(string sha256, string expected, ChecksumOrigin origin, string what) =>
        string.Equals(sha256, expected, StringComparison.OrdinalIgnoreCase)
            ? origin
            : throw new TrunkException($"The weights of {name} have the SHA-256 {sha256}; {expected} is {what}. They are refused.");
}
