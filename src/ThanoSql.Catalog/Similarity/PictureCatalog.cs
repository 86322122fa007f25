namespace ThanoSql.Catalog.Similarity;

/// <summary>What statements that compare pictures must know of a model.</summary>
public sealed class PictureCatalog(NpgsqlDataSource database)
{
    private const string Space = "SELECT m.algorithm, t.trunk_id, t.dimensions, t.origin = 'uploaded' AS is_uploaded FROM thanosql.model m";

    /// <summary>The space of the version that a statement is planned with.</summary>
    /// <exception cref="CatalogException">The model is not there any more.</exception>
    public async Task<ModelSpace> SpaceAsync(ServingModel model, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(model);
        var found = await database.Command(
            $"{Space}, thanosql.trunk t WHERE m.model_id = $1 AND t.trunk_id = $2", model.ModelId, model.TrunkId)
            .ListAsync<ModelSpace>(cancellationToken);
        return found.SingleOrDefault() ?? throw new CatalogException($"The model '{model.Name}' was deleted meanwhile.");
    }

    /// <summary>The space of a model's current version.</summary>
    /// <returns>Null when there is no such model, or it has no version in service.</returns>
    public async Task<ModelSpace?> FindSpaceAsync(string model, CancellationToken cancellationToken) =>
        (await database.Command(
            $"""
             {Space} JOIN thanosql.model_version v ON v.version_id = m.current_version_id JOIN thanosql.trunk t ON t.trunk_id = v.trunk_id
             WHERE m.name = $1
             """,
            model).ListAsync<ModelSpace>(cancellationToken)).SingleOrDefault();

    /// <summary>Names of the models in service that have an embedding.</summary>
    public Task<List<string>> ModelsAsync(CancellationToken cancellationToken) => database.Command(
        """
        SELECT m.name FROM thanosql.model m
        JOIN thanosql.model_version v ON v.version_id = m.current_version_id
        JOIN thanosql.trunk t ON t.trunk_id = v.trunk_id AND t.origin <> 'uploaded'
        ORDER BY m.name
        """).ListAsync<string>(cancellationToken);

    /// <summary>Every way in which a user's table may name an image of some contents.</summary>
    /// <param name="contents">In which any image is as good as another.</param>
    /// <param name="workspace">The bucket of paths that name none.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<List<NamedContent>> NamesAsync(IReadOnlyCollection<long> contents, string workspace, CancellationToken cancellationToken) =>
        database.Command(
            """
            SELECT i.content_id, unnest(thanosql.path_spellings(i.bucket, i.key, $2)) AS path
            FROM thanosql.image i WHERE i.content_id = ANY ($1) AND i.state IN ('indexed', 'pending')
            """,
            contents.ToArray(), workspace).ListAsync<NamedContent>(cancellationToken);

    /// <inheritdoc cref="PlainEmbeddings.OfAsync"/>
    public Task<List<PlainEmbedding>> EmbeddingsAsync(int trunkId, IReadOnlyCollection<long> contents, CancellationToken cancellationToken) =>
        PlainEmbeddings.OfAsync(database, trunkId, contents, cancellationToken);
}

/// <param name="Path">As a user's table may hold it.</param>
public sealed record NamedContent(long ContentId, string Path);

/// <summary>The embedding space of a model.</summary>
/// <param name="Algorithm">As BUILD MODEL named it.</param>
/// <param name="TrunkId">Its row.</param>
/// <param name="Dimensions">Values of one embedding.</param>
/// <param name="IsUploaded">A user's whole classifier, from which no embedding comes.</param>
public sealed record ModelSpace(string Algorithm, int TrunkId, int Dimensions, bool IsUploaded)
{
    /// <summary>What the oldest dialect appends to a model's name: <c>simclr</c>, <c>convnext_tiny</c>.</summary>
#pragma warning disable CA1308 // column names are lower case
    public string Slug => Algorithm.ToLowerInvariant();
#pragma warning restore CA1308
}
