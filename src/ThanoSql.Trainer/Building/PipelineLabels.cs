namespace ThanoSql.Trainer.Building;

/// <summary>A pipeline fills columns with labels: no version without labels may come into service while it names the model.</summary>
internal static class PipelineLabels
{
    /// <summary>Before anything is done for the version.</summary>
    /// <exception cref="QueryException">A pipeline names the model, active or not.</exception>
    public static async Task RefuseAsync(PipelineCatalog pipelines, Name model, RunSession session)
    {
        var named = (await pipelines.ListAsync(session.Stopping)).Find(p => p.HasFile && p.Definition.Model.Name == model.Folded);
        if (named is null)
            return;
        throw new QueryException(
            ErrorCode.NoLabels, $"{Words(named.Definition, model.Folded)}, and {EmbeddingModel.Algorithm} gives none.",
            TextPosition.Of(session.Run.Statement, model.Span.Start), "Choose another name for the model.");
    }

    /// <param name="model">Its name.</param>
    /// <param name="number">Of the version without labels.</param>
    /// <param name="pipeline">One that fills a table with the model.</param>
    public static QueryException Needed(string model, int number, PipelineDefinition pipeline) => new(
        ErrorCode.NoLabels, $"{Words(pipeline, model)}, and version {number} has none.",
        hint: "Name another model in the pipeline's file first, or build this one under another name.");

    private static string Words(PipelineDefinition pipeline, string model) =>
        $"Pipeline '{pipeline.Name}' fills table '{pipeline.Table}' with the labels of model '{model}'";
}
