using System.Buffers.Text;
using System.Security.Cryptography;

namespace ThanoSql.Query.Images;

/// <summary>The links of a page's pictures: they share all but the path and the version.</summary>
internal sealed class PageLinks
{
    private const int Hash = 43; // characters

    private readonly SigningKey _key;
    private readonly string _workspace;
    private readonly LinkMemory? _memory;
    private readonly LinkTraits _of;
    private readonly byte[] _signedTail;
    private readonly byte[] _linkTail;

    /// <param name="key">Signs them.</param>
    /// <param name="workspace">The bucket of paths that name none.</param>
    /// <param name="of">What the links share.</param>
    /// <param name="memory">Of links that change with their pictures; null for those that stay.</param>
    public PageLinks(SigningKey key, string workspace, LinkTraits of, LinkMemory? memory)
    {
        (_key, _workspace, _of, _memory) = (key, workspace, of, memory);
        _signedTail = Utf8($"\n{of.Width}\n{of.Token}\n{of.Expires}");
        _linkTail = Utf8($"width={of.Width}&for={of.Token}&expires={of.Expires}&signature={key.Mark}");
    }

    public DateTimeOffset Expires => DateTimeOffset.FromUnixTimeSeconds(_of.Expires);

    public bool AreOf(LinkTraits traits, SigningKey key) => _of == traits && _key.Id == key.Id;

    /// <param name="path">As a table's column holds it, in UTF-8.</param>
    /// <returns>ASCII, and in need of no escape in JSON; nothing for what names no picture.</returns>
    public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> path)
    {
        if (_memory!.Recent.Find(path, _of) is { } known && known.Key == _key.Id && known.Version == _memory.Version(known.Slot))
            return known.Link;
        if (!StorePath.TryParse(Encoding.UTF8.GetString(path), _workspace, out var picture))
            return [];
        var slot = PictureVersions.SlotOf(picture.Bucket, picture.Key);
        var version = _memory.Version(slot);
        var link = Of(picture, version);
        _memory.Recent.Add(new RecentLink(path.ToArray(), _of, _key.Id, slot, version, link));
        return link;
    }

    /// <returns>ASCII.</returns>
    public byte[] Of(ObjectPath picture) => Of(picture, _memory?.Version(PictureVersions.SlotOf(picture.Bucket, picture.Key)));

    private byte[] Of(ObjectPath picture, long? version)
    {
        var segments = string.Join('/', picture.Key.Split('/').Select(Uri.EscapeDataString));
        var bucket = picture.Bucket == _workspace ? "" : $"bucket={Uri.EscapeDataString(picture.Bucket)}&";
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        _key.Hash([.. Utf8($"{ImageLinks.PurposeOf(version)}\n{picture.Bucket}\n{picture.Key}"), .. _signedTail], hash);
        Span<byte> signature = stackalloc byte[Hash];
        Base64Url.EncodeToUtf8(hash, signature);
        return [.. Utf8($"{_of.Base}/images/{segments}?{bucket}"), .. version is null ? [] : Utf8($"v={version}&"), .. _linkTail, .. signature];
    }

    private static byte[] Utf8(FormattableString text) => Encoding.UTF8.GetBytes(text.ToString(CultureInfo.InvariantCulture));
}

/// <summary>What the links of a page share.</summary>
/// <param name="Width">Pixels.</param>
/// <param name="Token">The number of the token that asked.</param>
/// <param name="Expires">Unix time, in seconds.</param>
/// <param name="Base">What comes before the path: empty, <c>/index</c> behind a proxy, or with scheme and host.</param>
internal readonly record struct LinkTraits(int Width, int Token, long Expires, string Base);

/// <summary>What links remember of pictures.</summary>
/// <param name="Recent">Links that were signed before: a shop's pages show the same pictures again and again.</param>
/// <param name="Versions">Of the pictures.</param>
/// <param name="Since">Unix milliseconds; what was replaced before had other links.</param>
internal sealed record LinkMemory(RecentLinks Recent, PictureVersions Versions, long Since)
{
    public long Version(int slot) => Versions.Of(slot, Since);
}

/// <summary>The links that were signed last: a table of fixed size, in which a new one takes the place of whichever has the same hash.</summary>
internal sealed class RecentLinks
{
    private const int Slots = 16_384; // some 5 MB when all are taken

    private readonly RecentLink?[] _slots = new RecentLink?[Slots];

    public RecentLink? Find(ReadOnlySpan<byte> path, LinkTraits of) =>
        Volatile.Read(ref Slot(path, of)) is { } link && link.Of == of && path.SequenceEqual(link.Path) ? link : null;

    public void Add(RecentLink link) => Volatile.Write(ref Slot(link.Path, link.Of), link);

    private ref RecentLink? Slot(ReadOnlySpan<byte> path, LinkTraits of)
    {
        var hash = new HashCode();
        hash.AddBytes(path);
        hash.Add(of.Width);
        hash.Add(of.Token);
        return ref _slots[hash.ToHashCode() & (Slots - 1)];
    }
}

/// <param name="Path">As a table's column holds it, in UTF-8.</param>
/// <param name="Key">The number of the key that signed it.</param>
/// <param name="Slot">Of the picture's version.</param>
internal sealed record RecentLink(byte[] Path, LinkTraits Of, int Key, int Slot, long Version, byte[] Link);
