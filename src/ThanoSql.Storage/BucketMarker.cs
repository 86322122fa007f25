namespace ThanoSql.Storage;

/// <summary>A store whose buckets can be marked.</summary>
public interface IMarkedStore
{
    /// <summary>The id that the bucket is marked with; null when it has no marker.</summary>
    /// <exception cref="BucketNotFoundException">The bucket does not exist.</exception>
    Task<Guid?> ReadMarkerAsync(string bucket, CancellationToken cancellationToken);

    /// <summary>Marks a bucket, in place of the marker that it has.</summary>
    /// <exception cref="BucketNotFoundException">The bucket does not exist.</exception>
    /// <exception cref="StoreRefusedException">It may not be written.</exception>
    Task WriteMarkerAsync(string bucket, Guid id, CancellationToken cancellationToken);
}

/// <summary>
/// An object with an id by which a bucket is known again. An unmounted folder, an emptied bucket or another server does not have it. It is no object
/// to anybody else: not listed, read or written by its key.
/// </summary>
public static class BucketMarker
{
    /// <summary>Of the object.</summary>
    public const string Key = ".thanosql-store";

    /// <summary>Longer ones are none of ours.</summary>
    internal const int MaxBytes = 1024;

    /// <summary>One line for whoever finds the file, then the id.</summary>
    internal static byte[] Format(Guid id) =>
        Encoding.UTF8.GetBytes($"# By this the image index knows that the store is there. Without it nothing is indexed or deleted.\n{id}\n");

    /// <exception cref="StoreUnavailableException">The content is no marker.</exception>
    internal static Guid Parse(string bucket, ReadOnlySpan<byte> content)
    {
        var lines = Encoding.UTF8.GetString(content).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return Guid.TryParse(lines.LastOrDefault(), out var id) ? id : throw new StoreUnavailableException(
            $"The object '{Key}' of bucket '{bucket}' is damaged: delete it, then run 'thanosql store adopt {bucket}'.");
    }
}
