using ThanoSql.Vision;

namespace ThanoSql.Query.Images;

/// <summary>
/// Keeps a folder of thumbnails below its limit. What others write there is not counted: instead, after each tenth of the limit that this process
/// wrote, the folder is gone through once in the background, and those used least lately are removed until nine tenths are left.
/// </summary>
/// <param name="folder">With folders of thumbnails.</param>
/// <param name="most">Bytes.</param>
/// <param name="time">Tells what was left unfinished from what is being written.</param>
internal sealed class ThumbnailLimit(string folder, long most, TimeProvider time)
{
    /// <summary>Nobody else's files end so: whatever folder is configured, only thumbnails are removed.</summary>
    public const string Extension = ".thumbnail";

    private static readonly TimeSpan LongestWrite = TimeSpan.FromMinutes(10);

    private long _written = long.MaxValue / 2; // the first write looks: the limit may be lower than at the last start
    private int _isLooking;

    /// <summary>A thumbnail was read: remembered as the file's time, whatever the file system keeps of reads.</summary>
    public void Used(string file)
    {
        try
        {
            File.SetLastWriteTimeUtc(file, time.GetUtcNow().UtcDateTime);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // read-only, or removed meanwhile
        }
    }

    /// <summary>A thumbnail was written.</summary>
    public void Wrote(long bytes)
    {
        if (Interlocked.Add(ref _written, bytes) < most / 10 || Interlocked.Exchange(ref _isLooking, 1) == 1)
            return;
        Volatile.Write(ref _written, 0);
        _ = Task.Run(() =>
        {
            try
            {
                Trim();
            }
            catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
            {
                // the next write meets the same, and says so
            }
            finally
            {
                Volatile.Write(ref _isLooking, 0);
            }
        });
    }

    /// <summary>Removes what leaves less than a tenth of the limit free, and what killed processes left unfinished.</summary>
    public void Trim()
    {
        var unfinishedBefore = time.GetUtcNow().UtcDateTime - LongestWrite;
        foreach (var file in Files($"*{Extension}.*{AtomicFile.Unfinished}").Where(file => file.LastWriteTimeUtc < unfinishedBefore))
            file.Delete();
        var kept = Files($"*{Extension}").ToList();
        var over = kept.Sum(file => file.Length) - (most - most / 10);
        foreach (var file in kept.OrderBy(file => file.LastWriteTimeUtc).TakeWhile(_ => over > 0))
        {
            over -= file.Length;
            file.Delete();
        }
    }

    // Another process may remove them meanwhile
    private IEnumerable<FileInfo> Files(string pattern) =>
        new DirectoryInfo(folder).EnumerateFiles(pattern, SearchOption.AllDirectories).Where(file => file.Exists);
}
