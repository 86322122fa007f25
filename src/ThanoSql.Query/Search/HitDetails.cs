using ThanoSql.Catalog.Labels;

namespace ThanoSql.Query.Search;

/// <summary>What is known of one hit beyond its row.</summary>
internal sealed class HitDetails(SearchCatalog catalog, Pictures pictures, LabelLedger labels, IOptions<SqlOptions> sql)
{
    /// <param name="table">Of the hit.</param>
    /// <param name="path">As the table holds it.</param>
    /// <param name="token">Who asks; a restricted one learns of what it finds.</param>
    /// <param name="cancellationToken">Ends the look.</param>
    /// <returns>Null for a path that names no picture.</returns>
    /// <exception cref="QueryException">The token does not reach the picture.</exception>
    public async Task<HitDetail?> FindAsync(string table, string path, ApiToken token, CancellationToken cancellationToken)
    {
        token.CheckTable(table);
        if (!StorePath.TryParse(path, sql.Value.Workspace, out var picture))
            return null;
        if (!token.Restrictions.Covers(picture, sql.Value.Workspace))
            throw new QueryException(ErrorCode.PermissionDenied, $"The token '{token.Name}' does not reach '{path}'.");
        var definition = (await catalog.FindAsync(table, cancellationToken)).Definition;
        var keywords = await pictures.KeywordsAsync(picture, cancellationToken);
        var said = await labels.OfAsync(picture.Bucket, picture.Key, cancellationToken);
        return new HitDetail(
            picture, definition.Model.Name, [.. keywords.Where(k => k.Model == definition.Model.Name)],
            said.FirstOrDefault(l => l.Model == definition.Model.Name));
    }
}

/// <param name="Picture">Where it is stored.</param>
/// <param name="Model">Of the table.</param>
/// <param name="Keywords">What the model's version in service says of it, the best first; five at most.</param>
/// <param name="Label">What a person said; null when nobody did.</param>
internal sealed record HitDetail(ObjectPath Picture, string Model, IReadOnlyList<PictureKeyword> Keywords, HumanLabel? Label);
