using ThanoSql.Catalog.Images;
using ThanoSql.Catalog.Keywords;
using ThanoSql.Planning.Pictures;

namespace ThanoSql.Query.Sdk.Search;

/// <summary>Pictures of a table that resemble one that was sent, which is not stored.</summary>
internal sealed class SimilarPictures(
    StatementRunner statements, AnswerCatalog models, PictureMeans pictures, EmbedPicture embed, ServiceDatabase service, IOptions<SqlOptions> sql,
    IOptions<QueryLimits> limits) : IDisposable
{
    private readonly SemaphoreSlim _decoding = new(2); // a large picture takes hundreds of megabytes while it is decoded

    /// <returns>Paths as rows spell them, the nearest first.</returns>
    /// <exception cref="QueryException">No such table, column or model, or one that gives no embedding.</exception>
    /// <exception cref="ThanoSql.Vision.Imaging.ImageRejectedException">What was sent is no picture.</exception>
    public async Task<IReadOnlyList<string>> FindAsync(
        ApiToken token, PictureTable of, byte[] picture, int most, CancellationToken cancellationToken)
    {
        var trunk = await SpaceAsync(of.Model, cancellationToken);
        var column = Identifier.Quote(of.Column);
        var statement = $"SELECT DISTINCT {column}::text FROM {of.Table.Sql} WHERE {column} IS NOT NULL";
        var paths = await statements.FirstColumnAsync(token, statement, cancellationToken);
        using var deadline = new Deadline(limits.Value, cancellationToken);
        return await deadline.RunAsync(async running =>
        {
            var vector = await VectorAsync(picture, trunk, running);
            await pictures.Look(trunk, paths, _ => { }, running);
            var contents = await ContentsAsync(paths, trunk, running);
            if (contents.Count == 0)
                return [];
            var nearest = await pictures.Nearest(trunk, vector, most, [.. contents.Select(c => c.Key)], running);
            return nearest.SelectMany(n => contents[n.ContentId]).Take(most).ToList();
        });
    }

    public void Dispose() => _decoding.Dispose();

    private async Task<float[]> VectorAsync(byte[] picture, int trunk, CancellationToken cancellationToken)
    {
        await _decoding.WaitAsync(cancellationToken);
        try
        {
            return await embed(picture, trunk, cancellationToken);
        }
        finally
        {
            _decoding.Release();
        }
    }

    private async Task<int> SpaceAsync(string model, CancellationToken cancellationToken)
    {
        if (await pictures.Catalog.FindSpaceAsync(model, cancellationToken) is not { } space)
        {
            var names = await models.ModelNamesAsync(cancellationToken);
            throw new QueryException(
                ErrorCode.UnknownModel, $"There is no model '{model}' in service.", hint: $"There are: {string.Join(", ", names.Take(20))}.");
        }
        return space.IsUploaded
            ? throw new QueryException(
                ErrorCode.NotSupported, $"The model '{model}' is an uploaded classifier: it gives labels, and no embedding to compare pictures by.",
                hint: "Name a model that was built here.")
            : space.TrunkId;
    }

    private async Task<ILookup<long, string>> ContentsAsync(IReadOnlyList<string> paths, int trunk, CancellationToken cancellationToken)
    {
        var objects = new List<(string Text, ObjectPath Path)>();
        foreach (var text in paths)
        {
            if (StorePath.TryParse(text, sql.Value.Workspace, out var path))
                objects.Add((text, path));
        }
        var known = await KnownImages.FindAsync(
            service.Source, [.. objects.Select(o => o.Path.Bucket)], [.. objects.Select(o => o.Path.Key)], trunk, views: 1, cancellationToken);
        return known.Zip(objects, (image, named) => (image, named.Text)).Where(k => k.image is { HasViews: true, ContentId: not null })
            .ToLookup(k => k.image.ContentId!.Value, k => k.Text);
    }
}

/// <summary>The embedding of a picture that is in no store.</summary>
/// <param name="picture">As it was sent.</param>
/// <param name="trunkId">The embedding space.</param>
/// <param name="cancellationToken">Stops looking.</param>
/// <returns>[dimensions], L2-normalised.</returns>
internal delegate Task<float[]> EmbedPicture(byte[] picture, int trunkId, CancellationToken cancellationToken);
