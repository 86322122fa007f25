using ThanoSql.Catalog.Images;
using ThanoSql.Catalog.Pipelines;

namespace ThanoSql.Query.Images;

/// <summary>What is known of pictures, gathered from the catalog and the tables that show them.</summary>
internal sealed class Pictures(ImageStates images, PipelineCatalog pipelines, PictureRows rows, IOptions<SqlOptions> sql)
{
    /// <summary>All of one; null when it is not known.</summary>
    public async Task<PictureDetails?> FindAsync(ObjectPath path, ApiToken token, CancellationToken cancellationToken)
    {
        if (await images.FindAsync(path.Bucket, path.Key, cancellationToken) is not { } known)
            return null;
        var labels = await images.LabelsAsync(path.Bucket, path.Key, cancellationToken);
        var spellings = await images.SpellingsAsync(path.Bucket, path.Key, sql.Value.Workspace, cancellationToken);
        var shown = new List<PictureInPipeline>();
        foreach (var feeding in Feeding(await pipelines.ListAsync(cancellationToken), path))
        {
            var definition = feeding.Definition;
            var found = feeding.Active ? await rows.FindAsync(definition, spellings, token, cancellationToken) : [];
            if (found.Count > 0 || feeding.Covers(path.Bucket, path.Key))
            {
                shown.Add(new PictureInPipeline(
                    definition.Name, definition.Table, definition.Model.Name, feeding.Active ? null : feeding.Reason,
                    labels.GetValueOrDefault(definition.Name) is { } label ? PictureLabel.Of(label) : null, found));
            }
        }
        return PictureDetails.Of(known, Text(path), await KeywordsAsync(path, cancellationToken), shown);
    }

    /// <summary>A page of them, by key.</summary>
    public async Task<PicturePage> ListAsync(ImageSelection of, string? after, int limit, CancellationToken cancellationToken)
    {
        var found = await images.ListAsync(of, after, limit + 1, cancellationToken);
        var page = found.Take(limit).Select(known => ListedPicture.Of(known, Text(new ObjectPath(of.Bucket, known.Key)))).ToList();
        return new PicturePage(page, found.Count > limit ? page[^1].Path : null);
    }

    /// <summary>The best labels of a picture, by each model that looked at it.</summary>
    public async Task<IReadOnlyList<PictureKeyword>> KeywordsAsync(ObjectPath path, CancellationToken cancellationToken) =>
        (await images.KeywordsAsync(path.Bucket, path.Key, cancellationToken))
            .ConvertAll(k => new PictureKeyword(k.Model, k.Version, k.Keyword, k.Score));

    // Of the pipelines of one table, the one that the picture belongs to
    private static IEnumerable<PipelineRow> Feeding(IEnumerable<PipelineRow> all, ObjectPath path) => all
        .Where(p => p.HasFile).GroupBy(p => (p.Definition.Table, p.Definition.Columns.Keyword))
        .Select(table => table.OrderByDescending(p => p.Covers(path.Bucket, path.Key)).ThenBy(p => p.PipelineId).First());

    private string Text(ObjectPath path) => StorePath.Format(path, sql.Value.Workspace);
}
