using ThanoSql.Catalog.Similarity;
using ThanoSql.Embedding.Similarity;

namespace ThanoSql.Planning.Pictures;

/// <summary>What statements that compare pictures need of the pictures themselves.</summary>
/// <param name="Catalog">Models and embeddings.</param>
/// <param name="Find">The picture that somebody asks with.</param>
/// <param name="Look">Pictures that nobody looked at yet.</param>
/// <param name="Nearest">Exact search in an embedding space.</param>
public sealed record PictureMeans(PictureCatalog Catalog, FindPicture Find, LookAtPictures Look, NearestContents Nearest);

/// <summary>The embedding of a picture of the store, from the cache or by looking at it.</summary>
/// <param name="path">As a statement names it.</param>
/// <param name="trunkId">The embedding space.</param>
/// <param name="cancellationToken">Stops looking.</param>
public delegate Task<FoundPicture> FindPicture(string path, int trunkId, CancellationToken cancellationToken);

/// <summary>Looks at pictures that a space has not seen: reads and embeds them, and commits. Those that cannot be read are left out.</summary>
/// <param name="trunkId">The embedding space.</param>
/// <param name="paths">As the user's table holds them, distinct, not null.</param>
/// <param name="report">Progress, for people.</param>
/// <param name="cancellationToken">What is committed by then stays.</param>
public delegate Task LookAtPictures(int trunkId, IReadOnlyList<string> paths, Action<string> report, CancellationToken cancellationToken);

/// <inheritdoc cref="SimilarContents.NearestAsync"/>
public delegate Task<IReadOnlyList<SimilarContent>> NearestContents(
    int trunkId, ReadOnlyMemory<float> vector, int top, IReadOnlyCollection<long>? among, CancellationToken cancellationToken);

/// <summary>A picture that somebody asks with.</summary>
/// <param name="Vector">[dimensions], L2-normalised; null when there is none.</param>
/// <param name="Error">Why there is none; null when there is one.</param>
public sealed record FoundPicture(float[]? Vector, QueryError? Error);
