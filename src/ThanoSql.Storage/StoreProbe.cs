using System.Buffers;

namespace ThanoSql.Storage;

/// <summary>
/// The test objects of <c>thanosql doctor</c>. They lie beside a bucket's folders, where no pipeline's prefix reaches, so none becomes an image;
/// whoever takes in an event of one only says that it was heard.
/// </summary>
public static class StoreProbe
{
    /// <summary>Their keys begin so; 32 hexadecimal digits follow.</summary>
    public const string Prefix = "thanosql-doctor-";

    private const int Digits = 32;

    private static readonly SearchValues<char> Hexadecimal = SearchValues.Create("0123456789abcdef");

    /// <summary>A path that no other probe has.</summary>
    /// <exception cref="InvalidPathException"><paramref name="bucket"/> is no bucket's name.</exception>
    public static ObjectPath In(string bucket) => new(bucket, $"{Prefix}{Guid.NewGuid():N}");

    public static bool Is(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.Length == Prefix.Length + Digits && key.StartsWith(Prefix, StringComparison.Ordinal)
            && key.AsSpan(Prefix.Length).IndexOfAnyExcept(Hexadecimal) < 0;
    }
}
