using System.Diagnostics.CodeAnalysis;

namespace ThanoSql.Storage;

/// <summary>
/// The paths that users write in SQL and CSV files: relative to the workspace, below the workspace home, or <c>s3://bucket/key</c>.
/// </summary>
public static class StorePath
{
    private const string Scheme = "s3://";
    private const string Home = "/home/jovyan/";
    private const string Here = "./";
    private const string Anything = "…"; // what may follow a prefix

    /// <param name="text">For example <c>diet/1.jpg</c>, <c>./diet/1.jpg</c>, <c>/home/jovyan/diet/1.jpg</c> or <c>s3://shop/diet/1.jpg</c>.</param>
    /// <param name="defaultBucket">The workspace.</param>
    /// <exception cref="InvalidPathException">The text names no object of the store; the message says why.</exception>
    public static ObjectPath Parse(string text, string defaultBucket)
    {
        var (bucket, key) = Split(text, defaultBucket);
        return new ObjectPath(bucket, key);
    }

    /// <summary>As <see cref="Parse"/>, for columns in which some rows may hold nothing useful.</summary>
    public static bool TryParse(string? text, string defaultBucket, [NotNullWhen(true)] out ObjectPath? path)
    {
        var (bucket, key) = Split(text ?? "", defaultBucket);
        return ObjectPath.TryCreate(bucket, key, out path);
    }

    /// <summary>As <see cref="Parse"/>, for the beginning of keys, which may be empty: in Unicode NFC.</summary>
    /// <exception cref="InvalidPathException">No key begins so.</exception>
    public static (string Bucket, string Prefix) ParsePrefix(string text, string defaultBucket)
    {
        var (bucket, prefix) = Split(text, defaultBucket);
        BucketName.Check(bucket);
        return (bucket, new ObjectPath(bucket, prefix + Anything).Key[..^Anything.Length]);
    }

    /// <summary>The shortest text that <see cref="Parse"/> reads back.</summary>
    public static string Format(ObjectPath path, string defaultBucket) => path.Bucket == defaultBucket ? path.Key : path.ToString();

    /// <summary>The ways to write the name of an object, or its beginning.</summary>
    internal static IEnumerable<string> Spellings(string bucket, string key, string defaultBucket)
    {
        if (bucket == defaultBucket)
        {
            yield return key;
            yield return Here + key;
            yield return Home + key;
        }
        yield return $"{Scheme}{bucket}/{key}";
    }

    /// <summary>Whether paths of other buckets may begin so.</summary>
    internal static bool BeginsScheme(string key) => Scheme.StartsWith(key, StringComparison.OrdinalIgnoreCase);

    private static (string Bucket, string Key) Split(string text, string defaultBucket)
    {
        if (text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            var rest = text[Scheme.Length..];
            var slash = rest.IndexOf('/', StringComparison.Ordinal);
            return slash < 0 ? (rest, "") : (rest[..slash], rest[(slash + 1)..]);
        }
        if (text.StartsWith(Home, StringComparison.Ordinal))
            return (defaultBucket, text[Home.Length..]);
        return (defaultBucket, text.StartsWith(Here, StringComparison.Ordinal) ? text[Here.Length..] : text);
    }
}
