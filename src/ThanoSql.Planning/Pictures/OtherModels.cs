using ThanoSql.Catalog.Similarity;
using ThanoSql.Embedding.Similarity;

namespace ThanoSql.Planning.Pictures;

/// <summary>
/// Finds out that embeddings of the right length are another model's: those of pictures that the catalog knows point elsewhere. Some may, since
/// pictures are overwritten; where all of a sample do, a search would give nothing but noise.
/// </summary>
/// <param name="known">The model's own embeddings of the pictures of some rows, by row; of length 1.</param>
internal sealed class OtherModels(IReadOnlyDictionary<long, float[]> known)
{
    private const int Sample = 16;
    private const int Fewest = 3;
    private const float Alike = 0.9f; // cosine: a picture's own embedding, rounded or fine-tuned a little, is nearer

    private int _alike;
    private int _others;

    public static async Task<OtherModels> SampleAsync(Session session, SearchedSource source, KeptRows rows, CancellationToken cancellationToken)
    {
        var trunk = source.Model.Space.TrunkId;
        if (Array.Find([source.Model.Serving.ImageColumn, "image_path", "image"], source.Columns.Contains) is not { } image)
            return new OtherModels(new Dictionary<long, float[]>());
        var content = PictureSql.ContentOf(trunk, $"s.{Identifier.Quote(image)}::text", session.Options.Workspace);
        var sample = await session.RowsAsync<(long Row, long? Content)>(
            string.Create(CultureInfo.InvariantCulture,
                $"SELECT s.{KeptRows.Ordinal}, {content} FROM {rows.Table} s WHERE s.{KeptRows.Ordinal} <= {Sample}"),
            cancellationToken);
        var embeddings = (await session.Pictures.Catalog.EmbeddingsAsync(
            trunk, [.. sample.Select(s => s.Content).OfType<long>().Distinct()], cancellationToken)).ToDictionary(e => e.ContentId, e => e.Vector);
        return new OtherModels(sample.Where(s => s.Content is { } c && embeddings.ContainsKey(c))
            .ToDictionary(s => s.Row, s => Direction.Of(HalfVector.ToFloats(embeddings[s.Content!.Value]))));
    }

    /// <param name="row">Its number.</param>
    /// <param name="direction">The embedding that the source has there, of length 1; null for none.</param>
    public void Meet(long row, float[]? direction)
    {
        if (direction is null || !known.TryGetValue(row, out var own))
            return;
        if (Direction.Similarity(own, direction) >= Alike)
            _alike++;
        else
            _others++;
    }

    /// <exception cref="QueryException">None of the sample is the model's own.</exception>
    public void Refuse(Session session, SearchedSource source, VectorsOption vectors)
    {
        if (_alike > 0 || _others < Fewest)
            return;
        throw new QueryException(
            ErrorCode.UnusableVector, $"The column '{vectors.Column}' holds embeddings, but not those of the model '{source.Model.Serving.Name}'.",
            session.At(vectors.Span),
            $"Name the model that made them, or make them anew: CONVERT USING {source.Model.Serving.Name} AS SELECT * FROM …");
    }
}
