namespace ThanoSql.Vision;

/// <summary>Whole files or none: written aside, flushed to disk, then renamed into place.</summary>
public static class AtomicFile
{
    /// <summary>What a file is called until it is whole; a process that is killed leaves it so.</summary>
    public const string Unfinished = ".tmp";

    /// <summary>A file of the same name is replaced.</summary>
    /// <param name="path">Of the file, in a folder that is there.</param>
    /// <param name="bytes">All of it.</param>
    /// <param name="flushToDisk">False for what can be made again and tells by itself whether it is whole: a power cut may leave it empty.</param>
    /// <exception cref="IOException">Nothing is written then.</exception>
    public static void Write(string path, ReadOnlySpan<byte> bytes, bool flushToDisk = true)
    {
        var aside = $"{path}.{Guid.NewGuid():N}{Unfinished}";
        try
        {
            using (var stream = new FileStream(aside, FileMode.CreateNew, FileAccess.Write))
            {
                stream.Write(bytes);
                stream.Flush(flushToDisk);
            }
            File.Move(aside, path, overwrite: true);
        }
        finally
        {
            File.Delete(aside);
        }
    }
}
