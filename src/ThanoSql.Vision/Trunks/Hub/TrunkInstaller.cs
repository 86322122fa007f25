using System.Security.Cryptography;

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
