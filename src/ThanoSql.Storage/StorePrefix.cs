namespace ThanoSql.Storage;

/// <summary>A folder of a bucket: the beginning of the names of objects, written as paths are (<c>products/</c>, <c>s3://shop/2026/</c>).</summary>
public sealed record StorePrefix
{
    private const char End = '/';

    private StorePrefix(string bucket, string key) => (Bucket, Key) = (bucket, key);

    public string Bucket { get; }

    /// <summary>In Unicode NFC; not empty, and ends with a slash.</summary>
    public string Key { get; }

    /// <param name="text">As people write it.</param>
    /// <param name="defaultBucket">The workspace.</param>
    /// <exception cref="InvalidPathException">The text names no folder; the message says why.</exception>
    public static StorePrefix Parse(string text, string defaultBucket)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!text.EndsWith(End))
            throw new InvalidPathException($"The prefix '{text}' does not end with '/': it would begin the names of other folders, too.");
        const string anything = "x";
        var below = StorePath.Parse(text + anything, defaultBucket);
        var key = below.Key[..^anything.Length];
        return key.Length > 0 && !StorePath.BeginsScheme(key)
            ? new StorePrefix(below.Bucket, key)
            : throw new InvalidPathException($"The prefix '{text}' names no folder.");
    }

    public bool Covers(ObjectPath path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return path.Bucket == Bucket && path.Key.StartsWith(Key, StringComparison.Ordinal);
    }

    /// <summary>What the paths of its objects may begin with in a table's column.</summary>
    public IEnumerable<string> Spellings(string defaultBucket) =>
        ObjectPath.Spellings(Key).SelectMany(key => StorePath.Spellings(Bucket, key, defaultBucket));

    /// <summary>The shortest text that <see cref="Parse"/> reads back.</summary>
    public string Format(string defaultBucket) => Bucket == defaultBucket ? Key : $"s3://{Bucket}/{Key}";
}
