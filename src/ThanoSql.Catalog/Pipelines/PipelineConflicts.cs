namespace ThanoSql.Catalog.Pipelines;

/// <summary>One object belongs to one pipeline, and one column to one model.</summary>
internal static class PipelineConflicts
{
    /// <exception cref="PipelineConflictException">Two pipelines contradict each other.</exception>
    public static void Refuse(IReadOnlyList<PipelineDefinition> pipelines)
    {
        for (var i = 0; i < pipelines.Count; i++)
        {
            for (var j = i + 1; j < pipelines.Count; j++)
            {
                if (Between(pipelines[i], pipelines[j]) is { } problem)
                    throw new PipelineConflictException(problem);
            }
        }
    }

    private static string? Between(PipelineDefinition a, PipelineDefinition b)
    {
        if (a.Name == b.Name)
            return $"Two pipeline files define '{a.Name}': give one of them another name.";
        if (a.Bucket == b.Bucket
            && (a.Prefix.StartsWith(b.Prefix, StringComparison.Ordinal) || b.Prefix.StartsWith(a.Prefix, StringComparison.Ordinal)))
        {
            return $"Pipelines '{a.Name}' and '{b.Name}' overlap: prefix '{a.Prefix}' and prefix '{b.Prefix}' of bucket '{a.Bucket}' share objects.";
        }

        if (a.Table != b.Table || !Names(a).Overlaps(Names(b)))
            return null;
        if (a.Model.Name != b.Model.Name)
        {
            return $"Pipelines '{a.Name}' and '{b.Name}' write column '{a.Columns.Keyword}' of table '{a.Table}' with two models, "
                + $"'{a.Model.Name}' and '{b.Model.Name}': give one of them other columns.";
        }
        return (a.Columns, a.ImageCol, a.LabelCol) == (b.Columns, b.ImageCol, b.LabelCol) ? null
            : $"Pipelines '{a.Name}' and '{b.Name}' fill table '{a.Table}' with one model: "
                + "image_col, label_col and columns must be the same in both.";
    }

    private static HashSet<string> Names(PipelineDefinition pipeline) => [.. pipeline.Columns.All().Select(c => c.Name)];
}

/// <summary>Two pipelines cannot both be in service; the message names them.</summary>
public sealed class PipelineConflictException(string message) : Exception(message);
