using System.Diagnostics.Metrics;
using Microsoft.Extensions.Caching.Memory;
using ThanoSql.Vision.Imaging;
using ThanoSql.Vision.Inference;

namespace ThanoSql.Query.Images;

/// <summary>
/// Small pictures of stored ones, made once: kept on disk, and for a while in memory. Whoever asks for one that is being made waits for it; at most
/// one a processor core is made at a time.
/// </summary>
internal sealed class Thumbnails : IDisposable
{
    private readonly IObjectStore _store;
    private readonly ImageOptions _options;
    private readonly ImageLimits _limits;
    private readonly ThumbnailFiles _files;
    private readonly MemoryCache _kept;
    private readonly SharedWork<Thumbnail, byte[]?> _asked = new();
    private readonly SemaphoreSlim _makers = new(Environment.ProcessorCount);
    private readonly Meter _meter;
    private readonly Counter<long> _shown;

    public Thumbnails(
        IObjectStore store, IOptions<ImageOptions> options, IOptions<VisionOptions> vision, ThumbnailFiles files, IMeterFactory meters)
    {
        (_store, _options, _limits, _files) = (store, options.Value, vision.Value.ToLimits(), files);
        _kept = new MemoryCache(new MemoryCacheOptions { SizeLimit = _options.CacheMegabytes * 1_000_000L });
        _meter = meters.Create(LoginGuard.MeterName);
        _shown = _meter.CreateCounter<long>("thanosql.query.thumbnails", "{image}", "Thumbnails by where they came from: memory, disk, or made");
    }

    /// <returns>A JPEG; null when there is no such object.</returns>
    /// <exception cref="QueryException">The object is too large.</exception>
    /// <exception cref="ImageRejectedException">The object is no picture that can be shown.</exception>
    public async Task<byte[]?> GetAsync(ObjectInfo info, int width, CancellationToken cancellationToken)
    {
        var wanted = new Thumbnail(info.Path, info.ETag, width);
        if (_kept.TryGetValue(wanted, out byte[]? kept))
        {
            Count("memory");
            return kept;
        }
        return await _asked.GetAsync(wanted, FindAsync, cancellationToken);
    }

    /// <summary>For a picture that was deleted.</summary>
    public void Forget(ObjectPath path)
    {
        foreach (var thumbnail in _kept.Keys.OfType<Thumbnail>().Where(thumbnail => thumbnail.Path == path))
            _kept.Remove(thumbnail);
        _files.Forget(path);
    }

    public void Dispose()
    {
        _kept.Dispose();
        _makers.Dispose();
        _meter.Dispose();
    }

    private async Task<byte[]?> FindAsync(Thumbnail wanted, CancellationToken cancellationToken)
    {
        if (_files.Find(wanted) is { } found)
        {
            Count("disk");
            return Keep(wanted, found);
        }
        await _makers.WaitAsync(cancellationToken);
        try
        {
            return await MakeAsync(wanted, cancellationToken);
        }
        finally
        {
            _makers.Release();
        }
    }

    private async Task<byte[]?> MakeAsync(Thumbnail wanted, CancellationToken cancellationToken)
    {
        await using var stored = await _store.OpenReadAsync(wanted.Path, cancellationToken);
        if (stored is null)
            return null;
        var made = Thumbnailer.Make(await ReadAsync(stored, cancellationToken), wanted.Width, limits: _limits);
        Count("made");
        var thumbnail = wanted with { ETag = stored.Info.ETag }; // what is read may be newer than what was asked for
        _files.Keep(thumbnail, made);
        Keep(thumbnail, made);
        if (await _store.StatAsync(wanted.Path, cancellationToken) is null)
            Forget(wanted.Path); // deleted meanwhile: whoever did it may have looked before it was kept
        return made;
    }

    private byte[] Keep(Thumbnail thumbnail, byte[] picture) =>
        _kept.Set(thumbnail, picture, new MemoryCacheEntryOptions { Size = picture.Length });

    private void Count(string from) => _shown.Add(1, new KeyValuePair<string, object?>("from", from));

    private async Task<byte[]> ReadAsync(StoredObject stored, CancellationToken cancellationToken)
    {
        var most = _options.Megabytes * 1_000_000L;
        if (stored.Info.Size > most)
        {
            throw new QueryException(
                ErrorCode.TooLarge, $"'{stored.Info.Key}' is larger than {_options.Megabytes} MB (Query:Images:Megabytes).");
        }
        return await stored.ReadAllAsync(most, cancellationToken);
    }
}

/// <summary>Which one.</summary>
/// <param name="Path">Of the picture.</param>
/// <param name="ETag">Of the picture as it is read: one that is overwritten gets new thumbnails.</param>
/// <param name="Width">Pixels.</param>
internal sealed record Thumbnail(ObjectPath Path, string ETag, int Width);
