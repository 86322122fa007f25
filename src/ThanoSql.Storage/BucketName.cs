using System.Text.RegularExpressions;

namespace ThanoSql.Storage;

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
