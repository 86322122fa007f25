using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using ThanoSql.Storage.Unicode;

namespace ThanoSql.Storage;

/// <summary>
/// The name of an object. The key is kept in Unicode NFC, so a name typed on Linux equals the same name written by macOS (NFD);
/// the stores find the object under either spelling.
/// </summary>
public sealed record ObjectPath
{
    internal const int MaxKeyBytes = 1024;

    /// <exception cref="InvalidPathException">The bucket or key cannot name an object; the message says why.</exception>
    public ObjectPath(string bucket, string key)
    {
        if (Problem(bucket, key) is { } problem)
            throw new InvalidPathException(problem);
        Bucket = bucket;
        Key = CanonicalForm.Compose(key);
    }

    public string Bucket { get; }

    /// <summary>Segments divided by <c>/</c>, none of them empty, <c>.</c> or <c>..</c>; 1 to 1,024 bytes of UTF-8.</summary>
    public string Key { get; }

    public static bool TryCreate(string bucket, string key, [NotNullWhen(true)] out ObjectPath? path)
    {
        path = Problem(bucket, key) is null ? new ObjectPath(bucket, key) : null;
        return path is not null;
    }

    /// <summary>The spellings under which a composed name may lie in a store: NFC, as Linux and browsers write it, then macOS's NFD.</summary>
    internal static IEnumerable<string> Spellings(string name)
    {
        yield return name;
        if (CanonicalForm.Decompose(name) is var decomposed && decomposed != name)
            yield return decomposed;
    }

    /// <summary><c>s3://bucket/key</c></summary>
    public override string ToString() => $"s3://{Bucket}/{Key}";

    private static string? Problem(string bucket, string key) => BucketName.Problem(bucket) ?? KeyProblem(key);

    private static string? KeyProblem(string key) => key switch
    {
        "" => "The path is empty: name a file.",
        _ when key.Contains('\0') => "The path holds a NUL character.",
        _ when !IsWellFormed(key) => "The path is not valid Unicode text.",
        BucketMarker.Key => $"'{key}' is the service's own mark of the bucket.",
        _ when key.StartsWith('/') => $"The path '{key}' is absolute: write it relative to the workspace or as s3://bucket/key.",
        _ when Encoding.UTF8.GetByteCount(key) > MaxKeyBytes => $"The path '{key[..40]}…' is longer than {MaxKeyBytes} bytes.",
        _ when key.Split('/').Any(segment => segment is "" or "." or "..") =>
            $"The path '{key}' has an empty, '.' or '..' segment: write it without detours.",
        _ => null,
    };

    private static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                return false;
            i++;
        }
        return true;
    }
}

/// <summary>The names that S3 allows for buckets, which are also safe as folder names.</summary>
internal static partial class BucketName
{
    public static void Check(string bucket)
    {
        if (Problem(bucket) is { } problem)
            throw new InvalidPathException(problem);
    }

    public static string? Problem(string bucket) => Pattern().IsMatch(bucket) && !bucket.Contains("..", StringComparison.Ordinal)
        ? null
        : $"'{bucket}' is no bucket name: use 3 to 63 lower-case letters, digits, dots and hyphens, with a letter or digit at both ends.";

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\z")]
    private static partial Regex Pattern();
}
