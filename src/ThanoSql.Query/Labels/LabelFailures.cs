using ThanoSql.Catalog.Labels;

namespace ThanoSql.Query.Labels;

/// <summary>Why a word of a person came to nothing.</summary>
public static class LabelFailures
{
    /// <param name="outcome">Of the word.</param>
    /// <param name="path">Of the picture, as it is shown.</param>
    /// <returns>Null when the word was taken.</returns>
    public static Exception? Failure(this LabelOutcome outcome, string path)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        return outcome switch
        {
            { Refusal: { } refusal } => refusal,
            { Pipelines: [] } => new QueryException(
                ErrorCode.NotFound, $"No pipeline shows a picture '{path}'.",
                hint: "Labels are for pictures that are stored under a pipeline's prefix, or that a row of its table names."),
            _ => null,
        };
    }
}
