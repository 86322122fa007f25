using ThanoSql.Catalog.Images;
using ThanoSql.Catalog.Keywords;
using ThanoSql.Catalog.Similarity;
using ThanoSql.Embedding.Similarity;
using ThanoSql.Vision.Imaging;

namespace ThanoSql.Query.Similarity;

/// <summary>From the picture that somebody asks with to a vector of an embedding space.</summary>
internal sealed class AskedPictures(
    ServiceDatabase service, ImageStates states, PictureVectors vectors, AnswerCatalog models, IOptions<SqlOptions> sql) : IDisposable
{
    private readonly PictureCatalog _catalog = new(service.Source);
    private readonly SemaphoreSlim _decoding = new(2); // a large picture takes hundreds of megabytes while it is decoded

    private string Workspace => sql.Value.Workspace;

    public void Dispose() => _decoding.Dispose();

    /// <param name="model">Of which the trunk is the space.</param>
    /// <param name="cancellationToken">Ends the look.</param>
    /// <returns>The space.</returns>
    /// <exception cref="QueryException">There is no such model, or it gives no embedding.</exception>
    public async Task<int> SpaceAsync(string model, CancellationToken cancellationToken)
    {
        if (await _catalog.FindSpaceAsync(model, cancellationToken) is not { } space)
        {
            var names = await models.ModelNamesAsync(cancellationToken);
            throw new QueryException(
                ErrorCode.UnknownModel, $"There is no model '{model}' in service.",
                hint: NearestName.Of(model, names) is { } nearest ? $"Did you mean '{nearest}'?" : $"There are: {string.Join(", ", names)}.");
        }
        return space.IsUploaded
            ? throw new QueryException(
                ErrorCode.NotSupported, $"'{model}' was uploaded: it says keywords, and has no embedding by which pictures could be compared.",
                hint: "Name a model that was built here: model=….")
            : space.TrunkId;
    }

    /// <param name="near">The picture.</param>
    /// <param name="space">Where it is compared.</param>
    /// <param name="token">Who asks: a restricted one asks with pictures that it sees.</param>
    /// <param name="cancellationToken">Ends the look.</param>
    /// <exception cref="QueryException">It is not known, not to be seen, or no picture.</exception>
    /// <exception cref="ImageRejectedException">What was sent is no picture.</exception>
    public async Task<PictureVector> VectorAsync(NearPicture near, int space, ApiToken token, CancellationToken cancellationToken)
    {
        if (near.Path is not null)
            return await OfPathAsync(near.Path, space, token, cancellationToken);
        var known = await ContentImages.OfHashAsync(service.Source, Convert.FromHexString(near.Hash!), cancellationToken);
        if (near.Sent is not null)
            return await OfSentAsync(near.Sent, known, space, cancellationToken);
        var seen = known.Select(image => (image.ContentId, Path: new ObjectPath(image.Bucket, image.Key)))
            .Where(image => token.Restrictions.Covers(image.Path, Workspace)).ToList();
        if (seen.Count == 0)
            throw NotFound($"No picture of the hash '{near.Hash}' is known.");
        return await vectors.OfContentAsync(seen[0].ContentId, space, cancellationToken)
            ?? await OfObjectAsync(seen[0].Path, space, cancellationToken);
    }

    private async Task<PictureVector> OfPathAsync(string path, int space, ApiToken token, CancellationToken cancellationToken)
    {
        var image = StorePath.Parse(path, Workspace);
        if (!token.Restrictions.Covers(image, Workspace))
            throw new QueryException(ErrorCode.PermissionDenied, $"The token '{token.Name}' does not reach '{path}'.");
        // Whatever nobody has told us of is not looked at for somebody who may only search
        return await states.FindAsync(image.Bucket, image.Key, cancellationToken) switch
        {
            null or { State: ImageState.Gone } => throw NotFound($"No picture '{StorePath.Format(image, Workspace)}' is known."),
            { State: ImageState.Failed, Kind: FailureKind.Poison, Reason: { } reason } => throw Refused(image, reason),
            _ => await OfObjectAsync(image, space, cancellationToken),
        };
    }

    private async Task<PictureVector> OfObjectAsync(ObjectPath image, int space, CancellationToken cancellationToken) =>
        await vectors.OfObjectAsync(image, space, cancellationToken)
        ?? throw NotFound($"The picture '{StorePath.Format(image, Workspace)}' is not there any more, or cannot be read.");

    // One that is known needs no decoding
    private async Task<PictureVector> OfSentAsync(
        byte[] picture, List<ContentImage> known, int space, CancellationToken cancellationToken)
    {
        if (known.Count > 0 && await vectors.OfContentAsync(known[0].ContentId, space, cancellationToken) is { } cached)
            return cached;
        await _decoding.WaitAsync(cancellationToken);
        try
        {
            return await vectors.OfBytesAsync(picture, space, cancellationToken) with { ContentId = known.Count > 0 ? known[0].ContentId : null };
        }
        finally
        {
            _decoding.Release();
        }
    }

    private static QueryException NotFound(string message) => new(
        ErrorCode.NotFound, message, hint: "Ask with the path of a row's picture, or send a picture: POST /api/v1/similar.");

    private QueryException Refused(ObjectPath image, string reason)
    {
        var code = Enum.GetValues<ImageRejection>().Where(r => reason.StartsWith($"{r.Code()}:", StringComparison.Ordinal))
            .Select(ErrorCode.Of).FirstOrDefault(ErrorCode.NotFound);
        return new QueryException(code, $"'{StorePath.Format(image, Workspace)}' is no picture that can be compared: {reason}");
    }
}
