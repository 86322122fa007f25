using System.Buffers.Text;
using System.Security.Cryptography;

namespace ThanoSql.Query.Images;

/// <summary>The links of a page's pictures: they share all but the path.</summary>
internal sealed class PageLinks
{
    private const int Signature = 43; // characters

    private readonly byte[] _key;
    private readonly string _workspace;
    private readonly RecentLinks _recent;
    private readonly LinkTraits _of;
    private readonly byte[] _signedTail;
    private readonly byte[] _linkTail;

    /// <param name="key">Of HMAC-SHA256.</param>
    /// <param name="workspace">The bucket of paths that name none.</param>
    /// <param name="of">What the links share.</param>
    /// <param name="recent">Links that were signed before: a shop's pages show the same pictures again and again.</param>
    public PageLinks(byte[] key, string workspace, LinkTraits of, RecentLinks recent)
    {
        (_key, _workspace, _of, _recent) = (key, workspace, of, recent);
        _signedTail = Utf8($"\n{of.Width}\n{of.Token}\n{of.Expires}");
        _linkTail = Utf8($"width={of.Width}&for={of.Token}&expires={of.Expires}&signature=");
    }

    public LinkTraits Traits => _of;

    public DateTimeOffset Expires => DateTimeOffset.FromUnixTimeSeconds(_of.Expires);

    /// <param name="path">As a table's column holds it, in UTF-8.</param>
    /// <returns>ASCII, and in need of no escape in JSON; nothing for what names no picture.</returns>
    public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> path)
    {
        if (_recent.Find(path, _of) is { } known)
            return known;
        if (!StorePath.TryParse(Encoding.UTF8.GetString(path), _workspace, out var picture))
            return [];
        var link = Of(picture);
        _recent.Add(path, _of, link);
        return link;
    }

    /// <returns>ASCII.</returns>
    public byte[] Of(ObjectPath picture)
    {
        var segments = string.Join('/', picture.Key.Split('/').Select(Uri.EscapeDataString));
        var bucket = picture.Bucket == _workspace ? "" : $"bucket={Uri.EscapeDataString(picture.Bucket)}&";
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, [.. Utf8($"{ImageLinks.Purpose}\n{picture.Bucket}\n{picture.Key}"), .. _signedTail], hash);
        Span<byte> signature = stackalloc byte[Signature];
        Base64Url.EncodeToUtf8(hash, signature);
        return [.. Utf8($"/images/{segments}?{bucket}"), .. _linkTail, .. signature];
    }

    private static byte[] Utf8(FormattableString text) => Encoding.UTF8.GetBytes(text.ToString(CultureInfo.InvariantCulture));
}

/// <summary>What the links of a page share.</summary>
/// <param name="Width">Pixels.</param>
/// <param name="Token">The number of the token that asked.</param>
/// <param name="Expires">Unix time, in seconds.</param>
internal readonly record struct LinkTraits(int Width, int Token, long Expires);

/// <summary>The links that were signed last: a table of fixed size, in which a new one takes the place of whichever has the same hash.</summary>
internal sealed class RecentLinks
{
    private const int Slots = 16_384; // some 5 MB when all are taken

    private readonly Entry?[] _slots = new Entry?[Slots];

    public byte[]? Find(ReadOnlySpan<byte> path, LinkTraits of) =>
        Volatile.Read(ref Slot(path, of)) is { } entry && entry.Of == of && path.SequenceEqual(entry.Path) ? entry.Link : null;

    public void Add(ReadOnlySpan<byte> path, LinkTraits of, byte[] link) => Volatile.Write(ref Slot(path, of), new Entry(path.ToArray(), of, link));

    private ref Entry? Slot(ReadOnlySpan<byte> path, LinkTraits of)
    {
        var hash = new HashCode();
        hash.AddBytes(path);
        hash.Add(of.Width);
        hash.Add(of.Token);
        return ref _slots[hash.ToHashCode() & (Slots - 1)];
    }

    private sealed record Entry(byte[] Path, LinkTraits Of, byte[] Link);
}
