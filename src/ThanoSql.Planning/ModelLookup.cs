using ThanoSql.Catalog.Keywords;
using ThanoSql.Catalog.Models;
using ThanoSql.Language;
using ThanoSql.Language.Syntax;

namespace ThanoSql.Planning;

/// <summary>The model and the image column that a statement means.</summary>
internal static class ModelLookup
{
    /// <exception cref="QueryException">There is no such model; the hint names the nearest.</exception>
    public static async Task<QueryFacts> FindAsync(Session session, Name name, string? table, string? word, CancellationToken cancellationToken)
    {
        if (await session.Answers.FindAsync(name.Folded, table, word, cancellationToken) is { } facts)
            return facts;
        var names = await session.Answers.ModelNamesAsync(cancellationToken);
        var hint = NearestName.Of(name.Folded, names) is { } nearest
            ? $"Did you mean '{nearest}'?"
            : names.Count == 0 ? "Build one first: BUILD MODEL … USING ConvNeXt_Tiny …" : $"There are: {string.Join(", ", names.Take(20))}.";
        throw new QueryException(ErrorCode.UnknownModel, $"There is no model '{name.Folded}'.", session.At(name.Span), hint);
    }

    /// <summary>The option, else the column of the model's BUILD, else <c>image_path</c>, else <c>image</c>.</summary>
    /// <exception cref="QueryException">The source has none of them; the message lists the columns it has.</exception>
    public static string ImageColumn(Session session, SourcedStatement statement, ServingModel model, string? asked, IReadOnlyList<string> columns)
    {
        string[] candidates = asked is null ? [model.ImageColumn, "image_path", "image"] : [asked];
        if (candidates.FirstOrDefault(columns.Contains) is { } found)
            return found;
        throw new QueryException(
            ErrorCode.UnknownColumn,
            $"The source of {statement.Verb} has no image column '{candidates[0]}'; its columns are: {string.Join(", ", columns)}.",
            session.At(statement.Source.Span), "Name the column that holds image paths: OPTIONS (image_col='…').");
    }

    public static TextPosition At(this Session session, TextSpan span) => TextPosition.Of(session.Draft.Text, span.Start);
}
