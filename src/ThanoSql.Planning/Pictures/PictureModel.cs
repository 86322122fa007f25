using ThanoSql.Catalog.Similarity;

namespace ThanoSql.Planning.Pictures;

/// <summary>A model whose embedding space a statement compares pictures in, and what its pipelines say of the source.</summary>
internal sealed record PictureModel(QueryFacts Facts, ModelSpace Space)
{
    public ServingModel Serving => Facts.Model;

    /// <summary>What CONVERT called its column in the oldest dialect: <c>my_image_search_model_simclr</c>.</summary>
    public string OldColumn => $"{Serving.Name}_{Space.Slug}";

    /// <param name="session">The request.</param>
    /// <param name="name">The model's.</param>
    /// <param name="table">The table of schema <c>public</c> that the source reads; null for anything else.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="QueryException">There is no such model, or no embedding comes from it.</exception>
    public static async Task<PictureModel> FindAsync(Session session, Name name, string? table, CancellationToken cancellationToken)
    {
        var facts = await AnsweredSource.FindAsync(session, name, table, word: null, cancellationToken);
        var space = await session.Pictures.Catalog.SpaceAsync(facts.Model, cancellationToken);
        if (!space.IsUploaded)
            return new PictureModel(facts, space);

        var others = await session.Pictures.Catalog.ModelsAsync(cancellationToken);
        throw new QueryException(
            ErrorCode.NotSupported, $"The model '{name.Folded}' is an uploaded classifier: it gives labels, and no embedding to compare pictures by.",
            session.At(name.Span),
            others.Count == 0 ? "Build a model: BUILD MODEL … USING ConvNeXt_Tiny …" : $"These have one: {string.Join(", ", others.Take(20))}.");
    }
}
