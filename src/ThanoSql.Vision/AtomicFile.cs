namespace ThanoSql.Vision;

/// <summary>Whole files or none: written aside, flushed to disk, then renamed into place.</summary>
public static class AtomicFile
{
    /// <summary>A file of the same name is replaced.</summary>
    /// <exception cref="IOException">Nothing is written then.</exception>
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        var aside = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(aside, FileMode.CreateNew, FileAccess.Write))
            {
                stream.Write(bytes);
                stream.Flush(flushToDisk: true);
            }
            File.Move(aside, path, overwrite: true);
        }
        finally
        {
            File.Delete(aside);
        }
    }
}
