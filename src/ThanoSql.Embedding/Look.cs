using System.Runtime.InteropServices;
using ThanoSql.Catalog.Images;
using ThanoSql.Storage;
using ThanoSql.Vision.Imaging;

namespace ThanoSql.Embedding;

/// <summary>An object as it was read, on its way to its embeddings.</summary>
public sealed class Look
{
    private byte[]? _bytes;

    /// <summary>An object that is gone (<paramref name="info"/> null), refused, or left unread.</summary>
    internal Look(ObjectInfo? info, ImageFailure? failure = null) => (Info, Failure) = (info, failure);

    internal Look(ObjectInfo info, byte[] bytes, byte[] hash, IReadOnlyList<MissingView> missing)
    {
        (Info, Hash, Missing) = (info, hash, missing);
        _bytes = missing.Count > 0 ? bytes : null;
    }

    /// <summary>Null when it could not be opened.</summary>
    public ObjectInfo? Info { get; }

    /// <summary>SHA-256 of its bytes; null when they were not read.</summary>
    public byte[]? Hash { get; }

    /// <summary>The embeddings that nobody made yet of these bytes.</summary>
    public IReadOnlyList<MissingView> Missing { get; } = [];

    /// <summary>What was embedded: float16 little-endian.</summary>
    internal List<(int TrunkId, int View, byte[] Vector)> Embedded { get; } = [];

    /// <summary>The plain ones of those.</summary>
    public IEnumerable<(int TrunkId, byte[] Vector)> Plain => Embedded.Where(e => e.View == 0).Select(e => (e.TrunkId, e.Vector));

    /// <summary>Why it has no embedding; null when nothing speaks against one.</summary>
    public ImageFailure? Failure { get; private set; }

    /// <summary>What of the picture is missing, though it was embedded; null for nothing.</summary>
    internal string? Damage { get; private set; }

    /// <summary>The store has no such object.</summary>
    public bool IsGone => Info is null && Failure is null;

    /// <summary>Its bytes were read and are a picture, as far as anybody looked.</summary>
    public bool IsPicture => Hash is not null && Failure is null;

    /// <summary>
    /// Decodes on the calling thread and embeds what is missing: done on return on the CPU, later on CUDA. A picture that is refused is a
    /// <see cref="Failure"/>.
    /// </summary>
    public async ValueTask EmbedAsync(CancellationToken cancellationToken)
    {
        try
        {
            // All views are decoded before the first is awaited: the caller's thread is a core's
            var begun = Missing
                .Select(m => m.Space.Embedder.EmbedAsync(_bytes!, Hash, m.View, damage => Damage = damage, cancellationToken)).ToList();
            for (var i = 0; i < begun.Count; i++)
                Embedded.Add((Missing[i].Space.TrunkId, Missing[i].View, MemoryMarshal.AsBytes((await begun[i]).AsSpan()).ToArray()));
        }
        catch (ImageRejectedException rejected)
        {
            Failure = ImageFailure.Of(rejected);
        }
        finally
        {
            _bytes = null;
        }
    }

    /// <summary>Adds contents and embeddings of pictures, in the caller's transaction.</summary>
    /// <returns>Their contents, in order.</returns>
    public static async Task<long[]> AddAsync(NpgsqlConnection connection, IReadOnlyList<Look> pictures, CancellationToken cancellationToken)
    {
        if (pictures.Count == 0)
            return [];
        var contents = await ContentLedger.EnsureAsync(connection, [.. pictures.Select(p => p.Hash!)], cancellationToken);
        await ContentLedger.NoteDamageAsync(
            connection, pictures.Zip(contents).Where(p => p.First.Damage is not null).Select(p => (p.Second, p.First.Damage!)), cancellationToken);
        await ContentLedger.AddEmbeddingsAsync(
            connection, pictures.SelectMany((p, i) => p.Embedded.Select(e => new NewEmbedding(e.TrunkId, contents[i], e.View, e.Vector))),
            cancellationToken);
        return contents;
    }
}

/// <summary>An embedding to make.</summary>
/// <param name="View">0 is the plain one, others are training augmentations.</param>
public sealed record MissingView(EmbeddingSpace Space, int View);

/// <summary>Why a picture has no embedding.</summary>
/// <param name="Kind">Poison, which is final for these bytes, or transient.</param>
/// <param name="Reason">For people; begins with a code.</param>
public sealed record ImageFailure(FailureKind Kind, string Reason)
{
    /// <summary>Null when the error is neither the picture's nor the store's.</summary>
    public static ImageFailure? Of(Exception error) => error switch
    {
        ImageRejectedException rejected => new(FailureKind.Poison, $"{rejected.Code}: {rejected.Message}"),
        InvalidPathException => new(FailureKind.Poison, $"path: {error.Message}"),
        AccessDeniedException => new(FailureKind.Transient, $"store: {error.Message}"),
        StoreRefusedException => new(FailureKind.Poison, $"store: {error.Message}"),
        StoreException or IOException => new(FailureKind.Transient, $"store: {error.Message}"),
        _ => null,
    };
}
