using Microsoft.Extensions.Options;
using ThanoSql.Catalog.Images;
using ThanoSql.Embedding;
using ThanoSql.Embedding.Similarity;
using ThanoSql.Storage;
using ThanoSql.Vision.Imaging;

namespace ThanoSql.Planning.Pictures;

/// <summary>The real <see cref="FindPicture"/> and <see cref="LookAtPictures"/>.</summary>
public sealed class QueryPictures(
    NpgsqlDataSource database, ImageEmbedder embedder, ImageReader reader, PictureVectors vectors, IOptions<SqlOptions> options)
{
    /// <inheritdoc cref="FindPicture"/>
    public async Task<FoundPicture> FindAsync(string path, int trunkId, CancellationToken cancellationToken)
    {
        ObjectPath found;
        try
        {
            found = StorePath.Parse(path, options.Value.Workspace);
        }
        catch (InvalidPathException invalid)
        {
            return new FoundPicture(null, new QueryError(ErrorCode.BadRequest, invalid.Message));
        }
        return await vectors.OfObjectAsync(found, trunkId, cancellationToken) is { } picture
            ? new FoundPicture(picture.Vector, null)
            : new FoundPicture(null, await WhyNotAsync(path, found, trunkId, cancellationToken));
    }

    /// <inheritdoc cref="LookAtPictures"/>
    public Task LookAsync(int trunkId, IReadOnlyList<string> paths, Action<string> report, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(paths);
        ArgumentNullException.ThrowIfNull(report);
        var objects = paths.Select(p => StorePath.TryParse(p, options.Value.Workspace, out var path) ? path : null).OfType<ObjectPath>().ToList();
        return embedder.EnsureAsync(objects, trunkId, views: 1, new LookProgress(report), cancellationToken);
    }

    private async Task<QueryError> WhyNotAsync(string path, ObjectPath found, int trunkId, CancellationToken cancellationToken)
    {
        var known = await KnownImages.FindAsync(database, [found.Bucket], [found.Key], trunkId, views: 1, cancellationToken);
        if (known[0].Failure is { } failure)
            return new QueryError(CodeOf(failure), $"The picture '{path}' cannot be read: {failure}", Hint: "Ask with another picture.");
        // A store that is away says so here
        return await reader.StatAsync(found, cancellationToken) is null
            ? new QueryError(
                ErrorCode.NotFound, $"There is no picture '{path}'.", Hint: "Paths are relative to the workspace, or s3://bucket/key.")
            : new QueryError(ErrorCode.MissingImages, $"The picture '{path}' cannot be read.", Hint: "Why: SELECT * FROM thanosql.failures");
    }

    // The catalog keeps "code: message"
    private static ErrorCode CodeOf(string failure) =>
        Enum.GetValues<ImageRejection>().Where(r => failure.StartsWith($"{r.Code()}:", StringComparison.Ordinal))
            .Select(ErrorCode.Of).FirstOrDefault(ErrorCode.MissingImages);
}

/// <summary>How far looking at pictures is, for people.</summary>
internal sealed class LookProgress(Action<string> report) : IProgress<EmbeddingProgress>
{
    public void Report(EmbeddingProgress value) =>
        report(string.Create(CultureInfo.InvariantCulture, $"{value.Done} of {value.Total} images looked at"));
}
