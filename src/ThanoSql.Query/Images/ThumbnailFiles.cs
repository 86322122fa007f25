using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using ThanoSql.Vision;

namespace ThanoSql.Query.Images;

/// <summary>
/// Thumbnails in a folder, which outlive the process; several processes may share it. A file ends with the hash of what comes before, so that what a
/// power cut left half or a disk spoilt is seen, and made anew. A folder that takes nothing (full, read-only) is left alone for a minute at a time.
/// </summary>
internal sealed partial class ThumbnailFiles(IOptions<ImageOptions> options, TimeProvider time, ILogger<ThumbnailFiles> logger)
{
    private const string Format = "1"; // another one for thumbnails that are made in another way
    private const int Seal = SHA256.HashSizeInBytes;
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly string _root = options.Value.ThumbnailFolder;
    private readonly ThumbnailLimit _limit = new(options.Value.ThumbnailFolder, options.Value.ThumbnailMegabytes * 1_000_000L, time);
    private readonly Lock _lock = new();
    private long? _failedAt;

    /// <returns>Null when it is not kept, or not whole.</returns>
    public byte[]? Find(Thumbnail thumbnail)
    {
        byte[]? found = null;
        Try(() => found = Read(FileOf(thumbnail)));
        return found;
    }

    /// <summary>Keeps a thumbnail, if the disk takes it, in the place of those of an older version of the picture.</summary>
    public void Keep(Thumbnail thumbnail, byte[] picture) => Try(() =>
    {
        var file = FileOf(thumbnail);
        Directory.CreateDirectory(_root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        AtomicFile.Write(file, [.. picture, .. SHA256.HashData(picture)], flushToDisk: false);
        Recovered();
        Remove(thumbnail.Path, but: VersionOf(thumbnail));
        _limit.Wrote(picture.Length + Seal);
    });

    /// <summary>Removes what is kept of a picture.</summary>
    public void Forget(ObjectPath path) => Try(() => Remove(path));

    private byte[]? Read(string file)
    {
        if (!File.Exists(file))
            return null;
        var bytes = File.ReadAllBytes(file);
        if (bytes.Length <= Seal || !SHA256.HashData(bytes.AsSpan(..^Seal)).AsSpan().SequenceEqual(bytes.AsSpan(^Seal..)))
            return null;
        _limit.Used(file);
        return bytes[..^Seal];
    }

    private void Remove(ObjectPath path, string? but = null)
    {
        var (folder, name) = (FolderOf(path), NameOf(path));
        if (!Directory.Exists(folder))
            return;
        foreach (var file in Directory.EnumerateFiles(folder, $"{name}-*"))
        {
            if (but is null || !Path.GetFileName(file).StartsWith($"{name}-{but}-", StringComparison.Ordinal))
                File.Delete(file);
        }
    }

    // A folder of each holds some thirty files where a gigabyte is kept
    private string FolderOf(ObjectPath path) => Path.Combine(_root, NameOf(path)[..3]);

    private string FileOf(Thumbnail thumbnail) => Path.Combine(
        FolderOf(thumbnail.Path),
        string.Create(CultureInfo.InvariantCulture, $"{NameOf(thumbnail.Path)}-{VersionOf(thumbnail)}-{thumbnail.Width}{ThumbnailLimit.Extension}"));

    private static string NameOf(ObjectPath path) => Hash($"{path.Bucket}\n{path.Key}");

    private static string VersionOf(Thumbnail thumbnail) => Hash($"{Format}\n{thumbnail.ETag}");

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(..16));

    private void Try(Action act)
    {
        if (_root.Length == 0 || IsPaused())
            return;
        try
        {
            act();
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            // another process removed it just now
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            Failed(refused.Message);
        }
    }

    private bool IsPaused()
    {
        lock (_lock)
            return _failedAt is { } at && time.GetElapsedTime(at) < Pause;
    }

    private void Failed(string reason)
    {
        lock (_lock)
        {
            if (_failedAt is null)
                LogFailed(_root, reason);
            _failedAt = time.GetTimestamp();
        }
    }

    private void Recovered()
    {
        lock (_lock)
        {
            if (_failedAt is not null)
                LogRecovered(_root);
            _failedAt = null;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Thumbnails are not kept in {Folder}, but made for each process anew: {Reason}. Query:Images:ThumbnailFolder names another folder.")]
    private partial void LogFailed(string folder, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Thumbnails are kept in {Folder} again")]
    private partial void LogRecovered(string folder);
}
