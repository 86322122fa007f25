using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Caching.Memory;
using ThanoSql.Vision.Imaging;

namespace ThanoSql.Query.Images;

/// <summary>Small pictures of stored ones, kept in memory for a while. At most one a processor core is made at a time.</summary>
public sealed class Thumbnails(IObjectStore store, IOptions<ImageOptions> options) : IDisposable
{
    private readonly MemoryCache _kept = new(new MemoryCacheOptions { SizeLimit = options.Value.CacheMegabytes * 1_000_000L });
    private readonly SemaphoreSlim _makers = new(Environment.ProcessorCount);

    /// <returns>A JPEG; null when there is no such object.</returns>
    /// <exception cref="QueryException">The object is too large.</exception>
    /// <exception cref="ImageRejectedException">The object is no picture that can be shown.</exception>
    public async Task<byte[]?> GetAsync(ObjectInfo info, int width, CancellationToken cancellationToken)
    {
        var key = (info.Path, info.ETag, width);
        if (_kept.TryGetValue(key, out byte[]? kept))
            return kept;
        await _makers.WaitAsync(cancellationToken);
        try
        {
            await using var stored = await store.OpenReadAsync(info.Path, cancellationToken);
            if (stored is null)
                return null;
            var made = Thumbnailer.Make(await ReadAsync(stored, cancellationToken), width);
            // What is read may be newer than what was asked for: it is kept under its own tag.
            return _kept.Set((info.Path, stored.Info.ETag, width), made, new MemoryCacheEntryOptions { Size = made.Length });
        }
        finally
        {
            _makers.Release();
        }
    }

    /// <summary>For a picture that was deleted.</summary>
    public void Forget(ObjectPath path)
    {
        foreach (var key in _kept.Keys.OfType<(ObjectPath Path, string ETag, int Width)>().Where(key => key.Path == path))
            _kept.Remove(key);
    }

    public void Dispose()
    {
        _kept.Dispose();
        _makers.Dispose();
    }

    private async Task<byte[]> ReadAsync(StoredObject stored, CancellationToken cancellationToken)
    {
        var most = options.Value.Megabytes * 1_000_000L;
        if (stored.Info.Size > most)
        {
            throw new QueryException(
                ErrorCode.TooLarge, $"'{stored.Info.Key}' is larger than {options.Value.Megabytes} MB (Query:Images:Megabytes).");
        }

        return await stored.ReadAllAsync(most, cancellationToken);
    }
}

/// <summary>Section <c>Query:Images</c>.</summary>
public sealed class ImageOptions
{
    public const string Section = "Query:Images";

    /// <summary>
    /// Hours for which an image link of a search result holds, at least; up to an hour more, so that links repeat and browsers can keep pictures.
    /// </summary>
    [Range(1, 8_760)]
    public int LinkHours { get; set; } = 24;

    /// <summary>How long a link of any kind holds at most.</summary>
    public TimeSpan LongestLink => TimeSpan.FromHours(Math.Max(LinkHours + 1, LinkApi.Longest.TotalHours));

    /// <summary>Megabytes of a picture that is stored or shown.</summary>
    [Range(1, 1_000)]
    public int Megabytes { get; set; } = 32;

    /// <summary>Megabytes of thumbnails kept in memory.</summary>
    [Range(1, 10_000)]
    public int CacheMegabytes { get; set; } = 64;
}
